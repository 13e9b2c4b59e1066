//! How each rule that a configuration can break is reported.

mod cluster;
mod keys;
mod roles;
mod run;
mod storage;

use super::super::{Overrides, Place, Setting};
use super::{FILE, flags, refuse};

/// Compares the errors of a text as they are shown, but for the newlines around them.
#[track_caller]
fn shows(text: &str, overrides: &Overrides, wanted: &str) {
    let shown = refuse(text, overrides).render(false);
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    let shown = lines.join("\n");
    assert!(shown == wanted.trim_matches('\n'), "it is shown as:\n{shown}\n");
}

/// A file of which only these lines matter.
fn shop(text: &str) -> String {
    format!("project_name = \"shop\"\n{text}")
}

fn none() -> Overrides {
    Overrides::default()
}

#[test]
fn an_error_is_data_too() {
    let errors = refuse("project_name = \"Shop\"\n", &flags(&[(Setting::Region, "EU")]));
    assert_eq!(errors.count(), 2);
    let json = serde_json::to_value(errors.iter().collect::<Vec<_>>()).unwrap();
    assert_eq!(json[0]["path"], "project_name");
    assert_eq!(json[0]["message"], "\"Shop\" is not a valid project name");
    assert_eq!(json[0]["hint"], "write \"shop\"");
    assert_eq!(json[0]["place"], serde_json::json!({ "file": FILE, "line": 1, "column": 16 }));
    assert_eq!(json[1]["place"], serde_json::json!({ "flag": "--region" }));
    assert_eq!(errors.to_string(), "the configuration has 2 errors");
    let first = errors.iter().next().unwrap();
    assert_eq!(first.to_string(), "ecs-foundation.toml:1:16: \"Shop\" is not a valid project name");
    assert!(matches!(first.place, Some(Place::File { line: 1, .. })));
}

#[test]
fn without_a_file_a_missing_project_name_says_so() {
    let errors = super::super::layers::read(None, &none()).unwrap_err();
    assert_eq!(
        errors.render(false),
        r"error: there is no project name
 |
 = note: every name begins with it, and there is no ecs-foundation.toml here
 = help: write a configuration by `ecs-foundation init`, or give --project-name NAME or ECS_FOUNDATION_PROJECT_NAME=NAME"
    );
}

#[test]
fn colours_come_when_asked_for() {
    let errors = refuse("", &none());
    assert!(errors.render(true).contains("\u{1b}["));
    assert!(!errors.render(false).contains('\u{1b}'));
}
