//! Values that must be one of a few words.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::Value;
use crate::names::InvalidValue;
use crate::policy::Effect;
use crate::provider::{ContainerInsights, ExecuteCommandLogging};

/// Returns the known word closest to `given`, if the two differ by at most one typo per three
/// letters. One typo is always allowed.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Skip long texts: all known words are short, so none would be close enough, and computing the
    // edit distance takes quadratic time.
    const LONGEST: usize = 64;
    let spelled = |text: &str| text.to_lowercase().replace('-', "_");
    let given = spelled(given);
    if given.chars().count() > LONGEST {
        return None;
    }
    known
        .into_iter()
        .filter_map(|name| {
            let word = spelled(name);
            let limit = (word.chars().count().max(given.chars().count()) / 3).max(1);
            let distance = strsim::damerau_levenshtein(&given, &word);
            (distance <= limit).then_some((distance, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Parses a string that must be one of the known words. The error lists the words and suggests the
/// nearest one.
///
/// # Errors
/// Returns an error if the text is not one of the words.
pub fn one_of<T: Clone>(
    what: &'static str,
    text: &str,
    known: &[(&'static str, T)],
) -> Result<T, InvalidValue> {
    if let Some((_, value)) = known.iter().find(|(name, _)| *name == text) {
        return Ok(value.clone());
    }
    let names = known.iter().map(|(name, _)| *name);
    let list: Vec<String> = names.clone().map(|name| format!("{name:?}")).collect();
    let rule = format!("use {}", either(&list));
    Err(InvalidValue::new(what, text, rule, nearest(text, names).map(str::to_owned)))
}

/// Joins names into a list, such as `a`, `a or b` or `a, b or c`.
fn either(names: &[String]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        names => names.concat(),
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $type:ident($what:literal): $($word:literal),+;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $type(&'static str);

        impl $type {
            /// The accepted words.
            pub const WORDS: &[&str] = &[$($word),+];

            /// Returns the word.
            pub const fn as_str(self) -> &'static str {
                self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }

        impl FromStr for $type {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                one_of($what, text, &[$(($word, Self($word))),+])
            }
        }

        impl Value for $type {
            fn schema() -> Json {
                json!({ "enum": Self::WORDS })
            }
        }
    )+};
}

words! {
    /// The tag mutability mode of a repository, not including its exclusion filters.
    TagMutabilityMode("tag mutability"):
        "MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION";

    /// The encryption type for the images in a repository, not including the KMS key.
    EncryptionType("encryption type"): "AES256", "KMS", "KMS_DSSE";

    /// The class of a log group that tasks can write to. `DELIVERY` is excluded, because a log
    /// group of that class only forwards events.
    LogGroupClassName("log group class"): "STANDARD", "INFREQUENT_ACCESS";

    /// The Container Insights setting of a cluster.
    InsightsSetting("Container Insights setting"): "enabled", "enhanced", "disabled";

    /// The ECS Exec logging setting of a cluster.
    ExecuteCommandLoggingWord("logging"): "DEFAULT", "NONE", "OVERRIDE";

    /// The effect of a statement, which is `Allow` or `Deny`.
    EffectWord("effect"): "Allow", "Deny";
}

impl TagMutabilityMode {
    /// Returns whether the mode requires exclusion filters.
    pub fn has_exclusion(self) -> bool {
        self.0.ends_with("_WITH_EXCLUSION")
    }
}

impl From<InsightsSetting> for ContainerInsights {
    fn from(word: InsightsSetting) -> Self {
        word.as_str().into()
    }
}

impl From<ExecuteCommandLoggingWord> for ExecuteCommandLogging {
    fn from(word: ExecuteCommandLoggingWord) -> Self {
        word.as_str().into()
    }
}

impl From<EffectWord> for Effect {
    fn from(word: EffectWord) -> Self {
        if word.0 == "Deny" { Self::Deny } else { Self::Allow }
    }
}

/// IAM's condition operators, without the prefixes and suffixes that a policy can add to them.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.
const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

/// A condition operator, such as `StringEquals` or `ForAnyValue:StringLikeIfExists`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ConditionOperator(String);

impl ConditionOperator {
    /// Returns the operator as it is written in policies.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConditionOperator {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let name = ["ForAllValues:", "ForAnyValue:"]
            .iter()
            .find_map(|prefix| text.strip_prefix(prefix))
            .unwrap_or(text);
        let plain = name.strip_suffix("IfExists").filter(|plain| *plain != "Null").unwrap_or(name);
        if OPERATORS.contains(&plain) {
            return Ok(Self(text.to_owned()));
        }
        let rule = "use an IAM operator, like StringEquals or ArnLike, with the optional prefix ForAnyValue: or \
                    ForAllValues: and the optional suffix IfExists";
        let suggestion = nearest(text, OPERATORS).map(str::to_owned);
        Err(InvalidValue::new("condition operator", text, rule, suggestion))
    }
}

impl Value for ConditionOperator {
    fn schema() -> Json {
        let others: Vec<&str> = OPERATORS.into_iter().filter(|name| *name != "Null").collect();
        let names = others.join("|");
        json!({ "pattern": format!("^((ForAllValues|ForAnyValue):)?(Null|({names})(IfExists)?)$") })
    }
}
