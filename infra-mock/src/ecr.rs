//! Amazon Elastic Container Registry: repositories, their policies, images, layers, and the registry's settings.
//!
//! Messages come from the service model (`api-2.json`, 2015-09-21) and from the public sources that are cited next to
//! them. The mock differs from AWS in these ways:
//! - The content of a layer stays in memory until the layer's repository is deleted.
//! - KMS keys are not looked up. A key is stored as given, except that an ID is expanded to an ARN.
//! - Scans find nothing. Scans and lifecycle policy previews complete immediately.
//! - Pull times are not recorded, and images are not signed.
//! - A lifecycle policy is evaluated every 24 hours on the mock's clock, starting 24 hours after
//!   the policy is set. Nothing is archived.
//! - Images are not replicated, and are not pulled through from other registries. No repository is
//!   created from a template.

pub(crate) mod access;
mod account_settings;
mod check;
mod content;
mod creation_templates;
pub(crate) mod image;
pub(crate) mod layers;
mod lifecycle;
mod model;
mod policy;
mod pretty;
mod pull;
mod pull_through;
mod pull_time;
mod registry;
mod repository;
mod scans;
mod settings;
mod signing;
mod tags;
pub(crate) mod token;
pub(crate) mod violations;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call};
use crate::time::Timestamp;

pub use self::model::*;

use self::check::target;
pub(crate) use self::content::Content;
use self::creation_templates::StoredTemplate;
use self::image::StoredImage;
use self::layers::StoredUpload;
use self::lifecycle::StoredPreview;
use self::policy::StoredPolicy;
use self::pull_through::StoredRule;

/// The state of the service in one account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    repositories: BTreeMap<String, StoredRepository>,
    /// The ID of the key `aws/ecr`, which AWS creates when a repository first needs it.
    managed_key: Option<String>,
    /// The layers that are being uploaded, by upload ID.
    #[serde(default)]
    uploads: BTreeMap<String, StoredUpload>,
    #[serde(default)]
    registry_policy: Option<String>,
    #[serde(default)]
    replication: ReplicationConfiguration,
    /// The type of scans, and the rules that select the repositories to scan.
    #[serde(default)]
    scanning: Option<(String, Vec<RegistryScanningRule>)>,
    /// The account settings that differ from the default, by name.
    #[serde(default)]
    account_settings: BTreeMap<String, String>,
    /// The pull-through cache rules, by repository prefix.
    #[serde(default)]
    pull_through_rules: BTreeMap<String, StoredRule>,
    /// The repository creation templates, by repository prefix.
    #[serde(default)]
    templates: BTreeMap<String, StoredTemplate>,
    /// The principals that are excluded from pull time updates.
    #[serde(default)]
    pull_time_exclusions: BTreeSet<String>,
    #[serde(default)]
    signing: Option<SigningConfiguration>,
}

impl State {
    /// Returns the names of the repositories.
    pub fn repository_names(&self) -> impl Iterator<Item = &str> {
        self.repositories.keys().map(String::as_str)
    }

    /// Pushes a small image to a repository, as `docker push` would, and returns its digest. Every
    /// tag gets a different image. An existing tag is moved to the new image, even if the
    /// repository's tags are immutable.
    ///
    /// Returns `None` if the repository does not exist.
    pub fn push_image(&mut self, name: &str, tag: Option<&str>, at: Timestamp) -> Option<String> {
        let repository = self.repositories.get_mut(name)?;
        Some(image::push(repository, tag, at))
    }

    /// Returns the content of a layer.
    pub(crate) fn layer(&self, name: &str, digest: &str) -> Option<&Content> {
        self.repositories.get(name)?.contents.get(digest)
    }

    /// Returns the number of bytes that an upload to a repository has received.
    pub(crate) fn uploaded(&self, name: &str, upload_id: &str) -> Option<usize> {
        let upload = self.uploads.get(upload_id)?;
        (upload.repository() == name).then(|| upload.size())
    }

    /// Returns the number of images in a repository, both tagged and untagged.
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
    #[serde(default)]
    lifecycle_set_at: Timestamp,
    /// The time of the last evaluation of the lifecycle policy. Until the first evaluation, this is
    /// the time when the policy was set.
    #[serde(default)]
    lifecycle_evaluated_at: Timestamp,
    #[serde(default)]
    preview: Option<StoredPreview>,
    images: BTreeMap<String, StoredImage>,
    /// The sizes of the layers, by digest.
    #[serde(default)]
    layers: BTreeMap<String, u64>,
    /// The content of the layers, by digest.
    #[serde(default)]
    contents: BTreeMap<String, Content>,
    /// The time of the last scan of each image, by digest.
    #[serde(default)]
    scans: BTreeMap<String, Timestamp>,
}

/// Applies lifecycle policies that are due. Policies become due as time passes, so reads also apply
/// them.
pub(crate) fn settle(call: &mut Call<'_>) {
    let now = call.now;
    let is_due = |state: &State| state.repositories.values().any(|stored| stored.is_due(now));
    if call.ecr_seen().is_some_and(is_due) {
        for repository in call.ecr().repositories.values_mut().filter(|stored| stored.is_due(now)) {
            repository.expire_images(now);
        }
    }
}

/// Returns the repository with this name in the caller's registry.
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
