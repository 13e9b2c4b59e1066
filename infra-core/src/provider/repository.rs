//! ECR repositories with their policies and images.

use std::collections::BTreeSet;
use std::fmt::Debug;

use async_trait::async_trait;
use serde::Serialize;

use crate::arn::Arn;
use crate::error::Result;
use crate::names::RepositoryName;
use crate::policy::{PolicyDocument, PolicyText};
use crate::tags::Tags;

/// Image tags that a repository's mutability does not hold for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExclusionFilter {
    /// The kind of filter; AWS knows `WILDCARD`.
    pub filter_type: String,
    /// The pattern, for instance `dev-*`.
    pub filter: String,
}

impl ExclusionFilter {
    /// A filter by wildcard.
    pub fn wildcard(pattern: impl Into<String>) -> Self {
        Self { filter_type: "WILDCARD".to_owned(), filter: pattern.into() }
    }
}

/// Whether an image tag can be moved to another image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum TagMutability {
    /// Yes.
    Mutable,
    /// No.
    Immutable,
    /// Yes, but for the tags that match.
    MutableWithExclusion(BTreeSet<ExclusionFilter>),
    /// No, but for the tags that match.
    ImmutableWithExclusion(BTreeSet<ExclusionFilter>),
    /// A value that this crate does not know.
    Unknown(String),
}

impl TagMutability {
    /// The value as ECR spells it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Mutable => "MUTABLE",
            Self::Immutable => "IMMUTABLE",
            Self::MutableWithExclusion(_) => "MUTABLE_WITH_EXCLUSION",
            Self::ImmutableWithExclusion(_) => "IMMUTABLE_WITH_EXCLUSION",
            Self::Unknown(value) => value,
        }
    }

    /// The filters; none where the value has none.
    pub fn filters(&self) -> impl Iterator<Item = &ExclusionFilter> {
        let filters = match self {
            Self::MutableWithExclusion(filters) | Self::ImmutableWithExclusion(filters) => {
                Some(filters)
            }
            Self::Mutable | Self::Immutable | Self::Unknown(_) => None,
        };
        filters.into_iter().flatten()
    }

    /// The value that ECR spells so, with the filters it has.
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

/// How images are encrypted at rest. It cannot be changed once the repository is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Encryption {
    /// By Amazon S3's own keys.
    Aes256,
    /// By a KMS key; `None` is the key that AWS manages for ECR.
    Kms(Option<String>),
    /// By a KMS key, in two layers; `None` is the key that AWS manages for ECR.
    KmsDsse(Option<String>),
    /// A value that this crate does not know.
    Unknown(String),
}

impl Encryption {
    /// The type as ECR spells it.
    pub fn kind(&self) -> &str {
        match self {
            Self::Aes256 => "AES256",
            Self::Kms(_) => "KMS",
            Self::KmsDsse(_) => "KMS_DSSE",
            Self::Unknown(value) => value,
        }
    }

    /// The key, where one is named.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Kms(key) | Self::KmsDsse(key) => key.as_deref(),
            Self::Aes256 | Self::Unknown(_) => None,
        }
    }

    /// The value that ECR spells so.
    pub fn from_wire(kind: &str, key: Option<String>) -> Self {
        match kind {
            "AES256" => Self::Aes256,
            "KMS" => Self::Kms(key),
            "KMS_DSSE" => Self::KmsDsse(key),
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// Whether a repository that has `observed` is encrypted as `self` asks.
    ///
    /// Where no key is asked for, ECR reports the one that AWS manages: that is no difference.
    pub fn is_met_by(&self, observed: &Self) -> bool {
        self.kind() == observed.kind() && (self.key().is_none() || self.key() == observed.key())
    }
}

/// What a repository is to be, all of which one `CreateRepository` carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepositorySpec {
    /// Its name.
    pub name: RepositoryName,
    /// Whether image tags can be moved.
    pub tag_mutability: TagMutability,
    /// Whether an image is scanned when it is pushed.
    pub scan_on_push: bool,
    /// How images are encrypted at rest.
    pub encryption: Encryption,
    /// Its tags.
    pub tags: Tags,
}

/// A repository as AWS describes it. Tags are read apart, by [`RepositoryProvider::list_repository_tags`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repository {
    /// Its name.
    pub name: RepositoryName,
    /// Its ARN.
    pub arn: Arn,
    /// What images are pushed to: host and name, without a scheme.
    pub uri: String,
    /// Whether image tags can be moved.
    pub tag_mutability: TagMutability,
    /// Whether an image is scanned when it is pushed.
    pub scan_on_push: bool,
    /// How images are encrypted at rest.
    pub encryption: Encryption,
}

/// ECR, as far as private repositories go.
#[async_trait]
pub trait RepositoryProvider: Debug + Send + Sync + 'static {
    /// Reads one repository, by `ecr:DescribeRepositories`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn describe_repository(&self, name: &RepositoryName) -> Result<Repository>;

    /// Makes a repository, by `ecr:CreateRepository`.
    ///
    /// # Errors
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists), [`InvalidInput`](crate::ErrorKind::InvalidInput),
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    async fn create_repository(&self, spec: &RepositorySpec) -> Result<Repository>;

    /// Deletes a repository with its policies, by `ecr:DeleteRepository`; with `force`, its images too.
    ///
    /// # Errors
    /// [`InUse`](crate::ErrorKind::InUse) where there are images and `force` is not set,
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn delete_repository(&self, name: &RepositoryName, force: bool) -> Result<()>;

    /// Sets whether image tags can be moved, by `ecr:PutImageTagMutability`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`InvalidInput`](crate::ErrorKind::InvalidInput).
    async fn put_image_tag_mutability(
        &self,
        name: &RepositoryName,
        mutability: &TagMutability,
    ) -> Result<()>;

    /// Sets whether images are scanned when pushed, by `ecr:PutImageScanningConfiguration`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn put_image_scanning_configuration(
        &self,
        name: &RepositoryName,
        scan_on_push: bool,
    ) -> Result<()>;

    /// Reads the repository policy, by `ecr:GetRepositoryPolicy`.
    ///
    /// # Behaviour
    /// A principal whose role was deleted shows as its unique id, `AROA...`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for the repository or the policy.
    async fn get_repository_policy(&self, name: &RepositoryName) -> Result<PolicyText>;

    /// Makes or replaces the repository policy, by `ecr:SetRepositoryPolicy`.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where a principal does not exist, or not yet;
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn set_repository_policy(
        &self,
        name: &RepositoryName,
        policy: &PolicyDocument,
    ) -> Result<()>;

    /// Deletes the repository policy, by `ecr:DeleteRepositoryPolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for the repository or the policy.
    async fn delete_repository_policy(&self, name: &RepositoryName) -> Result<()>;

    /// Reads the lifecycle policy's JSON text, by `ecr:GetLifecyclePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for the repository or the policy.
    async fn get_lifecycle_policy(&self, name: &RepositoryName) -> Result<String>;

    /// Makes or replaces the lifecycle policy, by `ecr:PutLifecyclePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`InvalidInput`](crate::ErrorKind::InvalidInput).
    async fn put_lifecycle_policy(&self, name: &RepositoryName, text: &str) -> Result<()>;

    /// Deletes the lifecycle policy, by `ecr:DeleteLifecyclePolicy`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for the repository or the policy.
    async fn delete_lifecycle_policy(&self, name: &RepositoryName) -> Result<()>;

    /// How many images the repository holds, by `ecr:ListImages`.
    ///
    /// # Behaviour
    /// An image counts once, whatever tags it has.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn count_images(&self, name: &RepositoryName) -> Result<u64>;

    /// Reads the repository's tags, by `ecr:ListTagsForResource`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_repository_tags(&self, arn: &Arn) -> Result<Tags>;

    /// Sets tags and leaves the others, by `ecr:TagResource`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    async fn tag_repository(&self, arn: &Arn, tags: &Tags) -> Result<()>;

    /// Removes tags; keys that are not there are no error, by `ecr:UntagResource`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn untag_repository(&self, arn: &Arn, keys: &[String]) -> Result<()>;
}
