//! Limits the size of response bodies.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;

/// The maximum size of a response, in bytes. AWS's responses are far smaller: a page of 1,000
/// images is about 200 KB. Other endpoints may send an endless response.
pub(crate) const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Limits the body of a response to [`MAX_BYTES`]. An attempt to read more fails.
pub(super) fn bounded(response: HttpResponse) -> HttpResponse {
    response.map(|body| SdkBody::from_body_1_x(Limited::new(body, MAX_BYTES)))
}
