//! The registry protocol of Amazon ECR, which `docker push`, `docker pull`, skopeo and other
//! clients use to transfer images.
//!
//! Like ECR's proxy, this module translates each request into calls to ECR's API operations. The
//! operations' access checks and [faults](crate::faults) therefore apply, and the calls appear in
//! the journal:
//!
//! | request | operation |
//! |---|---|
//! | `GET /v2/` | none; checks the credentials |
//! | `GET /v2/_catalog` | `DescribeRepositories` |
//! | `GET /v2/NAME/tags/list` | `ListImages` |
//! | `GET`, `HEAD /v2/NAME/manifests/REFERENCE` | `BatchGetImage` |
//! | `PUT /v2/NAME/manifests/REFERENCE` | `PutImage` |
//! | `GET /v2/NAME/referrers/DIGEST` | `ListImageReferrers` |
//! | `DELETE /v2/NAME/manifests/REFERENCE` | `BatchDeleteImage` |
//! | `HEAD /v2/NAME/blobs/DIGEST` | `BatchCheckLayerAvailability` |
//! | `GET /v2/NAME/blobs/DIGEST` | `GetDownloadUrlForLayer`; redirects to the URL that it returns |
//! | `POST /v2/NAME/blobs/uploads/` | `InitiateLayerUpload` |
//! | `PATCH /v2/NAME/blobs/uploads/ID` | `UploadLayerPart`, once for every 20 MiB |
//! | `POST /v2/NAME/blobs/uploads/?mount=DIGEST&from=NAME` | if `PutAccountSetting` has enabled blob mounting, `GetDownloadUrlForLayer` and the operations of an upload; otherwise `InitiateLayerUpload` |
//! | `PUT /v2/NAME/blobs/uploads/ID?digest=DIGEST` | `CompleteLayerUpload` |
//! | `GET /v2/NAME/blobs/uploads/ID` | none; returns the range of bytes uploaded so far |
//!
//! Clients log in as `AWS`, with the password from the token that `GetAuthorizationToken` returns.
//! The token determines the registry's account and region, unless the client uses the registry's
//! own host name, such as `123456789012.dkr.ecr.us-east-1.amazonaws.com`.
//!
//! The protocol is defined in
//! <https://github.com/opencontainers/distribution-spec/blob/main/spec.md>. AWS mentions "the
//! Amazon ECR proxy" in
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html>.

mod access;
mod blobs;
mod error;
mod lists;
mod manifests;
pub(crate) mod storage;
mod target;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::api::{ApiError, Operation};
use crate::mock::MockAws;
use crate::wire::Request;
use crate::wire::form::Form;

use self::access::Registry;
use self::error::Refusal;
use self::target::Target;

/// A response from the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The names and values of the headers. All names are in lower case. `content-length` is
    /// present only in responses to `HEAD` requests.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Arc<[u8]>,
}

impl Response {
    fn new(status: u16) -> Self {
        let headers = vec![("docker-distribution-api-version", "registry/2.0".to_owned())];
        Self { status, headers, body: Arc::default() }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn with_body(self, content_type: &str, body: impl Into<Arc<[u8]>>) -> Self {
        Self { body: body.into(), ..self.with("content-type", content_type) }
    }

    fn with_json(self, body: &Value) -> Self {
        self.with_body("application/json", body.to_string().into_bytes())
    }

    /// Removes the body, as in a response to a `HEAD` request. The `content-length` header gives
    /// the size of the body that `GET` would return.
    fn without_body(mut self) -> Self {
        if !self.headers.iter().any(|(name, _)| *name == "content-length") {
            self.headers.push(("content-length", self.body.len().to_string()));
        }
        Self { body: Arc::default(), ..self }
    }
}

/// The reason why a request fails.
enum Stop {
    /// The operation or the registry rejected the request.
    Refused(Refusal),
    /// A fault broke the connection.
    Cut,
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Self {
        Self::Refused(error.into())
    }
}

type Reply = Result<Response, Stop>;

/// Returns whether a request is for the registry or its storage. Requests with an AWS signature are
/// for the services' APIs, some of which also have paths that start with `/v2/`.
pub fn concerns(request: &Request<'_>) -> bool {
    let is_signed = || {
        request.header("authorization").is_some_and(|value| value.starts_with("AWS4-"))
            || request.target.contains("X-Amz-Credential=")
    };
    target::is_registry(path(request.target)) && !is_signed() || storage::concerns(request)
}

/// Returns whether a request with this method and target uploads a layer. A layer can be larger
/// than the body of any other request.
pub fn is_upload(method: &str, target: &str) -> bool {
    let path = path(target);
    matches!(method, "PATCH" | "POST" | "PUT")
        && target::is_registry(path)
        && path.contains("/blobs/uploads")
}

fn path(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}

fn decoded(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// Returns the query parameters in the request's URL.
fn query<'r>(request: &Request<'r>) -> Form<'r> {
    let mut form = Form::default();
    let (_, query) = request.target.split_once('?').unwrap_or_default();
    form.read(query.as_bytes());
    form
}

impl MockAws {
    /// Delivers one request to the registry and returns the response. The request must be one that
    /// [`concerns`] accepts. Returns `None` if a [fault](crate::faults) breaks the connection: the
    /// caller must then close it without a response.
    ///
    /// ```
    /// use infra_mock::MockAws;
    /// use infra_mock::wire::Request;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let request = Request { method: "GET", target: "/v2/", ..Request::default() };
    /// let response = MockAws::new().deliver_to_registry(&request).await.unwrap();
    /// assert_eq!(response.status, 401);
    /// let realm = "Basic realm=\"https://123456789012.dkr.ecr.us-east-1.amazonaws.com/\",service=\"ecr.amazonaws.com\"";
    /// assert!(response.headers.contains(&("www-authenticate", realm.to_owned())));
    /// # }
    /// ```
    pub async fn deliver_to_registry(&self, request: &Request<'_>) -> Option<Response> {
        let reply = match storage::answer(self, request) {
            Some(response) => Ok(response),
            None => answer(self, request).await,
        };
        let response = match reply {
            Ok(response) => response,
            Err(Stop::Refused(refusal)) => refusal.into(),
            Err(Stop::Cut) => return None,
        };
        Some(if request.method == "HEAD" { response.without_body() } else { response })
    }
}

async fn answer(mock: &MockAws, request: &Request<'_>) -> Reply {
    let registry = match Registry::of(mock, request)? {
        Ok(registry) => registry,
        Err(challenge) => return Ok(challenge),
    };
    let path = decoded(path(request.target));
    let (method, parameters) = (request.method, query(request));
    match (Target::of(&path), method) {
        (Some(Target::Base), "GET" | "HEAD") => Ok(Response::new(200)),
        (Some(Target::Catalog), "GET") => registry.catalog(&parameters).await,
        (Some(Target::Tags { name }), "GET") => registry.tags(name, &parameters).await,
        (Some(Target::Manifest { name, reference }), "GET" | "HEAD") => {
            registry.manifest(name, reference, request).await
        }
        (Some(Target::Manifest { name, reference }), "PUT") => {
            registry.put_manifest(name, reference, request).await
        }
        (Some(Target::Manifest { name, reference }), "DELETE") => {
            registry.delete_manifest(name, reference).await
        }
        (Some(Target::Blob { name, digest }), "HEAD") => registry.check_blob(name, digest).await,
        (Some(Target::Blob { name, digest }), "GET") => {
            registry.blob(name, digest, request.header("host")).await
        }
        (Some(Target::Uploads { name }), "POST") => {
            registry.start_upload(name, &parameters, request.body).await
        }
        (Some(Target::Upload { name, id }), "GET" | "HEAD") => registry.upload_status(name, id),
        (Some(Target::Upload { name, id }), "PATCH") => registry.upload(name, id, request).await,
        (Some(Target::Upload { name, id }), "PUT") => {
            registry.complete_upload(name, id, &parameters, request).await
        }
        (Some(Target::Referrers { name, digest }), "GET") => {
            registry.referrers(name, digest, &parameters).await
        }
        // ECR has no operations that delete a layer or cancel an upload.
        (Some(_), _) => Err(Refusal::unsupported().into()),
        (None, _) => Ok(Response::new(404).with_body("text/plain", *b"404 page not found\n")),
    }
}

impl Registry {
    /// Makes a call as the owner of the token.
    async fn send<O: Operation>(&self, operation: O) -> Result<O::Output, Stop> {
        match self.caller.send(operation).await {
            Some(Ok(output)) => Ok(output),
            Some(Err(error)) => Err(error.into()),
            None => Err(Stop::Cut),
        }
    }
}
