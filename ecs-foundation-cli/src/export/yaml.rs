//! Writes a CloudFormation template as YAML, with intrinsic functions in their short form.

use serde_json::Value;

/// Formats a template.
pub(crate) fn yaml(template: &Value) -> String {
    let mut lines = Vec::new();
    for (key, value) in template.as_object().into_iter().flatten() {
        // Sections are separated by an empty line.
        let apart = if !lines.is_empty() && is_nested(value) { "\n" } else { "" };
        lines.push(format!("{apart}{}:{}\n", scalar(key), after(value, 0)));
    }
    lines.concat()
}

fn is_nested(value: &Value) -> bool {
    matches!(value, Value::Object(_)) && function(value).is_none()
}

/// Formats the text that follows a key or a dash. `level` is the indentation level of that key or
/// dash.
fn after(value: &Value, level: usize) -> String {
    if let Some(function) = function(value) {
        return format!(" {function}");
    }
    match value {
        Value::String(text) if is_block(text) => {
            let inner = "  ".repeat(level + 1);
            let lines: Vec<String> = text.lines().map(|line| format!("\n{inner}{line}")).collect();
            format!(" |{}", lines.concat())
        }
        Value::String(text) => format!(" {}", scalar(text)),
        Value::Object(entries) if !entries.is_empty() => {
            let inner = "  ".repeat(level + 1);
            let entries = entries.iter().map(|(key, value)| {
                format!("\n{inner}{}:{}", scalar(key), after(value, level + 1))
            });
            entries.collect::<Vec<String>>().concat()
        }
        Value::Array(items) if !items.is_empty() => {
            let inner = "  ".repeat(level + 1);
            let items = items.iter().map(|item| {
                // The lines of an item are aligned with the text after the dash.
                let text = after(item, level + 1);
                let text = text
                    .strip_prefix(&format!("\n{inner}  "))
                    .map_or_else(|| text.trim_start_matches(' ').to_owned(), str::to_owned);
                format!("\n{inner}- {text}")
            });
            items.collect::<Vec<String>>().concat()
        }
        // Numbers, booleans and empty collections are written as in JSON.
        other => format!(" {other}"),
    }
}

/// Formats an intrinsic function in its short form.
fn function(value: &Value) -> Option<String> {
    let entries = value.as_object().filter(|entries| entries.len() == 1)?;
    let (name, argument) = entries.iter().next()?;
    match (name.as_str(), argument) {
        ("Ref", Value::String(id)) => Some(format!("!Ref {id}")),
        ("Fn::Sub", Value::String(text)) => Some(format!("!Sub {}", quoted(text))),
        ("Fn::GetAtt", Value::Array(path)) => {
            let path: Option<Vec<&str>> = path.iter().map(Value::as_str).collect();
            Some(format!("!GetAtt {}", path?.join(".")))
        }
        _ => None,
    }
}

/// Returns whether a block scalar can contain the string unchanged. The string must end with
/// exactly one newline, must not start with a space or a newline, and must not contain control
/// characters other than newlines.
fn is_block(text: &str) -> bool {
    text.ends_with('\n')
        && !text.ends_with("\n\n")
        && !text.starts_with([' ', '\n'])
        && text.chars().all(|it| it == '\n' || !it.is_control())
}

/// Formats a string, and quotes it if YAML would read the unquoted text as something else.
fn scalar(text: &str) -> String {
    // YAML 1.1, which CloudFormation uses, reads these words as booleans or null.
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "true", "false", "on", "off", "null"];
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.chars().all(|it| it.is_ascii_alphanumeric() || "-_./:* @+=,".contains(it))
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { quoted(text) }
}

/// Quotes a string. JSON quoting is valid in YAML.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::yaml;

    #[test]
    fn nothing_reads_as_something_else() {
        let template = json!({
            "Words": ["plain text", "no", "012", "2012-10-17", "", "a: b", "a #b", "*", "- x", "ends:", "日本"],
            "Nested": { "List": [{ "A": 1, "B": [{ "C": true }, [1, 2]] }, {}], "Empty": [] },
            "Text": "{\n  \"a\": 1\n}\n",
            "Functions": [{ "Ref": "A" }, { "Fn::GetAtt": ["A", "Arn"] }, { "Fn::Sub": "${A}:x" }],
        });
        let expected = r#"Words:
  - plain text
  - "no"
  - "012"
  - "2012-10-17"
  - ""
  - "a: b"
  - "a #b"
  - "*"
  - "- x"
  - "ends:"
  - "日本"

Nested:
  List:
    - A: 1
      B:
        - C: true
        - - 1
          - 2
    - {}
  Empty: []
Text: |
  {
    "a": 1
  }
Functions:
  - !Ref A
  - !GetAtt A.Arn
  - !Sub "${A}:x"
"#;
        assert_eq!(yaml(&template), expected);
    }
}
