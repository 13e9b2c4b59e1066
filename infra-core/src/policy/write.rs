//! Writes policy documents as JSON, with the elements in the same order as in AWS's documentation.

use std::collections::BTreeSet;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::elements::{Condition, ConditionKeys, PrincipalKind, PrincipalSet};
use super::{PolicyDocument, Statement};

/// Explains why writing cannot fail. `serde_json` returns an error only if a key is not a string or
/// if the writer fails.
const INFALLIBLE: &str = "a document that contains only strings can always be written as JSON";

pub(super) fn compact(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect(INFALLIBLE)
}

pub(super) fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect(INFALLIBLE)
}

impl Serialize for PolicyDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { version, id, statements } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Version", version)?;
        if let Some(id) = id {
            map.serialize_entry("Id", id)?;
        }
        map.serialize_entry("Statement", statements)?;
        map.end()
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { sid, effect, principal, action, resource, condition } = self;
        let mut map = serializer.serialize_map(None)?;
        if let Some(sid) = sid {
            map.serialize_entry("Sid", sid)?;
        }
        map.serialize_entry("Effect", effect)?;
        if let Some(principal) = principal {
            map.serialize_entry(principal.name(), principal.principals())?;
        }
        map.serialize_entry(action.name(), &OneOrMany(action.values()))?;
        if let Some(resource) = resource {
            map.serialize_entry(resource.name(), &OneOrMany(resource.values()))?;
        }
        if !condition.is_empty() {
            map.serialize_entry("Condition", condition)?;
        }
        map.end()
    }
}

impl Serialize for PrincipalSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str("*"),
            Self::Listed(listed) => {
                serializer.collect_map(listed.iter().map(|(kind, ids)| (kind, OneOrMany(ids))))
            }
        }
    }
}

impl Serialize for PrincipalKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(operator, keys)| (operator, Keys(keys))))
    }
}

struct Keys<'a>(&'a ConditionKeys);

impl Serialize for Keys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, values)| (key, OneOrMany(values))))
    }
}

/// Writes a set of strings as an array, or as a plain string if the set has exactly one element.
struct OneOrMany<'a>(&'a BTreeSet<String>);

impl Serialize for OneOrMany<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.first() {
            Some(only) if self.0.len() == 1 => serializer.serialize_str(only),
            _ => serializer.collect_seq(self.0),
        }
    }
}
