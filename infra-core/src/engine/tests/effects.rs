//! Tests the effect that an error reports: whether the failed step changed something, changed
//! nothing, or may have changed something.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;

use super::{MAKE, PRESENT, READ, plan};
use crate::engine::{
    Address, Calls, ChangeKind, Component, Declaration, Detail, Draft, Event, Events, Finding,
    Goal, Outcome, Phase, Report, RunOptions, Stack,
};
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::operation::Operation;

/// The result of the call that creates the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    Well,
    AnswerLost,
    Refused,
}

/// What happens after the call that creates the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// The resource is polled but never settles.
    Settles,
    /// The resource cannot be read.
    CannotBeRead,
    /// The component finds that the resource is not managed.
    IsNotManaged,
    /// The component finds that the resource was changed by someone else.
    IsChanged,
}

/// A component whose only step creates a resource with one call and reads it with another.
#[derive(Debug)]
struct Slow {
    made: Made,
    then: Then,
}

fn slow() -> Address {
    Address::new("slow", "one")
}

#[async_trait]
impl Component for Slow {
    type Observed = ();
    type Action = ();

    fn declarations(&self) -> Vec<Declaration> {
        vec![Declaration { address: slow(), name: "one".to_owned(), depends_on: Vec::new() }]
    }

    async fn observe(&self, _: Detail, _: &Calls<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _: Goal, (): &(), draft: &mut Draft<()>) {
        draft.change(&slow(), "one", ChangeKind::Create, Vec::new());
        draft.step(&slow(), Phase::Establish, MAKE, ());
    }

    async fn perform(&self, (): &(), calls: &Calls<'_>) -> Result<()> {
        let make = || async {
            sleep(Duration::from_secs(1)).await;
            match self.made {
                Made::Well => Ok(()),
                Made::AnswerLost => Err(Error::new(ErrorKind::Connection, "lost")),
                Made::Refused => Err(Error::new(ErrorKind::AlreadyExists, "there")),
            }
        };
        if let Err(error) = calls.call(MAKE, make).await
            && error.kind() == ErrorKind::Cancelled
        {
            return Err(error);
        }
        match self.then {
            Then::Settles => {
                let look = || async { Ok(None::<()>) };
                calls.until(READ, "the resource to settle", Duration::from_mins(2), look).await
            }
            Then::CannotBeRead => {
                let denied = || async { Err(Error::new(ErrorKind::AccessDenied, "no")) };
                calls.read_back(READ, denied).await
            }
            Then::IsNotManaged => Err(Error::new(ErrorKind::NotManaged, "theirs")),
            Then::IsChanged => Err(Error::new(ErrorKind::Changed, "changed")),
        }
    }

    fn inspect(&self, (): &()) -> Vec<Finding> {
        Vec::new()
    }
}

/// Runs the component's only step and returns the step's error.
async fn failed(made: Made, then: Then, options: &RunOptions) -> Error {
    let stack = Stack::new().with(Slow { made, then });
    let create = plan(&stack, PRESENT).await;
    let mut report = stack.apply(&create, options).await.unwrap();
    match report.steps.remove(0).outcome {
        Outcome::Failed { error } => error,
        other => panic!("{other:?}"),
    }
}

/// Cancels a run at the n-th call of an operation, counting from 1.
#[derive(Debug)]
struct StopsAt {
    operation: Operation,
    left: AtomicU32,
    run: RunOptions,
}

impl Events for StopsAt {
    fn emit(&self, event: &Event<'_>) {
        if let Event::Call { operation, .. } = event
            && *operation == self.operation
            && self.left.fetch_sub(1, Ordering::Relaxed) == 1
        {
            self.run.cancel.cancel();
        }
    }
}

fn stopping_at(operation: Operation, nth: u32) -> RunOptions {
    let run = RunOptions::default();
    let events = Arc::new(StopsAt { operation, left: nth.into(), run: run.clone() });
    RunOptions { events, ..run }
}

#[tokio::test(start_paused = true)]
async fn run_cancelled_before_reading_back_reports_the_creation() {
    let error = failed(Made::Well, Then::Settles, &stopping_at(MAKE, 1)).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Cancelled, Effect::Done));
    assert_eq!(error.message(), "cancelled before this call was made");
    assert_eq!((error.operation(), error.resource()), (Some(READ), Some("slow.one")));
    assert!(error.hint().unwrap().contains("the change was made"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn run_cancelled_while_settling_reports_the_creation() {
    let error = failed(Made::Well, Then::Settles, &stopping_at(READ, 3)).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Cancelled, Effect::Done));
    assert_eq!(error.message(), "cancelled while waiting for the resource to settle");
}

#[tokio::test(start_paused = true)]
async fn run_cancelled_after_a_lost_response_reports_a_possible_creation() {
    let error = failed(Made::AnswerLost, Then::Settles, &stopping_at(READ, 2)).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Cancelled, Effect::Unknown));
    assert!(error.hint().unwrap().contains("may have been made"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn run_cancelled_after_an_error_reports_no_creation() {
    let error = failed(Made::Refused, Then::Settles, &stopping_at(READ, 2)).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Cancelled, Effect::None));
}

#[tokio::test(start_paused = true)]
async fn creation_is_reported_regardless_of_later_failures() {
    let options = RunOptions::default();
    let error = failed(Made::Well, Then::Settles, &options).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::Done));
    let error = failed(Made::Well, Then::CannotBeRead, &options).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::AccessDenied, Effect::Done));
    let error = failed(Made::AnswerLost, Then::CannotBeRead, &options).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::AccessDenied, Effect::Unknown));
}

#[tokio::test(start_paused = true)]
async fn creation_by_someone_else_is_not_attributed_to_the_step() {
    let options = RunOptions::default();
    let error = failed(Made::Well, Then::IsNotManaged, &options).await;
    assert_eq!(error.effect(), Effect::None);
    let error = failed(Made::Well, Then::IsChanged, &options).await;
    assert_eq!(error.effect(), Effect::Unknown);
}

#[tokio::test(start_paused = true)]
async fn error_from_a_component_gets_resource_operation_and_hint() {
    let error = failed(Made::Well, Then::IsChanged, &RunOptions::default()).await;
    assert_eq!((error.operation(), error.resource()), (Some(MAKE), Some("slow.one")));
    assert!(error.hint().is_some());
}

#[tokio::test(start_paused = true)]
async fn serialized_report_contains_all_error_details() {
    let stack = Stack::new().with(Slow { made: Made::Well, then: Then::CannotBeRead });
    let create = plan(&stack, PRESENT).await;
    let report: Report = stack.apply(&create, &RunOptions::default()).await.unwrap();
    let json = serde_json::to_value(&report).unwrap();
    let error = &json["steps"][0]["error"];
    assert_eq!(json["steps"][0]["outcome"], "failed");
    assert_eq!(error["operation"], "toy:Read");
    assert_eq!(error["resource"], "slow.one");
    assert_eq!(error["effect"], "done");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.starts_with("grant the caller permission for this action"), "{hint}");
}
