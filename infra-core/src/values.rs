//! Validated configuration values other than names and plain ARNs. Each type of value has its own
//! rule.
//!
//! Every type in this module implements [`FromStr`]. If parsing fails, the [`InvalidValue`]
//! contains the rule in words and, if possible, a similar valid value. [`Value::schema`] returns
//! the same rule as a JSON Schema for editors. The schema never rejects a string that the type
//! accepts.

use std::str::FromStr;
use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::{Value as Json, json};

use crate::arn::{AccountId, Arn};
use crate::names::InvalidValue;
use crate::policy::AwsPrincipal;

mod arns;
mod numbers;
mod policy;
mod template;
mod words;

pub use arns::{KeyArn, NamespaceArn, PolicyArn, RoleArn, SingleRegionKeyArn};
pub use numbers::{LifecycleCount, Parallelism, SessionDuration, StrategyBase, StrategyWeight};
use policy::ARN_PATTERN;
pub(crate) use policy::is_policy_character;
pub use template::Template;
pub(crate) use template::{fill, sample};
pub use words::{
    ConditionOperator, EffectWord, EncryptionType, ExecuteCommandLoggingWord, InsightsSetting,
    LogGroupClassName, TagMutabilityMode, nearest, one_of,
};

/// A type of configuration value that has a rule for valid values.
pub trait Value: FromStr<Err = InvalidValue> {
    /// Returns the rule as a draft-7 JSON Schema.
    fn schema() -> Json;
}

/// A rule for a string: a pattern that works in both ECMAScript and Rust, and the maximum number of
/// characters.
struct TextRule {
    what: &'static str,
    rule: &'static str,
    pattern: &'static str,
    max: usize,
    suggest: fn(&str) -> Option<String>,
}

impl TextRule {
    fn check(&self, pattern: &Regex, text: &str) -> Result<(), InvalidValue> {
        if text.chars().count() <= self.max && pattern.is_match(text) {
            return Ok(());
        }
        let suggestion = (self.suggest)(text).filter(|text| pattern.is_match(text));
        Err(InvalidValue::new(self.what, text, self.rule, suggestion))
    }

    fn schema(&self) -> Json {
        let mut schema = json!({ "type": "string", "pattern": self.pattern });
        if self.max < usize::MAX {
            schema["maxLength"] = self.max.into();
        }
        schema
    }
}

/// A rule for text of any length, without suggestions.
const ANY_LENGTH: TextRule =
    TextRule { what: "", rule: "", pattern: "", max: usize::MAX, suggest: |_| None };

/// Defines a type for text that is checked on construction.
macro_rules! text_type {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $type(String);

        impl $type {
            /// Returns the value as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.0
            }
        }
    };
}
pub(crate) use text_type;

macro_rules! text_values {
    ($($(#[$doc:meta])* $type:ident $rule:expr;)+) => {$(
        text_type!($(#[$doc])* $type);

        impl $type {
            const RULE: TextRule = $rule;
        }

        impl FromStr for $type {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
                    Regex::new($type::RULE.pattern)
                        .expect("the pattern is a valid regular expression")
                });
                Self::RULE.check(&PATTERN, text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl Value for $type {
            fn schema() -> Json {
                Self::RULE.schema()
            }
        }
    )+};
}

text_values! {
    /// The description of a role: up to 1,000 Latin-1 characters.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
    RoleDescription TextRule {
        what: "description",
        rule: "IAM accepts at most 1000 characters, and only Latin-1",
        pattern: r"^[\t\n\r -~\u00a1-\u00ff]*$",
        max: 1000,
        ..ANY_LENGTH
    };

    /// The Sid of a statement in a role's policy.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html>.
    StatementId TextRule {
        what: "statement id",
        rule: "IAM accepts only letters and digits",
        pattern: "^[A-Za-z0-9]+$",
        suggest: |text| Some(text.chars().filter(char::is_ascii_alphanumeric).collect()),
        ..ANY_LENGTH
    };

    /// The Sid of a statement in a repository policy. ECR does not document a rule for Sids.
    RepositorySid TextRule {
        what: "statement id",
        rule: "it cannot be empty",
        pattern: r"\S",
        ..ANY_LENGTH
    };

    /// A pattern for image tags that are exempt from a repository's tag mutability setting.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html>.
    TagFilter TextRule {
        what: "exclusion filter",
        rule: "use 1 to 128 characters: letters, digits, at most two * wildcards, and any of . _ -",
        pattern: r"^[A-Za-z0-9._-]*([A-Za-z0-9._-]|\*[A-Za-z0-9._-]*(\*[A-Za-z0-9._-]*)?)$",
        max: 128,
        ..ANY_LENGTH
    };

    /// The key of a condition, such as `aws:SourceAccount`.
    ConditionKey TextRule {
        what: "condition key",
        rule: "a condition key has the form PREFIX:NAME, like aws:SourceAccount, and contains only Latin-1 characters",
        pattern: r"^[!-~\u00a1-\u00ff]+$",
        ..ANY_LENGTH
    };

    /// A value of a condition. Every character that IAM accepts in a policy document is allowed.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>.
    ConditionValue TextRule {
        what: "condition value",
        rule: "IAM accepts only Latin-1 characters in a policy",
        pattern: r"^[\t\n\r -\u00ff]*$",
        ..ANY_LENGTH
    };

    /// The folder for ECS Exec logs in an S3 bucket. The folder is a prefix of the object keys,
    /// which can have at most 1,024 bytes.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>.
    KeyPrefix TextRule {
        what: "key prefix",
        rule: "use 1 to 1024 characters, including at least one that is not a space",
        pattern: r"\S",
        max: 1024,
        ..ANY_LENGTH
    };

    /// The session name of an assumed role.
    ///
    /// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
    RoleSessionName TextRule {
        what: "role session name",
        rule: "use 2 to 64 characters: letters, digits and any of _ + = , . @ -",
        pattern: r"^[A-Za-z0-9_+=,.@-]{2,64}$",
        max: 64,
        ..ANY_LENGTH
    };

    /// The external id that a role's trust policy requires.
    ///
    /// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
    ExternalId TextRule {
        what: "external id",
        rule: "use 2 to 1224 characters: letters, digits and any of _ + = , . @ : / -",
        pattern: r"^[A-Za-z0-9_+=,.@:/-][A-Za-z0-9_+=,.@:/-]+$",
        max: 1224,
        ..ANY_LENGTH
    };
}

/// Defines types of text values that are checked by a function instead of a pattern.
macro_rules! checked_values {
    ($($(#[$doc:meta])* $type:ident($what:literal, $rule:literal, $check:expr, $schema:expr);)+) => {$(
        text_type!($(#[$doc])* $type);
        impl FromStr for $type {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                let check: fn(&str) -> Result<(), Refusal> = $check;
                check(text).map_err(|Refusal { rule, suggestion }| {
                    InvalidValue::new($what, text, rule.unwrap_or($rule), suggestion)
                })?;
                Ok(Self(text.to_owned()))
            }
        }

        impl Value for $type {
            fn schema() -> Json {
                $schema
            }
        }
    )+};
}

/// Why a string is rejected and, if possible, a valid string to suggest instead.
#[derive(Default)]
struct Refusal {
    /// The specific rule that the string breaks, or `None` to report the type's general rule.
    rule: Option<&'static str>,
    suggestion: Option<String>,
}

fn hold(holds: bool) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::default()) }
}

checked_values! {
    /// An action of a policy statement, such as `logs:PutLogEvents`, `s3:Get*` or `*`.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>.
    Action(
        "action",
        "an action has the form SERVICE:OPERATION, like logs:PutLogEvents, with * and ? as wildcards",
        |text| hold(policy::is_action(text)),
        json!({ "type": "string", "pattern": r"^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$" })
    );

    /// A service that can assume a role, such as `ecs-tasks.amazonaws.com`.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
    ServicePrincipal(
        "service principal",
        "a service principal looks like ecs-tasks.amazonaws.com",
        |text| policy::service(text).map_err(|suggestion| Refusal { rule: None, suggestion }),
        policy::service_schema()
    );

    /// A resource in a statement: an ARN, possibly with wildcards, or `*`.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>.
    ResourcePattern(
        "resource",
        "write an ARN, which can contain the wildcards * and ? after the service, or \"*\" for all resources",
        |text| policy::resource(text).map_err(|rule| Refusal { rule, suggestion: None }),
        json!({ "type": "string", "pattern": format!("^(\\*|{ARN_PATTERN})$") })
    );

    /// An ARN, possibly with wildcards, for the `aws:SourceArn` condition of a trust policy.
    SourceArn(
        "source ARN",
        "write an ARN such as arn:aws:ecs:us-east-1:123456789012:*; the wildcards * and ? are allowed",
        |text| hold(policy::is_arn_pattern(text)),
        json!({ "type": "string", "pattern": format!("^{ARN_PATTERN}$") })
    );

    /// A principal that can pull images: an account id, or an IAM or STS ARN.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
    PullPrincipal(
        "principal",
        "use the twelve digits of an account, or the ARN of a role or user, like \
         arn:aws:iam::123456789012:role/deployer",
        |text| {
            hold(match AwsPrincipal::classify(text) {
                AwsPrincipal::Account(_)
                | AwsPrincipal::Role(_)
                | AwsPrincipal::User(_)
                | AwsPrincipal::AssumedRole(_) => {
                    let known = text.parse::<AccountId>().is_ok() || text.parse::<Arn>().is_ok();
                    known && !text.contains(['*', '?'])
                }
                AwsPrincipal::Any
                | AwsPrincipal::RoleId(_)
                | AwsPrincipal::UserId(_)
                | AwsPrincipal::Other(_) => false,
            })
        },
        json!({
            "type": "string",
            "pattern": r"^([0-9]{12}|\{account_id\}|arn:[^:]*:(iam::[^:]*:(root|(role|user)(/[^*?]*)?)|sts::[^:]*:assumed-role(/[^*?]*)?))$",
        })
    );

    /// A principal in a repository policy: everyone, or a principal that [`PullPrincipal`] accepts.
    RepositoryPrincipal(
        "principal",
        "use * for everyone, the twelve digits of an account, or the ARN of a role or user, like \
         arn:aws:iam::123456789012:role/deployer",
        |text| hold(text == "*" || text.parse::<PullPrincipal>().is_ok()),
        json!({ "anyOf": [{ "const": "*" }, PullPrincipal::schema()] })
    );

    /// The name of an S3 bucket. The schema for bucket names also accepts placeholders.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.
    BucketName(
        "bucket name",
        "use 3 to 63 lower-case letters, digits, periods and hyphens, beginning and ending with a letter or digit; \
         not an IP address, and without the prefixes and suffixes that S3 reserves",
        |text| {
            let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            let reserved = ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|it| text.starts_with(it))
                || ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].iter().any(|it| text.ends_with(it));
            hold((3..=63).contains(&text.len())
                && text.chars().all(|c| word(c) || matches!(c, '.' | '-'))
                && text.starts_with(word)
                && text.ends_with(word)
                && !text.contains("..")
                && text.parse::<std::net::Ipv4Addr>().is_err()
                && !reserved)
        },
        json!({ "type": "string", "pattern": "^([a-z0-9.-]|\\{(account_id|region|partition)\\})+$" })
    );

    /// The name of a capacity provider. AWS reserves names that begin with `aws`, `ecs` or
    /// `fargate`.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html>.
    CapacityProviderName(
        "capacity provider",
        "use FARGATE, FARGATE_SPOT, or the name of your own provider: letters, digits, hyphens and underscores, \
         not beginning with aws, ecs or fargate",
        |text| {
            let lower = text.to_lowercase();
            let reserved = ["aws", "ecs", "fargate"].iter().any(|prefix| lower.starts_with(prefix));
            let characters = (1..=255).contains(&text.len())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            if OF_FARGATE.contains(&text) || (characters && !reserved) {
                return Ok(());
            }
            let suggestion = nearest(text, OF_FARGATE).map(str::to_owned);
            Err(Refusal { rule: None, suggestion })
        },
        json!({
            "anyOf": [
                { "enum": OF_FARGATE },
                {
                    "type": "string",
                    "pattern": "^[A-Za-z0-9_-]{1,255}$",
                    "not": { "pattern": "^([aA][wW][sS]|[eE][cC][sS]|[fF][aA][rR][gG][aA][tT][eE])" },
                },
            ],
        })
    );
}

mod github;

pub use github::{GitHubEnvironment, GitHubRef, GitHubRepository};

const OF_FARGATE: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];

#[cfg(test)]
mod tests;
