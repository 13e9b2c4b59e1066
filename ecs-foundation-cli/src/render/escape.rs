//! JSON that is safe to print on a terminal.

use infra_core::text::needs_escape;

/// Replaces unsafe characters with JSON escapes, which do not change the JSON value.
/// [`needs_escape`] decides which characters are unsafe.
pub(crate) fn plain_json(json: &str) -> String {
    let is_unsafe = |c: char| c != '\n' && needs_escape(c);
    if !json.contains(is_unsafe) {
        return json.to_owned();
    }
    let mut plain = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unsafe(c) {
            // Each JSON escape stands for one UTF-16 code unit.
            let mut units = [0; 2];
            plain.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::plain_json;

    #[test]
    fn escaped_json_has_the_same_value() {
        let value = serde_json::json!({ "a\u{202e}": ["\u{9b}\u{e0041}\u{7f}", "ü\n"] });
        let text = serde_json::to_string_pretty(&value).unwrap();
        let escaped = plain_json(&text);
        assert!(!escaped.contains(['\u{202e}', '\u{9b}', '\u{e0041}', '\u{7f}']), "{escaped}");
        assert!(escaped.contains(r"\udb40\udc41"), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
    }
}
