//! Tests that credentials never appear in any output or file. The tests use credentials with parts
//! that are easy to recognize.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::sandbox::{Backend, Run, Sandbox};
use crate::serve::Served;

const KEY_ID: &str = "AKIAMARKEDKEYID00001";
const SECRET: &str = "MarkedSecretKey/0123456789abcdefghijklmn";
const TOKEN: &str = "MarkedSessionToken//0123456789abcdefghijklmn==";

/// Parts of the credentials that occur in no other text.
const MARKS: [&str; 3] = ["AKIAMARKED", "MarkedSecret", "MarkedSession"];

/// The file that contains the credentials.
const CREDENTIALS: &str = "credentials";

#[track_caller]
fn has_no_mark(what: &str, text: &str) {
    for mark in MARKS {
        assert!(!text.contains(mark), "{mark} is in {what}: {text}");
    }
}

/// Returns a command that receives the marked credentials in environment variables.
fn marked(sandbox: &Sandbox, line: &str) -> Command {
    let mut command = sandbox.command(line);
    command.env("AWS_ACCESS_KEY_ID", KEY_ID);
    command.env("AWS_SECRET_ACCESS_KEY", SECRET);
    command.env("AWS_SESSION_TOKEN", TOKEN);
    // These variables enable any logging that might print the credentials.
    command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    command
}

#[track_caller]
fn run(mut command: Command, code: i32) -> Run {
    let run = Run::of(&command.output().unwrap()).ends_with(code);
    has_no_mark("the output", &run.stdout);
    has_no_mark("the messages", &run.stderr);
    run
}

/// Checks that no file in a directory, apart from the credentials file itself, contains
/// credentials. Returns the number of files checked.
#[track_caller]
fn files_have_no_mark(folder: &Path) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            count += files_have_no_mark(&path);
        } else if path.file_name().is_some_and(|name| name != CREDENTIALS) {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            has_no_mark(&path.display().to_string(), &text);
            count += 1;
        }
    }
    count
}

#[test]
fn no_command_prints_or_stores_credentials() {
    for backend in [Backend::Memory, Backend::Http] {
        let sandbox = Sandbox::on(backend);
        for (line, code) in [
            ("plan -vvv --out plan.json", 0),
            ("apply -vvv --yes plan.json", 0),
            ("plan -vvv --format json", 0),
            ("verify -vvv", 0),
            ("verify -vvv --format json", 0),
            ("output -vvv --format env", 0),
            ("policy -vvv", 0),
            ("graph -vvv", 0),
            ("apply -vvv --yes --format json", 0),
            ("apply -vvv plan.json", 1),
            ("destroy -vvv", 1),
            ("destroy -vvv --yes --format json", 0),
        ] {
            run(marked(&sandbox, line), code);
        }
        assert!(files_have_no_mark(sandbox.path()) >= 2);
        has_no_mark("the mock's state", &sandbox.state());
        if backend == Backend::Http {
            let calls = sandbox.calls();
            assert!(calls.len() > 20);
            has_no_mark("the mock's journal", &format!("{calls:#?}"));
            has_no_mark("the mock's journal", &serde_json::to_string(&calls).unwrap());
            has_no_mark("the mock, printed", &format!("{:#?}", sandbox.mock()));
        }
    }
}

#[test]
fn no_error_prints_credentials() {
    let refusals =
        ["AccessDenied", "ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"];
    for code in refusals {
        for operation in ["sts:GetCallerIdentity", "iam:CreateRole"] {
            let rule: infra_mock::faults::Rule =
                format!("refuse={code}@{operation}").parse().unwrap();
            let sandbox = Sandbox::served(infra_mock::MockAws::builder().fault(rule));
            for format in ["text", "json"] {
                let line = format!("apply -vvv --yes --format {format}");
                run(marked(&sandbox, &line), 1).says(code);
            }
        }
    }
    let sandbox = Sandbox::new();
    for format in ["text", "json"] {
        let line =
            format!("plan -vvv --backend aws --endpoint-url http://127.0.0.1:1 --format {format}");
        run(marked(&sandbox, &line), 1).says("refused");
    }
}

#[test]
fn credentials_from_files_and_programs_are_not_printed_or_stored() {
    let sandbox = Sandbox::on(Backend::Http);
    let file = |text: &str| sandbox.write(CREDENTIALS, text);
    let command = |line: &str| {
        let mut command = sandbox.command(line);
        command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
        command.env("AWS_SHARED_CREDENTIALS_FILE", sandbox.file(CREDENTIALS));
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("RUST_LOG", "trace");
        command
    };
    let good = format!(
        "[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n\
         aws_session_token = {TOKEN}\n"
    );
    file(&good);
    run(command("apply -vvv --yes"), 0);
    // Next, a `credential_process` prints the credentials in a valid document.
    let printed = format!(
        r#"{{"Version":1,"AccessKeyId":"{KEY_ID}","SecretAccessKey":"{SECRET}","SessionToken":"{TOKEN}"}}"#
    );
    sandbox.write(CREDENTIALS, &printed);
    let path = sandbox.file(CREDENTIALS).display().to_string();
    sandbox.write("config", &format!("[default]\ncredential_process = cat {path}\n"));
    let by_program = |line: &str| {
        let mut command = command(line);
        command.env("AWS_SHARED_CREDENTIALS_FILE", sandbox.file("none"));
        command.env("AWS_CONFIG_FILE", sandbox.file("config"));
        command
    };
    run(by_program("plan -vvv"), 0);
    // Then the process prints an incomplete document.
    sandbox.write(CREDENTIALS, printed.trim_end_matches('}'));
    run(by_program("plan -vvv"), 1);
    // The credentials file has a syntax error on the line that contains the secret.
    file(&good.replace("aws_secret_access_key = ", "aws_secret_access_key "));
    run(command("plan -vvv"), 1);
    file(&good.replace("[default]\n", "[default\n"));
    run(command("plan -vvv"), 1);
    files_have_no_mark(sandbox.path());
}

#[test]
fn the_mock_server_does_not_log_or_store_credentials() {
    let sandbox = Sandbox::new();
    let served = Served::start(&sandbox, "-vvv --snapshot served.json");
    let line = format!("apply -vvv --yes --backend aws --endpoint-url {}", served.url());
    run(marked(&sandbox, &line), 0);
    let (_, calls) = served.control("GET calls", "");
    assert!(calls.as_array().is_some_and(|calls| calls.len() > 10), "{calls}");
    has_no_mark("its journal", &calls.to_string());
    let ended = served.stop("-TERM").succeeds();
    assert!(ended.stderr.contains("iam:CreateRole"), "{ended:#?}");
    has_no_mark("its log", &ended.stderr);
    has_no_mark("its output", &ended.stdout);
    assert!(sandbox.read("served.json").is_some());
    files_have_no_mark(sandbox.path());
}
