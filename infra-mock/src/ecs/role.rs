//! The service-linked role that ECS needs before it can make a cluster.

use super::errors;
use crate::api::{ApiResult, Call};
use crate::iam;

/// Makes the role `AWSServiceRoleForECS` on the first `CreateCluster`, and assumes it.
///
/// That ECS makes the role in the call and then cannot assume it yet is the one case in which a refused
/// call leaves something behind: <https://github.com/hashicorp/terraform-provider-aws/pull/15457>,
/// <https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/818>. The words and the
/// code are in <https://github.com/awslabs/fargatecli/issues/35>. It says the same where the caller may not have the
/// role made: <https://github.com/whilenull/7777-support/issues/19>.
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
