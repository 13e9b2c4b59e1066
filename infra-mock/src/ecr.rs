//! Amazon Elastic Container Registry: repositories, their policies, and images enough to be in the way.
//!
//! Wordings come from the service model (`api-2.json`, 2015-09-21) and from the public threads that are
//! named beside them. The differences from AWS:
//! - An image is its manifest. Layers are not taken, so `LayersNotFoundException` never comes up.
//! - A digest is taken as the caller gives it. Without one, `PutImage` makes one up that follows from the
//!   manifest, but is not its SHA-256.
//! - KMS keys are not looked up: a key is kept as it was given, its id completed to an ARN.
//! - Nothing is scanned, and no lifecycle policy is ever carried out.

mod access;
mod check;
mod image;
mod lifecycle;
mod model;
mod policy;
mod pretty;
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

/// What the service holds in one account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    repositories: BTreeMap<String, StoredRepository>,
    /// The id of the key `aws/ecr`, which AWS makes when a repository first asks for it.
    managed_key: Option<String>,
}

impl State {
    /// The names of the repositories.
    pub fn repository_names(&self) -> impl Iterator<Item = &str> {
        self.repositories.keys().map(String::as_str)
    }

    /// Puts a small image into a repository, as `docker push` would, and gives its digest. Another tag is
    /// another image; a tag that is there already moves, whatever the repository's mutability.
    ///
    /// Gives nothing where there is no such repository.
    pub fn push_image(&mut self, name: &str, tag: Option<&str>, at: Timestamp) -> Option<String> {
        let repository = self.repositories.get_mut(name)?;
        Some(image::push(repository, tag, at))
    }

    /// How many images a repository holds, tagged or not.
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

/// The repository of that name in the caller's registry.
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
