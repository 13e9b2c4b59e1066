//! ECS's refusals, in ECS's words.
//!
//! Codes are those of the API reference,
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html> and the pages of the
//! operations; all but server faults have status 400. The API reference gives no wordings, so each comes
//! from the public thread that is named beside it. Where no thread shows one, the comment says
//! "modelled on", and only the code is AWS's for certain.

use crate::api::ApiError;

/// `InvalidParameterException`.
pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterException", message)
}

/// `ClientException`.
pub(super) fn client(message: impl Into<String>) -> ApiError {
    ApiError::new("ClientException", message)
}

/// <https://github.com/aws/amazon-ecs-agent/issues/750> for the words.
pub(super) fn cluster_not_found() -> ApiError {
    ApiError::new("ClusterNotFoundException", "Cluster not found.")
}

/// The code is the API reference's; the words are those of emulators and of clients that look for them.
pub(super) fn service_not_found() -> ApiError {
    ApiError::new("ServiceNotFoundException", "Service not found.")
}

/// What `CreateService` and `UpdateService` say of an INACTIVE cluster
/// (<https://github.com/vatertime/minecraft-spot-pricing/issues/4> for the words; the code is that of
/// `UpdateService`), and the operations on clusters with them.
pub(super) fn cluster_inactive() -> ApiError {
    ApiError::new("ClusterNotFoundException", "The referenced cluster was inactive.")
}

/// Any tag operation on an INACTIVE cluster, `ListTagsForResource` as well:
/// <https://github.com/gruntwork-io/cloud-nuke/issues/145>,
/// <https://github.com/hashicorp/terraform-provider-aws/pull/35524>.
pub(super) fn inactive_for_tags() -> ApiError {
    invalid("The specified cluster is inactive. Specify an active cluster and try again.")
}

/// <https://github.com/hashicorp/terraform-provider-aws/issues/11285>.
pub(super) fn not_active() -> ApiError {
    client("Cluster was not ACTIVE.")
}

/// The words as scripts that wait for the state quote them:
/// `when calling the PutClusterCapacityProviders operation: The specified cluster is in a busy state. ...`.
pub(super) fn busy() -> ApiError {
    ApiError::new(
        "UpdateInProgressException",
        "The specified cluster is in a busy state. Cluster attachments must be in UPDATE_COMPLETE or \
         UPDATE_FAILED state before they can be updated.",
    )
}

/// <https://github.com/hashicorp/terraform/issues/24615>, <https://github.com/hashicorp/waypoint/issues/513>.
pub(super) fn inconsistent() -> ApiError {
    invalid(
        "Arguments on this idempotent request are inconsistent with arguments used in previous \
         request(s).",
    )
}

/// A value out of a set, as ECS names the set:
/// <https://github.com/hashicorp/terraform-provider-aws/issues/23342> (`include should be one of [..]`).
/// For members that are no lists it shows the value that was given.
pub(super) fn not_one_of(shown: &str, allowed: &[&str]) -> ApiError {
    invalid(format!("{shown} should be one of [{}]", allowed.join(",")))
}

/// A name or id that is there but empty: <https://github.com/blox/blox/issues/170>
/// (`Clusters can not be blank.`).
pub(super) fn blank(what: &str) -> ApiError {
    invalid(format!("{what} can not be blank."))
}

/// A list that has to be given: <https://github.com/boltops-tools/aws-inventory/issues/4>
/// (`Services cannot be empty.`).
pub(super) fn empty(what: &str) -> ApiError {
    invalid(format!("{what} cannot be empty."))
}

/// A list that is too long: <https://github.com/traefik/traefik/issues/3625>
/// (`instanceIds can have at most 100 items.`).
pub(super) fn too_many(what: &str, most: usize) -> ApiError {
    invalid(format!("{what} can have at most {most} items."))
}

/// A text that breaks a pattern:
/// <https://github.com/awslabs/amazon-ecs-nodejs-microservices/issues/18>
/// (`Cluster must match ^[a-zA-Z0-9\-_]{1,255}$, but was ...`).
pub(super) fn no_match(what: &str, pattern: &str, value: &str) -> ApiError {
    invalid(format!("{what} must match {pattern}, but was {value}"))
}

/// The value of a cluster setting or account setting:
/// <https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/264>,
/// <https://github.com/aws/aws-cli/issues/3785>.
pub(super) fn bad_setting_value() -> ApiError {
    invalid("Invalid setting 'value'")
}
