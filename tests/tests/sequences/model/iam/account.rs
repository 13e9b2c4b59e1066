//! IAM: versions of managed policies, the entities that policies are attached to, the policy
//! simulator, account settings, and the deletion of service-linked roles.

use infra_mock::iam::{
    CreateAccountAliasRequest, CreatePolicyVersionRequest, DeleteAccountAliasRequest,
    DeleteAccountPasswordPolicyRequest, DeletePolicyVersionRequest, DeleteServiceLinkedRoleRequest,
    GetAccountAuthorizationDetailsRequest, GetAccountPasswordPolicyRequest,
    GetAccountSummaryRequest, GetServiceLinkedRoleDeletionStatusRequest, ListAccountAliasesRequest,
    ListEntitiesForPolicyRequest, ListPolicyTagsRequest, ListPolicyVersionsRequest,
    SetDefaultPolicyVersionRequest, SetSecurityTokenServicePreferencesRequest,
    SimulateCustomPolicyRequest, SimulatePrincipalPolicyRequest, TagPolicyRequest,
    UntagPolicyRequest, UpdateAccountPasswordPolicyRequest,
};
use proptest::prelude::*;

use super::super::draw::{either, keys, maybe, number, page, several, step, text, token};
use super::super::{AnyStep, LAST_DELETION, sent_by};
use super::{BAD_DOCUMENTS, DOCUMENTS, document, list, managed, tag, tags};

sent_by! { iam:
    CreateAccountAliasRequest { account_alias } => create_account_alias
        .set_account_alias(account_alias);
    CreatePolicyVersionRequest {
        policy_arn, policy_document, set_as_default,
    } => create_policy_version
        .set_policy_arn(policy_arn)
        .set_policy_document(policy_document)
        .set_set_as_default(set_as_default);
    DeleteAccountAliasRequest { account_alias } => delete_account_alias
        .set_account_alias(account_alias);
    DeleteAccountPasswordPolicyRequest {} => delete_account_password_policy;
    DeletePolicyVersionRequest { policy_arn, version_id } => delete_policy_version
        .set_policy_arn(policy_arn)
        .set_version_id(version_id);
    DeleteServiceLinkedRoleRequest { role_name } => delete_service_linked_role
        .set_role_name(role_name);
    GetAccountAuthorizationDetailsRequest {
        filter, max_items, marker,
    } => get_account_authorization_details
        .set_filter(list(filter, |text| text.as_str().into()))
        .set_max_items(max_items)
        .set_marker(marker);
    GetAccountPasswordPolicyRequest {} => get_account_password_policy;
    GetAccountSummaryRequest {} => get_account_summary;
    GetServiceLinkedRoleDeletionStatusRequest {
        deletion_task_id,
    } => get_service_linked_role_deletion_status
        .set_deletion_task_id(deletion_task_id);
    ListAccountAliasesRequest { marker, max_items } => list_account_aliases
        .set_marker(marker)
        .set_max_items(max_items);
    ListEntitiesForPolicyRequest {
        policy_arn, entity_filter, path_prefix, policy_usage_filter, marker, max_items,
    } => list_entities_for_policy
        .set_policy_arn(policy_arn)
        .set_entity_filter(entity_filter.map(|text| text.as_str().into()))
        .set_path_prefix(path_prefix)
        .set_policy_usage_filter(policy_usage_filter.map(|text| text.as_str().into()))
        .set_marker(marker)
        .set_max_items(max_items);
    ListPolicyTagsRequest { policy_arn, marker, max_items } => list_policy_tags
        .set_policy_arn(policy_arn)
        .set_marker(marker)
        .set_max_items(max_items);
    ListPolicyVersionsRequest { policy_arn, marker, max_items } => list_policy_versions
        .set_policy_arn(policy_arn)
        .set_marker(marker)
        .set_max_items(max_items);
    SetDefaultPolicyVersionRequest { policy_arn, version_id } => set_default_policy_version
        .set_policy_arn(policy_arn)
        .set_version_id(version_id);
    SimulateCustomPolicyRequest {
        policy_input_list, action_names, resource_arns, max_items, marker;
        permissions_boundary_policy_input_list, ordered_organization_policy_input_list, resource_policy,
        resource_owner, caller_arn, context_entries, resource_handling_option
    } => simulate_custom_policy
        .set_policy_input_list(list(policy_input_list, std::convert::identity))
        .set_action_names(list(action_names, std::convert::identity))
        .set_resource_arns(list(resource_arns, std::convert::identity))
        .set_max_items(max_items)
        .set_marker(marker);
    SimulatePrincipalPolicyRequest {
        policy_source_arn, policy_input_list, action_names, resource_arns, max_items, marker;
        permissions_boundary_policy_input_list, policy_exclusion_list, resource_policy, resource_owner, caller_arn,
        context_entries, resource_handling_option
    } => simulate_principal_policy
        .set_policy_source_arn(policy_source_arn)
        .set_policy_input_list(list(policy_input_list, std::convert::identity))
        .set_action_names(list(action_names, std::convert::identity))
        .set_resource_arns(list(resource_arns, std::convert::identity))
        .set_max_items(max_items)
        .set_marker(marker);
    TagPolicyRequest { policy_arn, tags } => tag_policy
        .set_policy_arn(policy_arn)
        .set_tags(list(tags, tag));
    UntagPolicyRequest { policy_arn, tag_keys } => untag_policy
        .set_policy_arn(policy_arn)
        .set_tag_keys(list(tag_keys, std::convert::identity));
    SetSecurityTokenServicePreferencesRequest {
        global_endpoint_token_version,
    } => set_security_token_service_preferences
        .set_global_endpoint_token_version(global_endpoint_token_version.map(|text| text.as_str().into()));
    UpdateAccountPasswordPolicyRequest {
        minimum_password_length, require_symbols, require_numbers, require_uppercase_characters,
        require_lowercase_characters, allow_users_to_change_password, max_password_age,
        password_reuse_prevention, hard_expiry,
    } => update_account_password_policy
        .set_minimum_password_length(minimum_password_length)
        .set_require_symbols(require_symbols)
        .set_require_numbers(require_numbers)
        .set_require_uppercase_characters(require_uppercase_characters)
        .set_require_lowercase_characters(require_lowercase_characters)
        .set_allow_users_to_change_password(allow_users_to_change_password)
        .set_max_password_age(max_password_age)
        .set_password_reuse_prevention(password_reuse_prevention)
        .set_hard_expiry(hard_expiry);
}

const SOURCES: &[&str] =
    &["arn:aws:iam::123456789012:user/ada", "arn:aws:iam::123456789012:role/a"];

pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (
            2,
            step(
                text(odd, &["shop", "shop-dev"], &["x", "two--hyphens"])
                    .prop_map(|account_alias| CreateAccountAliasRequest { account_alias }),
            ),
        ),
        (
            2,
            step((managed(odd), document(odd), proptest::option::of(any::<bool>())).prop_map(
                |(policy_arn, policy_document, set_as_default)| CreatePolicyVersionRequest {
                    policy_arn,
                    policy_document,
                    set_as_default,
                },
            )),
        ),
        (
            1,
            step(
                text(odd, &["shop", "shop-dev"], &["x", "two--hyphens"])
                    .prop_map(|account_alias| DeleteAccountAliasRequest { account_alias }),
            ),
        ),
        (1, step(Just(DeleteAccountPasswordPolicyRequest {}))),
        (
            1,
            step((managed(odd), text(odd, &["v1", "v2", "v3"], &["v9", "x"])).prop_map(
                |(policy_arn, version_id)| DeletePolicyVersionRequest { policy_arn, version_id },
            )),
        ),
        (
            1,
            step(
                text(
                    odd,
                    &["AWSServiceRoleForECS", "AWSServiceRoleForAutoScaling", "a"],
                    &["no such name!", "none", ""],
                )
                .prop_map(|role_name| DeleteServiceLinkedRoleRequest { role_name }),
            ),
        ),
        (
            1,
            step(
                (
                    several(odd, &["User", "Role", "AWSManagedPolicy"], &["ClusterQuirk"]),
                    page(odd),
                    token(odd),
                )
                    .prop_map(|(filter, max_items, marker)| {
                        GetAccountAuthorizationDetailsRequest { filter, max_items, marker }
                    }),
            ),
        ),
        (1, step(Just(GetAccountPasswordPolicyRequest {}))),
        (1, step(Just(GetAccountSummaryRequest {}))),
        (
            1,
            step(text(odd, &["v1Token", "v2Token"], &["v3Token"]).prop_map(
                |global_endpoint_token_version| SetSecurityTokenServicePreferencesRequest {
                    global_endpoint_token_version,
                },
            )),
        ),
        (
            1,
            step(text(odd, &[LAST_DELETION], &["x"]).prop_map(|deletion_task_id| {
                GetServiceLinkedRoleDeletionStatusRequest { deletion_task_id }
            })),
        ),
        (
            1,
            step(
                (token(odd), page(odd)).prop_map(|(marker, max_items)| ListAccountAliasesRequest {
                    marker,
                    max_items,
                }),
            ),
        ),
        (
            1,
            step(
                (
                    managed(odd),
                    maybe(odd, &["User", "Role", "Group", "LocalManagedPolicy"], &["ClusterQuirk"]),
                    maybe(odd, &["/", "/team/"], &["x"]),
                    maybe(odd, &["PermissionsPolicy", "PermissionsBoundary"], &["ClusterQuirk"]),
                    token(odd),
                    page(odd),
                )
                    .prop_map(
                        |(
                            policy_arn,
                            entity_filter,
                            path_prefix,
                            policy_usage_filter,
                            marker,
                            max_items,
                        )| ListEntitiesForPolicyRequest {
                            policy_arn,
                            entity_filter,
                            path_prefix,
                            policy_usage_filter,
                            marker,
                            max_items,
                        },
                    ),
            ),
        ),
        (
            1,
            step((managed(odd), token(odd), page(odd)).prop_map(
                |(policy_arn, marker, max_items)| ListPolicyTagsRequest {
                    policy_arn,
                    marker,
                    max_items,
                },
            )),
        ),
        (
            1,
            step((managed(odd), token(odd), page(odd)).prop_map(
                |(policy_arn, marker, max_items)| ListPolicyVersionsRequest {
                    policy_arn,
                    marker,
                    max_items,
                },
            )),
        ),
        (
            1,
            step((managed(odd), text(odd, &["v1", "v2", "v3"], &["v9", "x"])).prop_map(
                |(policy_arn, version_id)| SetDefaultPolicyVersionRequest {
                    policy_arn,
                    version_id,
                },
            )),
        ),
        (
            1,
            step(
                (
                    several(odd, DOCUMENTS, BAD_DOCUMENTS),
                    several(odd, &["s3:GetObject", "logs:PutLogEvents"], &["x"]),
                    several(odd, &["*", "arn:aws:s3:::bucket"], &[""]),
                    page(odd),
                    token(odd),
                )
                    .prop_map(
                        |(policy_input_list, action_names, resource_arns, max_items, marker)| {
                            SimulateCustomPolicyRequest {
                                policy_input_list,
                                action_names,
                                resource_arns,
                                max_items,
                                marker,
                                ..Default::default()
                            }
                        },
                    ),
            ),
        ),
        (
            1,
            step(
                (
                    text(odd, SOURCES, &["arn:aws:iam::123456789012:user/ghost", "x"]),
                    several(odd, DOCUMENTS, BAD_DOCUMENTS),
                    several(odd, &["s3:GetObject", "logs:PutLogEvents"], &["x"]),
                    several(odd, &["*", "arn:aws:s3:::bucket"], &[""]),
                    page(odd),
                    token(odd),
                )
                    .prop_map(
                        |(
                            policy_source_arn,
                            policy_input_list,
                            action_names,
                            resource_arns,
                            max_items,
                            marker,
                        )| SimulatePrincipalPolicyRequest {
                            policy_source_arn,
                            policy_input_list,
                            action_names,
                            resource_arns,
                            max_items,
                            marker,
                            ..Default::default()
                        },
                    ),
            ),
        ),
        (
            1,
            step(
                (managed(odd), tags(odd))
                    .prop_map(|(policy_arn, tags)| TagPolicyRequest { policy_arn, tags }),
            ),
        ),
        (
            1,
            step(
                (managed(odd), keys(odd))
                    .prop_map(|(policy_arn, tag_keys)| UntagPolicyRequest { policy_arn, tag_keys }),
            ),
        ),
        (
            1,
            step(
                (
                    prop_oneof![1 => Just(None), 2 => number(odd, &[6, 14], &[1, 200])],
                    proptest::option::of(any::<bool>()),
                    proptest::option::of(any::<bool>()),
                    proptest::option::of(any::<bool>()),
                    proptest::option::of(any::<bool>()),
                    proptest::option::of(any::<bool>()),
                    prop_oneof![1 => Just(None), 2 => number(odd, &[60], &[0, 2000])],
                    prop_oneof![1 => Just(None), 2 => number(odd, &[3], &[0, 25])],
                    proptest::option::of(any::<bool>()),
                )
                    .prop_map(
                        |(
                            minimum_password_length,
                            require_symbols,
                            require_numbers,
                            require_uppercase_characters,
                            require_lowercase_characters,
                            allow_users_to_change_password,
                            max_password_age,
                            password_reuse_prevention,
                            hard_expiry,
                        )| UpdateAccountPasswordPolicyRequest {
                            minimum_password_length,
                            require_symbols,
                            require_numbers,
                            require_uppercase_characters,
                            require_lowercase_characters,
                            allow_users_to_change_password,
                            max_password_age,
                            password_reuse_prevention,
                            hard_expiry,
                        },
                    ),
            ),
        ),
    ])
}
