//! Malformed JSON request bodies.

use serde_json::Value;

use super::Damage;

/// A placeholder for a value that is to be replaced with raw bytes.
const MARK: &str = "replaced by raw bytes";

/// Returns the bytes that replace a member's value. Some of the replacements are nested too deeply
/// for a recursive parser.
fn raw(kind: usize) -> Vec<u8> {
    const DEEP: usize = 20_000;
    match kind {
        0 => b"null".to_vec(),
        1 => b"true".to_vec(),
        2 => b"-1".to_vec(),
        3 => b"1e999".to_vec(),
        4 => b"9223372036854775808".to_vec(),
        5 => b"2147483648".to_vec(),
        6 => b"0.5".to_vec(),
        7 => br#""""#.to_vec(),
        8 => br#""\ud800""#.to_vec(),
        9 => b"\"\xff\xfe\"".to_vec(),
        10 => b"[]".to_vec(),
        11 => b"{}".to_vec(),
        12 => b"[null, [null], {}]".to_vec(),
        13 => br#"{"name": 1, "name": 2, "key": null, "": ""}"#.to_vec(),
        14 => b"[".repeat(DEEP),
        15 => [b"[".repeat(100), b"]".repeat(100)].concat(),
        16 => br#"{"a":"#.repeat(DEEP),
        17 => [b"\"".to_vec(), b"x".repeat(DEEP), b"\"".to_vec()].concat(),
        18 => [b"[\"x\"".to_vec(), b",\"x\"".repeat(10_000), b"]".to_vec()].concat(),
        19 => b"\"\\u0000 \\u001f\"".to_vec(),
        // A policy is a string that the mock parses separately, so its contents can also be nested
        // too deeply.
        20 => [b"\"".to_vec(), b"[".repeat(DEEP), b"\"".to_vec()].concat(),
        21 => {
            [br#""{\"Statement\":"#.to_vec(), b"[".repeat(90), b"]".repeat(90), br#"}""#.to_vec()]
                .concat()
        }
        22 => br#""arn:aws:ecs:us-east-1:123456789012:cluster/""#.to_vec(),
        23 => b"NaN".to_vec(),
        _ => Vec::new(),
    }
}

const KINDS: usize = 25;

/// Encodes the request after replacing one value, or the whole request, for each malformation.
pub(super) fn damaged(mut request: Value, damages: &[Damage]) -> Vec<u8> {
    if let Value::Object(members) = &mut request {
        members.retain(|_, value| !value.is_null());
    }
    let mut replaced = Vec::new();
    for Damage { place, kind } in damages {
        let mut left = place.index(count(&request));
        mark(&mut request, &mut left);
        replaced.push(raw(kind.index(KINDS)));
    }
    let mut bytes = request.to_string().into_bytes();
    let mark = Value::from(MARK).to_string();
    for raw in replaced {
        // A mark may be missing, because replacing an outer value also removes the marks inside it.
        if let Some(at) = bytes.windows(mark.len()).position(|window| window == mark.as_bytes()) {
            bytes.splice(at..at + mark.len(), raw);
        }
    }
    bytes
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// Skips `left` values in depth-first order and replaces the next value with the mark.
fn mark(value: &mut Value, left: &mut usize) {
    if *left == 0 {
        *value = MARK.into();
    }
    *left = left.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| mark(item, left)),
        Value::Object(members) => members.values_mut().for_each(|member| mark(member, left)),
        _ => {}
    }
}
