//! Operations on layers: uploading them, looking them up, and returning their download URLs.
//!
//! Docker and other registry clients do not call these operations directly. Instead, ECR's proxy
//! calls them on behalf of the clients. The mock's counterpart of the proxy is
//! [`registry`](crate::registry).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Blob, Call, Operation};
use crate::ecr::{
    BatchCheckLayerAvailabilityRequest, CompleteLayerUploadRequest, GetDownloadUrlForLayerRequest,
    InitiateLayerUploadRequest, Layer, LayerFailure, UploadLayerPartRequest,
};
use crate::registry::storage;
use crate::time::Timestamp;

use super::image::{digest_of, is_digest};
use super::{find, target};

/// "The maximum size of each image layer part can be 20971520 bytes (or about 20MB)":
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UploadLayerPart.html>.
pub(crate) const PART_SIZE: i64 = 20_971_520;

/// "Layer parts must be at least 5 MiB in size", according to `LayerPartTooSmallException` in the model.
const MIN_PART_SIZE: usize = 5 * 1024 * 1024;

/// How long an incomplete upload is kept. AWS documents no value.
const KEPT: Duration = Duration::from_hours(24);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredUpload {
    repository: String,
    started_at: Timestamp,
    content: Blob,
    /// Whether the most recent part is below the minimum size. This is allowed only for the final
    /// part.
    ends_small: bool,
    /// Whether any earlier part is below the minimum size.
    has_small_part: bool,
}

impl StoredUpload {
    pub(super) fn repository(&self) -> &str {
        &self.repository
    }

    pub(super) fn size(&self) -> usize {
        self.content.0.len()
    }
}

/// Starts the upload of a layer.
impl Operation for InitiateLayerUploadRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (_, name) = target(call, self.registry_id, self.repository_name)?;
        find(call, &name)?;
        let now = call.now;
        let upload_id = call.world.ids.uuid();
        let uploads = &mut call.ecr().uploads;
        uploads.retain(|_, upload| now.since(upload.started_at) < KEPT);
        let upload = StoredUpload { repository: name, started_at: now, ..StoredUpload::default() };
        uploads.insert(upload_id.clone(), upload);
        Ok(Self::Output { upload_id, part_size: PART_SIZE })
    }
}

/// Returns the upload with the given ID in a repository.
fn upload<'c>(call: &'c mut Call<'_>, id: &str, name: &str) -> ApiResult<&'c mut StoredUpload> {
    let registry = call.caller.location.account_id.to_string();
    find(call, name)?;
    let upload = call.ecr().uploads.get_mut(id).filter(|upload| upload.repository == name);
    upload.ok_or_else(|| no_upload(&registry, name, id))
}

/// Returns the error for an upload that does not exist. The code comes from the service model. The
/// message is modeled on the messages for repositories, because AWS's own message is not publicly
/// documented.
pub(crate) fn no_upload(registry: &str, name: &str, id: &str) -> ApiError {
    ApiError::new(
        "UploadNotFoundException",
        format!(
            "The upload with id '{id}' does not exist within the repository with name '{name}' in the registry with id \
             '{registry}'"
        ),
    )
}

/// Uploads the next part of a layer.
impl Operation for UploadLayerPartRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let upload_id = self.upload_id.unwrap_or_default();
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let upload = upload(call, &upload_id, &name)?;
        let Blob(part) = self.layer_part_blob.unwrap_or_default();
        let size = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        let first = self.part_first_byte.unwrap_or_default();
        let last = self.part_last_byte.unwrap_or_default();
        if first != size(upload.content.0.len()) || last - first + 1 != size(part.len()) {
            // AWS's message is not publicly documented. This message is the service model's
            // description of the error.
            return Err(ApiError::new(
                "InvalidLayerPartException",
                "The layer part size is not valid, or the first byte specified is not consecutive to the last byte of a \
                 previous layer part upload.",
            ));
        }
        upload.has_small_part |= upload.ends_small;
        upload.ends_small = part.len() < MIN_PART_SIZE;
        upload.content.0.extend(part);
        Ok(Self::Output { registry_id, repository_name: name, upload_id, last_byte_received: last })
    }
}

/// Completes the upload of a layer.
impl Operation for CompleteLayerUploadRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let upload_id = self.upload_id.unwrap_or_default();
        let (registry_id, name) = target(call, self.registry_id, self.repository_name)?;
        let upload = upload(call, &upload_id, &name)?;
        let Blob(content) = &upload.content;
        let (size, is_small) = (content.len(), upload.has_small_part);
        let calculated = digest_of(content);
        // AWS's messages are not publicly documented. These messages are the service model's
        // descriptions of the errors.
        if size == 0 {
            return Err(ApiError::new(
                "EmptyUploadException",
                "The specified layer upload does not contain any layer parts.",
            ));
        }
        if is_small {
            return Err(ApiError::new(
                "LayerPartTooSmallException",
                "Layer parts must be at least 5 MiB in size.",
            ));
        }
        if !self.layer_digests.unwrap_or_default().contains(&calculated) {
            return Err(ApiError::new(
                "InvalidLayerException",
                "The layer digest calculation performed by Amazon ECR upon receipt of the image layer does not match the \
                 digest specified.",
            ));
        }
        if find(call, &name)?.layers.contains_key(&calculated) {
            return Err(ApiError::new(
                "LayerAlreadyExistsException",
                "The image layer already exists in the associated repository.",
            ));
        }
        let uploaded = call.ecr().uploads.remove(&upload_id).unwrap_or_default();
        find(call, &name)?.add_layer(calculated.clone(), uploaded.content.0);
        Ok(Self::Output { registry_id, repository_name: name, upload_id, layer_digest: calculated })
    }
}

/// Returns whether layers are available in a repository.
impl Operation for BatchCheckLayerAvailabilityRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (_, name) = target(call, self.registry_id, self.repository_name)?;
        let stored = &find(call, &name)?.layers;
        let mut response = Self::Output::default();
        for digest in self.layer_digests.unwrap_or_default() {
            // The codes come from the service model. AWS's failure reasons are not publicly
            // documented.
            let failure = if digest.is_empty() {
                Some(("MissingLayerDigest", "Requested layer digest is missing"))
            } else if is_digest(&digest) {
                None
            } else {
                Some(("InvalidLayerDigest", "Requested layer digest is invalid"))
            };
            if let Some((code, reason)) = failure {
                response.failures.push(LayerFailure {
                    layer_digest: digest,
                    failure_code: code.to_owned(),
                    failure_reason: reason.to_owned(),
                });
                continue;
            }
            let size = stored.get(&digest).map(|size| i64::try_from(*size).unwrap_or(i64::MAX));
            let availability = if size.is_some() { "AVAILABLE" } else { "UNAVAILABLE" };
            response.layers.push(Layer {
                layer_digest: digest,
                layer_availability: availability.to_owned(),
                layer_size: size,
                media_type: None,
            });
        }
        Ok(response)
    }
}

/// Returns the download URL of a layer. If the mock runs as a [server](crate::server), the URL
/// points to that server, so that the layer can be downloaded.
impl Operation for GetDownloadUrlForLayerRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let digest = self.layer_digest.unwrap_or_default();
        let (_, name) = target(call, self.registry_id, self.repository_name)?;
        let location = call.location().clone();
        let registry = &location.account_id;
        if !find(call, &name)?.layers.contains_key(&digest) {
            // https://github.com/monken/aws-ecr-public/issues/11
            return Err(ApiError::new(
                "LayersNotFoundException",
                format!(
                    "The layer with digest {digest} does not exist within the repository with name '{name}' in the \
                     registry with id '{registry}'"
                ),
            ));
        }
        let download_url = storage::url(&location, &name, &digest);
        Ok(Self::Output { download_url, layer_digest: digest })
    }
}
