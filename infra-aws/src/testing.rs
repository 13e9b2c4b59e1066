//! Creates HTTP responses, clients and values for the tests of all services.

use std::fmt::Debug;
use std::str::FromStr;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use infra_core::error::{Error, ErrorKind};
use infra_core::tags::Tags;

pub(crate) const REQUEST_ID: &str = "4f1c2b7e-0000-4000-8000-000000000001";

/// Creates a response with the given status and body, and with a request ID.
pub(crate) fn http(status: u16, body: impl Into<String>) -> HttpResponse {
    let status = StatusCode::try_from(status).unwrap();
    let mut response = HttpResponse::new(status, SdkBody::from(body.into()));
    response.headers_mut().insert("x-amzn-requestid", REQUEST_ID);
    response
}

/// Creates an error response in the JSON format of ECS, ECR and CloudWatch Logs.
pub(crate) fn json_error(status: u16, code: &str, message: &str) -> HttpResponse {
    http(status, format!(r#"{{"__type": {code:?}, "message": {message:?}}}"#))
}

/// Creates an error response in the XML format of IAM and STS.
pub(crate) fn query_error(status: u16, code: &str, message: &str) -> HttpResponse {
    http(
        status,
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
        ),
    )
}

/// Creates a successful response in the XML format of IAM and STS.
pub(crate) fn query(action: &str, result: &str) -> HttpResponse {
    http(
        200,
        format!(
            "<{action}Response><{action}Result>{result}</{action}Result>\
             <ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{action}Response>"
        ),
    )
}

/// Parses a name, an ARN or another value. Panics if the text is invalid.
pub(crate) fn of<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn tags<const N: usize>(pairs: [(&str, &str); N]) -> Tags {
    Tags::observed(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())))
}

#[track_caller]
pub(crate) fn assert_error(error: &Error, kind: ErrorKind, code: &str, message: &str, status: u16) {
    assert_eq!(error.code(), Some(code), "{error:?}");
    assert_eq!(error.message(), message);
    assert_eq!(error.kind(), kind);
    assert_eq!(error.status(), Some(status));
    assert_eq!(error.request_id(), Some(REQUEST_ID));
    assert!(error.operation().is_some());
}

/// Creates a rule that answers the calls to an operation with the given [`HttpResponse`]s, in
/// order.
macro_rules! answers {
    ($operation:expr $(, if $matches:expr)?; $($answer:expr),+ $(,)?) => {
        aws_smithy_mocks::mock!($operation)
            $(.match_requests($matches))?
            .sequence()
            $(.http_response(move || $answer))+
            .build()
    };
}

/// Creates an SDK client that gets the response to each request from the matching rule.
macro_rules! client {
    ($sdk:ident; $($rule:expr),+ $(,)?) => {
        aws_smithy_mocks::mock_client!($sdk, aws_smithy_mocks::RuleMode::MatchAny, [$($rule),+])
    };
}

pub(crate) use {answers, client};
