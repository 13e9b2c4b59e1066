//! Checks that every request gets a readable answer, and that the mock's state grows at most in
//! proportion to the size of the request.

mod form;
mod json;

use infra_mock::MockAws;
use infra_mock::api::Service;
use infra_mock::wire::{Request, Response};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::listed;
use super::model::{AnyStep, Scope, sequences};

const DATE: &str = "20260101T000000Z";

fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=mock/20260101/us-east-1/{service}/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=0123"
    )
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    let found = response.headers.iter().find(|(key, _)| *key == name);
    found.map(|(_, value)| value.as_str())
}

/// Checks that AWS clients can read the answer.
fn assert_readable(response: &Response) -> Result<(), TestCaseError> {
    prop_assert_eq!(header(response, "x-amzn-requestid").map(str::len), Some(36));
    prop_assert!((200..600).contains(&response.status));
    match header(response, "content-type") {
        Some("application/x-amz-json-1.1") => {
            let body: Value = if response.body.is_empty() && response.status == 200 {
                Value::Null
            } else {
                serde_json::from_str(&response.body)
                    .map_err(|error| TestCaseError::fail(error.to_string()))?
            };
            let code =
                body.get("__type").and_then(Value::as_str).is_some_and(|code| !code.is_empty());
            prop_assert_eq!(code, response.status != 200, "{:?}", response);
        }
        Some("text/xml") => {
            let is_error = response.status != 200;
            let kind = if is_error { "Error" } else { "Response xmlns=" };
            let is_bare = response.body.starts_with("<AccessDeniedException>")
                || response.body == "<UnknownOperationException/>\n";
            prop_assert!(response.body.contains(kind) || is_bare, "{:?}", response);
            prop_assert!(response.body.chars().all(is_xml_char), "{:?}", response);
        }
        other => return Err(TestCaseError::fail(format!("content type {other:?}"))),
    }
    Ok(())
}

/// Returns whether XML 1.0 allows a character: <https://www.w3.org/TR/xml/#charsets>.
fn is_xml_char(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A malformation to apply to a request, described by its position and its kind.
#[derive(Clone, Debug)]
struct Damage {
    place: Index,
    kind: Index,
}

/// Encodes a request in its service's protocol, and applies the given malformations.
fn damaged(step: &AnyStep, damages: &[Damage]) -> Vec<u8> {
    match step.id().service {
        Service::Iam | Service::Sts => form::damaged(step, damages),
        Service::Ecs | Service::Ecr | Service::Logs => json::damaged(step.request(), damages),
    }
}

fn send(mock: &MockAws, step: &AnyStep, body: &[u8]) -> Response {
    let id = step.id();
    let authorization = authorization(id.service.id());
    let mut headers = vec![("x-amz-date", DATE), ("authorization", authorization.as_str())];
    let prefix = match id.service {
        Service::Ecs => Some("AmazonEC2ContainerServiceV20141113"),
        Service::Ecr => Some("AmazonEC2ContainerRegistry_V20150921"),
        Service::Logs => Some("Logs_20140328"),
        Service::Iam | Service::Sts => None,
    };
    let target = prefix.map(|prefix| format!("{prefix}.{}", id.name));
    match &target {
        Some(target) => {
            headers.extend([
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", target.as_str()),
            ]);
        }
        None => headers.push(("content-type", "application/x-www-form-urlencoded")),
    }
    mock.answer(&Request { method: "POST", target: "/", headers, body })
}

/// Returns the size of the world as JSON.
fn size(mock: &MockAws) -> usize {
    serde_json::to_string(&mock.world()).map_or(0, |world| world.len())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_and_headers_are_answered(
        method in "GET|POST|PUT|[A-Z]{0,5}",
        target in "/?\\PC{0,60}",
        content_type in "application/x-amz-json-1.1|application/x-www-form-urlencoded|\\PC{0,20}",
        amz_target in proptest::option::of("(Logs_20140328\\.)?\\PC{0,40}"),
        authorization in proptest::option::of("(AWS4-HMAC-SHA256 )?(Credential=)?[\\PC/,= ]{0,60}"),
        body in vec(any::<u8>(), 0..400),
    ) {
        let mut headers = vec![("content-type", content_type.as_str()), ("x-amz-date", DATE)];
        headers.extend(amz_target.as_deref().map(|value| ("x-amz-target", value)));
        headers.extend(authorization.as_deref().map(|value| ("authorization", value)));
        let request = Request { method: &method, target: &target, headers, body: &body };
        assert_readable(&MockAws::new().answer(&request))?;
    }

    /// The test sends each request intact before it sends the malformed version. Otherwise, many
    /// malformed requests would fail merely because a resource is missing.
    #[test]
    fn malformed_requests_are_answered_and_state_grows_in_proportion(
        steps in sequences(Scope { odd: 100, longest: 12, now: 1_767_225_600_000 }),
        damages in vec(vec((any::<Index>(), any::<Index>()), 0..3), 12),
    ) {
        let mock = MockAws::new();
        let mut before = size(&mock);
        for (step, damages) in steps.iter().zip(&damages) {
            let damages: Vec<_> =
                damages.iter().map(|(place, kind)| Damage { place: *place, kind: *kind }).collect();
            let intact = send(&mock, step, &damaged(step, &[]));
            let body = damaged(step, &damages);
            let response = send(&mock, step, &body);
            for response in [&intact, &response] {
                assert_readable(response).map_err(|failure| {
                    TestCaseError::fail(format!("{failure}\n{}", listed(&steps)))
                })?;
            }
            // A resource is larger than the request that creates it, because it also contains an
            // ARN, timestamps and default values.
            let after = size(&mock);
            prop_assert!(
                after <= before + 8 * (body.len() + 1024),
                "{step:?} of {} bytes grows the world to {} from {before} bytes",
                body.len(),
                after
            );
            before = after;
        }
    }
}
