//! The permissions that operations on users, groups, instance profiles, identity providers and the account require.

use crate::access::{Need, needs};
use crate::api::Call;
use crate::iam::{
    AddClientIDToOpenIDConnectProviderRequest, AddRoleToInstanceProfileRequest,
    AddUserToGroupRequest, AttachGroupPolicyRequest, AttachUserPolicyRequest,
    CreateAccessKeyRequest, CreateAccountAliasRequest, CreateGroupRequest,
    CreateInstanceProfileRequest, CreateLoginProfileRequest, CreateOpenIDConnectProviderRequest,
    CreateSAMLProviderRequest, CreateUserRequest, DeleteAccessKeyRequest,
    DeleteAccountAliasRequest, DeleteAccountPasswordPolicyRequest, DeleteGroupPolicyRequest,
    DeleteGroupRequest, DeleteInstanceProfileRequest, DeleteLoginProfileRequest,
    DeleteOpenIDConnectProviderRequest, DeleteSAMLProviderRequest,
    DeleteUserPermissionsBoundaryRequest, DeleteUserPolicyRequest, DeleteUserRequest,
    DetachGroupPolicyRequest, DetachUserPolicyRequest, GetAccessKeyLastUsedRequest,
    GetAccountAuthorizationDetailsRequest, GetAccountPasswordPolicyRequest,
    GetAccountSummaryRequest, GetGroupPolicyRequest, GetGroupRequest, GetInstanceProfileRequest,
    GetLoginProfileRequest, GetOpenIDConnectProviderRequest, GetSAMLProviderRequest,
    GetUserPolicyRequest, ListAccessKeysRequest, ListAccountAliasesRequest,
    ListAttachedGroupPoliciesRequest, ListAttachedUserPoliciesRequest, ListGroupPoliciesRequest,
    ListGroupsForUserRequest, ListGroupsRequest, ListInstanceProfileTagsRequest,
    ListInstanceProfilesRequest, ListOpenIDConnectProviderTagsRequest,
    ListOpenIDConnectProvidersRequest, ListSAMLProviderTagsRequest, ListSAMLProvidersRequest,
    ListUserPoliciesRequest, ListUserTagsRequest, ListUsersRequest, PutGroupPolicyRequest,
    PutUserPermissionsBoundaryRequest, PutUserPolicyRequest,
    RemoveClientIDFromOpenIDConnectProviderRequest, RemoveRoleFromInstanceProfileRequest,
    RemoveUserFromGroupRequest, SetSecurityTokenServicePreferencesRequest,
    SimulateCustomPolicyRequest, SimulatePrincipalPolicyRequest, Tag, TagInstanceProfileRequest,
    TagOpenIDConnectProviderRequest, TagSAMLProviderRequest, TagUserRequest,
    UntagInstanceProfileRequest, UntagOpenIDConnectProviderRequest, UntagSAMLProviderRequest,
    UntagUserRequest, UpdateAccessKeyRequest, UpdateAccountPasswordPolicyRequest,
    UpdateGroupRequest, UpdateLoginProfileRequest, UpdateOpenIDConnectProviderThumbprintRequest,
    UpdateSAMLProviderRequest, UpdateUserRequest,
};

use super::super::state;
use super::pairs;

needs! {
    AddClientIDToOpenIDConnectProviderRequest => |request, call| vec![on_oidc(call, "iam:AddClientIDToOpenIDConnectProvider", request.open_id_connect_provider_arn.as_deref())];
    AddRoleToInstanceProfileRequest => |request, call| add_role(request, call);
    AddUserToGroupRequest => |request, call| vec![on_group(call, "iam:AddUserToGroup", request.group_name.as_deref())];
    AttachGroupPolicyRequest => |request, call| vec![
            on_group(call, "iam:AttachGroupPolicy", request.group_name.as_deref())
                .with("iam:PolicyARN", request.policy_arn.as_ref()),
        ];
    AttachUserPolicyRequest => |request, call| vec![
            on_bounded_user(call, "iam:AttachUserPolicy", request.user_name.as_deref())
                .with("iam:PolicyARN", request.policy_arn.as_ref()),
        ];
    CreateAccessKeyRequest => |request, call| vec![on_user(call, "iam:CreateAccessKey", request.user_name.as_deref())];
    CreateAccountAliasRequest => |_, _| vec![Need::new("iam:CreateAccountAlias", "*")];
    CreateGroupRequest => |request, call| {
        let path = request.path.as_deref().unwrap_or("/");
        let name = request.group_name.as_deref().unwrap_or_default();
        vec![Need::new("iam:CreateGroup", arn(call, &format!("group{path}{name}")))]
    };
    CreateInstanceProfileRequest => |request, call| create_profile(request, call);
    CreateLoginProfileRequest => |request, call| vec![on_user(call, "iam:CreateLoginProfile", request.user_name.as_deref())];
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
    DeleteAccessKeyRequest => |request, call| vec![on_user(call, "iam:DeleteAccessKey", request.user_name.as_deref())];
    DeleteAccountAliasRequest => |_, _| vec![Need::new("iam:DeleteAccountAlias", "*")];
    DeleteAccountPasswordPolicyRequest => |_, _| vec![Need::new("iam:DeleteAccountPasswordPolicy", "*")];
    DeleteGroupRequest => |request, call| vec![on_group(call, "iam:DeleteGroup", request.group_name.as_deref())];
    DeleteGroupPolicyRequest => |request, call| vec![on_group(call, "iam:DeleteGroupPolicy", request.group_name.as_deref())];
    DeleteInstanceProfileRequest => |request, call| vec![on_profile(call, "iam:DeleteInstanceProfile", request.instance_profile_name.as_deref())];
    DeleteLoginProfileRequest => |request, call| vec![on_user(call, "iam:DeleteLoginProfile", request.user_name.as_deref())];
    DeleteOpenIDConnectProviderRequest => |request, call| vec![on_oidc(call, "iam:DeleteOpenIDConnectProvider", request.open_id_connect_provider_arn.as_deref())];
    DeleteSAMLProviderRequest => |request, call| vec![on_saml(call, "iam:DeleteSAMLProvider", request.saml_provider_arn.as_deref())];
    DeleteUserRequest => |request, call| vec![on_user(call, "iam:DeleteUser", request.user_name.as_deref())];
    DeleteUserPermissionsBoundaryRequest => |request, call| vec![on_bounded_user(call, "iam:DeleteUserPermissionsBoundary", request.user_name.as_deref())];
    DeleteUserPolicyRequest => |request, call| vec![on_bounded_user(call, "iam:DeleteUserPolicy", request.user_name.as_deref())];
    DetachGroupPolicyRequest => |request, call| vec![
            on_group(call, "iam:DetachGroupPolicy", request.group_name.as_deref())
                .with("iam:PolicyARN", request.policy_arn.as_ref()),
        ];
    DetachUserPolicyRequest => |request, call| vec![
            on_bounded_user(call, "iam:DetachUserPolicy", request.user_name.as_deref())
                .with("iam:PolicyARN", request.policy_arn.as_ref()),
        ];
    GetAccessKeyLastUsedRequest => |request, call| vec![last_used(request, call)];
    GetAccountPasswordPolicyRequest => |_, _| vec![Need::new("iam:GetAccountPasswordPolicy", "*")];
    GetAccountAuthorizationDetailsRequest => |_, _| {
        vec![Need::new("iam:GetAccountAuthorizationDetails", "*")]
    };
    SimulateCustomPolicyRequest => |_, _| vec![Need::new("iam:SimulateCustomPolicy", "*")];
    SimulatePrincipalPolicyRequest => |request, _| {
        let arn = request.policy_source_arn.as_deref().unwrap_or_default();
        vec![Need::new("iam:SimulatePrincipalPolicy", arn)]
    };
    SetSecurityTokenServicePreferencesRequest => |_, _| {
        vec![Need::new("iam:SetSecurityTokenServicePreferences", "*")]
    };
    GetAccountSummaryRequest => |_, _| vec![Need::new("iam:GetAccountSummary", "*")];
    GetGroupRequest => |request, call| vec![on_group(call, "iam:GetGroup", request.group_name.as_deref())];
    GetGroupPolicyRequest => |request, call| vec![on_group(call, "iam:GetGroupPolicy", request.group_name.as_deref())];
    GetInstanceProfileRequest => |request, call| vec![on_profile(call, "iam:GetInstanceProfile", request.instance_profile_name.as_deref())];
    GetLoginProfileRequest => |request, call| vec![on_user(call, "iam:GetLoginProfile", request.user_name.as_deref())];
    GetOpenIDConnectProviderRequest => |request, call| vec![on_oidc(call, "iam:GetOpenIDConnectProvider", request.open_id_connect_provider_arn.as_deref())];
    GetSAMLProviderRequest => |request, call| vec![on_saml(call, "iam:GetSAMLProvider", request.saml_provider_arn.as_deref())];
    GetUserPolicyRequest => |request, call| vec![on_user(call, "iam:GetUserPolicy", request.user_name.as_deref())];
    ListAccessKeysRequest => |request, call| vec![on_user(call, "iam:ListAccessKeys", request.user_name.as_deref())];
    ListAccountAliasesRequest => |_, _| vec![Need::new("iam:ListAccountAliases", "*")];
    ListAttachedGroupPoliciesRequest => |request, call| vec![on_group(call, "iam:ListAttachedGroupPolicies", request.group_name.as_deref())];
    ListAttachedUserPoliciesRequest => |request, call| vec![on_user(call, "iam:ListAttachedUserPolicies", request.user_name.as_deref())];
    ListGroupPoliciesRequest => |request, call| vec![on_group(call, "iam:ListGroupPolicies", request.group_name.as_deref())];
    ListGroupsRequest => |_, _| vec![Need::new("iam:ListGroups", "*")];
    ListGroupsForUserRequest => |request, call| vec![on_user(call, "iam:ListGroupsForUser", request.user_name.as_deref())];
    ListInstanceProfileTagsRequest => |request, call| vec![on_profile(call, "iam:ListInstanceProfileTags", request.instance_profile_name.as_deref())];
    ListInstanceProfilesRequest => |_, _| vec![Need::new("iam:ListInstanceProfiles", "*")];
    ListOpenIDConnectProviderTagsRequest => |request, call| vec![on_oidc(call, "iam:ListOpenIDConnectProviderTags", request.open_id_connect_provider_arn.as_deref())];
    ListOpenIDConnectProvidersRequest => |_, _| vec![Need::new("iam:ListOpenIDConnectProviders", "*")];
    ListSAMLProviderTagsRequest => |request, call| vec![on_saml(call, "iam:ListSAMLProviderTags", request.saml_provider_arn.as_deref())];
    ListSAMLProvidersRequest => |_, _| vec![Need::new("iam:ListSAMLProviders", "*")];
    ListUserPoliciesRequest => |request, call| vec![on_user(call, "iam:ListUserPolicies", request.user_name.as_deref())];
    ListUserTagsRequest => |request, call| vec![on_user(call, "iam:ListUserTags", request.user_name.as_deref())];
    ListUsersRequest => |_, _| vec![Need::new("iam:ListUsers", "*")];
    PutGroupPolicyRequest => |request, call| vec![on_group(call, "iam:PutGroupPolicy", request.group_name.as_deref())];
    PutUserPermissionsBoundaryRequest => |request, call| vec![
            on_user(call, "iam:PutUserPermissionsBoundary", request.user_name.as_deref())
                .with("iam:PermissionsBoundary", request.permissions_boundary.as_ref()),
        ];
    PutUserPolicyRequest => |request, call| vec![on_bounded_user(call, "iam:PutUserPolicy", request.user_name.as_deref())];
    RemoveClientIDFromOpenIDConnectProviderRequest => |request, call| vec![on_oidc(call, "iam:RemoveClientIDFromOpenIDConnectProvider", request.open_id_connect_provider_arn.as_deref())];
    RemoveRoleFromInstanceProfileRequest => |request, call| vec![on_profile(call, "iam:RemoveRoleFromInstanceProfile", request.instance_profile_name.as_deref())];
    RemoveUserFromGroupRequest => |request, call| vec![on_group(call, "iam:RemoveUserFromGroup", request.group_name.as_deref())];
    TagInstanceProfileRequest => |request, call| vec![
            on_profile(call, "iam:TagInstanceProfile", request.instance_profile_name.as_deref())
                .with_request_tags(pairs(&request.tags)),
        ];
    TagOpenIDConnectProviderRequest => |request, call| vec![
            on_oidc(call, "iam:TagOpenIDConnectProvider", request.open_id_connect_provider_arn.as_deref())
                .with_request_tags(pairs(&request.tags)),
        ];
    TagSAMLProviderRequest => |request, call| vec![
            on_saml(call, "iam:TagSAMLProvider", request.saml_provider_arn.as_deref())
                .with_request_tags(pairs(&request.tags)),
        ];
    TagUserRequest => |request, call| vec![
            on_user(call, "iam:TagUser", request.user_name.as_deref())
                .with_request_tags(pairs(&request.tags)),
        ];
    UntagInstanceProfileRequest => |request, call| vec![
            on_profile(call, "iam:UntagInstanceProfile", request.instance_profile_name.as_deref())
                .with_all("aws:TagKeys", request.tag_keys.iter().cloned()),
        ];
    UntagOpenIDConnectProviderRequest => |request, call| vec![
            on_oidc(call, "iam:UntagOpenIDConnectProvider", request.open_id_connect_provider_arn.as_deref())
                .with_all("aws:TagKeys", request.tag_keys.iter().cloned()),
        ];
    UntagSAMLProviderRequest => |request, call| vec![
            on_saml(call, "iam:UntagSAMLProvider", request.saml_provider_arn.as_deref())
                .with_all("aws:TagKeys", request.tag_keys.iter().cloned()),
        ];
    UntagUserRequest => |request, call| vec![
            on_user(call, "iam:UntagUser", request.user_name.as_deref())
                .with_all("aws:TagKeys", request.tag_keys.iter().cloned()),
        ];
    UpdateAccessKeyRequest => |request, call| vec![on_user(call, "iam:UpdateAccessKey", request.user_name.as_deref())];
    UpdateAccountPasswordPolicyRequest => |_, _| vec![Need::new("iam:UpdateAccountPasswordPolicy", "*")];
    UpdateGroupRequest => |request, call| vec![on_group(call, "iam:UpdateGroup", request.group_name.as_deref())];
    UpdateLoginProfileRequest => |request, call| vec![on_user(call, "iam:UpdateLoginProfile", request.user_name.as_deref())];
    UpdateOpenIDConnectProviderThumbprintRequest => |request, call| vec![on_oidc(call, "iam:UpdateOpenIDConnectProviderThumbprint", request.open_id_connect_provider_arn.as_deref())];
    UpdateSAMLProviderRequest => |request, call| vec![on_saml(call, "iam:UpdateSAMLProvider", request.saml_provider_arn.as_deref())];
    UpdateUserRequest => |request, call| vec![on_user(call, "iam:UpdateUser", request.user_name.as_deref())];
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
/// actions that support it.
fn on_bounded_user(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    let user = state(call).users.get(&name.unwrap_or_default().to_lowercase());
    let boundary = user.and_then(|user| user.boundary.clone());
    on_user(call, action, name).with("iam:PermissionsBoundary", boundary)
}

fn create_user(request: &CreateUserRequest, call: &Call<'_>) -> Vec<Need> {
    let path = request.path.as_deref().unwrap_or("/");
    let name = request.user_name.as_deref().unwrap_or_default();
    let arn = arn(call, &format!("user{path}{name}"));
    let boundary = request.permissions_boundary.as_ref();
    let mut needs = create_tagged("User", &arn, &request.tags);
    needs[0] = needs[0].clone().with("iam:PermissionsBoundary", boundary);
    needs
}

/// Returns the permission to create a resource, and the permission to tag it if the request has tags.
fn create_tagged(kind: &str, arn: &str, tags: &[Tag]) -> Vec<Need> {
    tagged([&format!("iam:Create{kind}"), &format!("iam:Tag{kind}")], arn, tags)
}

/// Returns the permission for the first action, which creates a resource. If the request contains
/// tags, also returns the permission for the second action, which tags the resource.
pub(super) fn tagged(actions: [&str; 2], arn: &str, tags: &[Tag]) -> Vec<Need> {
    let [create, tag] = actions.map(|action| Need::new(action, arn).with_request_tags(pairs(tags)));
    std::iter::once(create).chain((!tags.is_empty()).then_some(tag)).collect()
}

fn last_used(request: &GetAccessKeyLastUsedRequest, call: &Call<'_>) -> Need {
    let id = request.access_key_id.as_deref().unwrap_or_default();
    let state = state(call);
    let user = state.access_keys.get(id).and_then(|key| state.users.get(&key.user));
    let resource = user.map_or_else(|| "*".to_owned(), |user| user.arn.clone());
    // Recorded from AWS; see `user.rs`.
    Need::new("iam:GetAccessKeyLastUsed", resource).shown_as(format!("access key {id}"))
}

/// Returns the permission for an action on a group. AWS's message is not publicly documented, so
/// the mock's message is modeled on the messages for users and roles.
fn on_group(call: &Call<'_>, action: &str, name: Option<&str>) -> Need {
    let name = name.unwrap_or_default();
    let group = state(call).groups.get(&name.to_lowercase());
    let arn = group.map_or_else(|| arn(call, &format!("group/{name}")), |group| group.arn.clone());
    Need::new(action, arn).shown_as(format!("group {name}"))
}

/// Returns the permission for an action on an instance profile. AWS's message is not publicly
/// documented, so the mock's message is modeled on the messages for users and roles.
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

/// Returns the permissions to create an instance profile. The error message refers to a new profile by ARN:
/// <https://github.com/aws/aws-parallelcluster/issues/1823>.
fn create_profile(request: &CreateInstanceProfileRequest, call: &Call<'_>) -> Vec<Need> {
    let path = request.path.as_deref().unwrap_or("/");
    let name = request.instance_profile_name.as_deref().unwrap_or_default();
    let arn = arn(call, &format!("instance-profile{path}{name}"));
    create_tagged("InstanceProfile", &arn, &request.tags)
}

/// Returns the permissions to add a role to an instance profile, including the permission to pass
/// the role to EC2:
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
