//! `PutImage`, `BatchGetImage`, `ListImages`, `ListImageReferrers`, `DescribeImages` and `BatchDeleteImage`.

mod delete;
mod get;
mod list;
mod put;
mod referrers;

pub(super) use self::list::no_image;

use crate::ecr::ImageIdentifier;
use crate::ids::sha256;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Timestamp;

use super::StoredRepository;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredImage {
    pub(super) manifest: String,
    media_type: String,
    pub(super) tags: BTreeSet<String>,
    pub(super) pushed_at: Timestamp,
}

impl StoredRepository {
    /// Adds a layer.
    pub(super) fn add_layer(&mut self, digest: String, content: Vec<u8>) {
        self.layers.insert(digest.clone(), u64::try_from(content.len()).unwrap_or(u64::MAX));
        self.contents.insert(digest, content.into());
    }
}

impl StoredImage {
    pub(super) fn tags(&self) -> &BTreeSet<String> {
        &self.tags
    }
}

/// The parts of a manifest that ECR uses or returns.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Manifest {
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    layers: Vec<Descriptor>,
    /// The images in a manifest list.
    manifests: Vec<Descriptor>,
    subject: Option<Descriptor>,
    annotations: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Descriptor {
    media_type: Option<String>,
    digest: Option<String>,
    size: i64,
}

impl Manifest {
    /// Parses a Docker or OCI manifest. A manifest that cannot be parsed is treated as empty.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// Returns the size of the image in bytes. For a manifest list, this is the size of the largest
    /// image in the list:
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html>.
    fn size(&self) -> i64 {
        let parts = self.config.iter().chain(&self.layers);
        let image = parts.fold(0_i64, |sum, part| sum.saturating_add(part.size.max(0)));
        self.manifests.iter().map(|listed| listed.size).fold(image, i64::max)
    }

    /// Iterates over the digests of the configuration and the layers.
    fn parts(&self) -> impl Iterator<Item = &str> {
        self.config.iter().chain(&self.layers).filter_map(|part| part.digest.as_deref())
    }

    /// Iterates over the digests of the images in a manifest list.
    pub(super) fn listed(&self) -> impl Iterator<Item = &str> {
        self.manifests.iter().filter_map(|image| image.digest.as_deref())
    }
}

/// Returns the digest of the image that an identifier selects, if there is such an image.
pub(super) fn find<'r>(repository: &'r StoredRepository, id: &ImageIdentifier) -> Option<&'r str> {
    let named = |digest: &&String, image: &StoredImage| {
        id.image_digest.as_ref().is_none_or(|wanted| wanted == *digest)
            && id.image_tag.as_ref().is_none_or(|tag| image.tags.contains(tag))
    };
    let mut images = repository.images.iter();
    images.find(|(digest, image)| named(digest, image)).map(|(digest, _)| digest.as_str())
}

/// Returns the digest of the image that an identifier selects. On failure, returns the code and
/// reason for a batch response.
fn identified<'r>(
    repository: &'r StoredRepository,
    id: &ImageIdentifier,
) -> Result<&'r str, (&'static str, &'static str)> {
    match &id.image_digest {
        None if id.image_tag.is_none() => {
            let reason = "Invalid request parameters: both tag and digest cannot be null";
            return Err(("MissingDigestAndTag", reason));
        }
        Some(digest) if !is_digest(digest) => {
            let reason = "Invalid request parameters: image digest should satisfy the regex \
                          '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'";
            return Err(("InvalidImageDigest", reason));
        }
        _ => {}
    }
    if let Some(digest) = find(repository, id) {
        return Ok(digest);
    }
    let alone = ImageIdentifier { image_digest: id.image_digest.clone(), image_tag: None };
    let tag_there = repository
        .images
        .values()
        .any(|image| id.image_tag.iter().any(|tag| image.tags.contains(tag)));
    if id.image_digest.is_some() && tag_there && find(repository, &alone).is_some() {
        let reason = "Requested image tag does not match the requested image digest";
        return Err(("ImageTagDoesNotMatchDigest", reason));
    }
    // https://github.com/aws/aws-cli/issues/6424
    Err(("ImageNotFound", "Requested image not found"))
}

/// Adds an image and returns its digest. If another image has the tag, the tag is moved.
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

/// An empty tar archive, compressed with gzip: the layer that Docker used to create for
/// instructions that change no files.
const EMPTY_LAYER: [u8; 32] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x09, 0x6e, 0x88, 0x00, 0xff, 0x62, 0x18, 0x05, 0xa3, 0x60, 0x14,
    0x8c, 0x58, 0x00, 0x08, 0x00, 0x00, 0xff, 0xff, 0x2e, 0xaf, 0xb5, 0xef, 0x00, 0x04, 0x00, 0x00,
];

/// Adds a small image with an empty layer. The image's digest depends on the tag and the time.
pub(super) fn push(repository: &mut StoredRepository, tag: Option<&str>, at: Timestamp) -> String {
    let media_type = "application/vnd.docker.distribution.manifest.v2+json".to_owned();
    // https://github.com/opencontainers/image-spec/blob/main/config.md
    let config = serde_json::json!({
        "architecture": "amd64",
        "os": "linux",
        "created": format!("{}.{:03}Z", at.to_string().trim_end_matches('Z'), at.millis() % 1000),
        "config": { "Labels": { "tag": tag.unwrap_or_default() } },
        "rootfs": { "type": "layers", "diff_ids": [digest_of(&[0; 1024])] },
    })
    .to_string()
    .into_bytes();
    let mut part = |media_type: &str, content: Vec<u8>| {
        let (size, digest) = (content.len(), digest_of(&content));
        repository.add_layer(digest.clone(), content);
        serde_json::json!({ "mediaType": media_type, "size": size, "digest": digest })
    };
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": part("application/vnd.docker.container.image.v1+json", config),
        "layers": [part("application/vnd.docker.image.rootfs.diff.tar.gzip", EMPTY_LAYER.to_vec())],
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

/// Returns the digest of a manifest, as defined in
/// <https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests>.
pub(crate) fn digest(manifest: &str) -> String {
    digest_of(manifest.as_bytes())
}

/// Returns the digest of a manifest or layer.
pub(crate) fn digest_of(content: &[u8]) -> String {
    format!("sha256:{}", sha256(content))
}

/// Returns whether a string has the format of a digest.
pub(super) fn is_digest(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_+.".contains(c);
    text.split_once(':').is_some_and(|(kind, hex)| {
        !kind.is_empty()
            && kind.chars().all(allowed)
            && !hex.is_empty()
            && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
