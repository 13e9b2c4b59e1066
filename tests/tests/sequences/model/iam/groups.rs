//! IAM: groups and instance profiles.

use infra_mock::iam::{
    AddRoleToInstanceProfileRequest, AddUserToGroupRequest, AttachGroupPolicyRequest,
    CreateGroupRequest, CreateInstanceProfileRequest, DeleteGroupPolicyRequest, DeleteGroupRequest,
    DeleteInstanceProfileRequest, DetachGroupPolicyRequest, GetGroupPolicyRequest, GetGroupRequest,
    GetInstanceProfileRequest, ListAttachedGroupPoliciesRequest, ListGroupPoliciesRequest,
    ListGroupsForUserRequest, ListGroupsRequest, ListInstanceProfileTagsRequest,
    ListInstanceProfilesRequest, PutGroupPolicyRequest, RemoveRoleFromInstanceProfileRequest,
    RemoveUserFromGroupRequest, TagInstanceProfileRequest, UntagInstanceProfileRequest,
    UpdateGroupRequest,
};
use proptest::prelude::*;

use super::super::draw::{Text, either, keys, maybe, page, step, text, token};
use super::super::{AnyStep, sent_by};
use super::{document, list, managed, policy_name, role, tag, tags};

sent_by! { iam:
    AddRoleToInstanceProfileRequest {
        instance_profile_name, role_name,
    } => add_role_to_instance_profile
        .set_instance_profile_name(instance_profile_name)
        .set_role_name(role_name);
    AddUserToGroupRequest { group_name, user_name } => add_user_to_group
        .set_group_name(group_name)
        .set_user_name(user_name);
    AttachGroupPolicyRequest { group_name, policy_arn } => attach_group_policy
        .set_group_name(group_name)
        .set_policy_arn(policy_arn);
    CreateGroupRequest { path, group_name } => create_group
        .set_path(path)
        .set_group_name(group_name);
    CreateInstanceProfileRequest { instance_profile_name, path, tags } => create_instance_profile
        .set_instance_profile_name(instance_profile_name)
        .set_path(path)
        .set_tags(list(tags, tag));
    DeleteGroupRequest { group_name } => delete_group
        .set_group_name(group_name);
    DeleteGroupPolicyRequest { group_name, policy_name } => delete_group_policy
        .set_group_name(group_name)
        .set_policy_name(policy_name);
    DeleteInstanceProfileRequest { instance_profile_name } => delete_instance_profile
        .set_instance_profile_name(instance_profile_name);
    DetachGroupPolicyRequest { group_name, policy_arn } => detach_group_policy
        .set_group_name(group_name)
        .set_policy_arn(policy_arn);
    GetGroupRequest { group_name, marker, max_items } => get_group
        .set_group_name(group_name)
        .set_marker(marker)
        .set_max_items(max_items);
    GetGroupPolicyRequest { group_name, policy_name } => get_group_policy
        .set_group_name(group_name)
        .set_policy_name(policy_name);
    GetInstanceProfileRequest { instance_profile_name } => get_instance_profile
        .set_instance_profile_name(instance_profile_name);
    ListAttachedGroupPoliciesRequest {
        group_name, path_prefix, marker, max_items,
    } => list_attached_group_policies
        .set_group_name(group_name)
        .set_path_prefix(path_prefix)
        .set_marker(marker)
        .set_max_items(max_items);
    ListGroupPoliciesRequest { group_name, marker, max_items } => list_group_policies
        .set_group_name(group_name)
        .set_marker(marker)
        .set_max_items(max_items);
    ListGroupsRequest { path_prefix, marker, max_items } => list_groups
        .set_path_prefix(path_prefix)
        .set_marker(marker)
        .set_max_items(max_items);
    ListGroupsForUserRequest { user_name, marker, max_items } => list_groups_for_user
        .set_user_name(user_name)
        .set_marker(marker)
        .set_max_items(max_items);
    ListInstanceProfileTagsRequest {
        instance_profile_name, marker, max_items,
    } => list_instance_profile_tags
        .set_instance_profile_name(instance_profile_name)
        .set_marker(marker)
        .set_max_items(max_items);
    ListInstanceProfilesRequest { path_prefix, marker, max_items } => list_instance_profiles
        .set_path_prefix(path_prefix)
        .set_marker(marker)
        .set_max_items(max_items);
    PutGroupPolicyRequest { group_name, policy_name, policy_document } => put_group_policy
        .set_group_name(group_name)
        .set_policy_name(policy_name)
        .set_policy_document(policy_document);
    RemoveRoleFromInstanceProfileRequest {
        instance_profile_name, role_name,
    } => remove_role_from_instance_profile
        .set_instance_profile_name(instance_profile_name)
        .set_role_name(role_name);
    RemoveUserFromGroupRequest { group_name, user_name } => remove_user_from_group
        .set_group_name(group_name)
        .set_user_name(user_name);
    TagInstanceProfileRequest { instance_profile_name, tags } => tag_instance_profile
        .set_instance_profile_name(instance_profile_name)
        .set_tags(list(tags, tag));
    UntagInstanceProfileRequest { instance_profile_name, tag_keys } => untag_instance_profile
        .set_instance_profile_name(instance_profile_name)
        .set_tag_keys(list(tag_keys, std::convert::identity));
    UpdateGroupRequest { group_name, new_path, new_group_name } => update_group
        .set_group_name(group_name)
        .set_new_path(new_path)
        .set_new_group_name(new_group_name);
}

fn group(odd: u32) -> Text {
    text(odd, &["ops", "ops", "devs"], &["no such name!", "none", ""])
}

fn profile(odd: u32) -> Text {
    text(odd, &["web", "web", "batch"], &["no such name!", "none", ""])
}

pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (
            2,
            step((profile(odd), role(odd)).prop_map(|(instance_profile_name, role_name)| {
                AddRoleToInstanceProfileRequest { instance_profile_name, role_name }
            })),
        ),
        (
            2,
            step((group(odd), text(odd, &["ada", "bob"], &["no such name!", "none"])).prop_map(
                |(group_name, user_name)| AddUserToGroupRequest { group_name, user_name },
            )),
        ),
        (
            2,
            step((group(odd), managed(odd)).prop_map(|(group_name, policy_arn)| {
                AttachGroupPolicyRequest { group_name, policy_arn }
            })),
        ),
        (
            2,
            step(
                (maybe(odd, &["/", "/team/"], &["team", "//"]), group(odd))
                    .prop_map(|(path, group_name)| CreateGroupRequest { path, group_name }),
            ),
        ),
        (
            2,
            step(
                (profile(odd), maybe(odd, &["/", "/team/"], &["team", "//"]), tags(odd)).prop_map(
                    |(instance_profile_name, path, tags)| CreateInstanceProfileRequest {
                        instance_profile_name,
                        path,
                        tags,
                    },
                ),
            ),
        ),
        (1, step(group(odd).prop_map(|group_name| DeleteGroupRequest { group_name }))),
        (
            1,
            step((group(odd), policy_name(odd)).prop_map(|(group_name, policy_name)| {
                DeleteGroupPolicyRequest { group_name, policy_name }
            })),
        ),
        (
            1,
            step(profile(odd).prop_map(|instance_profile_name| DeleteInstanceProfileRequest {
                instance_profile_name,
            })),
        ),
        (
            1,
            step((group(odd), managed(odd)).prop_map(|(group_name, policy_arn)| {
                DetachGroupPolicyRequest { group_name, policy_arn }
            })),
        ),
        (
            1,
            step((group(odd), token(odd), page(odd)).prop_map(
                |(group_name, marker, max_items)| GetGroupRequest { group_name, marker, max_items },
            )),
        ),
        (
            1,
            step((group(odd), policy_name(odd)).prop_map(|(group_name, policy_name)| {
                GetGroupPolicyRequest { group_name, policy_name }
            })),
        ),
        (
            1,
            step(profile(odd).prop_map(|instance_profile_name| GetInstanceProfileRequest {
                instance_profile_name,
            })),
        ),
        (
            1,
            step(
                (group(odd), maybe(odd, &["/", "/team/"], &["x"]), token(odd), page(odd)).prop_map(
                    |(group_name, path_prefix, marker, max_items)| {
                        ListAttachedGroupPoliciesRequest {
                            group_name,
                            path_prefix,
                            marker,
                            max_items,
                        }
                    },
                ),
            ),
        ),
        (
            1,
            step((group(odd), token(odd), page(odd)).prop_map(
                |(group_name, marker, max_items)| ListGroupPoliciesRequest {
                    group_name,
                    marker,
                    max_items,
                },
            )),
        ),
        (
            1,
            step((maybe(odd, &["/", "/team/"], &["x"]), token(odd), page(odd)).prop_map(
                |(path_prefix, marker, max_items)| ListGroupsRequest {
                    path_prefix,
                    marker,
                    max_items,
                },
            )),
        ),
        (
            1,
            step(
                (text(odd, &["ada", "bob"], &["no such name!", "none"]), token(odd), page(odd))
                    .prop_map(|(user_name, marker, max_items)| ListGroupsForUserRequest {
                        user_name,
                        marker,
                        max_items,
                    }),
            ),
        ),
        (
            1,
            step((profile(odd), token(odd), page(odd)).prop_map(
                |(instance_profile_name, marker, max_items)| ListInstanceProfileTagsRequest {
                    instance_profile_name,
                    marker,
                    max_items,
                },
            )),
        ),
        (
            1,
            step((maybe(odd, &["/", "/team/"], &["x"]), token(odd), page(odd)).prop_map(
                |(path_prefix, marker, max_items)| ListInstanceProfilesRequest {
                    path_prefix,
                    marker,
                    max_items,
                },
            )),
        ),
        (
            2,
            step((group(odd), policy_name(odd), document(odd)).prop_map(
                |(group_name, policy_name, policy_document)| PutGroupPolicyRequest {
                    group_name,
                    policy_name,
                    policy_document,
                },
            )),
        ),
        (
            1,
            step((profile(odd), role(odd)).prop_map(|(instance_profile_name, role_name)| {
                RemoveRoleFromInstanceProfileRequest { instance_profile_name, role_name }
            })),
        ),
        (
            1,
            step((group(odd), text(odd, &["ada", "bob"], &["no such name!", "none"])).prop_map(
                |(group_name, user_name)| RemoveUserFromGroupRequest { group_name, user_name },
            )),
        ),
        (
            1,
            step((profile(odd), tags(odd)).prop_map(|(instance_profile_name, tags)| {
                TagInstanceProfileRequest { instance_profile_name, tags }
            })),
        ),
        (
            1,
            step((profile(odd), keys(odd)).prop_map(|(instance_profile_name, tag_keys)| {
                UntagInstanceProfileRequest { instance_profile_name, tag_keys }
            })),
        ),
        (
            1,
            step(
                (
                    group(odd),
                    maybe(odd, &["/", "/team/"], &["team", "//"]),
                    maybe(odd, &["devs", "ops"], &["no such name!"]),
                )
                    .prop_map(|(group_name, new_path, new_group_name)| {
                        UpdateGroupRequest { group_name, new_path, new_group_name }
                    }),
            ),
        ),
    ])
}
