//! Tests that results go to standard output and that messages go to standard error. This file also
//! tests colors, and output to a closed pipe.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::sandbox::{Backend, Run, Sandbox, on_each_backend};

on_each_backend! {
    colors_are_used_on_terminals_or_on_request,
    quiet_prints_only_results_and_errors,
    verbose_logs_each_call_but_no_secret,
    #[cfg(unix)]
    a_closed_pipe_is_not_an_error,
    #[cfg(unix)]
    every_command_accepts_a_closed_pipe,
    #[cfg(unix)]
    apply_completes_if_its_reader_closes_the_pipe,
    #[cfg(target_os = "linux")]
    a_result_that_cannot_be_written_is_an_error,
}

fn colors_are_used_on_terminals_or_on_request(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    let colored = |line: &str| sandbox.run(line).succeeds().stdout.contains('\u{1b}');
    assert!(!colored("plan"));
    assert!(!colored("plan --color never"));
    assert!(colored("plan --color always"));
    assert!(!colored("plan --color always --format json"));
    let mut no_color = sandbox.command("plan");
    no_color.env("NO_COLOR", "1");
    let run = Run::of(&no_color.output().unwrap());
    assert!(!run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'), "{run:#?}");
}

fn quiet_prints_only_results_and_errors(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    assert_eq!(sandbox.run("apply --yes -q").succeeds().stderr, "");
    assert_eq!(sandbox.run("-q output").succeeds().stdout.lines().count(), 8);
    assert_ne!(sandbox.run("-q output nothing").fails().stderr, "");
}

fn verbose_logs_each_call_but_no_secret(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    let mut command = sandbox.command("apply --yes -vvv");
    command
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .env("AWS_SESSION_TOKEN", "token-of-this-session");
    let run = Run::of(&command.output().unwrap()).succeeds();
    let run = run.says("ecs_cluster.main: calling ecs:DescribeClusters");
    let run = run.says("ecs_cluster.main: calling ecs:CreateCluster");
    for secret in ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI", "token-of-this-session"] {
        assert!(!run.stderr.contains(secret) && !run.stdout.contains(secret), "{secret}");
    }
    assert!(!sandbox.run("plan").succeeds().stderr.contains("calling"));
}

#[cfg(unix)]
fn a_closed_pipe_is_not_an_error(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    for line in ["plan --detailed-exitcode", "plan --detailed-exitcode --format json"] {
        let mut child =
            sandbox.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let run = Run::of(&child.wait_with_output().unwrap()).ends_with(2);
        assert!(!run.stderr.contains("error"), "{run:#?}");
    }
}

#[cfg(unix)]
fn every_command_accepts_a_closed_pipe(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    for line in [
        "--help",
        "plan --help",
        "schema",
        "completions bash",
        "man",
        "output",
        "verify",
        "policy",
        "graph",
        "cost --log-gb 1",
        "export terraform",
        "plan --all-environments",
        "apply --yes",
    ] {
        let mut child =
            sandbox.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let run = Run::of(&child.wait_with_output().unwrap()).succeeds();
        assert!(!run.stderr.contains("error"), "{line}: {run:#?}");
    }
}

#[cfg(unix)]
fn apply_completes_if_its_reader_closes_the_pipe(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    let mut child = sandbox
        .command("apply --yes --format json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap().take(64)).read_line(&mut first).unwrap();
    Run::of(&child.wait_with_output().unwrap()).succeeds();
    sandbox.run("plan --detailed-exitcode").succeeds();
}

#[cfg(target_os = "linux")]
fn a_result_that_cannot_be_written_is_an_error(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = sandbox.command("plan").stdout(full).output().unwrap();
    Run::of(&output).fails().says("cannot write to standard output").says("No space left");
}
