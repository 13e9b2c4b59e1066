//! The query language: commands separated by pipes.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html>

use std::time::Duration;

use crate::api::{ApiError, ApiResult};

use super::condition::Condition;
use super::token::{Kind, Token, malformed, tokens};

/// A parsed query.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) commands: Vec<Command>,
}

#[derive(Debug)]
pub(super) enum Command {
    /// The fields to return, each with its column name. If the query contains a `display` command,
    /// the result does not include the columns from `fields` commands.
    Fields {
        fields: Vec<(String, String)>,
        replaces: bool,
    },
    Filter(Condition),
    /// The fields to sort by, each with a flag that is `true` for descending order.
    Sort(Vec<(String, bool)>),
    Limit(usize),
    Dedup(Vec<String>),
    Stats {
        aggregates: Vec<Aggregate>,
        by: Vec<Group>,
    },
}

#[derive(Debug)]
pub(super) struct Aggregate {
    pub(super) function: Function,
    /// The field that the function applies to, or `None` to count rows.
    pub(super) field: Option<String>,
    pub(super) name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Count,
    CountDistinct,
    Sum,
    Avg,
    Min,
    Max,
}

/// A criterion for grouping rows.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) kind: GroupKind,
}

#[derive(Debug)]
pub(super) enum GroupKind {
    Field(String),
    /// The event time, rounded down to a multiple of this period.
    Bin(Duration),
}

/// The commands that AWS supports but the mock does not.
const OTHER_COMMANDS: [&str; 11] = [
    "anomaly",
    "diff",
    "filterindex",
    "join",
    "lookup",
    "parse",
    "pattern",
    "source",
    "subqueries",
    "unmask",
    "unnest",
];

/// Reads the tokens of a query from left to right.
#[derive(Debug)]
pub(super) struct Reader<'q> {
    text: &'q str,
    tokens: &'q [Token],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    pub(super) fn next(&mut self) -> Option<Kind> {
        let kind = self.peek().cloned();
        self.at += 1;
        kind
    }

    pub(super) fn eat_sign(&mut self, sign: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Kind::Sign(next)) if *next == sign);
        self.at += usize::from(is_next);
        is_next
    }

    /// If the next token is `word`, skips the token and returns `true`. Ignores case.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let is_next =
            matches!(self.peek(), Some(Kind::Name(next)) if next.eq_ignore_ascii_case(word));
        self.at += usize::from(is_next);
        is_next
    }

    /// If the next tokens are `name` and an opening parenthesis, skips both and returns `true`.
    pub(super) fn eat_function(&mut self, name: &str) -> bool {
        let start = self.at;
        let is_next = self.eat_word(name) && self.eat_sign("(");
        if !is_next {
            self.at = start;
        }
        is_next
    }

    pub(super) fn expect_sign(&mut self, sign: &str) -> ApiResult<()> {
        if self.eat_sign(sign) {
            return Ok(());
        }
        self.at += 1;
        Err(self.unexpected())
    }

    pub(super) fn field(&mut self) -> ApiResult<String> {
        match self.next() {
            Some(Kind::Name(name) | Kind::Field(name)) => Ok(name),
            _ => Err(self.unexpected()),
        }
    }

    /// Returns an error saying that the last token read was unexpected.
    pub(super) fn unexpected(&self) -> ApiError {
        let token = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        malformed(token.map_or("<EOF>", |token| &self.text[token.start..token.end]))
    }

    /// Returns the query text from the token at index `from` to the last token read.
    fn written(&self, from: usize) -> String {
        let start = self.tokens.get(from).map_or(0, |token| token.start);
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or("", |token| &self.text[start..token.end]).to_owned()
    }

    /// Parses items separated by commas, using `item` to parse each one.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> ApiResult<T>) -> ApiResult<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eat_sign(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Parses an alias such as `as total`, if there is one.
    fn alias(&mut self) -> ApiResult<Option<String>> {
        if self.eat_word("as") { self.field().map(Some) } else { Ok(None) }
    }
}

impl Query {
    pub(super) fn parse(text: &str) -> ApiResult<Self> {
        let tokens = tokens(text)?;
        let mut reader = Reader { text, tokens: &tokens, at: 0 };
        let mut commands = Vec::new();
        // An empty query returns all events.
        while reader.at < tokens.len() {
            commands.push(Command::read(&mut reader)?);
            if reader.at < tokens.len() {
                reader.expect_sign("|")?;
            }
        }
        Ok(Self { commands })
    }
}

impl Command {
    fn read(reader: &mut Reader<'_>) -> ApiResult<Self> {
        let name = match reader.next() {
            Some(Kind::Name(name)) => name.to_ascii_lowercase(),
            _ => return Err(reader.unexpected()),
        };
        match name.as_str() {
            "fields" => Self::shown(reader, false),
            "display" => Self::shown(reader, true),
            "filter" | "where" => Condition::read(reader).map(Self::Filter),
            "sort" | "order" => {
                // `sort by` is the same as `sort`.
                reader.eat_word("by");
                let order = |reader: &mut Reader<'_>| {
                    let field = reader.sort_field()?;
                    let descends = reader.eat_word("desc");
                    if !descends {
                        reader.eat_word("asc");
                    }
                    Ok((field, descends))
                };
                reader.list(order).map(Self::Sort)
            }
            "limit" | "head" => match reader.next() {
                Some(Kind::Number(number)) => {
                    number.parse().map(Self::Limit).map_err(|_| malformed(&number))
                }
                _ => Err(reader.unexpected()),
            },
            "dedup" => reader.list(Reader::field).map(Self::Dedup),
            "stats" => {
                let aggregates = reader.list(Aggregate::read)?;
                let by = if reader.eat_word("by") { reader.list(Group::read)? } else { Vec::new() };
                Ok(Self::Stats { aggregates, by })
            }
            other if OTHER_COMMANDS.contains(&other) => {
                Err(super::not_implemented(&format!("the command {other}")))
            }
            _ => Err(reader.unexpected()),
        }
    }

    fn shown(reader: &mut Reader<'_>, replaces: bool) -> ApiResult<Self> {
        let field = |reader: &mut Reader<'_>| {
            let field = reader.field()?;
            if reader.eat_sign("(") {
                return Err(super::not_implemented(&format!("the function {field}")));
            }
            let name = reader.alias()?.unwrap_or_else(|| field.clone());
            Ok((field, name))
        };
        Ok(Self::Fields { fields: reader.list(field)?, replaces })
    }
}

impl Reader<'_> {
    /// Parses a field to sort by. It can be the column of an aggregate, such as `count(*)`.
    fn sort_field(&mut self) -> ApiResult<String> {
        let start = self.at;
        let name = self.field()?;
        if !self.eat_sign("(") {
            return Ok(name);
        }
        while !self.eat_sign(")") {
            if self.next().is_none() {
                return Err(self.unexpected());
            }
        }
        Ok(self.written(start))
    }
}

impl Aggregate {
    fn read(reader: &mut Reader<'_>) -> ApiResult<Self> {
        let start = reader.at;
        let function = reader.field()?;
        reader.expect_sign("(")?;
        let function = match function.to_ascii_lowercase().as_str() {
            "count" => Function::Count,
            "count_distinct" => Function::CountDistinct,
            "sum" => Function::Sum,
            "avg" => Function::Avg,
            "min" => Function::Min,
            "max" => Function::Max,
            other => return Err(super::not_implemented(&format!("the function {other}"))),
        };
        let counts_rows = function == Function::Count
            && (reader.eat_sign("*") || matches!(reader.peek(), Some(Kind::Sign(")"))));
        let field = if counts_rows { None } else { Some(reader.field()?) };
        reader.expect_sign(")")?;
        let written = reader.written(start);
        Ok(Self { function, field, name: reader.alias()?.unwrap_or(written) })
    }
}

impl Group {
    fn read(reader: &mut Reader<'_>) -> ApiResult<Self> {
        let start = reader.at;
        let kind = if reader.eat_function("bin") {
            let Some(Kind::Number(period)) = reader.next() else {
                return Err(reader.unexpected());
            };
            reader.expect_sign(")")?;
            GroupKind::Bin(self::period(&period).ok_or_else(|| malformed(&period))?)
        } else {
            let field = reader.field()?;
            if reader.eat_sign("(") {
                return Err(super::not_implemented(&format!("the function {field}")));
            }
            GroupKind::Field(field)
        };
        let written = reader.written(start);
        let name = reader.alias()?.unwrap_or(match &kind {
            GroupKind::Field(field) => field.clone(),
            GroupKind::Bin(_) => written,
        });
        Ok(Self { name, kind })
    }
}

/// Parses a period such as `5m`.
fn period(text: &str) -> Option<Duration> {
    let at = text.find(|char: char| !char.is_ascii_digit())?;
    let (number, unit) = text.split_at(at);
    let number: u64 = number.parse().ok().filter(|number| (1..1_000_000).contains(number))?;
    Some(match unit {
        "ms" => Duration::from_millis(number),
        "s" | "sec" => Duration::from_secs(number),
        "m" | "min" => Duration::from_mins(number),
        "h" | "hr" => Duration::from_hours(number),
        "d" => Duration::from_hours(24 * number),
        "w" => Duration::from_hours(7 * 24 * number),
        _ => return None,
    })
}
