//! Tests that interrupt the program during a call, with one Ctrl-C, two Ctrl-Cs, or SIGTERM.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr};

use infra_mock::faults::{Fault, Rule};

use super::{
    ADOPT, CREATE, DESTROY, Moment, REPLACE, Scenario, UPDATE, accepted, assert_true, await_hung,
    each, ended, start, summary,
};
use crate::sandbox::{Run, Sandbox};
use crate::signals::send;

/// A flag that limits a run to one call at a time. With this flag, no other call can be in progress
/// while a call hangs.
const ONE_AT_A_TIME: &str = "--parallelism 1";

/// Waits until the program acknowledges a signal.
fn acknowledged(child: &mut Child) -> BufReader<ChildStderr> {
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut printed = String::new();
    while !printed.contains("press Ctrl-C again to stop immediately") {
        assert!(
            stderr.read_line(&mut printed).unwrap() > 0,
            "the signal was not acknowledged: {printed}"
        );
    }
    stderr
}

/// Waits for a run to end, and returns the run with the rest of its standard error.
fn rest(child: Child, mut stderr: BufReader<ChildStderr>) -> Run {
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let run = ended(child);
    Run { stderr: rest, ..run }
}

/// Sends Ctrl-C during each call in turn, and checks that no other call starts.
fn stopped_once(scenario: &'static Scenario) {
    let uninterrupted = scenario.uninterrupted_with(ONE_AT_A_TIME);
    let line = format!("{} --format json {ONE_AT_A_TIME}", scenario.line);
    // The calls after planning execute the plan. The first of these calls are reads, which confirm
    // that the resources are still managed.
    let planning = scenario.calls_of_plan();
    let calls: Vec<usize> = (1..=uninterrupted.points.len()).collect();
    each(&format!("Ctrl-C, {}", scenario.name), &calls, |&nth| {
        let sandbox = scenario.sandbox();
        let mock = sandbox.mock();
        let place = u64::try_from(nth).unwrap();
        mock.add_fault(Rule::new(Fault::Hang { took_effect: false }).nth(place));
        let mut child = start(&sandbox, &line);
        await_hung(&mock, &mut child);
        send("-INT", &child);
        let calls = if nth > planning {
            let stderr = acknowledged(&mut child);
            mock.release_hung();
            let run = rest(child, stderr).ends_with(130);
            let calls = sandbox.calls();
            // The journal lists a hanging call twice: when the call starts to hang and when the
            // call takes effect. A read may be listed only once: if Ctrl-C prevents another read of
            // the same step from starting, the program cancels the hanging read.
            let (until, after) = calls.split_at(nth);
            let hung = until.last().unwrap();
            let expected = if hung.changes { 1..=1 } else { 0..=1 };
            assert!(expected.contains(&after.len()), "the signal was ignored: {calls:#?}");
            assert!(after.iter().all(|call| call.operation == hung.operation), "{calls:#?}");
            // After the last call, nothing is left to stop, so the run completes.
            let last = nth == uninterrupted.points.len();
            let summary = summary(&run);
            assert_eq!(summary["result"], if last { "done" } else { "interrupted" }, "{run:#?}");
            if !calls.iter().any(|call| call.changes) {
                run.says("stopped before anything was changed");
            }
            let carried_out: Vec<_> =
                calls.into_iter().filter(|call| call.fault.is_none()).collect();
            assert_true(&summary, uninterrupted.steps, accepted(&carried_out));
            carried_out
        } else {
            // During planning, the program exits without waiting for reads.
            let run = ended(child).ends_with(130);
            run.says("stopped before anything was changed");
            sandbox.calls()
        };
        assert!(calls.len() <= nth, "{calls:#?}");
        mock.clear_faults();
        uninterrupted.assert_completed_by_the_next_run(&sandbox);
    });
}

#[test]
fn a_create_stopped_at_any_call_starts_no_other_and_is_completed_by_the_next_run() {
    stopped_once(&CREATE);
}

#[test]
fn a_destroy_stopped_at_any_call_starts_no_other_and_is_completed_by_the_next_run() {
    stopped_once(&DESTROY);
}

#[test]
fn an_update_stopped_at_any_call_starts_no_other_and_is_completed_by_the_next_run() {
    stopped_once(&UPDATE);
}

/// Runs the program with the default parallelism and sends a signal at the given moment.
fn signalled(scenario: &Scenario, moment: &Moment, signal: &str) -> (Sandbox, Child) {
    let sandbox = scenario.sandbox();
    sandbox.mock().add_fault(moment.rule());
    let mut child = start(&sandbox, &format!("{} --format json", scenario.line));
    await_hung(&sandbox.mock(), &mut child);
    send(signal, &child);
    (sandbox, child)
}

fn terminated(scenario: &'static Scenario) {
    let uninterrupted = scenario.uninterrupted();
    let what = format!("SIGTERM, {}", scenario.name);
    let moments = Moment::around(&uninterrupted.changing_points());
    each(&what, &moments, |moment| {
        let (sandbox, mut child) = signalled(scenario, moment, "-TERM");
        let stderr = acknowledged(&mut child);
        let mock = sandbox.mock();
        mock.release_hung();
        let run = rest(child, stderr).ends_with(143);
        let mut carried_out = sandbox.calls();
        carried_out.retain(|call| call.fault.as_deref() != Some("hang-before"));
        assert_true(&summary(&run), uninterrupted.steps, accepted(&carried_out));
        mock.clear_faults();
        uninterrupted.assert_completed_by_the_next_run(&sandbox);
    });
}

#[test]
fn a_create_terminated_at_any_change_reports_correctly_and_is_completed_by_the_next_run() {
    terminated(&CREATE);
}

#[test]
fn a_destroy_terminated_at_any_change_reports_correctly_and_is_completed_by_the_next_run() {
    terminated(&DESTROY);
}

#[test]
fn a_replacement_terminated_at_any_change_reports_correctly_and_is_completed_by_the_next_run() {
    terminated(&REPLACE);
}

/// Checks that after a second Ctrl-C, the program does not wait for calls in progress.
fn stopped_twice(scenario: &'static Scenario) {
    let uninterrupted = scenario.uninterrupted();
    let mut moments = Moment::around(&uninterrupted.changing_points());
    moments.retain(|moment| moment.took_effect);
    each(&format!("Ctrl-C twice, {}", scenario.name), &moments, |moment| {
        let (sandbox, mut child) = signalled(scenario, moment, "-INT");
        let stderr = acknowledged(&mut child);
        send("-INT", &child);
        rest(child, stderr)
            .ends_with(130)
            .says("stopped immediately; calls in progress may or may not");
        sandbox.mock().clear_faults();
        uninterrupted.assert_completed_by_the_next_run(&sandbox);
    });
}

#[test]
fn a_create_stopped_twice_exits_immediately_and_is_completed_by_the_next_run() {
    stopped_twice(&CREATE);
}

#[test]
fn an_adoption_stopped_twice_exits_immediately_and_is_completed_by_the_next_run() {
    stopped_twice(&ADOPT);
}
