//! The permissions required for operations on users, groups, instance profiles, identity providers
//! and the account.

use crate::access::{Need, needs, needs_on, needs_on_all};
use crate::api::Call;
#[allow(clippy::wildcard_imports, reason = "the tables name most requests of the service")]
use crate::iam::model::*;

use super::super::state;
use super::{attaching, pairs, tagging};

needs_on! {
    on_oidc(open_id_connect_provider_arn):
        AddClientIDToOpenIDConnectProviderRequest, DeleteOpenIDConnectProviderRequest,
        GetOpenIDConnectProviderRequest, ListOpenIDConnectProviderTagsRequest,
        RemoveClientIDFromOpenIDConnectProviderRequest,
        UpdateOpenIDConnectProviderThumbprintRequest;
    on_group(group_name):
        AddUserToGroupRequest, DeleteGroupPolicyRequest, DeleteGroupRequest, GetGroupPolicyRequest,
        GetGroupRequest, ListAttachedGroupPoliciesRequest, ListGroupPoliciesRequest,
        PutGroupPolicyRequest, RemoveUserFromGroupRequest, UpdateGroupRequest;
    on_user(user_name):
        CreateAccessKeyRequest, CreateLoginProfileRequest, DeleteAccessKeyRequest,
        DeleteLoginProfileRequest, DeleteUserRequest, GetLoginProfileRequest, GetUserPolicyRequest,
        ListAccessKeysRequest, ListAttachedUserPoliciesRequest, ListGroupsForUserRequest,
        ListUserPoliciesRequest, ListUserTagsRequest, UpdateAccessKeyRequest,
        UpdateLoginProfileRequest, UpdateUserRequest;
    on_profile(instance_profile_name):
        DeleteInstanceProfileRequest, GetInstanceProfileRequest, ListInstanceProfileTagsRequest,
        RemoveRoleFromInstanceProfileRequest;
    on_saml(saml_provider_arn):
        DeleteSAMLProviderRequest, GetSAMLProviderRequest, ListSAMLProviderTagsRequest,
        UpdateSAMLProviderRequest;
    on_bounded_user(user_name):
        DeleteUserPermissionsBoundaryRequest, DeleteUserPolicyRequest, PutUserPolicyRequest;
}

needs_on_all! {
    CreateAccountAliasRequest, DeleteAccountAliasRequest, DeleteAccountPasswordPolicyRequest,
    GetAccountAuthorizationDetailsRequest, GetAccountPasswordPolicyRequest,
    GetAccountSummaryRequest, ListAccountAliasesRequest, ListGroupsRequest,
    ListInstanceProfilesRequest, ListOpenIDConnectProvidersRequest, ListSAMLProvidersRequest,
    ListUsersRequest, SetSecurityTokenServicePreferencesRequest, SimulateCustomPolicyRequest,
    UpdateAccountPasswordPolicyRequest;
}

tagging! {
    on_profile(instance_profile_name): TagInstanceProfileRequest, UntagInstanceProfileRequest;
    on_oidc(open_id_connect_provider_arn):
        TagOpenIDConnectProviderRequest, UntagOpenIDConnectProviderRequest;
    on_saml(saml_provider_arn): TagSAMLProviderRequest, UntagSAMLProviderRequest;
    on_user(user_name): TagUserRequest, UntagUserRequest;
}

attaching! {
    on_group(group_name): AttachGroupPolicyRequest, DetachGroupPolicyRequest;
    on_bounded_user(user_name): AttachUserPolicyRequest, DetachUserPolicyRequest;
}

needs! {
    AddRoleToInstanceProfileRequest => |request, call| add_role(request, call);
    CreateGroupRequest => |request, call| {
        let path = request.path.as_deref().unwrap_or("/");
        let name = request.group_name.as_deref().unwrap_or_default();
        vec![Need::new("iam:CreateGroup", arn(call, &format!("group{path}{name}")))]
    };
    CreateInstanceProfileRequest => |request, call| create_profile(request, call);
    CreateOpenIDConnectProviderRequest => |request, call| {
        let url = request.url.as_deref().unwrap_or_default();
        let issuer = url.strip_prefix("https://").unwrap_or(url);
        let arn = arn(call, &format!("oidc-provider/{issuer}"));
        create_tagged("OpenIDConnectProvider", &arn, &request.tags)
    };
    CreateSAMLProviderRequest => |request, call| {
        let name = request.name.as_deref().unwrap_or_default();
        let arn = arn(call, &format!("saml-provider/{name}"));
        create_tagged("SAMLProvider", &arn, &request.tags)
    };
    CreateUserRequest => |request, call| create_user(request, call);
    GetAccessKeyLastUsedRequest => |request, call| vec![last_used(request, call)];
    SimulatePrincipalPolicyRequest => |request, _| {
        let arn = request.policy_source_arn.as_deref().unwrap_or_default();
        vec![Need::new("iam:SimulatePrincipalPolicy", arn)]
    };
    PutUserPermissionsBoundaryRequest => |request, call| vec![
            on_user(call, "iam:PutUserPermissionsBoundary", request.user_name.as_deref())
                .with("iam:PermissionsBoundary", request.permissions_boundary.as_ref()),
        ];
}

pub(super) fn arn(call: &Call<'_>, resource: &str) -> String {
    call.location().global_arn("iam", resource).to_string()
}

pub(super) fn tag_pairs<'t>(
    tags: impl Iterator<Item = &'t Tag>,
) -> impl Iterator<Item = (&'t str, &'t str)> {
    tags.filter_map(|tag| Some((tag.key.as_deref()?, tag.value.as_deref().unwrap_or_default())))
}

/// Returns the permission for an action on a user, or on the caller if the request names no user. The error message
/// refers to the user by name: <https://github.com/aws-samples/rancher-on-aws-workshop/issues/28>.
pub(super) fn on_user(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    let Some(name) = name else {
        let name = call.caller.arn.rsplit('/').next().unwrap_or_default();
        return Need::new(action, &call.caller.arn).shown_as(format!("user {name}"));
    };
    let need = match state(call).users.get(&name.to_lowercase()) {
        None => Need::new(action, arn(call, &format!("user/{name}"))),
        Some(user) => {
            Need::new(action, &user.arn).with_resource_tags(tag_pairs(user.tags.values()))
        }
    };
    need.shown_as(format!("user {name}"))
}

/// Like [`on_user`], but also sets the condition key for the user's permissions boundary, for
/// actions that support this key.
fn on_bounded_user(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    let user = state(call).users.get(&name.unwrap_or_default().to_lowercase());
    let boundary = user.and_then(|user| user.boundary.clone());
    on_user(call, action, name).with("iam:PermissionsBoundary", boundary)
}

fn create_user(request: &CreateUserRequest, call: &Call<'_>) -> Vec<Need> {
    let path = request.path.as_deref().unwrap_or("/");
    let name = request.user_name.as_deref().unwrap_or_default();
    let arn = arn(call, &format!("user{path}{name}"));
    create_bounded("User", &arn, &request.tags, request.permissions_boundary.as_ref())
}

/// Like [`create_tagged`], but also sets the condition key for the permissions boundary of the new principal.
pub(super) fn create_bounded(
    kind: &str,
    arn: &str,
    tags: &[Tag],
    boundary: Option<&String>,
) -> Vec<Need> {
    let mut needs = create_tagged(kind, arn, tags);
    needs[0] = needs[0].clone().with("iam:PermissionsBoundary", boundary);
    needs
}

/// Returns the permission for creating a resource and, if the request contains tags, the permission
/// for tagging the resource.
pub(super) fn create_tagged(kind: &str, arn: &str, tags: &[Tag]) -> Vec<Need> {
    tagged([&format!("iam:Create{kind}"), &format!("iam:Tag{kind}")], arn, tags)
}

/// Returns the permissions for two actions: the first creates a resource, and the second tags it.
/// Omits the second permission if the request contains no tags.
pub(super) fn tagged(actions: [&str; 2], arn: &str, tags: &[Tag]) -> Vec<Need> {
    let [create, tag] = actions.map(|action| Need::new(action, arn).with_request_tags(pairs(tags)));
    std::iter::once(create).chain((!tags.is_empty()).then_some(tag)).collect()
}

fn last_used(request: &GetAccessKeyLastUsedRequest, call: &Call<'_>) -> Need {
    let id = request.access_key_id.as_deref().unwrap_or_default();
    let state = state(call);
    let user = state.access_keys.get(id).and_then(|key| state.users.get(&key.user));
    let resource = user.map_or_else(|| "*".to_owned(), |user| user.arn.clone());
    // The message that was recorded from AWS refers to the access key instead of the resource's
    // ARN; see `user.rs`.
    Need::new("iam:GetAccessKeyLastUsed", resource).shown_as(format!("access key {id}"))
}

/// Returns the permission for an action on a group. AWS's error message for groups is not publicly
/// documented, so the mock's message is modeled on the messages for users and roles.
fn on_group(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    let name = name.unwrap_or_default();
    let group = state(call).groups.get(&name.to_lowercase());
    let arn = group.map_or_else(|| arn(call, &format!("group/{name}")), |group| group.arn.clone());
    Need::new(action, arn).shown_as(format!("group {name}"))
}

/// Returns the permission for an action on an instance profile. AWS's error message for instance
/// profiles is not publicly documented, so the mock's message is modeled on the messages for users
/// and roles.
fn on_profile(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    let name = name.unwrap_or_default();
    let need = match state(call).instance_profiles.get(&name.to_lowercase()) {
        None => Need::new(action, arn(call, &format!("instance-profile/{name}"))),
        Some(profile) => {
            Need::new(action, &profile.arn).with_resource_tags(tag_pairs(profile.tags.values()))
        }
    };
    need.shown_as(format!("instance profile {name}"))
}

/// Returns the permissions for creating an instance profile. The error message refers to a new
/// profile by ARN: <https://github.com/aws/aws-parallelcluster/issues/1823>.
fn create_profile(request: &CreateInstanceProfileRequest, call: &Call<'_>) -> Vec<Need> {
    let path = request.path.as_deref().unwrap_or("/");
    let name = request.instance_profile_name.as_deref().unwrap_or_default();
    let arn = arn(call, &format!("instance-profile{path}{name}"));
    create_tagged("InstanceProfile", &arn, &request.tags)
}

/// Returns the permissions for adding a role to an instance profile, including the permission for
/// passing the role to EC2:
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html>.
fn add_role(request: &AddRoleToInstanceProfileRequest, call: &Call<'_>) -> Vec<Need> {
    let role_name = request.role_name.as_deref().unwrap_or_default();
    let role = state(call).roles.get(&role_name.to_lowercase());
    let role =
        role.map_or_else(|| arn(call, &format!("role/{role_name}")), |role| role.arn.clone());
    let profile = request.instance_profile_name.as_deref();
    vec![
        on_profile(call, "iam:AddRoleToInstanceProfile", profile),
        Need::new("iam:PassRole", role).with("iam:PassedToService", Some("ec2.amazonaws.com")),
    ]
}

fn on_oidc(call: &Call<'_>, action: &str, arn: Option<&str>) -> Need {
    let arn = arn.unwrap_or_default();
    let provider = state(call).oidc_providers.get(arn);
    let tags = provider.into_iter().flat_map(|provider| provider.tags.values());
    Need::new(action, arn).with_resource_tags(tag_pairs(tags))
}

fn on_saml(call: &Call<'_>, action: &str, arn: Option<&str>) -> Need {
    let arn = arn.unwrap_or_default();
    let provider = state(call).saml_providers.get(arn);
    let tags = provider.into_iter().flat_map(|provider| provider.tags.values());
    Need::new(action, arn).with_resource_tags(tag_pairs(tags))
}
