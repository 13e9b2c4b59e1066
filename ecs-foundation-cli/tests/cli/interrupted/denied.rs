//! Tests that deny each operation in turn, and check that the next run finishes the work once the
//! operation is allowed again.

use std::collections::BTreeSet;

use infra_mock::api::ApiError;
use infra_mock::faults::{Fault, Rule};

use super::{
    ADOPT, CREATE, DESTROY, Point, REPLACE, Scenario, UPDATE, accepted, assert_same, assert_true,
    each, everything, summary,
};
use crate::sandbox::Run;

/// Returns AWS's message for a call that a service control policy denies:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>.
fn message(operation: &str) -> String {
    format!(
        "User: arn:aws:iam::123456789012:user/mock is not authorized to perform: {operation} with an \
         explicit deny in a service control policy"
    )
}

/// Returns a fault that denies an operation with the error that AWS would return.
fn denial(operation: &str) -> Fault {
    let error = if operation.starts_with("iam:") {
        ApiError::new("AccessDenied", message(operation)).with_status(403)
    } else {
        ApiError::new("AccessDeniedException", message(operation))
    };
    Fault::Refuse(error)
}

/// Checks that a run failed, and that every reported error names the denied operation.
#[track_caller]
fn assert_denied(run: Run, operation: &str) -> Run {
    let run = run.fails();
    let error: serde_json::Value =
        serde_json::from_str(run.stderr.lines().last().unwrap()).unwrap();
    let errors = error["error"]["errors"].as_array().unwrap();
    assert!(!errors.is_empty(), "{run:#?}");
    for error in errors {
        assert_eq!(error["kind"], "access_denied", "{run:#?}");
        assert_eq!(error["operation"], operation, "{run:#?}");
        assert_eq!(error["message"], message(operation), "{run:#?}");
        assert!(error["code"].as_str().unwrap().starts_with("AccessDenied"), "{run:#?}");
        assert!(error["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{run:#?}");
        assert!(error["resource"].as_str().is_some_and(|it| it.contains('.')), "{run:#?}");
        assert!(error["hint"].as_str().unwrap().contains("ecs-foundation policy"), "{run:#?}");
    }
    run
}

fn operations<'a>(points: impl IntoIterator<Item = &'a Point>) -> Vec<String> {
    let operations: BTreeSet<_> = points.into_iter().map(|it| it.operation.clone()).collect();
    operations.into_iter().collect()
}

fn changes_denied(scenario: &'static Scenario) {
    let uninterrupted = scenario.uninterrupted();
    let operations = operations(uninterrupted.points.iter().filter(|point| point.changes));
    each(&format!("denied, {}", scenario.name), &operations, |operation| {
        let sandbox = scenario.sandbox();
        let mock = sandbox.mock();
        mock.add_fault(Rule::new(denial(operation)).on(operation).unwrap());
        let run = sandbox.run(&format!("{} --format json", scenario.line));
        let run = assert_denied(run, operation);
        assert_true(&summary(&run), uninterrupted.steps, accepted(&sandbox.calls()));
        mock.clear_faults();
        uninterrupted.assert_completed_by_the_next_run(&sandbox);
    });
}

#[test]
fn a_create_with_any_change_denied_is_completed_once_it_is_allowed() {
    changes_denied(&CREATE);
}

#[test]
fn an_update_with_any_change_denied_is_completed_once_it_is_allowed() {
    changes_denied(&UPDATE);
}

#[test]
fn a_replacement_with_any_change_denied_is_completed_once_it_is_allowed() {
    changes_denied(&REPLACE);
}

#[test]
fn an_adoption_with_any_change_denied_is_completed_once_it_is_allowed() {
    changes_denied(&ADOPT);
}

#[test]
fn a_destroy_with_any_change_denied_is_completed_once_it_is_allowed() {
    changes_denied(&DESTROY);
}

/// Denies every call to a read operation, from the start of the run.
#[test]
fn a_denied_read_is_reported_and_nothing_is_changed() {
    let uninterrupted = DESTROY.uninterrupted();
    let operations = operations(uninterrupted.points.iter().filter(|point| !point.changes));
    each("denied, reads", &operations, |operation| {
        let sandbox = DESTROY.sandbox();
        let before = everything(&sandbox.mock());
        sandbox.mock().add_fault(Rule::new(denial(operation)).on(operation).unwrap());
        for line in ["apply --yes", "destroy --yes"] {
            let run = sandbox.run(&format!("{line} --format json"));
            // `apply` succeeds if it never calls the denied operation. For example, only `destroy`
            // reads the contents of resources.
            if run.code == Some(0) && line != "destroy --yes" {
                continue;
            }
            let run = if operation.starts_with("sts:") {
                run.fails().says("sts:GetCallerIdentity")
            } else {
                assert_denied(run, operation)
            };
            assert_eq!(run.stdout, "", "{line}");
        }
        assert_eq!(accepted(&sandbox.calls()), 0);
        assert_same(&everything(&sandbox.mock()), &before);
    });
}

/// Denies a read that follows a change, for example a read that checks whether the change has taken
/// effect.
#[test]
fn a_denied_read_after_a_change_does_not_hide_the_change() {
    for scenario in [&DESTROY, &UPDATE, &REPLACE] {
        let uninterrupted = scenario.uninterrupted();
        let mut points = uninterrupted.points.clone();
        points.retain(|point| !point.changes && point.changed_before);
        each(&format!("denied reads after a change, {}", scenario.name), &points, |point| {
            let sandbox = scenario.sandbox();
            let mock = sandbox.mock();
            mock.add_fault(point.rule(denial(&point.operation)));
            let run = sandbox.run(&format!("{} --format json", scenario.line));
            let run = assert_denied(run, &point.operation);
            assert_true(&summary(&run), uninterrupted.steps, accepted(&sandbox.calls()));
            mock.clear_faults();
            uninterrupted.assert_completed_by_the_next_run(&sandbox);
        });
    }
}
