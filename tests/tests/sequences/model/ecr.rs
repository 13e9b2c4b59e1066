//! ECR: repositories, their settings, policies and tags, images and layers, and the registry.
#![expect(deprecated, reason = "clients still pass registry IDs to GetAuthorizationToken")]

mod artifacts;
mod registry;

use aws_sdk_ecr::primitives::Blob;
use aws_sdk_ecr::types as sdk;
use std::collections::BTreeSet;

use infra_mock::api::OperationId;
use infra_mock::ecr::{
    BatchCheckLayerAvailabilityRequest, BatchDeleteImageRequest, BatchGetImageRequest,
    BatchGetRepositoryScanningConfigurationRequest, CompleteLayerUploadRequest,
    CreatePullThroughCacheRuleRequest, CreateRepositoryCreationTemplateRequest,
    CreateRepositoryRequest, DeleteLifecyclePolicyRequest, DeletePullThroughCacheRuleRequest,
    DeleteRegistryPolicyRequest, DeleteRepositoryCreationTemplateRequest,
    DeleteRepositoryPolicyRequest, DeleteRepositoryRequest, DescribeImageScanFindingsRequest,
    DescribeImagesFilter, DescribeImagesRequest, DescribePullThroughCacheRulesRequest,
    DescribeRegistryRequest, DescribeRepositoriesRequest,
    DescribeRepositoryCreationTemplatesRequest, EncryptionConfiguration,
    EncryptionConfigurationForRepositoryCreationTemplate, GetAccountSettingRequest,
    GetAuthorizationTokenRequest, GetDownloadUrlForLayerRequest, GetLifecyclePolicyPreviewRequest,
    GetLifecyclePolicyRequest, GetRegistryPolicyRequest, GetRegistryScanningConfigurationRequest,
    GetRepositoryPolicyRequest, ImageIdentifier, ImageScanningConfiguration,
    ImageTagMutabilityExclusionFilter, InitiateLayerUploadRequest, LifecyclePolicyPreviewFilter,
    ListImagesFilter, ListImagesRequest, ListTagsForResourceRequest, PutAccountSettingRequest,
    PutImageRequest, PutImageScanningConfigurationRequest, PutImageTagMutabilityRequest,
    PutLifecyclePolicyRequest, PutRegistryPolicyRequest, PutRegistryScanningConfigurationRequest,
    PutReplicationConfigurationRequest, RegistryScanningRule, ReplicationConfiguration,
    ReplicationDestination, ReplicationRule, RepositoryFilter, ScanningRepositoryFilter,
    SetRepositoryPolicyRequest, StartImageScanRequest, StartLifecyclePolicyPreviewRequest, Tag,
    TagResourceRequest, UntagResourceRequest, UpdatePullThroughCacheRuleRequest,
    UpdateRepositoryCreationTemplateRequest, UploadLayerPartRequest,
    ValidatePullThroughCacheRuleRequest,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::draw::{Text, either, keys, maybe, page, pairs, rather, step, text, token};
use super::{AnyStep, BySdk, Clients, Outcome, sent_by};

sent_by! { ecr:
    BatchCheckLayerAvailabilityRequest { registry_id, repository_name, layer_digests } => batch_check_layer_availability
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_layer_digests(layer_digests);
    BatchGetImageRequest { registry_id, repository_name, image_ids, accepted_media_types } => batch_get_image
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_image_ids(list(image_ids, image_id))
        .set_accepted_media_types(accepted_media_types);
    BatchGetRepositoryScanningConfigurationRequest { repository_names } => batch_get_repository_scanning_configuration
        .set_repository_names(repository_names);
    CompleteLayerUploadRequest { registry_id, repository_name, upload_id, layer_digests } => complete_layer_upload
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_upload_id(upload_id)
        .set_layer_digests(layer_digests);
    CreatePullThroughCacheRuleRequest { ecr_repository_prefix, upstream_registry_url, registry_id, upstream_registry, credential_arn, custom_role_arn, upstream_repository_prefix } => create_pull_through_cache_rule
        .set_ecr_repository_prefix(ecr_repository_prefix)
        .set_upstream_registry_url(upstream_registry_url)
        .set_registry_id(registry_id)
        .set_upstream_registry(upstream_registry.map(|value| value.as_str().into()))
        .set_credential_arn(credential_arn)
        .set_custom_role_arn(custom_role_arn)
        .set_upstream_repository_prefix(upstream_repository_prefix);
    CreateRepositoryCreationTemplateRequest { prefix, description, encryption_configuration, resource_tags, image_tag_mutability, image_tag_mutability_exclusion_filters, repository_policy, lifecycle_policy, applied_for, custom_role_arn } => create_repository_creation_template
        .set_prefix(prefix)
        .set_description(description)
        .set_encryption_configuration(encryption_configuration.map(encryption_configuration_for_repository_creation_template))
        .set_resource_tags(list(resource_tags, tag))
        .set_image_tag_mutability(image_tag_mutability.map(|value| value.as_str().into()))
        .set_image_tag_mutability_exclusion_filters(list(image_tag_mutability_exclusion_filters, filter))
        .set_repository_policy(repository_policy)
        .set_lifecycle_policy(lifecycle_policy)
        .set_applied_for(list(applied_for, |value| value.as_str().into()))
        .set_custom_role_arn(custom_role_arn);
    DeletePullThroughCacheRuleRequest { ecr_repository_prefix, registry_id } => delete_pull_through_cache_rule
        .set_ecr_repository_prefix(ecr_repository_prefix)
        .set_registry_id(registry_id);
    DeleteRegistryPolicyRequest {} => delete_registry_policy;
    DeleteRepositoryCreationTemplateRequest { prefix } => delete_repository_creation_template
        .set_prefix(prefix);
    DescribeImageScanFindingsRequest { registry_id, repository_name, image_id, next_token, max_results } => describe_image_scan_findings
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_image_id(image_id.map(self::image_id))
        .set_next_token(next_token)
        .set_max_results(max_results);
    DescribePullThroughCacheRulesRequest { registry_id, ecr_repository_prefixes, next_token, max_results } => describe_pull_through_cache_rules
        .set_registry_id(registry_id)
        .set_ecr_repository_prefixes(ecr_repository_prefixes)
        .set_next_token(next_token)
        .set_max_results(max_results);
    DescribeRegistryRequest {} => describe_registry;
    DescribeRepositoryCreationTemplatesRequest { prefixes, next_token, max_results } => describe_repository_creation_templates
        .set_prefixes(prefixes)
        .set_next_token(next_token)
        .set_max_results(max_results);
    GetAccountSettingRequest { name } => get_account_setting
        .set_name(name);
    GetDownloadUrlForLayerRequest { registry_id, repository_name, layer_digest } => get_download_url_for_layer
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_layer_digest(layer_digest);
    GetLifecyclePolicyPreviewRequest { registry_id, repository_name, image_ids, next_token, max_results, filter } => get_lifecycle_policy_preview
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_image_ids(list(image_ids, image_id))
        .set_next_token(next_token)
        .set_max_results(max_results)
        .set_filter(filter.map(lifecycle_policy_preview_filter));
    GetRegistryPolicyRequest {} => get_registry_policy;
    GetRegistryScanningConfigurationRequest {} => get_registry_scanning_configuration;
    InitiateLayerUploadRequest { registry_id, repository_name } => initiate_layer_upload
        .set_registry_id(registry_id)
        .set_repository_name(repository_name);
    PutAccountSettingRequest { name, value } => put_account_setting
        .set_name(name)
        .set_value(value);
    PutRegistryPolicyRequest { policy_text } => put_registry_policy
        .set_policy_text(policy_text);
    PutRegistryScanningConfigurationRequest { scan_type, rules } => put_registry_scanning_configuration
        .set_scan_type(scan_type.map(|value| value.as_str().into()))
        .set_rules(list(rules, registry_scanning_rule));
    PutReplicationConfigurationRequest { replication_configuration } => put_replication_configuration
        .set_replication_configuration(replication_configuration.map(self::replication_configuration));
    StartImageScanRequest { registry_id, repository_name, image_id } => start_image_scan
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_image_id(image_id.map(self::image_id));
    StartLifecyclePolicyPreviewRequest { registry_id, repository_name, lifecycle_policy_text } => start_lifecycle_policy_preview
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_lifecycle_policy_text(lifecycle_policy_text);
    UpdatePullThroughCacheRuleRequest { registry_id, ecr_repository_prefix, credential_arn, custom_role_arn } => update_pull_through_cache_rule
        .set_registry_id(registry_id)
        .set_ecr_repository_prefix(ecr_repository_prefix)
        .set_credential_arn(credential_arn)
        .set_custom_role_arn(custom_role_arn);
    UpdateRepositoryCreationTemplateRequest { prefix, description, encryption_configuration, resource_tags, image_tag_mutability, image_tag_mutability_exclusion_filters, repository_policy, lifecycle_policy, applied_for, custom_role_arn } => update_repository_creation_template
        .set_prefix(prefix)
        .set_description(description)
        .set_encryption_configuration(encryption_configuration.map(encryption_configuration_for_repository_creation_template))
        .set_resource_tags(list(resource_tags, tag))
        .set_image_tag_mutability(image_tag_mutability.map(|value| value.as_str().into()))
        .set_image_tag_mutability_exclusion_filters(list(image_tag_mutability_exclusion_filters, filter))
        .set_repository_policy(repository_policy)
        .set_lifecycle_policy(lifecycle_policy)
        .set_applied_for(list(applied_for, |value| value.as_str().into()))
        .set_custom_role_arn(custom_role_arn);
    UploadLayerPartRequest { registry_id, repository_name, upload_id, part_first_byte, part_last_byte, layer_part_blob } => upload_layer_part
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_upload_id(upload_id)
        .set_part_first_byte(part_first_byte)
        .set_part_last_byte(part_last_byte)
        .set_layer_part_blob(layer_part_blob.map(|blob| Blob::new(blob.0)));
    ValidatePullThroughCacheRuleRequest { ecr_repository_prefix, registry_id } => validate_pull_through_cache_rule
        .set_ecr_repository_prefix(ecr_repository_prefix)
        .set_registry_id(registry_id);
    BatchDeleteImageRequest { registry_id, repository_name, image_ids } => batch_delete_image
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_image_ids(list(image_ids, image_id));
    CreateRepositoryRequest {
        registry_id, repository_name, tags, image_tag_mutability,
        image_tag_mutability_exclusion_filters, image_scanning_configuration,
        encryption_configuration,
    } => create_repository
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_tags(list(tags, tag))
        .set_image_tag_mutability(image_tag_mutability.map(|value| value.as_str().into()))
        .set_image_tag_mutability_exclusion_filters(list(
            image_tag_mutability_exclusion_filters, filter,
        ))
        .set_image_scanning_configuration(image_scanning_configuration.map(scanning))
        .set_encryption_configuration(encryption_configuration.map(encryption));
    DeleteLifecyclePolicyRequest { registry_id, repository_name } => delete_lifecycle_policy
        .set_registry_id(registry_id)
        .set_repository_name(repository_name);
    DeleteRepositoryRequest { registry_id, repository_name, force } => delete_repository
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_force(force);
    DeleteRepositoryPolicyRequest { registry_id, repository_name } => delete_repository_policy
        .set_registry_id(registry_id)
        .set_repository_name(repository_name);
    DescribeImagesRequest {
        registry_id, repository_name, image_ids, next_token, max_results, filter,
    } => describe_images
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_image_ids(list(image_ids, image_id))
        .set_next_token(next_token)
        .set_max_results(max_results)
        .set_filter(filter.map(|DescribeImagesFilter { tag_status, image_status }| {
            sdk::DescribeImagesFilter::builder()
                .set_tag_status(tag_status.map(|value| value.as_str().into()))
                .set_image_status(image_status.map(|value| value.as_str().into()))
                .build()
        }));
    DescribeRepositoriesRequest {
        registry_id, repository_names, next_token, max_results,
    } => describe_repositories
        .set_registry_id(registry_id)
        .set_repository_names(repository_names)
        .set_next_token(next_token)
        .set_max_results(max_results);
    GetAuthorizationTokenRequest { registry_ids } => get_authorization_token
        .set_registry_ids(registry_ids);
    GetLifecyclePolicyRequest { registry_id, repository_name } => get_lifecycle_policy
        .set_registry_id(registry_id)
        .set_repository_name(repository_name);
    GetRepositoryPolicyRequest { registry_id, repository_name } => get_repository_policy
        .set_registry_id(registry_id)
        .set_repository_name(repository_name);
    ListImagesRequest {
        registry_id, repository_name, next_token, max_results, filter,
    } => list_images
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_next_token(next_token)
        .set_max_results(max_results)
        .set_filter(filter.map(|ListImagesFilter { tag_status, image_status }| {
            sdk::ListImagesFilter::builder()
                .set_tag_status(tag_status.map(|value| value.as_str().into()))
                .set_image_status(image_status.map(|value| value.as_str().into()))
                .build()
        }));
    ListTagsForResourceRequest { resource_arn } => list_tags_for_resource
        .set_resource_arn(resource_arn);
    PutImageRequest {
        registry_id, repository_name, image_manifest, image_manifest_media_type, image_tag,
        image_digest,
    } => put_image
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_image_manifest(image_manifest)
        .set_image_manifest_media_type(image_manifest_media_type)
        .set_image_tag(image_tag)
        .set_image_digest(image_digest);
    PutImageScanningConfigurationRequest {
        registry_id, repository_name, image_scanning_configuration,
    } => put_image_scanning_configuration
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_image_scanning_configuration(image_scanning_configuration.map(scanning));
    PutImageTagMutabilityRequest {
        registry_id, repository_name, image_tag_mutability, image_tag_mutability_exclusion_filters,
    } => put_image_tag_mutability
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_image_tag_mutability(image_tag_mutability.map(|value| value.as_str().into()))
        .set_image_tag_mutability_exclusion_filters(list(
            image_tag_mutability_exclusion_filters, filter,
        ));
    PutLifecyclePolicyRequest {
        registry_id, repository_name, lifecycle_policy_text,
    } => put_lifecycle_policy
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_lifecycle_policy_text(lifecycle_policy_text);
    SetRepositoryPolicyRequest {
        registry_id, repository_name, policy_text, force,
    } => set_repository_policy
        .set_registry_id(registry_id)
        .set_repository_name(repository_name)
        .set_policy_text(policy_text)
        .set_force(force);
    TagResourceRequest { resource_arn, tags } => tag_resource
        .set_resource_arn(resource_arn)
        .set_tags(list(tags, tag));
    UntagResourceRequest { resource_arn, tag_keys } => untag_resource
        .set_resource_arn(resource_arn)
        .set_tag_keys(tag_keys);
}

fn list<T, U>(items: Option<Vec<T>>, convert: impl Fn(T) -> U) -> Option<Vec<U>> {
    items.map(|items| items.into_iter().map(convert).collect())
}

fn encryption_configuration_for_repository_creation_template(
    value: EncryptionConfigurationForRepositoryCreationTemplate,
) -> sdk::EncryptionConfigurationForRepositoryCreationTemplate {
    let EncryptionConfigurationForRepositoryCreationTemplate { encryption_type, kms_key } = value;
    sdk::EncryptionConfigurationForRepositoryCreationTemplate::builder()
        .set_encryption_type(encryption_type.map(|value| value.as_str().into()))
        .set_kms_key(kms_key)
        .build()
        .expect("the model sets the required members")
}

fn lifecycle_policy_preview_filter(
    value: LifecyclePolicyPreviewFilter,
) -> sdk::LifecyclePolicyPreviewFilter {
    let LifecyclePolicyPreviewFilter { tag_status } = value;
    sdk::LifecyclePolicyPreviewFilter::builder()
        .set_tag_status(tag_status.map(|value| value.as_str().into()))
        .build()
}

fn registry_scanning_rule(value: RegistryScanningRule) -> sdk::RegistryScanningRule {
    let RegistryScanningRule { scan_frequency, repository_filters } = value;
    sdk::RegistryScanningRule::builder()
        .set_scan_frequency(scan_frequency.map(|value| value.as_str().into()))
        .set_repository_filters(list(repository_filters, scanning_repository_filter))
        .build()
        .expect("the model sets the required members")
}

fn replication_configuration(value: ReplicationConfiguration) -> sdk::ReplicationConfiguration {
    let ReplicationConfiguration { rules } = value;
    sdk::ReplicationConfiguration::builder()
        .set_rules(list(rules, replication_rule))
        .build()
        .expect("the model sets the required members")
}

fn scanning_repository_filter(value: ScanningRepositoryFilter) -> sdk::ScanningRepositoryFilter {
    let ScanningRepositoryFilter { filter, filter_type } = value;
    sdk::ScanningRepositoryFilter::builder()
        .set_filter(filter)
        .set_filter_type(filter_type.map(|value| value.as_str().into()))
        .build()
        .expect("the model sets the required members")
}

fn replication_rule(value: ReplicationRule) -> sdk::ReplicationRule {
    // The SDK does not support `delete_replication` yet.
    let ReplicationRule { destinations, repository_filters, delete_replication: _ } = value;
    sdk::ReplicationRule::builder()
        .set_destinations(list(destinations, replication_destination))
        .set_repository_filters(list(repository_filters, repository_filter))
        .build()
        .expect("the model sets the required members")
}

fn replication_destination(value: ReplicationDestination) -> sdk::ReplicationDestination {
    let ReplicationDestination { region, registry_id } = value;
    sdk::ReplicationDestination::builder()
        .set_region(region)
        .set_registry_id(registry_id)
        .build()
        .expect("the model sets the required members")
}

fn repository_filter(value: RepositoryFilter) -> sdk::RepositoryFilter {
    let RepositoryFilter { filter, filter_type } = value;
    sdk::RepositoryFilter::builder()
        .set_filter(filter)
        .set_filter_type(filter_type.map(|value| value.as_str().into()))
        .build()
        .expect("the model sets the required members")
}

fn tag(tag: Tag) -> sdk::Tag {
    let Tag { key, value } = tag;
    let built = sdk::Tag::builder().set_key(key).set_value(value).build();
    built.expect("the model sets every tag key and value")
}

fn filter(filter: ImageTagMutabilityExclusionFilter) -> sdk::ImageTagMutabilityExclusionFilter {
    let ImageTagMutabilityExclusionFilter { filter_type, filter } = filter;
    sdk::ImageTagMutabilityExclusionFilter::builder()
        .set_filter_type(filter_type.map(|kind| kind.as_str().into()))
        .set_filter(filter)
        .build()
        .expect("the model sets every filter type and pattern")
}

fn scanning(
    ImageScanningConfiguration { scan_on_push }: ImageScanningConfiguration,
) -> sdk::ImageScanningConfiguration {
    sdk::ImageScanningConfiguration::builder().set_scan_on_push(scan_on_push).build()
}

fn encryption(encryption: EncryptionConfiguration) -> sdk::EncryptionConfiguration {
    let EncryptionConfiguration { encryption_type, kms_key } = encryption;
    sdk::EncryptionConfiguration::builder()
        .set_encryption_type(encryption_type.map(|kind| kind.as_str().into()))
        .set_kms_key(kms_key)
        .build()
        .expect("the model always sets the encryption type")
}

fn image_id(id: ImageIdentifier) -> sdk::ImageIdentifier {
    let ImageIdentifier { image_digest, image_tag } = id;
    sdk::ImageIdentifier::builder().set_image_digest(image_digest).set_image_tag(image_tag).build()
}

const ARNS: &[&str] = &[
    "arn:aws:ecr:us-east-1:123456789012:repository/app",
    "arn:aws:ecr:us-east-1:123456789012:repository/team/b",
];
const BAD_ARNS: &[&str] = &[
    "arn:aws:ecr:eu-west-1:123456789012:repository/app",
    "arn:aws:ecr:us-east-1:123456789012:repository/none",
    "no arn",
    "",
];

// These manifests are empty image indexes, which need no layers. Upload IDs are random, so no
// step can complete the upload of a layer.
const MANIFESTS: &[&str] = &[
    r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[],"annotations":{"n":"1"}}"#,
    r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[],"annotations":{"n":"2"}}"#,
];
/// The SHA-256 digest of each manifest.
const DIGESTS: &[&str] = &[
    "sha256:a151849704b1c0889039043c1c9d586e9c05b78cfa6b9b008db044ef1e0f1650",
    "sha256:99925fa3291ef80edeb993f5162aceefd5d83ee8445ed6c8521dcb66429fa05b",
];

/// The manifest of an image whose layer was never uploaded.
const WITH_LAYER: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[{"digest":"sha256:e692418e4cbaf90ca69d05a66403747baa33ee08806650b51fab815ad7fc331f","size":2}]}"#;

const LIFECYCLES: &[&str] = &[
    r#"{"rules":[{"rulePriority":1,"description":"old","selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}}]}"#,
    r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":3},"action":{"type":"expire"}}]}"#,
];

const POLICIES: &[&str] = &[
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"AllowPull","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":["ecr:BatchGetImage"]}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"all","Effect":"Allow","Principal":"*","Action":"ecr:GetDownloadUrlForLayer"}]}"#,
];
const BAD_POLICIES: &[&str] = &[
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"ghost","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/ghost"},"Action":["ecr:BatchGetImage"]}]}"#,
    "{}",
    "no policy",
];
/// Repository policies whose principal is a role that other steps create and delete.
const ROLE_POLICY: &[&str] = &[
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"role","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/a"},"Action":["ecr:BatchGetImage"]}]}"#,
];

fn repository(odd: u32) -> Text {
    text(odd, &["app", "app", "team/b"], &["Upper", "none", "x y", "a//b", "", "a"])
}

fn arn(odd: u32) -> Text {
    text(odd, ARNS, BAD_ARNS)
}

fn mutability(odd: u32) -> Text {
    text(odd, &["MUTABLE", "IMMUTABLE"], &["ODD", "MUTABLE_WITH_EXCLUSION"])
}

fn exclusions(odd: u32) -> BoxedStrategy<Option<Vec<ImageTagMutabilityExclusionFilter>>> {
    let filter = text(odd, &["latest*", "v*"], &["***", "!"]).prop_map(|filter| {
        ImageTagMutabilityExclusionFilter {
            filter_type: Some("WILDCARD".to_owned()),
            filter: Some(filter.unwrap_or_default()),
        }
    });
    rather(odd, Just(None).boxed(), vec(filter, 1..3).prop_map(Some).boxed())
}

fn tags(odd: u32) -> BoxedStrategy<Vec<Tag>> {
    let tag = |(key, value)| Tag { key: Some(key), value: Some(value) };
    pairs(odd).prop_map(move |pairs| pairs.into_iter().map(tag).collect()).boxed()
}

fn image_ids(odd: u32) -> BoxedStrategy<Vec<ImageIdentifier>> {
    let tag = text(odd, &["latest", "v1"], &["none", ""]);
    let digest = text(odd, DIGESTS, &["sha256:0", "none"]);
    let id = prop_oneof![
        2 => tag.clone().prop_map(|image_tag| ImageIdentifier { image_tag, image_digest: None }),
        1 => digest.clone().prop_map(|image_digest| ImageIdentifier { image_tag: None, image_digest }),
        1 => (tag, digest)
            .prop_map(|(image_tag, image_digest)| ImageIdentifier { image_tag, image_digest }),
    ];
    vec(id, 1..3).boxed()
}

/// Returns the operations that the submodule `artifacts` draws.
pub(super) fn drawn_below() -> Vec<OperationId> {
    artifacts::DRAWN.to_vec()
}

/// Draws requests to ECR.
pub(super) fn steps(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (6, repositories(odd)),
        (4, settings(odd)),
        (5, policies(odd)),
        (3, tagging(odd)),
        (6, images(odd)),
        (2, registry::layers(odd)),
        (3, registry::registry(odd)),
        (1, artifacts::artifacts(odd)),
    ])
}

fn repositories(odd: u32) -> BoxedStrategy<AnyStep> {
    let encryption = prop_oneof![
        6 => Just(None),
        1 => (text(odd, &["AES256", "KMS"], &["ODD"]), Just(None)).prop_map(
            |(encryption_type, kms_key)| Some(EncryptionConfiguration {
                encryption_type: Some(encryption_type.unwrap_or_default()),
                kms_key,
            })
        ),
    ];
    let create = (
        repository(odd),
        option::of(tags(odd)),
        option::of(mutability(odd)),
        exclusions(odd),
        any::<Option<bool>>(),
        encryption,
        rather(odd, Just(None).boxed(), Just(Some("111122223333".to_owned())).boxed()),
    );
    let describe = (option::of(vec(repository(odd), 1..3)), token(odd), page(odd)).prop_map(
        |(names, next_token, max_results)| DescribeRepositoriesRequest {
            registry_id: None,
            // A request that names repositories cannot be paginated.
            next_token: next_token.filter(|_| names.is_none()),
            max_results: max_results.filter(|_| names.is_none()),
            // Names are unique, because AWS does not document the effect of duplicates.
            repository_names: names.map(|names| {
                names.into_iter().flatten().collect::<BTreeSet<_>>().into_iter().collect()
            }),
        },
    );
    either(vec![
        (
            4,
            step(
                create.prop_map(
                    |(
                        repository_name,
                        tags,
                        image_tag_mutability,
                        image_tag_mutability_exclusion_filters,
                        scan_on_push,
                        encryption_configuration,
                        registry_id,
                    )| CreateRepositoryRequest {
                        registry_id,
                        repository_name,
                        tags,
                        image_tag_mutability: image_tag_mutability.flatten(),
                        image_tag_mutability_exclusion_filters,
                        image_scanning_configuration: scan_on_push
                            .map(|is| ImageScanningConfiguration { scan_on_push: Some(is) }),
                        encryption_configuration,
                    },
                ),
            ),
        ),
        (3, step(describe)),
        (
            2,
            step((repository(odd), any::<Option<bool>>()).prop_map(|(repository_name, force)| {
                DeleteRepositoryRequest { registry_id: None, repository_name, force }
            })),
        ),
        (1, step(Just(GetAuthorizationTokenRequest { registry_ids: None }))),
    ])
}

fn settings(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (
            1,
            step((repository(odd), mutability(odd), exclusions(odd)).prop_map(
                |(repository_name, image_tag_mutability, filters)| PutImageTagMutabilityRequest {
                    registry_id: None,
                    repository_name,
                    image_tag_mutability,
                    image_tag_mutability_exclusion_filters: filters,
                },
            )),
        ),
        (
            1,
            step((repository(odd), any::<bool>()).prop_map(|(repository_name, is)| {
                PutImageScanningConfigurationRequest {
                    registry_id: None,
                    repository_name,
                    image_scanning_configuration: Some(ImageScanningConfiguration {
                        scan_on_push: Some(is),
                    }),
                }
            })),
        ),
    ])
}

fn policies(odd: u32) -> BoxedStrategy<AnyStep> {
    let policy = prop_oneof![4 => text(odd, POLICIES, BAD_POLICIES), 1 => text(odd, ROLE_POLICY, BAD_POLICIES)];
    let lifecycle = text(odd, LIFECYCLES, &["{}", "no policy", r#"{"rules":[]}"#]);
    either(vec![
        (
            3,
            step((repository(odd), policy).prop_map(|(repository_name, policy_text)| {
                SetRepositoryPolicyRequest {
                    registry_id: None,
                    repository_name,
                    policy_text,
                    force: None,
                }
            })),
        ),
        (
            2,
            step(repository(odd).prop_map(|repository_name| GetRepositoryPolicyRequest {
                registry_id: None,
                repository_name,
            })),
        ),
        (
            1,
            step(repository(odd).prop_map(|repository_name| DeleteRepositoryPolicyRequest {
                registry_id: None,
                repository_name,
            })),
        ),
        (
            2,
            step((repository(odd), lifecycle).prop_map(
                |(repository_name, lifecycle_policy_text)| PutLifecyclePolicyRequest {
                    registry_id: None,
                    repository_name,
                    lifecycle_policy_text,
                },
            )),
        ),
        (
            1,
            step(repository(odd).prop_map(|repository_name| GetLifecyclePolicyRequest {
                registry_id: None,
                repository_name,
            })),
        ),
        (
            1,
            step(repository(odd).prop_map(|repository_name| DeleteLifecyclePolicyRequest {
                registry_id: None,
                repository_name,
            })),
        ),
    ])
}

fn tagging(odd: u32) -> BoxedStrategy<AnyStep> {
    either(vec![
        (
            2,
            step((arn(odd), tags(odd)).prop_map(|(resource_arn, tags)| TagResourceRequest {
                resource_arn,
                tags: Some(tags),
            })),
        ),
        (
            1,
            step((arn(odd), keys(odd)).prop_map(|(resource_arn, keys)| UntagResourceRequest {
                resource_arn,
                tag_keys: Some(keys),
            })),
        ),
        (2, step(arn(odd).prop_map(|resource_arn| ListTagsForResourceRequest { resource_arn }))),
    ])
}

fn images(odd: u32) -> BoxedStrategy<AnyStep> {
    let put = (
        repository(odd),
        text(odd, MANIFESTS, &["no manifest", "{}", WITH_LAYER]),
        option::of(text(odd, &["latest", "v1"], &["bad tag"])),
        rather(odd, Just(None).boxed(), text(0, DIGESTS, &[])),
    );
    let status = || maybe(odd, &["TAGGED", "UNTAGGED", "ANY"], &["ODD"]);
    either(vec![
        (
            4,
            step(put.prop_map(|(repository_name, image_manifest, image_tag, image_digest)| {
                PutImageRequest {
                    registry_id: None,
                    repository_name,
                    image_manifest,
                    image_manifest_media_type: None,
                    image_tag: image_tag.flatten(),
                    image_digest,
                }
            })),
        ),
        (
            2,
            step((repository(odd), token(odd), page(odd), status()).prop_map(
                |(repository_name, next_token, max_results, tag_status)| ListImagesRequest {
                    registry_id: None,
                    repository_name,
                    next_token,
                    max_results,
                    filter: tag_status.map(|tag_status| ListImagesFilter {
                        tag_status: Some(tag_status),
                        image_status: None,
                    }),
                },
            )),
        ),
        (
            2,
            step((repository(odd), option::of(image_ids(odd)), status()).prop_map(
                |(repository_name, image_ids, tag_status)| DescribeImagesRequest {
                    registry_id: None,
                    repository_name,
                    filter: tag_status.filter(|_| image_ids.is_none()).map(|tag_status| {
                        DescribeImagesFilter { tag_status: Some(tag_status), image_status: None }
                    }),
                    image_ids,
                    next_token: None,
                    max_results: None,
                },
            )),
        ),
        (
            2,
            step((repository(odd), image_ids(odd)).prop_map(|(repository_name, ids)| {
                BatchDeleteImageRequest { registry_id: None, repository_name, image_ids: Some(ids) }
            })),
        ),
    ])
}
