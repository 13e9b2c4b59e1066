//! Handles one request of a client.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};

use crate::mock::MockAws;
use crate::wire;

use super::{Limits, control, guard};

type Answer = Response<Full<Bytes>>;

/// An error that breaks the connection without a response.
#[derive(Debug, thiserror::Error)]
#[error("the connection was cut by a fault")]
pub(super) struct Cut;

pub(super) async fn answer(
    mock: &MockAws,
    bound: SocketAddr,
    limits: &Limits,
    request: Request<Incoming>,
) -> Result<Answer, Cut> {
    let (parts, body) = request.into_parts();
    let too_large =
        || closing(StatusCode::PAYLOAD_TOO_LARGE, "<RequestEntityTooLargeException/>\n");
    // A client that announces a larger body does not have to send it.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limits.body_bytes {
        return Ok(too_large());
    }
    let body = Limited::new(body, limits.body_bytes).collect();
    let body = match tokio::time::timeout(limits.body_time, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Ok(too_large()),
        Ok(Err(_)) => return Ok(closing(StatusCode::BAD_REQUEST, "")),
        Err(_) => return Ok(closing(StatusCode::REQUEST_TIMEOUT, "")),
    };
    if let Err(refusal) = guard::check(&parts, bound, limits) {
        return Ok(control::refused(&refusal));
    }
    if let Some(answer) = control::answer(mock, &parts, &body) {
        return Ok(answer);
    }
    let answer = mock.deliver(&to_wire(&parts, &body)).await;
    answer.map(from_wire).ok_or(Cut)
}

fn to_wire<'r>(parts: &'r Parts, body: &'r Bytes) -> wire::Request<'r> {
    // AWS does not read any header whose value is not text.
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

fn from_wire(answer: wire::Response) -> Answer {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    // The router only returns statuses of at least 200 and printable headers. Anything else would be a bug in the mock.
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// Returns a response that closes the connection, because the start of the next request is unknown.
fn closing(status: StatusCode, body: &'static str) -> Answer {
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
