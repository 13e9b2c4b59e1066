//! The constraints that AWS's service models place on requests, and code that detects violations.
//!
//! The constraints are generated from the models. A service's own wording for violations is in its
//! `violations.rs`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex_lite::Regex;

use crate::shapes::View;

/// The constraints of a value.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A structure with named members.
    Structure {
        /// The members, in the model's order.
        members: &'static [Member],
    },
    /// A list.
    List {
        /// The minimum number of items.
        min: Option<i64>,
        /// The maximum number of items.
        max: Option<i64>,
        /// The constraints of each item.
        item: &'static Shape,
    },
    /// A map whose keys are strings.
    Map {
        /// The minimum number of entries.
        min: Option<i64>,
        /// The maximum number of entries.
        max: Option<i64>,
        /// The constraints of each key.
        key: &'static Shape,
        /// The constraints of each value.
        value: &'static Shape,
    },
    /// A string.
    Text {
        /// The minimum number of characters.
        min: Option<i64>,
        /// The maximum number of characters.
        max: Option<i64>,
        /// The regular expression that the whole text must match. This is the expression from
        /// AWS's model.
        pattern: Option<&'static str>,
    },
    /// A string that must be one of these values.
    Enum(&'static [&'static str]),
    /// A whole number.
    Integer {
        /// The minimum value.
        min: Option<i64>,
        /// The maximum value.
        max: Option<i64>,
    },
    /// A number.
    Double,
    /// True or false.
    Boolean,
    /// A point in time.
    Timestamp,
    /// Bytes.
    Blob {
        /// The minimum number of bytes.
        min: Option<i64>,
        /// The maximum number of bytes.
        max: Option<i64>,
    },
    /// Any JSON.
    Document,
}

impl Shape {
    pub(crate) const fn text(min: Option<i64>, max: Option<i64>) -> Self {
        Self::Text { min, max, pattern: None }
    }

    pub(crate) const fn matching(self, pattern: &'static str) -> Self {
        match self {
            Self::Text { min, max, pattern: _ } => Self::Text { min, max, pattern: Some(pattern) },
            other => other,
        }
    }

    /// Returns the members of a structure in the model's order, or none for other shapes.
    pub fn members(&self) -> &'static [Member] {
        match self {
            Self::Structure { members } => members,
            _ => &[],
        }
    }
}

/// One member of a structure.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The member's name in requests.
    pub name: &'static str,
    /// Whether requests must contain the member.
    pub required: bool,
    /// The constraints of the member's value.
    pub shape: &'static Shape,
}

/// A constraint that a request violates.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Broken {
    /// The path of the member in AWS's notation, such as `tags.1.member.key`.
    pub(crate) member: String,
    /// The member's value, if it is a string or a whole number.
    pub(crate) value: Option<String>,
    /// The constraint that is violated.
    pub(crate) rule: Rule,
}

/// The kind of a violated constraint.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    /// The member is missing.
    Required,
    /// A string, list or map is shorter than this minimum.
    MinLength(i64),
    /// A string, list or map is longer than this maximum.
    MaxLength(i64),
    /// A number is less than this minimum.
    MinValue(i64),
    /// A number is greater than this maximum.
    MaxValue(i64),
    /// A string does not match this regular expression.
    Pattern(&'static str),
    /// A string is not one of these values.
    Enum(&'static [&'static str]),
    /// An item of a list violates one of these constraints. AWS's message lists all constraints of
    /// the items, even those that are satisfied.
    Items(Vec<Rule>),
    /// A key of a map violates one of these constraints.
    Keys(Vec<Rule>),
    /// A value of a map violates one of these constraints.
    Values(Vec<Rule>),
}

impl Rule {
    /// Returns the constraint in the words that all services share.
    pub(crate) fn words(&self) -> String {
        let all = |rules: &[Self]| rules.iter().map(Self::words).collect::<Vec<_>>().join(", ");
        match self {
            Self::Required => "Member must not be null".to_owned(),
            Self::MinLength(min) => {
                format!("Member must have length greater than or equal to {min}")
            }
            Self::MaxLength(max) => format!("Member must have length less than or equal to {max}"),
            Self::MinValue(min) => {
                format!("Member must have value greater than or equal to {min}")
            }
            Self::MaxValue(max) => format!("Member must have value less than or equal to {max}"),
            Self::Pattern(pattern) => {
                format!("Member must satisfy regular expression pattern: {pattern}")
            }
            Self::Enum(values) => {
                format!("Member must satisfy enum value set: [{}]", values.join(", "))
            }
            Self::Items(rules) => format!("Member must satisfy constraint: [{}]", all(rules)),
            Self::Keys(rules) => format!("Map keys must satisfy constraint: [{}]", all(rules)),
            Self::Values(rules) => format!("Map value must satisfy constraint: [{}]", all(rules)),
        }
    }
}

/// Returns every constraint that a request violates, in the model's order.
///
/// If an item in a list of plain values is invalid, AWS's message contains the path of the list and
/// all constraints of its items; the same applies to maps. For a list of structures, the message
/// contains the path of the invalid member, such as `tags.1.member.key`.
pub(crate) fn broken(shape: &Shape, request: &View<'_>) -> Vec<Broken> {
    let mut all = Vec::new();
    for member in shape.members() {
        check_member(member, &String::new, request, &mut all);
    }
    all
}

/// Checks a member of a structure. `prefix` returns what precedes the member's name in its path.
fn check_member(
    member: &Member,
    prefix: &dyn Fn() -> String,
    structure: &View<'_>,
    all: &mut Vec<Broken>,
) {
    let Member { name, required, shape } = *member;
    let path = || {
        let mut path = prefix();
        let mut chars = name.chars();
        path.extend(chars.next().map(|first| first.to_ascii_lowercase()));
        path + chars.as_str()
    };
    match structure.member(name) {
        None if required => {
            all.push(Broken { member: path(), value: None, rule: Rule::Required });
        }
        None => {}
        Some(value) => check(shape, &path, value, all),
    }
}

fn check(shape: &Shape, path: &dyn Fn() -> String, value: &View<'_>, all: &mut Vec<Broken>) {
    let mut push = |rule| all.push(Broken { member: path(), value: shown(value), rule });
    match (*shape, value) {
        (Shape::Structure { members }, _) => {
            for member in members {
                check_member(member, &|| path() + ".", value, all);
            }
        }
        (Shape::List { min, max, item }, View::List(items)) => {
            let is_plain = is_plain(item);
            if is_plain && items.iter().any(|value| breaks(item, value)) {
                push(Rule::Items(rules(item)));
            }
            length(items.len(), min, max).into_iter().for_each(&mut push);
            for (place, value) in (1..).zip(items).filter(|_| !is_plain) {
                check(item, &|| format!("{}.{place}.member", path()), value, all);
            }
        }
        (Shape::Map { min, max, key, value }, View::Map(entries)) => {
            if entries.iter().any(|(entry, _)| breaks(key, &View::Text((*entry).into()))) {
                push(Rule::Keys(rules(key)));
            }
            let is_plain = is_plain(value);
            if is_plain && entries.iter().any(|(_, entry)| breaks(value, entry)) {
                push(Rule::Values(rules(value)));
            }
            length(entries.len(), min, max).into_iter().for_each(&mut push);
            for (name, entry) in entries.iter().filter(|_| !is_plain) {
                check(value, &|| format!("{}.{name}.member", path()), entry, all);
            }
        }
        _ => plain(shape, value).into_iter().for_each(push),
    }
}

/// Returns a string or a whole number as it appears in AWS's messages.
fn shown(value: &View<'_>) -> Option<String> {
    match value {
        View::Text(text) => Some(text.clone().into_owned()),
        View::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns whether a shape is a single value.
fn is_plain(shape: &Shape) -> bool {
    !matches!(shape, Shape::Structure { .. } | Shape::List { .. } | Shape::Map { .. })
}

fn breaks(shape: &Shape, value: &View<'_>) -> bool {
    !plain(shape, value).is_empty()
}

/// Returns the constraints that a single value violates. The pattern comes before the length, as
/// AWS lists them in
/// <https://github.com/fluent-plugins-nursery/fluent-plugin-cloudwatch-logs/issues/223>.
fn plain(shape: &Shape, value: &View<'_>) -> Vec<Rule> {
    match (*shape, value) {
        (Shape::Text { min, max, pattern }, View::Text(text)) => {
            let pattern = pattern.filter(|pattern| !matches(pattern, text)).map(Rule::Pattern);
            pattern.into_iter().chain(length(text.chars().count(), min, max)).collect()
        }
        (Shape::Enum(values), View::Text(text)) if !values.contains(&&**text) => {
            vec![Rule::Enum(values)]
        }
        (Shape::Integer { min, max }, View::Integer(number)) => {
            range(*number, min, max).into_iter().collect()
        }
        (Shape::Blob { min, max }, View::Text(text)) => {
            // Base64 encodes three bytes as four characters.
            let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
            length((text.len() / 4 * 3).saturating_sub(padding), min, max).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the limit that a number violates.
pub(crate) fn range(number: i64, min: Option<i64>, max: Option<i64>) -> Option<Rule> {
    match (min, max) {
        (Some(min), _) if number < min => Some(Rule::MinValue(min)),
        (_, Some(max)) if number > max => Some(Rule::MaxValue(max)),
        _ => None,
    }
}

/// Returns the limit that a length violates.
pub(crate) fn length(length: usize, min: Option<i64>, max: Option<i64>) -> Option<Rule> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    match (min, max) {
        (Some(min), _) if length < min => Some(Rule::MinLength(min)),
        (_, Some(max)) if length > max => Some(Rule::MaxLength(max)),
        _ => None,
    }
}

/// Returns all constraints of a single value, in the order in which AWS lists them for the items of
/// a list: <https://github.com/SWO-GS/auto-tag/issues/77>.
fn rules(shape: &Shape) -> Vec<Rule> {
    match *shape {
        Shape::Text { min, max, pattern } => {
            let rules =
                [max.map(Rule::MaxLength), min.map(Rule::MinLength), pattern.map(Rule::Pattern)];
            rules.into_iter().flatten().collect()
        }
        Shape::Enum(values) => vec![Rule::Enum(values)],
        Shape::Integer { min, max } => {
            let rules = [max.map(Rule::MaxValue), min.map(Rule::MinValue)];
            rules.into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}

/// The values from a request that AWS's messages quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quoted {
    /// No values.
    Nothing,
    /// Only numbers.
    Numbers,
    /// Numbers and strings.
    NumbersAndStrings,
}

/// Returns all violations as one message, in the form that IAM, STS and CloudWatch Logs use.
pub(crate) fn message(broken: &[Broken], quoted: Quoted) -> Option<String> {
    let line = |broken: &Broken| line(broken, quoted, &broken.rule.words());
    joined(&broken.iter().map(line).collect::<Vec<_>>())
}

/// Describes one violation, using the given words for its constraint.
pub(crate) fn line(broken: &Broken, quoted: Quoted, words: &str) -> String {
    let Broken { member, value, rule } = broken;
    let is_quoted = match rule {
        Rule::MinValue(_) | Rule::MaxValue(_) => quoted != Quoted::Nothing,
        _ => quoted == Quoted::NumbersAndStrings,
    };
    let value = value.as_ref().filter(|_| is_quoted).map(|value| format!(" '{value}'"));
    format!(
        "Value{} at '{member}' failed to satisfy constraint: {words}",
        value.unwrap_or_default()
    )
}

/// Joins violations into one message. Returns `None` if there are none.
pub(crate) fn joined(lines: &[String]) -> Option<String> {
    let plural = if lines.len() == 1 { "error" } else { "errors" };
    (!lines.is_empty())
        .then(|| format!("{} validation {plural} detected: {}", lines.len(), lines.join("; ")))
}

/// Returns whether the whole text matches a regular expression from a model.
fn matches(pattern: &'static str, text: &str) -> bool {
    // The key consists of the pattern's address and length, because comparing these is faster than
    // comparing long patterns.
    static COMPILED: LazyLock<Mutex<Patterns>> = LazyLock::new(Mutex::default);
    // The cache stays valid even if a thread panics while holding the lock.
    let lock = || COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (pattern.as_ptr().addr(), pattern.len());
    let compile = || Cached { pattern: Arc::new(Pattern::compile(pattern)), accepted: None };
    let mut compiled = lock();
    let Cached { pattern, accepted } = compiled.entry(key).or_insert_with(compile);
    // Clients send the same names again and again, and matching takes longer than comparing.
    if accepted.as_deref() == Some(text) {
        return true;
    }
    let pattern = Arc::clone(pattern);
    drop(compiled);
    let is_match = pattern.matches(text);
    if is_match
        && text.len() <= LONGEST_KEPT
        && let Some(cached) = lock().get_mut(&key)
    {
        cached.accepted = Some(text.to_owned());
    }
    is_match
}

/// The maximum length of [`Cached::accepted`], which limits the memory of the cache.
const LONGEST_KEPT: usize = 256;

/// Compiled regular expressions, by the address and the length of the model's expression.
type Patterns = BTreeMap<(usize, usize), Cached>;

#[derive(Debug)]
struct Cached {
    pattern: Arc<Pattern>,
    /// The last text that the pattern matched.
    accepted: Option<String>,
}

/// A compiled regular expression from a model. The models use Java's syntax.
#[derive(Debug)]
struct Pattern {
    regex: Regex,
    /// Whether the model's expression contains Unicode classes. In `regex`, each class is replaced
    /// by a single character, so `regex` must be matched against the [`folded`] text.
    is_unicode: bool,
    allows_double_hyphen: bool,
    /// For an expression such as `[a-z]+`, which accepts or rejects each character on its own, the
    /// ASCII characters that it accepts. Looking these up is faster than matching `regex`.
    ascii: Option<[bool; 128]>,
}

/// The only look-ahead in AWS's patterns.
const NO_DOUBLE_HYPHEN: &str = "-(?!-)";

impl Pattern {
    fn compile(java: &str) -> Self {
        let classes = [(NO_DOUBLE_HYPHEN, "-"), (r"\p{L}", "a"), (r"\p{Z}", " "), (r"\p{N}", "0")];
        let simple = |pattern: String, (java, rust): (&str, &str)| pattern.replace(java, rust);
        let pattern = classes.into_iter().fold(java.to_owned(), simple);
        let pattern = Self {
            regex: Regex::new(&format!("^(?s:{pattern})$"))
                .expect("a test checks that every operation's patterns compile"),
            is_unicode: java.contains(r"\p{"),
            allows_double_hyphen: !java.contains(NO_DOUBLE_HYPHEN),
            ascii: None,
        };
        let is_repeated_class = java
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix("]+").or_else(|| rest.strip_suffix("]*")))
            .is_some_and(|class| !class.replace("\\]", "").contains(['[', ']']));
        let accepts = |byte: usize| {
            u8::try_from(byte)
                .is_ok_and(|byte| pattern.matches(char::from(byte).encode_utf8(&mut [0; 4])))
        };
        let ascii = is_repeated_class.then(|| std::array::from_fn(accepts));
        Self { ascii, ..pattern }
    }

    fn matches(&self, text: &str) -> bool {
        let Self { regex, is_unicode, allows_double_hyphen, ascii } = self;
        if let Some(ascii) = ascii
            && text.is_ascii()
            && !text.is_empty()
        {
            return text.bytes().all(|byte| ascii[usize::from(byte)]);
        }
        let matched =
            if *is_unicode { regex.is_match(&folded(text)) } else { regex.is_match(text) };
        matched && (*allows_double_hyphen || !text.contains("--"))
    }
}

/// Replaces each letter with `a`, each number with `0` and each separator with a space. These are
/// the characters that replace the Unicode classes in a compiled pattern.
fn folded(text: &str) -> String {
    let fold = |char: char| match char {
        _ if char.is_alphabetic() => 'a',
        _ if char.is_numeric() => '0',
        _ if char.is_whitespace() && !char.is_control() => ' ',
        _ => char,
    };
    text.chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::{Member, Pattern, Quoted, Shape, View, broken, matches, message};

    static KEY: Shape = Shape::text(Some(1), Some(3)).matching(r"[\p{L}\p{N}_]+");
    static TAG: Shape =
        Shape::Structure { members: &[Member { name: "Key", required: true, shape: &KEY }] };
    static REQUEST: Shape = Shape::Structure {
        members: &[
            Member { name: "Name", required: true, shape: &KEY },
            Member {
                name: "Tags",
                required: false,
                shape: &Shape::List { min: None, max: Some(2), item: &TAG },
            },
            Member {
                name: "Keys",
                required: false,
                shape: &Shape::List { min: Some(1), max: None, item: &KEY },
            },
            Member {
                name: "Size",
                required: false,
                shape: &Shape::Integer { min: Some(1), max: Some(9) },
            },
            Member { name: "Kind", required: false, shape: &Shape::Enum(&["a", "b"]) },
        ],
    };

    fn said(request: &Value) -> Option<String> {
        message(&broken(&REQUEST, &View::of_json(request)), Quoted::Numbers)
    }

    #[test]
    fn violations_read_as_aws_writes_them() {
        assert_eq!(said(&json!({"Name": "ü_1"})), None);
        assert_eq!(
            said(&json!({"Tags": [{"Key": "k"}, {}], "Keys": ["long"], "Size": 0, "Kind": "c"})),
            Some(
                "5 validation errors detected: Value at 'name' failed to satisfy constraint: Member must not \
                 be null; Value at 'tags.2.member.key' failed to satisfy constraint: Member must not be null; \
                 Value at 'keys' failed to satisfy constraint: Member must satisfy constraint: [Member must \
                 have length less than or equal to 3, Member must have length greater than or equal to 1, \
                 Member must satisfy regular expression pattern: [\\p{L}\\p{N}_]+]; Value '0' at 'size' failed \
                 to satisfy constraint: Member must have value greater than or equal to 1; Value at 'kind' \
                 failed to satisfy constraint: Member must satisfy enum value set: [a, b]"
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_pattern_has_to_match_the_whole_text() {
        assert!(matches("[a-z]+|[0-9]+", "abc"));
        assert!(!matches("[a-z]+|[0-9]+", "abc1"));
        assert!(!matches("^([a-z0-9]|-(?!-))+$", "a--b"));
        assert!(matches("^([a-z0-9]|-(?!-))+$", "a-b"));
        assert!(!matches(r"[\p{L}]+", "a1"));
        assert!(!matches("[a-z]*", "a\n"));
    }

    /// Collects every pattern that a shape contains.
    fn patterns(
        shape: &'static Shape,
        seen: &mut BTreeSet<usize>,
        all: &mut BTreeSet<&'static str>,
    ) {
        if !seen.insert(std::ptr::from_ref(shape).addr()) {
            return;
        }
        match *shape {
            Shape::Structure { members } => {
                for member in members {
                    patterns(member.shape, seen, all);
                }
            }
            Shape::List { item, .. } => patterns(item, seen, all),
            Shape::Map { key, value, .. } => {
                patterns(key, seen, all);
                patterns(value, seen, all);
            }
            Shape::Text { pattern, .. } => all.extend(pattern),
            _ => {}
        }
    }

    #[test]
    fn a_repeated_class_is_matched_like_its_regular_expression() {
        for java in ["[a-z]+", r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", r"[\]a]*", "[^a]+"] {
            let fast = Pattern::compile(java);
            assert!(fast.ascii.is_some(), "{java}");
            let slow = Pattern { ascii: None, ..Pattern::compile(java) };
            for text in ["", "a", "aa", "ab", "a]", "]", "a b", "a\n", "a@", "ä", "aä", "^"] {
                assert_eq!(fast.matches(text), slow.matches(text), "{java} {text:?}");
            }
        }
        for java in ["[a-z]+|[0-9]+", "[a-z][0-9]+", "[a-z]", "a+", "^[a-z]+"] {
            assert!(Pattern::compile(java).ascii.is_none(), "{java}");
        }
    }

    #[test]
    fn the_patterns_of_all_operations_compile() {
        let mut all = BTreeSet::new();
        for shape in crate::wire::shapes() {
            patterns(shape, &mut BTreeSet::new(), &mut all);
        }
        assert!(all.len() > 20);
        for pattern in all {
            Pattern::compile(pattern);
        }
    }
}
