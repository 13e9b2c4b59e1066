//! The permissions that IAM operations require.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>

mod credentials;
mod others;
mod server_certificates;

use crate::access::{Need, needs, needs_on, needs_on_all};
use crate::api::Call;
#[allow(clippy::wildcard_imports, reason = "the tables name most requests of the service")]
use crate::iam::model::*;

use self::others::{arn, create_bounded, create_tagged, tag_pairs};
use super::{service_linked, state};

/// Declares the permissions for adding tags to a resource and for removing them.
macro_rules! tagging {
    ($($on:ident($member:ident): $tag:ident, $untag:ident;)+) => {$crate::access::needs! {$(
        $tag => |request, call| {
            let need = $on(call, &$crate::access::action_of(request), request.$member.as_deref());
            vec![need.with_request_tags($crate::iam::access::pairs(&request.tags))]
        };
        $untag => |request, call| {
            let need = $on(call, &$crate::access::action_of(request), request.$member.as_deref());
            vec![need.with_all("aws:TagKeys", request.tag_keys.iter().cloned())]
        };
    )+}};
}
use tagging;

/// Declares the permissions for attaching managed policies to a principal and for detaching them.
macro_rules! attaching {
    ($($on:ident($member:ident): $($request:ident),+;)+) => {$($crate::access::needs! {$(
        $request => |request, call| {
            let need = $on(call, &$crate::access::action_of(request), request.$member.as_deref());
            vec![need.with("iam:PolicyARN", request.policy_arn.as_ref())]
        };
    )+})+};
}
use attaching;

needs_on! {
    on_policy(policy_arn):
        CreatePolicyVersionRequest, DeletePolicyRequest, DeletePolicyVersionRequest,
        GetPolicyRequest, GetPolicyVersionRequest, ListEntitiesForPolicyRequest,
        ListPolicyTagsRequest, ListPolicyVersionsRequest, SetDefaultPolicyVersionRequest;
    on_role(role_name):
        DeleteServiceLinkedRoleRequest, GetRolePolicyRequest, ListAttachedRolePoliciesRequest,
        ListInstanceProfilesForRoleRequest, ListRolePoliciesRequest, ListRoleTagsRequest;
    on_bounded(role_name):
        DeleteRolePermissionsBoundaryRequest, DeleteRolePolicyRequest, DeleteRoleRequest,
        GetRoleRequest, PutRolePolicyRequest, UpdateAssumeRolePolicyRequest,
        UpdateRoleDescriptionRequest, UpdateRoleRequest;
}

needs_on_all! {
    ListPoliciesRequest, ListRolesRequest;
}

tagging! {
    on_policy(policy_arn): TagPolicyRequest, UntagPolicyRequest;
    on_role(role_name): TagRoleRequest, UntagRoleRequest;
}

attaching! {
    on_bounded(role_name): AttachRolePolicyRequest, DetachRolePolicyRequest;
}

needs! {
    CreatePolicyRequest => |request, call| create_policy(request, call);
    CreateRoleRequest => |request, call| create_role(request, call);
    CreateServiceLinkedRoleRequest => |request, call| {
        vec![service_linked_role(call, request.aws_service_name.as_deref().unwrap_or_default())]
    };
    GetServiceLinkedRoleDeletionStatusRequest => |request, call| {
        let task = request.deletion_task_id.as_deref().unwrap_or_default();
        let role = task.split('/').nth(3);
        vec![on_role(call, "iam:GetServiceLinkedRoleDeletionStatus", role)]
    };
    GetUserRequest => |request, call| {
        let arn = match &request.user_name {
            None => call.caller.arn.clone(),
            Some(name) => self::arn(call, &format!("user/{name}")),
        };
        vec![Need::new("iam:GetUser", arn)]
    };
    PutRolePermissionsBoundaryRequest => |request, call| {
        let need = on_role(call, "iam:PutRolePermissionsBoundary", request.role_name.as_deref());
        vec![need.with("iam:PermissionsBoundary", request.permissions_boundary.as_ref())]
    };
}

/// Returns the permission for an action on a role. The error message refers to the role by name:
/// <https://github.com/aws/aws-cdk/issues/27067>.
///
/// The mock does not know the path of a role that does not exist, so it checks the permission for
/// an ARN without a path. A caller whose permissions cover only roles with a certain path then gets
/// an access error instead of an error about the missing role. AWS's error in this case is not
/// publicly documented.
fn on_role(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    let name = name.unwrap_or_default();
    let need = match state(call).roles.get(&name.to_lowercase()) {
        None => Need::new(action, arn(call, &format!("role/{name}"))),
        Some(record) => {
            Need::new(action, &record.arn).with_resource_tags(tag_pairs(record.tags.values()))
        }
    };
    need.shown_as(format!("role {name}"))
}

/// Like [`on_role`], but also sets the condition key for the role's permissions boundary, for
/// actions that support this key.
fn on_bounded(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    let record = state(call).roles.get(&name.unwrap_or_default().to_lowercase());
    let boundary = record.and_then(|record| record.boundary.clone());
    on_role(call, action, name).with("iam:PermissionsBoundary", boundary)
}

/// Returns the permissions for creating a role. Creating a role with tags also requires permission
/// to tag roles: <https://github.com/brefphp/bref/pull/2028>. The error message refers to a new
/// role by ARN: <https://github.com/ysugimoto/aws-lambda-image/issues/153>.
fn create_role(request: &CreateRoleRequest, call: &Call<'_>) -> Vec<Need> {
    let path = request.path.as_deref().unwrap_or("/");
    let name = request.role_name.as_deref().unwrap_or_default();
    let arn = arn(call, &format!("role{path}{name}"));
    create_bounded("Role", &arn, &request.tags, request.permissions_boundary.as_ref())
}

fn create_policy(request: &CreatePolicyRequest, call: &Call<'_>) -> Vec<Need> {
    let path = request.path.as_deref().unwrap_or("/");
    let name = request.policy_name.as_deref().unwrap_or_default();
    create_tagged("Policy", &arn(call, &format!("policy{path}{name}")), &request.tags)
}

/// Returns the permission for creating a service-linked role:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-service-linked-role.html>.
pub(super) fn service_linked_role(call: &Call<'_>, service: &str) -> Need {
    let arn = service_linked::arn(call, service);
    Need::new("iam:CreateServiceLinkedRole", arn).with("iam:AWSServiceName", Some(service))
}

fn on_policy(call: &Call<'_>, action: &str, arn: Option<&str>) -> Need {
    let arn = arn.unwrap_or_default();
    let policy = state(call).policies.values().find(|policy| policy.arn == arn);
    let tags = policy.into_iter().flat_map(|policy| policy.tags.values());
    Need::new(action, arn).with_resource_tags(tag_pairs(tags)).shown_as(format!("policy {arn}"))
}

fn pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|Tag { key, value }| {
        (key.as_deref().unwrap_or_default(), value.as_deref().unwrap_or_default())
    })
}
