//! Attached and embedded policies of groups.
//!
//! For recorded AWS responses, see `group.rs`.

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    AttachGroupPolicyRequest, DeleteGroupPolicyRequest, DetachGroupPolicyRequest,
    GetGroupPolicyRequest, ListAttachedGroupPoliciesRequest, ListGroupPoliciesRequest,
    PutGroupPolicyRequest,
};

use super::holder::{
    Kind, attached_page, check_attachable, check_attached, check_inline, inline_page, no_inline,
};
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

/// Lists the managed policies that are attached to a group.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedGroupPolicies.html>
impl Operation for ListAttachedGroupPoliciesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let attached = &group(call, &self.group_name.unwrap_or_default())?.attached;
        let (prefix, marker) = (self.path_prefix.as_deref(), self.marker.as_deref());
        let page = attached_page(Self::NAME, attached, prefix, marker, self.max_items)?;
        Ok(Self::Output {
            attached_policies: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// Embeds a policy in a group, replacing any policy with the same name.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutGroupPolicy.html>
impl Operation for PutGroupPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.group_name.unwrap_or_default();
        let policy = self.policy_name.unwrap_or_default();
        let document = self.policy_document.unwrap_or_default();
        let group = group(call, &name)?;
        check_inline(call, (Kind::Group, &group.name), &group.inline, (&policy, &document))?;
        group_mut(call, &name)?.inline.insert(policy, document);
        Ok(())
    }
}

/// Returns a policy that is embedded in a group.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroupPolicy.html>
impl Operation for GetGroupPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let policy_name = self.policy_name.unwrap_or_default();
        let group = group(call, &self.group_name.unwrap_or_default())?;
        let document = group.inline.get(&policy_name);
        let document = document.ok_or_else(|| no_inline(Kind::Group, &policy_name))?;
        Ok(Self::Output {
            group_name: group.name.clone(),
            policy_document: encoded(document),
            policy_name,
        })
    }
}

/// Deletes a policy that is embedded in a group.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroupPolicy.html>
impl Operation for DeleteGroupPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let policy = self.policy_name.unwrap_or_default();
        let group = group_mut(call, &self.group_name.unwrap_or_default())?;
        group.inline.remove(&policy).map(drop).ok_or_else(|| no_inline(Kind::Group, &policy))
    }
}

/// Lists the names of the policies that are embedded in a group.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupPolicies.html>
impl Operation for ListGroupPoliciesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let inline = &group(call, &self.group_name.unwrap_or_default())?.inline;
        let page = inline_page(Self::NAME, inline, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output {
            policy_names: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
