//! One attribute of a resource: how it is named, compared, shown and changed.

use serde::Serialize;
use serde_json::Value;

use crate::engine::{Address, FieldChange, Finding, to_value};
use crate::operation::Operation;
use crate::policy::{PolicyDocument, PolicyText};

/// One attribute of a resource, with its desired and its actual value.
///
/// Values are compared as JSON. A desired value of `null` means that the attribute is not to be set; it is left out
/// of the fields of a creation.
#[derive(Clone, Debug)]
pub struct Field {
    pub(super) path: String,
    pub(super) label: String,
    pub(super) wanted: Value,
    pub(super) found: Option<Value>,
    same: bool,
    show: fn(&Value) -> String,
    /// Texts that take the place of `show`, for the desired and the found value.
    texts: Option<(String, String)>,
    pub(super) change: Change,
    pub(super) create: Create,
    pub(super) identifying: bool,
    pub(super) notes: Vec<String>,
}

/// How a field changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// In place, by this operation.
    By(Operation),
    /// Only by replacing the resource.
    Replace,
    /// Not at all: AWS derives it from the name and place of the resource.
    Derived,
    /// Nothing is expected of it.
    Ignored,
}

/// How a field gets its value when the resource is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Create {
    /// The create call sets it.
    Carried,
    /// The operation that changes it has to follow.
    Follows,
    /// The create call does not set it, and what AWS sets is right.
    Default,
}

impl Field {
    /// A field that can only be changed by replacing the resource; [`Field::updated_by`] makes it changeable.
    ///
    /// `path` names it in plans (`retention_in_days`), `label` in `verify`, as AWS's console does (`Retention`).
    /// `found` is `None` where the resource does not exist.
    pub fn new(
        path: impl Into<String>,
        label: impl Into<String>,
        wanted: impl Serialize,
        found: Option<impl Serialize>,
    ) -> Self {
        let (wanted, found) = (to_value(wanted), found.map(to_value));
        let same = found.as_ref().is_none_or(|found| *found == wanted);
        Self {
            path: path.into(),
            label: label.into(),
            wanted,
            found,
            same,
            show: text,
            texts: None,
            change: Change::Replace,
            create: Create::Carried,
            identifying: false,
            notes: Vec::new(),
        }
    }

    /// A policy document, compared by meaning. `found` is `Some(None)` where the resource exists without a policy.
    ///
    /// Principals that were deleted since, which show as bare ids, are named when the policy is set again.
    pub fn policy(
        path: impl Into<String>,
        label: impl Into<String>,
        wanted: Option<&PolicyDocument>,
        found: Option<Option<&PolicyText>>,
    ) -> Self {
        let values = found.map(|found| found.map(policy_value));
        let mut field = Self::new(path, label, wanted, values);
        let found = found.flatten();
        if let (Some(wanted), Some(found)) = (wanted, found) {
            field.same = found.means_the_same(wanted);
            let text = if field.same { wanted.to_json() } else { found.as_str().to_owned() };
            field.texts = Some((wanted.to_json(), text));
            let document = found.document();
            let orphans = document.iter().flat_map(|found| found.orphaned_principals());
            let note = |orphan| format!("contains {orphan}; it will be set again");
            field.notes = orphans.map(note).collect();
        } else if let Some(wanted) = wanted {
            field.texts = Some((wanted.to_json(), "absent".to_owned()));
        }
        field
    }

    /// A value that AWS derives, such as a URI. `verify` checks it, plans do not contain it.
    pub fn derived(
        label: impl Into<String>,
        wanted: impl Serialize,
        found: Option<impl Serialize>,
    ) -> Self {
        Self { change: Change::Derived, ..Self::new("", label, wanted, found) }
    }

    /// Makes the field changeable in place. Fields with the same operation are changed by one call.
    pub fn updated_by(mut self, operation: Operation) -> Self {
        self.change = Change::By(operation);
        self
    }

    /// Says that the create call does not set the field. Where `needed`, the operation that changes the field follows
    /// the creation; otherwise what AWS sets by default is right.
    pub fn set_after_create(mut self, needed: bool) -> Self {
        self.create = if needed { Create::Follows } else { Create::Default };
        self
    }

    /// Replaces the comparison by JSON: `same` says whether the found value satisfies the desired one.
    pub fn satisfied_if(mut self, same: bool) -> Self {
        self.same = same || self.found.is_none();
        self
    }

    /// Replaces how `verify` shows values other than `null`. By default text is shown as it is, the rest as JSON.
    pub fn shown(mut self, show: fn(&Value) -> String) -> Self {
        self.show = show;
        self
    }

    /// Shows the field next to the name in `verify`, as part of what identifies the resource.
    pub fn identifying(mut self) -> Self {
        self.identifying = true;
        self
    }

    /// Shows the found value in `verify` and expects nothing of it.
    pub fn ignored(mut self) -> Self {
        self.change = Change::Ignored;
        self
    }

    /// Returns the change that the found value needs; `None` where it is right.
    pub(super) fn difference(&self) -> Option<FieldChange> {
        let changes = matches!(self.change, Change::By(_) | Change::Replace);
        (changes && !self.same && self.found.is_some()).then(|| self.change_row())
    }

    /// Returns the row that sets the desired value in place of the found one.
    pub(super) fn change_row(&self) -> FieldChange {
        FieldChange::new(&self.path, &self.found, &self.wanted)
    }

    /// Returns the row of a creation; `None` where there is nothing to set.
    pub(super) fn creation(&self) -> Option<FieldChange> {
        let changes = matches!(self.change, Change::By(_) | Change::Replace);
        (changes && !self.wanted.is_null()).then(|| FieldChange::set(&self.path, &self.wanted))
    }

    /// Returns the row of `verify`, with `null` in words.
    pub(crate) fn finding(&self, address: &Address, null: &str) -> Finding {
        let show = |value: &Value| match value {
            Value::Null => null.to_owned(),
            value => (self.show)(value),
        };
        let (wanted, found) = self.texts.clone().unwrap_or_else(|| {
            let found = self.found.as_ref().map_or_else(|| "absent".to_owned(), show);
            (show(&self.wanted), found)
        });
        if self.change == Change::Ignored {
            return Finding::info(address, &self.label, found);
        }
        Finding::compared(address, &self.label, wanted, found, self.is_satisfied())
    }

    /// Whether a part that this field describes is to exist.
    pub(super) fn is_wanted(&self) -> bool {
        !self.wanted.is_null()
    }

    /// Whether a part that this field describes exists.
    pub(super) fn is_found(&self) -> bool {
        self.found.as_ref().is_some_and(|found| !found.is_null())
    }

    /// Whether the found value is right.
    pub(super) fn is_satisfied(&self) -> bool {
        self.same && self.found.is_some()
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A policy as JSON, or its text where it is none.
pub(crate) fn policy_value(text: &PolicyText) -> Value {
    match text.document() {
        Ok(document) => to_value(document),
        Err(_) => Value::from(text.as_str()),
    }
}
