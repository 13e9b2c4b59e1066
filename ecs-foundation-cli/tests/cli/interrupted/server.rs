//! Tests in which the mock server is killed during a run and restarted from its file.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{
    CREATE, DESTROY, Moment, Point, REPLACE, Uninterrupted, accepted, await_hung, each, ended,
    start, summary,
};
use crate::sandbox::{Run, Sandbox};

/// When the killed server is restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Restart {
    /// During the run.
    DuringTheRun,
    /// After the run has failed.
    AfterTheRun,
}

/// Kills the server while a call hangs. If the call has not taken effect, the call is lost. If it
/// has taken effect, the change is saved in the file, and only the response is lost.
fn server_killed(uninterrupted: &Uninterrupted, points: &[Point], restart: Restart) {
    let scenario = uninterrupted.scenario;
    let survived = AtomicUsize::new(0);
    let what = format!("server killed, restart {restart:?}, {}", scenario.name);
    each(&what, &Moment::around(points), |moment| {
        let mut sandbox = Sandbox::served_from_file();
        scenario.set_up(&sandbox);
        let mock = sandbox.mock();
        mock.add_fault(moment.rule());
        let mut child = start(&sandbox, &format!("{} --format json", scenario.line));
        await_hung(&mock, &mut child);
        drop(mock);
        let (address, calls) = sandbox.kill_server();
        let run = match restart {
            Restart::DuringTheRun => {
                sandbox.start_server(address);
                ended(child)
            }
            Restart::AfterTheRun => {
                let run = ended(child).fails();
                sandbox.start_server(address);
                run
            }
        };
        match run.code {
            Some(0) => {
                survived.fetch_add(1, Ordering::Relaxed);
            }
            _ => assert_clear_error(&run.fails(), moment, restart, accepted(&calls)),
        }
        uninterrupted.assert_completed_by_the_next_run(&sandbox);
    });
    if restart == Restart::DuringTheRun {
        assert!(survived.into_inner() > 0, "no run retried its call");
    }
}

/// Checks the output of a run that failed because its server was killed. The errors must say that
/// the connection failed, and the summary must agree with the changes that took effect.
#[track_caller]
fn assert_clear_error(run: &Run, moment: &Moment, restart: Restart, changed: usize) {
    let failure: serde_json::Value =
        serde_json::from_str(run.stderr.lines().last().unwrap()).unwrap();
    let error = &failure["error"];
    assert_eq!(error["kind"], "aws", "{run:#?}");
    for error in error["errors"].as_array().unwrap() {
        assert_eq!(error["kind"], "connection", "{run:#?}");
        assert!(error["operation"].is_string(), "{run:#?}");
        assert!(error["hint"].as_str().unwrap().contains("run again"), "{run:#?}");
        let message = error["message"].as_str().unwrap();
        let expected =
            ["the service cannot be reached", "the connection was lost before the response"];
        assert!(expected.iter().any(|text| message.contains(text)), "{message}");
    }
    if !moment.point.changes && !moment.point.changed_before {
        return;
    }
    let summary = summary(run);
    assert_eq!(summary["result"], "failed");
    let errors = summary["errors"].as_array().unwrap();
    let count = |effect: &str| errors.iter().filter(|error| error["effect"] == effect).count();
    let done = usize::try_from(summary["done"].as_u64().unwrap()).unwrap() + count("done");
    if restart == Restart::AfterTheRun {
        // The summary counts every change that took effect, either as done or as unknown.
        assert!((done..=done + count("unknown")).contains(&changed), "{changed} in {summary:#}");
    }
}

#[test]
fn a_create_survives_a_server_restart_at_any_call() {
    let uninterrupted = CREATE.uninterrupted();
    server_killed(&uninterrupted, &uninterrupted.points, Restart::DuringTheRun);
}

#[test]
fn a_create_fails_with_a_clear_error_if_the_server_stops_at_any_change() {
    let uninterrupted = CREATE.uninterrupted();
    server_killed(&uninterrupted, &uninterrupted.changing_points(), Restart::AfterTheRun);
}

#[test]
fn a_destroy_survives_a_server_restart_at_any_call_after_its_first_change() {
    let uninterrupted = DESTROY.uninterrupted();
    server_killed(
        &uninterrupted,
        &uninterrupted.points_from_the_first_change(),
        Restart::DuringTheRun,
    );
}

#[test]
fn a_replacement_fails_with_a_clear_error_if_the_server_stops_at_any_change() {
    let uninterrupted = REPLACE.uninterrupted();
    server_killed(&uninterrupted, &uninterrupted.changing_points(), Restart::AfterTheRun);
}
