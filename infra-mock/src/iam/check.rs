//! IAM's errors, and checks of policy ARNs.

use infra_core::arn::Arn;

use crate::api::{ApiError, ApiResult, Call};

/// Parses the ARN of a managed policy as `AttachRolePolicy` and similar operations do.
///
/// A string that is not an ARN causes a `ValidationError`, and so does an ARN in another partition.
/// An ARN of another kind of resource causes an `InvalidInput` error:
/// <https://github.com/cloud-gov/aws-broker/issues/383>,
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

// The error codes and HTTP statuses are from the service model. See for example
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html#API_CreateRole_Errors and
// the same section for other operations.

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

/// Checks that a number is within a quota.
pub(super) fn quota(name: &str, number: usize, max: usize) -> ApiResult<()> {
    if number <= max {
        Ok(())
    } else {
        Err(limit_exceeded(format!("Cannot exceed quota for {name}: {max}")))
    }
}

pub(super) fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::new("MalformedPolicyDocument", message)
}

/// Returns the error for changing a service-linked role: <https://github.com/gruntwork-io/cloud-nuke/issues/880>.
pub(super) fn unmodifiable(role: &str) -> ApiError {
    ApiError::new(
        "UnmodifiableEntity",
        format!(
            "Cannot perform the operation on the protected role '{role}' - this role is only \
             modifiable by AWS"
        ),
    )
}

/// Returns the error for attaching a policy that is reserved for a service-linked role:
/// <https://github.com/aws/aws-cdk/issues/6131>.
pub(super) fn not_attachable() -> ApiError {
    ApiError::new("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.")
}
