//! Tests that the command line accepts and rejects the right arguments, and that the help of each
//! command fits on a screen.

use clap::CommandFactory;

use super::{BackendArg, Cli, Command, Format};

fn read(line: &str) -> Result<Cli, clap::Error> {
    let words = ["ecs-foundation"].into_iter().chain(line.split_whitespace());
    Cli::read(words.map(Into::into)).map(|(cli, _)| cli)
}

#[test]
fn clap_accepts_the_parser_definition() {
    Cli::command().debug_assert();
    Cli::parser().debug_assert();
}

#[test]
fn global_flags_work_before_and_after_the_command() {
    for line in ["-e prod --backend memory plan", "plan -e prod --backend memory"] {
        let cli = read(line).unwrap();
        assert_eq!(cli.global.environment.as_deref(), Some("prod"), "{line}");
        assert_eq!(cli.global.backend, Some(BackendArg::Memory), "{line}");
    }
}

#[test]
fn output_accepts_its_extra_formats_before_and_after_the_command() {
    for line in ["--format env output", "output --format env"] {
        assert_eq!(read(line).unwrap().global.format, Format::Env, "{line}");
    }
    assert_eq!(read("output").unwrap().global.format, Format::Text);
    assert_eq!(read("--format json output").unwrap().global.format, Format::Json);
    assert!(read("output --format raw").is_err());
    assert!(read("output --format raw ecs_cluster_id").is_ok());
    assert!(read("plan --format raw").is_err());
    let unknown = read("output --format xml").unwrap_err().to_string();
    assert!(unknown.contains("github"), "{unknown}");
    let unknown = read("plan --format xml").unwrap_err().to_string();
    assert!(!unknown.contains("github"), "{unknown}");
}

#[test]
fn auto_approve_is_an_alias_of_yes() {
    for line in ["apply -y", "apply --yes", "apply --auto-approve"] {
        let Command::Apply(apply) = read(line).unwrap().command else { panic!("{line}") };
        assert!(apply.yes, "{line}");
    }
}

#[test]
fn invalid_command_lines_are_rejected() {
    for line in [
        "",
        "deploy",
        "plan --parallelism 0",
        "plan -q -v",
        "plan --backend azure",
        "apply --adopt plan.json",
    ] {
        assert!(read(line).is_err(), "{line}");
    }
}

/// Returns a command's help, formatted for a terminal with 100 columns.
fn help(path: &[&str], flag: &str) -> String {
    let words = ["ecs-foundation"].iter().chain(path).chain([&flag]);
    Cli::parser().term_width(100).try_get_matches_from(words).unwrap_err().to_string()
}

fn paths() -> Vec<Vec<String>> {
    fn collect(command: &clap::Command, above: &[String], paths: &mut Vec<Vec<String>>) {
        for command in command.get_subcommands() {
            let path = [above, &[command.get_name().to_owned()]].concat();
            collect(command, &path, paths);
            paths.push(path);
        }
    }
    let mut paths = vec![Vec::new()];
    collect(&Cli::command(), &[], &mut paths);
    assert!(paths.len() > 14, "{paths:?}");
    paths
}

#[test]
fn help_of_every_command_fits_on_a_screen_and_has_an_example() {
    for path in paths() {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let text = help(&path, "--help");
        let most = if path.is_empty() { 50 } else { 40 };
        let lines = text.lines().count();
        assert!(lines <= most, "{path:?} has {lines} lines:\n{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert_eq!(text, help(&path, "-h"));
        let (_, examples) = text.split_once("Example").unwrap_or_else(|| panic!("{text}"));
        let command = ["ecs-foundation"].iter().chain(&path).copied().collect::<Vec<_>>();
        assert!(examples.contains(&command.join(" ")), "{text}");
    }
}

#[test]
fn help_of_a_command_refers_to_the_global_options() {
    let top = help(&[], "-h");
    for option in ["--environment <NAME>", "--backend <BACKEND>", "--parallelism <N>", "--quiet"] {
        assert!(top.contains(option), "{option} is not in {top}");
        let is_shown = option == "--environment <NAME>";
        assert_eq!(help(&["plan"], "-h").contains(option), is_shown, "{option}");
        assert!(!help(&["mock", "serve"], "-h").contains(option));
    }
    assert!(help(&["plan"], "-h").contains("--format <FORMAT>"));
    assert!(help(&["plan"], "-h").contains(super::GLOBAL_HELP));
    assert!(help(&["mock", "serve"], "-h").contains(super::FEWER_HELP));
    assert!(help(&["output"], "-h").contains("--format <FORMAT>"), "output has its own formats");
}

#[test]
fn help_works_as_a_command() {
    let word = read("help plan").unwrap_err().to_string();
    assert_eq!(word, read("plan --help").unwrap_err().to_string());
    assert_eq!(read("help").unwrap_err().kind(), clap::error::ErrorKind::DisplayHelp);
}

#[test]
fn every_command_that_changes_or_checks_aws_accepts_all_environments() {
    for line in ["plan", "plan --destroy", "apply", "verify", "destroy"] {
        let cli = read(&format!("{line} --all-environments")).unwrap();
        assert!(cli.command.is_for_all_environments(), "{line}");
        assert!(!read(line).unwrap().command.is_for_all_environments(), "{line}");
    }
}

#[test]
fn all_environments_conflicts_with_environment() {
    for line in ["-e prod plan --all-environments", "apply --all-environments -e prod"] {
        let error = read(line).unwrap_err();
        assert_eq!(error.kind(), clap::error::ErrorKind::ArgumentConflict, "{line}");
    }
    assert!(read("plan --all-environments --out x").is_err());
}
