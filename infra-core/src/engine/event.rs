//! The events of a run and its final report.

use std::fmt::Debug;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::plan::{Address, StepId};
use crate::error::{Error, ErrorKind, Errors, Result};
use crate::operation::Operation;

/// Receives the events of a run. It is called between calls to AWS and must return immediately.
pub trait Events: Debug + Send + Sync {
    /// Receives an event.
    fn emit(&self, event: &Event<'_>);
}

/// Drops every event.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Events for Silent {
    fn emit(&self, _: &Event<'_>) {}
}

/// An event of a run.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request is about to be made.
    Call {
        /// The resource that the request is for.
        address: &'a Address,
        /// The operation.
        operation: Operation,
    },
    /// A step has started.
    Started {
        /// The step.
        step: StepId,
        /// The resource it changes.
        address: &'a Address,
        /// The operation.
        operation: Operation,
    },
    /// A step is waiting for AWS before it retries.
    Waiting {
        /// The resource it changes.
        address: &'a Address,
        /// The operation.
        operation: Operation,
        /// The reason for the wait.
        reason: &'a str,
        /// The time waited so far, in seconds.
        #[serde(serialize_with = "seconds")]
        elapsed: Duration,
        /// The time limit, in seconds.
        #[serde(serialize_with = "seconds")]
        limit: Duration,
    },
    /// A step has finished.
    Finished {
        /// The step.
        step: StepId,
        /// The resource it changed.
        address: &'a Address,
        /// The operation.
        operation: Operation,
        /// The outcome.
        #[serde(flatten)]
        outcome: &'a Outcome,
        /// The duration, in seconds.
        #[serde(serialize_with = "seconds")]
        elapsed: Duration,
    },
    /// A step was not started and will not be in this run. Every step of a plan ends with this event or
    /// [`Event::Finished`].
    NotTried {
        /// The step.
        step: StepId,
        /// The resource that it would have changed.
        address: &'a Address,
        /// The operation.
        operation: Operation,
        /// The resource whose step did not succeed; `None` if the run was cancelled.
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
    /// The step failed, or the run was cancelled before the step finished. [`Error::effect`] tells whether the step as a
    /// whole has, or may have, changed something, regardless of which call failed.
    Failed {
        /// The error.
        error: Error,
    },
    /// The step made no call, because a step that it requires did not succeed or the run was cancelled.
    NotTried {
        /// The resource whose step did not succeed; `None` if the run was cancelled.
        because: Option<Address>,
    },
}

/// The outcome of one step.
#[derive(Debug, Serialize)]
pub struct StepReport {
    /// Which one.
    pub step: StepId,
    /// The resource that the step was for.
    pub address: Address,
    /// Other resources that the same call was for.
    pub also: Vec<Address>,
    /// The operation.
    pub operation: Operation,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The outcome of a plan: every step, in the order of the plan.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Every step.
    pub steps: Vec<StepReport>,
}

impl Report {
    /// Returns whether every step succeeded.
    pub fn is_success(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.outcome, Outcome::Done))
    }

    /// Returns the report if every step succeeded, and otherwise the errors.
    ///
    /// # Errors
    /// The error of each failed step, or a single [`ErrorKind::Cancelled`] if steps were only not started.
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
                "the run was stopped before all steps were completed",
            ));
        }
        Err(Errors::new(errors))
    }

    /// Returns the failed steps with their errors.
    pub fn failures(&self) -> impl Iterator<Item = (&StepReport, &Error)> {
        self.steps.iter().filter_map(|step| match &step.outcome {
            Outcome::Failed { error } => Some((step, error)),
            Outcome::Done | Outcome::NotTried { .. } => None,
        })
    }

    /// Returns the number of steps that succeeded.
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step.outcome, Outcome::Done)).count()
    }
}
