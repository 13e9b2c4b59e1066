//! Tests of Ctrl-C, SIGTERM and SIGHUP while the program waits for AWS.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use infra_mock::MockAws;
use infra_mock::api::Lag;
use infra_mock::time::ManualClock;

use crate::sandbox::{Run, Sandbox};

pub(crate) fn send(signal: &str, child: &Child) {
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
}

/// Runs the program against a server that never answers. Sends the program a signal as soon as the
/// program has connected to the server.
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
    send(signal, &child);
    Run::of(&child.wait_with_output().unwrap())
}

#[test]
fn ctrl_c_exits_with_130_sigterm_with_143_and_sighup_with_129() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        for line in ["plan", "apply --yes", "destroy --yes", "verify", "output"] {
            let run = interrupted_by(signal, line).ends_with(code);
            assert_eq!(run.stdout, "", "{line}");
            run.says("stopped before anything was changed");
        }
    }
}

#[test]
fn a_run_stopped_while_it_waits_for_aws_is_completed_by_the_next() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        // The mock's clock is stopped, so ECR does not recognize the role until the test advances
        // the clock.
        let clock = ManualClock::default();
        let lag = Lag { iam_propagation: Duration::from_mins(1), ..Lag::default() };
        let sandbox = Sandbox::served(MockAws::builder().lag(lag).clock(clock.clone()));
        let child = sandbox
            .command("apply --yes --format json")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        sandbox
            .await_call(|call| call.operation == "SetRepositoryPolicy" && call.refused.is_some());
        send(signal, &child);
        let run = Run::of(&child.wait_with_output().unwrap()).ends_with(code);
        let last = run.stdout.lines().last().unwrap();
        let last: serde_json::Value = serde_json::from_str(last).unwrap();
        assert_eq!((&last["event"], &last["result"]), (&"summary".into(), &"interrupted".into()));
        assert!(last["done"].as_u64() > Some(0), "{last}");
        run.says(r#""kind":"interrupted""#);

        clock.advance(Duration::from_mins(1));
        sandbox.run("apply --yes").succeeds();
        sandbox.run("plan --detailed-exitcode").succeeds();
    }
}

#[test]
fn a_stopped_run_reports_the_state_of_each_step() {
    // The mock's clock is stopped, so the cluster and the log group never become ready.
    let minute = Duration::from_mins(1);
    let lag = Lag { capacity_providers: minute, log_group: minute, ..Lag::default() };
    let sandbox = Sandbox::served(MockAws::builder().lag(lag).clock(ManualClock::default()));
    let mut command = sandbox.command("apply --yes --parallelism 1");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    sandbox.await_call(|call| call.operation == "PutRetentionPolicy" && call.refused.is_some());
    send("-INT", &child);
    let run = Run::of(&child.wait_with_output().unwrap()).ends_with(130);
    for text in [
        "done: iam:CreateRole for iam_role.ecs_task_role\n",
        "stopped: ecs:CreateCluster for ecs_cluster.main and ecs_cluster_capacity_providers.main: the \
         resource was changed, but had not stabilized yet\n",
        "stopped: logs:PutRetentionPolicy for cloudwatch_log_group.ecs: nothing was changed\n",
        "Apply stopped: 7 of 9 steps completed, 2 interrupted, 0 failed, 0 not started. Run again to continue",
    ] {
        assert!(run.stderr.contains(text), "{text:?} is not in {}", run.stderr);
    }
    assert!(!run.stderr.contains(" failed: stopped"), "{}", run.stderr);
    // Apart from progress messages, there is exactly one line for each stopped step.
    for step in ["ecs:CreateCluster", "logs:PutRetentionPolicy"] {
        let told =
            run.stderr.lines().filter(|line| line.contains(step) && !line.contains(" is waiting "));
        assert_eq!(told.clone().count(), 1, "{:#?}", told.collect::<Vec<_>>());
    }
}
