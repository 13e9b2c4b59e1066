//! Tests of behavior that is visible only over HTTP: the number of calls, eventual consistency, and
//! an unreachable endpoint.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Mutex;
use std::time::Duration;

use infra_mock::api::Lag;
use infra_mock::time::{Clock, ManualClock, Timestamp};
use infra_mock::{JournalEntry, MockAws};

use crate::sandbox::{Backend, Sandbox};

/// The maximum number of calls that a plan may make.
const PLAN: usize = 14;
/// The maximum number of calls that may change something when a foundation is created or destroyed.
const CHANGING: usize = 10;

fn changing(calls: &[JournalEntry]) -> usize {
    calls.iter().filter(|call| call.changes).count()
}

#[test]
fn a_life_cycle_stays_within_its_call_budget() {
    let sandbox = Sandbox::on(Backend::Http);
    let plan = sandbox.calls_of("plan");
    assert!(plan.len() <= PLAN, "{plan:#?}");
    assert_eq!(changing(&plan), 0);
    let created = sandbox.calls_of("apply --yes");
    assert!((1..=CHANGING).contains(&changing(&created)), "{created:#?}");

    for line in ["plan --detailed-exitcode", "apply --yes"] {
        let calls = sandbox.calls_of(line);
        assert!((1..=PLAN).contains(&calls.len()), "{line}: {calls:#?}");
        assert_eq!(changing(&calls), 0, "{line}: {calls:#?}");
    }
    for line in ["verify", "output"] {
        assert_eq!(changing(&sandbox.calls_of(line)), 0, "{line}");
    }

    let destroyed = sandbox.calls_of("destroy --yes");
    assert!((1..=CHANGING).contains(&changing(&destroyed)), "{destroyed:#?}");
    assert_eq!(changing(&sandbox.calls_of("destroy --yes")), 0);
}

#[test]
fn no_changing_call_is_refused_or_repeated() {
    let sandbox = Sandbox::on(Backend::Http);
    for line in ["apply --yes", "destroy --yes"] {
        let mut calls = sandbox.calls_of(line);
        calls.retain(|call| call.changes);
        let refused: Vec<_> = calls.iter().filter(|call| call.refused.is_some()).collect();
        assert!(refused.is_empty(), "{line}: {refused:#?}");
        let mut calls_made: Vec<_> = calls
            .iter()
            .map(|call| format!("{}:{} {}", call.service, call.operation, call.request))
            .collect();
        calls_made.sort();
        let all = calls_made.len();
        calls_made.dedup();
        assert_eq!(calls_made.len(), all, "{line}: {calls_made:#?}");
    }
}

#[test]
fn apply_waits_until_changes_have_propagated() {
    let soon = Duration::from_millis(150);
    let lag = Lag {
        iam_propagation: soon,
        service_linked_role: soon,
        capacity_providers: soon,
        log_group: soon,
        ..Lag::default()
    };
    // The clock stands still until the program has received both errors in `awaited`, and then
    // advances with every call. With a real clock, the changes could propagate before a slow
    // machine received both errors.
    let clock = ManualClock::default();
    let awaited = ["InvalidParameterException", "OperationAbortedException"];
    let seen = Mutex::new(BTreeSet::new());
    let advancing = clock.clone();
    let observer = move |call: &JournalEntry| {
        let mut seen = seen.lock().expect("no thread panics while holding the lock");
        seen.extend(call.refused.clone());
        if awaited.iter().all(|code| seen.contains(*code)) {
            advancing.advance(soon);
        }
    };
    let mock = MockAws::builder().lag(lag).clock(clock.clone()).observer(observer);
    let sandbox = Sandbox::served(mock);
    sandbox.run("apply --yes").succeeds().says("9 created");
    assert!(clock.now() > Timestamp::default(), "both errors occurred");
    sandbox.run("verify").succeeds();
    sandbox.run("plan --detailed-exitcode").succeeds();
    sandbox.run("destroy --yes").succeeds().says("9 deleted");
}

#[test]
fn an_unreachable_endpoint_is_reported() {
    let sandbox = Sandbox::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let line = format!("plan --backend aws --endpoint-url http://127.0.0.1:{port}");
    let mut command = sandbox.command(&line);
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    let run = crate::sandbox::Run::of(&command.output().unwrap()).fails();
    assert_eq!(run.stdout, "");
    run.says("sts:GetCallerIdentity: the service cannot be reached")
        .says("help: check the network");
}
