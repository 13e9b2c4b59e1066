//! Answers that are read only up to a size.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;

/// The largest answer that is read, in bytes. AWS's own are far below: a page of 1,000 images has some 200 KB, and an
/// endpoint that is none of AWS's can send without end.
pub(crate) const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The same response, whose body is an error once it grows beyond [`MAX_BYTES`].
pub(super) fn bounded(response: HttpResponse) -> HttpResponse {
    response.map(|body| SdkBody::from_body_1_x(Limited::new(body, MAX_BYTES)))
}
