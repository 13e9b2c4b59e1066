//! What shows only where calls go over HTTP: how many there are, an AWS that settles slowly, and one that is
//! not there.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Mutex;
use std::time::Duration;

use infra_mock::api::Lag;
use infra_mock::time::{Clock, ManualClock, Timestamp};
use infra_mock::{JournalEntry, MockAws};

use crate::sandbox::{Backend, Sandbox};

/// The most calls that a plan of a foundation may make.
const PLAN: usize = 14;
/// The most changing calls that creating or destroying a foundation may make.
const CHANGING: usize = 10;

fn changing(calls: &[JournalEntry]) -> usize {
    calls.iter().filter(|call| call.changes).count()
}

#[test]
fn a_cycle_keeps_to_its_budget_of_calls() {
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
fn nothing_that_changes_is_refused_and_none_of_it_is_asked_for_twice() {
    let sandbox = Sandbox::on(Backend::Http);
    for line in ["apply --yes", "destroy --yes"] {
        let mut calls = sandbox.calls_of(line);
        calls.retain(|call| call.changes);
        let refused: Vec<_> = calls.iter().filter(|call| call.refused.is_some()).collect();
        assert!(refused.is_empty(), "{line}: {refused:#?}");
        let mut asked: Vec<_> = calls
            .iter()
            .map(|call| format!("{}:{} {}", call.service, call.operation, call.request))
            .collect();
        asked.sort();
        let all = asked.len();
        asked.dedup();
        assert_eq!(asked.len(), all, "{line}: {asked:#?}");
    }
}

#[test]
fn an_aws_that_settles_slowly_is_waited_for() {
    let soon = Duration::from_millis(150);
    let lag = Lag {
        iam_propagation: soon,
        service_linked_role: soon,
        capacity_providers: soon,
        log_group: soon,
    };
    // The clock stands still until the program has met both refusals, and then goes on with every call: however slow
    // the machine is, nothing settles before it was met.
    let clock = ManualClock::default();
    let awaited = ["InvalidParameterException", "OperationAbortedException"];
    let met = Mutex::new(BTreeSet::new());
    let hand = clock.clone();
    let observer = move |call: &JournalEntry| {
        let mut met = met.lock().expect("nobody panics while holding it");
        met.extend(call.refused.clone());
        if awaited.iter().all(|code| met.contains(*code)) {
            hand.advance(soon);
        }
    };
    let mock = MockAws::builder().lag(lag).clock(clock.clone()).observer(observer);
    let sandbox = Sandbox::served(mock);
    sandbox.run("apply --yes").succeeds().says("9 created");
    assert!(clock.now() > Timestamp::default(), "both refusals were met");
    sandbox.run("verify").succeeds();
    sandbox.run("plan --detailed-exitcode").succeeds();
    sandbox.run("destroy --yes").succeeds().says("9 deleted");
}

#[test]
fn an_endpoint_where_nobody_listens_is_named_as_such() {
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
