//! Malformed form-encoded request bodies.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::model::AnyStep;

use super::Damage;

/// Returns the bytes that replace a parameter's name and value.
fn raw(kind: usize, name: &str, value: &str) -> Vec<u8> {
    const DEEP: usize = 20_000;
    let text = match kind {
        0 => format!("{name}="),
        1 => name.to_owned(),
        2 => format!("{name}=%"),
        3 => format!("{name}=%zz"),
        4 => format!("{name}=%ff%fe"),
        5 => format!("{name}=%00%1f"),
        6 => format!("{name}={}", "x".repeat(DEEP)),
        7 => format!("{name}={}", "%5B".repeat(DEEP)),
        8 => format!("{name}.member.1={value}"),
        9 => format!("{name}.member.999999999.Key={value}"),
        10 => format!("{name}.member.18446744073709551616.Key={value}"),
        11 => format!("{name}.member.0.Key={value}&{name}.member.-1.Key={value}"),
        12 => format!("{name}.member={value}"),
        13 => format!("{name}{}={value}", ".a".repeat(DEEP)),
        14 => format!("{name}={value}&{name}={value}"),
        15 => format!("{name}={value}&{name}.Key={value}&{name}.member.1.Key.Key={value}"),
        16 => (0..10_000).fold(String::new(), |text, number| {
            text + &format!("&Tags.member.{number}.Key=k{number}&Tags.member.{number}.Value=")
        }),
        17 => format!("{name}=-1"),
        18 => format!("{name}=2147483648"),
        19 => format!("{name}=true"),
        20 => format!("{name}={}", "+".repeat(1000)),
        21 => format!("&&=&={name}&.=.&..={value}"),
        _ => String::new(),
    };
    text.into_bytes()
}

const KINDS: usize = 23;

/// Encodes the request after replacing or adding one parameter for each malformation.
pub(super) fn damaged(step: &AnyStep, damages: &[Damage]) -> Vec<u8> {
    let mut parameters = Vec::new();
    flatten(String::new(), &step.request(), &mut parameters);
    let mut parts: Vec<Vec<u8>> =
        parameters.iter().map(|(name, value)| format!("{name}={value}").into_bytes()).collect();
    for Damage { place, kind } in damages {
        let at = place.index(parts.len() + 1);
        let (name, value) = parameters.get(at).map_or(("Tags", "x"), |(name, value)| (name, value));
        let part = raw(kind.index(KINDS), name, value);
        match parts.get_mut(at) {
            Some(parameter) => *parameter = part,
            None => parts.push(part),
        }
    }
    let version = if step.id().service.id() == "sts" { "2011-06-15" } else { "2010-05-08" };
    parts.push(format!("Action={}&Version={version}", step.id().name).into_bytes());
    parts.join(&b'&')
}

/// Adds a value's parameters, with their names according to
/// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#query-key-resolution>.
fn flatten(name: String, value: &Value, parameters: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (member, value) in members {
                let dot = if name.is_empty() { "" } else { "." };
                flatten(format!("{name}{dot}{member}"), value, parameters);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                flatten(format!("{name}.member.{}", at + 1), item, parameters);
            }
        }
        Value::String(text) => {
            parameters.push((name, utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()));
        }
        other => parameters.push((name, other.to_string())),
    }
}
