//! Formats attribute values and their differences, line by line.

use serde_json::Value;

use super::{Paint, Tone, escaped, policy};

/// The maximum total length of a path and its values on one line.
const INLINE: usize = 88;

/// Returns the lines for one changed attribute, without indentation. Short paths are padded to
/// `width`.
pub(super) fn lines(
    path: &str,
    before: &Value,
    after: &Value,
    width: usize,
    paint: Paint,
) -> Vec<String> {
    // The path for a tag contains the tag's key, which is external text.
    let path = &escaped(path);
    if let Some(lines) = policy::lines(path, before, after, paint) {
        return lines;
    }
    match (before, after) {
        (Value::Null, after) => one_side("+", path, after, width, paint),
        (before, Value::Null) => one_side("-", path, before, width, paint),
        (Value::Object(old), Value::Object(new)) => {
            let mut keys: Vec<_> = old.keys().chain(new.keys()).collect();
            keys.sort();
            keys.dedup();
            let nothing = Value::Null;
            let side = |map: &serde_json::Map<String, Value>, key: &String| {
                map.get(key).unwrap_or(&nothing).clone()
            };
            keys.into_iter()
                .map(|key| (format!("{path}.{key}"), side(old, key), side(new, key)))
                .filter(|(_, old, new)| old != new)
                .flat_map(|(path, old, new)| lines(&path, &old, &new, width, paint))
                .collect()
        }
        (Value::Array(old), Value::Array(new)) => elements(path, old, new, paint),
        (before, after) => {
            let (old, new) = (inline(before), inline(after));
            let head = format!("{} {path:width$}", sign("~", paint));
            if path.len().max(width) + old.len() + new.len() <= INLINE {
                vec![format!("{head} = {old} -> {new}")]
            } else {
                vec![
                    format!("{} {path}", sign("~", paint)),
                    format!("    {} {old}", sign("-", paint)),
                    format!("    {} {new}", sign("+", paint)),
                ]
            }
        }
    }
}

/// Returns a diff mark, decorated by `paint`.
pub(super) fn sign(mark: &'static str, paint: Paint) -> String {
    let tone = match mark {
        "+" => Tone::Added,
        "-" => Tone::Removed,
        _ => Tone::Changed,
    };
    paint(tone, mark)
}

fn one_side(
    mark: &'static str,
    path: &str,
    value: &Value,
    width: usize,
    paint: Paint,
) -> Vec<String> {
    let text = inline(value);
    let nested = matches!(value, Value::Array(_) | Value::Object(_));
    if !nested || path.len().max(width) + text.len() <= INLINE {
        return vec![format!("{} {path:width$} = {text}", sign(mark, paint))];
    }
    let mut lines = vec![format!("{} {path}", sign(mark, paint))];
    match value {
        Value::Array(items) => {
            lines.extend(items.iter().map(|item| format!("      {}", inline(item))));
        }
        other => {
            let pretty = serde_json::to_string_pretty(other).unwrap_or_default();
            lines.extend(pretty.lines().map(|line| format!("      {}", escaped(line))));
        }
    }
    lines
}

/// Returns the lines for a changed list. Because lists are compared as sets, each element is shown
/// as added, removed or unchanged. If only the order differs, both lists are shown on one line.
fn elements(path: &str, old: &[Value], new: &[Value], paint: Paint) -> Vec<String> {
    let mut lines = vec![format!("{} {path}", sign("~", paint))];
    for item in old {
        let text = inline(item);
        lines.push(if new.contains(item) {
            format!("      {text}")
        } else {
            format!("    {} {text}", sign("-", paint))
        });
    }
    let added = new.iter().filter(|item| !old.contains(item));
    lines.extend(added.map(|item| format!("    {} {}", sign("+", paint), inline(item))));
    if old.len() == new.len() && old.iter().all(|item| new.contains(item)) {
        let text = |items: &[Value]| inline(&Value::Array(items.to_vec()));
        return vec![format!("{} {path} = {} -> {}", sign("~", paint), text(old), text(new))];
    }
    lines
}

/// Returns a value as one line in a notation similar to JSON, without quotes around keys.
fn inline(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let items: Vec<_> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", escaped(key), inline(value)))
                .collect();
            format!("{{{}}}", items.join(", "))
        }
        scalar => escaped(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn text(before: &Value, after: &Value) -> String {
        super::lines("attribute", before, after, 0, super::super::unpainted).join("\n")
    }

    #[test]
    fn scalars_show_both_values_on_one_line() {
        assert_eq!(text(&json!(7), &json!(14)), "~ attribute = 7 -> 14");
        assert_eq!(text(&Value::Null, &json!("a")), r#"+ attribute = "a""#);
        assert_eq!(text(&json!(true), &Value::Null), "- attribute = true");
        let long = "x".repeat(90);
        assert_eq!(
            text(&json!(long), &json!("y")),
            format!("~ attribute\n    - \"{long}\"\n    + \"y\"")
        );
    }

    #[test]
    fn lists_show_added_and_removed_elements() {
        assert_eq!(
            text(&json!(["A", "B"]), &json!(["B", "C"])),
            "~ attribute\n    - \"A\"\n      \"B\"\n    + \"C\""
        );
        assert_eq!(text(&json!([1, 2]), &json!([2, 1])), "~ attribute = [1, 2] -> [2, 1]");
    }

    #[test]
    fn objects_show_only_the_differing_members() {
        assert_eq!(
            text(&json!({"base": 1, "weight": 100}), &json!({"base": 2, "weight": 100})),
            "~ attribute.base = 1 -> 2"
        );
        assert_eq!(text(&Value::Null, &json!({"base": 1})), "+ attribute = {base: 1}");
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        assert!(!text(&Value::Null, &json!("\u{1b}[2J")).contains('\u{1b}'));
    }
}
