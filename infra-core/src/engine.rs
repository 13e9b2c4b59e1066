//! The engine: observes, plans and applies any set of components.
//!
//! It knows no service. A [`Component`] tells what it manages, reads it, compares it, and carries out the
//! actions that it asked for; the engine runs the reads at once, joins the drafts into one [`Plan`],
//! links the steps by the graph's edges, and runs each step as soon as those before it are done.

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
