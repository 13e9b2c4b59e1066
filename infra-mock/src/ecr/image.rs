//! `PutImage`, `ListImages`, `DescribeImages` and `BatchDeleteImage`.

mod delete;
mod list;
mod put;

use crate::ecr::ImageIdentifier;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::time::Timestamp;

use super::StoredRepository;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredImage {
    manifest: String,
    media_type: String,
    tags: BTreeSet<String>,
    pushed_at: Timestamp,
}

impl StoredImage {
    pub(super) fn tags(&self) -> &BTreeSet<String> {
        &self.tags
    }
}

/// What a manifest says about its image, as far as ECR tells it on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Manifest {
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    layers: Vec<Descriptor>,
    /// The images of a manifest list.
    manifests: Vec<Descriptor>,
    subject: Option<Descriptor>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Descriptor {
    media_type: Option<String>,
    digest: Option<String>,
    size: i64,
}

impl Manifest {
    /// Reads a manifest of Docker or OCI; what cannot be read says nothing.
    fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The bytes of an image; of a manifest list, those of the largest manifest in it:
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html>.
    fn size(&self) -> i64 {
        let parts = self.config.iter().chain(&self.layers);
        let image = parts.fold(0_i64, |sum, part| sum.saturating_add(part.size.max(0)));
        self.manifests.iter().map(|listed| listed.size).fold(image, i64::max)
    }

    fn listed(&self) -> impl Iterator<Item = &str> {
        self.manifests.iter().filter_map(|image| image.digest.as_deref())
    }
}

/// The digest of the image that an identifier names, if it is there.
fn find<'r>(repository: &'r StoredRepository, id: &ImageIdentifier) -> Option<&'r str> {
    let named = |digest: &&String, image: &StoredImage| {
        id.image_digest.as_ref().is_none_or(|wanted| wanted == *digest)
            && id.image_tag.as_ref().is_none_or(|tag| image.tags.contains(tag))
    };
    let mut images = repository.images.iter();
    images.find(|(digest, image)| named(digest, image)).map(|(digest, _)| digest.as_str())
}

/// Puts an image in, takes the tag off the one that had it, and gives the digest.
fn insert(
    repository: &mut StoredRepository,
    digest: String,
    tag: Option<&str>,
    image: StoredImage,
) -> String {
    if let Some(tag) = tag {
        for other in repository.images.values_mut() {
            other.tags.remove(tag);
        }
    }
    let image = repository.images.entry(digest.clone()).or_insert(image);
    image.tags.extend(tag.map(str::to_owned));
    digest
}

/// A small image of nothing, which differs by tag and time.
pub(super) fn push(repository: &mut StoredRepository, tag: Option<&str>, at: Timestamp) -> String {
    let media_type = "application/vnd.docker.distribution.manifest.v2+json".to_owned();
    let content = digest(&format!("{tag:?} {}", at.millis()));
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": 1_024,
            "digest": content,
        },
        "layers": [{
            "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "size": 4_096,
            "digest": content,
        }],
    })
    .to_string();
    let image = StoredImage {
        media_type,
        tags: BTreeSet::new(),
        pushed_at: at,
        manifest: manifest.clone(),
    };
    insert(repository, digest(&manifest), tag, image)
}

/// The digest of a manifest, by
/// <https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests>.
pub(super) fn digest(manifest: &str) -> String {
    Sha256::digest(manifest).iter().fold("sha256:".to_owned(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether a text has the form of a digest.
fn is_digest(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_+.".contains(c);
    text.split_once(':').is_some_and(|(kind, hex)| {
        !kind.is_empty()
            && kind.chars().all(allowed)
            && !hex.is_empty()
            && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
