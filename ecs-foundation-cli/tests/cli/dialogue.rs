//! Questions and interruptions, run within the test so that it can answer.
//!
//! On the memory backend alone: within the test the program has the machine's own environment, and would find
//! whatever credentials are in it.

use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex};

use crate::sandbox::Sandbox;
use ecs_foundation_cli::{Exit, Interrupt, Io, run};
use tokio_util::sync::CancellationToken;

/// What was written to a stream.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

async fn answer(sandbox: &Sandbox, line: &str, answer: &str) -> (Exit, String) {
    run_with(sandbox, line, answer, Interrupt::default()).await
}

async fn run_with(
    sandbox: &Sandbox,
    line: &str,
    answer: &str,
    interrupt: Interrupt,
) -> (Exit, String) {
    run_into(sandbox, line, answer, interrupt, Written::default()).await
}

async fn run_into(
    sandbox: &Sandbox,
    line: &str,
    answer: &str,
    interrupt: Interrupt,
    stdout: impl Write + Send + 'static,
) -> (Exit, String) {
    let stderr = Written::default();
    let io = Io {
        stdin: Box::new(Cursor::new(answer.to_owned())),
        stdout: Box::new(stdout),
        stderr: Box::new(stderr.clone()),
        can_ask: true,
        stdout_is_terminal: false,
        stderr_is_terminal: false,
    };
    let config = sandbox.file("ecs-foundation.toml").display().to_string();
    let fixed = ["ecs-foundation", "--config", &config, "--backend", "memory"];
    let words = fixed.into_iter().chain(line.split_whitespace());
    let exit = run(words.map(Into::into), io, interrupt).await;
    (exit, stderr.text())
}

#[tokio::test]
async fn only_yes_is_a_yes() {
    let sandbox = Sandbox::new();
    for no in ["y\n", "YES\n", "no\n", "\n", ""] {
        let (exit, said) = answer(&sandbox, "apply", no).await;
        assert_eq!(exit, Exit::Failure, "{said}");
        assert!(said.contains("Only 'yes' is accepted"), "{said}");
        assert!(said.contains("nothing was done"), "{said}");
    }
    let (exit, said) = answer(&sandbox, "-q apply", "yes\n").await;
    assert_eq!(exit, Exit::Success, "{said}");
    assert!(said.contains("Plan: 9 to create"), "the question includes the plan: {said}");
    let (exit, said) = answer(&sandbox, "destroy", "yes\n").await;
    assert_eq!(exit, Exit::Success, "{said}");
    assert!(said.contains("9 deleted"), "{said}");
}

#[tokio::test]
async fn production_is_destroyed_only_by_its_name() {
    let sandbox = Sandbox::new();
    let (exit, said) = answer(&sandbox, "apply -e prod --yes", "").await;
    assert_eq!(exit, Exit::Success, "{said}");
    let (exit, said) = answer(&sandbox, "destroy -e prod", "yes\n").await;
    assert_eq!(exit, Exit::Failure, "{said}");
    assert!(said.contains("demo-prod"), "{said}");
    let (exit, said) = answer(&sandbox, "destroy -e prod", "demo-prod\n").await;
    assert_eq!(exit, Exit::Success, "{said}");
}

#[tokio::test]
async fn a_run_that_is_stopped_before_it_changes_anything_says_so() {
    let sandbox = Sandbox::new();
    let token = CancellationToken::new();
    token.cancel();
    let (exit, said) = run_with(&sandbox, "apply --yes", "", Interrupt::by_token(token)).await;
    assert_eq!(exit, Exit::Interrupted);
    assert!(said.contains("stopped before anything was changed"), "{said}");
    assert_eq!(sandbox.read("memory.json"), None);
}

/// Stops the run as soon as a step has ended, and keeps what was written.
struct StopAfterOneStep {
    token: CancellationToken,
    written: Written,
}

impl Write for StopAfterOneStep {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if String::from_utf8_lossy(bytes).contains("\"finished\"") {
            self.token.cancel();
        }
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_run_that_is_stopped_midway_tells_what_was_done_and_the_next_one_goes_on() {
    let sandbox = Sandbox::new();
    let (token, written) = (CancellationToken::new(), Written::default());
    let stdout = StopAfterOneStep { token: token.clone(), written: written.clone() };
    let interrupt = Interrupt::by_token(token);
    let (exit, said) = run_into(&sandbox, "apply --yes --format json", "", interrupt, stdout).await;
    assert_eq!(exit, Exit::Interrupted, "{said}");
    assert!(said.contains(r#""kind":"interrupted""#), "{said}");
    let written = written.text();
    let last: serde_json::Value = serde_json::from_str(written.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "summary");
    assert_eq!(last["result"], "interrupted");
    assert!(last["done"].as_u64() > Some(0) && last["not_tried"].as_u64() > Some(0), "{last}");

    let (exit, said) = answer(&sandbox, "apply --yes", "").await;
    assert_eq!(exit, Exit::Success, "{said}");
    let (exit, said) = answer(&sandbox, "plan --detailed-exitcode", "").await;
    assert_eq!(exit, Exit::Success, "{said}");
}
