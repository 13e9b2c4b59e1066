//! ECR: layers, scans, lifecycle previews, and the registry's settings.

use infra_mock::api::Blob;
use infra_mock::ecr::{
    BatchCheckLayerAvailabilityRequest, BatchGetImageRequest,
    BatchGetRepositoryScanningConfigurationRequest, CompleteLayerUploadRequest,
    CreatePullThroughCacheRuleRequest, CreateRepositoryCreationTemplateRequest,
    DeletePullThroughCacheRuleRequest, DeleteRegistryPolicyRequest,
    DeleteRepositoryCreationTemplateRequest, DescribeImageScanFindingsRequest,
    DescribePullThroughCacheRulesRequest, DescribeRegistryRequest,
    DescribeRepositoryCreationTemplatesRequest, GetAccountSettingRequest,
    GetDownloadUrlForLayerRequest, GetLifecyclePolicyPreviewRequest, GetRegistryPolicyRequest,
    GetRegistryScanningConfigurationRequest, ImageIdentifier, InitiateLayerUploadRequest,
    PutAccountSettingRequest, PutRegistryPolicyRequest, PutRegistryScanningConfigurationRequest,
    PutReplicationConfigurationRequest, RegistryScanningRule, ReplicationConfiguration,
    ReplicationDestination, ReplicationRule, ScanningRepositoryFilter, StartImageScanRequest,
    StartLifecyclePolicyPreviewRequest, UpdatePullThroughCacheRuleRequest,
    UpdateRepositoryCreationTemplateRequest, UploadLayerPartRequest,
    ValidatePullThroughCacheRuleRequest,
};
use proptest::prelude::*;

use super::super::AnyStep;
use super::super::draw::{either, maybe, page, step, text, token};
use super::{DIGESTS, LIFECYCLES, image_ids, mutability, repository};

pub(super) fn layers(odd: u32) -> BoxedStrategy<AnyStep> {
    let upload = || text(odd, &["00000000-0000-0000-0000-000000000000"], &["none", ""]);
    let one = |ids: Vec<ImageIdentifier>| ids.into_iter().next();
    either(vec![
        (
            2,
            step(repository(odd).prop_map(|repository_name| InitiateLayerUploadRequest {
                registry_id: None,
                repository_name,
            })),
        ),
        (
            1,
            step((repository(odd), upload()).prop_map(|(repository_name, upload_id)| {
                UploadLayerPartRequest {
                    repository_name,
                    upload_id,
                    part_first_byte: Some(0),
                    part_last_byte: Some(0),
                    layer_part_blob: Some(Blob(vec![7])),
                    ..Default::default()
                }
            })),
        ),
        (
            1,
            step((repository(odd), upload()).prop_map(|(repository_name, upload_id)| {
                CompleteLayerUploadRequest {
                    repository_name,
                    upload_id,
                    layer_digests: Some(vec![DIGESTS[0].to_owned()]),
                    ..Default::default()
                }
            })),
        ),
        (
            1,
            step((repository(odd), text(odd, DIGESTS, &["none", ""])).prop_map(
                |(repository_name, digest)| BatchCheckLayerAvailabilityRequest {
                    repository_name,
                    layer_digests: Some(vec![digest.unwrap_or_default()]),
                    ..Default::default()
                },
            )),
        ),
        (
            1,
            step((repository(odd), text(odd, DIGESTS, &["none", ""])).prop_map(
                |(repository_name, layer_digest)| GetDownloadUrlForLayerRequest {
                    registry_id: None,
                    repository_name,
                    layer_digest,
                },
            )),
        ),
        (
            2,
            step((repository(odd), image_ids(odd)).prop_map(|(repository_name, ids)| {
                BatchGetImageRequest { repository_name, image_ids: Some(ids), ..Default::default() }
            })),
        ),
        (
            1,
            step((repository(odd), image_ids(odd)).prop_map(move |(repository_name, ids)| {
                StartImageScanRequest { registry_id: None, repository_name, image_id: one(ids) }
            })),
        ),
        (
            1,
            step((repository(odd), image_ids(odd)).prop_map(move |(repository_name, ids)| {
                DescribeImageScanFindingsRequest {
                    repository_name,
                    image_id: one(ids),
                    ..Default::default()
                }
            })),
        ),
        (
            1,
            step((repository(odd), maybe(odd, LIFECYCLES, &["{}"])).prop_map(
                |(repository_name, lifecycle_policy_text)| StartLifecyclePolicyPreviewRequest {
                    registry_id: None,
                    repository_name,
                    lifecycle_policy_text,
                },
            )),
        ),
        (
            1,
            step(repository(odd).prop_map(|repository_name| GetLifecyclePolicyPreviewRequest {
                repository_name,
                ..Default::default()
            })),
        ),
    ])
}

pub(super) fn registry(odd: u32) -> BoxedStrategy<AnyStep> {
    let policy = text(
        odd,
        &[
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"all","Effect":"Allow","Principal":"*","Action":["ecr:ReplicateImage","ecr:CreateRepository"],"Resource":"*"}]}"#,
        ],
        &["{}", "no policy"],
    );
    let prefix = || text(odd, &["hub", "team"], &["Upper", "x"]);
    let url = text(odd, &["public.ecr.aws", "quay.io"], &["example.com", "ghcr.io"]);
    let replication =
        text(odd, &["eu-west-1", "us-west-2"], &["us-east-1", "x"]).prop_map(|region| {
            let destination = ReplicationDestination {
                region: Some(region.unwrap_or_default()),
                registry_id: Some("123456789012".to_owned()),
            };
            let rule = ReplicationRule {
                destinations: Some(vec![destination]),
                repository_filters: None,
                delete_replication: None,
            };
            ReplicationConfiguration { rules: Some(vec![rule]) }
        });
    let scanning =
        text(odd, &["SCAN_ON_PUSH"], &["CONTINUOUS_SCAN", "ODD"]).prop_map(|frequency| {
            let filter = ScanningRepositoryFilter {
                filter: Some("a*".to_owned()),
                filter_type: Some("WILDCARD".to_owned()),
            };
            RegistryScanningRule {
                scan_frequency: Some(frequency.unwrap_or_default()),
                repository_filters: Some(vec![filter]),
            }
        });
    let setting = || {
        const NAMES: &[&str] =
            &["BLOB_MOUNTING", "REGISTRY_POLICY_SCOPE", "BASIC_SCAN_TYPE_VERSION"];
        const VALUES: &[&str] = &["ENABLED", "DISABLED", "V2", "AWS_NATIVE"];
        (text(odd, NAMES, &["none", ""]), text(odd, VALUES, &["none", ""]))
    };
    let template = (prefix(), mutability(odd)).prop_map(|(prefix, image_tag_mutability)| {
        CreateRepositoryCreationTemplateRequest {
            prefix,
            image_tag_mutability,
            applied_for: Some(vec!["PULL_THROUGH_CACHE".to_owned()]),
            ..Default::default()
        }
    });
    either(vec![
        (1, step(policy.prop_map(|policy_text| PutRegistryPolicyRequest { policy_text }))),
        (1, step(Just(GetRegistryPolicyRequest {}))),
        (1, step(setting().prop_map(|(name, _)| GetAccountSettingRequest { name }))),
        (1, step(setting().prop_map(|(name, value)| PutAccountSettingRequest { name, value }))),
        (1, step(Just(DeleteRegistryPolicyRequest {}))),
        (1, step(Just(DescribeRegistryRequest {}))),
        (
            1,
            step(replication.prop_map(|configuration| PutReplicationConfigurationRequest {
                replication_configuration: Some(configuration),
            })),
        ),
        (
            1,
            step(scanning.prop_map(|rule| PutRegistryScanningConfigurationRequest {
                scan_type: Some("BASIC".to_owned()),
                rules: Some(vec![rule]),
            })),
        ),
        (1, step(Just(GetRegistryScanningConfigurationRequest {}))),
        (
            1,
            step(repository(odd).prop_map(|name| BatchGetRepositoryScanningConfigurationRequest {
                repository_names: Some(vec![name.unwrap_or_default()]),
            })),
        ),
        (
            2,
            step((prefix(), url).prop_map(|(ecr_repository_prefix, upstream_registry_url)| {
                CreatePullThroughCacheRuleRequest {
                    ecr_repository_prefix,
                    upstream_registry_url,
                    ..Default::default()
                }
            })),
        ),
        (
            1,
            step((token(odd), page(odd)).prop_map(|(next_token, max_results)| {
                DescribePullThroughCacheRulesRequest {
                    next_token,
                    max_results,
                    ..Default::default()
                }
            })),
        ),
        (
            1,
            step(prefix().prop_map(|ecr_repository_prefix| UpdatePullThroughCacheRuleRequest {
                ecr_repository_prefix,
                custom_role_arn: Some("arn:aws:iam::123456789012:role/a".to_owned()),
                ..Default::default()
            })),
        ),
        (
            1,
            step(prefix().prop_map(|ecr_repository_prefix| ValidatePullThroughCacheRuleRequest {
                ecr_repository_prefix,
                registry_id: None,
            })),
        ),
        (
            1,
            step(prefix().prop_map(|ecr_repository_prefix| DeletePullThroughCacheRuleRequest {
                ecr_repository_prefix,
                registry_id: None,
            })),
        ),
        (2, step(template)),
        (
            1,
            step((token(odd), page(odd)).prop_map(|(next_token, max_results)| {
                DescribeRepositoryCreationTemplatesRequest {
                    next_token,
                    max_results,
                    ..Default::default()
                }
            })),
        ),
        (
            1,
            step(prefix().prop_map(|prefix| UpdateRepositoryCreationTemplateRequest {
                prefix,
                description: Some("changed".to_owned()),
                ..Default::default()
            })),
        ),
        (1, step(prefix().prop_map(|prefix| DeleteRepositoryCreationTemplateRequest { prefix }))),
    ])
}
