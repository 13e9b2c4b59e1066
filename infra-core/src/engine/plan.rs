//! Plans: what will change, as data.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::error::{Error, ErrorKind, Errors, Result};
use crate::operation::Operation;

/// Where a resource stands in the graph, `TYPE.NAME`, for instance `ecs_cluster.main`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// The address of the resource `name` of type `kind`.
    pub fn new(kind: &str, name: &str) -> Self {
        Self(format!("{kind}.{name}"))
    }

    /// The address of one of several resources under one name: `TYPE.NAME["KEY"]`.
    pub fn keyed(kind: &str, name: &str, key: &str) -> Self {
        Self(format!("{kind}.{name}[{key:?}]"))
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the first dot.
    pub fn kind(&self) -> &str {
        self.0.split('.').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A resource that a component manages: a node of the graph with its edges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Declaration {
    /// Where it stands.
    pub address: Address,
    /// Its name in AWS.
    pub name: String,
    /// What has to be there before it, and goes away only after it. Only true edges: what AWS itself
    /// insists on, or what would leave something broken.
    pub depends_on: Vec<Address>,
}

/// What a plan does with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It is absent and will be made.
    Create,
    /// It differs and will be changed in place.
    Update,
    /// It differs in what AWS cannot change: it will be deleted and made anew.
    Replace,
    /// It will be deleted.
    Delete,
    /// It is there but not ours, and will be taken over.
    Adopt,
    /// It is as it should be.
    NoOp,
}

/// One attribute that a plan changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The attribute, for instance `retention_in_days` or `tags.Team`.
    pub path: String,
    /// What it is; `null` where it is absent.
    pub before: Value,
    /// What it will be; `null` where it goes away.
    pub after: Value,
}

impl FieldChange {
    /// A change of the attribute `path`.
    pub fn new(path: impl Into<String>, before: impl Serialize, after: impl Serialize) -> Self {
        Self { path: path.into(), before: to_value(before), after: to_value(after) }
    }

    /// The attribute as it will be made.
    pub fn set(path: impl Into<String>, after: impl Serialize) -> Self {
        Self::new(path, Value::Null, after)
    }
}

/// The JSON form of a value of this crate. All of them are plain data that JSON can hold.
pub(crate) fn to_value(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_else(|error| Value::String(error.to_string()))
}

/// What happens to one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceChange {
    /// Where it stands in the graph.
    pub address: Address,
    /// Its type, the first part of the address.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name in AWS.
    pub name: String,
    /// What is done with it.
    pub action: ChangeKind,
    /// The attributes that change.
    pub fields: Vec<FieldChange>,
}

/// Something the reader should know that changes nothing by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The resource it is about.
    pub address: Address,
    /// The sentence, lower-case, without a full stop.
    pub message: String,
}

/// A resource that is there but not ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// Where it would stand in the graph.
    pub address: Address,
    /// Its name in AWS.
    pub name: String,
    /// Why it is not ours.
    pub reason: String,
}

/// What keeps a plan from being carried out, such as running services on a cluster to delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// The resource that is kept.
    pub address: Address,
    /// What keeps it, by name.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// What the caller can ask for to lift it.
    #[serde(skip)]
    pub remedy: Option<Remedy>,
}

/// A way to lift a blocker that the caller of the engine has. A program that has a name for it, such as a flag, adds that
/// to the hint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Plan with [`Goal::Absent`] and `force`.
    Force,
    /// Change a setting of the resource.
    Setting {
        /// The path of the setting.
        path: String,
        /// The value to set.
        value: String,
    },
}

impl Remedy {
    /// A change of the setting at `path` to `value`.
    pub fn setting(path: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Setting { path: path.into(), value: value.into() }
    }
}

/// When in a resource's change a step comes. The order of the variants is the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Clears the way for the removal.
    Prepare,
    /// Deletes the resource.
    Remove,
    /// Makes the resource; what depends on it can go ahead.
    Establish,
    /// Changes the resource where it is.
    Adjust,
}

/// The position of a step in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct StepId(pub(crate) usize);

/// One changing call, or a call and the wait that belongs to it.
#[derive(Clone)]
pub struct Step {
    /// Its position in the plan.
    pub id: StepId,
    /// The resource that it changes.
    pub address: Address,
    /// Other resources that the same call changes.
    pub also: Vec<Address>,
    /// When in the resource's change it comes.
    pub phase: Phase,
    /// What it calls.
    pub operation: Operation,
    /// The steps that have to succeed before it.
    pub requires: Vec<StepId>,
    /// What it does, in the terms of its component.
    pub action: Value,
    pub(crate) component: usize,
    pub(crate) payload: Arc<dyn Any + Send + Sync>,
}

impl Step {
    /// The resources that it changes.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        std::iter::once(&self.address).chain(&self.also)
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            address,
            also,
            phase,
            operation,
            requires,
            action,
            component: _,
            payload: _,
        } = self;
        f.debug_struct("Step")
            .field("id", id)
            .field("address", address)
            .field("also", also)
            .field("phase", phase)
            .field("operation", operation)
            .field("requires", requires)
            .field("action", action)
            .finish_non_exhaustive()
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The component's index and the payload say what `address` and `action` say in data.
        let Self {
            id,
            address,
            also,
            phase,
            operation,
            requires,
            action,
            component: _,
            payload: _,
        } = self;
        let mut state = serializer.serialize_struct("Step", 7)?;
        state.serialize_field("id", id)?;
        state.serialize_field("address", address)?;
        state.serialize_field("also", also)?;
        state.serialize_field("phase", phase)?;
        state.serialize_field("operation", operation)?;
        state.serialize_field("requires", requires)?;
        state.serialize_field("action", action)?;
        state.end()
    }
}

/// How many resources a plan does what with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Made.
    pub create: usize,
    /// Changed in place.
    pub update: usize,
    /// Deleted and made anew.
    pub replace: usize,
    /// Deleted.
    pub delete: usize,
    /// Taken over.
    pub adopt: usize,
    /// Left as they are.
    pub no_op: usize,
}

/// Everything that has to change, and the steps that change it.
///
/// Two plans that serialize to the same JSON do the same.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Plan {
    /// Every resource, in the order of declaration, those that stay as they are included.
    pub changes: Vec<ResourceChange>,
    /// The calls, with what each has to wait for.
    pub steps: Vec<Step>,
    /// What the reader should know.
    pub notices: Vec<Notice>,
    /// Resources that are there but not ours. While there are any, the plan must not be carried out.
    pub conflicts: Vec<Conflict>,
    /// What has to go away first. While there are any, the plan must not be carried out.
    pub blockers: Vec<Blocker>,
    /// The resources of the stack that made the plan: no other may carry it out.
    #[serde(skip)]
    pub declared: Vec<Declaration>,
}

impl Plan {
    /// Whether there is nothing to do and nothing in the way.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.conflicts.is_empty() && self.blockers.is_empty()
    }

    /// Whether the plan can be carried out.
    pub fn is_executable(&self) -> bool {
        self.conflicts.is_empty() && self.blockers.is_empty()
    }

    /// Returns the plan's conflicts and blockers as errors, where it has any.
    ///
    /// # Errors
    /// [`ErrorKind::NotOurs`] for each conflict, [`ErrorKind::Blocked`] for each blocker.
    pub fn ensure_executable(&self) -> Result<(), Errors> {
        let conflicts = self.conflicts.iter().map(|Conflict { address, name, reason }| {
            Error::new(
                ErrorKind::NotOurs,
                format!("{name} is not managed by ecs-foundation: {reason}"),
            )
            .for_resource(address.as_str())
        });
        let blockers = self.blockers.iter().map(|Blocker { address, message, hint, remedy: _ }| {
            Error::new(ErrorKind::Blocked, message).for_resource(address.as_str()).with_hint(hint)
        });
        let errors: Vec<Error> = conflicts.chain(blockers).collect();
        if errors.is_empty() { Ok(()) } else { Err(Errors::new(errors)) }
    }

    /// How many resources it does what with.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for change in &self.changes {
            *match change.action {
                ChangeKind::Create => &mut summary.create,
                ChangeKind::Update => &mut summary.update,
                ChangeKind::Replace => &mut summary.replace,
                ChangeKind::Delete => &mut summary.delete,
                ChangeKind::Adopt => &mut summary.adopt,
                ChangeKind::NoOp => &mut summary.no_op,
            } += 1;
        }
        summary
    }

    /// The change of one resource.
    pub fn change(&self, address: &str) -> Option<&ResourceChange> {
        self.changes.iter().find(|change| change.address.as_str() == address)
    }
}

/// What planning is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Goal {
    /// Everything as the configuration says.
    Present {
        /// Take over what is there but not ours.
        adopt: bool,
    },
    /// Nothing of ours.
    Absent {
        /// Remove what would keep our resources from being deleted as well: the policies that others put on
        /// our roles, and the images in our repository even where its `force_delete` is off.
        force: bool,
    },
}
