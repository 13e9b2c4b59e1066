//! Plans as lines of text, so that a scenario says in a line what it expects.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::{ChangeKind, FieldChange, Plan};

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

fn lines(plan: &Plan, show: impl Fn(&FieldChange) -> String) -> Vec<String> {
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
        // Emulators make ids of other lengths than AWS's 21 characters.
        let id = after.chars().take_while(char::is_ascii_alphanumeric).count();
        shown.push_str(before);
        shown.push_str(if id >= 12 { "AROA~" } else { "AROA" });
        rest = if id >= 12 { &after[id..] } else { after };
    }
    shown + rest
}

/// The calls of a plan's steps, `service:Operation`, sorted: they may come in any order.
pub fn calls(plan: &Plan) -> Vec<String> {
    let mut calls: Vec<_> = plan.steps.iter().map(|step| step.operation.to_string()).collect();
    calls.sort();
    calls
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
