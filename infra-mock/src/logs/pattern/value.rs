//! Compares a value in a message with a value in a pattern.

use regex_lite::Regex;

use super::scanner::Scanner;

/// A comparison with a value from the pattern.
#[derive(Debug)]
pub(super) struct Comparison {
    operator: Operator,
    value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug)]
enum Value {
    /// A number, and its spelling in the pattern.
    Number(f64, String),
    /// A string, possibly with a wildcard at its beginning, its end or both.
    Text {
        text: String,
        any_before: bool,
        any_after: bool,
    },
    Regex(Regex),
}

/// The operators. Longer operators come first, so that `<=` is not read as `<`.
const OPERATORS: [(&str, Operator); 6] = [
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl Value {
    fn parse(scanner: &mut Scanner<'_>) -> Option<Self> {
        match scanner.peek()? {
            '"' => scanner.quoted().map(|text| Self::text(&text)),
            '%' => scanner.regex().map(Self::Regex),
            _ => {
                let text = scanner
                    .take_while(|char| char.is_ascii_alphanumeric() || "_.*-+".contains(char));
                let is_number = text.contains(|char: char| char.is_ascii_digit())
                    && text.chars().all(|char| char.is_ascii_digit() || "+-.eE".contains(char));
                match text.parse() {
                    _ if text.is_empty() => None,
                    Ok(number) if is_number => Some(Self::Number(number, text.to_owned())),
                    _ => Some(Self::text(text)),
                }
            }
        }
    }

    /// Parses a string. An asterisk at the beginning or end of the string is a wildcard; an
    /// asterisk in the middle is an ordinary character.
    fn text(text: &str) -> Self {
        let (any_before, rest) = match text.strip_prefix('*') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (any_after, rest) = match rest.strip_suffix('*') {
            Some(rest) => (true, rest),
            // A single asterisk matches every string.
            None => (any_before && rest.is_empty(), rest),
        };
        Self::Text { text: rest.to_owned(), any_before, any_after }
    }

    fn equals(&self, found: &str) -> bool {
        match self {
            Self::Number(number, text) => {
                found == text || found.parse::<f64>().is_ok_and(|found| is_same(found, *number))
            }
            Self::Text { text, any_before, any_after } => match (any_before, any_after) {
                (true, true) => found.contains(text),
                (true, false) => found.ends_with(text),
                (false, true) => found.starts_with(text),
                (false, false) => found == text,
            },
            Self::Regex(regex) => regex.is_match(found),
        }
    }
}

fn is_same(one: f64, other: f64) -> bool {
    one.total_cmp(&other).is_eq() || (one - other).abs() < f64::EPSILON
}

impl Comparison {
    /// Parses an operator and a value. After an operator such as `<`, the value must be a number.
    pub(super) fn parse(scanner: &mut Scanner<'_>) -> Option<Self> {
        let (_, operator) = *OPERATORS.iter().find(|(text, _)| scanner.eat(text))?;
        let value = Value::parse(scanner)?;
        let is_ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
        (!is_ordered || matches!(value, Value::Number(..))).then_some(Self { operator, value })
    }

    /// Returns whether the comparison is true for the value `found` in a message.
    pub(super) fn holds(&self, found: &str) -> bool {
        let Self { operator, value } = self;
        let ordered = |holds: fn(f64, f64) -> bool| {
            let Value::Number(number, _) = value else { return false };
            found.parse().is_ok_and(|found| holds(found, *number))
        };
        match operator {
            Operator::Equal => value.equals(found),
            Operator::NotEqual => !value.equals(found),
            Operator::Less => ordered(|found, number| found < number),
            Operator::LessOrEqual => ordered(|found, number| found <= number),
            Operator::Greater => ordered(|found, number| found > number),
            Operator::GreaterOrEqual => ordered(|found, number| found >= number),
        }
    }
}
