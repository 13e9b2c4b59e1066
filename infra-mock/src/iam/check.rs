//! Checks of IAM's request members, and its refusals, in IAM's words.
//!
//! IAM no longer repeats a text in its complaint ("Value at 'roleName' failed ..."), and names and paths
//! have sentences of their own, so this is apart from the crate's common constraints.
//! Sources: <https://github.com/aws/eks-hybrid/pull/113>,
//! <https://github.com/aws-amplify/amplify-cli/issues/9120>,
//! <https://github.com/aws-cloudformation/cfn-lint/issues/722>.

use std::fmt::Display;

use infra_core::arn::Arn;

use crate::api::{ApiError, ApiResult, Call};

/// The most characters of a policy document that a request can carry, before any quota.
const DOCUMENT_MAX: usize = 131_072;

/// Collects what is wrong with the members of a request; IAM tells all at once.
#[derive(Debug, Default)]
pub(super) struct Checks {
    constraints: Vec<String>,
    sentence: Option<String>,
}

impl Checks {
    pub(super) fn new() -> Self {
        Self::default()
    }

    fn constraint(&mut self, member: impl Display, rule: impl Display) {
        self.constraints.push(format!("Value at '{member}' failed to satisfy constraint: {rule}"));
    }

    fn sentence(&mut self, member: &str, rule: &str) {
        let sentence = format!("The specified value for {member} is invalid. {rule}");
        self.sentence.get_or_insert(sentence);
    }

    /// The value of a member that has to be there; empty where it is not, which [`finish`] refuses.
    ///
    /// [`finish`]: Self::finish
    pub(super) fn required<'v>(&mut self, member: impl Display, value: Option<&'v str>) -> &'v str {
        if value.is_none() {
            self.constraint(member, "Member must not be null");
        }
        value.unwrap_or_default()
    }

    /// The length of a text, in characters; whether it holds.
    pub(super) fn length(
        &mut self,
        member: impl Display,
        value: Option<&str>,
        min: usize,
        max: usize,
    ) -> bool {
        let Some(length) = value.map(|value| value.chars().count()) else { return true };
        if length > max {
            self.constraint(member, format!("Member must have length less than or equal to {max}"));
        } else if length < min {
            self.constraint(
                member,
                format!("Member must have length greater than or equal to {min}"),
            );
        } else {
            return true;
        }
        false
    }

    /// A list that has to be there. One that is empty is taken for missing.
    pub(super) fn required_items<T>(&mut self, member: &str, items: &[T]) {
        if items.is_empty() {
            self.constraint(member, "Member must not be null");
        }
    }

    /// The most items of a list.
    pub(super) fn items(&mut self, member: &str, count: usize, max: usize) {
        if count > max {
            self.constraint(member, format!("Member must have length less than or equal to {max}"));
        }
    }

    /// A text that has to match `pattern`; `holds` decides.
    pub(super) fn pattern(&mut self, member: impl Display, pattern: &str, holds: bool) {
        if !holds {
            self.constraint(
                member,
                format!("Member must satisfy regular expression pattern: {pattern}"),
            );
        }
    }

    /// A constraint in words of its own.
    pub(super) fn violation(&mut self, member: impl Display, rule: &str) {
        self.constraint(member, rule);
    }

    /// A number's range. IAM does repeat numbers.
    pub(super) fn range(&mut self, member: &str, value: Option<i32>, min: i32, max: i32) {
        let Some(value) = value else { return };
        let rule = if value < min {
            format!("greater than or equal to {min}")
        } else if value > max {
            format!("less than or equal to {max}")
        } else {
            return;
        };
        self.constraints.push(format!(
            "Value '{value}' at '{member}' failed to satisfy constraint: Member must have value {rule}"
        ));
    }

    /// A text out of a set.
    pub(super) fn one_of(&mut self, member: &str, value: Option<&str>, allowed: &[&str]) {
        if value.is_some_and(|value| !allowed.contains(&value)) {
            self.constraint(member, "Member must satisfy enum value set");
        }
    }

    /// A name that has to be there, of at most `max` characters.
    pub(super) fn name<'v>(&mut self, member: &str, value: Option<&'v str>, max: usize) -> &'v str {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
        let text = self.required(member, value);
        if self.length(member, value, 1, max) && !text.chars().all(allowed) {
            self.sentence(
                member,
                "It must contain only alphanumeric characters and/or the following: +=,.@_-",
            );
        }
        text
    }

    /// The name of a role.
    pub(super) fn role_name<'v>(&mut self, value: Option<&'v str>) -> &'v str {
        self.name("roleName", value, 64)
    }

    /// The path of a role or policy; `/` where none is given.
    pub(super) fn path<'v>(&mut self, value: Option<&'v str>) -> &'v str {
        let path = value.unwrap_or("/");
        let printable = path.chars().all(|c| ('\u{21}'..='\u{7e}').contains(&c));
        let framed = path.starts_with('/') && path.ends_with('/');
        if self.length("path", value, 1, 512) && !(printable && framed) {
            self.sentence(
                "path",
                "It must begin and end with / and contain only alphanumeric characters and/or / \
                 characters.",
            );
        }
        path
    }

    /// The path that listed entities begin with; `/` where none is given.
    ///
    /// Where `closed`, it has to end with a slash, although the words do not say so:
    /// <https://github.com/aws/aws-sdk/issues/36>.
    pub(super) fn path_prefix<'v>(&mut self, value: Option<&'v str>, closed: bool) -> &'v str {
        let prefix = value.unwrap_or("/");
        let printable = prefix.chars().all(|c| ('\u{21}'..='\u{7e}').contains(&c));
        let framed = prefix.starts_with('/') && (!closed || prefix.ends_with('/'));
        if self.length("pathPrefix", value, 1, 512) && !(printable && framed) {
            self.sentence(
                "pathPrefix",
                "It must begin with the / character and contain only alphanumeric characters and/or / \
                 characters.",
            );
        }
        prefix
    }

    /// A policy document, as far as its characters go.
    pub(super) fn document<'v>(&mut self, member: &str, value: Option<&'v str>) -> &'v str {
        let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}');
        let text = self.required(member, value);
        if self.length(member, value, 1, DOCUMENT_MAX) && !text.chars().all(allowed) {
            self.sentence(member, "It must contain only printable ASCII characters.");
        }
        text
    }

    /// The description of a role.
    pub(super) fn description(&mut self, value: Option<&str>) {
        let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
        if self.length("description", value, 0, 1000) {
            self.pattern(
                "description",
                r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*",
                value.is_none_or(|value| value.chars().all(allowed)),
            );
        }
    }

    /// How long a session of a role may last.
    pub(super) fn session(&mut self, value: Option<i32>) {
        self.range("maxSessionDuration", value, 3600, 43_200);
    }

    /// How long a session of a user may last who signs in with a role.
    pub(super) fn signin_session(&mut self, value: Option<i32>) {
        self.range("maxSigninSessionDuration", value, 3600, 7_776_000);
    }

    /// An ARN, as far as its length goes.
    pub(super) fn arn<'v>(&mut self, member: &str, value: Option<&'v str>) -> &'v str {
        self.length(member, value, 20, 2048);
        self.required(member, value)
    }

    /// The two members that every list takes.
    pub(super) fn paging(&mut self, marker: Option<&str>, max_items: Option<i32>) {
        // AWS allows 320 characters; the mock's own markers hold names, and can be longer.
        if self.length("marker", marker, 1, usize::MAX) {
            let allowed = |c: char| (' '..='\u{ff}').contains(&c);
            self.pattern(
                "marker",
                r"[\u0020-\u00FF]+",
                marker.is_none_or(|marker| marker.chars().all(allowed)),
            );
        }
        self.range("maxItems", max_items, 1, 1000);
    }

    /// All that is wrong, or nothing.
    pub(super) fn finish(self) -> ApiResult<()> {
        let count = self.constraints.len();
        if count > 0 {
            let plural = if count == 1 { "error" } else { "errors" };
            let all = self.constraints.join("; ");
            return Err(validation(format!("{count} validation {plural} detected: {all}")));
        }
        self.sentence.map_or(Ok(()), |sentence| Err(validation(sentence)))
    }
}

/// The ARN of a managed policy, as `AttachRolePolicy` and its kin read it.
///
/// What is no ARN at all, or one of another partition, is a `ValidationError`, an ARN of anything but a
/// policy an `InvalidInput`: <https://github.com/cloud-gov/aws-broker/issues/383>,
/// <https://github.com/boto/boto/issues/2960>.
pub(super) fn policy_arn(call: &Call<'_>, text: &str) -> ApiResult<Arn> {
    let message = format!("ARN {text} is not valid.");
    if !text.starts_with("arn:") || text.splitn(6, ':').count() < 6 {
        return Err(validation(message));
    }
    if text.split(':').nth(1) != Some(call.location().partition.id()) {
        // https://github.com/cattle-ops/terraform-aws-gitlab-runner/issues/1273
        return Err(validation("Invalid ARN partition"));
    }
    match text.parse::<Arn>() {
        Ok(arn)
            if arn.service == "iam"
                && arn.region.is_empty()
                && arn.resource.starts_with("policy/") =>
        {
            Ok(arn)
        }
        _ => Err(invalid_input(message)),
    }
}

// The codes and statuses are those of the service's model:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html#API_CreateRole_Errors and the
// like of the other operations.

pub(super) fn validation(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationError", message)
}

pub(super) fn invalid_input(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidInput", message)
}

pub(super) fn no_such_entity(message: impl Into<String>) -> ApiError {
    ApiError::new("NoSuchEntity", message).with_status(404)
}

pub(super) fn already_exists(message: impl Into<String>) -> ApiError {
    ApiError::new("EntityAlreadyExists", message).with_status(409)
}

pub(super) fn delete_conflict(message: impl Into<String>) -> ApiError {
    ApiError::new("DeleteConflict", message).with_status(409)
}

pub(super) fn limit_exceeded(message: impl Into<String>) -> ApiError {
    ApiError::new("LimitExceeded", message).with_status(409)
}

pub(super) fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::new("MalformedPolicyDocument", message)
}

/// <https://github.com/gruntwork-io/cloud-nuke/issues/880>
pub(super) fn unmodifiable(role: &str) -> ApiError {
    ApiError::new(
        "UnmodifiableEntity",
        format!(
            "Cannot perform the operation on the protected role '{role}' - this role is only \
             modifiable by AWS"
        ),
    )
}

/// <https://github.com/aws/aws-cdk/issues/6131>
pub(super) fn not_attachable() -> ApiError {
    ApiError::new("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.")
}
