//! Renders a world as text that does not depend on times or IDs.

use std::collections::BTreeMap;

use infra_mock::api::World;
use serde_json::Value;

/// Returns the world as text. Worlds that differ only in their times, IDs or history yield the same
/// text. IDs are replaced by numbers in order of appearance.
pub(super) fn world_summary(world: &World) -> String {
    let mut value = json(world);
    let mut ids = BTreeMap::new();
    normalize(&mut value, &mut ids);
    value.to_string()
}

/// Returns the world as JSON, as in a snapshot.
pub(super) fn json(world: &World) -> Value {
    serde_json::to_value(world).expect("a world is plain data")
}

/// Returns the resources whose names contain `name`, without times and IDs.
pub(super) fn named(world: &World, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&json(world), name, &mut found);
    found
}

fn collect(value: &Value, name: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members.iter().filter(|(key, _)| !HISTORY.contains(&key.as_str()))
            {
                if key.contains(name) {
                    let mut member = member.clone();
                    normalize(&mut member, &mut BTreeMap::new());
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

/// Members that are ignored: the ID generator, the lag, and deleted roles and log groups. Some of
/// these members depend on how many times a resource was created. The simulation counts requests
/// to check that number.
const HISTORY: &[&str] = &["ids", "lag", "departed", "deleted"];

/// A date in 2017, in milliseconds. Every number that is at least this large is a time, because all
/// other numbers in these worlds are smaller.
const FIRST_TIME: u64 = 1_500_000_000_000;

fn normalize(value: &mut Value, ids: &mut BTreeMap<String, usize>) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !HISTORY.contains(&name.as_str()));
            let old = std::mem::take(members);
            for (name, mut member) in old {
                normalize(&mut member, ids);
                members.insert(renamed(&name, ids), member);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| normalize(item, ids)),
        Value::Number(number) if number.as_u64().is_some_and(|number| number >= FIRST_TIME) => {
            *value = Value::from("time");
        }
        Value::String(text) => *text = renamed(text, ids),
        Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// Returns the text with each ID replaced by its number.
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

/// Returns whether a word has the format of an ID: an IAM unique ID (`A` and 20 more uppercase
/// letters or digits) or a UUID.
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
