//! What a role may do: managed policies that are attached to it, and policies embedded in it.

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::iam::{
    AttachRolePolicyRequest, AttachedPolicy, DeleteRolePolicyRequest, DetachRolePolicyRequest,
    GetRolePolicyRequest, GetRolePolicyResponse, ListAttachedRolePoliciesRequest,
    ListAttachedRolePoliciesResponse, ListRolePoliciesRequest, ListRolePoliciesResponse,
    PutRolePolicyRequest,
};

use super::check::{Checks, limit_exceeded, no_such_entity, not_attachable, policy_arn};
use super::document::{check_identity_policy, size};
use super::page::page;
use super::policy::find;
use super::{encoded, own_role, role, role_mut};

/// The default quota: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MAX_ATTACHED: usize = 10;

/// What all policies embedded in a role may have together, without white space.
const MAX_INLINE: usize = 10_240;

/// Attaches a managed policy to a role; one that is attached already stays.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html>
impl Operation for AttachRolePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut checks = Checks::new();
        let name = checks.role_name(self.role_name.as_deref());
        let text = checks.arn("policyArn", self.policy_arn.as_deref());
        checks.finish()?;
        let arn = policy_arn(call, text)?;
        let role = own_role(call, name)?;
        // https://github.com/hashicorp/terraform/issues/31748
        let missing =
            || no_such_entity(format!("Policy {text} does not exist or is not attachable."));
        let policy = find(call, &arn).ok_or_else(missing)?;
        if policy.path.starts_with("/aws-service-role/") {
            return Err(not_attachable());
        }
        if !role.attached.contains_key(text) && role.attached.len() >= MAX_ATTACHED {
            // https://github.com/aws/eks-hybrid/pull/741
            return Err(limit_exceeded(format!(
                "Cannot exceed quota for PoliciesPerRole: {MAX_ATTACHED}"
            )));
        }
        role_mut(call, name)?.attached.insert(policy.arn, policy.policy_name);
        Ok(())
    }
}

/// Detaches a managed policy from a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html>
impl Operation for DetachRolePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut checks = Checks::new();
        let name = checks.role_name(self.role_name.as_deref());
        let text = checks.arn("policyArn", self.policy_arn.as_deref());
        checks.finish()?;
        policy_arn(call, text)?;
        own_role(call, name)?;
        // The words differ from those of AttachRolePolicy; on record, see document.rs.
        let missing = || no_such_entity(format!("Policy {text} was not found."));
        role_mut(call, name)?.attached.remove(text).map(drop).ok_or_else(missing)
    }
}

/// Lists the managed policies that are attached to a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html>
impl Operation for ListAttachedRolePoliciesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut checks = Checks::new();
        let name = checks.role_name(self.role_name.as_deref());
        let prefix = checks.path_prefix(self.path_prefix.as_deref(), true);
        checks.paging(self.marker.as_deref(), self.max_items);
        checks.finish()?;
        let prefix = format!(":policy{prefix}");
        let policies = role(call, name)?.attached.iter();
        let policies = policies.filter(|(arn, _)| arn.contains(&prefix)).map(|(arn, name)| {
            let policy = AttachedPolicy { policy_name: name.clone(), policy_arn: arn.clone() };
            (arn.clone(), policy)
        });
        let page = page(Self::NAME, policies, self.marker.as_deref(), self.max_items)?;
        Ok(ListAttachedRolePoliciesResponse {
            attached_policies: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// Embeds a policy in a role, in place of the one of that name.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>
impl Operation for PutRolePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut checks = Checks::new();
        let name = checks.role_name(self.role_name.as_deref());
        let policy = checks.name("policyName", self.policy_name.as_deref(), 128);
        let document = checks.document("policyDocument", self.policy_document.as_deref());
        checks.finish()?;
        let role = own_role(call, name)?;
        check_identity_policy(call.location().partition, document)?;
        let others = role.inline.iter().filter(|(name, _)| *name != policy);
        let others: usize = others.map(|(_, document)| size(document)).sum();
        if others + size(document) > MAX_INLINE {
            // https://github.com/serverless/serverless/issues/7643
            return Err(limit_exceeded(format!(
                "Maximum policy size of {MAX_INLINE} bytes exceeded for role {}",
                role.name
            )));
        }
        role_mut(call, name)?.inline.insert(policy.to_owned(), document.to_owned());
        Ok(())
    }
}

fn no_policy(name: &str) -> ApiError {
    // https://github.com/aws/aws-cli/issues/6139
    no_such_entity(format!("The role policy with name {name} cannot be found."))
}

/// Shows a policy that is embedded in a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>
impl Operation for GetRolePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut checks = Checks::new();
        let name = checks.role_name(self.role_name.as_deref());
        let policy = checks.name("policyName", self.policy_name.as_deref(), 128);
        checks.finish()?;
        let role = role(call, name)?;
        let document = role.inline.get(policy).ok_or_else(|| no_policy(policy))?;
        Ok(GetRolePolicyResponse {
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
        let mut checks = Checks::new();
        let name = checks.role_name(self.role_name.as_deref());
        let policy = checks.name("policyName", self.policy_name.as_deref(), 128);
        checks.finish()?;
        own_role(call, name)?;
        role_mut(call, name)?.inline.remove(policy).map(drop).ok_or_else(|| no_policy(policy))
    }
}

/// Lists the names of the policies that are embedded in a role.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html>
impl Operation for ListRolePoliciesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut checks = Checks::new();
        let name = checks.role_name(self.role_name.as_deref());
        checks.paging(self.marker.as_deref(), self.max_items);
        checks.finish()?;
        let names = role(call, name)?.inline.keys().map(|name| (name.clone(), name.clone()));
        let page = page(Self::NAME, names, self.marker.as_deref(), self.max_items)?;
        Ok(ListRolePoliciesResponse {
            policy_names: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
