//! Field patterns, for messages that consist of fields separated by spaces.

use std::collections::BTreeMap;

use super::expression::Expression;
use super::scanner::Scanner;
use super::value::Comparison;

/// A field pattern.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// The fields before the ellipsis, or all fields if there is no ellipsis.
    first: Vec<Field>,
    /// The fields after the ellipsis, if there is one.
    last: Option<Vec<Field>>,
}

/// A field, with or without a name.
#[derive(Debug, Default)]
struct Field {
    name: String,
    condition: Option<Expression<Comparison>>,
}

impl Field {
    fn parse(scanner: &mut Scanner<'_>) -> Option<Self> {
        let name = name(scanner).to_owned();
        if matches!(scanner.peek()?, ',' | ']') {
            return Some(Self { name, condition: None });
        }
        if name.is_empty() {
            return None;
        }
        // Every condition starts with the name of the field, as in `[a = 1 || a = 2]`. The name
        // before the first condition has already been read.
        let is_first = std::cell::Cell::new(true);
        let operand = |scanner: &mut Scanner<'_>| {
            if !is_first.replace(false) && self::name(scanner) != name {
                return None;
            }
            Comparison::parse(scanner)
        };
        let condition = Expression::parse(scanner, &operand)?;
        Some(Self { name, condition: Some(condition) })
    }

    fn accepts(&self, text: &str) -> bool {
        let condition = self.condition.as_ref();
        condition.is_none_or(|condition| condition.holds(&|comparison| comparison.holds(text)))
    }
}

/// Reads the name of a field, which may be empty.
fn name<'t>(scanner: &mut Scanner<'t>) -> &'t str {
    scanner.skip_spaces();
    scanner.take_while(|char| char.is_ascii_alphanumeric() || "_-$".contains(char))
}

impl Fields {
    /// Parses the part of a pattern that follows the opening bracket.
    pub(super) fn parse(scanner: &mut Scanner<'_>) -> Option<Self> {
        let mut fields = Self::default();
        if scanner.eat("]") {
            // A pattern without fields matches every message.
            fields.last = Some(Vec::new());
            return scanner.is_done().then_some(fields);
        }
        loop {
            if scanner.eat("...") || scanner.eat("…") {
                if fields.last.replace(Vec::new()).is_some() {
                    return None;
                }
            } else {
                let field = Field::parse(scanner)?;
                fields.last.as_mut().unwrap_or(&mut fields.first).push(field);
            }
            if scanner.eat("]") {
                return scanner.is_done().then_some(fields);
            }
            if !scanner.eat(",") {
                return None;
            }
        }
    }

    pub(super) fn match_message(&self, message: &str) -> bool {
        let texts = split(message);
        self.assigned(&texts).is_some_and(|assigned| {
            assigned.iter().all(|(text, field)| field.is_none_or(|field| field.accepts(text)))
        })
    }

    pub(super) fn extracted(&self, message: &str) -> BTreeMap<String, String> {
        let texts = split(message);
        let assigned = self.assigned(&texts).unwrap_or_default();
        let named = (1..).zip(assigned).map(|(place, (text, field))| {
            let name = field.map(|field| field.name.as_str()).filter(|name| !name.is_empty());
            let name = name.map_or_else(|| place.to_string(), |name| name.replace('$', ""));
            (format!("${name}"), text.to_owned())
        });
        named.collect()
    }

    /// Pairs each field of a message with the corresponding field of the pattern, if there is one.
    /// Returns `None` if the message has too few fields.
    fn assigned<'t>(&self, texts: &[&'t str]) -> Option<Vec<(&'t str, Option<&Field>)>> {
        let Self { first, last } = self;
        let after = last.as_ref().map_or(0, Vec::len);
        // If there is no ellipsis, the message may have more fields than the pattern: in the
        // documentation, `[w1=ERROR, w2]` selects lines of six words.
        let between = texts.len().checked_sub(first.len() + after)?;
        let fields = first.iter().map(Some).chain(std::iter::repeat_n(None, between));
        let fields = fields.chain(last.iter().flatten().map(Some));
        Some(texts.iter().copied().zip(fields).collect())
    }
}

/// Splits a message into fields. Text in brackets or double quotes counts as one field.
fn split(message: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut rest = message.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '[' => Some(']'),
            '"' => Some('"'),
            _ => None,
        };
        let closed = end.and_then(|end| rest.get(1..)?.split_once(end));
        let (field, after) = closed.unwrap_or_else(|| {
            let at = rest.find(char::is_whitespace).unwrap_or(rest.len());
            rest.split_at(at)
        });
        fields.push(field);
        rest = after.trim_start();
    }
    fields
}
