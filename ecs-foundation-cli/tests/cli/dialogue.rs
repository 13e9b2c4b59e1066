//! Tests of prompts and interruptions. The program runs inside the test process, so that a test can
//! answer its prompts and interrupt the run.
//!
//! All tests use the memory backend. With another backend, the program would use any AWS
//! credentials in the environment variables of the test process.

use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex};

use crate::sandbox::{CONFIG, Sandbox};
use ecs_foundation_cli::{Exit, Interrupt, Io, run};
use infra_mock::ecs;
use tokio_util::sync::CancellationToken;

/// A stream that captures everything written to it.
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
        columns: None,
    };
    (run_on(sandbox, line, interrupt, io).await, stderr.text())
}

async fn run_on(sandbox: &Sandbox, line: &str, interrupt: Interrupt, io: Io) -> Exit {
    let config = sandbox.file("ecs-foundation.toml").display().to_string();
    let fixed = ["ecs-foundation", "--config", &config, "--backend", "memory"];
    let words = fixed.into_iter().chain(line.split_whitespace());
    run(words.map(Into::into), io, interrupt).await
}

#[tokio::test]
async fn only_yes_confirms() {
    let sandbox = Sandbox::new();
    for no in ["y\n", "YES\n", "no\n", "\n", ""] {
        let (exit, said) = answer(&sandbox, "apply", no).await;
        assert_eq!(exit, Exit::Failure, "{said}");
        assert!(said.contains("Type 'yes' to confirm"), "{said}");
        assert!(said.contains("cancelled; nothing was changed"), "{said}");
    }
    let (exit, said) = answer(&sandbox, "-q apply", "yes\n").await;
    assert_eq!(exit, Exit::Success, "{said}");
    assert!(said.contains("Plan: 9 to create"), "the prompt includes the plan: {said}");
    let (exit, said) = answer(&sandbox, "destroy", "yes\n").await;
    assert_eq!(exit, Exit::Success, "{said}");
    assert!(said.contains("9 deleted"), "{said}");
}

#[tokio::test]
async fn destroying_production_requires_its_name() {
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
async fn one_answer_confirms_all_environments() {
    let sandbox = Sandbox::new();
    let more = "[environments.prod]\n[environments.staging]\n";
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{more}"));
    let (exit, said) = answer(&sandbox, "apply --all-environments", "no\n").await;
    assert_eq!(exit, Exit::Failure, "{said}");
    assert!(said.contains("Apply these changes to dev, prod, staging?"), "{said}");
    assert!(said.ends_with("cancelled; nothing was changed\n"), "{said}");
    let (exit, said) = answer(&sandbox, "apply -e dev --yes", "").await;
    assert_eq!(exit, Exit::Success, "{said}");
    let (exit, said) = answer(&sandbox, "apply --all-environments", "yes\n").await;
    assert_eq!(exit, Exit::Success, "{said}");
    assert!(
        said.contains("Apply these changes to prod, staging?"),
        "the prompt names only the environments with changes: {said}"
    );
    assert!(said.ends_with("Environments: 2 applied, 1 unchanged.\n"), "{said}");
    let (exit, said) = answer(&sandbox, "destroy --all-environments", "yes\n").await;
    assert_eq!(exit, Exit::Failure, "yes is not enough to delete production: {said}");
    let question = "Delete these resources from dev, prod, staging? This cannot be undone.";
    assert!(said.contains(question), "{said}");
    let (exit, said) = answer(&sandbox, "destroy --all-environments", "demo-prod\n").await;
    assert_eq!(exit, Exit::Success, "{said}");
    assert!(said.ends_with("Environments: 3 destroyed.\n"), "{said}");
}

#[tokio::test]
async fn a_stopped_run_for_all_environments_reports_that_once() {
    let sandbox = Sandbox::new();
    let more = "[environments.prod]\n[environments.staging]\n";
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{more}"));
    for line in ["plan", "apply --yes", "verify", "destroy --yes"] {
        let token = CancellationToken::new();
        token.cancel();
        let line = format!("{line} --all-environments");
        let (exit, said) = run_with(&sandbox, &line, "", Interrupt::by_token(token)).await;
        assert_eq!(exit, Exit::Interrupted);
        assert_eq!(said.matches("stopped before anything was changed").count(), 1, "{said}");
    }
}

#[tokio::test]
async fn a_run_stopped_before_any_change_reports_that() {
    let sandbox = Sandbox::new();
    let token = CancellationToken::new();
    token.cancel();
    let (exit, said) = run_with(&sandbox, "apply --yes", "", Interrupt::by_token(token)).await;
    assert_eq!(exit, Exit::Interrupted);
    assert!(said.contains("stopped before anything was changed"), "{said}");
    assert_eq!(sandbox.read("memory.json"), None);
}

#[tokio::test]
async fn all_environments_are_confirmed_once() {
    let sandbox = Sandbox::new();
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}[environments.prod]\n"));
    let (exit, said) = answer(&sandbox, "apply --all-environments", "no\n").await;
    assert_eq!(exit, Exit::Failure, "{said}");
    assert_eq!(said.matches("Plan: 9 to create").count(), 2, "{said}");
    assert!(said.contains("Apply these changes to dev, prod?"), "{said}");
    let (exit, said) = answer(&sandbox, "-q apply --all-environments", "yes\n").await;
    assert_eq!(exit, Exit::Success, "{said}");
    assert_eq!(said.matches("Type 'yes' to confirm").count(), 1, "{said}");
    let (exit, said) = answer(&sandbox, "plan --all-environments --detailed-exitcode", "").await;
    assert_eq!(exit, Exit::Success, "{said}");
    // If the plan has no changes, there is no prompt.
    let (exit, said) = answer(&sandbox, "apply --all-environments", "").await;
    assert_eq!(exit, Exit::Success, "{said}");
}

#[tokio::test]
async fn init_asks_again_until_each_answer_is_valid() {
    let sandbox = Sandbox::bare();
    let (exit, said) = answer(&sandbox, "init", "My Shop\nshop\n\nmars\neu-central-1\n").await;
    assert_eq!(exit, Exit::Success, "{said}");
    assert!(said.contains("\"My Shop\" is not a valid project name: "), "{said}");
    assert!(said.contains("; try my-shop\n"), "{said}");
    assert!(
        said.contains("Environment name (second part of every resource name) [dev]: "),
        "{said}"
    );
    assert!(said.contains("\"mars\" is not a valid region"), "{said}");
    assert!(!said.contains("Backend"), "init asks for the backend: {said}");
    let written = sandbox.read("ecs-foundation.toml").unwrap();
    for line in ["project_name = \"shop\"", "environment = \"dev\"", "region = \"eu-central-1\""] {
        assert!(written.lines().any(|found| found == line), "{line} is not in {written}");
    }
}

#[tokio::test]
async fn init_without_an_answer_writes_nothing() {
    let sandbox = Sandbox::bare();
    let (exit, said) = answer(&sandbox, "init", "shop\n").await;
    assert_eq!(exit, Exit::Failure, "{said}");
    assert!(said.contains("nothing was written: the input ended"), "{said}");
    let token = CancellationToken::new();
    token.cancel();
    let (exit, said) = run_with(&sandbox, "init", "", Interrupt::by_token(token)).await;
    assert_eq!(exit, Exit::Interrupted, "{said}");
    assert_eq!(sandbox.read("ecs-foundation.toml"), None);
}

/// Runs `apply` in virtual time until a wait for AWS times out. Returns the output, starting at the
/// first error.
async fn output_after_timeout(sandbox: &Sandbox, config: &str) -> String {
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{config}"));
    let (exit, said) = answer(sandbox, "apply --yes", "").await;
    assert_eq!(exit, Exit::Failure, "{said}");
    said[said.find("error: ").unwrap()..].to_owned()
}

#[tokio::test(start_paused = true)]
async fn the_error_for_a_principal_that_never_appears_is_helpful() {
    let config = "[repository]\n\
                  additional_pull_principals = [\"arn:aws:iam::123456789012:role/ghost\"]\n";
    let said = output_after_timeout(&Sandbox::new(), config).await;
    let expected = "\
error: ecr:SetRepositoryPolicy for ecr_repository_policy.app: waited 2 minutes for IAM to make the role known to ECR
  caused by: ecr:SetRepositoryPolicy for ecr_repository_policy.app: Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found' (InvalidParameterException)
  help: check that every principal in the repository policy exists, then run again

done: ecs:CreateCluster for ecs_cluster.main and ecs_cluster_capacity_providers.main
done: iam:CreateRole for iam_role.ecs_execution_role
done: iam:AttachRolePolicy for iam_role_policy_attachment.ecs_execution_role_policy
done: iam:CreateRole for iam_role.ecs_task_role
done: iam:PutRolePolicy for iam_role_policy.ecs_task_role_policy
done: ecr:CreateRepository for ecr_repository.app
done: logs:CreateLogGroup for cloudwatch_log_group.ecs
done: logs:PutRetentionPolicy for cloudwatch_log_group.ecs

Apply failed: 8 of 9 steps completed, 1 failed, 0 not started. Run again to continue; completed steps are skipped.
";
    assert_eq!(said, expected);
}

#[tokio::test(start_paused = true)]
async fn the_error_for_a_capacity_provider_that_stays_in_use_is_helpful() {
    let sandbox = Sandbox::new();
    assert_eq!(answer(&sandbox, "apply --yes", "").await.0, Exit::Success);
    let capacity_provider = Some("FARGATE_SPOT".to_owned());
    let task = ecs::TaskFixture { capacity_provider, ..ecs::TaskFixture::default() };
    let added =
        sandbox.mock().with_world(|call| call.ecs().add_task("demo-dev-cluster", "spot", task));
    assert!(added.unwrap());
    let config = "[cluster]\ncapacity_providers = [\"FARGATE\"]\n";
    let said = output_after_timeout(&sandbox, config).await;
    for text in [
        "error: ecs:PutClusterCapacityProviders for ecs_cluster_capacity_providers.main: waited 10 minutes \
         for tasks to stop using the capacity provider that is being removed\n",
        "(ResourceInUseException)\n",
        "  help: move services to another provider with `aws ecs update-service",
    ] {
        assert!(said.contains(text), "{text:?} is not in {said}");
    }
}

/// A stream that captures all output and cancels the run when the given text is written.
struct StopAt {
    text: &'static str,
    token: CancellationToken,
    written: Written,
}

impl Write for StopAt {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if String::from_utf8_lossy(bytes).contains(self.text) {
            self.token.cancel();
        }
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_run_stopped_between_two_reads_reports_that() {
    let sandbox = Sandbox::new();
    let (token, written) = (CancellationToken::new(), Written::default());
    // Cancel when the first call is logged, so that no further call starts.
    let stderr = StopAt { text: ": calling ", token: token.clone(), written: written.clone() };
    let io = Io {
        stdin: Box::new(io::empty()),
        stdout: Box::new(io::sink()),
        stderr: Box::new(stderr),
        can_ask: false,
        stdout_is_terminal: false,
        stderr_is_terminal: false,
        columns: None,
    };
    let exit = run_on(&sandbox, "apply --yes -v", Interrupt::by_token(token), io).await;
    assert_eq!(exit, Exit::Interrupted);
    let said = written.text();
    assert!(said.contains("error: stopped before anything was changed\n"), "{said}");
    assert_eq!(said.matches(": calling ").count(), 1, "{said}");
}

#[tokio::test]
async fn a_run_stopped_midway_reports_what_was_done_and_the_next_run_completes() {
    let sandbox = Sandbox::new();
    let (token, written) = (CancellationToken::new(), Written::default());
    let text = "\"finished\"";
    let stdout = StopAt { text, token: token.clone(), written: written.clone() };
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
