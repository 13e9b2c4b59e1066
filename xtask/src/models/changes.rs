//! Lists the differences between two versions of a model in readable form.

use serde_json::Value;

/// Returns the differences between two trimmed models of a service. Each line contains a path and
/// what changed there.
pub(super) fn between(old: &Value, new: &Value, service: &str) -> Vec<String> {
    let mut lines = Vec::new();
    compare(service, old, new, &mut lines);
    // A different botocore release does not count as a change to the model.
    lines.retain(|line| !line.starts_with(&format!("{service}.botocore:")));
    lines
}

fn compare(path: &str, old: &Value, new: &Value, lines: &mut Vec<String>) {
    match (old, new) {
        _ if old == new => {}
        (Value::Object(before), Value::Object(after)) => {
            let added = after.keys().filter(|name| !before.contains_key(*name));
            for name in before.keys().chain(added) {
                compare(&format!("{path}.{name}"), &old[name], &new[name], lines);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            let missing = |from: &[Value], others: &[Value]| -> Vec<String> {
                from.iter().filter(|item| !others.contains(item)).map(Value::to_string).collect()
            };
            let (removed, added) = (missing(before, after), missing(after, before));
            match (removed.is_empty(), added.is_empty()) {
                (true, true) => lines.push(format!("{path}: the order changed")),
                (_, true) => lines.push(format!("{path}: removed {}", removed.join(", "))),
                (true, _) => lines.push(format!("{path}: added {}", added.join(", "))),
                _ => lines.push(format!(
                    "{path}: removed {}, added {}",
                    removed.join(", "),
                    added.join(", ")
                )),
            }
        }
        (Value::Null, _) => lines.push(format!("{path}: added {new}")),
        (_, Value::Null) => lines.push(format!("{path}: removed")),
        _ => lines.push(format!("{path}: {old} became {new}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::between;

    #[test]
    fn each_difference_is_one_line_with_its_path() {
        let old =
            json!({"botocore": "1", "shapes": {"A": {"max": 3, "enum": ["x", "y"]}, "B": {}}});
        let new = json!({"botocore": "2", "shapes": {"A": {"max": 4, "enum": ["x", "z"]}, "C": {"min": 1}}});
        assert_eq!(
            between(&old, &new, "ecs"),
            [
                "ecs.shapes.A.max: 3 became 4",
                "ecs.shapes.A.enum: removed \"y\", added \"z\"",
                "ecs.shapes.B: removed",
                "ecs.shapes.C: added {\"min\":1}",
            ]
        );
        assert!(between(&old, &old, "ecs").is_empty());
    }
}
