//! Known deviations of backends from AWS. Each entry describes the backend's behavior and links to
//! the AWS documentation of the correct behavior. If a deviation no longer occurs, the run fails
//! until the entry is removed.

use infra_core::conformance::{Scenario, scenarios};

/// A scenario that fails on a backend because of a known deviation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Deviation {
    /// The emulators on which the scenario fails.
    backends: &'static [&'static str],
    /// The scenario, as `GROUP::NAME`.
    scenario: &'static str,
    /// The backend's behavior.
    pub(crate) does: &'static str,
    /// The URL of the AWS documentation that describes the correct behavior.
    pub(crate) document: &'static str,
}

/// Returns the known deviation that makes a scenario fail on a backend.
pub(crate) fn of(backend: &str, scenario: &Scenario) -> Option<&'static Deviation> {
    let name = scenario.to_string();
    // Combining LocalStack with the mock does not change the deviations of LocalStack's services.
    let emulator = if backend == "localstack-with-mock" { "localstack" } else { backend };
    KNOWN.iter().find(|it| it.backends.contains(&emulator) && it.scenario == name)
}

/// Returns the scenario names in [`KNOWN`] that do not exist in the suite.
pub(crate) fn strays() -> Vec<&'static str> {
    let names: Vec<String> = scenarios().map(Scenario::to_string).collect();
    KNOWN.iter().map(|it| it.scenario).filter(|name| !names.iter().any(|it| it == name)).collect()
}

/// Builds the table of deviations. Each entry lists the emulators, their behavior, the URL of the
/// documentation, and the scenarios that fail. LocalStack mostly uses moto for IAM and CloudWatch
/// Logs, so the two share many deviations.
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
        "clusters::create_with_different_settings_fails_if_the_cluster_exists",
        "clusters::create_with_different_capacity_providers_fails_if_the_cluster_exists",
        "clusters::create_with_different_tags_fails_if_the_cluster_exists";

    ["moto"] "accepts any setting",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterSetting.html":
        "clusters::create_rejects_an_invalid_setting",
        "clusters::update_rejects_an_invalid_setting";

    ["moto"] "returns the configuration even if it was not requested",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html":
        "clusters::configuration_is_set_and_read_only_on_request";

    ["moto"] "accepts any execute command configuration",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html":
        "clusters::sessions_are_logged_to_a_log_group_or_bucket_only_with_override";

    ["moto"] "accepts nonexistent providers",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html":
        "clusters::create_rejects_an_unknown_capacity_provider",
        "clusters::unknown_capacity_provider_is_rejected";

    ["moto"] "accepts tag keys with the prefix aws:",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html":
        "clusters::create_rejects_a_reserved_tag",
        "clusters::reserved_tag_is_rejected";

    ["moto"] "accepts any number of tags",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TagResource.html":
        "clusters::create_rejects_more_than_50_tags",
        "clusters::more_than_50_tags_are_rejected_as_a_whole";

    ["moto"] "returns an empty list for a nonexistent cluster",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html":
        "clusters::listing_the_contents_of_an_absent_cluster_fails";

    ["moto"] "accepts a strategy with providers that the cluster does not have",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html":
        "clusters::strategy_with_an_unassociated_capacity_provider_is_rejected";

    ["moto"] "accepts more than one base",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html":
        "clusters::strategy_with_two_bases_is_rejected";

    ["moto"] "accepts any base and weight",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html":
        "clusters::base_and_weight_out_of_range_are_rejected";

    ["moto"] "changes deleted clusters",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html":
        "clusters::inactive_cluster_rejects_changes",
        "clusters::inactive_cluster_rejects_tags";

    ["moto"] "returns an empty list for a deleted cluster",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html":
        "clusters::listing_the_contents_of_an_inactive_cluster_fails";

    ["moto", "localstack"] "compares names case-sensitively",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html":
        "roles::role_names_are_unique_regardless_of_case";

    ["moto", "localstack"] "accepts a trust policy without a principal",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html":
        "roles::create_rejects_a_trust_policy_without_a_principal";

    ["moto", "localstack"] "does not check that principals exist",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html":
        "roles::create_rejects_a_principal_that_does_not_exist";

    ["moto"] "does not check that principals exist",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html":
        "repositories::policy_for_a_principal_that_does_not_exist_is_rejected";

    ["moto", "localstack"] "accepts any session duration",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html":
        "roles::create_rejects_a_session_duration_out_of_range";

    ["moto", "localstack"] "accepts any session duration",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html":
        "roles::update_rejects_a_session_duration_out_of_range";

    ["moto", "localstack"] "does not check that the boundary exists",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html":
        "roles::create_rejects_a_boundary_that_does_not_exist",
        "roles::boundary_that_does_not_exist_is_rejected";

    ["moto", "localstack"] "accepts tag keys with the prefix aws:",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html":
        "roles::create_rejects_a_reserved_tag";

    ["moto", "localstack"] "has no quota",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html":
        "roles::trust_policy_over_the_size_quota_is_rejected",
        "roles::inline_policy_over_the_size_quota_is_rejected",
        "roles::eleventh_managed_policy_exceeds_the_quota",
        "roles::more_than_50_tags_are_rejected_as_a_whole";

    ["moto", "localstack"] "returns an empty list for a nonexistent role",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html":
        "roles::instance_profiles_of_an_absent_role_are_not_found";

    ["moto", "localstack"] "does not clear a description",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html":
        "roles::session_duration_and_description_are_updated",
        "drift_of_roles::description_emptied";

    ["moto"] "accepts any encryption type",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EncryptionConfiguration.html":
        "repositories::create_rejects_an_unknown_encryption_type";

    ["moto"] "accepts tag keys with the prefix aws:",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html":
        "repositories::create_rejects_a_reserved_tag";

    ["moto"] "accepts any number of tags",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html":
        "repositories::create_rejects_more_than_50_tags",
        "repositories::more_than_50_tags_are_rejected_as_a_whole";

    ["moto"] "does not turn scanning off",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageScanningConfiguration.html":
        "repositories::scanning_is_set",
        "drift::scan_on_push_disabled",
        "drift_of_services::scan_on_push_enabled",
        "variations::scan_on_push_disabled";

    ["moto"] "accepts any number of wildcards",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageTagMutabilityExclusionFilter.html":
        "repositories::exclusion_filter_with_three_wildcards_is_rejected";

    ["moto"] "accepts a policy with a resource",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html":
        "repositories::policy_with_a_resource_is_rejected";

    ["moto"] "keeps the ARN of a deleted role in policies",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html":
        "repositories::policy_shows_the_id_of_a_deleted_role",
        "drift::role_in_the_repository_policy_recreated",
        "drift_of_roles::execution_role_deleted",
        "ownership::execution_role_with_another_name_tag_is_adopted",
        "ownership::execution_role_without_a_name_tag_is_adopted";

    ["moto"] "accepts ARNs from other regions",
    "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_TagResource.html":
        "repositories::arn_in_another_region_is_rejected";

    ["moto", "localstack"] "has no log group classes",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html":
        "log_groups::infrequent_access_log_group_is_created_with_its_key",
        "log_groups::delivery_log_group_has_a_fixed_retention_of_two_days",
        "log_groups::create_rejects_an_unknown_class",
        "variations::infrequent_access_logs";

    ["moto", "localstack"] "accepts any KMS key",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html":
        "log_groups::create_rejects_an_unknown_key";

    ["moto", "localstack"] "accepts tag keys with the prefix aws:",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html":
        "log_groups::create_rejects_a_reserved_tag";

    ["moto"] "returns HTTP 500 for KMS key changes",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html":
        "log_groups::changing_the_key_of_an_absent_log_group_fails",
        "log_groups::key_is_replaced_and_removed",
        "log_groups::key_in_another_region_is_rejected",
        "drift::log_group_key_added",
        "drift::log_group_key_changed",
        "drift_of_services::log_group_key_changed",
        "variations::logs_encrypted_with_kms";

    ["moto"] "returns HTTP 500 for KMS key changes",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html":
        "drift::log_group_key_removed";

    ["localstack"] "does not implement KMS key changes",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html":
        "log_groups::changing_the_key_of_an_absent_log_group_fails",
        "log_groups::key_is_replaced_and_removed",
        "log_groups::key_in_another_region_is_rejected",
        "drift::log_group_key_added",
        "drift::log_group_key_changed",
        "drift_of_services::log_group_key_changed",
        "variations::logs_encrypted_with_kms";

    ["localstack"] "does not implement KMS key changes",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html":
        "drift::log_group_key_removed";

    ["moto", "localstack"] "returns an empty tag list for a nonexistent log group",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html":
        "log_groups::tagging_an_absent_log_group_fails";

    ["moto", "localstack"] "returns an empty tag list for an ARN with a trailing asterisk",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html":
        "log_groups::tags_cannot_be_read_by_the_arn_with_a_wildcard";

    ["moto", "localstack"] "keeps the tags of a deleted log group",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html":
        "log_groups::deleted_log_group_can_be_created_again",
        "ownership::log_group_with_another_name_tag_is_adopted",
        "ownership::log_group_without_a_name_tag_is_adopted",
        "ownership::log_group_without_a_name_tag_is_not_destroyed";

    ["moto", "localstack"] "counts only the bytes of messages",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html":
        "log_groups::stored_bytes_are_counted";

    ["moto", "localstack"] "accepts any number of tags",
    "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html":
        "log_groups::more_than_50_tags_are_rejected_as_a_whole";
};
