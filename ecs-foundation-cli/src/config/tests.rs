//! Tests for the configuration as a whole.

mod deployer;
mod errors;
mod robust;
mod schema;
mod services;
mod settings;
mod spec;

use std::path::Path;

use super::{Config, ConfigErrors, Overrides, Setting, layers, parse};

const FILE: &str = "ecs-foundation.toml";

fn flags(given: &[(Setting, &str)]) -> Overrides {
    let none = Overrides::default();
    given.iter().fold(none, |flags, (setting, value)| flags.with_flag(*setting, *value))
}

fn variables(given: &[(&str, &str)]) -> Overrides {
    let find = |name: &str| given.iter().find(|(known, _)| *known == name);
    Overrides::collect(|_| None, |name| find(name).map(|(_, value)| value.into()))
}

/// Parses a configuration that must be valid.
#[track_caller]
pub(super) fn accept(text: &str) -> Config {
    accept_with(text, &Overrides::default())
}

#[track_caller]
fn accept_with(text: &str, overrides: &Overrides) -> Config {
    match parse(text, FILE, overrides) {
        Ok(config) => {
            let refused = schema::refusal(text);
            assert_eq!(
                refused, None,
                "the schema rejects a configuration that the parser accepts: {text}"
            );
            config
        }
        Err(errors) => panic!("{text}\n{}", errors.render(false)),
    }
}

/// Returns the errors of a configuration that must be invalid.
#[track_caller]
fn refuse(text: &str, overrides: &Overrides) -> ConfigErrors {
    match parse(text, FILE, overrides) {
        Ok(config) => panic!("accepted: {text}\n{config:#?}"),
        Err(errors) => errors,
    }
}

#[test]
fn each_of_all_environments_has_the_configuration_that_it_has_alone() {
    let text = "project_name = 'shop'\n\
                [environments.prod.log_group]\nretention_in_days = 7\n\
                [environments.dev.tags]\nteam = 'a'\n";
    let overrides = flags(&[(Setting::Region, "eu-west-1")]);
    let all = layers::read_all(Some((Path::new(FILE), text)), &overrides, || None).unwrap();
    let valid: Vec<_> = all.iter().map(|(name, config)| (name.as_str(), config.is_ok())).collect();
    assert_eq!(valid, [("prod", false), ("dev", true)]);
    for (name, config) in all {
        let alone = overrides.clone().with_flag(Setting::Environment, name.as_str());
        assert_eq!(config, parse(text, FILE, &alone));
    }
}
