//! What a world looks like when nobody looks at times and ids.

use std::collections::BTreeMap;

use infra_mock::api::World;
use serde_json::Value;

/// The world as text, in which equal worlds read the same: without times, with ids by the order in which they
/// turn up, and without what only remembers the past.
pub(super) fn world_summary(world: &World) -> String {
    let mut value = json(world);
    let mut ids = BTreeMap::new();
    normalise(&mut value, &mut ids);
    value.to_string()
}

/// The world as JSON, as a snapshot holds it.
pub(super) fn json(world: &World) -> Value {
    serde_json::to_value(world).expect("a world is plain data")
}

/// What is there under a name that contains `name`, resource by resource, without times and ids.
pub(super) fn named(world: &World, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&json(world), name, &mut found);
    found
}

fn collect(value: &Value, name: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members.iter().filter(|(key, _)| !MEMORIES.contains(&key.as_str()))
            {
                if key.contains(name) {
                    let mut member = member.clone();
                    normalise(&mut member, &mut BTreeMap::new());
                    found.push(format!("{key}: {member}"));
                } else {
                    collect(member, name, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, name, found)),
        _ => {}
    }
}

/// The members that remember: where ids come from, how slow the world is, and roles and log groups that are gone.
/// How many of these there are tells how often something was made, which the count of calls tells better.
const MEMORIES: &[&str] = &["ids", "lag", "departed", "deleted"];

/// Numbers from here on are times in milliseconds, in 2017; nothing else of these worlds is so large.
const FIRST_TIME: u64 = 1_500_000_000_000;

fn normalise(value: &mut Value, ids: &mut BTreeMap<String, usize>) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !MEMORIES.contains(&name.as_str()));
            let old = std::mem::take(members);
            for (name, mut member) in old {
                normalise(&mut member, ids);
                members.insert(renamed(&name, ids), member);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| normalise(item, ids)),
        Value::Number(number) if number.as_u64().is_some_and(|number| number >= FIRST_TIME) => {
            *value = Value::from("time");
        }
        Value::String(text) => *text = renamed(text, ids),
        Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// The text with each id in it replaced by its number.
fn renamed(text: &str, ids: &mut BTreeMap<String, usize>) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut shown = String::with_capacity(text.len());
    for part in text.split_inclusive(|c| !word(c)) {
        let bare = part.trim_end_matches(|c| !word(c));
        if is_id(bare) {
            let next = ids.len();
            let number = *ids.entry(bare.to_owned()).or_insert(next);
            shown.push_str("id-");
            shown.push_str(&number.to_string());
            shown.push_str(&part[bare.len()..]);
        } else {
            shown.push_str(part);
        }
    }
    shown
}

/// Whether a word has the form of an id: `AROA` and 17 more of its kind, or a UUID.
fn is_id(word: &str) -> bool {
    let unique = word.len() == 21
        && word.starts_with('A')
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let uuid = word.len() == 36
        && word.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    unique || uuid
}
