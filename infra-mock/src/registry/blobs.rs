//! Looks up, downloads and uploads image layers and configurations.

use std::sync::Arc;

use crate::api::Blob;
use crate::ecr::layers::{PART_SIZE, no_upload};
use crate::ecr::{
    BatchCheckLayerAvailabilityRequest, CompleteLayerUploadRequest, Content,
    GetDownloadUrlForLayerRequest, InitiateLayerUploadRequest, State, UploadLayerPartRequest,
};
use crate::wire::Request;
use crate::wire::form::Form;

use super::access::Registry;
use super::error::Refusal;
use super::{Reply, Response, Stop, storage};

/// The name of a repository, and the ID of an upload to it.
#[derive(Clone, Copy)]
struct Upload<'a> {
    name: &'a str,
    id: &'a str,
}

impl Registry {
    /// Responds with the size of a blob, or with an error if the blob does not exist.
    pub(super) async fn check_blob(&self, name: &str, digest: &str) -> Reply {
        let request = BatchCheckLayerAvailabilityRequest {
            registry_id: Some(self.id()),
            repository_name: Some(name.to_owned()),
            layer_digests: Some(vec![digest.to_owned()]),
        };
        let found = self.send(request).await?;
        if let Some(failure) = found.failures.into_iter().next() {
            return Err(Refusal::new(400, "DIGEST_INVALID", failure.failure_reason).into());
        }
        let size = found.layers.into_iter().find_map(|layer| layer.layer_size);
        let size =
            size.ok_or_else(|| Refusal::new(404, "BLOB_UNKNOWN", "blob unknown to registry"))?;
        Ok(Response::new(200)
            .with("content-length", size.to_string())
            .with("content-type", "application/octet-stream")
            .with("docker-content-digest", digest))
    }

    /// Redirects the client to the blob's content, as ECR does:
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>.
    pub(super) async fn blob(&self, name: &str, digest: &str, host: Option<&str>) -> Reply {
        let request = GetDownloadUrlForLayerRequest {
            registry_id: Some(self.id()),
            repository_name: Some(name.to_owned()),
            layer_digest: Some(digest.to_owned()),
        };
        let url = self.send(request).await?.download_url;
        // Unlike a full URL, a path also works for clients that reach the mock through a TLS proxy.
        let url = storage::path_on(host, &url).unwrap_or(url);
        Ok(Response::new(307).with("location", url).with("docker-content-digest", digest))
    }

    /// Starts an upload, and completes it if the request has a digest and a body. If the request
    /// asks to mount a blob from another repository, copies that blob if it can be mounted.
    pub(super) async fn start_upload(
        &self,
        name: &str,
        parameters: &Form<'_>,
        body: &[u8],
    ) -> Reply {
        let mounted = match (parameters.get("mount"), parameters.get("from")) {
            (Some(digest), Some(from)) => self.mountable(name, from, digest).await?,
            _ => None,
        };
        let (digest, content) = match &mounted {
            Some(content) => (parameters.get("mount"), &**content),
            None => (parameters.get("digest"), body),
        };
        let request = InitiateLayerUploadRequest {
            registry_id: Some(self.id()),
            repository_name: Some(name.to_owned()),
        };
        let id = self.send(request).await?.upload_id;
        let upload = Upload { name, id: &id };
        match digest {
            Some(digest) if !content.is_empty() => {
                self.append(upload, 0, content).await?;
                self.complete(upload, digest).await
            }
            _ => Ok(upload.received(202, 0)),
        }
    }

    /// Returns the content of a blob, or `None` if the blob cannot be mounted. The caller needs the
    /// permission `ecr:GetDownloadUrlForLayer` on the source repository:
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html>.
    async fn mountable(
        &self,
        name: &str,
        from: &str,
        digest: &str,
    ) -> Result<Option<Arc<[u8]>>, Stop> {
        let possible = self.caller.in_ecr(&self.location, |ecr| Some(ecr.can_mount(from, name)));
        if possible != Some(true) {
            return Ok(None);
        }
        let request = GetDownloadUrlForLayerRequest {
            registry_id: Some(self.id()),
            repository_name: Some(from.to_owned()),
            layer_digest: Some(digest.to_owned()),
        };
        // If the blob cannot be mounted, the client has to upload it.
        match self.send(request).await {
            Err(Stop::Cut) => return Err(Stop::Cut),
            Err(Stop::Refused(_)) => return Ok(None),
            Ok(_) => {}
        }
        let layer = |ecr: &State| ecr.layer(from, digest).map(Content::shared);
        Ok(self.caller.in_ecr(&self.location, layer))
    }

    /// Responds with the number of bytes uploaded so far.
    pub(super) fn upload_status(&self, name: &str, id: &str) -> Reply {
        let upload = Upload { name, id };
        Ok(upload.received(204, self.uploaded(upload)?))
    }

    /// Appends a chunk to an upload.
    pub(super) async fn upload(&self, name: &str, id: &str, request: &Request<'_>) -> Reply {
        let upload = Upload { name, id };
        let size = self.append_body(upload, request).await?;
        Ok(upload.received(202, size))
    }

    /// Appends the last chunk, if the request contains one, and completes the upload.
    pub(super) async fn complete_upload(
        &self,
        name: &str,
        id: &str,
        parameters: &Form<'_>,
        request: &Request<'_>,
    ) -> Reply {
        let upload = Upload { name, id };
        let digest = parameters.get("digest").ok_or_else(|| {
            Refusal::new(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        })?;
        self.append_body(upload, request).await?;
        self.complete(upload, digest).await
    }

    /// Returns the number of bytes that have been uploaded.
    fn uploaded(&self, Upload { name, id }: Upload<'_>) -> Result<usize, Stop> {
        let size = self.caller.in_ecr(&self.location, |ecr| ecr.uploaded(name, id));
        let account = &self.location.account_id;
        size.ok_or_else(|| no_upload(account.as_str(), name, id).into())
    }

    /// Appends the body of a request, and returns the size of the upload. If the request has a
    /// `Content-Range` header, the range must start where the upload currently ends.
    async fn append_body(&self, upload: Upload<'_>, request: &Request<'_>) -> Result<usize, Stop> {
        let size = self.uploaded(upload)?;
        let first = match request.header("content-range") {
            None => size,
            Some(range) => {
                let start = range.trim_start_matches("bytes ").split('-').next();
                start.and_then(|start| start.parse().ok()).ok_or_else(|| {
                    Refusal::new(416, "BLOB_UPLOAD_INVALID", "invalid content range")
                })?
            }
        };
        self.append(upload, first, request.body).await?;
        Ok(first + request.body.len())
    }

    /// Uploads content in parts of equal size, so that only the last part of a layer can be smaller
    /// than ECR's minimum.
    async fn append(
        &self,
        Upload { name, id }: Upload<'_>,
        first: usize,
        content: &[u8],
    ) -> Result<(), Stop> {
        let most = usize::try_from(PART_SIZE).unwrap_or(usize::MAX);
        let size = content.len().div_ceil(content.len().div_ceil(most).max(1)).max(1);
        let position = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        for (number, part) in content.chunks(size).enumerate() {
            let first = first + number * size;
            let request = UploadLayerPartRequest {
                registry_id: Some(self.id()),
                repository_name: Some(name.to_owned()),
                upload_id: Some(id.to_owned()),
                part_first_byte: Some(position(first)),
                part_last_byte: Some(position(first + part.len() - 1)),
                layer_part_blob: Some(Blob(part.to_vec())),
            };
            self.send(request).await?;
        }
        Ok(())
    }

    async fn complete(&self, Upload { name, id }: Upload<'_>, digest: &str) -> Reply {
        let request = CompleteLayerUploadRequest {
            registry_id: Some(self.id()),
            repository_name: Some(name.to_owned()),
            upload_id: Some(id.to_owned()),
            layer_digests: Some(vec![digest.to_owned()]),
        };
        match self.caller.send(request).await {
            // In the registry protocol, uploading a blob that already exists is not an error.
            Some(Err(error)) if error.code == "LayerAlreadyExistsException" => {}
            Some(result) => drop(result?),
            None => return Err(Stop::Cut),
        }
        Ok(Response::new(201)
            .with("location", format!("/v2/{name}/blobs/{digest}"))
            .with("docker-content-digest", digest))
    }
}

impl Upload<'_> {
    /// Returns a response that contains the size of the upload.
    fn received(self, status: u16, size: usize) -> Response {
        let Self { name, id } = self;
        Response::new(status)
            .with("location", format!("/v2/{name}/blobs/uploads/{id}"))
            .with("range", format!("0-{}", size.saturating_sub(1)))
            .with("docker-upload-uuid", id)
    }
}
