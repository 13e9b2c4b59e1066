//! ECS's errors, with AWS's messages.
//!
//! Codes come from the API reference,
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html> and the pages of
//! the individual operations. All errors except server errors have status 400. The API reference
//! contains no messages, so each message comes from the public source cited next to it. If a
//! comment instead says that a message is modeled on other messages or is not publicly documented,
//! only the error code is known to match AWS.

use crate::api::ApiError;

/// Creates an `InvalidParameterException`.
pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterException", message)
}

/// Creates a `ClientException`.
pub(super) fn client(message: impl Into<String>) -> ApiError {
    ApiError::new("ClientException", message)
}

/// Returns the error for a cluster that does not exist:
/// <https://github.com/aws/amazon-ecs-agent/issues/750>.
pub(super) fn cluster_not_found() -> ApiError {
    ApiError::new("ClusterNotFoundException", "Cluster not found.")
}

/// Returns the error for a service that does not exist. The code comes from the API reference. The
/// message appears in emulators and in clients that check for this error.
pub(super) fn service_not_found() -> ApiError {
    ApiError::new("ServiceNotFoundException", "Service not found.")
}

/// Returns the error that `CreateService`, `UpdateService` and the operations on clusters return
/// for an INACTIVE cluster. The message comes from
/// <https://github.com/vatertime/minecraft-spot-pricing/issues/4>, and the code comes from
/// `UpdateService`.
pub(super) fn cluster_inactive() -> ApiError {
    ApiError::new("ClusterNotFoundException", "The referenced cluster was inactive.")
}

/// Returns the error that every tag operation, including `ListTagsForResource`, returns for an INACTIVE cluster:
/// <https://github.com/gruntwork-io/cloud-nuke/issues/145>,
/// <https://github.com/hashicorp/terraform-provider-aws/pull/35524>.
pub(super) fn inactive_for_tags() -> ApiError {
    invalid("The specified cluster is inactive. Specify an active cluster and try again.")
}

/// Returns the error for changing a cluster that is not ACTIVE:
/// <https://github.com/hashicorp/terraform-provider-aws/issues/11285>.
pub(super) fn not_active() -> ApiError {
    client("Cluster was not ACTIVE.")
}

/// Returns the error for a cluster whose attachments are changing. Scripts that wait for the change
/// to finish quote AWS's message: `when calling the PutClusterCapacityProviders operation: The
/// specified cluster is in a busy state. ...`.
pub(super) fn busy() -> ApiError {
    ApiError::new(
        "UpdateInProgressException",
        "The specified cluster is in a busy state. Cluster attachments must be in UPDATE_COMPLETE or \
         UPDATE_FAILED state before they can be updated.",
    )
}

/// Returns the error for repeating an idempotent request with different arguments:
/// <https://github.com/hashicorp/terraform/issues/24615>,
/// <https://github.com/hashicorp/waypoint/issues/513>.
pub(super) fn inconsistent() -> ApiError {
    invalid(
        "Arguments on this idempotent request are inconsistent with arguments used in previous \
         request(s).",
    )
}

/// Returns the error for a value that is not in an enumeration:
/// <https://github.com/hashicorp/terraform-provider-aws/issues/23342>
/// (`include should be one of [..]`). ECS's message starts with the member's name if the member is
/// a list, and with the rejected value otherwise.
pub(super) fn not_one_of(shown: &str, allowed: &[&str]) -> ApiError {
    invalid(format!("{shown} should be one of [{}]", allowed.join(",")))
}

/// Returns the error for a name or ID that is present but empty: <https://github.com/blox/blox/issues/170>
/// (`Clusters can not be blank.`).
pub(super) fn blank(what: &str) -> ApiError {
    invalid(format!("{what} can not be blank."))
}

/// Returns the error for a required list that is missing or empty:
/// <https://github.com/boltops-tools/aws-inventory/issues/4> (`Services cannot be empty.`).
pub(super) fn empty(what: &str) -> ApiError {
    invalid(format!("{what} cannot be empty."))
}

/// Returns the error for a list that is too long: <https://github.com/traefik/traefik/issues/3625>
/// (`instanceIds can have at most 100 items.`).
pub(super) fn too_many(what: &str, most: usize) -> ApiError {
    invalid(format!("{what} can have at most {most} items."))
}

/// Returns the error for a string that does not match a pattern:
/// <https://github.com/awslabs/amazon-ecs-nodejs-microservices/issues/18> (`Cluster must match
/// ^[a-zA-Z0-9\-_]{1,255}$, but was ...`).
pub(super) fn no_match(what: &str, pattern: &str, value: &str) -> ApiError {
    invalid(format!("{what} must match {pattern}, but was {value}"))
}

/// Returns the error for an invalid value of a cluster setting or account setting:
/// <https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/264>,
/// <https://github.com/aws/aws-cli/issues/3785>.
pub(super) fn bad_setting_value() -> ApiError {
    invalid("Invalid setting 'value'")
}

/// Returns the error for disabling the long ARN format, as quoted in the documentation of Terraform's AWS provider:
/// <https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/ecs_account_setting_default>.
pub(super) fn long_arns() -> ApiError {
    invalid("You can no longer disable Long Arn settings")
}
