//! The differences between two policy documents, statement by statement.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::canonical::{self, CanonicalStatement};
use super::elements::Version;
use super::{PolicyDocument, Statement};

/// The changes that turn one document into another.
///
/// Statements with the same meaning in both documents are omitted. Every other statement is
/// removed or added. A removed and an added statement with the same `Sid` are combined into one
/// changed statement. `Display` prints one line per difference.
///
/// ```
/// use infra_core::policy::{PolicyDiff, PolicyDocument, Statement};
///
/// let before = PolicyDocument::new([Statement::allow(["s3:GetObject"]).with_sid("Read")]);
/// let after = PolicyDocument::new([Statement::allow(["s3:Get*"]).with_sid("Read")]);
/// assert_eq!(
///     PolicyDiff::between(&before, &after).to_string(),
///     r#"~ Read: {"Sid":"Read","Effect":"Allow","Action":"s3:GetObject"} -> "#.to_owned()
///         + r#"{"Sid":"Read","Effect":"Allow","Action":"s3:Get*"}"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyDiff {
    /// The version of the policy language, if it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<ValueChange<Version>>,
    /// The document's id, if it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ValueChange<Option<String>>>,
    /// The statements that exist only in the earlier document.
    pub removed: Vec<Statement>,
    /// The statements that have the same `Sid` in both documents but different meanings.
    pub changed: Vec<StatementChange>,
    /// The statements that exist only in the later document.
    pub added: Vec<Statement>,
}

/// A value before and after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ValueChange<T> {
    /// The value before the change.
    pub before: T,
    /// The value after the change.
    pub after: T,
}

/// A statement before and after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementChange {
    /// The `Sid` of both statements.
    pub sid: String,
    /// The statement before the change.
    pub before: Statement,
    /// The statement after the change.
    pub after: Statement,
}

impl PolicyDiff {
    /// Returns the differences between two documents. The result is empty if and only if the
    /// documents have the same meaning.
    pub fn between(before: &PolicyDocument, after: &PolicyDocument) -> Self {
        let PolicyDocument { version, id, statements } = before;
        let old = by_meaning(statements);
        let new = by_meaning(&after.statements);
        let mut removed = only_in(&old, &new);
        let mut changed = Vec::new();
        let mut added = Vec::new();
        for statement in only_in(&new, &old) {
            let named = |old: &Statement| old.sid.is_some() && old.sid == statement.sid;
            match (&statement.sid, removed.iter().position(named)) {
                (Some(sid), Some(place)) => changed.push(StatementChange {
                    sid: sid.clone(),
                    before: removed.remove(place),
                    after: statement,
                }),
                _ => added.push(statement),
            }
        }
        Self {
            version: change(version, &after.version),
            id: change(id, &after.id),
            removed,
            changed,
            added,
        }
    }

    /// Returns whether there are no differences.
    pub fn is_empty(&self) -> bool {
        let Self { version, id, removed, changed, added } = self;
        version.is_none()
            && id.is_none()
            && removed.is_empty()
            && changed.is_empty()
            && added.is_empty()
    }
}

fn change<T: Clone + PartialEq>(before: &T, after: &T) -> Option<ValueChange<T>> {
    (before != after).then(|| ValueChange { before: before.clone(), after: after.clone() })
}

fn by_meaning(statements: &[Statement]) -> BTreeMap<CanonicalStatement, &Statement> {
    statements.iter().map(|statement| (canonical::statement(statement), statement)).collect()
}

/// Returns the statements in `side` that have no equivalent in `other`, exactly as they were
/// written.
fn only_in(
    side: &BTreeMap<CanonicalStatement, &Statement>,
    other: &BTreeMap<CanonicalStatement, &Statement>,
) -> Vec<Statement> {
    side.iter()
        .filter(|(meaning, _)| !other.contains_key(meaning))
        .map(|(_, statement)| (*statement).clone())
        .collect()
}

impl fmt::Display for PolicyDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, id, removed, changed, added } = self;
        let mut lines = Vec::new();
        if let Some(ValueChange { before, after }) = version {
            lines.push(format!("~ Version: {before} -> {after}"));
        }
        if let Some(ValueChange { before, after }) = id {
            let name = |id: &Option<String>| id.clone().unwrap_or_else(|| "(none)".to_owned());
            lines.push(format!("~ Id: {} -> {}", name(before), name(after)));
        }
        lines.extend(removed.iter().map(|statement| format!("- {}", statement.to_json())));
        lines.extend(changed.iter().map(|StatementChange { sid, before, after }| {
            format!("~ {sid}: {} -> {}", before.to_json(), after.to_json())
        }));
        lines.extend(added.iter().map(|statement| format!("+ {}", statement.to_json())));
        f.write_str(&lines.join("\n"))
    }
}
