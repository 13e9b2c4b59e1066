//! Parses policy documents from JSON. Like AWS, the parser rejects unknown elements and duplicate
//! keys. Each error contains the problem, its position and a fix.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _};

use super::elements::{
    ActionElement, Condition, Effect, PrincipalElement, PrincipalKind, PrincipalSet,
    ResourceElement, Version,
};
use super::json::Json;
use super::{PolicyDocument, Statement};

/// The reason why a string is not a policy document: the problem, its position and a fix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{}: {problem}; {remedy}", self.place())]
pub struct PolicyError {
    path: String,
    problem: String,
    remedy: String,
}

impl PolicyError {
    fn new(path: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.to_owned(), problem: problem.into(), remedy: remedy.into() }
    }

    fn of_type(path: &str, found: &Json, remedy: &str) -> Self {
        Self::new(path, format!("found {}", found.kind()), remedy)
    }

    /// Returns the position of the problem, for example `Statement[1].Action`. The position is
    /// empty if the problem concerns the whole document.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the problem, without its position.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// Returns the fix.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    fn place(&self) -> &str {
        if self.path.is_empty() { "policy document" } else { &self.path }
    }
}

type Result<T, E = PolicyError> = std::result::Result<T, E>;

pub(super) fn document(text: &str) -> Result<PolicyDocument> {
    let json = serde_json::from_str(text).map_err(|error| {
        PolicyError::new("", format!("not valid JSON: {error}"), "write one JSON object")
    })?;
    read_document(json)
}

impl<'de> Deserialize<'de> for PolicyDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_document(Json::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Statement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_statement("", Json::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn read_document(json: Json) -> Result<PolicyDocument> {
    let mut elements = Elements::read("", json, &["Version", "Id", "Statement"])?;
    let version = match elements.take("Version") {
        None => Version::V2008_10_17,
        Some((path, json)) => read_version(&path, json)?,
    };
    let id = elements.take_name("Id")?;
    let statements = match elements.take("Statement") {
        None => {
            return Err(PolicyError::new("Statement", "missing element", ONE_STATEMENT));
        }
        Some((path, Json::Array(list))) if list.is_empty() => {
            return Err(PolicyError::new(&path, "the list is empty", ONE_STATEMENT));
        }
        Some((path, Json::Array(list))) => list
            .into_iter()
            .enumerate()
            .map(|(place, json)| read_statement(&format!("{path}[{place}]"), json))
            .collect::<Result<_>>()?,
        Some((path, json)) => vec![read_statement(&path, json)?],
    };
    Ok(PolicyDocument { version, id, statements })
}

const ONE_STATEMENT: &str = "a policy needs at least one statement";

fn read_version(path: &str, json: Json) -> Result<Version> {
    const REMEDY: &str = "write \"2012-10-17\", or \"2008-10-17\" for an old document";
    match json {
        Json::String(text) => [Version::V2008_10_17, Version::V2012_10_17]
            .into_iter()
            .find(|version| version.as_str() == text)
            .ok_or_else(|| PolicyError::new(path, format!("unknown version {text:?}"), REMEDY)),
        json => Err(PolicyError::of_type(path, &json, REMEDY)),
    }
}

fn read_statement(path: &str, json: Json) -> Result<Statement> {
    let known = [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    let mut elements = Elements::read(path, json, &known)?;
    let sid = elements.take_name("Sid")?;
    let effect = match elements.take("Effect") {
        None => return Err(elements.missing("Effect", "write \"Allow\" or \"Deny\"")),
        Some((path, json)) => read_effect(&path, json)?,
    };
    let principal = elements.take_either(
        ("Principal", PrincipalElement::Principal),
        ("NotPrincipal", PrincipalElement::NotPrincipal),
        read_principals,
    )?;
    let action = elements.take_either(
        ("Action", ActionElement::Action),
        ("NotAction", ActionElement::NotAction),
        read_names,
    )?;
    let Some(action) = action else {
        return Err(elements.missing("Action", "add Action or NotAction"));
    };
    let resource = elements.take_either(
        ("Resource", ResourceElement::Resource),
        ("NotResource", ResourceElement::NotResource),
        read_names,
    )?;
    let condition = match elements.take("Condition") {
        None => Condition::default(),
        Some((path, json)) => read_condition(&path, json)?,
    };
    Ok(Statement { sid, effect, principal, action, resource, condition })
}

/// Reads an effect, ignoring its case. AWS documents the value as case-sensitive, but Terraform
/// also ignores its case, and `allow` can only mean `Allow`. Output always uses the documented
/// case.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_effect.html>
fn read_effect(path: &str, json: Json) -> Result<Effect> {
    const REMEDY: &str = "write \"Allow\" or \"Deny\"";
    match json {
        Json::String(text) => [Effect::Allow, Effect::Deny]
            .into_iter()
            .find(|effect| effect.as_str().eq_ignore_ascii_case(&text))
            .ok_or_else(|| PolicyError::new(path, format!("unknown effect {text:?}"), REMEDY)),
        json => Err(PolicyError::of_type(path, &json, REMEDY)),
    }
}

fn read_principals(path: &str, json: Json) -> Result<PrincipalSet> {
    const REMEDY: &str = "write \"*\", or an object like {\"AWS\": \"...\"}";
    match json {
        Json::String(text) if text == "*" => Ok(PrincipalSet::Any),
        Json::String(text) => {
            let problem = format!("a plain string must be \"*\", but this is {text:?}");
            Err(PolicyError::new(path, problem, REMEDY))
        }
        json @ Json::Object(_) => {
            let kinds = PrincipalKind::ALL;
            let mut elements = Elements::read(path, json, &kinds.map(PrincipalKind::as_str))?;
            let mut listed = BTreeMap::new();
            for kind in kinds {
                if let Some((path, json)) = elements.take(kind.as_str()) {
                    listed.insert(kind, read_names(&path, json)?);
                }
            }
            Ok(PrincipalSet::Listed(listed))
        }
        json => Err(PolicyError::of_type(path, &json, REMEDY)),
    }
}

fn read_condition(path: &str, json: Json) -> Result<Condition> {
    let mut condition = Condition::default();
    let remedy = "write an object with operators as keys, like {\"StringEquals\": {...}}";
    for (operator, json) in members(path, json, remedy, |a, b| a == b)? {
        let path = join(path, &operator);
        let remedy = "write an object with condition keys, like {\"aws:SourceAccount\": \"...\"}";
        // AWS reports an error if keys differ only in case ("duplicate keys with different case"):
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
        for (key, json) in members(&path, json, remedy, str::eq_ignore_ascii_case)? {
            let path = join(&path, &key);
            let remedy = "write a string, a number or a boolean, or a list of these values";
            let values = read_list(&path, json, |path, json| match json {
                Json::String(text) | Json::Scalar(text, _) => Ok(text),
                Json::Inexact => {
                    let problem = "this number has too many digits to be stored exactly";
                    Err(PolicyError::new(path, problem, "put it in quotes"))
                }
                json => Err(PolicyError::of_type(path, &json, remedy)),
            })?;
            condition.add(operator.clone(), key, values);
        }
    }
    Ok(condition)
}

/// Reads the value of an action, resource or principal element.
fn read_names(path: &str, json: Json) -> Result<BTreeSet<String>> {
    read_list(path, json, |path, json| match json {
        Json::String(text) if text.is_empty() => {
            Err(PolicyError::new(path, "the string is empty", "write a name or \"*\""))
        }
        Json::String(text) => Ok(text),
        json => Err(PolicyError::of_type(path, &json, "write a string or a list of strings")),
    })
}

/// Reads one value or a list of values. An empty list is accepted because AWS accepts it, although
/// Access Analyzer suggests adding a value.
fn read_list(
    path: &str,
    json: Json,
    read: impl Fn(&str, Json) -> Result<String>,
) -> Result<BTreeSet<String>> {
    match json {
        Json::Array(list) => list
            .into_iter()
            .enumerate()
            .map(|(place, json)| read(&format!("{path}[{place}]"), json))
            .collect(),
        json => Ok(BTreeSet::from([read(path, json)?])),
    }
}

/// Returns the members of an object after checking for duplicate keys.
fn members(
    path: &str,
    json: Json,
    remedy: &str,
    same: impl Fn(&str, &str) -> bool,
) -> Result<Vec<(String, Json)>> {
    let Json::Object(members) = json else {
        return Err(PolicyError::of_type(path, &json, remedy));
    };
    for (place, (name, _)) in members.iter().enumerate() {
        if let Some((first, _)) = members[..place].iter().find(|(first, _)| same(first, name)) {
            let problem = if first == name {
                "duplicate key".to_owned()
            } else {
                format!("duplicate of {first:?}; condition keys are case-insensitive")
            };
            return Err(PolicyError::new(&join(path, name), problem, "remove one of them"));
        }
    }
    Ok(members)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The members of a JSON object, all of which are known elements.
struct Elements {
    path: String,
    members: Vec<(String, Json)>,
}

impl Elements {
    fn read(path: &str, json: Json, known: &[&str]) -> Result<Self> {
        let names = known.join(", ");
        let members =
            members(path, json, &format!("write an object (elements: {names})"), |a, b| a == b)?;
        for (name, _) in &members {
            if !known.contains(&name.as_str()) {
                let meant = known.iter().find(|known| {
                    known.eq_ignore_ascii_case(name)
                        || known.eq_ignore_ascii_case(name.trim_end_matches('s'))
                });
                let remedy = match meant {
                    Some(meant) => format!("write {meant}"),
                    None => format!("valid elements are {names}"),
                };
                return Err(PolicyError::new(&join(path, name), "unknown element", remedy));
            }
        }
        Ok(Self { path: path.to_owned(), members })
    }

    /// Removes an element and returns it with its path.
    fn take(&mut self, name: &str) -> Option<(String, Json)> {
        let place = self.members.iter().position(|(member, _)| member == name)?;
        Some((join(&self.path, name), self.members.swap_remove(place).1))
    }

    /// Removes whichever of two mutually exclusive elements is present and converts it.
    fn take_either<T, E>(
        &mut self,
        (plain, make_plain): (&str, fn(T) -> E),
        (negated, make_negated): (&str, fn(T) -> E),
        read: fn(&str, Json) -> Result<T>,
    ) -> Result<Option<E>> {
        match (self.take(plain), self.take(negated)) {
            (Some(_), Some(_)) => Err(PolicyError::new(
                &self.path,
                format!("{plain} and {negated} cannot be used together"),
                "keep one of them",
            )),
            (Some((path, json)), None) => Ok(Some(make_plain(read(&path, json)?))),
            (None, Some((path, json))) => Ok(Some(make_negated(read(&path, json)?))),
            (None, None) => Ok(None),
        }
    }

    /// Removes a `Sid` or an `Id` and returns it. An empty value counts as absent.
    fn take_name(&mut self, name: &str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some((_, Json::String(text))) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some((path, json)) => Err(PolicyError::of_type(&path, &json, "write a string")),
        }
    }

    fn missing(&self, name: &str, remedy: &str) -> PolicyError {
        PolicyError::new(&join(&self.path, name), "missing element", remedy)
    }
}
