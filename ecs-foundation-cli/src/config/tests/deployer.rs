//! Tests for the deployer, which exists only if the file contains its table.

use infra_core::foundation::{DeployerSettings, FoundationSpec};

use super::super::{Overrides, Setting};
use super::{accept, accept_with, flags, refuse};

fn deployer(spec: FoundationSpec) -> DeployerSettings {
    spec.deployer.expect("the table creates it")
}

fn texts<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

const GITHUB: &str =
    "[deployer.github]\nrepositories = ['octo-org/octo-repo']\nbranches = ['main']\n";

#[test]
fn there_is_none_without_its_table() {
    assert_eq!(accept("project_name = 'shop'").spec.deployer, None);
}

#[test]
fn the_table_of_github_is_enough() {
    let DeployerSettings { trust, .. } =
        &deployer(accept(&format!("project_name = 'shop'\n{GITHUB}")).spec);
    assert_eq!(texts(&trust.repositories), ["octo-org/octo-repo"]);
    assert_eq!(texts(&trust.branches), ["main"]);
    assert!(trust.tags.is_empty() && trust.environments.is_empty());
    let inline = "project_name = 'shop'\n\
                  deployer.github = { repositories = ['a@1/b@2'], environments = ['production'] }";
    let trust = deployer(accept(inline).spec).trust;
    assert_eq!(texts(&trust.repositories), ["a@1/b@2"]);
    assert_eq!(texts(&trust.environments), ["production"]);
}

#[test]
fn an_environment_changes_it_or_adds_it() {
    let text = format!(
        "project_name = 'shop'\n{GITHUB}[deployer]\ntags.team = 'blue'\n[environments.dev]\n\
         [environments.prod.deployer]\nmax_session_duration = 7200\n\
         [environments.prod.deployer.github]\nbranches = []\nenvironments = ['production']\n"
    );
    let dev = deployer(accept_with(&text, &flags(&[(Setting::Environment, "dev")])).spec);
    assert_eq!(
        (texts(&dev.trust.branches), dev.max_session_duration.get()),
        (vec!["main".to_owned()], 3600)
    );
    let prod = deployer(accept_with(&text, &flags(&[(Setting::Environment, "prod")])).spec);
    assert_eq!(texts(&prod.trust.repositories), ["octo-org/octo-repo"]);
    assert_eq!(texts(&prod.trust.environments), ["production"]);
    assert_eq!((prod.trust.branches.len(), prod.max_session_duration.get()), (0, 7200));
    assert_eq!(prod.tags.get("team"), Some("blue"));

    let text = "project_name = 'shop'\n[environments.dev]\n[environments.prod.deployer.github]\n\
                repositories = ['a/b']\ntags = ['v*']\n";
    let environment = |name| accept_with(text, &flags(&[(Setting::Environment, name)])).spec;
    assert_eq!(environment("dev").deployer, None);
    assert_eq!(texts(&deployer(environment("prod")).trust.tags), ["v*"]);
}

/// Returns the rendered errors of a configuration.
fn errors(text: &str) -> String {
    let text = format!("project_name = 'shop'\n{text}");
    refuse(&text, &Overrides::default()).render(false)
}

#[test]
fn a_trust_that_nobody_can_use_is_refused() {
    let shown = errors("[deployer]\n");
    for expected in [
        "the list `repositories` is empty",
        "at least one repository must be able to assume the role",
        "the list `branches` is empty",
        "at least one branch, tag or environment must be able to assume the role",
    ] {
        assert!(shown.contains(expected), "{shown}");
    }
    let shown = errors(
        "[deployer.github]\nrepositories = ['https://github.com/a/b']\ntags = ['refs/tags/v1']",
    );
    assert!(shown.contains("write \"a/b\"") && shown.contains("write \"v1\""), "{shown}");
}

#[test]
fn environments_need_roles_of_their_own() {
    let text = format!(
        "project_name = 'shop'\n{GITHUB}[deployer]\nname = 'ci'\n[environments.dev]\n[environments.prod]\n"
    );
    let shown = refuse(&text, &flags(&[(Setting::Environment, "dev")])).render(false);
    assert!(shown.contains("have the same role \"ci\""), "{shown}");
    assert!(shown.contains(".deployer]"), "{shown}");
}
