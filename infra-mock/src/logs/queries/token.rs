//! The tokens of a query.

use crate::api::{ApiError, ApiResult};

/// A token, with the positions in the query where it starts and ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// The name of a command, function or field.
    Name(String),
    /// A field in backquotes.
    Field(String),
    Number(String),
    Text(String),
    /// A regular expression enclosed in slashes.
    Regex(String),
    Sign(&'static str),
}

/// The operators and punctuation. Longer operators come first, so that `<=` is not read as `<`.
const SIGNS: [&str; 16] =
    ["!=", "<=", ">=", "=~", "=", "<", ">", "|", ",", "(", ")", "[", "]", "*", "-", "+"];

/// Returns the error for a query that cannot be parsed.
///
/// The message is modeled on the message in <https://github.com/boto/boto3/issues/3450> but does
/// not list the expected tokens.
pub(super) fn malformed(found: &str) -> ApiError {
    ApiError::new(
        "MalformedQueryException",
        format!(
            "mismatched input '{found}' (Service: AWSLogs; Status Code: 400; Error Code: MalformedQueryException)"
        ),
    )
}

/// Splits a query into tokens. `#` starts a comment.
pub(super) fn tokens(text: &str) -> ApiResult<Vec<Token>> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if first == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let (kind, length) = token(rest, first).ok_or_else(|| malformed(rest))?;
        tokens.push(Token { kind, start: at, end: at + length });
        at += length;
    }
    Ok(tokens)
}

/// Returns the token at the start of a string, and its length.
fn token(rest: &str, first: char) -> Option<(Kind, usize)> {
    let until = |wanted: &dyn Fn(char) -> bool| rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    if first.is_alphabetic() || "@_$".contains(first) {
        let length = until(&|c| c.is_alphanumeric() || "@_$.".contains(c));
        return Some((Kind::Name(rest[..length].to_owned()), length));
    }
    if first.is_ascii_digit() {
        let length = until(&|c| c.is_ascii_alphanumeric() || c == '.');
        return Some((Kind::Number(rest[..length].to_owned()), length));
    }
    if "\"'`/".contains(first) {
        let (text, length) = quoted(rest, first)?;
        let kind = match first {
            '`' => Kind::Field(text),
            '/' => Kind::Regex(text),
            _ => Kind::Text(text),
        };
        return Some((kind, length));
    }
    let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign))?;
    Some((Kind::Sign(sign), sign.len()))
}

/// Returns the quoted text at the start of a string, and its length including the quotes. A
/// backslash escapes a quote.
fn quoted(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        if char == quote {
            return Some((text, at + 1));
        }
        if char != '\\' {
            text.push(char);
            continue;
        }
        match chars.next()?.1 {
            escaped if escaped == quote => text.push(escaped),
            other => text.extend(['\\', other]),
        }
    }
    None
}
