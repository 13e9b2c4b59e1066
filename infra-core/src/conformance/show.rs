//! Formats plans as lines of text, so that a scenario can state each expectation in one line.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::{ChangeKind, FieldChange, Plan};

/// Returns a plan's changes, one line per field: `ADDRESS ACTION PATH: BEFORE -> AFTER`, or
/// `ADDRESS ACTION` for a change without fields. The unique ids of roles are shown as `AROA~`.
pub fn changes(plan: &Plan) -> Vec<String> {
    lines(plan, |field| {
        let text = format!(" {}: {} -> {}", field.path, json(&field.before), json(&field.after));
        without_ids(&text)
    })
}

/// Returns a plan's changes without values: `ADDRESS ACTION PATH`.
pub fn outline(plan: &Plan) -> Vec<String> {
    lines(plan, |field| format!(" {}", field.path))
}

fn lines(plan: &Plan, show: impl Fn(&FieldChange) -> String) -> Vec<String> {
    let mut lines = Vec::new();
    for change in plan.changes.iter().filter(|change| change.action != ChangeKind::NoOp) {
        let prefix = format!("{} {}", change.address, action(change.action));
        if change.fields.is_empty() {
            lines.push(prefix.clone());
        }
        lines.extend(change.fields.iter().map(|field| prefix.clone() + &show(field)));
    }
    lines
}

/// Returns the action's name as shown in plans.
pub fn action(kind: ChangeKind) -> String {
    serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Returns a value as compact JSON with sorted keys.
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

/// Replaces the unique ids of roles with `AROA~`.
fn without_ids(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("AROA") {
        // An id from AWS has 21 characters. An id from an emulator can be shorter or longer.
        let id = after.chars().take_while(char::is_ascii_alphanumeric).count();
        shown.push_str(before);
        shown.push_str(if id >= 12 { "AROA~" } else { "AROA" });
        rest = if id >= 12 { &after[id..] } else { after };
    }
    shown + rest
}

/// Returns the operations that a plan's steps call, in the form `service:Operation`. The list is
/// sorted, so that an expectation does not depend on the order of the steps.
pub fn calls(plan: &Plan) -> Vec<String> {
    let mut calls: Vec<_> = plan.steps.iter().map(|step| step.operation.to_string()).collect();
    calls.sort();
    calls
}

/// Returns a plan's notices: `ADDRESS: MESSAGE`.
pub fn notices(plan: &Plan) -> Vec<String> {
    plan.notices.iter().map(|it| format!("{}: {}", it.address, it.message)).collect()
}

/// Returns a plan's conflicts: `ADDRESS NAME: REASON`.
pub fn conflicts(plan: &Plan) -> Vec<String> {
    plan.conflicts.iter().map(|it| format!("{} {}: {}", it.address, it.name, it.reason)).collect()
}

/// Returns a plan's blockers: `ADDRESS: MESSAGE`.
pub fn blockers(plan: &Plan) -> Vec<String> {
    plan.blockers.iter().map(|it| format!("{}: {}", it.address, it.message)).collect()
}
