//! Managed policies that are attached to a role, and policies that are embedded in it.

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    AttachRolePolicyRequest, DeleteRolePolicyRequest, DetachRolePolicyRequest,
    GetRolePolicyRequest, ListAttachedRolePoliciesRequest, ListRolePoliciesRequest,
    PutRolePolicyRequest,
};

use super::check::policy_arn;
use super::holder::{self, Kind, check_attachable, check_attached, policy_operations};
use super::page::Page;
use super::{encoded, own_role, role, role_mut};

/// Attaches a managed policy to a role. Attaching the same policy again has no effect.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html>
impl Operation for AttachRolePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let text = self.policy_arn.as_deref().unwrap_or_default();
        policy_arn(call, text)?;
        let attached = &own_role(call, name)?.attached;
        let policy = check_attachable(call, Kind::Role, text, attached)?;
        role_mut(call, name)?.attached.insert(policy.arn, policy.policy_name);
        Ok(())
    }
}

/// Detaches a managed policy from a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html>
impl Operation for DetachRolePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let text = self.policy_arn.as_deref().unwrap_or_default();
        policy_arn(call, text)?;
        check_attached(call, text, &own_role(call, name)?.attached)?;
        role_mut(call, name)?.attached.remove(text);
        Ok(())
    }
}

policy_operations! {
    Kind::Role, role_name, role, own_role, role_mut;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html>
    ListAttachedRolePoliciesRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>
    PutRolePolicyRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>
    GetRolePolicyRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html>
    DeleteRolePolicyRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html>
    ListRolePoliciesRequest;
}
