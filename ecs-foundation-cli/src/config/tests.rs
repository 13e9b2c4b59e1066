//! Tests of the configuration as a whole.

mod deployer;
mod errors;
mod robust;
mod schema;
mod services;
mod settings;
mod spec;

use super::{Config, ConfigErrors, Overrides, Setting, parse};

const FILE: &str = "ecs-foundation.toml";

fn flags(given: &[(Setting, &str)]) -> Overrides {
    let none = Overrides::default();
    given.iter().fold(none, |flags, (setting, value)| flags.with_flag(*setting, *value))
}

fn variables(given: &[(&str, &str)]) -> Overrides {
    let find = |name: &str| given.iter().find(|(known, _)| *known == name);
    Overrides::collect(|_| None, |name| find(name).map(|(_, value)| value.into()))
}

/// Returns the configuration of a text that must be valid.
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

/// Returns the errors of a text that must be invalid.
#[track_caller]
fn refuse(text: &str, overrides: &Overrides) -> ConfigErrors {
    match parse(text, FILE, overrides) {
        Ok(config) => panic!("accepted: {text}\n{config:#?}"),
        Err(errors) => errors,
    }
}
