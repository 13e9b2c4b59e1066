//! The mock's own paths, under `/_mock/`.

use std::error::Error;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use serde_json::json;

use crate::mock::MockAws;

type Answer = Response<Full<Bytes>>;
type Act = fn(&MockAws) -> (StatusCode, String);

/// The answer, where the request is for the mock itself.
pub(super) fn answer(mock: &MockAws, request: &Parts) -> Option<Answer> {
    let name = request.uri.path().strip_prefix("/_mock/")?;
    let (method, act): (_, Act) = match name {
        "health" => (Method::GET, health),
        "reset" => (Method::POST, reset),
        "calls" => (Method::GET, calls),
        _ => {
            let error = json!({ "error": format!("the mock has nothing at /_mock/{name}") });
            return Some(written(StatusCode::NOT_FOUND, error.to_string()));
        }
    };
    if request.method != method {
        let error = json!({ "error": format!("/_mock/{name} takes {method} only") });
        let mut answer = written(StatusCode::METHOD_NOT_ALLOWED, error.to_string());
        if let Ok(allowed) = HeaderValue::from_str(method.as_str()) {
            answer.headers_mut().insert(ALLOW, allowed);
        }
        return Some(answer);
    }
    let (status, body) = act(mock);
    Some(written(status, body))
}

fn health(_: &MockAws) -> (StatusCode, String) {
    let body = json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "services": ["ecr", "ecs", "iam", "logs", "sts"],
    });
    (StatusCode::OK, body.to_string())
}

fn reset(mock: &MockAws) -> (StatusCode, String) {
    mock.reset()
        .map_or_else(failed, |()| (StatusCode::OK, json!({ "status": "reset" }).to_string()))
}

fn calls(mock: &MockAws) -> (StatusCode, String) {
    serde_json::to_string(&mock.journal()).map_or_else(failed, |calls| (StatusCode::OK, calls))
}

fn failed(error: impl Error) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, json!({ "error": error.to_string() }).to_string())
}

fn written(status: StatusCode, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
