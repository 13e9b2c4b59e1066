//! The condition operators that the mock implements: the string, ARN and numeric operators, `Bool`
//! and `Null`. The suffix `IfExists` and the set operators are also supported.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use std::collections::BTreeSet;

use infra_core::policy::Version;

use super::Context;
use super::pattern::Pattern;

/// A comparison of two values.
#[derive(Clone, Copy, Debug)]
pub(super) enum Comparison {
    Text,
    TextIgnoringCase,
    TextLike,
    Arn,
    Bool,
    Number(fn(f64, f64) -> bool),
}

/// How a condition treats a key with several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    One,
    AllValues,
    AnyValue,
}

/// A parsed operator.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operator {
    Null,
    Compare { comparison: Comparison, negated: bool, if_exists: bool, over: Over },
}

impl Operator {
    /// Parses an operator, or returns `None` if the mock does not implement it.
    pub(super) fn read(name: &str) -> Option<Self> {
        let (over, rest) = match name.split_once(':') {
            None => (Over::One, name),
            Some(("ForAllValues", rest)) => (Over::AllValues, rest),
            Some(("ForAnyValue", rest)) => (Over::AnyValue, rest),
            Some(_) => return None,
        };
        let (rest, if_exists) = match rest.strip_suffix("IfExists") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        #[expect(clippy::float_cmp, reason = "policy conditions compare numbers exactly")]
        let (comparison, negated) = match rest {
            "Null" if over == Over::One && !if_exists => return Some(Self::Null),
            "StringEquals" => (Comparison::Text, false),
            "StringNotEquals" => (Comparison::Text, true),
            "StringEqualsIgnoreCase" => (Comparison::TextIgnoringCase, false),
            "StringNotEqualsIgnoreCase" => (Comparison::TextIgnoringCase, true),
            "StringLike" => (Comparison::TextLike, false),
            "StringNotLike" => (Comparison::TextLike, true),
            "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
            "Bool" => (Comparison::Bool, false),
            "NumericEquals" => (Comparison::Number(|has, wants| has == wants), false),
            "NumericNotEquals" => (Comparison::Number(|has, wants| has == wants), true),
            "NumericLessThan" => (Comparison::Number(|has, wants| has < wants), false),
            "NumericLessThanEquals" => (Comparison::Number(|has, wants| has <= wants), false),
            "NumericGreaterThan" => (Comparison::Number(|has, wants| has > wants), false),
            "NumericGreaterThanEquals" => (Comparison::Number(|has, wants| has >= wants), false),
            _ => return None,
        };
        Some(Self::Compare { comparison, negated, if_exists, over })
    }
}

/// Returns whether a condition is true for the values of its key.
pub(super) fn holds(
    operator: Operator,
    has: Option<&[String]>,
    wants: &BTreeSet<String>,
    version: Version,
    context: &Context,
) -> bool {
    let Operator::Compare { comparison, negated, if_exists, over } = operator else {
        // In a `Null` condition, "true" means that the key must be absent.
        return wants.iter().any(|wanted| wanted.eq_ignore_ascii_case("true") == has.is_none());
    };
    let Some(has) = has else {
        return match over {
            Over::One => if_exists || negated,
            Over::AllValues => true,
            Over::AnyValue => if_exists,
        };
    };
    // A value of the key fits if it matches at least one of the condition's values. If the operator
    // is negated, it must match none of them.
    let fits = |value: &String| {
        let matched =
            wants.iter().any(|wanted| compare(comparison, value, wanted, version, context));
        matched != negated
    };
    match over {
        Over::AllValues => has.iter().all(fits),
        Over::One | Over::AnyValue => has.iter().any(fits),
    }
}

fn compare(
    comparison: Comparison,
    has: &str,
    wants: &str,
    version: Version,
    context: &Context,
) -> bool {
    if let Comparison::Number(compare) = comparison {
        return match (has.parse(), wants.parse()) {
            (Ok(has), Ok(wants)) => compare(has, wants),
            _ => false,
        };
    }
    let Some(pattern) = Pattern::read(wants, version, context) else { return false };
    match comparison {
        Comparison::Text => pattern.into_text() == has,
        Comparison::TextIgnoringCase => pattern.into_text().to_lowercase() == has.to_lowercase(),
        Comparison::Bool => pattern.into_text().eq_ignore_ascii_case(has),
        Comparison::TextLike => pattern.matches(has),
        Comparison::Arn => pattern.matches_arn(has),
        Comparison::Number(_) => false,
    }
}
