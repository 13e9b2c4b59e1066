//! What the mock looks up in a repository when an image is pulled: its policy, tags and image
//! digests.

use infra_core::policy::PolicyDocument;

use super::{State, StoredRepository};

impl State {
    /// Returns the policy of a repository, with the unique IDs of roles and users instead of their
    /// ARNs.
    pub(crate) fn repository_policy(&self, name: &str) -> Option<PolicyDocument> {
        let policy = self.repositories.get(name)?.policy.as_ref()?;
        PolicyDocument::parse(policy.document()).ok()
    }

    /// Iterates over the tags of a repository.
    pub(crate) fn repository_tags(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        let tags = self.repositories.get(name).into_iter().flat_map(|stored| &stored.tags);
        tags.map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Returns the digest of the image that a tag or digest refers to.
    pub(crate) fn image_digest(&self, name: &str, reference: &str) -> Option<&str> {
        let StoredRepository { images, .. } = self.repositories.get(name)?;
        let found = images.iter().find(|(digest, image)| {
            digest.as_str() == reference || image.tags().contains(reference)
        });
        found.map(|(digest, _)| digest.as_str())
    }
}
