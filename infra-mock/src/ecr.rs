//! Amazon Elastic Container Registry: repositories, their policies, and images that can prevent deletions.
//!
//! Messages come from the service model (`api-2.json`, 2015-09-21) and from the public threads that are cited next to
//! them. The differences from AWS:
//! - An image consists of its manifest only. Layers are not supported, so `LayersNotFoundException` never occurs.
//! - The mock accepts any digest that the caller gives. Without one, `PutImage` derives a digest from the manifest that
//!   is not its SHA-256.
//! - KMS keys are not looked up. A key is stored as it was given, with an id completed to an ARN.
//! - Images are not scanned, and lifecycle policies are never executed.

mod access;
mod check;
mod image;
mod lifecycle;
mod model;
mod policy;
mod pretty;
mod pull;
mod repository;
mod settings;
mod tags;
mod token;
pub(crate) mod violations;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call};
use crate::time::Timestamp;

pub use self::model::*;

use self::image::StoredImage;
use self::policy::StoredPolicy;

/// The state of the service in one account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    repositories: BTreeMap<String, StoredRepository>,
    /// The id of the key `aws/ecr`, which AWS creates when a repository first needs it.
    managed_key: Option<String>,
}

impl State {
    /// Returns the names of the repositories.
    pub fn repository_names(&self) -> impl Iterator<Item = &str> {
        self.repositories.keys().map(String::as_str)
    }

    /// Pushes a small image to a repository, as `docker push` would, and returns its digest. Every tag is a different
    /// image. An existing tag is moved, even if the repository's tags are immutable.
    ///
    /// Returns `None` if the repository does not exist.
    pub fn push_image(&mut self, name: &str, tag: Option<&str>, at: Timestamp) -> Option<String> {
        let repository = self.repositories.get_mut(name)?;
        Some(image::push(repository, tag, at))
    }

    /// Returns the number of images in a repository, with or without tags.
    pub fn image_count(&self, name: &str) -> Option<usize> {
        self.repositories.get(name).map(|repository| repository.images.len())
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct StoredRepository {
    created_at: Timestamp,
    tags: BTreeMap<String, String>,
    image_tag_mutability: String,
    exclusion_filters: Vec<ImageTagMutabilityExclusionFilter>,
    scan_on_push: bool,
    encryption: EncryptionConfiguration,
    policy: Option<StoredPolicy>,
    lifecycle_policy: Option<String>,
    images: BTreeMap<String, StoredImage>,
}

/// Returns the repository with that name in the caller's registry.
fn find<'c>(call: &'c mut Call<'_>, name: &str) -> ApiResult<&'c mut StoredRepository> {
    let registry = &call.caller.location.account_id;
    call.ecr().repositories.get_mut(name).ok_or_else(|| {
        // https://github.com/actions/starter-workflows/issues/2647
        ApiError::new(
            "RepositoryNotFoundException",
            format!(
                "The repository with name '{name}' does not exist in the registry with id '{registry}'"
            ),
        )
    })
}
