//! `PutImage`.

use std::collections::BTreeSet;

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecr::{Image, ImageIdentifier, PutImageRequest};
use crate::ecr::{StoredRepository, check, find, settings, target};

use super::{Manifest, StoredImage};

/// Adds an image to a repository, or adds another tag to an image that is already there.
impl Operation for PutImageRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let text = self.image_manifest.unwrap_or_default();
        let tag = self.image_tag.as_deref();
        if let Some(digest) = &self.image_digest {
            let holds = super::is_digest(digest);
            check::pattern("imageDigest", "[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+", holds)?;
        }
        let json: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        if !json.is_some_and(|json| json.is_object()) {
            // https://github.com/boto/boto3/issues/3295
            return Err(check::invalid("ImageManifest", "Invalid JSON syntax"));
        }
        let manifest = Manifest::read(&text);
        let media_type = self.image_manifest_media_type.or_else(|| manifest.media_type.clone());
        let media_type = check::required("imageManifestMediaType", media_type)?;

        let now = call.now;
        let place = Place { registry: &registry_id, name: &name };
        let repository = find(call, &name)?;
        let digest = place.digest(self.image_digest, &text)?;
        place.check_tag(repository, &digest, tag)?;
        place.check_list(repository, &manifest)?;
        place.check_layers(repository, &manifest)?;
        let image = StoredImage {
            manifest: text.clone(),
            media_type: media_type.clone(),
            tags: BTreeSet::new(),
            pushed_at: now,
        };
        let digest = super::insert(repository, digest, tag, image);
        if repository.scan_on_push {
            repository.scans.entry(digest.clone()).or_insert(now);
        }
        let image_id = ImageIdentifier { image_digest: Some(digest), image_tag: self.image_tag };
        let image = Image {
            registry_id,
            repository_name: name,
            image_id,
            image_manifest: text,
            image_manifest_media_type: media_type,
        };
        Ok(Self::Output { image })
    }
}

/// The registry and repository that an image is pushed to, as shown in error messages.
struct Place<'a> {
    registry: &'a str,
    name: &'a str,
}

impl Place<'_> {
    /// Returns the digest of the image, or an error if the request contains a different digest.
    fn digest(&self, given: Option<String>, manifest: &str) -> ApiResult<String> {
        let Self { registry, name } = self;
        let calculated = super::digest(manifest);
        match given {
            Some(given) if given != calculated => {
                // https://github.com/google/go-containerregistry/issues/1568
                Err(ApiError::new(
                    "ImageDigestDoesNotMatchException",
                    format!(
                        "The image with digest '{given}' in repository '{name}' and registry ID \
                         '{registry}' does not match the image digest that Amazon ECR has calculated."
                    ),
                ))
            }
            _ => Ok(calculated),
        }
    }

    /// Checks that the image can be pushed with this tag.
    fn check_tag(
        &self,
        repository: &StoredRepository,
        digest: &str,
        tag: Option<&str>,
    ) -> ApiResult<()> {
        const MAX_TAGS: usize = 1000;
        let Self { registry, name } = self;
        let image = repository.images.get(digest);
        let Some(tag) = tag else {
            if image.is_none() {
                return Ok(());
            }
            return Err(ApiError::new(
                "ImageAlreadyExistsException",
                format!(
                    "Image with digest '{digest}' already exists in the repository with name \
                     '{name}' in registry with id '{registry}'"
                ),
            ));
        };
        let taken = repository.images.values().any(|image| image.tags.contains(tag));
        if taken && settings::is_immutable(repository, tag) {
            // ECR returns this error even if the same image already has the tag:
            // https://github.com/aws/containers-roadmap/issues/2179. The message comes from
            // https://github.com/moby/buildkit/issues/3776.
            return Err(ApiError::new(
                "ImageTagAlreadyExistsException",
                format!(
                    "The image tag '{tag}' already exists in the '{name}' repository and cannot be \
                     overwritten because the repository is immutable."
                ),
            ));
        }
        let Some(image) = image else { return Ok(()) };
        if image.tags.contains(tag) {
            // https://github.com/CircleCI-Public/aws-ecr-orb/issues/261
            return Err(ApiError::new(
                "ImageAlreadyExistsException",
                format!(
                    "Image with digest '{digest}' and tag '{tag}' already exists in the repository \
                     with name '{name}' in registry with id '{registry}'"
                ),
            ));
        }
        if image.tags.len() >= MAX_TAGS {
            // https://github.com/medic/cht-core/issues/11099
            return Err(ApiError::new(
                "LimitExceededException",
                format!(
                    "Adding tag '{tag}' to an image in the repository with name '{name}' in registry \
                     with id '{registry}' exceeds the maximum allowed number of tags per image which \
                     is '{MAX_TAGS}'"
                ),
            ));
        }
        Ok(())
    }

    /// Checks that the images in a manifest list exist.
    fn check_list(&self, repository: &StoredRepository, manifest: &Manifest) -> ApiResult<()> {
        let Self { registry, name } = self;
        let missing: Vec<&str> =
            manifest.listed().filter(|digest| !repository.images.contains_key(*digest)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join(", ");
        // The code is documented in
        // https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html.
        Err(ApiError::new(
            "ReferencedImagesNotFoundException",
            format!(
                "Images with digests '[{missing}]' required for pushing image into repository with \
                 name '{name}' in the registry with id '{registry}' do not exist"
            ),
        ))
    }

    /// Checks that the configuration and the layers of an image have been uploaded.
    fn check_layers(&self, repository: &StoredRepository, manifest: &Manifest) -> ApiResult<()> {
        let Self { registry, name } = self;
        let missing: Vec<&str> =
            manifest.parts().filter(|digest| !repository.layers.contains_key(*digest)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join(", ");
        // The code comes from the service model. The message is modeled on the messages for images,
        // because AWS's own message is not publicly documented.
        Err(ApiError::new(
            "LayersNotFoundException",
            format!(
                "Layers with digests '[{missing}]' required for pushing image into repository with name '{name}' in the \
                 registry with id '{registry}' do not exist"
            ),
        ))
    }
}
