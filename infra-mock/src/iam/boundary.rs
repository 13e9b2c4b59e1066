//! Permissions boundaries of roles.

use crate::api::{ApiResult, Call, Operation};
use crate::iam::{
    AttachedPermissionsBoundary, DeleteRolePermissionsBoundaryRequest,
    PutRolePermissionsBoundaryRequest,
};

use super::check::{invalid_input, no_such_entity, not_attachable, policy_arn};
use super::policy::find;
use super::{own_role, role_mut};

/// Returns a permissions boundary in the response format.
pub(super) fn attached_boundary(arn: &str) -> AttachedPermissionsBoundary {
    AttachedPermissionsBoundary {
        permissions_boundary_type: "Policy".to_owned(),
        permissions_boundary_arn: arn.to_owned(),
    }
}

/// Checks that a policy can be used as the permissions boundary of a role or user. The error
/// messages were recorded from AWS; see `document.rs`.
pub(super) fn check_boundary(call: &Call<'_>, text: &str) -> ApiResult<()> {
    let arn =
        policy_arn(call, text).map_err(|_| invalid_input(format!("ARN {text} is not valid.")))?;
    let missing =
        || no_such_entity(format!("Scope ARN: {text} does not exist or is not attachable."));
    find(call, &arn).map(drop).ok_or_else(missing)
}

/// Sets the permissions boundary of a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html>
impl Operation for PutRolePermissionsBoundaryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let arn = self.permissions_boundary.as_deref().unwrap_or_default();
        own_role(call, name)?;
        check_boundary(call, arn)?;
        if arn.contains(":policy/aws-service-role/") {
            // The service model lists this error code for PutRolePermissionsBoundary but not for
            // CreateRole.
            return Err(not_attachable());
        }
        role_mut(call, name)?.boundary = Some(arn.to_owned());
        Ok(())
    }
}

/// Removes the permissions boundary of a role. Succeeds even if the role has no boundary.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html>
impl Operation for DeleteRolePermissionsBoundaryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        own_role(call, name)?;
        role_mut(call, name)?.boundary = None;
        Ok(())
    }
}
