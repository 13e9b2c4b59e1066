//! The permissions that IAM operations require.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>

mod credentials;
mod others;
mod server_certificates;

use crate::access::{Need, needs};
use crate::api::Call;
use crate::iam::{
    AttachRolePolicyRequest, CreatePolicyRequest, CreatePolicyVersionRequest, CreateRoleRequest,
    CreateServiceLinkedRoleRequest, DeletePolicyRequest, DeletePolicyVersionRequest,
    DeleteRolePermissionsBoundaryRequest, DeleteRolePolicyRequest, DeleteRoleRequest,
    DeleteServiceLinkedRoleRequest, DetachRolePolicyRequest, GetPolicyRequest,
    GetPolicyVersionRequest, GetRolePolicyRequest, GetRoleRequest,
    GetServiceLinkedRoleDeletionStatusRequest, GetUserRequest, ListAttachedRolePoliciesRequest,
    ListEntitiesForPolicyRequest, ListInstanceProfilesForRoleRequest, ListPoliciesRequest,
    ListPolicyTagsRequest, ListPolicyVersionsRequest, ListRolePoliciesRequest, ListRoleTagsRequest,
    ListRolesRequest, PutRolePermissionsBoundaryRequest, PutRolePolicyRequest,
    SetDefaultPolicyVersionRequest, Tag, TagPolicyRequest, TagRoleRequest, UntagPolicyRequest,
    UntagRoleRequest, UpdateAssumeRolePolicyRequest, UpdateRoleDescriptionRequest,
    UpdateRoleRequest,
};

use super::{service_linked, state};

needs! {
    AttachRolePolicyRequest => |request, call| {
        let need = on_bounded(call, "iam:AttachRolePolicy", request.role_name.as_deref());
        vec![need.with("iam:PolicyARN", request.policy_arn.as_ref())]
    };
    CreatePolicyRequest => |request, call| create_policy(request, call);
    CreatePolicyVersionRequest => |request, call| {
        vec![on_policy(call, "iam:CreatePolicyVersion", request.policy_arn.as_deref())]
    };
    CreateRoleRequest => |request, call| create_role(request, call);
    CreateServiceLinkedRoleRequest => |request, call| {
        vec![service_linked_role(call, request.aws_service_name.as_deref().unwrap_or_default())]
    };
    DeletePolicyVersionRequest => |request, call| {
        vec![on_policy(call, "iam:DeletePolicyVersion", request.policy_arn.as_deref())]
    };
    DeleteServiceLinkedRoleRequest => |request, call| {
        vec![on_role(call, "iam:DeleteServiceLinkedRole", request.role_name.as_deref())]
    };
    GetServiceLinkedRoleDeletionStatusRequest => |request, call| {
        let task = request.deletion_task_id.as_deref().unwrap_or_default();
        let role = task.split('/').nth(3);
        vec![on_role(call, "iam:GetServiceLinkedRoleDeletionStatus", role)]
    };
    ListEntitiesForPolicyRequest => |request, call| {
        vec![on_policy(call, "iam:ListEntitiesForPolicy", request.policy_arn.as_deref())]
    };
    ListPolicyTagsRequest => |request, call| {
        vec![on_policy(call, "iam:ListPolicyTags", request.policy_arn.as_deref())]
    };
    ListPolicyVersionsRequest => |request, call| {
        vec![on_policy(call, "iam:ListPolicyVersions", request.policy_arn.as_deref())]
    };
    SetDefaultPolicyVersionRequest => |request, call| {
        vec![on_policy(call, "iam:SetDefaultPolicyVersion", request.policy_arn.as_deref())]
    };
    TagPolicyRequest => |request, call| {
        let need = on_policy(call, "iam:TagPolicy", request.policy_arn.as_deref());
        vec![need.with_request_tags(pairs(&request.tags))]
    };
    UntagPolicyRequest => |request, call| {
        let need = on_policy(call, "iam:UntagPolicy", request.policy_arn.as_deref());
        vec![need.with_all("aws:TagKeys", request.tag_keys.iter().cloned())]
    };
    DeletePolicyRequest => |request, call| {
        vec![on_policy(call, "iam:DeletePolicy", request.policy_arn.as_deref())]
    };
    DeleteRolePermissionsBoundaryRequest => |request, call| {
        vec![on_bounded(call, "iam:DeleteRolePermissionsBoundary", request.role_name.as_deref())]
    };
    DeleteRolePolicyRequest => |request, call| {
        vec![on_bounded(call, "iam:DeleteRolePolicy", request.role_name.as_deref())]
    };
    DeleteRoleRequest => |request, call| {
        vec![on_bounded(call, "iam:DeleteRole", request.role_name.as_deref())]
    };
    DetachRolePolicyRequest => |request, call| {
        let need = on_bounded(call, "iam:DetachRolePolicy", request.role_name.as_deref());
        vec![need.with("iam:PolicyARN", request.policy_arn.as_ref())]
    };
    GetPolicyRequest => |request, call| {
        vec![on_policy(call, "iam:GetPolicy", request.policy_arn.as_deref())]
    };
    GetPolicyVersionRequest => |request, call| {
        vec![on_policy(call, "iam:GetPolicyVersion", request.policy_arn.as_deref())]
    };
    GetRolePolicyRequest => |request, call| {
        vec![on_role(call, "iam:GetRolePolicy", request.role_name.as_deref())]
    };
    GetRoleRequest => |request, call| vec![on_bounded(call, "iam:GetRole", request.role_name.as_deref())];
    GetUserRequest => |request, call| {
        let arn = match &request.user_name {
            None => call.caller.arn.clone(),
            Some(name) => call.location().global_arn("iam", format!("user/{name}")).to_string(),
        };
        vec![Need::new("iam:GetUser", arn)]
    };
    ListAttachedRolePoliciesRequest => |request, call| {
        vec![on_role(call, "iam:ListAttachedRolePolicies", request.role_name.as_deref())]
    };
    ListInstanceProfilesForRoleRequest => |request, call| {
        vec![on_role(call, "iam:ListInstanceProfilesForRole", request.role_name.as_deref())]
    };
    ListPoliciesRequest => |_, _| vec![Need::new("iam:ListPolicies", "*")];
    ListRolePoliciesRequest => |request, call| {
        vec![on_role(call, "iam:ListRolePolicies", request.role_name.as_deref())]
    };
    ListRoleTagsRequest => |request, call| {
        vec![on_role(call, "iam:ListRoleTags", request.role_name.as_deref())]
    };
    ListRolesRequest => |_, _| vec![Need::new("iam:ListRoles", "*")];
    PutRolePermissionsBoundaryRequest => |request, call| {
        let need = on_role(call, "iam:PutRolePermissionsBoundary", request.role_name.as_deref());
        vec![need.with("iam:PermissionsBoundary", request.permissions_boundary.as_ref())]
    };
    PutRolePolicyRequest => |request, call| {
        vec![on_bounded(call, "iam:PutRolePolicy", request.role_name.as_deref())]
    };
    TagRoleRequest => |request, call| {
        let need = on_role(call, "iam:TagRole", request.role_name.as_deref());
        vec![need.with_request_tags(pairs(&request.tags))]
    };
    UntagRoleRequest => |request, call| {
        let need = on_role(call, "iam:UntagRole", request.role_name.as_deref());
        vec![need.with_all("aws:TagKeys", request.tag_keys.iter().cloned())]
    };
    UpdateAssumeRolePolicyRequest => |request, call| {
        vec![on_bounded(call, "iam:UpdateAssumeRolePolicy", request.role_name.as_deref())]
    };
    UpdateRoleDescriptionRequest => |request, call| {
        vec![on_bounded(call, "iam:UpdateRoleDescription", request.role_name.as_deref())]
    };
    UpdateRoleRequest => |request, call| {
        vec![on_bounded(call, "iam:UpdateRole", request.role_name.as_deref())]
    };
}

/// Returns the permission for an action on a role. The error message refers to the role by name:
/// <https://github.com/aws/aws-cdk/issues/27067>.
///
/// If the role does not exist, the mock does not know its path, so it checks the permission for an
/// ARN without a path. A caller whose permissions cover only roles with a certain path then gets an
/// access error instead of an error about the missing role. AWS's error in this case is not
/// publicly documented.
fn on_role(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    let name = name.unwrap_or_default();
    let need = match state(call).roles.get(&name.to_lowercase()) {
        None => {
            Need::new(action, call.location().global_arn("iam", format!("role/{name}")).to_string())
        }
        Some(record) => {
            Need::new(action, &record.arn).with_resource_tags(record.tags.values().filter_map(
                |tag| Some((tag.key.as_deref()?, tag.value.as_deref().unwrap_or_default())),
            ))
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
    let arn = call.location().global_arn("iam", format!("role{path}{name}")).to_string();
    let create = Need::new("iam:CreateRole", &arn)
        .with_request_tags(pairs(&request.tags))
        .with("iam:PermissionsBoundary", request.permissions_boundary.as_ref());
    let tag = Need::new("iam:TagRole", arn).with_request_tags(pairs(&request.tags));
    std::iter::once(create).chain((!request.tags.is_empty()).then_some(tag)).collect()
}

fn create_policy(request: &CreatePolicyRequest, call: &Call<'_>) -> Vec<Need> {
    let path = request.path.as_deref().unwrap_or("/");
    let name = request.policy_name.as_deref().unwrap_or_default();
    let arn = call.location().global_arn("iam", format!("policy{path}{name}")).to_string();
    let create = Need::new("iam:CreatePolicy", &arn).with_request_tags(pairs(&request.tags));
    let tag = Need::new("iam:TagPolicy", arn).with_request_tags(pairs(&request.tags));
    std::iter::once(create).chain((!request.tags.is_empty()).then_some(tag)).collect()
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
    let tags = tags.filter_map(|tag| Some((tag.key.as_deref()?, tag.value.as_deref()?)));
    Need::new(action, arn).with_resource_tags(tags).shown_as(format!("policy {arn}"))
}

fn pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|Tag { key, value }| {
        (key.as_deref().unwrap_or_default(), value.as_deref().unwrap_or_default())
    })
}
