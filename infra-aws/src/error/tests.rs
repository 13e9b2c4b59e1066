//! Tests the conversion of SDK errors. Most tests get the error from a real SDK client.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_iam::Client;
use aws_sdk_iam::config::{Config, SharedHttpClient};
use aws_sdk_iam::operation::create_role::CreateRoleError;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::timeout::TimeoutConfig;
use infra_core::error::{Effect, Error, ErrorKind};
use infra_core::operation::iam;
use infra_core::policy::PolicyDocument;
use infra_core::provider::{ClusterProvider, IdentityProvider, RoleProvider, RoleSpec};

use super::from_sdk;
use crate::testing::{
    REQUEST_ID, answers, assert_error, client, http, json_error, of, query, query_error, tags,
};
use crate::{EcsClusters, IamRoles, StsIdentity};

/// A connector that returns one scripted result per call. After the last result, it never responds.
#[derive(Debug)]
struct Scripted(Mutex<VecDeque<Result<HttpResponse, ConnectorError>>>);

impl HttpConnector for Scripted {
    fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
        match self.0.lock().unwrap().pop_front() {
            Some(outcome) => HttpConnectorFuture::ready(outcome),
            None => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}

fn over(connector: impl HttpConnector + 'static) -> IamRoles {
    let connector = SharedHttpConnector::new(connector);
    let http: SharedHttpClient = http_client_fn(move |_, _| connector.clone());
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_mins(1));
    let config = Config::builder().with_test_defaults_v2().http_client(http);
    IamRoles::new(Client::from_conf(config.timeout_config(timeouts.build()).build()))
}

fn scripted<const N: usize>(script: [Result<HttpResponse, ConnectorError>; N]) -> IamRoles {
    over(Scripted(Mutex::new(script.into())))
}

fn refused() -> ConnectorError {
    ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionRefused).into())
}

fn reset() -> ConnectorError {
    ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into())
}

fn exists() -> HttpResponse {
    query_error(409, "EntityAlreadyExists", "Role with name app already exists.")
}

async fn create(roles: &IamRoles) -> Error {
    let spec = RoleSpec {
        name: of("app"),
        path: of("/"),
        trust: PolicyDocument::new([]),
        description: None,
        max_session_duration: 3_600,
        permissions_boundary: None,
        tags: tags([]),
    };
    roles.create_role(&spec).await.unwrap_err()
}

#[track_caller]
fn assert_no_answer(error: &Error, effect: Effect) {
    assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
    assert_eq!(error.effect(), effect, "{error:?}");
    assert_eq!(error.operation(), Some(iam::CREATE_ROLE));
    assert_eq!((error.code(), error.status(), error.request_id()), (None, None, None));
}

#[tokio::test(start_paused = true)]
async fn throttling_is_retried_by_the_sdk() {
    let slow = || query_error(400, "Throttling", "Rate exceeded");
    let rule = answers!(aws_sdk_iam::Client::delete_role;
        slow(), slow(), query("DeleteRole", ""));
    let roles = IamRoles::new(client!(aws_sdk_iam; &rule));
    roles.delete_role(&of("app")).await.unwrap();
    assert_eq!(rule.num_calls(), 3);
}

#[tokio::test(start_paused = true)]
async fn endless_throttling_is_a_throttling_error() {
    let slow = || query_error(400, "Throttling", "Rate exceeded");
    let rule = answers!(aws_sdk_iam::Client::delete_role; slow(), slow(), slow());
    let roles = IamRoles::new(client!(aws_sdk_iam; &rule));
    let error = roles.delete_role(&of("app")).await.unwrap_err();
    assert_error(&error, ErrorKind::Throttled, "Throttling", "Rate exceeded", 400);
    assert_eq!(error.effect(), Effect::None);
    assert_eq!(rule.num_calls(), 3);
}

#[tokio::test(start_paused = true)]
async fn service_failure_is_retried_and_may_have_taken_effect() {
    let fails = || query_error(500, "ServiceFailure", "Internal error");
    let rule = answers!(aws_sdk_iam::Client::delete_role; fails(), fails(), fails());
    let roles = IamRoles::new(client!(aws_sdk_iam; &rule));
    let error = roles.delete_role(&of("app")).await.unwrap_err();
    assert_error(&error, ErrorKind::Service, "ServiceFailure", "Internal error", 500);
    assert_eq!(error.effect(), Effect::Unknown);
    assert_eq!(rule.num_calls(), 3);
}

#[tokio::test]
async fn missing_localstack_service_is_unsupported_without_retries() {
    let message = "The API for service ecs is either not included in your current license plan or has not \
                   yet been emulated by LocalStack.";
    let rule = answers!(aws_sdk_ecs::Client::delete_cluster;
        json_error(501, "InternalFailure", message));
    let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
    let error = clusters.delete_cluster(&of("demo")).await.unwrap_err();
    assert_error(&error, ErrorKind::Unsupported, "InternalFailure", message, 501);
    assert_eq!(error.effect(), Effect::None);
    assert_eq!(rule.num_calls(), 1);
}

#[tokio::test]
async fn access_denied_keeps_the_aws_message_and_is_not_retried() {
    let message =
        "User: arn:aws:iam::123456789012:user/x is not authorized to perform: iam:DeleteRole";
    let rule = answers!(aws_sdk_iam::Client::delete_role;
        query_error(403, "AccessDenied", message));
    let roles = IamRoles::new(client!(aws_sdk_iam; &rule));
    let error = roles.delete_role(&of("app")).await.unwrap_err();
    assert_error(&error, ErrorKind::AccessDenied, "AccessDenied", message, 403);
    assert_eq!(error.effect(), Effect::None);
    assert_eq!(rule.num_calls(), 1);
    assert_eq!(
        error.to_string(),
        format!("iam:DeleteRole: {message} (AccessDenied, request id {REQUEST_ID})")
    );
}

#[tokio::test]
async fn empty_message_is_replaced_by_the_code() {
    let rule = answers!(aws_sdk_iam::Client::delete_role; query_error(409, "DeleteConflict", ""));
    let roles = IamRoles::new(client!(aws_sdk_iam; &rule));
    let error = roles.delete_role(&of("app")).await.unwrap_err();
    assert_error(&error, ErrorKind::InUse, "DeleteConflict", "DeleteConflict", 409);
}

#[tokio::test]
async fn unparsable_response_may_have_taken_effect() {
    for body in ["<html>an error page", "", "{}"] {
        let rule = answers!(aws_sdk_iam::Client::create_role; http(200, body));
        let error = create(&IamRoles::new(client!(aws_sdk_iam; &rule))).await;
        assert_unreadable(&error);
    }
    for body in ["<html>an error page", "{\"cluster\": {\"clusterArn\": "] {
        let rule = answers!(aws_sdk_ecs::Client::delete_cluster; http(200, body));
        let clusters = EcsClusters::new(client!(aws_sdk_ecs; &rule));
        assert_unreadable(&clusters.delete_cluster(&of("demo")).await.unwrap_err());
    }
}

#[track_caller]
fn assert_unreadable(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Service, "{error:?}");
    assert_eq!(error.effect(), Effect::Unknown);
    assert_eq!(error.message(), "the response (HTTP 200) cannot be read");
    assert_eq!(error.request_id(), Some(REQUEST_ID));
}

#[tokio::test(start_paused = true)]
async fn error_page_of_a_proxy_is_classified_by_its_status() {
    let cases = [
        (403, ErrorKind::AccessDenied, Effect::None),
        (404, ErrorKind::Other, Effect::None),
        (429, ErrorKind::Throttled, Effect::None),
        (501, ErrorKind::Unsupported, Effect::None),
        (502, ErrorKind::Service, Effect::Unknown),
    ];
    for (status, kind, effect) in cases {
        let page = move || http(status, "<html>Bad</html>");
        let query = answers!(aws_sdk_iam::Client::create_role; page(), page(), page());
        let json = answers!(aws_sdk_ecs::Client::delete_cluster; page(), page(), page());
        let clusters = EcsClusters::new(client!(aws_sdk_ecs; &json));
        for error in [
            create(&IamRoles::new(client!(aws_sdk_iam; &query))).await,
            clusters.delete_cluster(&of("demo")).await.unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.effect()), (kind, effect), "{error:?}");
            let message = format!("the response has HTTP status {status} but no error code");
            assert_eq!(error.message(), message);
            assert_eq!(error.request_id(), Some(REQUEST_ID));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn failed_connection_has_no_effect() {
    let roles = scripted([Err(refused()), Err(refused()), Err(refused())]);
    let error = create(&roles).await;
    assert_no_answer(&error, Effect::None);
    assert_eq!(error.message(), "the service cannot be reached");
}

#[tokio::test(start_paused = true)]
async fn broken_connection_may_have_taken_effect() {
    let roles = scripted([Err(reset()), Err(reset()), Err(reset())]);
    assert_no_answer(&create(&roles).await, Effect::Unknown);
}

#[tokio::test(start_paused = true)]
async fn earlier_sent_attempt_counts_although_the_last_was_not_sent() {
    let roles = scripted([Err(reset()), Err(refused()), Err(refused())]);
    assert_no_answer(&create(&roles).await, Effect::Unknown);
}

#[tokio::test(start_paused = true)]
async fn resource_that_exists_after_a_lost_response_may_be_ours() {
    for lost in [Err(reset()), Ok(query_error(500, "ServiceFailure", "Internal error"))] {
        let error = create(&scripted([lost, Ok(exists())])).await;
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(error.effect(), Effect::Unknown);
    }
    for nothing_done in [Err(refused()), Ok(query_error(400, "Throttling", "Rate exceeded"))] {
        let error = create(&scripted([nothing_done, Ok(exists())])).await;
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(error.effect(), Effect::None);
    }
}

#[tokio::test(start_paused = true)]
async fn timeout_may_have_taken_effect() {
    let error = create(&scripted([])).await;
    assert_no_answer(&error, Effect::Unknown);
    assert_eq!(error.message(), "no response arrived within the time limit");
}

#[tokio::test(start_paused = true)]
async fn resource_that_exists_after_a_timeout_may_be_ours() {
    #[derive(Debug)]
    struct SilentOnce(Mutex<u32>);
    impl HttpConnector for SilentOnce {
        fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
            let mut calls = self.0.lock().unwrap();
            *calls += 1;
            match *calls {
                1 => HttpConnectorFuture::new(std::future::pending()),
                _ => HttpConnectorFuture::ready(Ok(exists())),
            }
        }
    }
    let error = create(&over(SilentOnce(Mutex::new(0)))).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::AlreadyExists, Effect::Unknown));
}

#[test]
fn connector_timeout_may_have_taken_effect() {
    let timeout = ConnectorError::timeout("slow".into());
    let error = from_sdk::<CreateRoleError>(iam::CREATE_ROLE, SdkError::dispatch_failure(timeout));
    assert_no_answer(&error, Effect::Unknown);
}

#[test]
fn request_that_could_not_be_built_has_no_effect() {
    let sdk = SdkError::<CreateRoleError, _>::construction_failure("no role name");
    let error = from_sdk(iam::CREATE_ROLE, sdk);
    assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::None));
}

/// A resolver that never finds a host. The connection therefore fails in hyper, before any packet
/// is sent.
#[derive(Clone, Debug)]
struct NoSuchHost;

impl ResolveDns for NoSuchHost {
    fn resolve_dns<'a>(&'a self, _name: &'a str) -> DnsFuture<'a> {
        DnsFuture::ready(Err(ResolveDnsError::new(io::Error::other("no such host"))))
    }
}

#[tokio::test]
async fn unknown_host_is_recognized_by_the_hyper_error() {
    let trusted = TrustStore::empty();
    let connector = Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(TlsContext::builder().with_trust_store(trusted).build().unwrap())
        .build_with_resolver(NoSuchHost);
    let error = create(&over(connector)).await;
    assert_no_answer(&error, Effect::None);
    assert!(
        super::chain(&error).any(|cause| {
            let hyper = cause.downcast_ref::<hyper_util::client::legacy::Error>();
            hyper.is_some_and(hyper_util::client::legacy::Error::is_connect)
        }),
        "this crate and the SDK must use the same version of hyper-util"
    );
}

fn certificate_error(problem: rustls::CertificateError) -> Error {
    let rejected = rustls::Error::InvalidCertificate(problem);
    // hyper-rustls wraps the error in two I/O errors.
    let nested = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, rejected));
    let sdk = SdkError::<CreateRoleError, _>::dispatch_failure(ConnectorError::io(nested.into()));
    from_sdk(iam::CREATE_ROLE, sdk)
}

#[test]
fn rejected_certificate_has_a_reason_and_a_fix() {
    use rustls::CertificateError::{Expired, NotValidForName, NotValidYet, Other, UnknownIssuer};
    use rustls::OtherError;
    let authority = OtherError(Arc::new(webpki::Error::CaUsedAsEndEntity));
    for (problem, what, remedy) in [
        (Other(authority), "belongs to a certificate authority, not to a server", "--ca-bundle"),
        (UnknownIssuer, "is not signed by a trusted authority", "--ca-bundle"),
        (Expired, "has expired", "renew"),
        (NotValidYet, "is not valid yet", "clock"),
        (NotValidForName, "is not valid for this host", "endpoint URL"),
    ] {
        let error = certificate_error(problem);
        assert_no_answer(&error, Effect::None);
        assert_eq!(error.message(), format!("the server has a certificate that {what}"));
        assert!(error.hint().unwrap().contains(remedy), "{error:?}");
    }
}

#[test]
fn wrong_clock_and_expired_session_have_specific_hints() {
    for (code, message, hint) in [
        ("RequestTimeTooSkewed", "The difference is too large.", "clock"),
        (
            "InvalidSignatureException",
            "Signature expired: 20260101T000000Z is now earlier than",
            "clock",
        ),
        (
            "SignatureDoesNotMatch",
            "Signature not yet current: 20260101T000000Z is still later",
            "clock",
        ),
        ("ExpiredToken", "The security token included in the request is expired", "aws sso login"),
        (
            "ExpiredTokenException",
            "The security token included in the request is expired",
            "run again",
        ),
    ] {
        let metadata =
            aws_smithy_types::error::ErrorMetadata::builder().code(code).message(message);
        let error = super::answered(iam::CREATE_ROLE, &metadata.build(), 403);
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error:?}");
        assert!(error.hint().unwrap().contains(hint), "{error:?}");
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_built_is_not_a_lost_answer() {
    // AWS's endpoint rules do not allow FIPS with a custom endpoint.
    let connector = SharedHttpConnector::new(Scripted(Mutex::default()));
    let config = Config::builder()
        .with_test_defaults_v2()
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .endpoint_url("http://127.0.0.1:9")
        .use_fips(true);
    let error = create(&IamRoles::new(Client::from_conf(config.build()))).await;
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::InvalidInput, Effect::None),
        "{error:?}"
    );
    assert!(error.message().starts_with("the request could not be built: "), "{error}");
    assert!(error.message().contains("FIPS"), "{error}");
}

#[test]
fn proxy_authentication_error_is_distinguished_from_a_service_error() {
    let error = super::codeless(407);
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Connection, Effect::None));
    assert!(error.hint().unwrap().contains("HTTPS_PROXY"));
}

#[derive(Debug)]
struct NoCredentials;

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded(
            "no providers in chain provided credentials",
        )))
    }
}

#[tokio::test]
async fn missing_credentials_have_the_message_of_the_chain_and_a_hint() {
    let connector = SharedHttpConnector::new(Scripted(Mutex::default()));
    let config = aws_sdk_sts::Config::builder()
        .with_test_defaults_v2()
        .credentials_provider(NoCredentials)
        .http_client(http_client_fn(move |_, _| connector.clone()));
    let identity = StsIdentity::new(aws_sdk_sts::Client::from_conf(config.build()));
    let error = identity.caller_identity().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error:?}");
    assert_eq!(error.effect(), Effect::None);
    assert_eq!(
        error.message(),
        "no credentials could be loaded: no providers in chain provided credentials"
    );
    assert!(error.hint().unwrap().contains("AWS_PROFILE"));
}

#[tokio::test]
async fn sdk_error_is_kept_as_the_source() {
    let error = create(&scripted([Ok(exists())])).await;
    let source = error.source().unwrap();
    let sdk = source.downcast_ref::<SdkError<CreateRoleError, HttpResponse>>().unwrap();
    assert!(sdk.as_service_error().unwrap().is_entity_already_exists_exception());
}
