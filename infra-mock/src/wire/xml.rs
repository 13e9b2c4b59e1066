//! Responses in the Query protocol's XML format.
//!
//! <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>

use std::borrow::Cow;

use crate::shapes::View;

use super::Refusal;

/// Returns the response of an operation. An operation without an output has no result element.
pub(super) fn answer(
    namespace: &str,
    operation: &str,
    output: &View<'_>,
    request_id: &str,
) -> String {
    let mut writer = Writer::default();
    let response = [operation, "Response"].concat();
    writer.open_in(namespace, &response);
    if *output != View::Absent {
        writer.member(&[operation, "Result"].concat(), output);
    }
    writer.open("ResponseMetadata");
    writer.text("RequestId", request_id);
    writer.close("ResponseMetadata");
    writer.close(&response);
    writer.xml
}

/// Returns the response for a request that a service rejects.
pub(super) fn error(namespace: &str, refusal: &Refusal, request_id: &str) -> String {
    let mut writer = Writer::default();
    writer.open_in(namespace, "ErrorResponse");
    writer.open("Error");
    writer.text("Type", if refusal.status < 500 { "Sender" } else { "Receiver" });
    writer.text("Code", &refusal.code);
    if let Some(message) = &refusal.message {
        writer.text("Message", message);
    }
    writer.close("Error");
    writer.text("RequestId", request_id);
    writer.close("ErrorResponse");
    writer.xml
}

/// Returns the response for a request that the front end rejects:
/// <https://github.com/common-voice/common-voice/issues/1599>.
pub(super) fn bare(refusal: &Refusal) -> String {
    let Some(message) = &refusal.message else { return format!("<{}/>\n", refusal.code) };
    let mut writer = Writer::default();
    writer.open(&refusal.code);
    writer.text("Message", message);
    writer.close(&refusal.code);
    writer.xml
}

/// Writes elements with AWS's line breaks and indents.
#[derive(Debug, Default)]
struct Writer {
    xml: String,
    depth: usize,
}

impl Writer {
    /// Writes a member, unless it is absent. Member names come from the service's model and need no
    /// escaping.
    fn member(&mut self, name: &str, value: &View<'_>) {
        match value {
            // The responses of the Query protocol contain no documents.
            View::Absent | View::Document(_) => {}
            View::Boolean(is) => self.text(name, if *is { "true" } else { "false" }),
            View::Integer(number) => self.text(name, &number.to_string()),
            View::Double(number) => self.text(name, &number.to_string()),
            View::Text(text) => self.text(name, text),
            View::Time(time) => self.text(name, &time.to_string()),
            View::List(items) if items.is_empty() => self.line(["<", name, "/>"]),
            View::List(items) => {
                self.open(name);
                for item in items {
                    self.member("member", item);
                }
                self.close(name);
            }
            View::Map(entries) if entries.is_empty() => self.line(["<", name, "/>"]),
            // https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#map-serialization
            View::Map(entries) => {
                self.open(name);
                for (key, value) in entries {
                    self.open("entry");
                    self.text("key", key);
                    self.member("value", value);
                    self.close("entry");
                }
                self.close(name);
            }
            View::Structure(members) if members.is_empty() => self.line(["<", name, "/>"]),
            View::Structure(members) => {
                self.open(name);
                for (name, value) in members {
                    self.member(name, value);
                }
                self.close(name);
            }
        }
    }

    fn open(&mut self, name: &str) {
        self.line(["<", name, ">"]);
        self.depth += 1;
    }

    fn open_in(&mut self, namespace: &str, name: &str) {
        self.line(["<", name, " xmlns=\"", namespace, "\">"]);
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(["</", name, ">"]);
    }

    fn text(&mut self, name: &str, text: &str) {
        self.line(["<", name, ">", &escaped(text), "</", name, ">"]);
    }

    fn line<const N: usize>(&mut self, parts: [&str; N]) {
        self.xml.extend(std::iter::repeat_n("  ", self.depth));
        self.xml.extend(parts);
        self.xml.push('\n');
    }
}

/// Escapes text for XML. A literal carriage return would be read as a line feed, and most other
/// control characters must be replaced because XML 1.0 cannot represent them:
/// <https://www.w3.org/TR/xml/#charsets>.
fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain = |byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'<' | b'>' | b'"');
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#xD;"),
            '\t' | '\n' => escaped.push(char),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(char),
        }
    }
    Cow::Owned(escaped)
}
