//! Attached and embedded policies of groups.
//!
//! For recorded AWS responses, see `group.rs`.

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    AttachGroupPolicyRequest, DeleteGroupPolicyRequest, DetachGroupPolicyRequest,
    GetGroupPolicyRequest, ListAttachedGroupPoliciesRequest, ListGroupPoliciesRequest,
    PutGroupPolicyRequest,
};

use super::holder::{self, Kind, check_attachable, check_attached, policy_operations};
use super::page::Page;
use super::{encoded, group, group_mut};

/// Attaches a managed policy to a group. Attaching the same policy again has no effect.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachGroupPolicy.html>
impl Operation for AttachGroupPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.group_name.unwrap_or_default();
        let arn = self.policy_arn.unwrap_or_default();
        let policy = check_attachable(call, Kind::Group, &arn, &group(call, &name)?.attached)?;
        group_mut(call, &name)?.attached.insert(policy.arn, policy.policy_name);
        Ok(())
    }
}

/// Detaches a managed policy from a group.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html>
impl Operation for DetachGroupPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.group_name.unwrap_or_default();
        let arn = self.policy_arn.unwrap_or_default();
        check_attached(call, &arn, &group(call, &name)?.attached)?;
        group_mut(call, &name)?.attached.remove(&arn);
        Ok(())
    }
}

policy_operations! {
    Kind::Group, group_name, group, group, group_mut;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedGroupPolicies.html>
    ListAttachedGroupPoliciesRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutGroupPolicy.html>
    PutGroupPolicyRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroupPolicy.html>
    GetGroupPolicyRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroupPolicy.html>
    DeleteGroupPolicyRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupPolicies.html>
    ListGroupPoliciesRequest;
}
