//! Known deviations of backends from AWS: what the backend does, and the AWS documentation of the correct
//! behavior. A deviation that no longer occurs fails the run, so that it gets removed here.

use infra_core::conformance::{Scenario, scenarios};

/// A scenario that a backend fails.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Deviation {
    /// The emulators that fail it.
    backends: &'static [&'static str],
    /// The scenario, as `GROUP::NAME`.
    scenario: &'static str,
    /// What the backend does.
    pub(crate) does: &'static str,
    /// The AWS documentation of the correct behavior.
    pub(crate) document: &'static str,
}

/// Returns the known deviation of a backend in a scenario.
pub(crate) fn of(backend: &str, scenario: &Scenario) -> Option<&'static Deviation> {
    let name = scenario.to_string();
    // Services that the mock does not provide there are LocalStack's.
    let emulator = if backend == "localstack-with-mock" { "localstack" } else { backend };
    KNOWN.iter().find(|it| it.backends.contains(&emulator) && it.scenario == name)
}

/// Returns the deviations that name a scenario that does not exist.
pub(crate) fn strays() -> Vec<&'static str> {
    let names: Vec<String> = scenarios().map(Scenario::to_string).collect();
    KNOWN.iter().map(|it| it.scenario).filter(|name| !names.iter().any(|it| it == name)).collect()
}

/// Builds the table: the emulators, what they do, the documentation, and the scenarios that fail because of
/// it. LocalStack's IAM and CloudWatch Logs are mostly moto's.
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
    ["moto"] "overwrites the existing cluster",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html":
        "clusters::create_with_other_settings_finds_that_the_cluster_exists",
        "clusters::create_with_other_providers_finds_that_the_cluster_exists",
        "clusters::create_with_other_tags_finds_that_the_cluster_exists";

    ["moto"] "accepts any setting",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterSetting.html":
        "clusters::create_refuses_a_setting_that_is_none",
        "clusters::settings_that_are_none_are_refused";

    ["moto"] "accepts nonexistent providers",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html":
        "clusters::create_refuses_a_provider_that_is_none",
        "clusters::capacity_providers_that_do_not_exist_are_refused";

    ["moto"] "accepts tag keys with the prefix aws:",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html":
        "clusters::create_refuses_a_tag_that_is_aws_s_own",
        "clusters::a_tag_that_is_aws_s_own_is_refused";

    ["moto"] "accepts any number of tags",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TagResource.html":
        "clusters::create_refuses_more_tags_than_fifty",
        "clusters::more_tags_than_fifty_are_refused_together";

    ["moto"] "returns an empty list for a nonexistent cluster",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html":
        "clusters::lists_of_an_absent_cluster_are_not_found";

    ["moto"] "accepts a strategy with providers that the cluster does not have",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html":
        "clusters::a_strategy_over_other_providers_is_refused";

    ["moto"] "accepts several bases",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html":
        "clusters::a_strategy_with_two_bases_is_refused";

    ["moto"] "accepts any base and weight",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html":
        "clusters::a_base_and_a_weight_beyond_their_bounds_are_refused";

    ["moto"] "changes deleted clusters",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html":
        "clusters::an_inactive_cluster_takes_no_change",
        "clusters::an_inactive_cluster_takes_no_tags";

    ["moto"] "returns an empty list for a deleted cluster",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html":
        "clusters::lists_of_an_inactive_cluster_are_not_found";

    ["moto", "localstack"] "compares names case-sensitively",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html":
        "roles::create_finds_that_the_role_exists_in_other_letters";

    ["moto", "localstack"] "accepts a trust policy without a principal",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html":
        "roles::create_refuses_a_trust_policy_without_principal";

    ["moto", "localstack"] "does not check that principals exist",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html":
        "roles::create_refuses_a_principal_that_does_not_exist";

    ["moto"] "does not check that principals exist",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html":
        "repositories::a_policy_for_a_principal_that_does_not_exist_is_refused";

    ["moto", "localstack"] "accepts any session duration",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html":
        "roles::create_refuses_a_session_beyond_its_bounds";

    ["moto", "localstack"] "accepts any session duration",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html":
        "roles::a_session_beyond_its_bounds_is_refused";

    ["moto", "localstack"] "does not check that the boundary exists",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html":
        "roles::create_refuses_a_boundary_that_does_not_exist",
        "roles::a_boundary_that_does_not_exist_is_not_found";

    ["moto", "localstack"] "accepts tag keys with the prefix aws:",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html":
        "roles::create_refuses_a_tag_that_is_aws_s_own";

    ["moto", "localstack"] "has no quota",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html":
        "roles::a_trust_policy_beyond_its_quota_is_refused",
        "roles::an_inline_policy_beyond_the_quota_is_refused",
        "roles::the_eleventh_managed_policy_is_beyond_the_quota",
        "roles::more_tags_than_fifty_are_refused_together";

    ["moto", "localstack"] "returns an empty list for a nonexistent role",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html":
        "roles::instance_profiles_of_an_absent_role_are_not_found";

    ["moto", "localstack"] "does not clear a description",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html":
        "roles::session_and_description_are_updated",
        "drift_of_roles::the_description_emptied";

    ["moto"] "accepts any encryption type",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EncryptionConfiguration.html":
        "repositories::create_refuses_an_encryption_that_is_none";

    ["moto"] "accepts tag keys with the prefix aws:",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html":
        "repositories::create_refuses_a_tag_that_is_aws_s_own";

    ["moto"] "accepts any number of tags",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html":
        "repositories::create_refuses_more_tags_than_fifty",
        "repositories::more_tags_than_fifty_are_refused_together";

    ["moto"] "does not turn scanning off",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageScanningConfiguration.html":
        "repositories::scanning_is_set",
        "drift::scanning_switched_off",
        "variations::no_scanning";

    ["moto"] "accepts any number of wildcards",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html":
        "repositories::a_filter_of_three_wildcards_is_refused";

    ["moto"] "accepts a policy with a resource",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html":
        "repositories::a_policy_with_a_resource_is_refused";

    ["moto"] "keeps the ARN of a deleted role",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html":
        "repositories::a_policy_names_a_role_and_its_id_once_it_is_gone",
        "drift::the_repository_policy_names_a_role_that_was_made_anew",
        "drift_of_roles::the_execution_role_deleted",
        "ownership::an_execution_role_of_another_name_tag_is_taken_over",
        "ownership::an_execution_role_without_a_name_tag_is_taken_over";

    ["moto"] "accepts ARNs of other regions",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_TagResource.html":
        "repositories::an_arn_of_another_region_is_refused";

    ["moto", "localstack"] "has no log group classes",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html":
        "log_groups::a_group_of_another_class_is_created_with_its_key",
        "log_groups::a_group_of_the_delivery_class_keeps_events_for_two_days",
        "log_groups::create_refuses_a_class_that_is_none",
        "variations::logs_of_infrequent_access";

    ["moto", "localstack"] "accepts any KMS key",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html":
        "log_groups::create_refuses_a_key_that_is_none";

    ["moto", "localstack"] "accepts tag keys with the prefix aws:",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html":
        "log_groups::create_refuses_a_tag_that_is_aws_s_own";

    ["moto"] "returns HTTP 500 for a change of the KMS key",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html":
        "log_groups::keys_of_an_absent_group_are_not_found",
        "log_groups::the_key_is_replaced_and_taken_away",
        "log_groups::a_key_of_another_region_is_refused",
        "drift::a_key_for_the_log_group_set",
        "drift::the_key_of_the_log_group_changed",
        "variations::encrypted_logs";

    ["moto"] "returns HTTP 500 for a change of the KMS key",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html":
        "drift::the_key_of_the_log_group_removed";

    ["localstack"] "does not implement changes of the KMS key",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html":
        "log_groups::keys_of_an_absent_group_are_not_found",
        "log_groups::the_key_is_replaced_and_taken_away",
        "log_groups::a_key_of_another_region_is_refused",
        "drift::a_key_for_the_log_group_set",
        "drift::the_key_of_the_log_group_changed",
        "variations::encrypted_logs";

    ["localstack"] "does not implement changes of the KMS key",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html":
        "drift::the_key_of_the_log_group_removed";

    ["moto", "localstack"] "returns an empty tag list for a nonexistent log group",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html":
        "log_groups::tags_of_an_absent_group_are_not_found";

    ["moto", "localstack"] "returns an empty tag list for an ARN with a trailing asterisk",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html":
        "log_groups::the_arn_with_a_star_is_not_that_of_the_tags";

    ["moto", "localstack"] "keeps the tags of a deleted log group",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html":
        "log_groups::a_deleted_group_is_gone_and_can_be_made_again",
        "ownership::a_log_group_of_another_name_tag_is_taken_over",
        "ownership::a_log_group_without_a_name_tag_is_taken_over",
        "ownership::a_log_group_without_a_name_tag_is_left";

    ["moto", "localstack"] "counts only the bytes of messages",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html":
        "log_groups::what_a_group_holds_is_counted_in_bytes";

    ["moto", "localstack"] "accepts any number of tags",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html":
        "log_groups::more_tags_than_fifty_are_refused_together";
};
