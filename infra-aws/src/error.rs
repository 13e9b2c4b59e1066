//! Converts the SDK's errors to [`infra_core::Error`].

#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::io;
use std::iter;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::RequestId;
use aws_smithy_runtime_api::client::dns::ResolveDnsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use http_body_util::LengthLimitError;
use infra_core::error::{Effect, Error, ErrorKind};
use infra_core::operation::Operation;
use rustls::{CertificateError, OtherError};

use crate::connect::bounded::MAX_BYTES;
use crate::connect::proxies::ThroughProxy;

pub(crate) const NO_CREDENTIALS_HINT: &str = "set AWS_PROFILE, log in with `aws sso login` or `aws login`, or set AWS_ACCESS_KEY_ID and \
     AWS_SECRET_ACCESS_KEY (an emulator accepts any, for instance `test`)";

const EXPIRED_HINT: &str = "get new credentials (`aws sso login`, `aws login` or a new session token), and run again to \
     continue; completed steps are skipped";

const CLOCK_HINT: &str =
    "correct this machine's clock: AWS rejects requests whose time is off by more than 5 minutes";

const TRUST_HINT: &str = "add the signing authority's certificate to the CA bundle (--ca-bundle, AWS_CA_BUNDLE, or ca_bundle in the profile)";

/// Converts an SDK error to an [`Error`] for `operation`.
///
/// - For an error response from the service, the [`Error`] keeps the code, message, status and
///   request ID, and [`Error::from_aws`] determines the kind. If the message is empty, the code is
///   used instead.
/// - A failure to load credentials becomes [`ErrorKind::Credentials`]. No request was sent.
/// - A failure to connect becomes [`ErrorKind::Connection`] with [`Effect::None`]. A lost response
///   or a timeout also becomes [`ErrorKind::Connection`], but with [`Effect::Unknown`].
/// - A response that cannot be parsed becomes [`ErrorKind::Service`] with [`Effect::Unknown`].
///
/// The SDK's error is kept as the source, but it describes only the last attempt. If the SDK
/// retries, an earlier attempt may have taken effect. Callers must therefore check the earlier
/// attempts before they rely on [`Effect::None`]. The providers in this crate do so.
pub fn from_sdk<E>(operation: Operation, error: SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    from_call(operation, error, true)
}

/// Like [`from_sdk`], but for callers that know whether a request was handed to the HTTP client.
pub(crate) fn from_call<E>(
    operation: Operation,
    error: SdkError<E, HttpResponse>,
    was_transmitted: bool,
) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let request_id = error.request_id().map(str::to_owned);
    let mapped = match &error {
        _ if chain(&error).any(<dyn StdError>::is::<LengthLimitError>) => too_large(),
        SdkError::ServiceError(answer) => {
            answered(operation, answer.err(), answer.raw().status().as_u16())
        }
        SdkError::ResponseError(answer) => codeless(answer.raw().status().as_u16()),
        SdkError::TimeoutError(_) => {
            Error::new(ErrorKind::Connection, "no response arrived within the time limit")
        }
        SdkError::DispatchFailure(failure) => match credentials_error(&error) {
            Some(cause) => no_credentials(cause),
            None if !was_transmitted => unbuilt(&error),
            None => undelivered(failure.as_connector_error()),
        },
        SdkError::ConstructionFailure(_) | _ => match credentials_error(&error) {
            Some(cause) => no_credentials(cause),
            None => unbuilt(&error),
        },
    };
    mapped.with_operation(operation).with_request_id(request_id).with_source(error)
}

/// Converts an error response from the service.
fn answered<E: ProvideErrorMetadata>(operation: Operation, error: &E, status: u16) -> Error {
    let Some(code) = error.code().filter(|code| !code.is_empty()) else {
        return codeless(status);
    };
    let message = error.message().filter(|message| !message.is_empty()).unwrap_or(code);
    let answer = Error::from_aws(operation, code, message, Some(status));
    // If the clock is wrong, AWS reports that the signature is expired or not yet current
    // (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>).
    let is_clock = code == "RequestTimeTooSkewed"
        || ["Signature expired", "Signature not yet current"]
            .iter()
            .any(|words| message.contains(words));
    match code {
        _ if is_clock => answer.with_hint(CLOCK_HINT),
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            answer.with_hint(EXPIRED_HINT)
        }
        _ => answer,
    }
}

/// Returns the error for a response without an error code.
///
/// Some SDK crates report such a response as an unhandled service error, even if its status
/// indicates success. Other SDK crates report the same response as a response error. Therefore,
/// only the status code indicates what happened.
fn codeless(status: u16) -> Error {
    let kind = match status {
        200..=299 => {
            let message = format!("the response (HTTP {status}) cannot be read");
            return Error::new(ErrorKind::Service, message);
        }
        407 => {
            let message = "a proxy requires a user name and a password (HTTP 407)";
            return Error::new(ErrorKind::Connection, message).with_effect(Effect::None).with_hint(
                "add them to the URL in HTTP_PROXY or HTTPS_PROXY, or list the host in NO_PROXY",
            );
        }
        // A response without an error code comes from a proxy, a load balancer or a web server, not
        // from the service.
        401 | 403 => ErrorKind::AccessDenied,
        429 => ErrorKind::Throttled,
        501 => ErrorKind::Unsupported,
        500.. => ErrorKind::Service,
        _ => ErrorKind::Other,
    };
    Error::new(kind, format!("the response has HTTP status {status} but no error code"))
}

/// Returns the error for a response that was too large to be read.
fn too_large() -> Error {
    let message = format!("the response is larger than {} MiB", MAX_BYTES / (1024 * 1024));
    Error::new(ErrorKind::Service, message)
        .with_hint("check that the endpoint belongs to AWS or to an AWS emulator")
}

/// Returns the error for a failed source of credentials. If this crate has already described the
/// failure, the error keeps that message and hint.
pub(crate) fn no_credentials(cause: &CredentialsError) -> Error {
    if let Some(error) = chain(cause).find_map(|cause| cause.downcast_ref::<Error>()) {
        return Error::new(ErrorKind::Credentials, error.message())
            .with_hint(error.hint().unwrap_or(NO_CREDENTIALS_HINT));
    }
    let message = format!("no credentials could be loaded: {}", innermost(cause));
    Error::new(ErrorKind::Credentials, message).with_hint(NO_CREDENTIALS_HINT)
}

/// Returns the error for a request that could not be built. Nothing was sent.
fn unbuilt(error: &(dyn StdError + 'static)) -> Error {
    let message = format!("the request could not be built: {}", innermost(error));
    Error::new(ErrorKind::InvalidInput, message).with_effect(Effect::None).with_hint(
        "check the region, the endpoint URLs, and the settings for FIPS and dual-stack endpoints",
    )
}

/// Returns the error for a request that received no response.
fn undelivered(error: Option<&ConnectorError>) -> Error {
    let Some(error) = error else {
        return Error::new(
            ErrorKind::Connection,
            "the connection was lost before the response arrived",
        );
    };
    // If the trusted certificates cannot be loaded, the cause is already an `Error`.
    if let Some(error) = chain(error).find_map(|cause| cause.downcast_ref::<Error>()) {
        let own = Error::new(error.kind(), error.message()).with_effect(Effect::None);
        return match error.hint() {
            Some(hint) => own.with_hint(hint),
            None => own,
        };
    }
    if error.is_user() {
        return unbuilt(error);
    }
    let proxy = chain(error).find_map(|cause| cause.downcast_ref::<ThroughProxy>());
    let way =
        proxy.map_or(String::new(), |through| format!(" through the proxy {}", through.proxy()));
    if let Some(problem) = certificate_error(error) {
        let (what, hint) = certificate(problem);
        let reached = if proxy.is_some() { " reached" } else { "" };
        return Error::new(
            ErrorKind::Connection,
            format!("the server{reached}{way} has a certificate that {what}"),
        )
        .with_effect(Effect::None)
        .with_hint(hint);
    }
    if never_connected(error) {
        let unreachable =
            Error::new(ErrorKind::Connection, format!("the service cannot be reached{way}"))
                .with_effect(Effect::None);
        return match proxy {
            None => unreachable,
            Some(_) => unreachable.with_hint(
                "check that the proxy is reachable and allows the host, or list the host in NO_PROXY",
            ),
        };
    }
    if error.is_timeout() {
        return Error::new(
            ErrorKind::Connection,
            format!("no response arrived{way} within the time limit"),
        );
    }
    Error::new(
        ErrorKind::Connection,
        format!("the connection{way} was lost before the response arrived"),
    )
}

/// Returns what is wrong with a certificate and how to fix the problem.
fn certificate(error: &CertificateError) -> (String, &'static str) {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "has expired".to_owned(),
            "renew the server's certificate, or correct this machine's clock",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("is not valid yet".to_owned(), "correct this machine's clock")
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            let expected = expected.to_str();
            let what = if presented.is_empty() {
                format!("contains no host name, so it is not valid for {expected}")
            } else {
                format!("is valid for {}, not for {expected}", presented.join(", "))
            };
            (what, "use a host name from the certificate in the endpoint URL")
        }
        CertificateError::NotValidForName => (
            "is not valid for this host".to_owned(),
            "use a host name from the certificate in the endpoint URL",
        ),
        CertificateError::UnknownIssuer => {
            ("is not signed by a trusted authority".to_owned(), TRUST_HINT)
        }
        CertificateError::Revoked => {
            ("has been revoked".to_owned(), "replace the server's certificate")
        }
        other if is_authority(other) => (
            "belongs to a certificate authority, not to a server".to_owned(),
            "add the certificate itself to the CA bundle (--ca-bundle, AWS_CA_BUNDLE, or ca_bundle in the profile); \
             through a proxy, it must also be created with CA:FALSE, for example with `openssl req -x509 -addext \
             basicConstraints=critical,CA:FALSE`",
        ),
        other => (format!("cannot be accepted: {other}"), TRUST_HINT),
    }
}

/// Returns whether a server presented a CA certificate as its server certificate. By default,
/// `openssl req -x509` creates such certificates.
pub(crate) fn is_authority(error: &CertificateError) -> bool {
    let CertificateError::Other(OtherError(error)) = error else { return false };
    matches!(error.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

/// Returns whether the connection was never established, which means that nothing was sent.
///
/// The SDK does not expose its `ConnectionStatus`. This function therefore looks for errors that
/// can occur only while connecting.
pub(crate) fn never_connected(error: &ConnectorError) -> bool {
    certificate_error(error).is_some()
        || chain(error).any(|cause| {
            let hyper = cause.downcast_ref::<hyper_util::client::legacy::Error>();
            let io = cause.downcast_ref::<io::Error>();
            hyper.is_some_and(hyper_util::client::legacy::Error::is_connect)
                || io.is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused)
                || cause.is::<ResolveDnsError>()
        })
}

/// Returns why the server's certificate was rejected, or `None` if the error has another cause.
pub(crate) fn certificate_error(error: &ConnectorError) -> Option<&CertificateError> {
    chain(error).find_map(|cause| match cause.downcast_ref() {
        Some(rustls::Error::InvalidCertificate(problem)) => Some(problem),
        _ => None,
    })
}

/// Returns the innermost cause of an error, as a single line of text.
pub(crate) fn innermost(error: &(dyn StdError + 'static)) -> String {
    let last = chain(error).last().map_or_else(|| error.to_string(), ToString::to_string);
    last.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

fn credentials_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a CredentialsError> {
    chain(error).find_map(|cause| cause.downcast_ref())
}

/// Iterates over an error and all its causes.
///
/// The inner error of an [`io::Error`] is included, although the `source` method of [`io::Error`]
/// skips it.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as _),
        None => error.source(),
    })
}
