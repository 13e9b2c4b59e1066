//! Ctrl-C and SIGTERM, sent to the process while AWS keeps it waiting.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::sandbox::{Run, Sandbox};

/// Runs the program against a server that never answers, and sends it a signal once it has called.
fn interrupted_by(signal: &str, line: &str) -> Run {
    let sandbox = Sandbox::new();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", server.local_addr().unwrap());
    let child = sandbox
        .command(&format!("{line} --backend aws --endpoint-url {endpoint}"))
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _held = server.accept().unwrap();
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    Run::of(&child.wait_with_output().unwrap())
}

#[test]
fn ctrl_c_ends_with_130_and_sigterm_with_143() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        for line in ["plan", "apply --yes", "destroy --yes", "verify", "output"] {
            let run = interrupted_by(signal, line).ends_with(code);
            assert_eq!(run.stdout, "", "{line}");
            run.says("stopped before anything was changed");
        }
    }
}
