//! The router for both HTTP access paths. Because both paths use it, they return identical bytes.
//!
//! The caller and the location come from the scope of the request's signature, and the operation
//! comes from `X-Amz-Target` or from `Action` and `Version`. The host name is not used. The mock
//! accepts any access key, so it cannot verify the signature value. It checks all other parts of
//! the signature.
//!
//! The order in which AWS's front end reports errors (method, content type, body, operation,
//! signature, types) and the form of its responses come from requests to AWS that the tests of
//! <https://github.com/mhart/kinesalite> recorded. kinesalite is a mock of Kinesis, which uses the
//! same JSON protocol.

pub(crate) mod form;
mod json;
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
use crate::registry::storage;

use self::scope::Unsigned;
use self::table::Typed;

/// An HTTP request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request<'r> {
    /// The method, such as `POST`.
    pub method: &'r str,
    /// The path and the query. Only the [registry](crate::registry) uses the path.
    pub target: &'r str,
    /// The names and values of the headers.
    pub headers: Vec<(&'r str, &'r str)>,
    /// The body.
    pub body: &'r [u8],
}

impl<'r> Request<'r> {
    /// Returns the first header with that name, ignoring case.
    pub fn header(&self, name: &str) -> Option<&'r str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// Returns the content type without its parameters.
    fn content_type(&self) -> &'r str {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim()
    }
}

/// An HTTP response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The names, in lower case, and the values of the headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

const XML: &str = "text/xml";

const EXPIRED: &str = "The security token included in the request is expired";
const INVALID: &str = "The security token included in the request is invalid";

/// The code of the mock's own errors. AWS has no code with this name.
pub(crate) const NOT_IMPLEMENTED: &str = "NotImplemented";

/// The format of a service's responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    /// JSON 1.1.
    Json,
    /// The XML of the Query protocol, with a namespace.
    Query(&'static str),
    /// The format that the front end uses if it cannot determine the service: an XML element named
    /// after the error.
    Bare,
}

/// The reason why a request is rejected.
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
        Self {
            protocol: protocol(service),
            status,
            code,
            message: Some(message).filter(|text| !text.is_empty()),
        }
    }

    /// Creates the error for an operation that AWS has but the mock does not implement.
    fn not_implemented(service: Service, operation: &str) -> Self {
        Self::new(protocol(service), 501, NOT_IMPLEMENTED)
            .saying(format!("infra-mock does not implement {service}:{operation}"))
    }

    /// Creates the error for a method, target or body that no service accepts.
    fn nameless() -> Self {
        Self::new(Protocol::Bare, 403, "AccessDeniedException")
            .saying("Unable to determine service/operation name to be authorized")
    }

    /// Creates the error for a body that no protocol of the service accepts.
    fn foreign_body() -> Self {
        Self::new(Protocol::Bare, 404, "UnknownOperationException")
    }

    /// Creates the error for a missing or invalid signature. The codes and statuses come from
    /// <https://github.com/jenkinsci/amazon-ecr-plugin/issues/199>, <https://github.com/iann0036/cloud9-sync/issues/10>
    /// and <https://github.com/aws/aws-sdk-ruby/issues/431> for JSON, and from
    /// <https://github.com/amzn/selling-partner-api-docs/issues/3081>, <https://github.com/boto/boto3/issues/2280> and
    /// <https://github.com/timkay/aws/pull/111> for Query.
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
            // https://github.com/aws-samples/aws-iot-twinmaker-samples/issues/147 shows this for
            // Query. The JSON code follows the pattern of the other JSON codes, which end with
            // `Exception`.
            (Unsigned::Expired, true) => (400, "ExpiredTokenException", EXPIRED.to_owned()),
            (Unsigned::Expired, false) => (403, "ExpiredToken", EXPIRED.to_owned()),
            // https://github.com/aws-azure-login/aws-azure-login/issues/37 and
            // https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2890
            (Unsigned::Invalid, true) => {
                (400, "UnrecognizedClientException", format!("{INVALID}."))
            }
            (Unsigned::Invalid, false) => (403, "InvalidClientTokenId", INVALID.to_owned()),
            (Unsigned::Mismatch(words), true) => (400, "InvalidSignatureException", words),
            (Unsigned::Mismatch(words), false) => (403, "SignatureDoesNotMatch", words),
        };
        Self::new(protocol, status, code).saying(message)
    }

    fn write(&self, request_id: String) -> Response {
        let (content_type, body) = match self.protocol {
            Protocol::Json => (json::CONTENT_TYPE, json::error(self)),
            Protocol::Query(namespace) => (XML, xml::error(namespace, self, &request_id)),
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

fn response(status: u16, content_type: &str, body: String, request_id: String) -> Response {
    let headers = vec![("x-amzn-requestid", request_id), ("content-type", content_type.to_owned())];
    Response { status, headers, body }
}

impl MockAws {
    /// Handles an HTTP request as the five services' endpoints do.
    ///
    /// This method does not apply [faults](crate::faults); [`deliver`](Self::deliver) does. Both
    /// methods are public so that programs can use them with their own HTTP library.
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
        written(request, result, request_id)
    }

    /// Delivers one HTTP request and its response, applying [faults](crate::faults). Returns `None`
    /// if the connection must be broken. Both HTTP access paths call this method.
    pub async fn deliver(&self, request: &Request<'_>) -> Option<Response> {
        let request_id = self.next_request_id();
        let result = match route(self, request) {
            Err(refusal) => Err(refusal),
            Ok(routed) => {
                let delivery = self.delivery(routed.call);
                if delivery == Delivery::default() {
                    routed.typed.run(&routed.caller, &delivery, &request_id)
                } else {
                    // This future is large, but few calls need it.
                    Box::pin(self.deliver_with(delivery, routed, &request_id)).await?
                }
            }
        };
        Some(written(request, result, request_id))
    }

    /// Delivers a call that is affected by faults. Returns `None` if the connection must be broken.
    async fn deliver_with(
        &self,
        delivery: Delivery,
        routed: Routed,
        request_id: &str,
    ) -> Option<Result<String, Refusal>> {
        let Routed { call, caller, typed } = routed;
        let answer = |stopped| match stopped {
            Stopped::Refused(error) => Some(Err(Refusal::of_service(call.service, error))),
            Stopped::Lost => None,
        };
        let delivery = match self.deliver_request(delivery, call, &|| typed.request()).await {
            Ok(delivery) => delivery,
            Err(stopped) => return answer(stopped),
        };
        let result = typed.run(&caller, &delivery, request_id);
        match self.deliver_response(delivery).await {
            Ok(()) => Some(result),
            Err(stopped) => answer(stopped),
        }
    }
}

/// A call that was made over HTTP.
struct Routed {
    call: OperationId,
    /// A handle to the mock whose caller is the signer of the request.
    caller: MockAws,
    typed: Box<dyn Typed>,
}

fn is_json(request: &Request<'_>) -> bool {
    request.header("x-amz-target").is_some() || request.content_type() == json::CONTENT_TYPE
}

fn route(mock: &MockAws, request: &Request<'_>) -> Result<Routed, Refusal> {
    if is_json(request) { json::route(mock, request) } else { query::route(mock, request) }
}

/// Returns the operation in a request that uses none of the five services' protocols. For [RPC v2
/// CBOR](https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html), this is the
/// operation's name in the path. For a REST request, the operation is the method and path.
fn asked(request: &Request<'_>) -> String {
    let path = request.target.split('?').next().unwrap_or_default();
    let target = request.header("x-amz-target").and_then(|target| target.rsplit('.').next());
    let of_path = path.strip_prefix("/service/").and_then(|rest| rest.split_once("/operation/"));
    match (target, of_path) {
        (Some(name), _) | (None, Some((_, name))) if !name.is_empty() => name.to_owned(),
        _ => format!("{} {path}", request.method),
    }
}

/// Rejects and records a request whose operation cannot be determined. If the request was signed
/// for a service that the mock does not implement, returns an error that names the service.
/// Otherwise, returns `refusal`, which is AWS's error.
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

fn written(request: &Request<'_>, result: Result<String, Refusal>, request_id: String) -> Response {
    match result {
        Ok(body) => {
            let target = request.header("x-amz-target").unwrap_or_default();
            let body = if target.ends_with(".GetDownloadUrlForLayer") {
                storage::with_reachable_url(body, request.header("host"))
            } else {
                body
            };
            let content_type = if is_json(request) { json::CONTENT_TYPE } else { XML };
            response(200, content_type, body, request_id)
        }
        Err(refusal) => refusal.write(request_id),
    }
}

/// Returns the request constraints of all operations.
#[cfg(test)]
pub(crate) fn shapes() -> impl Iterator<Item = &'static crate::constraints::Shape> {
    Service::ALL.into_iter().flat_map(table::of_service).map(|entry| (entry.shape)())
}

/// Returns every operation that the mock implements, by service and name.
pub fn operations() -> impl Iterator<Item = OperationId> {
    Service::ALL.into_iter().flat_map(table::of_service).map(|entry| entry.id)
}
