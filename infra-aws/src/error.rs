//! The one place where the SDK's errors become [`infra_core::Error`].

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

use crate::connect::bounded::MAX_BYTES;

const NO_CREDENTIALS_HINT: &str = "set AWS_PROFILE, run `aws sso login`, or set AWS_ACCESS_KEY_ID and \
     AWS_SECRET_ACCESS_KEY (an emulator takes any, for instance `test`)";

const CERTIFICATE_HINT: &str = "the endpoint's certificate was refused; if an authority of your own \
     signed it, pass --ca-bundle FILE or set AWS_CA_BUNDLE";

/// The failure of `operation`, as the SDK reports it.
///
/// - What a service answered keeps its code, message, status and request id; the kind follows from
///   [`Error::from_aws`]. An empty message is replaced by the code.
/// - Failing credentials are [`ErrorKind::Credentials`]; nothing was sent.
/// - A connection that never came about is [`ErrorKind::Connection`] with [`Effect::None`]; a lost answer
///   and a timeout have [`Effect::Unknown`].
/// - An answer that cannot be read is [`ErrorKind::Service`] with [`Effect::Unknown`].
///
/// The SDK's error stays as the source. It is that of the last attempt; whoever lets the SDK retry has to
/// look at the others too before trusting [`Effect::None`], as the providers of this crate do.
pub fn from_sdk<E>(operation: Operation, error: SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let request_id = error.request_id().map(str::to_owned);
    let mapped = match &error {
        _ if chain(&error).any(|cause| cause.is::<LengthLimitError>()) => too_large(),
        SdkError::ServiceError(answer) => {
            answered(operation, answer.err(), answer.raw().status().as_u16())
        }
        SdkError::ResponseError(answer) => codeless(answer.raw().status().as_u16()),
        SdkError::TimeoutError(_) => {
            Error::new(ErrorKind::Connection, "no answer came within the time allowed")
        }
        SdkError::DispatchFailure(failure) => match credentials_error(&error) {
            Some(cause) => no_credentials(cause),
            None => undelivered(failure.as_connector_error()),
        },
        SdkError::ConstructionFailure(_) | _ => match credentials_error(&error) {
            Some(cause) => no_credentials(cause),
            None => Error::new(ErrorKind::InvalidInput, "the request could not be made")
                .with_effect(Effect::None),
        },
    };
    mapped.with_operation(operation).with_request_id(request_id).with_source(error)
}

/// An error that the service itself gave.
fn answered<E: ProvideErrorMetadata>(operation: Operation, error: &E, status: u16) -> Error {
    let Some(code) = error.code().filter(|code| !code.is_empty()) else {
        return codeless(status);
    };
    let message = error.message().filter(|message| !message.is_empty()).unwrap_or(code);
    Error::from_aws(operation, code, message, Some(status))
}

/// An answer that the SDK found no error code in.
///
/// Some SDK crates call that an unhandled error of the service, even where the status is a success, and
/// others an error of the response; only the status tells what happened.
fn codeless(status: u16) -> Error {
    let kind = match status {
        200..=299 => {
            let message = format!("the answer (HTTP {status}) cannot be read");
            return Error::new(ErrorKind::Service, message);
        }
        // Not the service spoke but something before it: a proxy, a load balancer, a web server.
        401 | 403 => ErrorKind::AccessDenied,
        429 => ErrorKind::Throttled,
        501 => ErrorKind::Unsupported,
        500.. => ErrorKind::Service,
        _ => ErrorKind::Other,
    };
    Error::new(kind, format!("the answer is HTTP {status} without an error code"))
}

/// An answer that was not read to its end.
fn too_large() -> Error {
    let message = format!("the answer is larger than {} MiB", MAX_BYTES / (1024 * 1024));
    Error::new(ErrorKind::Service, message)
        .with_hint("check that the endpoint is AWS or an emulator of it")
}

fn no_credentials(cause: &CredentialsError) -> Error {
    // The whole chain fails with a line for each of its links; a message has one line.
    let root = chain(cause).last().map_or_else(|| cause.to_string(), ToString::to_string);
    let root = root.lines().map(str::trim).collect::<Vec<_>>().join("; ");
    let root = root.replace("Attempted:; ", "Attempted: ");
    Error::new(ErrorKind::Credentials, format!("no credentials could be loaded: {root}"))
        .with_hint(NO_CREDENTIALS_HINT)
}

/// A request that got no answer.
fn undelivered(error: Option<&ConnectorError>) -> Error {
    match error {
        Some(error) if never_connected(error) => {
            let unreachable = Error::new(ErrorKind::Connection, "the service cannot be reached")
                .with_effect(Effect::None);
            if is_certificate(error) {
                unreachable.with_hint(CERTIFICATE_HINT)
            } else {
                unreachable
            }
        }
        Some(error) if error.is_timeout() => {
            Error::new(ErrorKind::Connection, "no answer came within the time allowed")
        }
        _ => Error::new(ErrorKind::Connection, "the connection was lost before the answer came"),
    }
}

/// Whether the connection failed to come about, so that nothing of the request was sent.
///
/// The SDK knows, but does not tell: its `ConnectionStatus` is private. So hyper's own error is asked, and
/// for connectors that are not hyper's, what can only happen at connecting.
pub(crate) fn never_connected(error: &ConnectorError) -> bool {
    is_certificate(error)
        || chain(error).any(|cause| {
            let hyper = cause.downcast_ref::<hyper_util::client::legacy::Error>();
            let io = cause.downcast_ref::<io::Error>();
            hyper.is_some_and(hyper_util::client::legacy::Error::is_connect)
                || io.is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused)
                || cause.is::<ResolveDnsError>()
        })
}

fn is_certificate(error: &ConnectorError) -> bool {
    chain(error)
        .any(|cause| matches!(cause.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))))
}

fn credentials_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a CredentialsError> {
    chain(error).find_map(|cause| cause.downcast_ref())
}

/// An error and all its causes.
///
/// After an [`io::Error`] comes what it holds: its own `source` leaves that out and goes on behind it.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as _),
        None => error.source(),
    })
}
