//! What the value of a key may be, as JSON Schema has it.
//!
//! The patterns say what the checks of single values say, as far as a pattern can; they are of the kind that
//! ECMAScript and Rust read alike, without looking ahead or behind.

use std::ops::RangeInclusive;

use infra_core::provider::RetentionDays;
use infra_core::tags::{MAX_TAGS, NAME_KEY};
use serde_json::{Value, json};

/// The words that project and environment are made of.
pub(super) const WORDS: &str = "^[a-z0-9]+([-_][a-z0-9]+)*$";

/// Text that keeps a pattern.
pub(super) fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

/// Any text but none.
pub(super) fn something() -> Value {
    text(r"\S")
}

/// A project's or environment's name.
pub(super) fn word() -> Value {
    json!({ "type": "string", "pattern": WORDS, "maxLength": 40 })
}

/// One of several words.
pub(super) fn one_of(words: &[&str]) -> Value {
    json!({ "enum": words })
}

pub(super) fn boolean() -> Value {
    json!({ "type": "boolean" })
}

pub(super) fn number(range: &RangeInclusive<u32>) -> Value {
    json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() })
}

/// A list of values of one kind.
pub(super) fn list(item: &Value) -> Value {
    json!({ "type": "array", "items": item })
}

/// Such a list, which is not empty.
pub(super) fn some(item: &Value) -> Value {
    json!({ "type": "array", "items": item, "minItems": 1 })
}

pub(super) fn region() -> Value {
    text("^[a-z]+(-[a-z]+)+-[0-9]+$")
}

pub(super) fn url() -> Value {
    text(r"^https?://[^/?#:\s]\S*$")
}

pub(super) fn tags() -> Value {
    json!({
        "type": "object",
        "propertyNames": {
            "minLength": 1,
            "maxLength": 128,
            "not": { "anyOf": [{ "const": NAME_KEY }, { "pattern": "^[aA][wW][sS]:" }] },
        },
        "additionalProperties": { "type": "string", "maxLength": 256 },
        "maxProperties": MAX_TAGS,
    })
}

pub(super) fn cluster_name() -> Value {
    text("^[A-Za-z0-9_-]{1,255}$")
}

pub(super) fn capacity_provider() -> Value {
    json!({
        "anyOf": [
            { "enum": ["FARGATE", "FARGATE_SPOT"] },
            {
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]{1,255}$",
                "not": {
                    "pattern": "^([aA][wW][sS]|[eE][cC][sS]|[fF][aA][rR][gG][aA][tT][eE])",
                },
            },
        ],
    })
}

/// A name in IAM's characters.
pub(super) fn iam_name(longest: u32) -> Value {
    text(&format!("^[A-Za-z0-9+=,.@_-]{{1,{longest}}}$"))
}

pub(super) fn role_path() -> Value {
    json!({ "type": "string", "pattern": "^/([!-~]+/)?$", "maxLength": 512 })
}

pub(super) fn description() -> Value {
    json!({ "type": "string", "pattern": r"^[\t\n\r -~\u00a1-\u00ff]*$", "maxLength": 1000 })
}

pub(super) fn policy_arn() -> Value {
    text("^arn:[^:]*:iam::[^:]*:policy/")
}

pub(super) fn managed_policy() -> Value {
    text("^(arn:[^:]*:iam::[^:]*:policy/.*|[A-Za-z0-9+=,.@_-]+(/[A-Za-z0-9+=,.@_-]+)*)$")
}

pub(super) fn service() -> Value {
    text(r"^[a-z0-9-]+(\.[a-z0-9-]+){2,}$")
}

pub(super) fn source_account() -> Value {
    text("^(own|[0-9]{12})$")
}

pub(super) fn source_arn() -> Value {
    text(r"^arn:([\s\S]*\*|([\s\S]*:){4})")
}

pub(super) fn resource() -> Value {
    text(r"^(\*$|arn:([\s\S]*\*|([\s\S]*:){4}))")
}

pub(super) fn action() -> Value {
    text(r"^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$")
}

pub(super) fn sid() -> Value {
    text("^[A-Za-z0-9]+$")
}

/// The table of a statement's conditions: operator, key, and a value or a list of them.
pub(super) fn conditions(operators: &[&str]) -> Value {
    let (null, others): (Vec<&str>, Vec<&str>) =
        operators.iter().partition(|operator| **operator == "Null");
    let operator = format!(
        "^((ForAllValues|ForAnyValue):)?({}|({})(IfExists)?)$",
        null.join("|"),
        others.join("|")
    );
    let value = json!({ "type": ["string", "integer", "boolean"] });
    json!({
        "type": "object",
        "propertyNames": { "pattern": operator },
        "additionalProperties": {
            "type": "object",
            "additionalProperties": { "anyOf": [value, list(&value)] },
        },
    })
}

pub(super) fn repository_name() -> Value {
    let segment = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*";
    json!({
        "type": "string",
        "pattern": format!("^{segment}(/{segment})*$"),
        "minLength": 2,
        "maxLength": 256,
    })
}

pub(super) fn exclusion_filter() -> Value {
    text("^[A-Za-z0-9._*-]{1,128}$")
}

pub(super) fn lifecycle_policy() -> Value {
    text(r"^\s*([{\[]|none\s*$|unmanaged\s*$)")
}

pub(super) fn principal() -> Value {
    text("^([0-9]{12}$|arn:[^:]*:(iam|sts):)")
}

pub(super) fn log_group_name() -> Value {
    json!({
        "type": "string",
        "pattern": "^[A-Za-z0-9_./#-]{1,512}$",
        "not": { "pattern": "^aws/" },
    })
}

pub(super) fn log_key() -> Value {
    text("^arn:[^:]*:kms:[^:]*:[^:]*:key/")
}

pub(super) fn retention() -> Value {
    let mut values: Vec<Value> = RetentionDays::ALLOWED.into_iter().map(Value::from).collect();
    values.push("never".into());
    json!({ "enum": values })
}

/// An amount of USD.
pub(super) fn rate() -> Value {
    text(r"^[0-9]{1,12}(\.[0-9]{1,9})?$")
}
