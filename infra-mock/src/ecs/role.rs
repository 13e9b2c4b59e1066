//! The service-linked role that ECS needs before it can create a cluster.

use super::errors;
use crate::api::{ApiResult, Call};
use crate::iam;

/// Assumes the role `AWSServiceRoleForECS`, which the first `CreateCluster` call creates.
///
/// A call that creates the role fails, because ECS cannot assume the new role yet
/// (<https://github.com/hashicorp/terraform-provider-aws/pull/15457>,
/// <https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/818>). No other
/// failed call changes the state. The message and the code are in
/// <https://github.com/awslabs/fargatecli/issues/35>. ECS returns the same error if the caller is
/// not allowed to create the role: <https://github.com/whilenull/7777-support/issues/19>.
pub(super) fn assume(call: &mut Call<'_>) -> ApiResult<()> {
    let (now, lag) = (call.now, call.world.lag.service_linked_role);
    if !iam::ecs_service_linked_role_can_be(call)
        || now.since(iam::ensure_ecs_service_linked_role(call)) < lag
    {
        return Err(errors::invalid(
            "Unable to assume the service linked role. Please verify that the ECS service linked role \
             exists.",
        ));
    }
    Ok(())
}
