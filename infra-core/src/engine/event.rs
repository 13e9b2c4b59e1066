//! The events that a run emits, and the report on its result.

use std::fmt::Debug;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::plan::{Address, StepId};
use crate::error::{Error, ErrorKind, Errors, Result};
use crate::operation::Operation;

/// Receives the events of a run. Implementations must return quickly, because the run waits for
/// them.
pub trait Events: Debug + Send + Sync {
    /// Called for every event.
    fn emit(&self, event: &Event<'_>);
}

/// Ignores all events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Events for Silent {
    fn emit(&self, _: &Event<'_>) {}
}

/// An event during a run.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request is about to be sent to AWS.
    Call {
        /// The resource that the request is for.
        address: &'a Address,
        /// The operation.
        operation: Operation,
    },
    /// A step started.
    Started {
        /// The step.
        step: StepId,
        /// The resource that the step changes.
        address: &'a Address,
        /// The operation that the step calls.
        operation: Operation,
    },
    /// The run is about to wait before it repeats a call.
    Waiting {
        /// The resource that the call is for.
        address: &'a Address,
        /// The operation.
        operation: Operation,
        /// What the run is waiting for.
        reason: &'a str,
        /// How long the run has already waited for this reason, in seconds.
        #[serde(serialize_with = "seconds")]
        elapsed: Duration,
        /// The maximum wait, in seconds.
        #[serde(serialize_with = "seconds")]
        limit: Duration,
    },
    /// A step finished.
    Finished {
        /// The step.
        step: StepId,
        /// The resource that the step changed.
        address: &'a Address,
        /// The operation that the step called.
        operation: Operation,
        /// The outcome.
        #[serde(flatten)]
        outcome: &'a Outcome,
        /// The duration, in seconds.
        #[serde(serialize_with = "seconds")]
        elapsed: Duration,
    },
    /// A step was skipped. The last event for each step is either this one or [`Event::Finished`].
    NotTried {
        /// The step.
        step: StepId,
        /// The resource that the step would have changed.
        address: &'a Address,
        /// The operation that the step would have called.
        operation: Operation,
        /// The resource of the step whose failure caused the skip, or `None` if the run was
        /// cancelled.
        because: Option<&'a Address>,
    },
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// The outcome of a step.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The step succeeded.
    Done,
    /// The step failed, or the run was cancelled before the step finished. [`Error::effect`]
    /// describes the step as a whole, not only the call that failed.
    Failed {
        /// The reason.
        error: Error,
    },
    /// The step made no call, because a step that it requires did not succeed, or because the run
    /// was cancelled.
    NotTried {
        /// The resource of the step whose failure caused the skip, or `None` if the run was
        /// cancelled.
        because: Option<Address>,
    },
}

/// The outcome of one step.
#[derive(Debug, Serialize)]
pub struct StepReport {
    /// The step.
    pub step: StepId,
    /// The resource that the step changes.
    pub address: Address,
    /// Other resources that the same call changes.
    pub also: Vec<Address>,
    /// The operation that the step calls.
    pub operation: Operation,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The result of applying a plan: the outcomes of all steps, in the plan's order.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// All steps.
    pub steps: Vec<StepReport>,
}

impl Report {
    /// Returns whether every step succeeded.
    pub fn is_success(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.outcome, Outcome::Done))
    }

    /// Returns the report if every step succeeded, and the errors otherwise.
    ///
    /// # Errors
    /// Returns the error from each failed step, or a single [`ErrorKind::Cancelled`] if no step
    /// failed but some were skipped.
    pub fn into_result(self) -> Result<Self, Errors> {
        if self.is_success() {
            return Ok(self);
        }
        let outcomes = self.steps.into_iter().filter_map(|step| match step.outcome {
            Outcome::Failed { error } => Some(error),
            Outcome::Done | Outcome::NotTried { .. } => None,
        });
        let mut errors: Vec<Error> = outcomes.collect();
        if errors.is_empty() {
            errors.push(Error::new(
                ErrorKind::Cancelled,
                "the run was cancelled before it completed",
            ));
        }
        Err(Errors::new(errors))
    }

    /// Iterates over the failed steps and their errors.
    pub fn failures(&self) -> impl Iterator<Item = (&StepReport, &Error)> {
        self.steps.iter().filter_map(|step| match &step.outcome {
            Outcome::Failed { error } => Some((step, error)),
            Outcome::Done | Outcome::NotTried { .. } => None,
        })
    }

    /// Returns the number of successful steps.
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step.outcome, Outcome::Done)).count()
    }
}
