//! The conditions of the `filter` command.

use regex_lite::Regex;

use crate::api::ApiResult;

use super::language::Reader;
use super::run::Row;
use super::token::{Kind, malformed};

/// A condition on a row.
#[derive(Debug)]
pub(super) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Compare(Operand, Comparison, Operand),
    Like(Operand, Pattern),
    In(Operand, Vec<Operand>),
    /// A field exists and is not empty. If the flag is `true`, a field that contains only
    /// whitespace also counts as empty.
    Present(String, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug)]
pub(super) enum Operand {
    Field(String),
    Value(String),
}

#[derive(Debug)]
pub(super) enum Pattern {
    Text(String),
    Regex(Regex),
}

impl Operand {
    fn read(reader: &mut Reader<'_>) -> ApiResult<Self> {
        let is_negative = reader.eat_sign("-");
        let sign = if is_negative { "-" } else { "" };
        match reader.next() {
            Some(Kind::Number(number)) => Ok(Self::Value(format!("{sign}{number}"))),
            Some(Kind::Text(text)) if !is_negative => Ok(Self::Value(text)),
            Some(Kind::Field(name)) if !is_negative => Ok(Self::Field(name)),
            Some(Kind::Name(name)) if !is_negative => {
                if reader.eat_sign("(") {
                    return Err(super::not_implemented(&format!("the function {name}")));
                }
                Ok(Self::Field(name))
            }
            _ => Err(reader.unexpected()),
        }
    }

    fn value<'r>(&'r self, row: &'r Row) -> Option<&'r str> {
        match self {
            Self::Field(name) => row.get(name),
            Self::Value(value) => Some(value),
        }
    }
}

impl Pattern {
    fn read(reader: &mut Reader<'_>) -> ApiResult<Self> {
        match reader.next() {
            Some(Kind::Text(text)) => Ok(Self::Text(text)),
            Some(Kind::Regex(text)) => {
                Regex::new(&text).map(Self::Regex).map_err(|_| malformed(&text))
            }
            _ => Err(reader.unexpected()),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Text(part) => text.contains(part),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

impl Condition {
    /// Parses a condition. `and` has higher precedence than `or`.
    pub(super) fn read(reader: &mut Reader<'_>) -> ApiResult<Self> {
        let mut any = vec![Self::conjunction(reader)?];
        while reader.eat_word("or") {
            any.push(Self::conjunction(reader)?);
        }
        Ok(Self::Any(any))
    }

    fn conjunction(reader: &mut Reader<'_>) -> ApiResult<Self> {
        let mut all = vec![Self::single(reader)?];
        while reader.eat_word("and") {
            all.push(Self::single(reader)?);
        }
        Ok(Self::All(all))
    }

    fn single(reader: &mut Reader<'_>) -> ApiResult<Self> {
        if reader.eat_word("not") {
            return Ok(Self::Not(Box::new(Self::single(reader)?)));
        }
        if reader.eat_sign("(") {
            let inner = Self::read(reader)?;
            reader.expect_sign(")")?;
            return Ok(inner);
        }
        for (function, is_present, beyond_spaces) in
            [("ispresent", true, false), ("isempty", false, false), ("isblank", false, true)]
        {
            if reader.eat_function(function) {
                let field = reader.field()?;
                reader.expect_sign(")")?;
                let present = Self::Present(field, beyond_spaces);
                return Ok(if is_present { present } else { Self::Not(Box::new(present)) });
            }
        }
        let left = Operand::read(reader)?;
        let is_negated = reader.eat_word("not");
        let condition = if reader.eat_word("like") || (!is_negated && reader.eat_sign("=~")) {
            Self::Like(left, Pattern::read(reader)?)
        } else if reader.eat_word("in") {
            reader.expect_sign("[")?;
            let mut values = vec![Operand::read(reader)?];
            while reader.eat_sign(",") {
                values.push(Operand::read(reader)?);
            }
            reader.expect_sign("]")?;
            Self::In(left, values)
        } else if is_negated {
            return Err(reader.unexpected());
        } else {
            let comparison = [
                ("=", Comparison::Equal),
                ("!=", Comparison::NotEqual),
                ("<", Comparison::Less),
                ("<=", Comparison::LessOrEqual),
                (">", Comparison::Greater),
                (">=", Comparison::GreaterOrEqual),
            ];
            let found = comparison.into_iter().find(|(sign, _)| reader.eat_sign(sign));
            let (_, comparison) = found.ok_or_else(|| reader.unexpected())?;
            Self::Compare(left, comparison, Operand::read(reader)?)
        };
        Ok(if is_negated { Self::Not(Box::new(condition)) } else { condition })
    }

    pub(super) fn holds(&self, row: &Row) -> bool {
        match self {
            Self::All(all) => all.iter().all(|part| part.holds(row)),
            Self::Any(any) => any.iter().any(|part| part.holds(row)),
            Self::Not(part) => !part.holds(row),
            Self::Present(field, beyond_spaces) => row.get(field).is_some_and(|value| {
                !(if *beyond_spaces { value.trim() } else { value }).is_empty()
            }),
            Self::Like(operand, pattern) => {
                operand.value(row).is_some_and(|value| pattern.is_in(value))
            }
            Self::In(operand, values) => operand.value(row).is_some_and(|value| {
                let mut others = values.iter().filter_map(|other| other.value(row));
                others.any(|other| Comparison::Equal.holds(value, other))
            }),
            Self::Compare(left, comparison, right) => {
                match (left.value(row), right.value(row)) {
                    (Some(left), Some(right)) => comparison.holds(left, right),
                    // A missing value differs from every value, so only `!=` is true.
                    _ => *comparison == Comparison::NotEqual,
                }
            }
        }
    }
}

impl Comparison {
    /// Returns whether the comparison of two values is true. The values are compared as numbers if
    /// both are numbers, and as text otherwise.
    fn holds(self, left: &str, right: &str) -> bool {
        let order = super::run::compare(left, right);
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}
