//! The attached policies, embedded policies and permissions boundaries of users.
//!
//! For recorded AWS responses, see `user.rs`.

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    AttachUserPolicyRequest, DeleteUserPermissionsBoundaryRequest, DeleteUserPolicyRequest,
    DetachUserPolicyRequest, GetUserPolicyRequest, ListAttachedUserPoliciesRequest,
    ListUserPoliciesRequest, PutUserPermissionsBoundaryRequest, PutUserPolicyRequest,
};

use super::boundary::check_boundary;
use super::check::not_attachable;
use super::holder::{self, Kind, check_attachable, check_attached, policy_operations};
use super::page::Page;
use super::{encoded, user, user_mut};

/// Attaches a managed policy to a user. Attaching the same policy again has no effect.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html>
impl Operation for AttachUserPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.user_name.unwrap_or_default();
        let arn = self.policy_arn.unwrap_or_default();
        let policy = check_attachable(call, Kind::User, &arn, &user(call, &name)?.attached)?;
        user_mut(call, &name)?.attached.insert(policy.arn, policy.policy_name);
        Ok(())
    }
}

/// Detaches a managed policy from a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html>
impl Operation for DetachUserPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.user_name.unwrap_or_default();
        let arn = self.policy_arn.unwrap_or_default();
        check_attached(call, &arn, &user(call, &name)?.attached)?;
        user_mut(call, &name)?.attached.remove(&arn);
        Ok(())
    }
}

policy_operations! {
    Kind::User, user_name, user, user, user_mut;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html>
    ListAttachedUserPoliciesRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html>
    PutUserPolicyRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html>
    GetUserPolicyRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html>
    DeleteUserPolicyRequest;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html>
    ListUserPoliciesRequest;
}

/// Sets the permissions boundary of a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html>
impl Operation for PutUserPermissionsBoundaryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.user_name.unwrap_or_default();
        let arn = self.permissions_boundary.unwrap_or_default();
        user(call, &name)?;
        check_boundary(call, &arn)?;
        if arn.contains(":policy/aws-service-role/") {
            return Err(not_attachable());
        }
        user_mut(call, &name)?.boundary = Some(arn);
        Ok(())
    }
}

/// Removes the permissions boundary of a user. Succeeds even if the user has none.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html>
impl Operation for DeleteUserPermissionsBoundaryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        user_mut(call, &self.user_name.unwrap_or_default())?.boundary = None;
        Ok(())
    }
}
