//! Tests for the router, and shared helpers that send signed requests to the mock.

mod codec;
mod life_cycle;
mod refusals;
mod routes;

use super::{Request, Response};
use crate::mock::MockAws;

const DATE: &str = "20260101T000000Z";

fn authorization(key: &str, region: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=0123"
    )
}

fn answer(mock: &MockAws, headers: &[(&str, &str)], body: &str) -> Response {
    let headers = headers.to_vec();
    mock.answer(&Request { method: "POST", target: "/", headers, body: body.as_bytes() })
}

/// Sends a JSON 1.1 request with this target, signed for this service.
fn json(mock: &MockAws, service: &str, target: &str, body: &str) -> Response {
    let authorization = authorization("mock", "eu-west-1", service);
    let headers = [
        ("Content-Type", "application/x-amz-json-1.1"),
        ("X-Amz-Target", target),
        ("X-Amz-Date", DATE),
        ("Authorization", &authorization),
    ];
    answer(mock, &headers, body)
}

fn ecs(mock: &MockAws, operation: &str, body: &str) -> Response {
    json(mock, "ecs", &format!("AmazonEC2ContainerServiceV20141113.{operation}"), body)
}

/// Sends a request of the Query protocol, signed for this service.
fn query(mock: &MockAws, service: &str, body: &str) -> Response {
    let authorization = authorization("mock", "us-east-1", service);
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("X-Amz-Date", DATE),
        ("Authorization", &authorization),
    ];
    answer(mock, &headers, body)
}

fn iam(mock: &MockAws, operation: &str, rest: &str) -> Response {
    query(mock, "iam", &format!("Action={operation}&Version=2010-05-08{rest}"))
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    let found = response.headers.iter().find(|(key, _)| *key == name);
    found.map(|(_, value)| value.as_str())
}
