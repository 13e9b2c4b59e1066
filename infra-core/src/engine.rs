//! The engine: observes, plans and applies any set of components.
//!
//! The engine contains no code for specific AWS services. A [`Component`] declares its resources,
//! reads them, compares them with the goal, drafts the changes and their steps, and performs the
//! steps. The engine runs all reads concurrently, merges the drafts into one [`Plan`], orders the
//! steps by the dependency graph, and runs each step as soon as its requirements are met.

mod calls;
mod component;
mod event;
mod evidence;
mod execute;
mod link;
mod plan;
pub mod retry;
mod stack;
#[cfg(test)]
mod tests;

pub use calls::{CallLimit, Calls, Fresh, RunOptions};
pub use component::{Component, Detail, Draft, Drafted, Finding, Verdict};
pub use event::{Event, Events, Outcome, Report, Silent, StepReport};
pub use evidence::Evidence;
pub(crate) use plan::to_value;
pub use plan::{
    Address, Blocker, ChangeKind, Conflict, Declaration, FieldChange, Goal, Notice, Phase, Plan,
    Remedy, ResourceChange, Step, StepId, Summary,
};
pub use retry::{Refusal, RetryTable, Row};
pub use stack::{Observation, Stack};
