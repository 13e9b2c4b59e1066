//! Tags of managed policies, and the principals that use a policy.

use infra_core::arn::Arn;

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    ListEntitiesForPolicyRequest, ListPolicyTagsRequest, PolicyGroup, PolicyRole, PolicyUser,
    TagPolicyRequest, UntagPolicyRequest,
};

use super::check::{invalid_input, no_such_entity, policy_arn};
use super::page::page;
use super::policy::{find, not_found, record, record_mut};
use super::state;
use super::tags::{policy_tags, set_tags, tags_page};

/// Returns an error for AWS managed policies, which cannot have tags.
///
/// <https://github.com/aws-controllers-k8s/community/issues/2774> contains the error for
/// `TagPolicy`. The error for `UntagPolicy` is not publicly documented, so the mock returns the
/// same error for both operations.
fn check_can_have_tags(arn: &Arn) -> ApiResult<()> {
    if arn.account_id == "aws" {
        return Err(invalid_input("Tags not supported for policies in this domain"));
    }
    Ok(())
}

/// Adds tags to a customer managed policy, replacing existing tags with the same keys. Other tags
/// are kept.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html>
impl Operation for TagPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let text = self.policy_arn.unwrap_or_default();
        let new = policy_tags(&self.tags)?;
        let arn = policy_arn(call, &text)?;
        check_can_have_tags(&arn)?;
        set_tags(&mut record_mut(call, &arn).ok_or_else(|| not_found(&text))?.tags, new)
    }
}

/// Removes tags from a customer managed policy. Ignores keys that the policy does not have.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html>
impl Operation for UntagPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let text = self.policy_arn.unwrap_or_default();
        let arn = policy_arn(call, &text)?;
        check_can_have_tags(&arn)?;
        let policy = record_mut(call, &arn).ok_or_else(|| not_found(&text))?;
        policy.tags.retain(|key, _| !self.tag_keys.contains(key));
        Ok(())
    }
}

/// Lists the tags of a managed policy.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html>
impl Operation for ListPolicyTagsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let text = self.policy_arn.unwrap_or_default();
        let arn = policy_arn(call, &text)?;
        find(call, &arn).ok_or_else(|| not_found(&text))?;
        let tags = record(call, &arn).map(|policy| policy.tags.clone()).unwrap_or_default();
        let page = tags_page(Self::NAME, &tags, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { tags: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}

/// A principal that uses a policy.
enum Entity {
    Group(PolicyGroup),
    User(PolicyUser),
    Role(PolicyRole),
}

/// Lists the groups, users and roles that use a managed policy, either as an attached policy or as a permissions
/// boundary.
///
/// If `EntityFilter` is a kind of policy, the list is empty, because policies cannot use other
/// policies. Recorded from AWS; see `document.rs`.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html>
impl Operation for ListEntitiesForPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let text = self.policy_arn.unwrap_or_default();
        let arn = policy_arn(call, &text)?;
        let missing =
            || no_such_entity(format!("Policy {text} does not exist or is not attachable."));
        find(call, &arn).ok_or_else(missing)?;
        let filter = self.entity_filter.as_deref();
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let usage = self.policy_usage_filter.as_deref();
        let wanted = |kind: &str| filter.is_none_or(|filter| filter == kind);
        let is_used_by = |attached: bool, boundary: Option<&str>| {
            attached && usage != Some("PermissionsBoundary")
                || boundary == Some(&*text) && usage != Some("PermissionsPolicy")
        };
        let state = state(call);
        let groups = state.groups.iter().filter(|(_, group)| {
            wanted("Group")
                && group.path.starts_with(prefix)
                && is_used_by(group.attached.contains_key(&text), None)
        });
        let groups = groups.map(|(key, group)| {
            let (group_name, group_id) = (group.name.clone(), group.id.clone());
            (format!("group/{key}"), Entity::Group(PolicyGroup { group_name, group_id }))
        });
        let roles = state.roles.iter().filter(|(_, role)| {
            wanted("Role")
                && role.path.starts_with(prefix)
                && is_used_by(role.attached.contains_key(&text), role.boundary.as_deref())
        });
        let roles = roles.map(|(key, role)| {
            let (role_name, role_id) = (role.name.clone(), role.id.clone());
            (format!("role/{key}"), Entity::Role(PolicyRole { role_name, role_id }))
        });
        let users = state.users.iter().filter(|(_, user)| {
            wanted("User")
                && user.path.starts_with(prefix)
                && is_used_by(user.attached.contains_key(&text), user.boundary.as_deref())
        });
        let users = users.map(|(key, user)| {
            let (user_name, user_id) = (user.name.clone(), user.id.clone());
            (format!("user/{key}"), Entity::User(PolicyUser { user_name, user_id }))
        });
        let all = groups.chain(roles).chain(users);
        let page = page(Self::NAME, all, self.marker.as_deref(), self.max_items)?;
        let mut answer = Self::Output {
            is_truncated: page.is_truncated,
            marker: page.marker,
            ..Default::default()
        };
        for entity in page.items {
            match entity {
                Entity::Group(group) => answer.policy_groups.push(group),
                Entity::User(user) => answer.policy_users.push(user),
                Entity::Role(role) => answer.policy_roles.push(role),
            }
        }
        Ok(answer)
    }
}
