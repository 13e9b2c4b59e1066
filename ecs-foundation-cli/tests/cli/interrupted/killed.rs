//! Tests that kill the program with SIGKILL at each call, before or after the call takes effect.

use super::{
    ADOPT, CREATE, DESTROY, Moment, Point, REPLACE, Scenario, UPDATE, Uninterrupted, await_hung,
    each, start,
};

fn killed_anywhere(scenario: &'static Scenario) {
    let uninterrupted = scenario.uninterrupted();
    killed_around(&uninterrupted, &uninterrupted.points);
}

fn killed_around(uninterrupted: &Uninterrupted, points: &[Point]) {
    let scenario = uninterrupted.scenario;
    let what = format!("SIGKILL, {}", scenario.name);
    each(&what, &Moment::around(points), |moment| {
        let sandbox = scenario.sandbox();
        let mock = sandbox.mock();
        mock.add_fault(moment.rule());
        let mut child = start(&sandbox, scenario.line);
        await_hung(&mock, &mut child);
        // On Unix, this sends SIGKILL.
        child.kill().unwrap();
        child.wait().unwrap();
        mock.clear_faults();
        uninterrupted.assert_completed_by_the_next_run(&sandbox);
    });
}

#[test]
fn a_create_killed_at_any_call_is_completed_by_the_next_run() {
    killed_anywhere(&CREATE);
}

#[test]
fn a_destroy_killed_at_any_call_is_completed_by_the_next_run() {
    killed_anywhere(&DESTROY);
}

#[test]
fn an_update_killed_at_any_call_is_completed_by_the_next_run() {
    killed_anywhere(&UPDATE);
}

#[test]
fn a_replacement_killed_at_any_call_after_its_first_change_is_completed_by_the_next_run() {
    // Before its first change, a replacement makes the same calls as an update.
    let uninterrupted = REPLACE.uninterrupted();
    killed_around(&uninterrupted, &uninterrupted.points_from_the_first_change());
}

#[test]
fn an_adoption_killed_at_any_call_is_completed_by_the_next_run() {
    killed_anywhere(&ADOPT);
}
