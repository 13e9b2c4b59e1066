//! Whose a resource is, and which of its tags differ.

use std::time::Duration;

use crate::engine::{Address, ChangeKind, Draft, Drafted, FieldChange, Finding, Goal};
use crate::error::{Error, ErrorKind, Result};
use crate::tags::Tags;

use super::spec::UnmanagedAction;

/// A count with its noun: `1 image`, `2 images`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// How long a deleted resource may still be seen.
pub(super) const GONE_WITHIN: Duration = Duration::from_mins(2);

/// How a resource stands to us, given what its tags say and what the run is for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is not there.
    Absent,
    /// Its Name tag is the one we give.
    Ours,
    /// It is somebody else's, and the run takes it over.
    Adopted,
    /// It is somebody else's: hands off.
    Foreign {
        /// Why we think so.
        reason: String,
    },
}

impl Standing {
    pub(super) fn of(goal: Goal, found: Option<&Tags>, wanted: &Tags) -> Self {
        let Some(found) = found else {
            return Self::Absent;
        };
        match (not_ours(found, wanted), goal) {
            (None, _) => Self::Ours,
            (Some(_), Goal::Present { adopt: true }) => Self::Adopted,
            (Some(reason), _) => Self::Foreign { reason },
        }
    }

    /// Keeps a plan from deleting what is somebody else's only because it is to be taken over: `fixed` is
    /// what differs and cannot be changed in place.
    pub(super) fn guard<A>(&self, address: &Address, fixed: &[FieldChange], draft: &mut Draft<A>) {
        if let (Self::Adopted, Some(field)) = (self, fixed.first()) {
            let path = &field.path;
            let message =
                format!("taking it over would delete it, because its {path} cannot be changed");
            let hint = format!("configure the {path} that it has, or delete it yourself");
            draft.blocker(address, message, hint);
        }
    }

    /// What a plan does with a resource that stays and whose attributes change so.
    pub(super) fn action(&self, fields: &[FieldChange]) -> ChangeKind {
        match self {
            Self::Adopted => ChangeKind::Adopt,
            _ if fields.is_empty() => ChangeKind::NoOp,
            _ => ChangeKind::Update,
        }
    }
}

/// Why a resource with these tags is not ours; `None` where it is.
pub(super) fn not_ours(found: &Tags, wanted: &Tags) -> Option<String> {
    if found.name() == wanted.name() {
        return None;
    }
    let ours = wanted.name().unwrap_or_default();
    Some(match found.name() {
        Some(other) => format!("its Name tag is {other:?}, ours would be {ours:?}"),
        None => format!("it has no Name tag, ours would be {ours:?}"),
    })
}

/// Judges a resource that was not there when the plan was made, but is there now that it should be made.
///
/// Either an answer of our own was lost on the way, or another run of ours came first: then it is ours and
/// as it should be. Anything else is somebody's, or somebody's change.
pub(super) fn accept_found(found: &Tags, wanted: &Tags, differences: &[FieldChange]) -> Result<()> {
    if let Some(reason) = not_ours(found, wanted) {
        return Err(Error::new(
            ErrorKind::NotOurs,
            format!("it was made by somebody else meanwhile: {reason}"),
        ));
    }
    // Tags travel in the create calls, so that a resource of our own making has them all.
    let tag = wanted.missing_from(found).iter().next().map(|(key, _)| format!("tags.{key}"));
    match differences.first().map(|field| field.path.clone()).or(tag) {
        None => Ok(()),
        Some(path) => Err(Error::new(
            ErrorKind::Changed,
            format!("it was made meanwhile, but its {path} differs"),
        )),
    }
}

/// One call that changes tags.
#[derive(Debug)]
pub(super) enum TagStep {
    /// Sets these.
    Set(Tags),
    /// Removes those of these keys.
    Remove(Vec<String>),
}

/// What has to happen to a resource's tags.
#[derive(Debug, Default)]
pub(super) struct TagChanges {
    /// The differences, by tag.
    pub(super) fields: Vec<FieldChange>,
    /// Tags to set.
    pub(super) set: Tags,
    /// Keys to remove.
    pub(super) remove: Vec<String>,
    /// Keys that nobody asked for and that stay.
    pub(super) left: Vec<String>,
}

impl TagChanges {
    pub(super) fn between(found: &Tags, wanted: &Tags, unmanaged: UnmanagedAction) -> Self {
        let set = wanted.missing_from(found);
        let beyond = found.keys_beyond(wanted);
        let (remove, left) = match unmanaged {
            UnmanagedAction::Report => (Vec::new(), beyond),
            UnmanagedAction::Remove => (beyond, Vec::new()),
        };
        let changed = set
            .iter()
            .map(|(key, value)| FieldChange::new(format!("tags.{key}"), found.get(key), value));
        let removed = remove.iter().map(|key| {
            FieldChange::new(format!("tags.{key}"), found.get(key), serde_json::Value::Null)
        });
        Self { fields: changed.chain(removed).collect(), set, remove, left }
    }

    /// The same for a service that takes keys which differ in case alone for one, as IAM does for roles:
    /// setting the wanted key overwrites the other, and removing the other would remove the wanted one.
    pub(super) fn whatever_the_case(mut self) -> Self {
        let Self { fields: _, set, remove, left } = &mut self;
        let stays = |key: &String| set.iter().all(|(wanted, _)| !wanted.eq_ignore_ascii_case(key));
        remove.retain(stays);
        left.retain(stays);
        self
    }

    /// Drafts the steps, each with `step`, and tells of what is left. What goes away goes first: a resource that
    /// has all the tags it can have takes a new one only then.
    pub(super) fn plan<A>(
        &self,
        address: &Address,
        draft: &mut Draft<A>,
        mut step: impl FnMut(&mut Draft<A>, TagStep) -> Drafted,
    ) {
        let Self { fields: _, set, remove, left } = self;
        if !left.is_empty() {
            let keys = left.join(", ");
            draft
                .notice(address, format!("left tags that the configuration does not name: {keys}"));
        }
        let removed = (!remove.is_empty()).then(|| step(draft, TagStep::Remove(remove.clone())));
        if !set.is_empty() {
            let set = step(draft, TagStep::Set(set.clone()));
            draft.order(removed, set);
        }
    }
}

/// One finding a tag that is wanted, and one for all that are not: they are a difference where they are to be
/// removed.
pub(super) fn tag_findings(
    address: &Address,
    wanted: &Tags,
    found: &Tags,
    changes: &TagChanges,
) -> Vec<Finding> {
    let tag = |(key, value): (&str, &str)| {
        let (name, has) = (format!("Tag {key}"), found.get(key));
        let same = has == Some(value);
        Finding::compared(address, &name, value, has.unwrap_or("absent"), same)
    };
    let mut findings: Vec<Finding> = wanted.iter().map(tag).collect();
    findings.extend(others(address, "Other tags", &changes.remove, &changes.left));
    findings
}

/// A finding for what others added: what is to be removed is a difference, what is left is none.
pub(super) fn others(
    address: &Address,
    attribute: &str,
    removed: &[String],
    left: &[String],
) -> Option<Finding> {
    if !removed.is_empty() {
        return Some(Finding::compared(address, attribute, "none", removed.join(", "), false));
    }
    (!left.is_empty()).then(|| Finding::info(address, attribute, left.join(", ")))
}

/// The tags of a resource that will be made.
pub(super) fn tags_to_set(tags: &Tags) -> impl Iterator<Item = FieldChange> {
    tags.iter().map(|(key, value)| FieldChange::set(format!("tags.{key}"), value))
}
