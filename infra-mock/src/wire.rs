//! The router of the two HTTP access paths: one request in, one answer out, byte for byte the same behind both.
//!
//! Who calls and where comes from the scope that the request was signed for, what is called from
//! `X-Amz-Target` or `Action` and `Version`, and nothing from the host's name. The signature itself is not
//! checked, as the mock knows no secret keys; everything around it is.
//!
//! The order in which AWS's front end objects (method, content type, body, operation, signature, types) and
//! the form of its answers were read off requests to AWS by the tests of
//! <https://github.com/mhart/kinesalite>, whose service speaks the same JSON protocol.

mod form;
mod json;
mod member;
mod query;
mod scope;
mod table;
mod xml;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::api::{ApiError, OperationId, Service};
use crate::faults::{Delivery, Stopped};
use crate::mock::MockAws;

use self::scope::Unsigned;
use self::table::Typed;

/// A request as it comes over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request<'r> {
    /// The method, for instance `POST`.
    pub method: &'r str,
    /// Path and query; the path makes no difference.
    pub target: &'r str,
    /// Names and values of the headers.
    pub headers: Vec<(&'r str, &'r str)>,
    /// The body.
    pub body: &'r [u8],
}

impl<'r> Request<'r> {
    /// The first header of that name, in whatever case.
    pub fn header(&self, name: &str) -> Option<&'r str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// The content type without its parameters.
    fn content_type(&self) -> &'r str {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim()
    }
}

/// An answer as it goes over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names, in lower case, and values of the headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

const XML: &str = "text/xml";

/// The code of refusals that are the mock's own. AWS has none of that name.
pub(crate) const NOT_IMPLEMENTED: &str = "NotImplemented";

/// How a service's answers look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    /// JSON 1.1.
    Json,
    /// The Query protocol's XML, of a namespace.
    Query(&'static str),
    /// What the front end says where it cannot tell the service: an element that is named for the error.
    Bare,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    protocol: Protocol,
    status: u16,
    code: Cow<'static, str>,
    message: Option<String>,
}

impl Refusal {
    fn new(protocol: Protocol, status: u16, code: impl Into<Cow<'static, str>>) -> Self {
        Self { protocol, status, code: code.into(), message: None }
    }

    fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    fn of_service(service: Service, error: ApiError) -> Self {
        let ApiError { code, status, message } = error;
        Self { protocol: protocol(service), status, code, message: Some(message) }
    }

    /// An operation that AWS has and the mock does not.
    fn not_implemented(service: Service, operation: &str) -> Self {
        Self::new(protocol(service), 501, NOT_IMPLEMENTED)
            .saying(format!("infra-mock does not implement {service}:{operation}"))
    }

    /// No method, target or body that any service listens to.
    fn nameless() -> Self {
        Self::new(Protocol::Bare, 403, "AccessDeniedException")
            .saying("Unable to determine service/operation name to be authorized")
    }

    /// A body that no protocol of the service knows.
    fn foreign_body() -> Self {
        Self::new(Protocol::Bare, 404, "UnknownOperationException")
    }

    /// Codes and statuses: <https://github.com/jenkinsci/amazon-ecr-plugin/issues/199>,
    /// <https://github.com/iann0036/cloud9-sync/issues/10> and
    /// <https://github.com/aws/aws-sdk-ruby/issues/431> for JSON;
    /// <https://github.com/amzn/selling-partner-api-docs/issues/3081>,
    /// <https://github.com/boto/boto3/issues/2280> and <https://github.com/timkay/aws/pull/111> for Query.
    fn unsigned(protocol: Protocol, why: Unsigned) -> Self {
        let is_json = protocol == Protocol::Json;
        let (status, code, message) = match (why, is_json) {
            (Unsigned::Missing, true) => (
                400,
                "MissingAuthenticationTokenException",
                "Missing Authentication Token".to_owned(),
            ),
            (Unsigned::Missing, false) => (
                403,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token".to_owned(),
            ),
            (Unsigned::Incomplete(words), true) => (400, "IncompleteSignatureException", words),
            (Unsigned::Incomplete(words), false) => (400, "IncompleteSignature", words),
            (Unsigned::Mismatch(words), true) => (400, "InvalidSignatureException", words),
            (Unsigned::Mismatch(words), false) => (403, "SignatureDoesNotMatch", words),
        };
        Self::new(protocol, status, code).saying(message)
    }

    fn write(&self, request_id: &str) -> Response {
        let (content_type, body) = match self.protocol {
            Protocol::Json => (json::CONTENT_TYPE, json::error(self)),
            Protocol::Query(namespace) => (XML, xml::error(namespace, self, request_id)),
            Protocol::Bare => (XML, xml::bare(self)),
        };
        response(self.status, content_type, body, request_id)
    }
}

fn protocol(service: Service) -> Protocol {
    match service {
        Service::Iam | Service::Sts => Protocol::Query(query::namespace(service)),
        Service::Ecs | Service::Ecr | Service::Logs => Protocol::Json,
    }
}

fn response(status: u16, content_type: &str, body: String, request_id: &str) -> Response {
    let headers = vec![
        ("x-amzn-requestid", request_id.to_owned()),
        ("content-type", content_type.to_owned()),
    ];
    Response { status, headers, body }
}

impl MockAws {
    /// Answers one HTTP request, as the endpoints of the five services would.
    ///
    /// Without the [faults](crate::faults) of its way to the mock, which [`deliver`](Self::deliver) adds; both are
    /// public for those who bring an HTTP library of their own.
    ///
    /// ```
    /// use infra_mock::MockAws;
    /// use infra_mock::wire::Request;
    ///
    /// let request = Request {
    ///     method: "POST",
    ///     target: "/",
    ///     headers: vec![
    ///         ("content-type", "application/x-amz-json-1.1"),
    ///         ("x-amz-target", "AmazonEC2ContainerServiceV20141113.ListClusters"),
    ///         ("x-amz-date", "20260101T000000Z"),
    ///         (
    ///             "authorization",
    ///             "AWS4-HMAC-SHA256 Credential=mock/20260101/us-east-1/ecs/aws4_request, \
    ///              SignedHeaders=host, Signature=0",
    ///         ),
    ///     ],
    ///     body: b"{}",
    /// };
    /// assert_eq!(MockAws::new().answer(&request).body, r#"{"clusterArns":[]}"#);
    /// ```
    pub fn answer(&self, request: &Request<'_>) -> Response {
        let request_id = self.next_request_id();
        let result = route(self, request).and_then(|Routed { call: _, caller, typed }| {
            typed.run(&caller, &Delivery::default(), &request_id)
        });
        written(request, result, &request_id)
    }

    /// Brings one HTTP request through the [faults](crate::faults) of its way to the mock, and the answer back;
    /// without an answer the connection is to break. Both HTTP access paths call it.
    pub async fn deliver(&self, request: &Request<'_>) -> Option<Response> {
        let request_id = self.next_request_id();
        let result = match route(self, request) {
            Err(refusal) => Err(refusal),
            Ok(Routed { call, caller, typed }) => {
                let refused = |stopped| match stopped {
                    Stopped::Refused(error) => Some(Refusal::of_service(call.service, error)),
                    Stopped::Lost => None,
                };
                match self.deliver_request(call, || typed.request()).await {
                    Err(stopped) => Err(refused(stopped)?),
                    Ok(delivery) => {
                        let result = typed.run(&caller, &delivery, &request_id);
                        match self.deliver_response(delivery).await {
                            Err(stopped) => Err(refused(stopped)?),
                            Ok(()) => result,
                        }
                    }
                }
            }
        };
        Some(written(request, result, &request_id))
    }
}

/// A call that came over HTTP.
struct Routed {
    call: OperationId,
    /// The mock as who signed the request calls it.
    caller: MockAws,
    typed: Box<dyn Typed>,
}

fn is_json(request: &Request<'_>) -> bool {
    request.header("x-amz-target").is_some() || request.content_type() == json::CONTENT_TYPE
}

fn route(mock: &MockAws, request: &Request<'_>) -> Result<Routed, Refusal> {
    if is_json(request) { json::route(mock, request) } else { query::route(mock, request) }
}

/// What a request without a protocol of the five services asks for: the operation that its path names in the protocol
/// [RPC v2 CBOR](https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html), or method and path of a REST
/// request.
fn asked(request: &Request<'_>) -> String {
    let path = request.target.split('?').next().unwrap_or_default();
    let target = request.header("x-amz-target").and_then(|target| target.rsplit('.').next());
    let of_path = path.strip_prefix("/service/").and_then(|rest| rest.split_once("/operation/"));
    match (target, of_path) {
        (Some(name), _) | (None, Some((_, name))) if !name.is_empty() => name.to_owned(),
        _ => format!("{} {path}", request.method),
    }
}

/// Refuses and records a request that no operation can be found for. `refusal` is AWS's answer if the request is for one
/// of the five services; for a request that was signed for another service, the mock says that it lacks the service.
fn unroutable(mock: &MockAws, request: &Request<'_>, name: &str, refusal: Refusal) -> Refusal {
    let service = scope::signed_service(request);
    let is_known = |id: &str| Service::ALL.iter().any(|service| service.id() == id);
    let refusal = match service.filter(|service| !is_known(service)) {
        None => refusal,
        Some(service) => {
            let protocol = match refusal.protocol {
                Protocol::Bare if request.content_type().contains("json") => Protocol::Json,
                Protocol::Bare => query::NO_SERVICE,
                protocol => protocol,
            };
            Refusal::new(protocol, 501, NOT_IMPLEMENTED)
                .saying(format!("infra-mock does not implement {service}:{name}"))
        }
    };
    mock.record_refused(service.unwrap_or("unknown"), name, false, &refusal.code);
    refusal
}

fn written(request: &Request<'_>, result: Result<String, Refusal>, request_id: &str) -> Response {
    match result {
        Ok(body) => {
            let content_type = if is_json(request) { json::CONTENT_TYPE } else { XML };
            response(200, content_type, body, request_id)
        }
        Err(refusal) => refusal.write(request_id),
    }
}

/// What the requests of all operations have to satisfy.
#[cfg(test)]
pub(crate) fn shapes() -> impl Iterator<Item = &'static crate::constraints::Shape> {
    Service::ALL.into_iter().flat_map(table::of_service).map(|entry| (entry.shape)())
}

/// Returns every operation that the mock implements, by service and name.
pub fn operations() -> impl Iterator<Item = OperationId> {
    Service::ALL.into_iter().flat_map(table::of_service).map(|entry| entry.id)
}
