//! Gets, adds and deletes the manifests of images and image lists.

use crate::ecr::image::digest;
use crate::ecr::{
    BatchDeleteImageRequest, BatchGetImageRequest, ImageFailure, ImageIdentifier, PutImageRequest,
};
use crate::wire::Request;

use super::access::Registry;
use super::error::Refusal;
use super::{Reply, Response, Stop};

/// Returns the image identifier for a tag or digest. Only digests contain a colon.
fn identifier(reference: &str) -> ImageIdentifier {
    let reference = Some(reference.to_owned());
    match &reference {
        Some(text) if text.contains(':') => {
            ImageIdentifier { image_digest: reference, image_tag: None }
        }
        _ => ImageIdentifier { image_digest: None, image_tag: reference },
    }
}

/// Returns the error for an image that could not be read or deleted. For a missing image, the
/// protocol defines the code `MANIFEST_UNKNOWN`, which `docker` prints as "manifest unknown". ECR's
/// codes for the other failures are not publicly documented.
fn refused(failure: ImageFailure) -> Stop {
    let (status, code) = match failure.failure_code.as_str() {
        "ImageNotFound" => (404, "MANIFEST_UNKNOWN"),
        "InvalidImageDigest" => (400, "DIGEST_INVALID"),
        "InvalidImageTag" => (400, "TAG_INVALID"),
        _ => (405, "UNSUPPORTED"),
    };
    Refusal::new(status, code, failure.failure_reason).into()
}

impl Registry {
    /// Returns a manifest.
    pub(super) async fn manifest(
        &self,
        name: &str,
        reference: &str,
        request: &Request<'_>,
    ) -> Reply {
        let accepted =
            request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("accept"));
        let accepted = accepted.flat_map(|(_, value)| value.split(','));
        let types = accepted.filter_map(|value| value.split(';').next());
        let types: Vec<String> = types.map(|value| value.trim().to_owned()).take(100).collect();
        let request = BatchGetImageRequest {
            registry_id: Some(self.id()),
            repository_name: Some(name.to_owned()),
            image_ids: Some(vec![identifier(reference)]),
            accepted_media_types: (!types.is_empty()).then_some(types),
        };
        let found = self.send(request).await?;
        if let Some(failure) = found.failures.into_iter().next() {
            return Err(refused(failure));
        }
        let image = found.images.into_iter().next();
        let image = image
            .ok_or_else(|| Refusal::new(404, "MANIFEST_UNKNOWN", "Requested image not found"))?;
        let digest = image.image_id.image_digest.unwrap_or_default();
        Ok(Response::new(200)
            .with("docker-content-digest", digest)
            .with_body(&image.image_manifest_media_type, image.image_manifest.into_bytes()))
    }

    /// Adds an image or a list of images.
    pub(super) async fn put_manifest(
        &self,
        name: &str,
        reference: &str,
        request: &Request<'_>,
    ) -> Reply {
        // This replaces invalid UTF-8. If the result is not JSON, the operation rejects it.
        let manifest = String::from_utf8_lossy(request.body).into_owned();
        let ImageIdentifier { image_digest, image_tag } = identifier(reference);
        let digest = image_digest.clone().unwrap_or_else(|| digest(&manifest));
        let request = PutImageRequest {
            registry_id: Some(self.id()),
            repository_name: Some(name.to_owned()),
            image_manifest: Some(manifest),
            image_manifest_media_type: request.header("content-type").map(str::to_owned),
            image_tag,
            image_digest,
        };
        match self.caller.send(request).await {
            // In the registry protocol, pushing an image that already exists is not an error.
            Some(Err(error)) if error.code == "ImageAlreadyExistsException" => {}
            // The protocol has a separate code for a manifest that refers to an unknown blob.
            Some(Err(error)) if error.code == "LayersNotFoundException" => {
                let refusal = Refusal::new(400, "MANIFEST_BLOB_UNKNOWN", error.message);
                return Err(refusal.into());
            }
            Some(result) => drop(result?),
            None => return Err(Stop::Cut),
        }
        Ok(Response::new(201)
            .with("location", format!("/v2/{name}/manifests/{digest}"))
            .with("docker-content-digest", digest))
    }

    /// Deletes an image or a tag. `oras manifest delete` sends this request to ECR:
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-artifact-delete.html>.
    pub(super) async fn delete_manifest(&self, name: &str, reference: &str) -> Reply {
        let request = BatchDeleteImageRequest {
            registry_id: Some(self.id()),
            repository_name: Some(name.to_owned()),
            image_ids: Some(vec![identifier(reference)]),
        };
        match self.send(request).await?.failures.into_iter().next() {
            Some(failure) => Err(refused(failure)),
            None => Ok(Response::new(202)),
        }
    }
}
