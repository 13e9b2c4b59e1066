//! Managed policies that are attached to a role, and policies that are embedded in it.

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    AttachRolePolicyRequest, DeleteRolePolicyRequest, DetachRolePolicyRequest,
    GetRolePolicyRequest, ListAttachedRolePoliciesRequest, ListRolePoliciesRequest,
    PutRolePolicyRequest,
};

use super::check::policy_arn;
use super::holder::{
    Kind, attached_page, check_attachable, check_attached, check_inline, inline_page, no_inline,
};
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

/// Lists the managed policies that are attached to a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html>
impl Operation for ListAttachedRolePoliciesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let (attached, marker) = (&role(call, name)?.attached, self.marker.as_deref());
        let page = attached_page(Self::NAME, attached, Some(prefix), marker, self.max_items)?;
        Ok(Self::Output {
            attached_policies: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// Embeds a policy in a role, replacing any policy with the same name.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>
impl Operation for PutRolePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let policy = self.policy_name.as_deref().unwrap_or_default();
        let document = self.policy_document.as_deref().unwrap_or_default();
        let role = own_role(call, name)?;
        check_inline(call, (Kind::Role, &role.name), &role.inline, (policy, document))?;
        role_mut(call, name)?.inline.insert(policy.to_owned(), document.to_owned());
        Ok(())
    }
}

/// Returns a policy that is embedded in a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>
impl Operation for GetRolePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let policy = self.policy_name.as_deref().unwrap_or_default();
        let role = role(call, name)?;
        let document = role.inline.get(policy).ok_or_else(|| no_inline(Kind::Role, policy))?;
        Ok(Self::Output {
            role_name: role.name.clone(),
            policy_name: policy.to_owned(),
            policy_document: encoded(document),
        })
    }
}

/// Deletes a policy that is embedded in a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html>
impl Operation for DeleteRolePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let policy = self.policy_name.as_deref().unwrap_or_default();
        own_role(call, name)?;
        role_mut(call, name)?
            .inline
            .remove(policy)
            .map(drop)
            .ok_or_else(|| no_inline(Kind::Role, policy))
    }
}

/// Lists the names of the policies that are embedded in a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html>
impl Operation for ListRolePoliciesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.role_name.as_deref().unwrap_or_default();
        let inline = &role(call, name)?.inline;
        let page = inline_page(Self::NAME, inline, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output {
            policy_names: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
