//! Attached and embedded policies of users, and their permissions boundaries.
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
use super::holder::{
    Kind, attached_page, check_attachable, check_attached, check_inline, inline_page, no_inline,
};
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

/// Lists the managed policies that are attached to a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html>
impl Operation for ListAttachedUserPoliciesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let attached = &user(call, &self.user_name.unwrap_or_default())?.attached;
        let (prefix, marker) = (self.path_prefix.as_deref(), self.marker.as_deref());
        let page = attached_page(Self::NAME, attached, prefix, marker, self.max_items)?;
        Ok(Self::Output {
            attached_policies: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// Embeds a policy in a user, replacing any policy with the same name.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html>
impl Operation for PutUserPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.user_name.unwrap_or_default();
        let policy = self.policy_name.unwrap_or_default();
        let document = self.policy_document.unwrap_or_default();
        let user = user(call, &name)?;
        check_inline(call, (Kind::User, &user.name), &user.inline, (&policy, &document))?;
        user_mut(call, &name)?.inline.insert(policy, document);
        Ok(())
    }
}

/// Returns a policy that is embedded in a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html>
impl Operation for GetUserPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let policy_name = self.policy_name.unwrap_or_default();
        let user = user(call, &self.user_name.unwrap_or_default())?;
        let document = user.inline.get(&policy_name);
        let document = document.ok_or_else(|| no_inline(Kind::User, &policy_name))?;
        Ok(Self::Output {
            user_name: user.name.clone(),
            policy_document: encoded(document),
            policy_name,
        })
    }
}

/// Deletes a policy that is embedded in a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html>
impl Operation for DeleteUserPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let policy = self.policy_name.unwrap_or_default();
        let user = user_mut(call, &self.user_name.unwrap_or_default())?;
        user.inline.remove(&policy).map(drop).ok_or_else(|| no_inline(Kind::User, &policy))
    }
}

/// Lists the names of the policies that are embedded in a user.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html>
impl Operation for ListUserPoliciesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let inline = &user(call, &self.user_name.unwrap_or_default())?.inline;
        let page = inline_page(Self::NAME, inline, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output {
            policy_names: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
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

/// Removes the permissions boundary of a user. Succeeds even if there is none.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html>
impl Operation for DeleteUserPermissionsBoundaryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        user_mut(call, &self.user_name.unwrap_or_default())?.boundary = None;
        Ok(())
    }
}
