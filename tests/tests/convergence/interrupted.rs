//! Stopped anywhere, run again, done: whatever part is missing, and wherever the connection broke.

use std::sync::Arc;
use std::time::Duration;

use infra_core::engine::{Event, Events, Goal, Outcome, RunOptions};
use infra_core::error::ErrorKind;
use infra_core::operation::{Operation, ecr, ecs, iam, logs};
use infra_mock::api::Lag;
use tests::parts::{Part, everything};
use tests::{ABSENT, Faulty, Lab, PRESENT, Script, spec};

#[tokio::test(start_paused = true)]
async fn apply_completes_a_foundation_whatever_parts_are_missing() {
    for missing in 0_u32..1 << Part::ALL.len() {
        let lab = Lab::new();
        lab.apply(&spec()).await;
        for (place, part) in Part::ALL.into_iter().enumerate() {
            if missing & (1 << place) != 0 {
                part.remove(&lab);
            }
        }
        lab.apply(&spec()).await;
        assert!(lab.plan(&spec(), PRESENT).await.is_empty(), "without {missing:#012b}");
    }
}

#[tokio::test(start_paused = true)]
async fn apply_completes_a_foundation_of_which_one_part_is_there() {
    for kept in Part::ALL {
        let lab = Lab::new();
        lab.apply(&spec()).await;
        // A part that belongs to another stands only with it.
        let holder = match kept {
            Part::CapacityProviders => Part::Cluster,
            Part::ExecutionRoleAttachment => Part::ExecutionRole,
            Part::TaskRolePolicy => Part::TaskRole,
            Part::RepositoryPolicy => Part::Repository,
            Part::Retention => Part::LogGroup,
            other => other,
        };
        for part in Part::ALL.into_iter().filter(|part| *part != kept && *part != holder) {
            part.remove(&lab);
        }
        assert_eq!(everything(&lab).len(), 1, "with {kept:?} alone");
        lab.apply(&spec()).await;
        lab.assert_converged(&spec()).await;
    }
}

/// How a connection breaks.
#[derive(Clone, Copy, Debug)]
enum Broken {
    /// Before the call reaches AWS.
    Before,
    /// After the call took effect.
    After,
}

/// Carries out a plan of so many changing calls on a connection that breaks on the one after `calls`.
async fn carry_out_broken(lab: &Lab, goal: Goal, calls: usize, broken: Broken) {
    let plan = lab.plan(&spec(), goal).await;
    let script = Script::new();
    let faulty = lab.through(|inner| Faulty::providers(inner, &script));
    // The run first asks who calls; the connection breaks after that.
    let stack = faulty.foundation(&spec()).await.stack(&faulty.providers);
    let _ = script.cut(calls, matches!(broken, Broken::After));
    let report = stack.apply(&plan, &faulty.options).await;
    assert!(!report.is_success(), "broken {broken:?} call {calls}: {report:#?}");
    let made = lab.calls().iter().filter(|call| call.changes).count();
    assert!(made <= calls + 1, "broken {broken:?} call {calls}: {made} calls were made");
}

#[tokio::test(start_paused = true)]
async fn apply_cut_off_at_any_call_is_completed_by_the_next() {
    for broken in [Broken::Before, Broken::After] {
        for calls in 0..9 {
            let lab = Lab::new();
            carry_out_broken(&lab, PRESENT, calls, broken).await;
            lab.apply(&spec()).await;
            lab.assert_converged(&spec()).await;
            assert_eq!(everything(&lab).len(), 5);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn destroy_cut_off_at_any_call_is_completed_by_the_next() {
    for broken in [Broken::Before, Broken::After] {
        for calls in 0..7 {
            let lab = Lab::new();
            lab.apply(&spec()).await;
            lab.calls();
            carry_out_broken(&lab, ABSENT, calls, broken).await;
            lab.destroy(&spec()).await;
            assert_eq!(everything(&lab), [""; 0], "broken {broken:?} call {calls}");
            assert!(lab.plan(&spec(), ABSENT).await.is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn apply_after_a_destroy_that_was_cut_off_makes_all_again() {
    for broken in [Broken::Before, Broken::After] {
        for calls in 0..7 {
            let lab = Lab::new();
            lab.apply(&spec()).await;
            lab.calls();
            carry_out_broken(&lab, ABSENT, calls, broken).await;
            lab.apply(&spec()).await;
            lab.assert_converged(&spec()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn destroy_after_an_apply_that_was_cut_off_leaves_nothing() {
    for broken in [Broken::Before, Broken::After] {
        for calls in 0..9 {
            let lab = Lab::new();
            carry_out_broken(&lab, PRESENT, calls, broken).await;
            lab.destroy(&spec()).await;
            assert_eq!(everything(&lab), [""; 0], "broken {broken:?} call {calls}");
        }
    }
}

/// Stops a run as an operation is called, or waits.
#[derive(Debug)]
struct StopsAt {
    operation: Operation,
    waiting: bool,
    run: RunOptions,
}

impl Events for StopsAt {
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

/// Applies on an empty AWS, stops as the operation is called or waits, and gives back how each step ended.
async fn stopped_at(mut lab: Lab, operation: Operation, waiting: bool) -> Vec<Outcome> {
    let plan = lab.plan(&spec(), PRESENT).await;
    let run = RunOptions::default();
    let events = Arc::new(StopsAt { operation, waiting, run: run.clone() });
    lab.calls();
    lab.options = RunOptions { events, ..run };
    let report = lab.carry_out(&spec(), &plan).await;
    let made = lab.calls().iter().filter(|call| call.changes && call.refused.is_none()).count();
    assert_eq!(made, report.done(), "what was under way has ended, and nothing was begun after it");

    lab.options = RunOptions::default();
    lab.apply(&spec()).await;
    lab.assert_converged(&spec()).await;
    report.steps.into_iter().map(|step| step.outcome).collect()
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_ends_what_is_under_way_and_the_next_goes_on() {
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
        let outcomes = stopped_at(Lab::new(), operation, false).await;
        assert!(outcomes.iter().any(|outcome| matches!(outcome, Outcome::Done)), "{operation}");
        let ended = |outcome: &Outcome| {
            matches!(outcome, Outcome::Done | Outcome::NotTried { because: None })
        };
        assert!(outcomes.iter().all(ended), "{operation}: {outcomes:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_while_it_waits_does_not_wait_on() {
    let lag = Lag { iam_propagation: Duration::from_secs(30), ..Lag::default() };
    let outcomes = stopped_at(Lab::with_lag(lag), ecr::SET_REPOSITORY_POLICY, true).await;
    let mut failed = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Failed { error } => Some(error),
        Outcome::Done | Outcome::NotTried { .. } => None,
    });
    let error = failed.next().expect("the step that waited");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(error.message(), "stopped while waiting for IAM to make the role known to ECR");
    assert!(failed.next().is_none());
}

#[tokio::test(start_paused = true)]
async fn what_follows_a_step_that_was_stopped_is_not_said_to_have_failed() {
    let words = "Request was not completed due to concurrent modification";
    let refusal = tests::Fault::Refuse("ConcurrentModification", words);
    let script = Script::new().fault(iam::CREATE_ROLE, refusal);
    let lab = Lab::new().through(|inner| Faulty::providers(inner, &script));
    let outcomes = stopped_at(lab, iam::CREATE_ROLE, true).await;
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
