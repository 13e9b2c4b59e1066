//! Where a backend is known to do otherwise than AWS: what it does, and the document of AWS's that shows what is
//! right. One that no longer holds fails the run, so that it is removed.

use infra_core::conformance::{Scenario, scenarios};

/// A scenario that a backend fails.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Deviation {
    /// The emulators.
    backends: &'static [&'static str],
    /// The scenario, as `GROUP::NAME`.
    scenario: &'static str,
    /// What the backend does.
    pub(crate) does: &'static str,
    /// Where AWS says what is right.
    pub(crate) document: &'static str,
}

/// The deviation of a backend in a scenario, if there is one.
pub(crate) fn of(backend: &str, scenario: &Scenario) -> Option<&'static Deviation> {
    let name = scenario.to_string();
    // What is not the mock's there is LocalStack's.
    let emulator = if backend == "localstack-with-mock" { "localstack" } else { backend };
    KNOWN.iter().find(|it| it.backends.contains(&emulator) && it.scenario == name)
}

/// Those that name a scenario that is none.
pub(crate) fn strays() -> Vec<&'static str> {
    let names: Vec<String> = scenarios().map(Scenario::to_string).collect();
    KNOWN.iter().map(|it| it.scenario).filter(|name| !names.iter().any(|it| it == name)).collect()
}

/// A line of the table: what some emulators do, the document that shows what is right, and the scenarios that fail for
/// it. LocalStack's IAM and CloudWatch Logs are moto's for the most part.
macro_rules! known {
    ($($backends:tt $does:literal, $document:literal: $($scenario:literal),+;)+) => {
        &[$($(Deviation {
            backends: &$backends,
            scenario: $scenario,
            does: $does,
            document: $document,
        },)+)+]
    };
}

const KNOWN: &[Deviation] = known! {
    ["moto"] "it makes the cluster over",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html":
        "clusters::create_with_other_settings_finds_that_the_cluster_exists",
        "clusters::create_with_other_providers_finds_that_the_cluster_exists",
        "clusters::create_with_other_tags_finds_that_the_cluster_exists";

    ["moto"] "it takes every setting",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterSetting.html":
        "clusters::create_refuses_a_setting_that_is_none",
        "clusters::settings_that_are_none_are_refused";

    ["moto"] "it takes providers that do not exist",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html":
        "clusters::create_refuses_a_provider_that_is_none",
        "clusters::capacity_providers_that_do_not_exist_are_refused";

    ["moto"] "it takes tags with the prefix aws:",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html":
        "clusters::create_refuses_a_tag_that_is_aws_s_own",
        "clusters::a_tag_that_is_aws_s_own_is_refused";

    ["moto"] "it takes any number of tags",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TagResource.html":
        "clusters::create_refuses_more_tags_than_fifty",
        "clusters::more_tags_than_fifty_are_refused_together";

    ["moto"] "it lists nothing of a cluster that is not there",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html":
        "clusters::lists_of_an_absent_cluster_are_not_found";

    ["moto"] "it takes a strategy over other providers",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html":
        "clusters::a_strategy_over_other_providers_is_refused";

    ["moto"] "it takes several bases",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html":
        "clusters::a_strategy_with_two_bases_is_refused";

    ["moto"] "it takes any base and weight",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html":
        "clusters::a_base_and_a_weight_beyond_their_bounds_are_refused";

    ["moto"] "it changes deleted clusters",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html":
        "clusters::an_inactive_cluster_takes_no_change",
        "clusters::an_inactive_cluster_takes_no_tags";

    ["moto"] "it lists nothing of a deleted cluster",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html":
        "clusters::lists_of_an_inactive_cluster_are_not_found";

    ["moto", "localstack"] "it tells names apart by case",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html":
        "roles::create_finds_that_the_role_exists_in_other_letters";

    ["moto", "localstack"] "it takes a trust policy without principal",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html":
        "roles::create_refuses_a_trust_policy_without_principal";

    ["moto", "localstack"] "it does not look for principals",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html":
        "roles::create_refuses_a_principal_that_does_not_exist";

    ["moto"] "it does not look for principals",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html":
        "repositories::a_policy_for_a_principal_that_does_not_exist_is_refused";

    ["moto", "localstack"] "it takes any session length",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html":
        "roles::create_refuses_a_session_beyond_its_bounds";

    ["moto", "localstack"] "it takes any session length",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html":
        "roles::a_session_beyond_its_bounds_is_refused";

    ["moto", "localstack"] "it does not look for the boundary",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html":
        "roles::create_refuses_a_boundary_that_does_not_exist",
        "roles::a_boundary_that_does_not_exist_is_not_found";

    ["moto", "localstack"] "it takes tags with the prefix aws:",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html":
        "roles::create_refuses_a_tag_that_is_aws_s_own";

    ["moto", "localstack"] "it has no quota",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html":
        "roles::a_trust_policy_beyond_its_quota_is_refused",
        "roles::an_inline_policy_beyond_the_quota_is_refused",
        "roles::the_eleventh_managed_policy_is_beyond_the_quota",
        "roles::more_tags_than_fifty_are_refused_together";

    ["moto", "localstack"] "it lists nothing of a role that is not there",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html":
        "roles::instance_profiles_of_an_absent_role_are_not_found";

    ["moto", "localstack"] "it does not empty a description",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html":
        "roles::session_and_description_are_updated",
        "drift_of_roles::the_description_emptied";

    ["moto"] "it takes every encryption",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EncryptionConfiguration.html":
        "repositories::create_refuses_an_encryption_that_is_none";

    ["moto"] "it takes tags with the prefix aws:",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html":
        "repositories::create_refuses_a_tag_that_is_aws_s_own";

    ["moto"] "it takes any number of tags",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html":
        "repositories::create_refuses_more_tags_than_fifty",
        "repositories::more_tags_than_fifty_are_refused_together";

    ["moto"] "it does not switch scanning off",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageScanningConfiguration.html":
        "repositories::scanning_is_set",
        "drift::scanning_switched_off",
        "variations::no_scanning";

    ["moto"] "it takes any number of wildcards",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html":
        "repositories::a_filter_of_three_wildcards_is_refused";

    ["moto"] "it takes a policy with a resource",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html":
        "repositories::a_policy_with_a_resource_is_refused";

    ["moto"] "it keeps the ARN of a role that is gone",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html":
        "repositories::a_policy_names_a_role_and_its_id_once_it_is_gone",
        "drift::the_repository_policy_names_a_role_that_was_made_anew",
        "drift_of_roles::the_execution_role_deleted",
        "ownership::an_execution_role_of_another_name_tag_is_taken_over",
        "ownership::an_execution_role_without_a_name_tag_is_taken_over";

    ["moto"] "it takes ARNs of other regions",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_TagResource.html":
        "repositories::an_arn_of_another_region_is_refused";

    ["moto", "localstack"] "it has no classes",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html":
        "log_groups::a_group_of_another_class_is_created_with_its_key",
        "log_groups::a_group_of_the_delivery_class_keeps_events_for_two_days",
        "log_groups::create_refuses_a_class_that_is_none",
        "variations::logs_of_infrequent_access";

    ["moto", "localstack"] "it takes every key",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html":
        "log_groups::create_refuses_a_key_that_is_none";

    ["moto", "localstack"] "it takes tags with the prefix aws:",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html":
        "log_groups::create_refuses_a_tag_that_is_aws_s_own";

    ["moto"] "it answers HTTP 500 to a change of the key",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html":
        "log_groups::keys_of_an_absent_group_are_not_found",
        "log_groups::the_key_is_replaced_and_taken_away",
        "log_groups::a_key_of_another_region_is_refused",
        "drift::a_key_for_the_log_group_set",
        "drift::the_key_of_the_log_group_changed",
        "variations::encrypted_logs";

    ["moto"] "it answers HTTP 500 to a change of the key",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html":
        "drift::the_key_of_the_log_group_removed";

    ["localstack"] "it does not implement a change of the key",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html":
        "log_groups::keys_of_an_absent_group_are_not_found",
        "log_groups::the_key_is_replaced_and_taken_away",
        "log_groups::a_key_of_another_region_is_refused",
        "drift::a_key_for_the_log_group_set",
        "drift::the_key_of_the_log_group_changed",
        "variations::encrypted_logs";

    ["localstack"] "it does not implement a change of the key",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html":
        "drift::the_key_of_the_log_group_removed";

    ["moto", "localstack"] "it lists no tags of a group that is not there",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html":
        "log_groups::tags_of_an_absent_group_are_not_found";

    ["moto", "localstack"] "it lists no tags for an ARN with a star",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html":
        "log_groups::the_arn_with_a_star_is_not_that_of_the_tags";

    ["moto", "localstack"] "it keeps the tags of a group that is gone",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html":
        "log_groups::a_deleted_group_is_gone_and_can_be_made_again",
        "ownership::a_log_group_of_another_name_tag_is_taken_over",
        "ownership::a_log_group_without_a_name_tag_is_taken_over",
        "ownership::a_log_group_without_a_name_tag_is_left";

    ["moto", "localstack"] "it counts messages alone",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html":
        "log_groups::what_a_group_holds_is_counted_in_bytes";

    ["moto", "localstack"] "it takes any number of tags",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html":
        "log_groups::more_tags_than_fifty_are_refused_together";
};
