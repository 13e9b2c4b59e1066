//! The engine: observes, plans and applies any set of components.
//!
//! It knows no AWS service. A [`Component`] declares what it manages, reads it, compares it, and performs the
//! actions that it planned. The engine runs the reads concurrently, joins the drafts into one [`Plan`],
//! links the steps by the edges of the graph, and runs each step as soon as the steps before it are done.

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

pub use calls::{Calls, Fresh, RunOptions};
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
