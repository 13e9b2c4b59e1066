//! What a run tells while it goes on, and what it says at its end.

use std::fmt::Debug;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::plan::{Address, StepId};
use crate::error::{Error, ErrorKind, Errors, Result};
use crate::operation::Operation;

/// Receives what happens, as it happens. It is called between calls to AWS and must return at once.
pub trait Events: Debug + Send + Sync {
    /// Something happened.
    fn emit(&self, event: &Event<'_>);
}

/// Drops every event.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Events for Silent {
    fn emit(&self, _: &Event<'_>) {}
}

/// Something that happened in a run.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request is about to be made.
    Call {
        /// The resource it is for.
        address: &'a Address,
        /// What is called.
        operation: Operation,
    },
    /// A step has begun.
    Started {
        /// Which one.
        step: StepId,
        /// The resource it changes.
        address: &'a Address,
        /// What it calls.
        operation: Operation,
    },
    /// A step waits for AWS before it tries again.
    Waiting {
        /// The resource it changes.
        address: &'a Address,
        /// What it calls.
        operation: Operation,
        /// What it waits for.
        reason: &'a str,
        /// How long it has waited, in seconds.
        #[serde(serialize_with = "seconds")]
        elapsed: Duration,
        /// How long it will wait at most, in seconds.
        #[serde(serialize_with = "seconds")]
        limit: Duration,
    },
    /// A step that has begun has ended.
    Finished {
        /// Which one.
        step: StepId,
        /// The resource it changed.
        address: &'a Address,
        /// What it called.
        operation: Operation,
        /// How it ended.
        #[serde(flatten)]
        outcome: &'a Outcome,
        /// How long it took, in seconds.
        #[serde(serialize_with = "seconds")]
        elapsed: Duration,
    },
    /// A step was not begun, and will not be in this run. Every step of a plan ends in this or in
    /// [`Event::Finished`].
    NotTried {
        /// Which one.
        step: StepId,
        /// The resource it was to change.
        address: &'a Address,
        /// What it was to call.
        operation: Operation,
        /// The resource whose step did not succeed; `None` where the run was cancelled.
        because: Option<&'a Address>,
    },
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// How a step ended.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It did what it was to do.
    Done,
    /// It was begun and failed, or the run was cancelled before it was through. [`Error::effect`] says whether
    /// the step as a whole has, or may have, changed something all the same, whichever of its calls the error
    /// is from.
    Failed {
        /// Why.
        error: Error,
    },
    /// No call of it was made, because a step that it requires did not succeed or the run was cancelled.
    NotTried {
        /// The resource whose step did not succeed; `None` where the run was cancelled.
        because: Option<Address>,
    },
}

/// What became of one step.
#[derive(Debug, Serialize)]
pub struct StepReport {
    /// Which one.
    pub step: StepId,
    /// The resource it was for.
    pub address: Address,
    /// Other resources that the same call was for.
    pub also: Vec<Address>,
    /// What it was to call.
    pub operation: Operation,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What became of a plan: every step of it, in the plan's order.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Every step.
    pub steps: Vec<StepReport>,
}

impl Report {
    /// Whether every step did what it was to do.
    pub fn is_success(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.outcome, Outcome::Done))
    }

    /// Returns the report where every step succeeded, and the errors where not.
    ///
    /// # Errors
    /// Each failed step's error; where steps were only left out, one [`ErrorKind::Cancelled`] that says so.
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

    /// The steps that failed, with their errors.
    pub fn failures(&self) -> impl Iterator<Item = (&StepReport, &Error)> {
        self.steps.iter().filter_map(|step| match &step.outcome {
            Outcome::Failed { error } => Some((step, error)),
            Outcome::Done | Outcome::NotTried { .. } => None,
        })
    }

    /// How many steps did what they were to do.
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step.outcome, Outcome::Done)).count()
    }
}
