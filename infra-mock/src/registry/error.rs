//! Errors in the format of the registry protocol.

use serde_json::json;

use crate::api::ApiError;

use super::Response;

/// An error of the registry.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn denied(message: impl Into<String>) -> Self {
        Self::new(403, "DENIED", message)
    }

    /// Creates the error for a method that ECR does not support.
    pub(super) fn unsupported() -> Self {
        Self::new(405, "UNSUPPORTED", "The operation is unsupported.")
    }
}

impl From<ApiError> for Refusal {
    /// Converts an operation's error to a registry error. The codes and their statuses come from
    /// <https://github.com/distribution/distribution/blob/main/registry/api/errcode/register.go>.
    /// For the following errors, ECR's codes are known from public reports and documentation:
    /// - a repository that does not exist: <https://github.com/concourse/registry-image-resource/issues/268>;
    /// - an immutable tag: <https://github.com/aws/containers-roadmap/issues/2179>;
    /// - an invalid parameter: <https://carvel.dev/kbld/docs/v0.41.x/packaging/>;
    /// - a missing permission: <https://github.com/whoan/docker-build-with-cache-action/issues/120>;
    /// - throttling: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors.html>.
    ///
    /// ECR's codes for the other errors are not publicly documented, so the mock uses the
    /// specification's codes.
    fn from(error: ApiError) -> Self {
        let ApiError { code, status, message } = error;
        let (status, code) = match &*code {
            "RepositoryNotFoundException" => (404, "NAME_UNKNOWN"),
            "ImageTagAlreadyExistsException" => (400, "TAG_INVALID"),
            "InvalidParameterException" => (405, "UNSUPPORTED"),
            "AccessDeniedException" | "LimitExceededException" => (403, "DENIED"),
            "ThrottlingException" => (429, "TOOMANYREQUESTS"),
            "LayersNotFoundException" => (404, "BLOB_UNKNOWN"),
            "ReferencedImagesNotFoundException" => (400, "MANIFEST_BLOB_UNKNOWN"),
            "ImageDigestDoesNotMatchException" | "InvalidLayerException" => (400, "DIGEST_INVALID"),
            "UploadNotFoundException" => (404, "BLOB_UPLOAD_UNKNOWN"),
            // Status 416 "if the chunk is not uploaded in order":
            // https://github.com/opencontainers/distribution-spec/blob/main/spec.md
            "InvalidLayerPartException" => (416, "BLOB_UPLOAD_INVALID"),
            "EmptyUploadException" | "LayerPartTooSmallException" => (400, "BLOB_UPLOAD_INVALID"),
            _ => (status, "UNKNOWN"),
        };
        Self { status, code, message }
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        let Refusal { status, code, message } = refusal;
        Self::new(status).with_json(&json!({ "errors": [{ "code": code, "message": message }] }))
    }
}
