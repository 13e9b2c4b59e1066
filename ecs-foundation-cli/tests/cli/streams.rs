//! Standard output is data, standard error is talk; colours and readers that go away.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::sandbox::{Backend, Run, Sandbox, on_each_backend};

on_each_backend! {
    colours_are_for_terminals_or_for_who_asks,
    quiet_leaves_data_and_errors,
    verbose_tells_each_call_and_no_secret,
    #[cfg(unix)]
    a_reader_that_goes_away_is_no_error,
    #[cfg(unix)]
    no_command_minds_a_reader_that_goes_away,
    #[cfg(unix)]
    apply_goes_on_to_its_end_when_its_reader_goes_away,
    #[cfg(target_os = "linux")]
    data_that_cannot_be_written_is_an_error,
}

fn colours_are_for_terminals_or_for_who_asks(backend: Backend) {
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

fn quiet_leaves_data_and_errors(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    assert_eq!(sandbox.run("apply --yes -q").succeeds().stderr, "");
    assert_eq!(sandbox.run("-q output").succeeds().stdout.lines().count(), 8);
    assert_ne!(sandbox.run("-q output nothing").fails().stderr, "");
}

fn verbose_tells_each_call_and_no_secret(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    let mut command = sandbox.command("apply --yes -vvv");
    command
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .env("AWS_SESSION_TOKEN", "token-of-this-session");
    let run = Run::of(&command.output().unwrap()).succeeds();
    let run = run.says("ecs_cluster.main: calls ecs:DescribeClusters");
    let run = run.says("ecs_cluster.main: calls ecs:CreateCluster");
    for secret in ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI", "token-of-this-session"] {
        assert!(!run.stderr.contains(secret) && !run.stdout.contains(secret), "{secret}");
    }
    assert!(!sandbox.run("plan").succeeds().stderr.contains("calls"));
}

#[cfg(unix)]
fn a_reader_that_goes_away_is_no_error(backend: Backend) {
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
fn no_command_minds_a_reader_that_goes_away(backend: Backend) {
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
fn apply_goes_on_to_its_end_when_its_reader_goes_away(backend: Backend) {
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
fn data_that_cannot_be_written_is_an_error(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = sandbox.command("plan").stdout(full).output().unwrap();
    Run::of(&output).fails().says("could not write to standard output").says("No space left");
}
