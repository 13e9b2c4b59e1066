//! Plans and journals as lines of text, so that a test says in a line what it expects.

use std::collections::BTreeMap;

use infra_core::engine::{ChangeKind, Plan, Report};
use infra_mock::JournalEntry;
use serde_json::Value;

/// What a plan changes, one line a field: `ADDRESS ACTION PATH: BEFORE -> AFTER`, and `ADDRESS ACTION` for a
/// change without fields. Unique ids of IAM read `AROA~`.
pub fn changes(plan: &Plan) -> Vec<String> {
    lines(plan, |field| {
        let text = format!(" {}: {} -> {}", field.path, json(&field.before), json(&field.after));
        without_ids(&text)
    })
}

/// What a plan changes, without the values: `ADDRESS ACTION PATH`.
pub fn outline(plan: &Plan) -> Vec<String> {
    lines(plan, |field| format!(" {}", field.path))
}

fn lines(plan: &Plan, show: impl Fn(&infra_core::engine::FieldChange) -> String) -> Vec<String> {
    let mut lines = Vec::new();
    for change in plan.changes.iter().filter(|change| change.action != ChangeKind::NoOp) {
        let begin = format!("{} {}", change.address, action(change.action));
        if change.fields.is_empty() {
            lines.push(begin.clone());
        }
        lines.extend(change.fields.iter().map(|field| begin.clone() + &show(field)));
    }
    lines
}

/// The action as plans write it.
pub fn action(kind: ChangeKind) -> String {
    serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A value as compact JSON with its keys in order.
pub fn json(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<_, _> = map.iter().collect();
            let members =
                sorted.iter().map(|(k, v)| format!("{}:{}", Value::from(k.as_str()), json(v)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// The text with every unique id of a role as `AROA~`.
fn without_ids(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("AROA") {
        let id = after.chars().take_while(char::is_ascii_alphanumeric).count();
        shown.push_str(before);
        shown.push_str(if id == 17 { "AROA~" } else { "AROA" });
        rest = if id == 17 { &after[id..] } else { after };
    }
    shown + rest
}

/// Each call as `service:Operation`, in order.
pub fn names(calls: &[JournalEntry]) -> Vec<String> {
    calls.iter().map(|call| format!("{}:{}", call.service, call.operation)).collect()
}

/// The calls that change something, refused ones included, in order.
pub fn changing(calls: &[JournalEntry]) -> Vec<String> {
    let changing: Vec<JournalEntry> = calls.iter().filter(|call| call.changes).cloned().collect();
    names(&changing)
}

/// The calls that change something, sorted by name: for calls that may come in any order.
pub fn changing_sorted(calls: &[JournalEntry]) -> Vec<String> {
    let mut names = changing(calls);
    names.sort();
    names
}

/// How many calls of each name there are.
pub fn tally(calls: &[JournalEntry]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for name in names(calls) {
        *tally.entry(name).or_default() += 1;
    }
    tally
}

/// The notices of a plan: `ADDRESS: MESSAGE`.
pub fn notices(plan: &Plan) -> Vec<String> {
    plan.notices.iter().map(|it| format!("{}: {}", it.address, it.message)).collect()
}

/// The conflicts of a plan: `ADDRESS NAME: REASON`.
pub fn conflicts(plan: &Plan) -> Vec<String> {
    plan.conflicts.iter().map(|it| format!("{} {}: {}", it.address, it.name, it.reason)).collect()
}

/// The blockers of a plan: `ADDRESS: MESSAGE`.
pub fn blockers(plan: &Plan) -> Vec<String> {
    plan.blockers.iter().map(|it| format!("{}: {}", it.address, it.message)).collect()
}

/// The errors of a run, each with all that caused it.
pub fn failures(report: &Report) -> Vec<String> {
    let chain = |error: &infra_core::Error| {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        text
    };
    report.failures().map(|(_, error)| chain(error)).collect()
}
