//! IAM: users, their policies, access keys and passwords.

use infra_mock::iam::{
    AttachUserPolicyRequest, CreateAccessKeyRequest, CreateLoginProfileRequest, CreateUserRequest,
    DeleteAccessKeyRequest, DeleteLoginProfileRequest, DeleteUserPermissionsBoundaryRequest,
    DeleteUserPolicyRequest, DeleteUserRequest, DetachUserPolicyRequest,
    GetAccessKeyLastUsedRequest, GetLoginProfileRequest, GetUserPolicyRequest,
    ListAccessKeysRequest, ListAttachedUserPoliciesRequest, ListUserPoliciesRequest,
    ListUserTagsRequest, ListUsersRequest, PutUserPermissionsBoundaryRequest, PutUserPolicyRequest,
    TagUserRequest, UntagUserRequest, UpdateAccessKeyRequest, UpdateLoginProfileRequest,
    UpdateUserRequest,
};
use proptest::prelude::*;

use super::super::draw::{Text, either, keys, maybe, page, step, text, token};
use super::super::{AnyStep, LAST_KEY, sent_by};
use super::{document, list, managed, policy_name, tag, tags};

sent_by! { iam:
    AttachUserPolicyRequest { user_name, policy_arn } => attach_user_policy
        .set_user_name(user_name)
        .set_policy_arn(policy_arn);
    CreateAccessKeyRequest { user_name } => create_access_key
        .set_user_name(user_name);
    CreateLoginProfileRequest {
        user_name, password, password_reset_required; max_signin_session_duration
    } => create_login_profile
        .set_user_name(user_name)
        .set_password(password)
        .set_password_reset_required(password_reset_required);
    CreateUserRequest { path, user_name, permissions_boundary, tags } => create_user
        .set_path(path)
        .set_user_name(user_name)
        .set_permissions_boundary(permissions_boundary)
        .set_tags(list(tags, tag));
    DeleteAccessKeyRequest { user_name, access_key_id } => delete_access_key
        .set_user_name(user_name)
        .set_access_key_id(access_key_id);
    DeleteLoginProfileRequest { user_name } => delete_login_profile
        .set_user_name(user_name);
    DeleteUserRequest { user_name } => delete_user
        .set_user_name(user_name);
    DeleteUserPermissionsBoundaryRequest { user_name } => delete_user_permissions_boundary
        .set_user_name(user_name);
    DeleteUserPolicyRequest { user_name, policy_name } => delete_user_policy
        .set_user_name(user_name)
        .set_policy_name(policy_name);
    DetachUserPolicyRequest { user_name, policy_arn } => detach_user_policy
        .set_user_name(user_name)
        .set_policy_arn(policy_arn);
    GetAccessKeyLastUsedRequest { access_key_id } => get_access_key_last_used
        .set_access_key_id(access_key_id);
    GetLoginProfileRequest { user_name } => get_login_profile
        .set_user_name(user_name);
    GetUserPolicyRequest { user_name, policy_name } => get_user_policy
        .set_user_name(user_name)
        .set_policy_name(policy_name);
    ListAccessKeysRequest { user_name, marker, max_items } => list_access_keys
        .set_user_name(user_name)
        .set_marker(marker)
        .set_max_items(max_items);
    ListAttachedUserPoliciesRequest {
        user_name, path_prefix, marker, max_items,
    } => list_attached_user_policies
        .set_user_name(user_name)
        .set_path_prefix(path_prefix)
        .set_marker(marker)
        .set_max_items(max_items);
    ListUserPoliciesRequest { user_name, marker, max_items } => list_user_policies
        .set_user_name(user_name)
        .set_marker(marker)
        .set_max_items(max_items);
    ListUserTagsRequest { user_name, marker, max_items } => list_user_tags
        .set_user_name(user_name)
        .set_marker(marker)
        .set_max_items(max_items);
    ListUsersRequest { path_prefix, marker, max_items } => list_users
        .set_path_prefix(path_prefix)
        .set_marker(marker)
        .set_max_items(max_items);
    PutUserPermissionsBoundaryRequest {
        user_name, permissions_boundary,
    } => put_user_permissions_boundary
        .set_user_name(user_name)
        .set_permissions_boundary(permissions_boundary);
    PutUserPolicyRequest { user_name, policy_name, policy_document } => put_user_policy
        .set_user_name(user_name)
        .set_policy_name(policy_name)
        .set_policy_document(policy_document);
    TagUserRequest { user_name, tags } => tag_user
        .set_user_name(user_name)
        .set_tags(list(tags, tag));
    UntagUserRequest { user_name, tag_keys } => untag_user
        .set_user_name(user_name)
        .set_tag_keys(list(tag_keys, std::convert::identity));
    UpdateAccessKeyRequest { user_name, access_key_id, status } => update_access_key
        .set_user_name(user_name)
        .set_access_key_id(access_key_id)
        .set_status(status.map(|text| text.as_str().into()));
    UpdateLoginProfileRequest {
        user_name, password, password_reset_required; max_signin_session_duration, reset_max_signin_session_duration
    } => update_login_profile
        .set_user_name(user_name)
        .set_password(password)
        .set_password_reset_required(password_reset_required);
    UpdateUserRequest { user_name, new_path, new_user_name } => update_user
        .set_user_name(user_name)
        .set_new_path(new_path)
        .set_new_user_name(new_user_name);
}

fn access_key(odd: u32) -> Text {
    text(odd, &[LAST_KEY, LAST_KEY, "AKIAIOSFODNN7EXAMPLE"], &["x", "no such key, but long enough"])
}

pub(super) fn user(odd: u32) -> Text {
    text(odd, &["ada", "ada", "bob", "ADA"], &["no such name!", "none", ""])
}

pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (
            2,
            step((user(odd), managed(odd)).prop_map(|(user_name, policy_arn)| {
                AttachUserPolicyRequest { user_name, policy_arn }
            })),
        ),
        (2, step(user(odd).prop_map(|user_name| CreateAccessKeyRequest { user_name }))),
        (
            2,
            step(
                (
                    user(odd),
                    text(odd, &["Correct-horse-1"], &["weak", ""]),
                    proptest::option::of(any::<bool>()),
                )
                    .prop_map(|(user_name, password, password_reset_required)| {
                        CreateLoginProfileRequest {
                            user_name,
                            password,
                            password_reset_required,
                            ..Default::default()
                        }
                    }),
            ),
        ),
        (
            2,
            step(
                (
                    maybe(odd, &["/", "/team/"], &["team", "//"]),
                    user(odd),
                    prop_oneof![4 => Just(None), 1 => managed(odd)],
                    tags(odd),
                )
                    .prop_map(|(path, user_name, permissions_boundary, tags)| {
                        CreateUserRequest { path, user_name, permissions_boundary, tags }
                    }),
            ),
        ),
        (
            1,
            step((user(odd), access_key(odd)).prop_map(|(user_name, access_key_id)| {
                DeleteAccessKeyRequest { user_name, access_key_id }
            })),
        ),
        (1, step(user(odd).prop_map(|user_name| DeleteLoginProfileRequest { user_name }))),
        (1, step(user(odd).prop_map(|user_name| DeleteUserRequest { user_name }))),
        (
            1,
            step(
                user(odd).prop_map(|user_name| DeleteUserPermissionsBoundaryRequest { user_name }),
            ),
        ),
        (
            1,
            step((user(odd), policy_name(odd)).prop_map(|(user_name, policy_name)| {
                DeleteUserPolicyRequest { user_name, policy_name }
            })),
        ),
        (
            1,
            step((user(odd), managed(odd)).prop_map(|(user_name, policy_arn)| {
                DetachUserPolicyRequest { user_name, policy_arn }
            })),
        ),
        (
            1,
            step(
                access_key(odd)
                    .prop_map(|access_key_id| GetAccessKeyLastUsedRequest { access_key_id }),
            ),
        ),
        (1, step(user(odd).prop_map(|user_name| GetLoginProfileRequest { user_name }))),
        (
            1,
            step((user(odd), policy_name(odd)).prop_map(|(user_name, policy_name)| {
                GetUserPolicyRequest { user_name, policy_name }
            })),
        ),
        (
            1,
            step((user(odd), token(odd), page(odd)).prop_map(|(user_name, marker, max_items)| {
                ListAccessKeysRequest { user_name, marker, max_items }
            })),
        ),
        (
            1,
            step(
                (user(odd), maybe(odd, &["/", "/team/"], &["x"]), token(odd), page(odd)).prop_map(
                    |(user_name, path_prefix, marker, max_items)| ListAttachedUserPoliciesRequest {
                        user_name,
                        path_prefix,
                        marker,
                        max_items,
                    },
                ),
            ),
        ),
        (
            1,
            step((user(odd), token(odd), page(odd)).prop_map(|(user_name, marker, max_items)| {
                ListUserPoliciesRequest { user_name, marker, max_items }
            })),
        ),
        (
            1,
            step((user(odd), token(odd), page(odd)).prop_map(|(user_name, marker, max_items)| {
                ListUserTagsRequest { user_name, marker, max_items }
            })),
        ),
        (
            1,
            step((maybe(odd, &["/", "/team/"], &["x"]), token(odd), page(odd)).prop_map(
                |(path_prefix, marker, max_items)| ListUsersRequest {
                    path_prefix,
                    marker,
                    max_items,
                },
            )),
        ),
        (
            2,
            step((user(odd), managed(odd)).prop_map(|(user_name, permissions_boundary)| {
                PutUserPermissionsBoundaryRequest { user_name, permissions_boundary }
            })),
        ),
        (
            2,
            step((user(odd), policy_name(odd), document(odd)).prop_map(
                |(user_name, policy_name, policy_document)| PutUserPolicyRequest {
                    user_name,
                    policy_name,
                    policy_document,
                },
            )),
        ),
        (
            1,
            step(
                (user(odd), tags(odd))
                    .prop_map(|(user_name, tags)| TagUserRequest { user_name, tags }),
            ),
        ),
        (
            1,
            step(
                (user(odd), keys(odd))
                    .prop_map(|(user_name, tag_keys)| UntagUserRequest { user_name, tag_keys }),
            ),
        ),
        (
            1,
            step(
                (
                    user(odd),
                    access_key(odd),
                    text(odd, &["Active", "Inactive"], &["Expired", "Lost"]),
                )
                    .prop_map(|(user_name, access_key_id, status)| {
                        UpdateAccessKeyRequest { user_name, access_key_id, status }
                    }),
            ),
        ),
        (
            1,
            step(
                (
                    user(odd),
                    text(odd, &["Correct-horse-1"], &["weak", ""]),
                    proptest::option::of(any::<bool>()),
                )
                    .prop_map(|(user_name, password, password_reset_required)| {
                        UpdateLoginProfileRequest {
                            user_name,
                            password,
                            password_reset_required,
                            ..Default::default()
                        }
                    }),
            ),
        ),
        (
            1,
            step(
                (
                    user(odd),
                    maybe(odd, &["/", "/team/"], &["team", "//"]),
                    maybe(odd, &["eve", "bob"], &["no such name!"]),
                )
                    .prop_map(|(user_name, new_path, new_user_name)| {
                        UpdateUserRequest { user_name, new_path, new_user_name }
                    }),
            ),
        ),
    ])
}
