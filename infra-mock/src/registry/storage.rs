//! The storage from which layers are downloaded.
//!
//! ECR keeps layers in buckets of Amazon S3, whose names are documented in
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>. The mock also
//! serves layers from its own host, under path-style URLs:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>. The URLs do not
//! expire.

use infra_core::arn::{Location, Partition};
use serde_json::Value;

use crate::ecr::Content;
use crate::mock::MockAws;
use crate::wire::Request;

use super::{Response, decoded, path};

const PREFIX: &str = "prod-";
const SUFFIX: &str = "-starport-layer-bucket";

/// Returns the URL of a layer.
pub(crate) fn url(location: &Location, name: &str, digest: &str) -> String {
    let Location { partition, account_id, region } = location;
    let domain = partition.dns_suffix();
    format!("https://{PREFIX}{region}{SUFFIX}.s3.{region}.{domain}/{account_id}/{name}/{digest}")
}

/// Converts a layer's URL to a path on `host`, which is the host that the request was sent to.
/// Returns `None` for an AWS host, because a client that reaches AWS hosts can use the full URL.
pub(super) fn path_on(host: Option<&str>, url: &str) -> Option<String> {
    let host = host?;
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if Partition::ALL.into_iter().any(|partition| partition.has_host(name)) {
        return None;
    }
    let (host, key) = url.strip_prefix("https://")?.split_once('/')?;
    let (bucket, _) = host.split_once('.')?;
    Some(format!("/{bucket}/{key}"))
}

/// Replaces the URL in a response to `GetDownloadUrlForLayer` with a URL on the host that the
/// request was sent to.
pub(crate) fn with_reachable_url(body: String, host: Option<&str>) -> String {
    let Ok(mut response) = serde_json::from_str::<Value>(&body) else { return body };
    let url = response["downloadUrl"].as_str().unwrap_or_default();
    let Some((host, path)) = host.zip(path_on(host, url)) else { return body };
    response["downloadUrl"] = format!("http://{host}{path}").into();
    response.to_string()
}

/// Extracts the bucket's region and the object key from a storage request.
fn place(request: &Request<'_>) -> Option<(String, String)> {
    let path = path(request.target).strip_prefix('/')?;
    let region =
        |bucket: &str| bucket.strip_prefix(PREFIX)?.strip_suffix(SUFFIX).map(str::to_owned);
    let label = request.header("host").and_then(|host| host.split('.').next());
    if let Some(region) = label.and_then(region) {
        return Some((region, decoded(path)));
    }
    let (bucket, key) = path.split_once('/')?;
    Some((region(bucket)?, decoded(key)))
}

/// Returns whether a request is addressed to the layer storage.
pub(super) fn concerns(request: &Request<'_>) -> bool {
    place(request).is_some()
}

/// Returns the response if the request is addressed to the layer storage.
pub(super) fn answer(mock: &MockAws, request: &Request<'_>) -> Option<Response> {
    let (region, key) = place(request)?;
    if !matches!(request.method, "GET" | "HEAD") {
        return Some(refused(
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        ));
    }
    let content = || {
        let (account, rest) = key.split_once('/')?;
        let (name, digest) = rest.rsplit_once('/')?;
        let location = mock.location(account.parse().ok()?, region.parse().ok()?);
        mock.in_ecr(&location, |ecr| ecr.layer(name, digest).map(Content::shared))
    };
    let Some(content) = content() else {
        return Some(refused(404, "NoSuchKey", "The specified key does not exist."));
    };
    let Some(range) = request.header("range").and_then(|range| range.strip_prefix("bytes=")) else {
        let whole = Response { headers: Vec::new(), ..Response::new(200) };
        return Some(
            whole.with("accept-ranges", "bytes").with_body("application/octet-stream", content),
        );
    };
    let size = content.len();
    let Some((first, last)) = bounds(range, size) else {
        return Some(refused(416, "InvalidRange", "The requested range is not satisfiable"));
    };
    let part = content.get(first..=last).unwrap_or_default();
    Some(
        Response { headers: Vec::new(), ..Response::new(206) }
            .with("content-range", format!("bytes {first}-{last}/{size}"))
            .with_body("application/octet-stream", part),
    )
}

/// Returns the first and last byte positions of a range such as `2-5`, `2-` or `-2`.
fn bounds(range: &str, size: usize) -> Option<(usize, usize)> {
    let end = size.checked_sub(1)?;
    let (first, last) = match range.split_once('-')? {
        ("", count) => (size.saturating_sub(count.parse().ok().filter(|count| *count > 0)?), end),
        (first, "") => (first.parse().ok()?, end),
        (first, last) => (first.parse().ok()?, last.parse::<usize>().ok()?.min(end)),
    };
    (first <= last).then_some((first, last))
}

/// Returns an Amazon S3 error:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
fn refused(status: u16, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    Response { headers: Vec::new(), ..Response::new(status) }
        .with_body("application/xml", body.into_bytes())
}
