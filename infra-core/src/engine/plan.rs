//! Plans: data that describes pending changes.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, ErrorKind, Errors, Result};
use crate::operation::Operation;

/// The address of a resource in the graph, `TYPE.NAME`, for example `ecs_cluster.main`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// Creates the address of the resource `name` of type `kind`.
    pub fn new(kind: &str, name: &str) -> Self {
        Self(format!("{kind}.{name}"))
    }

    /// Creates the address of one of several resources with the same name: `TYPE.NAME["KEY"]`.
    pub fn keyed(kind: &str, name: &str, key: &str) -> Self {
        Self(format!("{kind}.{name}[{key:?}]"))
    }

    /// Returns the address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part before the first dot.
    pub fn kind(&self) -> &str {
        self.0.split('.').next().unwrap_or(&self.0)
    }

    /// Returns the part after the first dot.
    pub fn name(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, name)| name)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A resource that a component manages, with its dependencies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Declaration {
    /// Its address.
    pub address: Address,
    /// Its name in AWS.
    pub name: String,
    /// The resources that are created before this resource and deleted after it. List a dependency
    /// only if AWS requires this order, or if this resource would not work without the dependency.
    pub depends_on: Vec<Address>,
}

/// The planned action for a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// The resource does not exist and will be created.
    Create,
    /// The resource differs from the configuration and will be changed in place.
    Update,
    /// The resource differs in an attribute that AWS cannot change in place. It will be deleted and
    /// created again.
    Replace,
    /// The resource will be deleted.
    Delete,
    /// The resource exists but is not managed, and will be adopted.
    Adopt,
    /// The resource is up to date.
    NoOp,
}

/// A change to one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The attribute, for example `retention_in_days` or `tags.Team`.
    pub path: String,
    /// The current value, or `null` if the attribute is absent.
    pub before: Value,
    /// The new value, or `null` if the attribute is removed.
    pub after: Value,
}

impl FieldChange {
    /// Creates a change to the attribute `path`.
    pub fn new(path: impl Into<String>, before: impl Serialize, after: impl Serialize) -> Self {
        Self { path: path.into(), before: to_value(before), after: to_value(after) }
    }

    /// Creates a change that sets an attribute of a new resource.
    pub fn set(path: impl Into<String>, after: impl Serialize) -> Self {
        Self::new(path, Value::Null, after)
    }
}

/// Converts a value to JSON. If JSON cannot represent the value, returns the error's text instead.
pub(crate) fn to_value(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_else(|error| Value::String(error.to_string()))
}

/// The planned change to one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceChange {
    /// Its address.
    pub address: Address,
    /// The resource type, the first part of the address.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name in AWS.
    pub name: String,
    /// The planned action.
    pub action: ChangeKind,
    /// The attributes that change.
    pub fields: Vec<FieldChange>,
}

/// Information for the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The resource that the notice is about.
    pub address: Address,
    /// The message, in lower case without a full stop.
    pub message: String,
}

/// A resource that exists but is not managed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The address that the resource would have if it were adopted.
    pub address: Address,
    /// Its name in AWS.
    pub name: String,
    /// Why the resource is not managed.
    pub reason: String,
}

/// Something that prevents a plan from being applied, such as running services in a cluster that
/// would be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// The affected resource.
    pub address: Address,
    /// What prevents the plan from being applied.
    pub message: String,
    /// What the user can do to resolve the problem.
    pub hint: String,
    /// A change to the goal or to the settings that would resolve the blocker, or `None` if there
    /// is no such change.
    #[serde(skip)]
    pub remedy: Option<Remedy>,
}

/// A way to resolve a blocker. A program can add its own form of the remedy, such as a command-line
/// flag, to the blocker's hint.
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
    /// Creates a remedy that changes the setting at `path` to `value`.
    pub fn setting(path: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Setting { path: path.into(), value: value.into() }
    }
}

/// The phase in which a step changes its resource. The variants are in the order in which the
/// phases run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Prepares the resource for removal.
    Prepare,
    /// Deletes the resource.
    Remove,
    /// Creates the resource, so that steps that depend on it can start.
    Establish,
    /// Changes the existing resource.
    Adjust,
}

/// The index of a step in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct StepId(pub(crate) usize);

/// One write call, possibly followed by a wait.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Its index in the plan.
    pub id: StepId,
    /// The resource that the step changes.
    pub address: Address,
    /// Other resources that the same call changes.
    pub also: Vec<Address>,
    /// The phase in which the step changes the resource.
    pub phase: Phase,
    /// The operation that the step calls.
    pub operation: Operation,
    /// The steps that must succeed before this step starts.
    pub requires: Vec<StepId>,
    /// What the step does: the component's action, as JSON.
    pub action: Value,
    // The component index and the payload are left out of the JSON, because they only repeat
    // `address` and `action`.
    #[serde(skip)]
    pub(crate) component: usize,
    #[serde(skip)]
    pub(crate) payload: Arc<dyn Any + Send + Sync>,
}

impl Step {
    /// Iterates over the resources that the step changes.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        std::iter::once(&self.address).chain(&self.also)
    }
}

/// The number of resources for each planned action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Resources to create.
    pub create: usize,
    /// Resources to update in place.
    pub update: usize,
    /// Resources to delete and create again.
    pub replace: usize,
    /// Resources to delete.
    pub delete: usize,
    /// Resources to adopt.
    pub adopt: usize,
    /// Unchanged resources.
    pub no_op: usize,
}

/// All pending changes, and the steps that make them.
///
/// Two plans are equivalent if their JSON is the same.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Plan {
    /// Every resource, including unchanged ones, in the order of declaration.
    pub changes: Vec<ResourceChange>,
    /// The steps, each with the steps that it requires.
    pub steps: Vec<Step>,
    /// Information for the user.
    pub notices: Vec<Notice>,
    /// Resources that exist but are not managed. A plan with conflicts cannot be applied.
    pub conflicts: Vec<Conflict>,
    /// Problems that must be resolved before the plan can be applied.
    pub blockers: Vec<Blocker>,
    /// The resources of the stack that made the plan. Only a stack with the same resources can
    /// apply the plan.
    #[serde(skip)]
    pub declared: Vec<Declaration>,
}

impl Plan {
    /// Returns whether the plan has no steps, conflicts or blockers.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.conflicts.is_empty() && self.blockers.is_empty()
    }

    /// Returns whether the plan can be applied.
    pub fn is_executable(&self) -> bool {
        self.conflicts.is_empty() && self.blockers.is_empty()
    }

    /// Checks that the plan has no conflicts or blockers.
    ///
    /// # Errors
    /// Returns [`ErrorKind::NotManaged`] for each conflict and [`ErrorKind::Blocked`] for each
    /// blocker.
    pub fn ensure_executable(&self) -> Result<(), Errors> {
        let conflicts = self.conflicts.iter().map(|Conflict { address, name, reason }| {
            Error::new(
                ErrorKind::NotManaged,
                format!("{name} is not managed by this configuration: {reason}"),
            )
            .for_resource(address.as_str())
        });
        let blockers = self.blockers.iter().map(|Blocker { address, message, hint, remedy: _ }| {
            Error::new(ErrorKind::Blocked, message).for_resource(address.as_str()).with_hint(hint)
        });
        let errors: Vec<Error> = conflicts.chain(blockers).collect();
        if errors.is_empty() { Ok(()) } else { Err(Errors::new(errors)) }
    }

    /// Counts the resources for each planned action.
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

    /// Returns the planned change to one resource.
    pub fn change(&self, address: &str) -> Option<&ResourceChange> {
        self.changes.iter().find(|change| change.address.as_str() == address)
    }
}

/// The goal of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Goal {
    /// Every resource exists and matches the configuration.
    Present {
        /// Whether to adopt resources that exist but are not managed.
        adopt: bool,
    },
    /// No managed resource exists.
    Absent {
        /// Whether to also remove anything that would prevent deletion: unmanaged policies on
        /// managed roles, and images in a managed repository for which `force_delete` is off.
        force: bool,
    },
}
