//! Tests of the schema, the shell completions and the manual pages.

use crate::sandbox::Sandbox;

const COMMANDS: [&str; 15] = [
    "init",
    "validate",
    "plan",
    "apply",
    "output",
    "verify",
    "destroy",
    "policy",
    "graph",
    "export",
    "cost",
    "mock",
    "schema",
    "completions",
    "man",
];

#[test]
fn the_help_lists_every_command() {
    let help = Sandbox::bare().run("--help").succeeds().stdout;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, COMMANDS);
}

#[test]
fn the_schema_is_the_published_one() {
    let run = Sandbox::bare().run("schema").succeeds();
    assert_eq!(run.stdout, include_str!("../../../docs/ecs-foundation.schema.json"));
    assert_eq!(run.json()["properties"]["cluster"]["$ref"], "#/definitions/cluster");
}

#[test]
fn every_shell_completes_every_command() {
    let sandbox = Sandbox::bare();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = sandbox.run(&format!("completions {shell}")).succeeds().stdout;
        for command in COMMANDS.iter().chain(&["serve", "all-environments", "parallelism"]) {
            assert!(script.contains(command), "{shell} does not complete {command}");
        }
        if ["bash", "zsh", "fish"].contains(&shell) {
            for value in ["eu-north-1", "ecs_cluster_arn", "(ecs-foundation environments"] {
                assert!(script.contains(value), "{shell} does not complete {value}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_flags_and_values() {
    let sandbox = Sandbox::bare();
    sandbox.write("completions.bash", &sandbox.run("completions bash").succeeds().stdout);
    let bash = |script: &str| {
        let mut command = std::process::Command::new("bash");
        sandbox.forget_environment(&mut command);
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_ecs-foundation")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", program.display()));
        let output = command.arg("-c").arg(script).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        String::from_utf8(output.stdout).unwrap()
    };
    bash("bash -n completions.bash");
    // Returns the completions that the script offers for the last word of a command line.
    let offered = |line: &str, word: &str| {
        let words = format!("ecs-foundation {line} {word}");
        let count = words.split_whitespace().count() - 1;
        let previous = words.split_whitespace().nth(count - 1).unwrap().to_owned();
        let function = "$(complete -p ecs-foundation | sed 's/.*-F \\([^ ]*\\).*/\\1/')";
        bash(&format!(
            "source completions.bash; COMP_WORDS=({words}); COMP_CWORD={count}; \
             {function} ecs-foundation '{word}' '{previous}'; echo \"${{COMPREPLY[@]}}\""
        ))
    };
    assert_eq!(offered("", "com").trim(), "completions");
    assert_eq!(offered("plan", "--all").trim(), "--all-environments");
    assert_eq!(offered("plan --backend", "me").trim(), "memory");
    assert_eq!(offered("plan --region", "eu-north").trim(), "eu-north-1");
    assert_eq!(offered("output", "ecr_repository_a").trim(), "ecr_repository_arn");
    // The script runs the program to list the environments in the configuration file.
    let config = "environment = \"dev\"\n[environments.prod]\n[environments.preview]\n";
    sandbox.write("ecs-foundation.toml", config);
    assert_eq!(offered("plan --environment", "pr").trim(), "prod preview");
    assert_eq!(offered("apply -e", "d").trim(), "dev");
    sandbox.write("ecs-foundation.toml", "this is not TOML");
    assert_eq!(offered("apply -e", "d").trim(), "");
    for command in COMMANDS {
        assert!(offered("", &command[..2]).contains(command), "{command}");
    }
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let sandbox = Sandbox::bare();
    let run = sandbox.run("man --out pages/man1").succeeds();
    assert_eq!(run.stdout, "");
    for command in COMMANDS {
        let page = sandbox.read(&format!("pages/man1/ecs-foundation-{command}.1"));
        assert!(page.is_some_and(|page| page.contains(".TH ")), "{command}");
    }
    let first = sandbox.run("man").succeeds().stdout;
    assert_eq!(sandbox.read("pages/man1/ecs-foundation.1"), Some(first));
}
