//! IAM: roles, their policies, tags and boundaries, and managed policies.

mod account;
mod credentials;
mod groups;
mod mfa_devices;
mod providers;
mod reports;
mod server_certificates;
mod users;

use aws_sdk_iam::types as sdk;
use infra_mock::api::OperationId;
use infra_mock::iam::{
    AttachRolePolicyRequest, CreatePolicyRequest, CreateRoleRequest,
    CreateServiceLinkedRoleRequest, DeletePolicyRequest, DeleteRolePermissionsBoundaryRequest,
    DeleteRolePolicyRequest, DeleteRoleRequest, DetachRolePolicyRequest, GetPolicyRequest,
    GetPolicyVersionRequest, GetRolePolicyRequest, GetRoleRequest, GetUserRequest,
    ListAttachedRolePoliciesRequest, ListInstanceProfilesForRoleRequest, ListPoliciesRequest,
    ListRolePoliciesRequest, ListRoleTagsRequest, ListRolesRequest,
    PutRolePermissionsBoundaryRequest, PutRolePolicyRequest, Tag, TagRoleRequest, UntagRoleRequest,
    UpdateAssumeRolePolicyRequest, UpdateRoleDescriptionRequest, UpdateRoleRequest,
};
use proptest::prelude::*;

use super::draw::{Text, either, keys, maybe, number, page, pairs, rather, step, text, token};
use super::{AnyStep, BySdk, Clients, Outcome, sent_by};

sent_by! { iam:
    AttachRolePolicyRequest { role_name, policy_arn } => attach_role_policy
        .set_role_name(role_name)
        .set_policy_arn(policy_arn);
    CreatePolicyRequest { policy_name, path, policy_document, description, tags } => create_policy
        .set_policy_name(policy_name)
        .set_path(path)
        .set_policy_document(policy_document)
        .set_description(description)
        .set_tags(list(tags, tag));
    CreateRoleRequest {
        path, role_name, assume_role_policy_document, description, max_session_duration,
        permissions_boundary, tags; max_signin_session_duration
    } => create_role
        .set_path(path)
        .set_role_name(role_name)
        .set_assume_role_policy_document(assume_role_policy_document)
        .set_description(description)
        .set_max_session_duration(max_session_duration)
        .set_permissions_boundary(permissions_boundary)
        .set_tags(list(tags, tag));
    CreateServiceLinkedRoleRequest {
        aws_service_name, description, custom_suffix,
    } => create_service_linked_role
        .set_aws_service_name(aws_service_name)
        .set_description(description)
        .set_custom_suffix(custom_suffix);
    DeletePolicyRequest { policy_arn } => delete_policy.set_policy_arn(policy_arn);
    DeleteRolePermissionsBoundaryRequest { role_name } => delete_role_permissions_boundary
        .set_role_name(role_name);
    DeleteRolePolicyRequest { role_name, policy_name } => delete_role_policy
        .set_role_name(role_name)
        .set_policy_name(policy_name);
    DeleteRoleRequest { role_name } => delete_role.set_role_name(role_name);
    DetachRolePolicyRequest { role_name, policy_arn } => detach_role_policy
        .set_role_name(role_name)
        .set_policy_arn(policy_arn);
    GetPolicyRequest { policy_arn } => get_policy.set_policy_arn(policy_arn);
    GetPolicyVersionRequest { policy_arn, version_id } => get_policy_version
        .set_policy_arn(policy_arn)
        .set_version_id(version_id);
    GetRolePolicyRequest { role_name, policy_name } => get_role_policy
        .set_role_name(role_name)
        .set_policy_name(policy_name);
    GetRoleRequest { role_name } => get_role.set_role_name(role_name);
    GetUserRequest { user_name } => get_user.set_user_name(user_name);
    ListAttachedRolePoliciesRequest {
        role_name, path_prefix, marker, max_items,
    } => list_attached_role_policies
        .set_role_name(role_name)
        .set_path_prefix(path_prefix)
        .set_marker(marker)
        .set_max_items(max_items);
    ListInstanceProfilesForRoleRequest {
        role_name, marker, max_items,
    } => list_instance_profiles_for_role
        .set_role_name(role_name)
        .set_marker(marker)
        .set_max_items(max_items);
    ListPoliciesRequest {
        scope, only_attached, path_prefix, policy_usage_filter, marker, max_items,
    } => list_policies
        .set_scope(scope.map(|scope| scope.as_str().into()))
        .set_only_attached(only_attached)
        .set_path_prefix(path_prefix)
        .set_policy_usage_filter(policy_usage_filter.map(|filter| filter.as_str().into()))
        .set_marker(marker)
        .set_max_items(max_items);
    ListRolePoliciesRequest { role_name, marker, max_items } => list_role_policies
        .set_role_name(role_name)
        .set_marker(marker)
        .set_max_items(max_items);
    ListRoleTagsRequest { role_name, marker, max_items } => list_role_tags
        .set_role_name(role_name)
        .set_marker(marker)
        .set_max_items(max_items);
    ListRolesRequest { path_prefix, marker, max_items } => list_roles
        .set_path_prefix(path_prefix)
        .set_marker(marker)
        .set_max_items(max_items);
    PutRolePermissionsBoundaryRequest {
        role_name, permissions_boundary,
    } => put_role_permissions_boundary
        .set_role_name(role_name)
        .set_permissions_boundary(permissions_boundary);
    PutRolePolicyRequest { role_name, policy_name, policy_document } => put_role_policy
        .set_role_name(role_name)
        .set_policy_name(policy_name)
        .set_policy_document(policy_document);
    TagRoleRequest { role_name, tags } => tag_role
        .set_role_name(role_name)
        .set_tags(list(tags, tag));
    UntagRoleRequest { role_name, tag_keys } => untag_role
        .set_role_name(role_name)
        .set_tag_keys(Some(tag_keys).filter(|keys| !keys.is_empty()));
    UpdateAssumeRolePolicyRequest { role_name, policy_document } => update_assume_role_policy
        .set_role_name(role_name)
        .set_policy_document(policy_document);
    UpdateRoleDescriptionRequest { role_name, description } => update_role_description
        .set_role_name(role_name)
        .set_description(description);
    UpdateRoleRequest {
        role_name, description, max_session_duration;
        max_signin_session_duration, reset_max_signin_session_duration
    } => update_role
        .set_role_name(role_name)
        .set_description(description)
        .set_max_session_duration(max_session_duration);
}

/// Converts a list. Returns `None` for an empty list, because IAM treats an empty list like a
/// missing list.
fn list<T, U>(items: Vec<T>, convert: impl Fn(T) -> U) -> Option<Vec<U>> {
    let items: Vec<U> = items.into_iter().map(convert).collect();
    Some(items).filter(|items| !items.is_empty())
}

fn tag(tag: Tag) -> sdk::Tag {
    let Tag { key, value } = tag;
    let built = sdk::Tag::builder().set_key(key).set_value(value).build();
    built.expect("the model sets every tag key and value")
}

const TRUSTS: &[&str] = &[
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}]}"#,
];
const BAD_TRUSTS: &[&str] = &[
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/ghost"},"Action":"sts:AssumeRole"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
    "{}",
    "no policy",
];
const DOCUMENTS: &[&str] = &[
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:us-east-1:123456789012:log-group:/ecs/a:*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"one","Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#,
];
const BAD_DOCUMENTS: &[&str] = &[
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps","Action":"s3:*","Resource":"*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3","Resource":"*"}]}"#,
    "{}",
    "no policy",
];
const MANAGED: &[&str] = &[
    "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "arn:aws:iam::123456789012:policy/p",
    "arn:aws:iam::123456789012:policy/p",
    "arn:aws:iam::123456789012:policy/team/q",
];
const BAD_MANAGED: &[&str] = &[
    "arn:aws:iam::aws:policy/Ghost",
    "arn:aws:iam::123456789012:policy/ghost",
    "arn:aws:iam::123456789012:role/a",
    "no arn, but long enough",
    "x",
];

fn role(odd: u32) -> Text {
    text(odd, &["a", "a", "b", "A"], &["no such name!", "none", ""])
}

fn policy_name(odd: u32) -> Text {
    text(odd, &["inline", "inline", "other"], &["no such name!", "none", ""])
}

fn managed(odd: u32) -> Text {
    text(odd, MANAGED, BAD_MANAGED)
}

fn trust(odd: u32) -> Text {
    text(odd, TRUSTS, BAD_TRUSTS)
}

fn document(odd: u32) -> Text {
    text(odd, DOCUMENTS, BAD_DOCUMENTS)
}

fn description(odd: u32) -> Text {
    prop_oneof![1 => Just(None), 2 => text(odd, &["tasks", ""], &["\u{1}"])].boxed()
}

fn tags(odd: u32) -> BoxedStrategy<Vec<Tag>> {
    pairs(odd)
        .prop_map(|pairs| pairs.into_iter().map(|(key, value)| Tag::new(key, value)).collect())
        .boxed()
}

/// Returns the operations that the submodules draw.
pub(super) fn drawn_below() -> Vec<OperationId> {
    [
        account::DRAWN,
        credentials::DRAWN,
        groups::DRAWN,
        mfa_devices::DRAWN,
        providers::DRAWN,
        reports::DRAWN,
        server_certificates::DRAWN,
        users::DRAWN,
    ]
    .concat()
}

/// Draws requests to IAM.
pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (6, roles(odd)),
        (4, updates(odd)),
        (5, attachments(odd)),
        (5, inline(odd)),
        (3, tagging(odd)),
        (4, policies(odd)),
        (5, account::steps(odd)),
        (4, credentials::steps(odd)),
        (5, groups::steps(odd)),
        (3, mfa_devices::steps(odd)),
        (4, providers::steps(odd)),
        (1, reports::steps(odd)),
        (2, server_certificates::steps(odd)),
        (6, users::steps(odd)),
    ])
}

fn roles(odd: u32) -> BoxedStrategy<AnyStep> {
    let create = (
        maybe(odd, &["/", "/team/"], &["team", "//"]),
        role(odd),
        trust(odd),
        description(odd),
        prop_oneof![3 => Just(None), 1 => number(odd, &[3600, 43_200], &[1, 100_000])],
        prop_oneof![4 => Just(None), 1 => managed(odd)],
        tags(odd),
    );
    let linked = (
        text(
            odd,
            &["ecs.amazonaws.com", "autoscaling.amazonaws.com"],
            &["ghost.amazonaws.com", "x"],
        ),
        rather(odd, Just(None).boxed(), Just(Some("suffix".to_owned())).boxed()),
    );
    either(vec![
        (
            5,
            step(create.prop_map(
                |(
                    path,
                    role_name,
                    assume_role_policy_document,
                    description,
                    max_session_duration,
                    permissions_boundary,
                    tags,
                )| CreateRoleRequest {
                    path,
                    role_name,
                    assume_role_policy_document,
                    description,
                    max_session_duration,
                    permissions_boundary,
                    tags,
                    ..Default::default()
                },
            )),
        ),
        (3, step(role(odd).prop_map(|role_name| GetRoleRequest { role_name }))),
        (
            2,
            step((maybe(odd, &["/", "/team/"], &["team"]), token(odd), page(odd)).prop_map(
                |(path_prefix, marker, max_items)| ListRolesRequest {
                    path_prefix,
                    marker,
                    max_items,
                },
            )),
        ),
        (3, step(role(odd).prop_map(|role_name| DeleteRoleRequest { role_name }))),
        (
            1,
            step(linked.prop_map(|(aws_service_name, custom_suffix)| {
                CreateServiceLinkedRoleRequest {
                    aws_service_name,
                    description: None,
                    custom_suffix,
                }
            })),
        ),
        (
            1,
            step(
                text(odd, &["nobody"], &["no such name!"])
                    .prop_map(|user_name| GetUserRequest { user_name }),
            ),
        ),
    ])
}

fn updates(odd: u32) -> BoxedStrategy<AnyStep> {
    let time = prop_oneof![1 => Just(None), 2 => number(odd, &[3600, 7200], &[1, 100_000])];
    either(vec![
        (
            2,
            step((role(odd), description(odd), time).prop_map(
                |(role_name, description, max_session_duration)| UpdateRoleRequest {
                    role_name,
                    description,
                    max_session_duration,
                    ..Default::default()
                },
            )),
        ),
        (
            1,
            step((role(odd), text(odd, &["tasks", ""], &["\u{1}"])).prop_map(
                |(role_name, description)| UpdateRoleDescriptionRequest { role_name, description },
            )),
        ),
        (
            2,
            step((role(odd), trust(odd)).prop_map(|(role_name, policy_document)| {
                UpdateAssumeRolePolicyRequest { role_name, policy_document }
            })),
        ),
        (
            1,
            step((role(odd), managed(odd)).prop_map(|(role_name, permissions_boundary)| {
                PutRolePermissionsBoundaryRequest { role_name, permissions_boundary }
            })),
        ),
        (
            1,
            step(
                role(odd).prop_map(|role_name| DeleteRolePermissionsBoundaryRequest { role_name }),
            ),
        ),
    ])
}

fn attachments(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (
            3,
            step((role(odd), managed(odd)).prop_map(|(role_name, policy_arn)| {
                AttachRolePolicyRequest { role_name, policy_arn }
            })),
        ),
        (
            2,
            step((role(odd), managed(odd)).prop_map(|(role_name, policy_arn)| {
                DetachRolePolicyRequest { role_name, policy_arn }
            })),
        ),
        (
            2,
            step(
                (role(odd), maybe(odd, &["/", "/service-role/"], &["x"]), token(odd), page(odd))
                    .prop_map(|(role_name, path_prefix, marker, max_items)| {
                        ListAttachedRolePoliciesRequest {
                            role_name,
                            path_prefix,
                            marker,
                            max_items,
                        }
                    }),
            ),
        ),
        (
            1,
            step((role(odd), token(odd), page(odd)).prop_map(|(role_name, marker, max_items)| {
                ListInstanceProfilesForRoleRequest { role_name, marker, max_items }
            })),
        ),
    ])
}

fn inline(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (
            3,
            step((role(odd), policy_name(odd), document(odd)).prop_map(
                |(role_name, policy_name, policy_document)| PutRolePolicyRequest {
                    role_name,
                    policy_name,
                    policy_document,
                },
            )),
        ),
        (
            2,
            step((role(odd), policy_name(odd)).prop_map(|(role_name, policy_name)| {
                GetRolePolicyRequest { role_name, policy_name }
            })),
        ),
        (
            2,
            step((role(odd), policy_name(odd)).prop_map(|(role_name, policy_name)| {
                DeleteRolePolicyRequest { role_name, policy_name }
            })),
        ),
        (
            2,
            step((role(odd), token(odd), page(odd)).prop_map(|(role_name, marker, max_items)| {
                ListRolePoliciesRequest { role_name, marker, max_items }
            })),
        ),
    ])
}

fn tagging(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (
            2,
            step(
                (role(odd), tags(odd))
                    .prop_map(|(role_name, tags)| TagRoleRequest { role_name, tags }),
            ),
        ),
        (
            1,
            step(
                (role(odd), keys(odd))
                    .prop_map(|(role_name, tag_keys)| UntagRoleRequest { role_name, tag_keys }),
            ),
        ),
        (
            2,
            step((role(odd), token(odd), page(odd)).prop_map(|(role_name, marker, max_items)| {
                ListRoleTagsRequest { role_name, marker, max_items }
            })),
        ),
    ])
}

fn policies(odd: u32) -> BoxedStrategy<AnyStep> {
    let create = (
        prop_oneof![
            3 => Just((Some("p".to_owned()), None)),
            1 => Just((Some("q".to_owned()), Some("/team/".to_owned()))),
        ],
        document(odd),
        description(odd),
        tags(odd),
    );
    let listing = (
        prop_oneof![3 => Just(Some("Local".to_owned())), 1 => text(odd, &["AWS", "All"], &["ClusterQuirk"])],
        any::<bool>(),
        maybe(odd, &["/", "/team/"], &["x"]),
        token(odd),
        page(odd),
    );
    either(vec![
        (
            3,
            step(create.prop_map(|((policy_name, path), policy_document, description, tags)| {
                CreatePolicyRequest { policy_name, path, policy_document, description, tags }
            })),
        ),
        (2, step(managed(odd).prop_map(|policy_arn| GetPolicyRequest { policy_arn }))),
        (
            1,
            step((managed(odd), text(odd, &["v1"], &["v9", "x"])).prop_map(
                |(policy_arn, version_id)| GetPolicyVersionRequest { policy_arn, version_id },
            )),
        ),
        (
            2,
            step(listing.prop_map(|(scope, only_attached, path_prefix, marker, max_items)| {
                ListPoliciesRequest {
                    scope,
                    only_attached: Some(only_attached),
                    path_prefix,
                    policy_usage_filter: None,
                    marker,
                    max_items,
                }
            })),
        ),
        (2, step(managed(odd).prop_map(|policy_arn| DeletePolicyRequest { policy_arn }))),
    ])
}
