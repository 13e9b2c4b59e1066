//! The shapes that several operations of ECR share, by AWS's names.

use serde::{Deserialize, Serialize};

use infra_core::arn::Location;

use crate::time::Timestamp;

use super::StoredRepository;

/// A key and a value on a repository.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Tag {
    /// The key.
    pub key: Option<String>,
    /// The value.
    pub value: Option<String>,
}

/// A pattern of tags that are excepted from the repository's mutability.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ImageTagMutabilityExclusionFilter {
    /// `WILDCARD`.
    pub filter_type: Option<String>,
    /// The pattern; `*` stands for any characters.
    pub filter: Option<String>,
}

/// Whether images are scanned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ImageScanningConfiguration {
    /// Whether an image is scanned when it is pushed; no where missing.
    pub scan_on_push: Option<bool>,
}

/// How images are encrypted at rest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EncryptionConfiguration {
    /// `AES256`, `KMS` or `KMS_DSSE`.
    pub encryption_type: Option<String>,
    /// The key; the account's key `aws/ecr` where missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
}

/// A repository as ECR describes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Repository {
    /// The ARN.
    pub repository_arn: String,
    /// The account that the registry belongs to.
    pub registry_id: String,
    /// The name.
    pub repository_name: String,
    /// Where images are pushed to and pulled from.
    pub repository_uri: String,
    /// When it was created.
    #[serde(serialize_with = "Timestamp::as_epoch_seconds")]
    pub created_at: Timestamp,
    /// Whether tags can be moved.
    pub image_tag_mutability: String,
    /// The tags that are excepted from that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_tag_mutability_exclusion_filters: Option<Vec<ImageTagMutabilityExclusionFilter>>,
    /// Whether images are scanned.
    pub image_scanning_configuration: ImageScanningConfiguration,
    /// How images are encrypted.
    pub encryption_configuration: EncryptionConfiguration,
}

impl Repository {
    pub(super) fn new(location: &Location, name: &str, stored: &StoredRepository) -> Self {
        let StoredRepository {
            created_at,
            image_tag_mutability,
            exclusion_filters,
            scan_on_push,
            encryption,
            // Each of these has an operation of its own.
            tags: _,
            policy: _,
            lifecycle_policy: _,
            images: _,
        } = stored;
        Self {
            repository_arn: location.arn("ecr", format!("repository/{name}")).to_string(),
            registry_id: location.account_id.to_string(),
            repository_name: name.to_owned(),
            repository_uri: format!("{}/{name}", location.registry_host()),
            created_at: *created_at,
            image_tag_mutability: image_tag_mutability.clone(),
            image_tag_mutability_exclusion_filters: Some(exclusion_filters.clone())
                .filter(|filters| !filters.is_empty()),
            image_scanning_configuration: ImageScanningConfiguration {
                scan_on_push: Some(*scan_on_push),
            },
            encryption_configuration: encryption.clone(),
        }
    }
}

/// What names an image: its digest, a tag, or both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ImageIdentifier {
    /// The digest of the manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_digest: Option<String>,
    /// A tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_tag: Option<String>,
}

/// Which images to list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ImageFilter {
    /// `TAGGED`, `UNTAGGED` or `ANY`.
    pub tag_status: Option<String>,
    /// `ACTIVE`, `ARCHIVED`, `ACTIVATING` or `ANY`; every image here is active.
    pub image_status: Option<String>,
}

/// An image with its manifest.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// The account that the registry belongs to.
    pub registry_id: String,
    /// The repository.
    pub repository_name: String,
    /// The digest, and the tag that was asked for.
    pub image_id: ImageIdentifier,
    /// The manifest.
    pub image_manifest: String,
    /// The manifest's media type.
    pub image_manifest_media_type: String,
}

/// An image without its manifest.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageDetail {
    /// The account that the registry belongs to.
    pub registry_id: String,
    /// The repository.
    pub repository_name: String,
    /// The digest of the manifest.
    pub image_digest: String,
    /// The tags; missing where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_tags: Option<Vec<String>>,
    /// The size of what the manifest lists.
    pub image_size_in_bytes: i64,
    /// When it was pushed.
    #[serde(serialize_with = "Timestamp::as_epoch_seconds")]
    pub image_pushed_at: Timestamp,
    /// The manifest's media type.
    pub image_manifest_media_type: String,
    /// The media type of its configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_media_type: Option<String>,
    /// The digest of the image that this one refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_manifest_digest: Option<String>,
    /// `ACTIVE`.
    pub image_status: String,
}

/// Why one image of a batch was left as it was.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageFailure {
    /// What the request named.
    pub image_id: ImageIdentifier,
    /// The code, for instance `ImageNotFound`.
    pub failure_code: String,
    /// The words for the reader.
    pub failure_reason: String,
}

/// What logs `docker` in to a registry.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationData {
    /// `AWS:PASSWORD` in base 64.
    pub authorization_token: String,
    /// Until when it is good: twelve hours.
    #[serde(serialize_with = "Timestamp::as_epoch_seconds")]
    pub expires_at: Timestamp,
    /// The registry's URL.
    pub proxy_endpoint: String,
}
