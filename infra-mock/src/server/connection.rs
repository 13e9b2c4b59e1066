//! Handles one request from a client.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};

use crate::mock::MockAws;
use crate::{registry, wire};

use super::{Limits, control, guard};

type Answer = Response<Full<Bytes>>;

/// An error that breaks the connection without a response.
#[derive(Debug, thiserror::Error)]
#[error("a fault cut the connection")]
pub(super) struct Cut;

pub(super) async fn answer(
    mock: &MockAws,
    bound: SocketAddr,
    limits: &Limits,
    request: Request<Incoming>,
) -> Result<Answer, Cut> {
    let (parts, body) = request.into_parts();
    let refused = guard::check(&parts, bound, limits).err().map(|why| control::refused(&why));
    let too_large =
        || closing(StatusCode::PAYLOAD_TOO_LARGE, "<RequestEntityTooLargeException/>\n");
    let (most, time) = match &refused {
        None if registry::is_upload(parts.method.as_str(), parts.uri.path()) => {
            let times = limits.layer_bytes / limits.body_bytes.max(1);
            let times = u32::try_from(times).unwrap_or(u32::MAX).max(1);
            (limits.layer_bytes, limits.body_time.saturating_mul(times))
        }
        _ => (limits.body_bytes, limits.body_time),
    };
    // If the declared body length is too large, the request is rejected before the client sends the
    // body.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > most {
        return Ok(too_large());
    }
    let body = match tokio::time::timeout(time, Limited::new(body, most).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Ok(too_large()),
        Ok(Err(_)) => return Ok(closing(StatusCode::BAD_REQUEST, "")),
        Err(_) => return Ok(closing(StatusCode::REQUEST_TIMEOUT, "")),
    };
    if let Some(refused) = refused {
        return Ok(refused);
    }
    if let Some(answer) = control::answer(mock, &parts, &body) {
        return Ok(answer);
    }
    let request = to_wire(&parts, &body);
    if registry::concerns(&request) {
        let answer = mock.deliver_to_registry(&request).await.ok_or(Cut)?;
        let registry::Response { status, headers, body } = answer;
        return Ok(written(status, headers, Bytes::from_owner(body)));
    }
    let wire::Response { status, headers, body } = mock.deliver(&request).await.ok_or(Cut)?;
    Ok(written(status, headers, body.into()))
}

fn to_wire<'r>(parts: &'r Parts, body: &'r Bytes) -> wire::Request<'r> {
    // Omits headers whose values are not printable ASCII. No header that AWS reads can have such a
    // value.
    let text = |(name, value): (&'r HeaderName, &'r HeaderValue)| {
        Some((name.as_str(), value.to_str().ok()?))
    };
    wire::Request {
        method: parts.method.as_str(),
        target: parts.uri.path_and_query().map_or("/", |target| target.as_str()),
        headers: parts.headers.iter().filter_map(text).collect(),
        body,
    }
}

fn written(status: u16, headers: Vec<(&'static str, String)>, body: Bytes) -> Answer {
    let mut response = Response::new(Full::new(body));
    // The mock returns only headers with printable values, and status codes of 200 or more.
    // Anything else would be a bug.
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// Returns a response that closes the connection. The server has not read the entire request, so it
/// cannot tell where the next one would start.
fn closing(status: StatusCode, body: &'static str) -> Answer {
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
