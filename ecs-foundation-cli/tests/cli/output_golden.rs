//! Golden-file tests of everything that users read: the output, errors and help of each command.
//! The commands run on a wide terminal, on a narrow terminal and without a terminal. A placeholder
//! replaces each duration. Only one operation runs at a time, so the order of lines is fixed.
//!
//! To accept a change, review the difference and run the tests with `UPDATE_GOLDEN=1`.

use std::fmt::Write;
use std::path::Path;

use regex_lite::Regex;

use crate::sandbox::{CONFIG, Run, Sandbox};
use crate::terminal::on_terminal;

/// What the program's standard streams are connected to.
#[derive(Clone, Copy)]
enum Place {
    /// Standard streams are pipes.
    Pipe,
    /// A terminal with this number of columns.
    Terminal(u16),
}

/// The output of a sequence of commands.
struct Transcript {
    sandbox: Sandbox,
    place: Place,
    shown: String,
}

impl Transcript {
    fn new(place: Place) -> Self {
        let sandbox = Sandbox::bare();
        std::fs::create_dir(sandbox.file("shop")).unwrap();
        Self { sandbox, place, shown: String::new() }
    }

    /// Runs a command in the directory `shop`. On a terminal, types the answers at the prompts.
    fn run(&mut self, line: &str, answers: &str, code: i32) {
        let mut command = self.sandbox.command(line);
        command.current_dir(self.sandbox.file("shop"));
        command.env("ECS_FOUNDATION_PARALLELISM", "1");
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        let (found, text) = match self.place {
            Place::Pipe => {
                let Run { code, stdout, stderr } = Run::of(&command.output().unwrap());
                let heading = if stderr.is_empty() { "" } else { "--- stderr\n" };
                (code, format!("{stdout}{heading}{stderr}"))
            }
            Place::Terminal(columns) => {
                let seen = on_terminal(command, columns, answers);
                for line in seen.screen.lines() {
                    assert!(line.chars().count() <= usize::from(columns), "{line}");
                }
                (seen.code, seen.screen)
            }
        };
        assert_eq!(found, Some(code), "{line}\n{text}");
        writeln!(self.shown, "$ ecs-foundation {line}\n{text}[exit {code}]\n").unwrap();
    }

    fn write(&self, name: &str, text: &str) {
        self.sandbox.write(&format!("shop/{name}"), text);
    }

    /// Compares the transcript with a file in `tests/golden/output`.
    #[track_caller]
    fn is_golden(&self, name: &str) {
        let time = Regex::new(r"\d+(\.\d+)? (ms|s)\b").unwrap();
        let text = time.replace_all(&self.shown, "TIME");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/output");
        let path = folder.join(name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, text.as_bytes()).expect("the golden file");
        }
        let expected = std::fs::read_to_string(&path).expect("the golden file");
        if text != expected {
            let apart = text.lines().zip(expected.lines()).find(|(now, then)| now != then);
            panic!(
                "{name}: first difference (found, expected): {apart:#?}\nreview it, then run with UPDATE_GOLDEN=1\n{text}"
            );
        }
    }
}

/// Runs commands that take a foundation through its whole life cycle. At first, there is no
/// configuration file. At the end, all resources are destroyed.
fn life_cycle(place: Place, name: &str) {
    let mut transcript = Transcript::new(place);
    transcript.run("plan", "", 1);
    let asks = matches!(place, Place::Terminal(_));
    if asks {
        transcript.run("init --backend memory", "My Shop\nshop\n\n\n", 0);
    } else {
        transcript.run("init", "", 1);
        transcript.run("init --project-name shop --region us-east-1 --backend memory", "", 0);
    }
    transcript.run("plan --detailed-exitcode", "", 2);
    transcript.run("verify", "", 1);
    transcript.run("output", "", 1);
    if asks {
        transcript.run("apply", "no\n", 1);
        transcript.run("apply", "yes\n", 0);
    } else {
        transcript.run("apply", "", 1);
        transcript.run("apply --yes", "", 0);
    }
    transcript.run("plan --out plan.json", "", 0);
    transcript.run("verify", "", 0);
    transcript.run("output", "", 0);
    transcript.run("output --format env", "", 0);
    transcript.run("output --format raw ecr_repository_url", "", 0);
    transcript.run("output nothing", "", 1);
    changes(&mut transcript);
    transcript.run("cost --tasks 2 --vcpu 0.5 --memory-gb 1 --image-gb 5 --log-gb 10", "", 0);
    transcript.run("cost --region eu-north-1 --log-gb 1", "", 1);
    transcript.run("policy --for plan", "", 0);
    transcript.run("graph", "", 0);
    if asks {
        transcript.run("destroy", "yes\n", 0);
    } else {
        transcript.run("destroy", "", 1);
        transcript.run("destroy --yes", "", 0);
    }
    transcript.run("destroy --yes", "", 0);
    transcript.is_golden(name);
}

/// Changes many settings in the configuration file, then runs `plan`, `verify` and `apply`.
fn changes(transcript: &mut Transcript) {
    let config = CONFIG
        .replace("\"demo\"", "\"shop\"")
        .replace("\"memory.json\"", "\".ecs-foundation/memory.json\"");
    let changes = "\
[cluster]
container_insights = \"enhanced\"
[execution_role.trust]
source_accounts = [\"own\"]
[[task_role.statements]]
sid = \"Orders\"
actions = [\"dynamodb:GetItem\", \"dynamodb:PutItem\"]
resources = [\"arn:aws:dynamodb:us-east-1:123456789012:table/orders\"]
[repository]
scan_on_push = false
[log_group]
retention_in_days = 30
[tags]
team = \"platform\"
";
    transcript.write("ecs-foundation.toml", &format!("{config}{changes}"));
    transcript.run("plan", "", 0);
    transcript.run("verify", "", 1);
    transcript.run("apply --yes plan.json", "", 1);
    transcript.run("apply --yes", "", 0);
    transcript.run("apply --yes", "", 0);
}

#[test]
fn a_life_cycle_without_a_terminal() {
    life_cycle(Place::Pipe, "pipe.txt");
}

#[test]
fn a_life_cycle_on_a_terminal() {
    life_cycle(Place::Terminal(100), "terminal-100.txt");
}

#[test]
fn a_life_cycle_on_a_narrow_terminal() {
    life_cycle(Place::Terminal(56), "terminal-56.txt");
}

/// Tests the error messages that [`life_cycle`] does not cover.
fn errors(place: Place, name: &str) {
    let mut transcript = Transcript::new(place);
    transcript.write("ecs-foundation.toml", CONFIG);
    transcript.run("", "", 1);
    transcript.run("deploy", "", 1);
    transcript.run("plan --frobnicate", "", 1);
    transcript.run("plan --format raw", "", 1);
    transcript.run("output --format raw", "", 1);
    transcript.run("-e prod plan --all-environments", "", 1);
    transcript.run("plan --config none.toml", "", 1);
    transcript.run("plan --region mars", "", 1);
    transcript.run("init --project-name shop", "", 1);
    transcript.run("plan --backend aws --endpoint-url http://127.0.0.1:1", "", 1);
    transcript.run("plan --backend aws --endpoint-url http://127.0.0.1:1 --format json", "", 1);
    transcript.run("mock serve --listen nowhere", "", 1);
    transcript.run("mock serve --fault burn@iam:CreateRole", "", 1);
    transcript.run("mock serve --backend aws", "", 1);
    transcript.write("none.json", "{}");
    transcript.run("apply --yes none.json", "", 1);
    transcript.run("apply --yes", "", 0);
    let other = CONFIG.replace("\"demo\"", "\"other\"");
    transcript.write("other.toml", &format!("{other}[log_group]\nname = \"/ecs/demo-dev\"\n"));
    transcript.run("plan --config other.toml", "", 1);
    transcript.run("plan --config other.toml --adopt", "", 0);
    let wrong = "colour = \"red\"\n[log_group]\nretention_in_days = 15\nclass = \"CHEAP\"\n\
                 [environments.Prod]\nregion = \"eu\"\n";
    transcript.write("wrong.toml", &format!("{CONFIG}{wrong}"));
    transcript.run("plan --config wrong.toml", "", 1);
    transcript.run("plan --config wrong.toml --format json", "", 1);
    transcript.is_golden(name);
}

#[test]
fn errors_without_a_terminal() {
    errors(Place::Pipe, "errors-pipe.txt");
}

#[test]
fn errors_on_a_narrow_terminal() {
    errors(Place::Terminal(56), "errors-56.txt");
}

#[test]
fn help_on_a_wide_and_a_narrow_terminal() {
    for columns in [100, 56] {
        let mut transcript = Transcript::new(Place::Terminal(columns));
        for command in [
            "",
            "init",
            "plan",
            "apply",
            "output",
            "verify",
            "destroy",
            "policy",
            "graph",
            "export",
            "cost",
            "mock serve",
            "schema",
            "completions",
        ] {
            transcript.run(format!("{command} --help").trim_start(), "", 0);
        }
        transcript.is_golden(&format!("help-{columns}.txt"));
    }
}

/// Tests the message about a wait for IAM. The mock's IAM takes one second of real time to make a
/// new role known to ECR.
#[test]
fn a_wait_is_reported_with_its_reason_and_limit() {
    let lag = infra_mock::api::Lag {
        iam_propagation: std::time::Duration::from_secs(1),
        ..Default::default()
    };
    let sandbox = Sandbox::served(infra_mock::MockAws::builder().lag(lag));
    let run = sandbox.run("apply --yes").succeeds();
    let text =
        Regex::new(r"\d+(\.\d+)? (ms|s)\b").unwrap().replace_all(&run.stderr, "TIME").into_owned();
    assert!(
        text.contains(
            "ecr_repository_policy.app: ecr:SetRepositoryPolicy is waiting for IAM to make the role known to \
             ECR, up to 2 min (TIME so far)\n"
        ),
        "{text}"
    );
    assert!(text.contains("ecr_repository_policy.app: created (TIME)\n"), "{text}");
    assert!(text.contains("Apply complete in TIME: 9 created.\n"), "{text}");
}

/// Tests that progress lines say what a step is waiting for, and that all progress lines are
/// cleared at the end, even if they wrap.
#[test]
fn progress_lines_are_cleared_at_the_end() {
    for columns in [100, 56] {
        // With this delay, ECR refuses the policy at first, even on a busy machine.
        let iam_propagation = std::time::Duration::from_secs(3);
        let lag = infra_mock::api::Lag { iam_propagation, ..Default::default() };
        let sandbox = Sandbox::served(infra_mock::MockAws::builder().lag(lag));
        let seen = on_terminal(sandbox.command("apply --yes"), columns, "");
        assert_eq!(seen.code, Some(0), "{seen:#?}");
        assert!(seen.raw.contains("ecr:SetRepositoryPolicy is waiting for IAM"), "{seen:#?}");
        let after_plan = seen.screen.split("Plan: 9 to create").nth(1).unwrap();
        let (progress, _) = after_plan.split_once("Apply complete").unwrap();
        assert_eq!(
            progress.matches(": created (").count() + progress.matches("    created (").count(),
            9
        );
        let left: Vec<&str> = progress.lines().filter(|line| !line.is_empty()).collect();
        // The command shows nine resources. On the narrow terminal, the longest name wraps.
        let lines = if columns == 56 { 10 } else { 9 };
        assert_eq!(left.len(), lines + 1, "{left:#?}");
    }
}

#[test]
fn colors_are_used_on_a_terminal_unless_turned_off() {
    let sandbox = Sandbox::new();
    let colours = |seen: &str| seen.contains("\u{1b}[1m") || seen.contains("\u{1b}[32m");
    for line in ["plan", "apply --yes", "verify", "plan --frobnicate", "output nothing", "--help"] {
        let seen = on_terminal(sandbox.command(line), 100, "");
        assert!(colours(&seen.raw), "{line}: {seen:#?}");
        for (flag, variable) in [("", Some("NO_COLOR")), (" --color never", None)] {
            let mut command = sandbox.command(&format!("{line}{flag}"));
            command.envs(variable.map(|name| (name, "1")));
            let seen = on_terminal(command, 100, "");
            assert!(!colours(&seen.raw), "{line}{flag}: {seen:#?}");
        }
    }
}
