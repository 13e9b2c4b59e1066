//! One attribute of a resource: its name, its desired and found values, and how the values are
//! compared, shown and changed.

use serde::Serialize;
use serde_json::Value;

use crate::engine::{Address, FieldChange, Finding, to_value};
use crate::operation::Operation;
use crate::policy::{PolicyDocument, PolicyText};

/// One attribute of a resource, with its desired and found values.
///
/// Values are compared as JSON. A desired value of `null` means that the attribute should not be
/// set, so the create call omits it.
#[derive(Clone, Debug)]
pub struct Field {
    pub(super) path: String,
    pub(super) label: String,
    wanted: FieldValue,
    found: Option<FieldValue>,
    same: bool,
    show: fn(&Value) -> String,
    pub(super) change: Change,
    pub(super) create: Create,
    pub(super) identifying: bool,
    pub(super) notes: Vec<String>,
}

/// The desired or found value of a field.
#[derive(Clone, Debug)]
enum FieldValue {
    Json(Value),
    /// Most policies are correct, so they are converted to JSON only for changes.
    Policy(PolicyText),
}

impl FieldValue {
    fn is_null(&self) -> bool {
        matches!(self, Self::Json(Value::Null))
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Json(value) => value.clone(),
            Self::Policy(text) => policy_value(text),
        }
    }
}

/// How a field changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// This operation changes the field in place.
    By(Operation),
    /// The field can be changed only by replacing the resource.
    Replace,
    /// The field never changes, because AWS derives its value from the resource's name and
    /// location.
    Derived,
    /// The field is never changed, because it has no desired value.
    Ignored,
}

/// How a field gets its value when the resource is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Create {
    /// The create call sets the field.
    Carried,
    /// The create call does not set the field. The operation that changes the field must be called
    /// afterwards.
    Follows,
    /// The create call does not set the field, and AWS's default is correct.
    Default,
}

impl Field {
    /// Creates a field that can be changed only by replacing the resource. Use
    /// [`Field::updated_by`] if the field can be changed in place.
    ///
    /// `path` is the field's name in plans, such as `retention_in_days`. `label` is its name in
    /// `verify` and in the AWS console, such as `Retention`. `found` is `None` if the resource does
    /// not exist.
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
            wanted: FieldValue::Json(wanted),
            found: found.map(FieldValue::Json),
            same,
            show: text,
            change: Change::Replace,
            create: Create::Carried,
            identifying: false,
            notes: Vec::new(),
        }
    }

    /// Creates a field for a policy document. Policies are compared by meaning, not as text.
    /// `found` is `Some(None)` if the resource exists without a policy.
    ///
    /// If the found policy contains ids of deleted principals, plans report these ids and set the
    /// policy again.
    pub fn policy(
        path: impl Into<String>,
        label: impl Into<String>,
        wanted: Option<&PolicyDocument>,
        found: Option<Option<&PolicyText>>,
    ) -> Self {
        let wanted = wanted.cloned().map(PolicyText::from);
        let same = found.is_none_or(|found| wanted.as_ref() == found);
        let mut field = Self::new(path, label, (), found.map(|_| ()));
        let value = |text: Option<PolicyText>| {
            text.map_or(FieldValue::Json(Value::Null), FieldValue::Policy)
        };
        if let (false, Some(_), Some(Some(found))) = (same, &wanted, found) {
            let document = found.document();
            let orphans = document.iter().flat_map(|found| found.orphaned_principals());
            let note = |orphan| format!("contains {orphan}; the policy will be set again");
            field.notes = orphans.map(note).collect();
        }
        field.wanted = value(wanted);
        field.found = found.map(|found| value(found.cloned()));
        field.same = same;
        field
    }

    /// Creates a field whose value AWS derives, such as a URI. `verify` checks the field, but plans
    /// omit it.
    pub fn derived(
        label: impl Into<String>,
        wanted: impl Serialize,
        found: Option<impl Serialize>,
    ) -> Self {
        Self { change: Change::Derived, ..Self::new("", label, wanted, found) }
    }

    /// Allows `operation` to change the field in place. One call changes all fields that have the
    /// same operation.
    pub fn updated_by(mut self, operation: Operation) -> Self {
        self.change = Change::By(operation);
        self
    }

    /// Returns whether this operation changes the field in place.
    pub(crate) fn is_updated_by(&self, operation: Operation) -> bool {
        self.change == Change::By(operation)
    }

    /// Marks the field as not set by the create call. If `needed` is true, the operation that
    /// changes the field is called after the create call. Otherwise, AWS's default is already
    /// correct.
    pub fn set_after_create(mut self, needed: bool) -> Self {
        self.create = if needed { Create::Follows } else { Create::Default };
        self
    }

    /// Replaces the comparison as JSON: the found value counts as correct if and only if `same` is
    /// true.
    pub fn satisfied_if(mut self, same: bool) -> Self {
        self.same = same || self.found.is_none();
        self
    }

    /// Sets how `verify` shows values other than `null`. By default, text is shown verbatim and
    /// everything else as JSON. Policies are always shown as their text.
    pub fn shown(mut self, show: fn(&Value) -> String) -> Self {
        self.show = show;
        self
    }

    /// Marks a field that helps to identify the resource. `verify` shows such fields directly below
    /// the resource's name.
    pub fn identifying(mut self) -> Self {
        self.identifying = true;
        self
    }

    /// Makes `verify` show the found value without comparing it to a desired value.
    pub fn ignored(mut self) -> Self {
        self.change = Change::Ignored;
        self
    }

    /// Returns the required change, or `None` if the found value is correct.
    pub(crate) fn difference(&self) -> Option<FieldChange> {
        let changes = matches!(self.change, Change::By(_) | Change::Replace);
        (changes && !self.same && self.found.is_some()).then(|| self.change_row())
    }

    /// Returns the change from the found value to the desired one.
    pub(super) fn change_row(&self) -> FieldChange {
        let found = self.found.as_ref().map(FieldValue::to_json);
        FieldChange::new(&self.path, found, self.wanted())
    }

    /// Returns the change that sets the field of a new resource, or `None` if there is nothing to
    /// set.
    pub(crate) fn creation(&self) -> Option<FieldChange> {
        let changes = matches!(self.change, Change::By(_) | Change::Replace);
        (changes && self.is_wanted()).then(|| FieldChange::set(&self.path, self.wanted()))
    }

    /// Returns the row for `verify`. `null` is the text to show for a null value.
    pub(crate) fn finding(&self, address: &Address, null: &str) -> Finding {
        let show = |value: &FieldValue| match value {
            FieldValue::Json(Value::Null) => null.to_owned(),
            FieldValue::Json(value) => (self.show)(value),
            FieldValue::Policy(text) => text.as_str().to_owned(),
        };
        let found = match &self.found {
            None => "absent".to_owned(),
            // AWS may rewrite a policy without changing its meaning; do not show that as a difference.
            Some(FieldValue::Policy(_)) if self.same => show(&self.wanted),
            Some(found) if found.is_null() && !matches!(self.wanted, FieldValue::Json(_)) => {
                "absent".to_owned()
            }
            Some(found) => show(found),
        };
        if self.change == Change::Ignored {
            return Finding::info(address, &self.label, found);
        }
        Finding::compared(address, &self.label, show(&self.wanted), found, self.is_satisfied())
    }

    /// Returns the desired value.
    pub(super) fn wanted(&self) -> Value {
        self.wanted.to_json()
    }

    /// Returns whether the part described by this field should exist.
    pub(super) fn is_wanted(&self) -> bool {
        !self.wanted.is_null()
    }

    /// Returns whether the part described by this field exists.
    pub(super) fn is_found(&self) -> bool {
        self.found.as_ref().is_some_and(|found| !found.is_null())
    }

    /// Returns whether the found value is correct.
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

/// Returns a policy as a JSON object, or as a string if the text cannot be parsed.
fn policy_value(text: &PolicyText) -> Value {
    match text.document() {
        Ok(document) => to_value(document),
        Err(_) => Value::from(text.as_str()),
    }
}
