//! Customer managed policies, and read-only access to AWS managed policies.

use infra_core::arn::Arn;

use crate::api::{ApiError, ApiResult, Call, Definition, Operation};
use crate::iam::{
    CreatePolicyRequest, DeletePolicyRequest, GetPolicyRequest, ListPoliciesRequest, Policy,
};

use super::check::{already_exists, delete_conflict, no_such_entity, policy_arn, quota};
use super::document::{check_identity_policy, size};
use super::page::{Page, page};
use super::policy_versions::Versions;
use super::tags::{listed, policy_tags};
use super::{PolicyRecord, managed, state};

/// The quotas: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const MAX_SIZE: usize = 6144;
const MAX_POLICIES: usize = 1500;

/// Returns the managed policy with the given ARN, with all the members that `GetPolicy` returns.
pub(super) fn find(call: &Call<'_>, arn: &Arn) -> Option<Policy> {
    if arn.account_id == "aws" {
        return managed::find(arn).map(|policy| counted(call, policy));
    }
    record(call, arn).map(|record| shown(call, record))
}

/// Returns the record of a customer managed policy.
pub(super) fn record<'c>(call: &'c Call<'_>, arn: &Arn) -> Option<&'c PolicyRecord> {
    let text = arn.to_string();
    let record = state(call).policies.get(&arn.last_segment().to_lowercase());
    record.filter(|record| record.arn == text)
}

/// Returns a mutable reference to the record of a customer managed policy.
pub(super) fn record_mut<'c>(call: &'c mut Call<'_>, arn: &Arn) -> Option<&'c mut PolicyRecord> {
    // `iam()` creates the account's state if there is none, so first check that the policy exists.
    record(call, arn)?;
    call.iam().policies.get_mut(&arn.last_segment().to_lowercase())
}

/// Checks the size of a managed policy's document.
pub(super) fn check_size(document: &str) -> ApiResult<()> {
    // https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/108
    quota("PolicySize", size(document), MAX_SIZE)
}

fn shown(call: &Call<'_>, record: &PolicyRecord) -> Policy {
    let PolicyRecord { name, path, id, arn, created, document: _, versions: _, description, tags } =
        record;
    let policy = Policy {
        policy_name: name.clone(),
        policy_id: id.clone(),
        arn: arn.clone(),
        path: path.clone(),
        default_version_id: record.default_version(),
        attachment_count: 0,
        permissions_boundary_usage_count: 0,
        is_attachable: true,
        description: description.clone(),
        create_date: *created,
        update_date: record.updated(),
        tags: Some(listed(tags)),
    };
    counted(call, policy)
}

/// Fills in two counts: how many groups, users and roles a policy is attached to, and how many
/// users and roles have it as their permissions boundary.
fn counted(call: &Call<'_>, policy: Policy) -> Policy {
    let count = |uses: usize| i32::try_from(uses).unwrap_or(i32::MAX);
    let state = state(call);
    let roles = state.roles.values().map(|role| (&role.attached, role.boundary.as_ref()));
    let users = state.users.values().map(|user| (&user.attached, user.boundary.as_ref()));
    let groups = state.groups.values().map(|group| (&group.attached, None));
    let (mut attached, mut bounding) = (0, 0);
    for (its_attached, boundary) in roles.chain(users).chain(groups) {
        attached += usize::from(its_attached.contains_key(&policy.arn));
        bounding += usize::from(boundary == Some(&policy.arn));
    }
    Policy {
        attachment_count: count(attached),
        permissions_boundary_usage_count: count(bounding),
        ..policy
    }
}

pub(super) fn not_found(arn: &str) -> ApiError {
    // This message was recorded from AWS; see `document.rs`.
    no_such_entity(format!("Policy {arn} was not found."))
}

/// Creates a managed policy.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>
impl Operation for CreatePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let name = self.policy_name.as_deref().unwrap_or_default();
        let path = self.path.as_deref().unwrap_or("/");
        let document = self.policy_document.as_deref().unwrap_or_default();
        let tags = policy_tags(&self.tags)?;
        check_identity_policy(call.location().partition, document)?;
        check_size(document)?;
        let key = name.to_lowercase();
        let policies = &state(call).policies;
        if policies.contains_key(&key) {
            // This message was recorded from AWS; see `document.rs`.
            return Err(already_exists(format!(
                "A policy called {name} already exists. Duplicate names are not allowed."
            )));
        }
        quota("PoliciesPerAccount", policies.len() + 1, MAX_POLICIES)?;
        let record = PolicyRecord {
            name: name.to_owned(),
            path: path.to_owned(),
            id: call.world.ids.iam("ANPA"),
            arn: call.location().global_arn("iam", format!("policy{path}{name}")).to_string(),
            created: call.now,
            document: document.to_owned(),
            versions: Versions::default(),
            description: self.description.filter(|text| !text.is_empty()),
            tags,
        };
        let full = shown(call, &record);
        // CreatePolicy's response omits the description. It contains the tags in the order of the
        // request, or no list of tags if there are none:
        // https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_policies.snapshot.json
        let tags = Some(self.tags).filter(|tags| !tags.is_empty());
        let policy = Policy { description: None, tags, ..full };
        call.iam().policies.insert(key, record);
        Ok(Self::Output { policy })
    }
}

/// Returns a managed policy.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html>
impl Operation for GetPolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let text = self.policy_arn.as_deref().unwrap_or_default();
        let arn = policy_arn(call, text)?;
        let policy = find(call, &arn).ok_or_else(|| not_found(text))?;
        let tags = Some(policy.tags.unwrap_or_default());
        Ok(Self::Output { policy: Policy { tags, ..policy } })
    }
}

/// Lists managed policies.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html>
impl Operation for ListPoliciesRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let usage = self.policy_usage_filter.as_deref();
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let scope = self.scope.as_deref().unwrap_or("All");
        let own = state(call).policies.values().map(|record| shown(call, record));
        let aws = managed::all(call.location().partition).map(|policy| counted(call, policy));
        let mut all: Vec<(String, Policy)> = own
            .filter(|_| scope != "AWS")
            .chain(aws.filter(|_| scope != "Local"))
            .filter(|policy| policy.path.starts_with(prefix))
            .filter(|policy| match usage {
                Some("PermissionsPolicy") => policy.attachment_count > 0,
                Some(_) => policy.permissions_boundary_usage_count > 0,
                None => true,
            })
            .filter(|policy| {
                let used = policy.attachment_count + policy.permissions_boundary_usage_count;
                !self.only_attached.unwrap_or(false) || used > 0
            })
            .map(|policy| (place(&policy), Policy { description: None, tags: None, ..policy }))
            .collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        let Page { items: policies, is_truncated, marker } =
            page(Self::NAME, all, self.marker.as_deref(), self.max_items)?;
        Ok(Self::Output { policies, is_truncated, marker })
    }
}

/// Returns the sort key of a policy in a list. The account's own policies come first. AWS's own policies are listed from
/// oldest to newest: `test_list_policies_scope_aws` in
/// <https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_managed_policies.snapshot.json>.
fn place(policy: &Policy) -> String {
    let is_own = !policy.arn.contains("::aws:");
    let created = (!is_own).then(|| policy.create_date.to_string());
    format!("{} {}", created.unwrap_or_default(), policy.arn)
}

/// Deletes a customer managed policy. Fails if the policy is in use or has more than one version.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html>
impl Operation for DeletePolicyRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let text = self.policy_arn.as_deref().unwrap_or_default();
        let arn = policy_arn(call, text)?;
        let policy = find(call, &arn).ok_or_else(|| not_found(text))?;
        if arn.account_id == "aws" {
            // This error was recorded from AWS in February 2026:
            // https://github.com/localstack/localstack/blob/f87be267779418a193b0272603afc7c8dc69ccb2/tests/aws/services/iam/test_iam_managed_policies.snapshot.json
            let words = "Cannot delete policies outside your own account.";
            return Err(ApiError::new("AccessDenied", words).with_status(403));
        }
        if policy.attachment_count + policy.permissions_boundary_usage_count > 0 {
            // https://github.com/hashicorp/terraform-provider-aws/issues/32906
            return Err(delete_conflict("Cannot delete a policy attached to entities."));
        }
        if record(call, &arn).is_some_and(|policy| policy.version_count() > 1) {
            // https://github.com/rebuy-de/aws-nuke/issues/1
            return Err(delete_conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                 versions. The default version is deleted with the policy.",
            ));
        }
        call.iam().policies.remove(&policy.policy_name.to_lowercase());
        Ok(())
    }
}
