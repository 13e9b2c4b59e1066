//! `GetAccountAuthorizationDetails`: lists users, groups, roles and policies in one response.
//!
//! Recorded AWS responses: `test_iam_account_authorization_details.snapshot.json`, in the folder cited in `user.rs`.

use std::collections::BTreeMap;

use crate::api::{ApiResult, Call, Definition, Operation};
use crate::iam::{
    AttachedPolicy, GetAccountAuthorizationDetailsRequest, GroupDetail, ManagedPolicyDetail,
    PolicyDetail, PolicyVersion, RoleDetail, UserDetail,
};

use super::boundary::attached_boundary;
use super::page::page;
use super::policy::{find, record};
use super::tags::listed;
use super::{GroupRecord, RoleRecord, UserRecord, encoded, instance_profile, managed, role, state};

/// One item in the response.
enum Item {
    User(UserDetail),
    Group(GroupDetail),
    Role(RoleDetail),
    Policy(ManagedPolicyDetail),
}

/// Lists users, groups, roles and managed policies. AWS managed policies are listed only if a
/// principal uses them.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
impl Operation for GetAccountAuthorizationDetailsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let wanted =
            |kind: &str| self.filter.is_empty() || self.filter.iter().any(|its| its == kind);
        let state = state(call);
        let mut all = Vec::new();
        if wanted("User") {
            let items = state
                .users
                .iter()
                .map(|(key, user)| (format!("1/{key}"), Item::User(user_detail(call, key, user))));
            all.extend(items);
        }
        if wanted("Group") {
            let items = state.groups.iter();
            all.extend(
                items.map(|(key, group)| (format!("2/{key}"), Item::Group(group_detail(group)))),
            );
        }
        if wanted("Role") {
            let items = state.roles.iter();
            all.extend(
                items.map(|(key, role)| (format!("3/{key}"), Item::Role(role_detail(call, role)))),
            );
        }
        let own = state.policies.values().map(|policy| policy.arn.clone());
        let aws = managed::all(call.location().partition).map(|policy| policy.arn);
        let arns = own
            .filter(|_| wanted("LocalManagedPolicy"))
            .chain(aws.filter(|_| wanted("AWSManagedPolicy")).filter(|arn| is_used(call, arn)));
        all.extend(arns.filter_map(|arn| {
            let detail = policy_detail(call, &arn)?;
            Some((format!("4/{arn}"), Item::Policy(detail)))
        }));
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        let page = page(Self::NAME, all, self.marker.as_deref(), self.max_items)?;
        let mut answer = Self::Output {
            is_truncated: page.is_truncated,
            marker: page.marker,
            ..Default::default()
        };
        for item in page.items {
            match item {
                Item::User(user) => answer.user_detail_list.push(user),
                Item::Group(group) => answer.group_detail_list.push(group),
                Item::Role(role) => answer.role_detail_list.push(role),
                Item::Policy(policy) => answer.policies.push(policy),
            }
        }
        Ok(answer)
    }
}

/// Returns whether a role, user or group uses the policy with the given ARN, either as an attached
/// policy or as a permissions boundary. AWS managed policies are listed only if they are used in
/// one of these ways: <https://github.com/joshlarsen/aws-recon/issues/21>.
fn is_used(call: &Call<'_>, arn: &str) -> bool {
    let state = state(call);
    let uses = |attached: &BTreeMap<String, String>, boundary: Option<&String>| {
        attached.contains_key(arn) || boundary.is_some_and(|boundary| boundary == arn)
    };
    state.roles.values().any(|role| uses(&role.attached, role.boundary.as_ref()))
        || state.users.values().any(|user| uses(&user.attached, user.boundary.as_ref()))
        || state.groups.values().any(|group| uses(&group.attached, None))
}

fn attached(policies: &BTreeMap<String, String>) -> Vec<AttachedPolicy> {
    let policy = |(arn, name): (&String, &String)| AttachedPolicy {
        policy_name: name.clone(),
        policy_arn: arn.clone(),
    };
    policies.iter().map(policy).collect()
}

fn embedded(policies: &BTreeMap<String, String>) -> Vec<PolicyDetail> {
    let policy = |(name, document): (&String, &String)| PolicyDetail {
        policy_name: name.clone(),
        policy_document: encoded(document),
    };
    policies.iter().map(policy).collect()
}

fn user_detail(call: &Call<'_>, key: &str, user: &UserRecord) -> UserDetail {
    let groups = state(call).groups.values().filter(|group| group.members.contains(key));
    UserDetail {
        path: user.path.clone(),
        user_name: user.name.clone(),
        user_id: user.id.clone(),
        arn: user.arn.clone(),
        create_date: user.created,
        user_policy_list: Some(embedded(&user.inline)).filter(|list| !list.is_empty()),
        group_list: groups.map(|group| group.name.clone()).collect(),
        attached_managed_policies: attached(&user.attached),
        permissions_boundary: user.boundary.as_deref().map(attached_boundary),
        tags: listed(&user.tags),
    }
}

fn group_detail(group: &GroupRecord) -> GroupDetail {
    GroupDetail {
        path: group.path.clone(),
        group_name: group.name.clone(),
        group_id: group.id.clone(),
        arn: group.arn.clone(),
        create_date: group.created,
        group_policy_list: embedded(&group.inline),
        attached_managed_policies: attached(&group.attached),
    }
}

fn role_detail(call: &Call<'_>, record: &RoleRecord) -> RoleDetail {
    let shown = role::shown(call, record);
    let key = record.name.to_lowercase();
    let profiles = state(call).instance_profiles.values();
    let profiles = profiles.filter(|profile| profile.role.as_ref() == Some(&key));
    RoleDetail {
        path: shown.path,
        role_name: shown.role_name,
        role_id: shown.role_id,
        arn: shown.arn,
        create_date: shown.create_date,
        assume_role_policy_document: shown.assume_role_policy_document.unwrap_or_default(),
        instance_profile_list: profiles
            .map(|profile| instance_profile::shown(call, profile))
            .collect(),
        role_policy_list: embedded(&record.inline),
        attached_managed_policies: attached(&record.attached),
        permissions_boundary: shown.permissions_boundary,
        tags: shown.tags.unwrap_or_default(),
        role_last_used: shown.role_last_used.unwrap_or_default(),
    }
}

fn policy_detail(call: &Call<'_>, arn: &str) -> Option<ManagedPolicyDetail> {
    let arn = arn.parse().ok()?;
    let policy = find(call, &arn)?;
    let versions = match record(call, &arn) {
        Some(record) => record.all_versions(),
        None => vec![PolicyVersion {
            document: managed::document(&arn).map(|document| encoded(&document)),
            version_id: policy.default_version_id.clone(),
            is_default_version: true,
            create_date: policy.update_date,
        }],
    };
    Some(ManagedPolicyDetail {
        policy_name: policy.policy_name,
        policy_id: policy.policy_id,
        arn: policy.arn,
        path: policy.path,
        default_version_id: policy.default_version_id,
        attachment_count: policy.attachment_count,
        permissions_boundary_usage_count: policy.permissions_boundary_usage_count,
        is_attachable: policy.is_attachable,
        description: None, // recorded responses omit it
        create_date: policy.create_date,
        update_date: policy.update_date,
        policy_version_list: versions,
    })
}
