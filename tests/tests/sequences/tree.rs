//! Converts answers to trees, so that an answer in the SDK's types can be compared with an answer
//! in JSON.
//!
//! The SDK's types can be inspected only through `Debug`, so the trees are parsed from `Debug`
//! output. That output contains every member, including members that future versions of the SDK
//! add. Comparisons of member names ignore case and underscores. Absent members are omitted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::iter::Peekable;
use std::str::{CharIndices, FromStr};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

/// The content of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    /// A number, a Boolean, or the name of an enumeration value in lower case without punctuation.
    Word(String),
    Text(String),
    /// Milliseconds since the epoch.
    Time(i64),
    List(Vec<Tree>),
    Members(BTreeMap<String, Tree>),
}

impl Tree {
    /// Parses the `Debug` output of one of the SDK's types.
    pub(crate) fn of_debug(value: &impl fmt::Debug) -> Self {
        let text = format!("{value:?}");
        let mut reader = Reader { text: &text, chars: text.char_indices().peekable() };
        reader.value().unwrap_or_else(|| Self::Members(BTreeMap::new()))
    }

    /// Converts a JSON value. Returns `None` if the value is null.
    pub(crate) fn of_json(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(is) => Self::Word(is.to_string()),
            Value::Number(number) => Self::Word(number.to_string()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().filter_map(Self::of_json).collect()),
            Value::Object(members) => Self::Members(
                members
                    .iter()
                    // Map keys are not member names, so they are not normalized.
                    .filter_map(|(name, value)| {
                        let value = match (name.as_str(), value) {
                            (
                                "tags" | "extractedValues" | "dockerLabels" | "options",
                                Value::Object(map),
                            ) => Self::Members(
                                map.iter()
                                    .filter_map(|(key, value)| {
                                        Some((key.clone(), Self::of_json(value)?))
                                    })
                                    .collect(),
                            ),
                            _ => Self::of_json(value)?,
                        };
                        Some((canonical(name), value))
                    })
                    .collect(),
            ),
        })
    }

    /// Returns whether this answer from the SDK has the same content as `other`, an answer in the
    /// API's JSON form.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            _ if self.is_secret() => true,
            (Self::Word(word), Self::Text(text)) => *word == canonical(text),
            // In JSON, a time is the number of seconds or milliseconds since the epoch. Seconds can
            // have a fraction.
            (Self::Time(time), Self::Word(number)) => number
                .parse::<f64>()
                .is_ok_and(|number| is_close(number * 1000.0, *time) || is_close(number, *time)),
            (Self::Time(time), Self::Text(text)) => DateTime::from_str(text, Format::DateTime)
                .is_ok_and(|at| at.to_millis().is_ok_and(|at| at == time - time % 1000)),
            (Self::List(ours), Self::List(theirs)) => {
                ours.len() == theirs.len()
                    && ours.iter().zip(theirs).all(|(ours, theirs)| ours.matches(theirs))
            }
            (Self::Members(ours), Self::Members(theirs)) => {
                let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
                names.into_iter().all(|name| match (ours.get(name), theirs.get(name)) {
                    (Some(ours), Some(theirs)) => ours.matches(theirs),
                    (ours, _) => ours.is_some_and(Self::is_secret),
                })
            }
            _ => self == other,
        }
    }

    /// Returns whether the SDK's `Debug` output hides the value. The SDK hides a sensitive member
    /// even if the member is absent.
    fn is_secret(&self) -> bool {
        matches!(self, Self::Text(text) if text == "*** Sensitive Data Redacted ***")
    }

    /// Encodes a list of bytes in base64, as the API does. Returns `None` if the value is not a
    /// list of bytes.
    fn bytes(&self) -> Option<String> {
        let Self::List(items) = self else { return None };
        let byte = |item: &Self| match item {
            Self::Word(number) => number.parse::<u8>().ok(),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = items.iter().map(byte).collect();
        bytes.map(|bytes| BASE64_STANDARD.encode(bytes))
    }

    /// Returns the value of a top-level member.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Members(members) = self else { return None };
        members.get(name)
    }

    /// Returns the string value of a top-level member.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.member(name)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the differences between two answers. Each difference contains a path, such as
    /// `roles[].path`, and both values.
    pub(crate) fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        differ(String::new(), Some(self), Some(other), &mut found);
        found
    }
}

/// A difference between two answers. `ours` or `theirs` is `None` if that answer contains no value
/// at the path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    pub(crate) path: String,
    pub(crate) ours: Option<Tree>,
    pub(crate) theirs: Option<Tree>,
}

fn differ(path: String, ours: Option<&Tree>, theirs: Option<&Tree>, found: &mut Vec<Difference>) {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours == theirs => {}
        (Some(Tree::List(ours)), Some(Tree::List(theirs))) if ours.len() == theirs.len() => {
            for (ours, theirs) in ours.iter().zip(theirs) {
                differ(format!("{path}[]"), Some(ours), Some(theirs), found);
            }
        }
        (Some(Tree::Members(ours)), Some(Tree::Members(theirs))) => {
            let mut names: Vec<_> = ours.keys().chain(theirs.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let dot = if path.is_empty() { "" } else { "." };
                let path = format!("{path}{dot}{name}");
                differ(path, ours.get(name), theirs.get(name), found);
            }
        }
        _ => found.push(Difference { path, ours: ours.cloned(), theirs: theirs.cloned() }),
    }
}

/// Converts a name to lower case and removes punctuation, so that `clusterArn`, `cluster_arn` and
/// `ClusterArn` become equal.
fn canonical(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_lowercase()).collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a double can represent current timestamps in milliseconds"
)]
fn is_close(number: f64, time: i64) -> bool {
    (number - time as f64).abs() < 0.5
}

/// A parser for the output of `derive(Debug)`.
struct Reader<'t> {
    text: &'t str,
    chars: Peekable<CharIndices<'t>>,
}

impl Reader<'_> {
    fn skip(&mut self, skipped: impl Fn(char) -> bool) {
        while self.chars.next_if(|(_, char)| skipped(*char)).is_some() {}
    }

    fn next_is(&mut self, char: char) -> bool {
        self.skip(|char| char == ' ');
        self.chars.next_if(|(_, next)| *next == char).is_some()
    }

    fn ident(&mut self) -> String {
        self.skip(|char| char == ' ');
        let (start, first) = self.chars.peek().copied().unwrap_or((self.text.len(), ' '));
        // A colon ends a member's name, but a timestamp contains colons. Only timestamps and
        // numbers start with a digit.
        let others = if first.is_ascii_digit() { "_.-+:" } else { "_.-+" };
        self.skip(|char| char.is_alphanumeric() || others.contains(char));
        let end = self.chars.peek().map_or(self.text.len(), |(at, _)| *at);
        self.text[start..end].to_owned()
    }

    /// Parses a value. Returns `None` if the parsed value is `None`.
    fn value(&mut self) -> Option<Tree> {
        self.skip(|char| char == ' ');
        match self.chars.peek()?.1 {
            '"' => Some(Tree::Text(self.quoted())),
            '[' => {
                self.next_is('[');
                Some(Tree::List(self.items(']')))
            }
            '{' => {
                self.next_is('{');
                Some(Tree::Members(self.members(Self::map_key)))
            }
            _ => self.named(),
        }
    }

    fn named(&mut self) -> Option<Tree> {
        let name = self.ident();
        if self.next_is('(') {
            let mut items = self.items(')');
            // `Some(value)` and `Unknown(UnknownVariantValue("value"))` become the inner value.
            // In `Some(None)`, `None` is an enumeration value, not an absent value.
            return items.pop().or_else(|| (name == "Some").then(|| Tree::Word(canonical("None"))));
        }
        if self.next_is('{') {
            let mut members = self.members(|reader| canonical(&reader.ident()));
            // The SDK adds a request ID, which differs for each request.
            members.remove("requestid");
            let bytes = members.get("inner").filter(|_| name == "Blob").and_then(Tree::bytes);
            return Some(bytes.map_or(Tree::Members(members), Tree::Text));
        }
        assert!(!name.is_empty(), "cannot parse {}", self.text);
        let time = DateTime::from_str(&name, Format::DateTime).ok();
        if let Some(time) = time.and_then(|time| time.to_millis().ok()) {
            return Some(Tree::Time(time));
        }
        let is_number = name.starts_with(|char: char| char.is_ascii_digit() || char == '-');
        match name.as_str() {
            "None" => None,
            _ if is_number => Some(Tree::Word(name)),
            _ => Some(Tree::Word(canonical(&name))),
        }
    }

    /// Parses a map key, which is a string or an enumeration value.
    fn map_key(&mut self) -> String {
        self.skip(|char| char == ' ');
        if self.chars.peek().is_some_and(|(_, char)| *char == '"') {
            return self.quoted();
        }
        match self.value() {
            Some(Tree::Word(word)) => word,
            Some(Tree::Text(unknown)) => canonical(&unknown),
            _ => String::new(),
        }
    }

    fn items(&mut self, end: char) -> Vec<Tree> {
        let mut items = Vec::new();
        while !self.next_is(end) && self.chars.peek().is_some() {
            items.extend(self.value());
            self.next_is(',');
        }
        items
    }

    fn members(&mut self, name: impl Fn(&mut Self) -> String) -> BTreeMap<String, Tree> {
        let mut members = BTreeMap::new();
        while !self.next_is('}') && self.chars.peek().is_some() {
            let name = name(self);
            self.next_is(':');
            if let Some(value) = self.value() {
                members.insert(name, value);
            }
            self.next_is(',');
        }
        members
    }

    /// Parses a string that was escaped by [`str`]'s `Debug` implementation.
    fn quoted(&mut self) -> String {
        let mut text = String::new();
        self.next_is('"');
        while let Some((_, char)) = self.chars.next() {
            match char {
                '"' => break,
                '\\' => text.extend(self.escaped()),
                _ => text.push(char),
            }
        }
        text
    }

    fn escaped(&mut self) -> Option<char> {
        Some(match self.chars.next()?.1 {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            'u' => {
                self.next_is('{');
                let hex = self.ident();
                self.next_is('}');
                u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32)?
            }
            char => char,
        })
    }
}

impl FromStr for Tree {
    type Err = serde_json::Error;

    /// Parses JSON.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let value: Value = serde_json::from_str(text)?;
        Ok(Self::of_json(&value).unwrap_or_else(|| Self::Members(BTreeMap::new())))
    }
}

#[test]
fn an_sdk_value_is_parsed_from_its_debug_output() {
    let role = aws_sdk_ecr::types::Repository::builder()
        .repository_name("a \"quoted\"\n\u{1f} {name}, é")
        .image_tag_mutability("IMMUTABLE_WITH_EXCLUSION".into())
        .created_at(DateTime::from_millis(1_767_225_600_500))
        .image_scanning_configuration(
            aws_sdk_ecr::types::ImageScanningConfiguration::builder().scan_on_push(true).build(),
        )
        .build();
    let read = Tree::of_debug(&vec![role]);
    let expected: Tree = r#"[{"repositoryName": "a \"quoted\"\n\u001f {name}, é", "createdAt": 1767225600.5,
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION", "imageScanningConfiguration": {"scanOnPush": true}}]"#
        .parse()
        .unwrap();
    assert!(read.matches(&expected), "{read:?}");
    for other in ["[{}]", "[]"] {
        assert!(!read.matches(&other.parse().unwrap()));
    }
    let other = Tree::of_debug(&vec![aws_sdk_ecr::types::Repository::builder().build()]);
    let paths: Vec<_> =
        read.differences(&other).into_iter().map(|difference| difference.path).collect();
    assert_eq!(
        paths,
        [
            "[].createdat",
            "[].imagescanningconfiguration",
            "[].imagetagmutability",
            "[].repositoryname"
        ]
    );
}

#[test]
fn map_keys_are_parsed_whether_strings_or_enumeration_values() {
    let summary = aws_sdk_iam::operation::get_account_summary::GetAccountSummaryOutput::builder()
        .summary_map("Users".into(), 3)
        .summary_map("AccountPasswordPresent".into(), 1)
        .build();
    let expected = r#"{"SummaryMap": {"Users": 3, "AccountPasswordPresent": 1}}"#;
    let read = Tree::of_debug(&summary);
    assert!(read.matches(&expected.parse().unwrap()), "{read:?}");
    let tags = aws_sdk_cloudwatchlogs::operation::list_tags_for_resource::ListTagsForResourceOutput::builder()
        .tags("Team a", "x")
        .build();
    let read = Tree::of_debug(&tags);
    assert!(read.matches(&r#"{"tags": {"Team a": "x"}}"#.parse().unwrap()), "{read:?}");
}
