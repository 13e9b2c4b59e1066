//! The server is killed under a run, and started again from what it had kept.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{
    CREATE, DESTROY, Moment, Point, REPLACE, Undisturbed, accepted, await_hung, each, ended, start,
    summary,
};
use crate::sandbox::{Run, Sandbox};

/// When the server is there again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Back {
    /// While the run goes on.
    AtOnce,
    /// When the run has given up.
    AfterTheRun,
}

/// A call that stands still before it takes effect is lost with the server; one that stands still after it is in
/// the file, and only its answer is lost.
fn server_killed(undisturbed: &Undisturbed, points: &[Point], back: Back) {
    let scenario = undisturbed.scenario;
    let ridden_over = AtomicUsize::new(0);
    let what = format!("server killed, back {back:?}, {}", scenario.name);
    each(&what, &Moment::around(points), |moment| {
        let mut sandbox = Sandbox::served_from_file();
        scenario.set_up(&sandbox);
        let mock = sandbox.mock();
        mock.add_fault(moment.rule());
        let mut child = start(&sandbox, &format!("{} --format json", scenario.line));
        await_hung(&mock, &mut child);
        drop(mock);
        let (address, calls) = sandbox.kill_server();
        let run = match back {
            Back::AtOnce => {
                sandbox.start_server(address);
                ended(child)
            }
            Back::AfterTheRun => {
                let run = ended(child).fails();
                sandbox.start_server(address);
                run
            }
        };
        match run.code {
            Some(0) => {
                ridden_over.fetch_add(1, Ordering::Relaxed);
            }
            _ => assert_plain(&run.fails(), moment, back, accepted(&calls)),
        }
        undisturbed.is_reached_by_the_next_run(&sandbox);
    });
    if back == Back::AtOnce {
        assert!(ridden_over.into_inner() > 0, "none of the runs called again");
    }
}

/// Checks that what a run says that has lost its server is plain and true.
#[track_caller]
fn assert_plain(run: &Run, moment: &Moment, back: Back, changed: usize) {
    let said: serde_json::Value = serde_json::from_str(run.stderr.lines().last().unwrap()).unwrap();
    let error = &said["error"];
    assert_eq!(error["kind"], "aws", "{run:#?}");
    for error in error["errors"].as_array().unwrap() {
        assert_eq!(error["kind"], "connection", "{run:#?}");
        assert!(error["operation"].is_string(), "{run:#?}");
        assert!(error["hint"].as_str().unwrap().contains("run again"), "{run:#?}");
        let message = error["message"].as_str().unwrap();
        let plain = ["the service cannot be reached", "the connection was lost before the answer"];
        assert!(plain.iter().any(|text| message.contains(text)), "{message}");
    }
    if !moment.point.changes && !moment.point.changed_before {
        return;
    }
    let summary = summary(run);
    assert_eq!(summary["result"], "failed");
    let errors = summary["errors"].as_array().unwrap();
    let count = |effect: &str| errors.iter().filter(|error| error["effect"] == effect).count();
    let done = usize::try_from(summary["done"].as_u64().unwrap()).unwrap() + count("done");
    if back == Back::AfterTheRun {
        // Each change that was carried out was either done or is said to be in doubt.
        assert!((done..=done + count("unknown")).contains(&changed), "{changed} in {summary:#}");
    }
}

#[test]
fn create_goes_on_when_the_server_goes_at_any_call_and_comes_back() {
    let undisturbed = CREATE.undisturbed();
    server_killed(&undisturbed, &undisturbed.points, Back::AtOnce);
}

#[test]
fn create_fails_plainly_when_the_server_goes_at_any_change() {
    let undisturbed = CREATE.undisturbed();
    server_killed(&undisturbed, &undisturbed.changing_points(), Back::AfterTheRun);
}

#[test]
fn destroy_goes_on_when_the_server_goes_at_any_call_from_the_first_change_on_and_comes_back() {
    let undisturbed = DESTROY.undisturbed();
    server_killed(&undisturbed, &undisturbed.points_from_the_first_change(), Back::AtOnce);
}

#[test]
fn replacement_fails_plainly_when_the_server_goes_at_any_change() {
    let undisturbed = REPLACE.undisturbed();
    server_killed(&undisturbed, &undisturbed.changing_points(), Back::AfterTheRun);
}
