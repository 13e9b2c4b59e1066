//! Checks that the program accepts every command line in the documentation and the example files.

use clap::error::ErrorKind;

use infra_core::arn::Location;
use infra_core::foundation::Foundation;

use crate::args::Cli;
use crate::config::{self, Overrides};

const FILES: [(&str, &str); 13] = [
    ("README.md", include_str!("../../README.md")),
    ("README.ja.md", include_str!("../../README.ja.md")),
    ("CONTRIBUTING.md", include_str!("../../CONTRIBUTING.md")),
    ("docs/terraform.md", include_str!("../../docs/terraform.md")),
    ("docs/mock-server.md", include_str!("../../docs/mock-server.md")),
    ("docs/localstack.md", include_str!("../../docs/localstack.md")),
    ("docs/permissions.md", include_str!("../../docs/permissions.md")),
    ("docs/next-steps.md", include_str!("../../docs/next-steps.md")),
    ("docs/pipelines.md", include_str!("../../docs/pipelines.md")),
    ("ecs-foundation-cli/README.md", include_str!("../README.md")),
    ("Dockerfile", include_str!("../../Dockerfile")),
    ("compose.yaml", include_str!("../../compose.yaml")),
    ("examples/github-actions.yml", include_str!("../../examples/github-actions.yml")),
];

/// The prefixes of lines that run the program.
const PROGRAMS: [&str; 3] = ["ecs-foundation ", "cargo run -- ", "cargo run -q -- "];

/// Returns the program's arguments, or `None` if the line does not run the program.
fn arguments(line: &str) -> Option<Vec<String>> {
    let line = line.trim().trim_start_matches(['#', ' ', '`']);
    let line = line.strip_prefix("$ ").or_else(|| line.strip_prefix("- ")).unwrap_or(line);
    let line = line.strip_prefix("run: ").unwrap_or(line);
    // `command: ["plan"]` and `CMD ["plan"]` contain the arguments as a list.
    if let Some(list) = line.strip_prefix("command: ").or_else(|| line.strip_prefix("CMD ")) {
        return serde_json::from_str(list).ok();
    }
    let docker =
        line.strip_prefix("docker run ").and_then(|line| line.split_once(" ecs-foundation "));
    let line = match docker {
        Some((_, line)) => line,
        None => PROGRAMS.iter().find_map(|program| line.strip_prefix(program))?,
    };
    // Redirections, pipes and comments are not arguments.
    let ends =
        [" >", " |", " #", "  ", " \\", "`"].into_iter().filter_map(|end| line.find(end)).min();
    let line = &line[..ends.unwrap_or(line.len())];
    Some(line.split(' ').map(|word| word.trim_matches(['"', '\'']).to_owned()).collect())
}

#[test]
fn program_accepts_every_documented_command_line() {
    for (file, text) in FILES {
        let mut found = 0;
        for line in text.lines() {
            let Some(arguments) = arguments(line) else { continue };
            let all = std::iter::once("ecs-foundation".to_owned()).chain(arguments);
            match Cli::read(all.map(Into::into)) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::DisplayHelp => {}
                Err(error) => panic!("{file}: {line}\n{error}"),
            }
            found += 1;
        }
        assert!(found > 0, "{file} has no command lines");
    }
}

#[test]
fn every_documented_configuration_can_be_applied() {
    let mut found = 0;
    for (file, text) in FILES {
        for block in text.split("```toml\n").skip(1) {
            let (block, _) = block.split_once("```").expect("the block ends");
            let config = config::parse(block, file, &Overrides::default());
            let spec = config.unwrap_or_else(|errors| panic!("{file}: {errors:#?}")).spec;
            let location = "123456789012".parse().and_then(|account_id| {
                "eu-central-1".parse().map(|region| Location::new(account_id, region))
            });
            let location = location
                .expect("the account ID and region are valid")
                .expect("the region is known");
            Foundation::new(spec, location).unwrap_or_else(|errors| panic!("{file}: {errors}"));
            found += 1;
        }
    }
    assert!(found > 0, "the documentation contains no configuration");
}

#[test]
fn command_lines_end_at_redirections_pipes_and_comments() {
    let words = |line| arguments(line).unwrap_or_default().join(",");
    assert_eq!(words("$ ecs-foundation policy --for apply > policy.json"), "policy,--for,apply");
    assert_eq!(
        words("- run: ecs-foundation output --format github >> \"$X\""),
        "output,--format,github"
    );
    assert_eq!(words("cargo run -- apply --yes     # creates it"), "apply,--yes");
    assert_eq!(words("    command: [\"mock\", \"serve\"]"), "mock,serve");
    assert_eq!(words("# docker run --rm -v a:b ecs-foundation plan"), "plan");
    assert_eq!(words("cargo test --workspace"), "");
}
