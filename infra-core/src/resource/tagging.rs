//! Compares a resource's tags with the desired tags, and plans the calls that change the tags.

use serde::Serialize;

use crate::engine::{Address, Draft, Drafted, FieldChange, Finding};
use crate::operation::Operation;
use crate::tags::Tags;

/// What to do with tags, policies and other additions that are not in the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum UnmanagedAction {
    /// Keep and report them.
    #[default]
    Report,
    /// Remove them.
    Remove,
}

/// The desired tags of a resource, and the operations that change its tags.
#[derive(Clone, Copy, Debug)]
pub struct Tagging<'a> {
    pub(super) wanted: &'a Tags,
    set: Operation,
    remove: Operation,
    unmanaged: UnmanagedAction,
    ignores_case: bool,
}

impl<'a> Tagging<'a> {
    /// Combines the desired tags with the operations that set and remove tags. `wanted` must
    /// include the `Name` tag.
    pub fn new(wanted: &'a Tags, set: Operation, remove: Operation) -> Self {
        Self { wanted, set, remove, unmanaged: UnmanagedAction::Report, ignores_case: false }
    }

    /// Sets what to do with tags that are not configured. By default, these tags are kept and
    /// reported.
    pub fn unmanaged(mut self, action: UnmanagedAction) -> Self {
        self.unmanaged = action;
        self
    }

    /// Treats keys that differ only in case as the same key, as IAM does for roles. Setting a
    /// desired tag therefore replaces a tag whose key differs only in case, and no separate removal
    /// is needed.
    pub fn ignoring_case(mut self) -> Self {
        self.ignores_case = true;
        self
    }

    /// Returns the desired tags.
    pub fn wanted(&self) -> &'a Tags {
        self.wanted
    }

    /// Returns the operation that makes this change.
    pub fn operation(&self, change: &TagChange) -> Operation {
        match change {
            TagChange::Set(_) => self.set,
            TagChange::Remove(_) => self.remove,
        }
    }

    /// Compares the tags of an existing resource with the desired tags.
    pub(super) fn changes(&self, found: &Tags) -> TagChanges {
        let changes = TagChanges::between(found, self.wanted, self.unmanaged);
        if self.ignores_case { changes.ignoring_case() } else { changes }
    }
}

/// One call that changes tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TagChange {
    /// Sets these tags.
    Set(Tags),
    /// Removes the tags with these keys.
    Remove(Vec<String>),
}

/// The changes that turn a resource's tags into the desired tags.
#[derive(Debug, Default)]
pub(crate) struct TagChanges {
    /// The differences, by tag.
    pub(crate) fields: Vec<FieldChange>,
    set: Tags,
    remove: Vec<String>,
    left: Vec<String>,
}

impl TagChanges {
    pub(crate) fn between(found: &Tags, wanted: &Tags, unmanaged: UnmanagedAction) -> Self {
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

    fn ignoring_case(mut self) -> Self {
        let Self { fields: _, set, remove, left } = &mut self;
        let stays = |key: &String| set.iter().all(|(wanted, _)| !wanted.eq_ignore_ascii_case(key));
        remove.retain(stays);
        left.retain(stays);
        self
    }

    /// Drafts the tag changes by calling `step`, and reports unmanaged tags that are kept. Removals
    /// come first, because a resource that already has the maximum number of tags cannot accept
    /// another tag.
    pub(crate) fn plan<A>(
        &self,
        address: &Address,
        draft: &mut Draft<A>,
        mut step: impl FnMut(&mut Draft<A>, TagChange) -> Drafted,
    ) {
        let Self { fields: _, set, remove, left } = self;
        if !left.is_empty() {
            let keys = left.join(", ");
            draft.notice(address, format!("keeps unmanaged tags: {keys}"));
        }
        let removed = (!remove.is_empty()).then(|| step(draft, TagChange::Remove(remove.clone())));
        if !set.is_empty() {
            let set = step(draft, TagChange::Set(set.clone()));
            draft.order(removed, set);
        }
    }
}

/// Returns one finding for each desired tag and a single finding for all other tags. The other tags
/// count as a difference if they will be removed.
pub(crate) fn tag_findings(
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
    findings.extend(other_findings(address, "Other tags", &changes.remove, &changes.left));
    findings
}

/// Returns a finding that lists the unmanaged additions, if there are any. The finding is a
/// difference if the additions will be removed; otherwise, it is informational.
pub(crate) fn other_findings(
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

/// Returns the changes that set the tags of a new resource.
pub(crate) fn tags_to_set(tags: &Tags) -> impl Iterator<Item = FieldChange> {
    tags.iter().map(|(key, value)| FieldChange::set(format!("tags.{key}"), value))
}
