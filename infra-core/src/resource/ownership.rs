//! Ownership of existing resources.

use crate::engine::{Address, ChangeKind, Draft, FieldChange, Goal, Remedy};
use crate::error::{Error, ErrorKind, Result};
use crate::tags::Tags;

/// Whether this configuration manages an existing resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The configuration manages the resource.
    Managed,
    /// There is no evidence that the configuration manages the resource, but the resource can be
    /// adopted.
    NotManaged {
        /// The reason, as a clause, such as `its Name tag is missing, expected "a"`.
        reason: String,
    },
    /// Another owner manages the resource, so it can be neither adopted nor deleted.
    Claimed {
        /// The evidence that another owner manages the resource, as a clause.
        reason: String,
        /// How to resolve the conflict.
        hint: String,
        /// A setting that resolves the conflict, for example by giving the resource another name.
        remedy: Option<Remedy>,
    },
}

impl Ownership {
    /// Compares `Name` tags: a resource is managed if its `Name` tag has the desired value.
    pub fn by_name_tag(found: &Tags, wanted: &Tags) -> Self {
        if found.name() == wanted.name() {
            return Self::Managed;
        }
        let managed = wanted.name().unwrap_or_default();
        Self::NotManaged {
            reason: match found.name() {
                Some(other) => format!("its Name tag is {other:?}, expected {managed:?}"),
                None => format!("its Name tag is missing, expected {managed:?}"),
            },
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Managed => None,
            Self::NotManaged { reason } | Self::Claimed { reason, .. } => Some(reason),
        }
    }
}

/// What a run may do with a resource. This depends on who owns the resource and on the goal of the
/// run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Permission {
    /// The resource does not exist.
    Absent,
    /// The configuration manages the resource.
    Managed,
    /// The resource is not managed and will be adopted.
    Adopted,
    /// The resource is not managed and must not be changed unless it is adopted.
    NotManaged {
        /// The reason.
        reason: String,
    },
    /// The resource has another owner and must not be changed.
    Claimed {
        /// The reason.
        reason: String,
        /// How to resolve the conflict.
        hint: String,
        /// A setting that resolves the conflict, for example by giving the resource another name.
        remedy: Option<Remedy>,
    },
}

impl Permission {
    pub(crate) fn of(goal: Goal, ownership: Option<Ownership>) -> Self {
        match (ownership, goal) {
            (None, _) => Self::Absent,
            (Some(Ownership::Managed), _) => Self::Managed,
            (Some(Ownership::NotManaged { .. }), Goal::Present { adopt: true }) => Self::Adopted,
            (Some(Ownership::NotManaged { reason }), _) => Self::NotManaged { reason },
            (Some(Ownership::Claimed { reason, hint, remedy }), _) => {
                Self::Claimed { reason, hint, remedy }
            }
        }
    }

    /// If the run must not change the resource, reports the reason and returns `true`. Otherwise,
    /// returns `false`.
    pub(crate) fn refuse<A>(
        &self,
        goal: Goal,
        (address, name): (&Address, &str),
        draft: &mut Draft<A>,
    ) -> bool {
        match (self, goal) {
            (Self::Absent | Self::Managed | Self::Adopted, _) => return false,
            (Self::NotManaged { reason } | Self::Claimed { reason, .. }, Goal::Absent { .. }) => {
                let message = format!("skipped, not managed by this configuration: {reason}");
                draft.notice(address, message);
            }
            (Self::NotManaged { reason }, Goal::Present { .. }) => {
                draft.conflict(address, name, reason);
            }
            (Self::Claimed { reason, hint, remedy }, Goal::Present { .. }) => {
                let message = format!("{name} belongs to another owner: {reason}");
                draft.blocker_with(address, message, hint, remedy.clone());
            }
        }
        true
    }

    /// Blocks an adoption if the resource would have to be deleted and created again. `fixed`
    /// contains the changes that cannot be made in place.
    pub(crate) fn guard<A>(&self, address: &Address, fixed: &[FieldChange], draft: &mut Draft<A>) {
        if let (Self::Adopted, Some(field)) = (self, fixed.first()) {
            let path = &field.path;
            let message = format!(
                "adopting the resource would delete it, because its {path} cannot be changed"
            );
            let hint = format!("set {path} to its current value, or delete the resource manually");
            draft.blocker(address, message, hint);
        }
    }

    /// Returns the kind of change that a plan shows for an existing resource. `fields` contains the
    /// attributes that change.
    pub(crate) fn action(&self, fields: &[FieldChange]) -> ChangeKind {
        match self {
            Self::Adopted => ChangeKind::Adopt,
            _ if fields.is_empty() => ChangeKind::NoOp,
            _ => ChangeKind::Update,
        }
    }
}

/// Decides whether to accept a resource that did not exist when the plan was made, but exists when
/// the plan is applied.
///
/// A resource that is managed and has the configured attributes is accepted: it was created by
/// another run, or by an earlier call that succeeded although its response was lost. Any other
/// resource is rejected, because someone else created or changed it.
pub(crate) fn accept_found(
    ownership: &Ownership,
    found: &Tags,
    wanted: &Tags,
    differences: &[FieldChange],
) -> Result<()> {
    if let Some(reason) = ownership.reason() {
        let message = format!("the resource was created by someone else in the meantime: {reason}");
        return Err(Error::new(ErrorKind::NotManaged, message));
    }
    // Create calls set all tags, so a resource created by this configuration has every desired tag.
    let tag = wanted.missing_from(found).iter().next().map(|(key, _)| format!("tags.{key}"));
    match differences.first().map(|field| field.path.clone()).or(tag) {
        None => Ok(()),
        Some(path) => {
            let message = format!(
                "the resource was created after planning, and its {path} does not match the configuration"
            );
            Err(Error::new(ErrorKind::Changed, message))
        }
    }
}

/// Rejects a change to a resource that is no longer managed.
pub(crate) fn still_managed(ownership: &Ownership) -> Result<()> {
    let Some(reason) = ownership.reason() else { return Ok(()) };
    let message = format!("the resource is no longer managed by this configuration: {reason}");
    Err(Error::new(ErrorKind::NotManaged, message).with_hint("plan again"))
}
