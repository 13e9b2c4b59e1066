//! Tests for the error message of each rule that a configuration can break.
//!
//! Each file below `errors/` is a test case. The first lines start with `$` and set options and
//! variables. The configuration follows, then a line with three hyphens, and then the expected
//! output. `UPDATE_GOLDEN=1` updates the expected output.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::{Overrides, Place, Setting};
use super::{FILE, flags, refuse};

const SEPARATOR: &str = "\n---\n";

/// Returns the options and variables that a case sets.
fn overrides(lines: &[&str]) -> Overrides {
    let given = |name: &str| {
        lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix([' ', '=']))
    };
    Overrides::collect(
        |setting| given(setting.flag()).map(Into::into),
        |variable| given(variable).map(Into::into),
    )
}

/// Returns the paths of all cases in a folder and its subfolders.
fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(cases(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_error_is_shown_as_in_its_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/tests/errors");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    let cases = cases(&folder);
    for path in &cases {
        let case = fs::read_to_string(path).unwrap();
        let (input, wanted) = case.split_once(SEPARATOR).unwrap_or((&case, ""));
        let given: Vec<&str> = input.lines().map_while(|line| line.strip_prefix("$ ")).collect();
        let text: String = input.split_inclusive('\n').skip(given.len()).collect::<String>() + "\n";
        let shown = refuse(&text, &overrides(&given)).render(false);
        let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
        let shown = lines.join("\n") + "\n";
        if update {
            fs::write(path, format!("{input}{SEPARATOR}{shown}")).unwrap();
        } else if shown != wanted {
            wrong.push(format!("{}\n{shown}", path.display()));
        }
    }
    assert!(cases.len() > 60, "{}", cases.len());
    let hint = "review the change, then run again with UPDATE_GOLDEN=1";
    assert!(wrong.is_empty(), "{}\n{hint}", wrong.join("\n"));
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
    let none = Overrides::default();
    let errors = super::super::layers::read(None, &none, || None).unwrap_err();
    assert_eq!(
        errors.render(false),
        r"error: the project name is missing
 |
 = note: every resource name starts with the project name, and there is no ecs-foundation.toml in this directory
 = help: create a configuration with `ecs-foundation init`, or pass --project-name NAME or set ECS_FOUNDATION_PROJECT_NAME=NAME"
    );
}

#[test]
fn the_built_in_mock_needs_no_project_name() {
    let memory = flags(&[(Setting::Backend, "memory")]);
    let named = || "shop".parse().ok();
    let config = super::super::layers::read(None, &memory, named).unwrap();
    assert_eq!(config.spec.base_name(), "shop-dev");
    let aws = Overrides::default();
    assert!(super::super::layers::read(None, &aws, named).is_err());
    for (folder, project) in [("/home/me/My Shop", "my-shop"), ("/", "demo"), ("/x/日本", "demo")]
    {
        let name = super::super::project_of_folder(Path::new(folder));
        assert_eq!(name.unwrap().as_str(), project);
    }
}

#[test]
fn errors_without_end_are_counted() {
    let lines: Vec<String> = (0..100_000).map(|line| format!("key{line} = {line}")).collect();
    let errors = refuse(&lines.join("\n"), &Overrides::default());
    assert_eq!((errors.iter().count(), errors.count()), (100, 100_001));
    let last = "the configuration has 100001 errors; the first 100 are shown";
    assert!(errors.render(false).ends_with(last));
}

#[test]
fn colours_come_when_asked_for() {
    let errors = refuse("", &Overrides::default());
    assert!(errors.render(true).contains("\u{1b}["));
    assert!(!errors.render(false).contains('\u{1b}'));
}

#[test]
fn secrets_are_not_quoted() {
    const SECRET: &str = "wJalrXUtnFEMIK7MDENG";
    let url = format!("http://user:{SECRET}@[::1");
    let ftp = format!("ftp://user:{SECRET}@host");
    let shop = "project_name = 'shop'\n";
    for (text, given) in [
        (shop.to_owned(), flags(&[(Setting::EndpointUrl, &url)])),
        (shop.to_owned(), flags(&[(Setting::EndpointUrl, &ftp)])),
        (format!("{shop}endpoint_url = \"{url}\"\n"), Overrides::default()),
        (format!("{shop}endpoint_uri = \"{ftp}\"\n"), Overrides::default()),
        (format!("[default]\naws_secret_access_key = {SECRET}\n"), Overrides::default()),
        (format!("aws_secret_access_key = \"{SECRET}\"\n"), Overrides::default()),
        (format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n"), Overrides::default()),
        (format!("{SECRET}\n"), Overrides::default()),
    ] {
        let errors = refuse(&text, &given);
        let json = serde_json::to_string(&errors.iter().collect::<Vec<_>>()).unwrap();
        for shown in [errors.render(false), errors.to_string(), json] {
            assert!(!shown.contains(SECRET), "{shown}");
        }
    }
}
