//! `BatchGetImage`.

use crate::api::{ApiResult, Call, Operation};
use crate::ecr::{BatchGetImageRequest, Image, ImageFailure, ImageIdentifier};
use crate::ecr::{find, target};

/// Returns the manifests of images exactly as they were pushed, regardless of the media types that
/// the request accepts.
impl Operation for BatchGetImageRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let repository = find(call, &name)?;
        let mut response = Self::Output::default();
        for id in self.image_ids.unwrap_or_default() {
            let found = super::identified(repository, &id);
            match found.map(|digest| (digest, repository.images.get(digest))) {
                Ok((digest, Some(image))) => response.images.push(Image {
                    registry_id: registry_id.clone(),
                    repository_name: name.clone(),
                    image_id: ImageIdentifier {
                        image_digest: Some(digest.to_owned()),
                        image_tag: id.image_tag,
                    },
                    image_manifest: image.manifest.clone(),
                    image_manifest_media_type: image.media_type.clone(),
                }),
                Ok((_, None)) => {}
                Err((code, reason)) => response.failures.push(ImageFailure {
                    image_id: id,
                    failure_code: code.to_owned(),
                    failure_reason: reason.to_owned(),
                }),
            }
        }
        Ok(response)
    }
}
