//! Checks the members of requests. Errors have the same messages as in CloudWatch Logs.

use infra_core::arn::Arn;

use crate::api::{ApiError, ApiResult, Call};
use crate::paging::{self, Page};
use crate::validate::Constraints;

use super::StoredGroup;

/// The pattern for log group names, as it appears in AWS's messages.
const NAME_PATTERN: &str = r"[\.\-_/#A-Za-z0-9]+";

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterException", message)
}

/// Returns an error with the code `ValidationException`, which the service's newer checks use.
pub(super) fn validation(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationException", message)
}

/// If a request violates any constraints, returns a single error that lists all of them.
pub(super) fn finish(constraints: Constraints) -> ApiResult<()> {
    constraints.into_message().map_or(Ok(()), |message| Err(invalid(message)))
}

pub(super) fn name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._-/#".contains(c)
}

/// Checks a log group's name or name prefix. AWS checks the pattern before the length:
/// <https://github.com/fluent-plugins-nursery/fluent-plugin-cloudwatch-logs/issues/223>.
pub(super) fn group_name(constraints: &mut Constraints, member: &str, value: Option<&str>) {
    let holds = value.is_none_or(|name| !name.is_empty() && name.chars().all(name_char));
    constraints.pattern(member, NAME_PATTERN, holds);
    name_length(constraints, member, value);
}

/// Checks a log stream's name or name prefix: <https://github.com/cisagov/crossfeed/issues/374>.
pub(super) fn stream_name(constraints: &mut Constraints, member: &str, value: Option<&str>) {
    let holds = value.is_none_or(|name| !name.contains([':', '*']));
    constraints.pattern(member, "[^:*]*", holds);
    name_length(constraints, member, value);
}

/// Checks the length of a name or prefix. If a prefix is too long, AWS's message has the usual form
/// for constraint violations:
/// <https://github.com/aws-solutions/instance-scheduler-on-aws/issues/254>. If a name is too long,
/// AWS returns a separate message, which mentions both log groups and log streams. The message was
/// recorded for `CreateLogGroup`:
/// <https://github.com/localstack/localstack/blob/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/logs/test_logs_groups.snapshot.json>.
fn name_length(constraints: &mut Constraints, member: &str, value: Option<&str>) {
    if member.ends_with("Prefix") {
        constraints.length(member, value, 1, 512);
        return;
    }
    let holds = value.is_none_or(|name| name.chars().count() <= 512);
    constraints.length(member, value, 1, usize::MAX).sentence(
        "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
        holds,
    );
}

/// Checks the required member `logGroupName`, and returns its value.
pub(super) fn required_group(constraints: &mut Constraints, value: Option<&str>) -> String {
    constraints.required("logGroupName", value.as_ref());
    group_name(constraints, "logGroupName", value);
    value.unwrap_or_default().to_owned()
}

/// Checks the `logGroupName` member of a request that has no other constraints, and returns its
/// value.
pub(super) fn only_group(value: Option<&str>) -> ApiResult<String> {
    let mut constraints = Constraints::new();
    let name = required_group(&mut constraints, value);
    finish(constraints)?;
    Ok(name)
}

/// Returns the resource in a CloudWatch Logs ARN, such as `log-group:NAME`, if the ARN is in the
/// caller's account and region.
pub(super) fn resource_of_arn(call: &Call<'_>, text: &str) -> Option<String> {
    let arn: Arn = text.parse().ok()?;
    let location = call.location();
    let here = arn.service == "logs"
        && arn.partition == location.partition
        && arn.region == location.region.as_str()
        && arn.account_id == location.account_id.as_str();
    here.then_some(arn.resource)
}

/// Returns the name in a log group's ARN, if the ARN is in the caller's account and region.
pub(super) fn group_of_arn(call: &Call<'_>, text: &str) -> Option<String> {
    let resource = resource_of_arn(call, text)?;
    let name = resource.strip_prefix("log-group:")?;
    let holds = !name.is_empty() && name.chars().all(name_char);
    holds.then(|| name.to_owned())
}

/// Returns the name of the log group that `logGroupName` or `logGroupIdentifier` refers to. A
/// request must contain exactly one of these members.
pub(super) fn group_of_either(
    call: &Call<'_>,
    name: Option<&str>,
    identifier: Option<&str>,
) -> ApiResult<String> {
    let mut constraints = Constraints::new();
    group_name(&mut constraints, "logGroupName", name);
    finish(constraints)?;
    match (name, identifier) {
        // AWS returned this error in LocalStack's tests of describe_log_streams:
        // tests/aws/services/logs/test_logs.snapshot.json.
        (Some(_), Some(_)) => {
            Err(validation("LogGroup name and LogGroup ARN are mutually exclusive parameters."))
        }
        (Some(name), None) => Ok(name.to_owned()),
        (None, Some(identifier)) => group_of_identifier(call, identifier),
        // Both members are missing, so the error could name either. The mock names the older
        // member, which used to be required.
        (None, None) => only_group(None),
    }
}

/// Returns the name of the log group that a name or an ARN refers to.
pub(super) fn group_of_identifier(call: &Call<'_>, identifier: &str) -> ApiResult<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_#+=/:,.@-".contains(c);
    let holds = identifier.chars().all(allowed);
    let mut constraints = Constraints::new();
    constraints.pattern("logGroupIdentifier", r"[\w#+=/:,.@-]*", holds).length(
        "logGroupIdentifier",
        Some(identifier),
        1,
        2048,
    );
    finish(constraints)?;
    if identifier.starts_with("arn:") {
        // An ARN that does not name a log group in this account and region causes the same error as
        // a missing group.
        return group_of_arn(call, identifier).ok_or_else(super::no_group);
    }
    Ok(identifier.to_owned())
}

/// Returns the error for an invalid pagination token: <https://github.com/boto/boto3/issues/1467>.
pub(super) fn bad_token() -> ApiError {
    invalid("The specified nextToken is invalid.")
}

/// Returns the page after a token. The page has at most `limit` items, or 50 if `limit` is `None`.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers move this value out of a request that they own"
)]
pub(super) fn page<T>(
    listing: &str,
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &str,
    token: Option<String>,
    limit: Option<i32>,
) -> ApiResult<Page<T>> {
    paging::page(listing, items, key, token.as_deref(), page_size(limit)).map_err(|_| bad_token())
}

/// Returns the page size that a request specifies, or the default of 50.
pub(super) fn page_size(limit: Option<i32>) -> usize {
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(50)
}

/// Returns an error if the log group is not of the standard class:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html>. The
/// message is the service model's description of the error code.
pub(super) fn standard_class(group: &StoredGroup) -> ApiResult<()> {
    if group.class == "STANDARD" {
        return Ok(());
    }
    let message = "The operation is not valid on the specified resource.";
    Err(ApiError::new("InvalidOperationException", message))
}

/// Checks the ARN of a KMS key. The key does not have to exist.
pub(super) fn kms_key(call: &Call<'_>, key: &str, group: &str) -> ApiResult<()> {
    let location = call.location();
    let arn = key.parse::<Arn>().ok().filter(|arn| {
        arn.service == "kms"
            && arn.partition == location.partition
            && arn.region == location.region.as_str()
            && arn.resource.strip_prefix("key/").is_some_and(|id| !id.is_empty())
    });
    if arn.is_some() {
        return Ok(());
    }
    // AWS accepts only an ARN, not a key ID: https://github.com/hashicorp/terraform/issues/24194
    Err(invalid(format!("The specified KMS Key Id could not be found. '{group}'")))
}
