//! Filter patterns, which select log events by their messages.
//!
//! The syntax is documented in
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>.

mod expression;
mod fields;
mod json;
mod scanner;
mod terms;
mod value;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::expression::Expression;
use self::fields::Fields;
use self::scanner::Scanner;
use self::terms::Terms;

/// The maximum number of regular expressions in a JSON pattern or field pattern.
const MAX_REGEXES: usize = 2;

/// A filter pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    kind: Kind,
    regexes: usize,
}

#[derive(Debug)]
enum Kind {
    Terms(Terms),
    Json(Expression<json::Condition>),
    Fields(Fields),
}

/// The reason why a string is not a valid filter pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadPattern {
    /// The syntax is invalid.
    Syntax,
    /// The pattern starts with the first of these brackets but does not end with the second.
    Open(char, char),
    /// A regular expression contains an unsupported character.
    Character,
}

impl BadPattern {
    /// Returns AWS's message. `kind` is `filter` or `metric filter`.
    ///
    /// Sources: <https://github.com/aws/aws-toolkit-jetbrains/issues/3219>,
    /// <https://github.com/aws/aws-cdk/issues/16278>, <https://github.com/jorgebastida/awslogs/issues/210> and
    /// <https://github.com/ministryofjustice/modernisation-platform-environments/pull/5137>.
    pub(super) fn message(self, kind: &str) -> String {
        match self {
            Self::Syntax => format!("Invalid {kind} pattern"),
            Self::Open(start, end) => {
                format!("If a filter pattern starts with '{start}' it must end with '{end}'")
            }
            Self::Character => "Invalid character(s) in term".to_owned(),
        }
    }
}

impl Pattern {
    /// Parses a pattern.
    pub(super) fn parse(text: &str) -> Result<Self, BadPattern> {
        let text = text.trim();
        for (start, end) in [('{', '}'), ('[', ']')] {
            if text.starts_with(start) && (text.len() < 2 || !text.ends_with(end)) {
                return Err(BadPattern::Open(start, end));
            }
        }
        let mut scanner = Scanner::new(text);
        let kind = if scanner.eat("{") {
            json::parse(&mut scanner).map(Kind::Json)
        } else if scanner.eat("[") {
            Fields::parse(&mut scanner).map(Kind::Fields)
        } else {
            Terms::parse(&mut scanner).map(Kind::Terms)
        };
        if scanner.has_bad_character {
            return Err(BadPattern::Character);
        }
        let kind = kind.ok_or(BadPattern::Syntax)?;
        let regexes = scanner.regexes;
        if regexes > MAX_REGEXES && !matches!(kind, Kind::Terms(_)) {
            // AWS's message is not publicly documented.
            return Err(BadPattern::Syntax);
        }
        Ok(Self { kind, regexes })
    }

    /// Returns whether a message matches the pattern.
    pub(super) fn matches(&self, message: &str) -> bool {
        match &self.kind {
            Kind::Terms(terms) => terms.match_message(message),
            Kind::Json(condition) => json::match_message(condition, message),
            Kind::Fields(fields) => fields.match_message(message),
        }
    }

    /// Returns the value of each field in a message. A field's key is `$` followed by its name, or
    /// by its position if it has no name. Only field patterns extract fields.
    pub(super) fn extracted(&self, message: &str) -> BTreeMap<String, String> {
        match &self.kind {
            Kind::Fields(fields) => fields.extracted(message),
            Kind::Terms(_) | Kind::Json(_) => BTreeMap::new(),
        }
    }

    /// Returns whether a metric filter with this pattern can have dimensions:
    /// <https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-logs/issues/64>.
    pub(super) fn supports_dimensions(&self) -> bool {
        !matches!(self.kind, Kind::Terms(_))
    }

    /// Returns whether the pattern contains a regular expression.
    pub(super) fn has_regex(&self) -> bool {
        self.regexes > 0
    }
}
