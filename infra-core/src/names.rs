//! Names of AWS resources, validated on construction.

use std::borrow::Borrow;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::values::{Value, text_type};

/// An error for an invalid value. It contains the value, its kind, the rule that it breaks and, if
/// there is one, a similar valid value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a valid {what}: {rule}")]
pub struct InvalidValue {
    what: &'static str,
    value: String,
    rule: String,
    suggestion: Option<String>,
}

impl InvalidValue {
    /// Creates the error for a `value` that is not a valid `what` because it breaks `rule`.
    pub fn new(
        what: &'static str,
        value: &str,
        rule: impl Into<String>,
        suggestion: Option<String>,
    ) -> Self {
        Self { what, value: value.to_owned(), rule: rule.into(), suggestion }
    }

    /// Returns the kind of value, for example `repository name`.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// Returns the invalid value.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the rule that the value breaks.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Returns a similar valid value, if there is one.
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }
}

/// The rule for a kind of name.
struct Rule {
    what: &'static str,
    text: &'static str,
    max: usize,
    allowed: fn(char) -> bool,
    /// A condition that the name as a whole must also meet.
    whole: fn(&str) -> bool,
    /// Whether suggestions are converted to lower case.
    lower: bool,
    /// The rule, apart from `max` and `except`, as a regular expression that works in both
    /// ECMAScript and Rust.
    pattern: &'static str,
    /// A regular expression for names that match `pattern` but are invalid.
    except: Option<&'static str>,
}

impl Rule {
    fn holds(&self, value: &str) -> bool {
        !value.is_empty()
            && value.chars().count() <= self.max
            && value.chars().all(self.allowed)
            && (self.whole)(value)
    }

    fn check(&self, value: &str) -> Result<(), InvalidValue> {
        if self.holds(value) {
            return Ok(());
        }
        let length = value.chars().count();
        let rule = if length > self.max {
            format!("it has {length} characters; at most {} are allowed", self.max)
        } else {
            self.text.to_owned()
        };
        Err(InvalidValue::new(self.what, value, rule, self.suggest(value)))
    }

    fn schema(&self) -> Json {
        let mut schema =
            json!({ "type": "string", "pattern": self.pattern, "maxLength": self.max });
        if let Some(except) = self.except {
            schema["not"] = json!({ "pattern": except });
        }
        schema
    }

    /// Suggests a valid name: the value shortened to the maximum length, in lower case if the rule
    /// requires it, and with hyphens in place of invalid characters. Returns `None` if the result
    /// is still invalid.
    fn suggest(&self, value: &str) -> Option<String> {
        let cased = if self.lower { value.to_lowercase() } else { value.to_owned() };
        let mut name = String::new();
        for c in cased.chars() {
            if (self.allowed)(c) {
                name.push(c);
            } else if !name.ends_with('-') {
                name.push('-');
            }
        }
        let name: String = name.trim_matches('-').chars().take(self.max).collect();
        let name = name.trim_end_matches('-');
        (name != value && self.holds(name)).then(|| name.to_owned())
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $rule:expr) => {
        text_type!($(#[$doc])* $type);

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = InvalidValue;

            fn from_str(value: &str) -> Result<Self, InvalidValue> {
                $rule.check(value)?;
                Ok(Self(value.to_owned()))
            }
        }

        impl Value for $type {
            fn schema() -> Json {
                $rule.schema()
            }
        }

        impl TryFrom<String> for $type {
            type Error = InvalidValue;

            fn try_from(value: String) -> Result<Self, InvalidValue> {
                $rule.check(&value)?;
                Ok(Self(value))
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = String::deserialize(deserializer)?;
                Self::try_from(value).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// The base of the other rules. Suggestions keep their case, and the name as a whole has no further
/// condition to meet.
const PLAIN: Rule = Rule {
    what: "",
    text: "",
    max: usize::MAX,
    allowed: |_| true,
    whole: |_| true,
    lower: false,
    pattern: "",
    except: None,
};

/// The rule for the first two parts of every resource name.
const BASE: Rule = Rule {
    text: "use lower-case letters, digits and single hyphens or underscores between them \
           (ECR repository names must be lower case)",
    max: 40,
    allowed: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_',
    whole: base_word,
    lower: true,
    pattern: "^[a-z0-9]+([-_][a-z0-9]+)*$",
    ..PLAIN
};

/// Checks a name against ECR's pattern: segments separated by slashes. A segment consists of groups
/// of lower-case letters and digits, joined by `.`, `_`, `__` or any number of hyphens.
fn repository_segments(name: &str) -> bool {
    fn separated(segment: &str) -> bool {
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        segment.starts_with(word)
            && segment.ends_with(word)
            && segment
                .split(word)
                .all(|gap| matches!(gap, "" | "." | "_" | "__") || gap.bytes().all(|b| b == b'-'))
    }
    name.len() >= 2 && name.split('/').all(separated)
}

fn base_word(name: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.starts_with(word)
        && name.ends_with(word)
        && name.split(word).all(|gap| matches!(gap, "" | "-" | "_"))
}

fn service_word(name: &str) -> bool {
    base_word(name)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !matches!(name, "ecs" | "app")
}

/// Returns whether a character is an ASCII character that matches IAM's pattern `[\w+=,.@-]`.
fn iam_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+=,.@-_".contains(c)
}

name! {
    /// The project name, the first part of every resource name.
    ///
    /// A project name consists of lower-case letters and digits, with single hyphens or underscores
    /// between them. Names derived from the project name are therefore valid in ECR, which does not
    /// accept upper case.
    ProjectName,
    Rule { what: "project name", ..BASE }
}

name! {
    /// The environment name, the second part of every resource name. An environment name follows
    /// the same rule as a [`ProjectName`].
    EnvironmentName,
    Rule { what: "environment name", ..BASE }
}

name! {
    /// The name of a service. It is part of the default names of the service's resources.
    ///
    /// A service name consists of lower-case letters and digits, with single hyphens between them.
    /// Names derived from the service name are therefore valid in ECR. Underscores are not allowed:
    /// hyphens become underscores in addresses and outputs, so `a-b` and `a_b` would have the same
    /// addresses. A service name begins with a letter, because identifiers in exports must begin
    /// with a letter. `ecs` and `app` are rejected because the default service uses these words in
    /// names and addresses, such as `iam_role.ecs_task_role` and `ecr_repository.app`.
    ServiceName,
    Rule {
        what: "service name",
        text: "use lower-case letters, digits and single hyphens between them, beginning with a letter, \
               and not a reserved name (ecs or app)",
        max: 40,
        allowed: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-',
        whole: service_word,
        lower: true,
        pattern: "^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
        except: Some("^(ecs|app)$"),
    }
}

name! {
    /// The name of an ECS cluster: up to 255 letters, digits, hyphens and underscores.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html>.
    ClusterName,
    Rule {
        what: "cluster name",
        text: "use letters, digits, hyphens and underscores",
        max: 255,
        allowed: |c| c.is_ascii_alphanumeric() || c == '-' || c == '_',
        pattern: "^[A-Za-z0-9_-]+$",
        ..PLAIN
    }
}

name! {
    /// The name of an IAM role: up to 64 letters, digits and any of `+=,.@-_`.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
    RoleName,
    Rule {
        what: "role name",
        text: "use letters, digits and any of + = , . @ - _",
        max: 64,
        allowed: iam_char,
        pattern: "^[A-Za-z0-9+=,.@_-]+$",
        ..PLAIN
    }
}

name! {
    /// The name of an inline policy: up to 128 letters, digits and any of `+=,.@-_`.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>.
    PolicyName,
    Rule {
        what: "policy name",
        text: "use letters, digits and any of + = , . @ - _",
        max: 128,
        allowed: iam_char,
        pattern: "^[A-Za-z0-9+=,.@_-]+$",
        ..PLAIN
    }
}

name! {
    /// The name of an ECR repository. It has 2 to 256 characters: lower-case letters and digits,
    /// with `.`, `_`, `-` or `/` between them.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html>.
    RepositoryName,
    Rule {
        what: "repository name",
        text: "use 2 to 256 characters: lower-case letters and digits, with single . _ - or / \
               between them",
        max: 256,
        allowed: |c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c),
        whole: repository_segments,
        lower: true,
        pattern: r"^(?:[a-z0-9]{2,}|[a-z0-9]+((\.|_|__|-+|/)[a-z0-9]+)+)$",
        ..PLAIN
    }
}

name! {
    /// The name of a log group: up to 512 letters, digits and any of `_-/.#`. It must not start
    /// with `aws/`.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>.
    LogGroupName,
    Rule {
        what: "log group name",
        text: "use letters, digits and any of _ - / . #, and do not begin with aws/",
        max: 512,
        allowed: |c| c.is_ascii_alphanumeric() || "_-/.#".contains(c),
        whole: |name| !name.starts_with("aws/"),
        pattern: "^[A-Za-z0-9_./#-]+$",
        except: Some("^aws/"),
        ..PLAIN
    }
}

impl LogGroupName {
    /// Returns the `names` that start with this name followed by a slash.
    pub fn below<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<Self> {
        let is_below = |name: &&str| {
            name.strip_prefix(self.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        names.into_iter().filter(is_below).filter_map(|name| name.parse().ok()).collect()
    }
}

name! {
    /// The path of an IAM role: `/`, or a string of up to 512 visible ASCII characters that starts
    /// and ends with `/`.
    ///
    /// IAM's pattern is `(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`, so `//` is invalid.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
    RolePath,
    Rule {
        what: "role path",
        text: "use / or a path that begins and ends with /, such as /teams/platform/",
        max: 512,
        allowed: |c| ('\u{21}'..='\u{7e}').contains(&c),
        whole: |path| path == "/" || (path.len() > 2 && path.starts_with('/') && path.ends_with('/')),
        pattern: "^/([!-~]+/)?$",
        ..PLAIN
    }
}

impl EnvironmentName {
    /// Returns whether this is the name of a production environment: `prod` or `production`.
    pub fn is_production(&self) -> bool {
        matches!(self.as_str(), "prod" | "production")
    }
}

impl Default for RolePath {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{LogGroupName, ProjectName, RepositoryName, RoleName, RolePath, ServiceName};

    #[test]
    fn upper_case_project_name_is_rejected_with_a_suggestion() {
        let error = "My Shop".parse::<ProjectName>().unwrap_err();
        assert_eq!(error.suggestion(), Some("my-shop"));
        assert!(error.to_string().contains("ECR repository names must be lower case"), "{error}");
    }

    #[test]
    fn name_that_is_too_long_is_rejected_with_its_length() {
        let error = "r".repeat(65).parse::<RoleName>().unwrap_err();
        assert_eq!(error.rule(), "it has 65 characters; at most 64 are allowed");
        assert!("r".repeat(64).parse::<RoleName>().is_ok());
    }

    #[test]
    fn repository_names_follow_the_ecr_pattern() {
        for good in ["ab", "team/app", "a.b", "a_b", "a__b", "a--b", "demo-dev-app", "0/1"] {
            assert!(good.parse::<RepositoryName>().is_ok() == (good.len() > 1), "{good}");
        }
        for bad in ["a", "", "-a", "a-", "a//b", "/a", "a/", "a..b", "a___b", "App", "a b", "a._b"]
        {
            assert!(bad.parse::<RepositoryName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn service_names_make_names_and_addresses_of_their_own() {
        for good in ["worker", "w", "worker-2", "a-b-c", "ecs-worker", "web-app", "e2e"] {
            assert!(good.parse::<ServiceName>().is_ok(), "{good}");
        }
        let long = "w".repeat(41);
        for bad in ["ecs", "app", "", "2e", "-a", "a-", "a--b", "a_b", "a.b", "A", "a b", &long] {
            assert!(bad.parse::<ServiceName>().is_err(), "{bad}");
        }
        let error = "My_Worker".parse::<ServiceName>().unwrap_err();
        assert_eq!(error.suggestion(), Some("my-worker"));
        assert_eq!("app".parse::<ServiceName>().unwrap_err().suggestion(), None);
    }

    #[test]
    fn log_group_names_of_aws_are_rejected() {
        assert!("aws/x".parse::<LogGroupName>().is_err());
        assert!("/aws/x".parse::<LogGroupName>().is_ok());
    }

    #[test]
    fn paths_start_and_end_with_a_slash() {
        for good in ["/", "/a/", "/a/b/"] {
            assert!(good.parse::<RolePath>().is_ok(), "{good}");
        }
        for bad in ["", "a", "/a", "a/", "//", "/a b/"] {
            assert!(bad.parse::<RolePath>().is_err(), "{bad}");
        }
    }
}
