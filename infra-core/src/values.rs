//! Values that AWS checks and that are neither names nor plain ARNs, each with its rule.
//!
//! Every type here parses with [`FromStr`], and a text that it refuses is an [`InvalidValue`] with the rule in words
//! and, where one is near, a text that would be accepted. [`Value::schema`] states the same rule as JSON Schema for
//! editors; it never refuses what the type accepts.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex_lite::Regex;
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::arn::{AccountId, Arn};
use crate::names::InvalidValue;

mod arns;
mod numbers;
mod template;
mod words;

pub use arns::{KeyArn, PolicyArn, RoleArn};
pub use numbers::{Parallelism, SessionDuration, StrategyBase, StrategyWeight};
pub use template::Template;
pub(crate) use template::fill;

pub use words::{
    ConditionOperator, EffectWord, EncryptionType, InsightsSetting, LogGroupClassName,
    TagMutabilityMode, nearest, one_of,
};

/// A value of a configuration with the rule that it keeps.
pub trait Value: FromStr<Err = InvalidValue> {
    /// Returns the rule as a JSON Schema of draft 7.
    fn schema() -> Json;
}

/// A rule on text: a pattern that ECMAScript and Rust read alike, and the most characters.
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

/// Suggests nothing.
fn nothing(_: &str) -> Option<String> {
    None
}

macro_rules! text_values {
    ($($(#[$doc:meta])* $type:ident $rule:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $type(String);

        impl $type {
            const RULE: TextRule = $rule;

            /// Returns the value as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.0
            }
        }

        impl FromStr for $type {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
                    Regex::new($type::RULE.pattern).expect("the pattern is a regular expression")
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
    /// An action of a policy statement, such as `logs:PutLogEvents`, `s3:Get*` or `*`.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>.
    Action TextRule {
        what: "action",
        rule: "an action has the form SERVICE:OPERATION, like logs:PutLogEvents, with * and ? as wildcards",
        pattern: r"^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$",
        max: usize::MAX,
        suggest: nothing,
    };

    /// A service that can assume a role, such as `ecs-tasks.amazonaws.com`.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
    ServicePrincipal TextRule {
        what: "service principal",
        rule: "a service principal looks like ecs-tasks.amazonaws.com",
        pattern: r"^[a-z0-9-]+(\.[a-z0-9-]+){2,}$",
        max: usize::MAX,
        suggest: |text| Some(service_of_aws(text)),
    };

    /// The description of a role: up to 1,000 characters of Latin-1.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
    RoleDescription TextRule {
        what: "description",
        rule: "IAM accepts at most 1000 characters, all of Latin-1",
        pattern: r"^[\t\n\r -~\u00a1-\u00ff]*$",
        max: 1000,
        suggest: nothing,
    };

    /// The Sid of a statement of a role's policy.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html>.
    StatementId TextRule {
        what: "statement id",
        rule: "IAM accepts only letters and digits",
        pattern: "^[A-Za-z0-9]+$",
        max: usize::MAX,
        suggest: |text| Some(text.chars().filter(char::is_ascii_alphanumeric).collect()),
    };

    /// The Sid of a repository policy's statement. ECR documents no rule for it.
    RepositorySid TextRule {
        what: "statement id",
        rule: "it cannot be empty",
        pattern: r"\S",
        max: usize::MAX,
        suggest: nothing,
    };

    /// A filter of image tags that are exempt from a repository's tag mutability.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html>.
    TagFilter TextRule {
        what: "exclusion filter",
        rule: "a filter has 1 to 128 letters, digits and any of . _ -, and at most two wildcards *",
        pattern: r"^[A-Za-z0-9._-]*([A-Za-z0-9._-]|\*[A-Za-z0-9._-]*(\*[A-Za-z0-9._-]*)?)$",
        max: 128,
        suggest: nothing,
    };

    /// The key of a condition, such as `aws:SourceAccount`.
    ConditionKey TextRule {
        what: "condition key",
        rule: "a condition key has the form PREFIX:NAME, like aws:SourceAccount, in characters of Latin-1",
        pattern: r"^[!-~\u00a1-\u00ff]+$",
        max: usize::MAX,
        suggest: nothing,
    };

    /// A value of a condition. The characters are those that IAM accepts in a policy document.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>.
    ConditionValue TextRule {
        what: "condition value",
        rule: "IAM accepts only Latin-1 characters in a policy",
        pattern: r"^[\t\n\r -\u00ff]*$",
        max: usize::MAX,
        suggest: nothing,
    };

    /// The name of a session of an assumed role.
    ///
    /// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
    RoleSessionName TextRule {
        what: "role session name",
        rule: "use 2 to 64 letters, digits and any of _ + = , . @ -",
        pattern: r"^[A-Za-z0-9_+=,.@-]{2,64}$",
        max: 64,
        suggest: nothing,
    };

    /// The external id that a role's trust policy asks for.
    ///
    /// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
    ExternalId TextRule {
        what: "external id",
        rule: "use 2 to 1224 letters, digits and any of _ + = , . @ : / -",
        pattern: r"^[A-Za-z0-9_+=,.@:/-][A-Za-z0-9_+=,.@:/-]+$",
        max: 1224,
        suggest: nothing,
    };
}

/// `ecs-tasks` is the short form that people write of `ecs-tasks.amazonaws.com`.
fn service_of_aws(text: &str) -> String {
    let name = text.split('.').next().unwrap_or_default();
    format!("{}.amazonaws.com", name.to_ascii_lowercase())
}

/// The characters that IAM accepts in a policy document.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>.
pub(crate) fn is_policy_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')
}

/// Whether a text is an ARN in which parts can be wildcards.
///
/// The account is a field that IAM checks: a placeholder such as `ACCOUNT_ID` or `${AWS::AccountId}` fails with "The
/// policy failed legacy parsing" (<https://github.com/ryanto/next-s3-upload/issues/58> is one of many
/// threads).
fn is_arn_pattern(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("arn:") else { return false };
    let fields: Vec<&str> = rest.splitn(5, ':').collect();
    let account = |field: &str| {
        field.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "*?".contains(c))
    };
    text.chars().all(is_policy_character)
        && match fields[..] {
            [_, _, _, id, _] => account(id),
            _ => rest.contains('*'),
        }
}

/// What the resource of an IAM ARN begins with.
///
/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>.
const IAM_RESOURCES: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// Whether IAM accepts a text as the resource of a statement: `*`, or an ARN of six fields whose service has no
/// wildcards. Its own ARNs have no region and begin with a known type.
///
/// The answers of IAM are on public record in `tests/aws/services/iam/test_iam_policies.snapshot.json` of
/// <https://github.com/localstack/localstack>.
fn is_resource(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = fields[..] else { return false };
    let partition = partition == "*" || partition == "aws" || partition.starts_with("aws-");
    let service_known = !service.is_empty() && !service.contains(['*', '?']);
    let place = match service {
        "iam" => {
            region.is_empty()
                && (matches!(resource, "*" | "root")
                    || IAM_RESOURCES.iter().any(|kind| resource.starts_with(kind)))
        }
        "s3" => region.is_empty() || !account.is_empty(),
        _ => true,
    };
    is_arn_pattern(text) && partition && service_known && place
}

/// The pattern of [`is_arn_pattern`] for a schema, which leaves the account to the type.
const ARN_PATTERN: &str =
    r"arn:([\t\n\r -\u00ff]*\*[\t\n\r -\u00ff]*|([\t\n\r -\u00ff]*:){4}[\t\n\r -\u00ff]*)";

/// Values that are texts with a rule in code.
macro_rules! checked_values {
    ($($(#[$doc:meta])* $type:ident($what:literal, $rule:literal, $check:expr, $schema:expr);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $type(String);

        impl $type {
            /// Returns the value as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.0
            }
        }

        impl FromStr for $type {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                let check: fn(&str) -> Result<(), Option<&str>> = $check;
                check(text).map_err(|suggestion| {
                    InvalidValue::new($what, text, $rule, suggestion.map(str::to_owned))
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

fn hold<'a>(holds: bool) -> Result<(), Option<&'a str>> {
    if holds { Ok(()) } else { Err(None) }
}

checked_values! {
    /// A resource of a statement: an ARN with wildcards, or `*`.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>.
    ResourcePattern(
        "resource",
        "write an ARN, with * and ? as wildcards after the service, or \"*\" for all resources",
        |text| hold(is_resource(text)),
        json!({ "type": "string", "pattern": format!("^(\\*|{ARN_PATTERN})$") })
    );

    /// An ARN with wildcards that a trust policy is narrowed to.
    SourceArn(
        "source ARN",
        "write an ARN, with * and ? as wildcards, like arn:aws:ecs:us-east-1:123456789012:*",
        |text| hold(is_arn_pattern(text)),
        json!({ "type": "string", "pattern": format!("^{ARN_PATTERN}$") })
    );

    /// An identity that can pull images: an account by its id, or an ARN of IAM or STS.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
    PullPrincipal(
        "principal",
        "use the twelve digits of an account, or the ARN of a role or user, like \
         arn:aws:iam::123456789012:role/deployer",
        |text| {
            let is_identity = |arn: Arn| matches!(arn.service.as_str(), "iam" | "sts");
            hold(text.parse::<AccountId>().is_ok() || text.parse().is_ok_and(is_identity))
        },
        json!({ "type": "string", "pattern": r"^([0-9]{12}$|\{account_id\}$|arn:[^:]*:(iam|sts):)" })
    );

    /// The name of a capacity provider. AWS reserves names that begin with `aws`, `ecs` or `fargate`.
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
            Err(nearest(text, OF_FARGATE))
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

const OF_FARGATE: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];

#[cfg(test)]
mod tests;
