//! The desired and observed state of ECR repositories, and the provider trait for repositories,
//! their policies and their images.

use std::collections::BTreeSet;
use std::fmt::Debug;

use async_trait::async_trait;
use serde::Serialize;

use crate::arn::Arn;
use crate::error::Result;
use crate::names::RepositoryName;
use crate::policy::{PolicyDocument, PolicyText};
use crate::tags::Tags;

/// A filter that exempts image tags from a repository's tag mutability setting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExclusionFilter {
    /// The kind of filter; AWS documents `WILDCARD`.
    pub filter_type: String,
    /// The pattern, for example `dev-*`.
    pub filter: String,
}

impl ExclusionFilter {
    /// Creates a wildcard filter.
    pub fn wildcard(pattern: impl Into<String>) -> Self {
        Self { filter_type: "WILDCARD".to_owned(), filter: pattern.into() }
    }
}

/// Whether an image tag can be moved to another image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum TagMutability {
    /// Tags can be moved.
    Mutable,
    /// Tags cannot be moved.
    Immutable,
    /// Tags can be moved, except those that match a filter.
    MutableWithExclusion(BTreeSet<ExclusionFilter>),
    /// Tags cannot be moved, except those that match a filter.
    ImmutableWithExclusion(BTreeSet<ExclusionFilter>),
    /// A value that this crate does not recognize.
    Unknown(String),
}

impl TagMutability {
    /// Returns the value as ECR spells it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Mutable => "MUTABLE",
            Self::Immutable => "IMMUTABLE",
            Self::MutableWithExclusion(_) => "MUTABLE_WITH_EXCLUSION",
            Self::ImmutableWithExclusion(_) => "IMMUTABLE_WITH_EXCLUSION",
            Self::Unknown(value) => value,
        }
    }

    /// Iterates over the exclusion filters, if there are any.
    pub fn filters(&self) -> impl Iterator<Item = &ExclusionFilter> {
        let filters = match self {
            Self::MutableWithExclusion(filters) | Self::ImmutableWithExclusion(filters) => {
                Some(filters)
            }
            Self::Mutable | Self::Immutable | Self::Unknown(_) => None,
        };
        filters.into_iter().flatten()
    }

    /// Creates the setting from its name in ECR and from the exclusion filters.
    pub fn from_wire(value: &str, filters: BTreeSet<ExclusionFilter>) -> Self {
        match value {
            "MUTABLE" => Self::Mutable,
            "IMMUTABLE" => Self::Immutable,
            "MUTABLE_WITH_EXCLUSION" => Self::MutableWithExclusion(filters),
            "IMMUTABLE_WITH_EXCLUSION" => Self::ImmutableWithExclusion(filters),
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// How a repository encrypts images at rest. The encryption cannot be changed after the repository
/// has been created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Encryption {
    /// Encryption with keys managed by Amazon S3.
    Aes256,
    /// Encryption with a KMS key. `None` means the AWS managed key for ECR.
    Kms(Option<String>),
    /// Dual-layer encryption with a KMS key. `None` means the AWS managed key for ECR.
    KmsDsse(Option<String>),
    /// A value that this crate does not recognize.
    Unknown(String),
}

impl Encryption {
    /// Returns the encryption type as ECR spells it.
    pub fn kind(&self) -> &str {
        match self {
            Self::Aes256 => "AES256",
            Self::Kms(_) => "KMS",
            Self::KmsDsse(_) => "KMS_DSSE",
            Self::Unknown(value) => value,
        }
    }

    /// Returns the KMS key, if one is specified.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Kms(key) | Self::KmsDsse(key) => key.as_deref(),
            Self::Aes256 | Self::Unknown(_) => None,
        }
    }

    /// Creates an `Encryption` from the name of its type in ECR and from the key.
    pub fn from_wire(kind: &str, key: Option<String>) -> Self {
        match kind {
            "AES256" => Self::Aes256,
            "KMS" => Self::Kms(key),
            "KMS_DSSE" => Self::KmsDsse(key),
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// Returns whether the observed encryption satisfies the desired encryption (`self`).
    ///
    /// If no key was specified, ECR uses the AWS managed key and reports that key. If `self` has no
    /// key, any observed key is therefore accepted, but the encryption types must match.
    pub fn is_met_by(&self, observed: &Self) -> bool {
        self.kind() == observed.kind() && (self.key().is_none() || self.key() == observed.key())
    }
}

/// The part of a repository's desired state that a single `CreateRepository` call sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepositorySpec {
    /// The repository's name.
    pub name: RepositoryName,
    /// Whether image tags can be moved.
    pub tag_mutability: TagMutability,
    /// Whether an image is scanned when it is pushed.
    pub scan_on_push: bool,
    /// How images are encrypted at rest.
    pub encryption: Encryption,
    /// The tags.
    pub tags: Tags,
}

/// A repository as AWS describes it. Tags are read separately; see
/// [`RepositoryProvider::list_repository_tags`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repository {
    /// The repository's name.
    pub name: RepositoryName,
    /// The repository's ARN.
    pub arn: Arn,
    /// The URI to push images to: host and name, without a scheme.
    pub uri: String,
    /// Whether image tags can be moved.
    pub tag_mutability: TagMutability,
    /// Whether an image is scanned when it is pushed.
    pub scan_on_push: bool,
    /// How images are encrypted at rest.
    pub encryption: Encryption,
}

/// The ECR operations on private repositories.
#[async_trait]
pub trait RepositoryProvider: Debug + Send + Sync + 'static {
    /// Reads a repository, using `ecr:DescribeRepositories`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn describe_repository(&self, name: &RepositoryName) -> Result<Repository>;

    /// Creates a repository, using `ecr:CreateRepository`.
    ///
    /// # Errors
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists), [`InvalidInput`](crate::ErrorKind::InvalidInput),
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    async fn create_repository(&self, spec: &RepositorySpec) -> Result<Repository>;

    /// Deletes a repository and its policies, using `ecr:DeleteRepository`. With `force`, also
    /// deletes the repository's images.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), or [`InUse`](crate::ErrorKind::InUse) if the
    /// repository contains images and `force` is not set.
    async fn delete_repository(&self, name: &RepositoryName, force: bool) -> Result<()>;

    /// Sets whether image tags can be moved, using `ecr:PutImageTagMutability`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`InvalidInput`](crate::ErrorKind::InvalidInput).
    async fn put_image_tag_mutability(
        &self,
        name: &RepositoryName,
        mutability: &TagMutability,
    ) -> Result<()>;

    /// Sets whether images are scanned on push, using `ecr:PutImageScanningConfiguration`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn put_image_scanning_configuration(
        &self,
        name: &RepositoryName,
        scan_on_push: bool,
    ) -> Result<()>;

    /// Reads the repository policy, using `ecr:GetRepositoryPolicy`.
    ///
    /// # Behavior
    /// If a role in the policy has been deleted, AWS returns the role's unique id, `AROA...`, as
    /// the principal.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the repository or its policy does not exist.
    async fn get_repository_policy(&self, name: &RepositoryName) -> Result<PolicyText>;

    /// Creates or replaces the repository policy, using `ecr:SetRepositoryPolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), or
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if a principal in the policy does not exist
    /// or is not visible to ECR yet.
    async fn set_repository_policy(
        &self,
        name: &RepositoryName,
        policy: &PolicyDocument,
    ) -> Result<()>;

    /// Deletes the repository policy, using `ecr:DeleteRepositoryPolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the repository or its policy does not exist.
    async fn delete_repository_policy(&self, name: &RepositoryName) -> Result<()>;

    /// Reads the JSON text of the lifecycle policy, using `ecr:GetLifecyclePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the repository or its policy does not exist.
    async fn get_lifecycle_policy(&self, name: &RepositoryName) -> Result<String>;

    /// Creates or replaces the lifecycle policy, using `ecr:PutLifecyclePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`InvalidInput`](crate::ErrorKind::InvalidInput).
    async fn put_lifecycle_policy(&self, name: &RepositoryName, text: &str) -> Result<()>;

    /// Deletes the lifecycle policy, using `ecr:DeleteLifecyclePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the repository or its policy does not exist.
    async fn delete_lifecycle_policy(&self, name: &RepositoryName) -> Result<()>;

    /// Counts the images in the repository, using `ecr:ListImages`.
    ///
    /// # Behavior
    /// Each image counts once, regardless of how many tags it has.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn count_images(&self, name: &RepositoryName) -> Result<u64>;

    /// Reads the repository's tags, using `ecr:ListTagsForResource`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_repository_tags(&self, arn: &Arn) -> Result<Tags>;

    /// Adds or overwrites tags, using `ecr:TagResource`. All other tags are kept.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    async fn tag_repository(&self, arn: &Arn, tags: &Tags) -> Result<()>;

    /// Removes tags, using `ecr:UntagResource`. Keys that do not exist are ignored.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn untag_repository(&self, arn: &Arn, keys: &[String]) -> Result<()>;
}
