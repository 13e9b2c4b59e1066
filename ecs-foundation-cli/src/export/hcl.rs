//! Writes HCL in the format of `terraform fmt`.
//!
//! Each level is indented by two spaces, and the equals signs of attributes on consecutive lines
//! are aligned. An attribute that spans several lines is not aligned with the attributes around it.

/// The maximum width of a list on one line.
const WIDTH: usize = 80;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A quoted string.
    Text(String),
    /// A reference, a number or a boolean.
    Bare(String),
    /// A reference followed by text.
    Joined(String, String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
    /// A function call with one argument.
    Call(&'static str, Box<Value>),
}

impl Value {
    pub(super) fn text(text: &(impl ToString + ?Sized)) -> Self {
        Self::Text(text.to_string())
    }

    pub(super) fn bare(text: &(impl ToString + ?Sized)) -> Self {
        Self::Bare(text.to_string())
    }

    fn is_scalar(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Bare(_) | Self::Joined(..))
    }

    /// Formats the value for a line that is indented by `level` levels.
    fn write(&self, level: usize) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Bare(text) => text.clone(),
            Self::Joined(reference, rest) => format!("\"${{{reference}}}{}\"", escaped(rest)),
            Self::Call(function, argument) => format!("{function}({})", argument.write(level)),
            Self::List(items) => list(items, level),
            Self::Object(entries) if entries.is_empty() => "{}".to_owned(),
            Self::Object(entries) => {
                let entries: Vec<(String, &Value)> =
                    entries.iter().map(|(key, value)| (object_key(key), value)).collect();
                let lines = aligned(&entries, level + 1);
                format!("{{\n{lines}{}}}", indent(level))
            }
        }
    }
}

fn list(items: &[Value], level: usize) -> String {
    let written: Vec<String> = items.iter().map(|item| item.write(level + 1)).collect();
    let line = format!("[{}]", written.join(", "));
    if items.is_empty() || (items.iter().all(Value::is_scalar) && line.len() <= WIDTH) {
        return line;
    }
    let inner = indent(level + 1);
    let lines: Vec<String> = written.iter().map(|item| format!("{inner}{item},\n")).collect();
    format!("[\n{}{}]", lines.concat(), indent(level))
}

/// The body of a file or a block.
#[derive(Clone, Debug, Default)]
pub(super) struct Body(Vec<Item>);

#[derive(Clone, Debug)]
enum Item {
    Attribute(String, Value),
    /// A block: its type and labels, and its body.
    Block(String, Body),
    Comment(String),
    Blank,
}

impl Body {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn set(mut self, name: &str, value: Value) -> Self {
        self.0.push(Item::Attribute(name.to_owned(), value));
        self
    }

    pub(super) fn set_some(self, name: &str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// Adds a nested block. An empty line precedes the block unless the block is the first item.
    pub(super) fn block(mut self, header: &str, body: Body) -> Self {
        if !self.0.is_empty() {
            self.0.push(Item::Blank);
        }
        self.0.push(Item::Block(header.to_owned(), body));
        self
    }

    /// Adds a comment line.
    pub(super) fn comment(mut self, line: &str) -> Self {
        self.0.push(Item::Comment(line.to_owned()));
        self
    }

    pub(super) fn blank(mut self) -> Self {
        self.0.push(Item::Blank);
        self
    }

    /// Returns the text of a file with this body.
    pub(super) fn write(&self) -> String {
        self.lines(0)
    }

    fn lines(&self, level: usize) -> String {
        let (mut parts, inner) = (Vec::new(), indent(level));
        let mut run: Vec<(String, &Value)> = Vec::new();
        for item in &self.0 {
            if let Item::Attribute(name, value) = item {
                run.push((name.clone(), value));
                continue;
            }
            parts.push(aligned(&std::mem::take(&mut run), level));
            parts.push(match item {
                Item::Attribute(..) => continue,
                Item::Block(header, body) => {
                    format!("{inner}{header} {{\n{}{inner}}}\n", body.lines(level + 1))
                }
                Item::Comment(line) => format!("{inner}# {line}\n"),
                Item::Blank => "\n".to_owned(),
            });
        }
        parts.push(aligned(&run, level));
        parts.concat()
    }
}

/// Formats attributes on consecutive lines and aligns their equals signs.
fn aligned(entries: &[(String, &Value)], level: usize) -> String {
    let written: Vec<(&str, String)> =
        entries.iter().map(|(key, value)| (key.as_str(), value.write(level))).collect();
    let mut lines = Vec::new();
    let several = |(_, value): &(&str, String)| value.contains('\n');
    for run in written.chunk_by(|one, next| !several(one) && !several(next)) {
        let width = run.iter().map(|(key, _)| key.chars().count()).max().unwrap_or_default();
        for (key, value) in run {
            let space = " ".repeat(width - key.chars().count());
            lines.push(format!("{}{key}{space} = {value}\n", indent(level)));
        }
    }
    lines.concat()
}

fn indent(level: usize) -> String {
    "  ".repeat(level)
}

/// Formats an object key. The key is quoted if it is a keyword or if it is not an identifier.
fn object_key(key: &str) -> String {
    const WORDS: [&str; 6] = ["for", "if", "in", "true", "false", "null"];
    let plain = key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
        && !WORDS.contains(&key);
    if plain { key.to_owned() } else { quoted(key) }
}

pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Escapes text for a quoted string, including `${` and `%{`, which would start a template.
///
/// Source: <https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences>.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let (mut before, mut rest) = (None, text.chars().peekable());
    while let Some(one) = rest.next() {
        match one {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Several `$` or `%` before a `{` would be ambiguous, so repeated characters become
            // numeric escapes.
            '$' | '%' if before == Some(one) || rest.peek() == Some(&one) => {
                out.push_str(&by_number(one));
            }
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([one, one]),
            control if control.is_control() => out.push_str(&by_number(control)),
            plain => out.push(plain),
        }
        before = Some(one);
    }
    out
}

fn by_number(one: char) -> String {
    format!("\\u{:04x}", u32::from(one))
}

#[cfg(test)]
mod tests {
    use super::{Body, Value, quoted};

    #[test]
    fn texts_are_escaped_so_that_nothing_in_them_is_a_template() {
        for (text, expected) in [
            ("plain", r#""plain""#),
            (r#"a "b" \c"#, r#""a \"b\" \\c""#),
            ("${aws:username}", r#""$${aws:username}""#),
            ("100%{x} $5 %", r#""100%%{x} $5 %""#),
            ("$${x} %%%{y}", r#""\u0024\u0024{x} \u0025\u0025\u0025{y}""#),
            ("a\nb\tc\u{7f}", r#""a\nb\tc\u007f""#),
            ("日本", r#""日本""#),
        ] {
            assert_eq!(quoted(text), expected, "{text:?}");
        }
    }

    #[test]
    fn equals_signs_stand_under_each_other_until_a_value_over_several_lines() {
        let object = Value::Object(vec![
            ("Name".to_owned(), Value::text("x")),
            ("cost:center".to_owned(), Value::text("1")),
            ("for".to_owned(), Value::bare(&1)),
        ]);
        let body = Body::new().block(
            "resource \"a\" \"b\"",
            Body::new()
                .set("name", Value::text("x"))
                .set("long_name", Value::bare("a.b.c"))
                .set("tags", object)
                .set("list", Value::List(vec![Value::bare(&1), Value::bare(&2)]))
                .set("last_of_all", Value::List(Vec::new()))
                .block("setting", Body::new().set("a", Value::bare(&true))),
        );
        let expected = r#"resource "a" "b" {
  name      = "x"
  long_name = a.b.c
  tags = {
    Name          = "x"
    "cost:center" = "1"
    "for"         = 1
  }
  list        = [1, 2]
  last_of_all = []

  setting {
    a = true
  }
}
"#;
        assert_eq!(body.write(), expected);
    }
}
