//! Tests that run Terraform and its AWS provider against `mock serve`. Terraform creates, changes
//! and destroys the foundation's nine resources, a service and a user. The tests also measure the
//! run time and memory of Terraform and ecs-foundation, and check that each tool can manage
//! resources that the other tool created.

#![expect(clippy::print_stdout, reason = "the tests print measurements")]

mod export;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::sandbox::{Run, Sandbox, installed};
use crate::serve::Served;

/// One run of a program, with its measurements.
struct Measured {
    what: String,
    run: Run,
    seconds: f64,
    /// The CPU time, which varies less than the run time on a busy machine.
    cpu_seconds: f64,
    /// The peak memory of the largest process in the run.
    peak_mib: f64,
    calls: usize,
}

struct Comparison {
    sandbox: Sandbox,
    served: Served,
    measured: Vec<Measured>,
    calls: usize,
}

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/terraform")
}

impl Comparison {
    /// Copies one of the Terraform files to a new sandbox, and starts a server there.
    fn start(file: &str) -> Self {
        let both = Self::start_in(Sandbox::new());
        std::fs::copy(files().join(file), both.sandbox.file("main.tf")).expect("a copy");
        both
    }

    /// Starts a server in a sandbox that contains no Terraform files yet, and configures Terraform
    /// to use the installed providers.
    fn start_in(sandbox: Sandbox) -> Self {
        let served = Served::start(&sandbox, "--quiet");
        let providers = installed("ECS_FOUNDATION_TEST_TERRAFORM_PROVIDERS");
        let mirror = format!(
            "disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{ path = {:?} }}\n}}\n",
            providers.display().to_string()
        );
        sandbox.write("terraform.rc", &mirror);
        Self { sandbox, served, measured: Vec::new(), calls: 0 }
    }

    /// Runs a program with `measure.py`, which measures the program's run time and memory.
    fn measure(&mut self, what: &str, program: &Command) -> &Run {
        let report = self.sandbox.file("measured.json");
        let mut command = Command::new(installed("ECS_FOUNDATION_TEST_PYTHON"));
        command.arg(files().join("measure.py")).arg(&report);
        command.arg(program.get_program()).args(program.get_args());
        command.current_dir(self.sandbox.path()).stdin(Stdio::null());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let run = Run::of(&command.output().expect("Python starts"));
        let report = self.sandbox.read("measured.json").expect("a report");
        let report: Value = serde_json::from_str(&report).expect("a report in JSON");
        let calls = self.served.calls();
        self.measured.push(Measured {
            what: what.to_owned(),
            run,
            seconds: report["seconds"].as_f64().expect("seconds"),
            cpu_seconds: report["cpu_seconds"].as_f64().expect("seconds"),
            peak_mib: report["peak_kib"].as_f64().expect("a peak") / 1024.0,
            calls: calls - std::mem::replace(&mut self.calls, calls),
        });
        &self.measured.last().expect("a measurement was just added").run
    }

    #[track_caller]
    fn terraform(&mut self, line: &str, code: i32) -> String {
        let mut command = Command::new(installed("ECS_FOUNDATION_TEST_TERRAFORM"));
        self.sandbox.forget_environment(&mut command);
        command.args(line.split_whitespace());
        match line.split(' ').next() {
            Some("fmt" | "state") => {}
            Some("validate" | "output") => {
                command.arg("-no-color");
            }
            _ => {
                command.args(["-input=false", "-no-color"]);
            }
        }
        command.env("TF_CLI_CONFIG_FILE", self.sandbox.file("terraform.rc"));
        command.env("TF_VAR_endpoint", self.served.url()).env("CHECKPOINT_DISABLE", "1");
        let first_words = line.split(" -").next().unwrap_or(line);
        let run = self.measure(&format!("terraform {first_words}"), &command);
        assert_eq!(run.code, Some(code), "terraform {line}: {run:#?}");
        run.stdout.clone()
    }

    #[track_caller]
    fn ours(&mut self, line: &str) -> String {
        let mut command = self
            .sandbox
            .command(&format!("{line} --backend aws --endpoint-url {}", self.served.url()));
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        let first_words = line.split(" -").next().unwrap_or(line);
        let run = self.measure(&format!("ecs-foundation {first_words}"), &command);
        assert_eq!(run.code, Some(0), "ecs-foundation {line}: {run:#?}");
        run.stdout.clone()
    }

    fn reset(&mut self) {
        self.served.control("POST reset", "");
        self.calls = 0;
    }
}

/// Terraform options that change the cluster, the roles, the repository and the log group in place.
const CHANGES: &str = "-var retention_in_days=30 -var container_insights=disabled -var image_tag_mutability=IMMUTABLE \
                       -var tags={\"Team\"=\"shop\"} -var trusted_account=123456789012";

#[test]
#[ignore = "needs Terraform 1.11 and AWS provider 5.100: `cargo xtask clients` runs this test if both are installed"]
fn terraform_works_on_the_mock_and_each_tool_accepts_the_resources_of_the_other() {
    let mut both = Comparison::start("main.tf");
    both.terraform("init", 0);
    let planned = both.terraform("plan -detailed-exitcode", 2);
    assert!(planned.contains("Plan: 9 to add, 0 to change, 0 to destroy."), "{planned}");
    both.terraform("apply -auto-approve", 0);
    let planned = both.terraform("plan -detailed-exitcode", 0);
    assert!(planned.contains("No changes."), "{planned}");
    // ecs-foundation finds no difference in any attribute of the resources that Terraform created.
    both.ours("plan --detailed-exitcode");

    // After a reset, the resources that ecs-foundation creates match Terraform's state.
    both.reset();
    both.ours("plan");
    both.ours("apply --yes");
    both.ours("plan --detailed-exitcode");
    let planned = both.terraform("plan -detailed-exitcode", 0);
    assert!(planned.contains("No changes."), "{planned}");

    let changed = both.terraform(&format!("apply -auto-approve {CHANGES}"), 0);
    assert!(changed.contains("0 added, 5 changed, 0 destroyed"), "{changed}");
    let planned = both.terraform(&format!("plan -detailed-exitcode {CHANGES}"), 0);
    assert!(planned.contains("No changes."), "{planned}");
    let destroyed = both.terraform(&format!("destroy -auto-approve {CHANGES}"), 0);
    assert!(destroyed.contains("9 destroyed"), "{destroyed}");
    both.ours("apply --yes");
    both.ours("destroy --yes");

    println!("| run | calls | time | CPU time | memory |\n|---|---:|---:|---:|---:|");
    for Measured { what, run: _, seconds, cpu_seconds, peak_mib, calls } in &both.measured {
        println!(
            "| `{what}` | {calls} | {seconds:.2} s | {cpu_seconds:.2} s | {peak_mib:.0} MiB |"
        );
    }
    both.served.stop("-TERM").succeeds();
}

#[test]
#[ignore = "needs Terraform 1.11 and AWS provider 5.100: `cargo xtask clients` runs this test if both are installed"]
fn terraform_creates_changes_and_destroys_a_service_on_the_mock() {
    let mut both = Comparison::start("service.tf");
    both.terraform("init", 0);
    for changes in ["", " -var image=public.ecr.aws/nginx/nginx:2 -var desired_count=3"] {
        // `apply` waits until the service reaches a steady state.
        both.terraform(&format!("apply -auto-approve{changes}"), 0);
        let planned = both.terraform(&format!("plan -detailed-exitcode{changes}"), 0);
        assert!(planned.contains("No changes."), "{planned}");
    }
    let destroyed = both.terraform("destroy -auto-approve", 0);
    assert!(destroyed.contains("Destroy complete!"), "{destroyed}");
}

/// The addresses of the user's credentials in Terraform's state.
const USER_CREDENTIALS: &str = "aws_iam_access_key.ada aws_iam_user_login_profile.ada aws_iam_user_ssh_key.ssh \
                                aws_iam_signing_certificate.ada aws_iam_service_specific_credential.ada";

#[test]
#[ignore = "needs Terraform 1.11 and AWS provider 5.100: `cargo xtask clients` runs this test if both are installed"]
fn terraform_creates_changes_and_destroys_a_user_with_credentials_on_the_mock() {
    let mut both = Comparison::start("users.tf");
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra-mock/src/iam/tests/keys");
    let keys = format!("-var keys={}", keys.display());
    both.terraform("init", 0);
    for changes in ["", " -var status=Inactive -var tags={\"Team\"=\"shop\"}"] {
        both.terraform(&format!("apply -auto-approve {keys}{changes}"), 0);
        let planned = both.terraform(&format!("plan -detailed-exitcode {keys}{changes}"), 0);
        assert!(planned.contains("No changes."), "{planned}");
    }
    // With `force_destroy`, Terraform also deletes credentials that it did not create.
    both.terraform(&format!("state rm {USER_CREDENTIALS}"), 0);
    let destroyed = both.terraform(&format!("destroy -auto-approve {keys}"), 0);
    assert!(destroyed.contains("Destroy complete!"), "{destroyed}");
}
