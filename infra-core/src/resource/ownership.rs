//! Whose a resource is.

use crate::engine::{Address, ChangeKind, Draft, FieldChange, Goal, Remedy};
use crate::error::{Error, ErrorKind, Result};
use crate::tags::Tags;

/// Whether this configuration manages an existing resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// It does.
    Managed,
    /// Nothing says that it does. Adoption takes the resource over.
    NotManaged {
        /// The evidence, as a clause: `it has no Name tag, ours would be "a"`.
        reason: String,
    },
    /// Another owner manages the resource. Adoption does not take it over, and deletion leaves it.
    Claimed {
        /// The evidence, as a clause.
        reason: String,
        /// What to do about it.
        hint: String,
        /// What the caller can change to make room for both owners.
        remedy: Option<Remedy>,
    },
}

impl Ownership {
    /// Judges by the `Name` tag: a resource is managed where it has the desired one.
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
    /// It is not managed, and the run takes it over.
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
        /// What to do about it.
        hint: String,
        /// What the caller can change to make room for both owners.
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

    /// Refuses to touch a resource; `false` where the run may go on with it.
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

    /// Prevents adoption from deleting a resource: `fixed` is what differs and cannot be changed in place.
    pub(crate) fn guard<A>(&self, address: &Address, fixed: &[FieldChange], draft: &mut Draft<A>) {
        if let (Self::Adopted, Some(field)) = (self, fixed.first()) {
            let path = &field.path;
            let message =
                format!("adopting it would delete it, because its {path} cannot be changed");
            let hint = format!("configure its current {path}, or delete it yourself");
            draft.blocker(address, message, hint);
        }
    }

    /// What a plan does with a resource that stays and whose attributes change so.
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
/// Either the answer to an earlier attempt was lost, or another run came first: then it is managed and as it should
/// be. Anything else was created or changed by others.
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
    // Tags travel in the create calls, so that a resource of our own making has them all.
    let tag = wanted.missing_from(found).iter().next().map(|(key, _)| format!("tags.{key}"));
    match differences.first().map(|field| field.path.clone()).or(tag) {
        None => Ok(()),
        Some(path) => {
            let message = format!("it was created in the meantime, but its {path} differs");
            Err(Error::new(ErrorKind::Changed, message))
        }
    }
}
