//! Tests that the next run completes what an interrupted run left unfinished. The tests try every
//! combination of missing parts, and break the connection at every write.

use std::sync::Arc;
use std::time::Duration;

use infra_core::engine::{Event, Events, Goal, Outcome, RunOptions};
use infra_core::error::ErrorKind;
use infra_core::operation::{Operation, ecr, ecs, iam, logs};
use infra_mock::api::Lag;
use tests::parts::{Part, everything};
use tests::{ABSENT, Faulty, Lab, PRESENT, Script, spec};

#[tokio::test(start_paused = true)]
async fn apply_completes_a_foundation_with_any_combination_of_missing_parts() {
    for missing in 0_u32..1 << Part::ALL.len() {
        let lab = Lab::new();
        lab.apply(&spec()).await;
        for (bit, part) in Part::ALL.into_iter().enumerate() {
            if missing & (1 << bit) != 0 {
                part.remove(&lab);
            }
        }
        lab.apply(&spec()).await;
        assert!(lab.plan(&spec(), PRESENT).await.is_empty(), "without {missing:#012b}");
    }
}

#[tokio::test(start_paused = true)]
async fn apply_completes_a_foundation_with_any_single_part() {
    for kept in Part::ALL {
        let lab = Lab::new();
        lab.apply(&spec()).await;
        // A part that belongs to a parent, such as a role's policy, cannot exist without the
        // parent.
        let parent = match kept {
            Part::CapacityProviders => Part::Cluster,
            Part::ExecutionRoleAttachment => Part::ExecutionRole,
            Part::TaskRolePolicy => Part::TaskRole,
            Part::RepositoryPolicy => Part::Repository,
            Part::Retention => Part::LogGroup,
            other => other,
        };
        for part in Part::ALL.into_iter().filter(|part| *part != kept && *part != parent) {
            part.remove(&lab);
        }
        assert_eq!(everything(&lab).len(), 1, "with {kept:?} alone");
        lab.apply(&spec()).await;
        lab.assert_converged(&spec()).await;
    }
}

/// The moment when a connection breaks.
#[derive(Clone, Copy, Debug)]
enum Broken {
    /// The connection breaks before the call reaches AWS.
    Before,
    /// The connection breaks after the call has taken effect.
    After,
}

/// Applies a plan over a connection that breaks after `calls` writes.
async fn apply_with_broken_connection(lab: &Lab, goal: Goal, calls: usize, broken: Broken) {
    let plan = lab.plan(&spec(), goal).await;
    let script = Script::new();
    let faulty = lab.through(|inner| Faulty::providers(inner, &script));
    // The caller's identity is looked up before the connection can break.
    let stack = faulty.foundation(&spec()).await.stack(&faulty.providers);
    let _ = script.cut(calls, matches!(broken, Broken::After));
    let report = stack.apply(&plan, &faulty.options).await.unwrap();
    assert!(!report.is_success(), "the connection broke at call {calls} ({broken:?}): {report:#?}");
    let made = lab.calls().iter().filter(|call| call.changes).count();
    assert!(
        made <= calls + 1,
        "the connection broke at call {calls} ({broken:?}): {made} calls were made"
    );
}

#[tokio::test(start_paused = true)]
async fn the_next_apply_completes_an_apply_cut_off_at_any_call() {
    for broken in [Broken::Before, Broken::After] {
        for calls in 0..9 {
            let lab = Lab::new();
            apply_with_broken_connection(&lab, PRESENT, calls, broken).await;
            lab.apply(&spec()).await;
            lab.assert_converged(&spec()).await;
            assert_eq!(everything(&lab).len(), 5);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_destroy_completes_a_destroy_cut_off_at_any_call() {
    for broken in [Broken::Before, Broken::After] {
        for calls in 0..7 {
            let lab = Lab::new();
            lab.apply(&spec()).await;
            lab.calls();
            apply_with_broken_connection(&lab, ABSENT, calls, broken).await;
            lab.destroy(&spec()).await;
            assert_eq!(
                everything(&lab),
                [""; 0],
                "the connection broke at call {calls} ({broken:?})"
            );
            assert!(lab.plan(&spec(), ABSENT).await.is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn apply_recreates_the_foundation_after_a_destroy_that_was_cut_off() {
    for broken in [Broken::Before, Broken::After] {
        for calls in 0..7 {
            let lab = Lab::new();
            lab.apply(&spec()).await;
            lab.calls();
            apply_with_broken_connection(&lab, ABSENT, calls, broken).await;
            lab.apply(&spec()).await;
            lab.assert_converged(&spec()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn destroy_leaves_nothing_after_an_apply_that_was_cut_off() {
    for broken in [Broken::Before, Broken::After] {
        for calls in 0..9 {
            let lab = Lab::new();
            apply_with_broken_connection(&lab, PRESENT, calls, broken).await;
            lab.destroy(&spec()).await;
            assert_eq!(
                everything(&lab),
                [""; 0],
                "the connection broke at call {calls} ({broken:?})"
            );
        }
    }
}

/// If `waiting` is false, cancels the run when it calls `operation`. If `waiting` is true, cancels
/// the run when it waits before retrying `operation`.
#[derive(Debug)]
struct CancelAt {
    operation: Operation,
    waiting: bool,
    run: RunOptions,
}

impl Events for CancelAt {
    fn emit(&self, event: &Event<'_>) {
        let (called, waiting) = match event {
            Event::Call { operation, .. } => (*operation, false),
            Event::Waiting { operation, .. } => (*operation, true),
            _ => return,
        };
        if called == self.operation && waiting == self.waiting {
            self.run.cancel.cancel();
        }
    }
}

/// Creates the foundation in an empty AWS account, and cancels the run at the moment that
/// [`CancelAt`] describes. Then checks that the next run completes the foundation. Returns the
/// outcome of each step of the cancelled run.
async fn cancelled_at(mut lab: Lab, operation: Operation, waiting: bool) -> Vec<Outcome> {
    let plan = lab.plan(&spec(), PRESENT).await;
    let run = RunOptions::default();
    let events = Arc::new(CancelAt { operation, waiting, run: run.clone() });
    lab.calls();
    lab.options = RunOptions { events, ..run };
    let report = lab.carry_out(&spec(), &plan).await;
    let made = lab.calls().iter().filter(|call| call.changes && call.refused.is_none()).count();
    assert_eq!(
        made,
        report.done(),
        "running calls finish, and no call starts after the cancellation"
    );

    lab.options = RunOptions::default();
    lab.apply(&spec()).await;
    lab.assert_converged(&spec()).await;
    report.steps.into_iter().map(|step| step.outcome).collect()
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_finishes_running_steps_and_the_next_run_completes() {
    let calls = [
        ecs::CREATE_CLUSTER,
        iam::CREATE_ROLE,
        iam::ATTACH_ROLE_POLICY,
        iam::PUT_ROLE_POLICY,
        ecr::CREATE_REPOSITORY,
        ecr::SET_REPOSITORY_POLICY,
        logs::CREATE_LOG_GROUP,
    ];
    for operation in calls {
        let outcomes = cancelled_at(Lab::new(), operation, false).await;
        assert!(outcomes.iter().any(|outcome| matches!(outcome, Outcome::Done)), "{operation}");
        let ended = |outcome: &Outcome| {
            matches!(outcome, Outcome::Done | Outcome::NotTried { because: None })
        };
        assert!(outcomes.iter().all(ended), "{operation}: {outcomes:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_cancelled_while_it_waits_stops_waiting() {
    let lag = Lag { iam_propagation: Duration::from_secs(30), ..Lag::default() };
    let outcomes = cancelled_at(Lab::with_lag(lag), ecr::SET_REPOSITORY_POLICY, true).await;
    let mut failed = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Failed { error } => Some(error),
        Outcome::Done | Outcome::NotTried { .. } => None,
    });
    let error = failed.next().expect("the step that waited");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(error.message(), "cancelled while waiting for IAM to make the role known to ECR");
    assert!(failed.next().is_none());
}

#[tokio::test(start_paused = true)]
async fn steps_after_a_cancelled_step_are_not_reported_as_failed() {
    let message = "Request was not completed due to concurrent modification";
    let refusal = tests::Fault::Refuse("ConcurrentModification", message);
    let script = Script::new().fault(iam::CREATE_ROLE, refusal);
    let lab = Lab::new().through(|inner| Faulty::providers(inner, &script));
    let outcomes = cancelled_at(lab, iam::CREATE_ROLE, true).await;
    let stopped = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Failed { .. }));
    assert_eq!(stopped.count(), 1, "{outcomes:#?}");
    let untried: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::NotTried { because } => Some(because),
            Outcome::Done | Outcome::Failed { .. } => None,
        })
        .collect();
    assert!(!untried.is_empty(), "{outcomes:#?}");
    assert!(untried.iter().all(|because| because.is_none()), "{untried:?}");
}
