//! Ownership of resources.

use crate::engine::{Address, ChangeKind, Draft, FieldChange, Goal, Remedy};
use crate::error::{Error, ErrorKind, Result};
use crate::tags::Tags;

/// Whether this configuration manages an existing resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The configuration manages the resource.
    Managed,
    /// There is no evidence that the configuration manages the resource. It can be adopted.
    NotManaged {
        /// The evidence, as a clause: `it has no Name tag, expected "a"`.
        reason: String,
    },
    /// Another owner manages the resource. It cannot be adopted and is never deleted.
    Claimed {
        /// The evidence, as a clause.
        reason: String,
        /// How to resolve it.
        hint: String,
        /// A setting that lets both owners coexist.
        remedy: Option<Remedy>,
    },
}

impl Ownership {
    /// Determines ownership by the `Name` tag: a resource with the desired tag is managed.
    pub fn by_name_tag(found: &Tags, wanted: &Tags) -> Self {
        if found.name() == wanted.name() {
            return Self::Managed;
        }
        let ours = wanted.name().unwrap_or_default();
        Self::NotManaged {
            reason: match found.name() {
                Some(other) => format!("its Name tag is {other:?}, expected {ours:?}"),
                None => format!("it has no Name tag, expected {ours:?}"),
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

/// What a run may do with an existing resource: its ownership and the goal of the run together.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The resource does not exist.
    Absent,
    /// The configuration manages it.
    Managed,
    /// It is not managed, and the run adopts it.
    Adopted,
    /// It is not managed and must not be touched; adoption would allow it.
    NotManaged {
        /// Why.
        reason: String,
    },
    /// It belongs to another owner and must not be touched.
    Claimed {
        /// Why.
        reason: String,
        /// How to resolve it.
        hint: String,
        /// A setting that lets both owners coexist.
        remedy: Option<Remedy>,
    },
}

impl Standing {
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

    /// Adds a notice, conflict or blocker if the run must not touch the resource. Returns `false` if the run can use it.
    pub(crate) fn refuse<A>(
        &self,
        goal: Goal,
        (address, name): (&Address, &str),
        draft: &mut Draft<A>,
    ) -> bool {
        match (self, goal) {
            (Self::Absent | Self::Managed | Self::Adopted, _) => return false,
            (Self::NotManaged { reason } | Self::Claimed { reason, .. }, Goal::Absent { .. }) => {
                draft.notice(address, format!("skipped: not managed by ecs-foundation: {reason}"));
            }
            (Self::NotManaged { reason }, Goal::Present { .. }) => {
                draft.conflict(address, name, reason);
            }
            (Self::Claimed { reason, hint, remedy }, Goal::Present { .. }) => {
                let message = format!("{name} has another owner: {reason}");
                draft.blocker_with(address, message, hint, remedy.clone());
            }
        }
        true
    }

    /// Prevents adoption from deleting a resource. `fixed` are the differences that cannot be changed in place.
    pub(crate) fn guard<A>(&self, address: &Address, fixed: &[FieldChange], draft: &mut Draft<A>) {
        if let (Self::Adopted, Some(field)) = (self, fixed.first()) {
            let path = &field.path;
            let message =
                format!("adopting it would delete it, because its {path} cannot be changed");
            let hint = format!("configure its current {path}, or delete it yourself");
            draft.blocker(address, message, hint);
        }
    }

    /// Returns the planned action for a resource that is kept, given its changed attributes.
    pub(crate) fn action(&self, fields: &[FieldChange]) -> ChangeKind {
        match self {
            Self::Adopted => ChangeKind::Adopt,
            _ if fields.is_empty() => ChangeKind::NoOp,
            _ => ChangeKind::Update,
        }
    }
}

/// Judges a resource that did not exist when the plan was made but exists when it is to be created.
///
/// If the answer to an earlier attempt was lost, or another run created it first, the resource is managed and matches the
/// configuration. Anything else was created or changed by someone else.
pub(crate) fn accept_found(
    ownership: &Ownership,
    found: &Tags,
    wanted: &Tags,
    differences: &[FieldChange],
) -> Result<()> {
    if let Some(reason) = ownership.reason() {
        let message = format!("it was created by someone else in the meantime: {reason}");
        return Err(Error::new(ErrorKind::NotOurs, message));
    }
    // Create calls carry the tags, so a resource created by this tool has all of them.
    let tag = wanted.missing_from(found).iter().next().map(|(key, _)| format!("tags.{key}"));
    match differences.first().map(|field| field.path.clone()).or(tag) {
        None => Ok(()),
        Some(path) => {
            let message = format!("it was created in the meantime, but its {path} differs");
            Err(Error::new(ErrorKind::Changed, message))
        }
    }
}
