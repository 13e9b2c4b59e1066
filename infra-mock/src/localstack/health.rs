//! Detects which services LocalStack provides.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use infra_core::error::{Error, ErrorKind, Result};
use infra_core::provider::Providers;
use serde::Deserialize;
use tokio::net::TcpStream;

use super::LocalStack;
use crate::api::Service;

/// The endpoint that reports the state of LocalStack's services:
/// <https://docs.localstack.cloud/aws/configuration/networking/internal-endpoints/>.
const HEALTH: &str = "/_localstack/health";

/// The time limit for the response. LocalStack usually runs on the same machine or nearby.
const PATIENCE: Duration = Duration::from_secs(10);

/// The maximum size of the response, which is normally about a kilobyte.
const LONGEST: usize = 1 << 20;

/// The fields of the health response that this module uses.
#[derive(Debug, Deserialize)]
struct Health {
    version: Option<String>,
    /// The state of each service: `available` before its first call, `running` afterwards,
    /// `disabled` if the environment variable `SERVICES` excludes it, or `error` if it could not be
    /// started.
    services: BTreeMap<String, String>,
}

pub(super) async fn ask(url: &str) -> Result<LocalStack> {
    let Some(authority) = authority(url) else {
        let message = format!("{url} is not a plain HTTP URL");
        return Err(Error::new(ErrorKind::InvalidInput, message)
            .with_hint("use a URL like http://localhost:4566"));
    };
    let answer = tokio::time::timeout(PATIENCE, get(&authority));
    let answer = answer.await.unwrap_or_else(|_| Err("timed out".into()));
    let (status, body) = answer.map_err(|source| {
        Error::new(ErrorKind::Connection, format!("cannot reach LocalStack at {url}"))
            .with_source(source)
            .with_hint("start LocalStack, or use the URL that it listens on")
    })?;
    read(url, status, &body)
}

/// Parses a response.
pub(super) fn read(url: &str, status: StatusCode, body: &[u8]) -> Result<LocalStack> {
    let health = serde_json::from_slice::<Health>(body).ok().filter(|_| status.is_success());
    let Some(Health { version, services }) = health else {
        let message = format!(
            "the server at {url} is not LocalStack: it responds to {HEALTH} with HTTP {}",
            status.as_u16()
        );
        return Err(Error::new(ErrorKind::Unsupported, message).with_hint(
            "use the URL of a LocalStack server, or use the SDK-based providers directly",
        ));
    };
    let has = |service: &Service| {
        services.get(service.id()).is_some_and(|state| !matches!(&**state, "disabled" | "error"))
    };
    let services: BTreeSet<_> = Service::ALL.into_iter().filter(has).collect();
    Ok(LocalStack { url: url.to_owned(), version, services })
}

/// Returns the host and port of a plain HTTP URL.
fn authority(url: &str) -> Option<String> {
    let scheme = url.get(.."http://".len())?;
    let rest = &url[scheme.len()..];
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if !scheme.eq_ignore_ascii_case("http://") || host.is_empty() {
        None
    } else if has_port {
        Some(host.to_owned())
    } else {
        Some(format!("{host}:80"))
    }
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

async fn get(authority: &str) -> Result<(StatusCode, Bytes), AnyError> {
    let stream = TcpStream::connect(authority).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get(HEALTH).header(HOST, authority).body(Empty::<Bytes>::new())?;
    let exchange = async {
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LONGEST).collect().await?.to_bytes();
        // Dropping the sender closes the connection, so that the `connection` future below
        // completes.
        drop(sender);
        Ok((status, body))
    };
    let (answer, _) = tokio::join!(exchange, connection);
    answer
}

pub(super) async fn ask_through(url: &str, sdk: &Providers) -> Result<LocalStack> {
    /// Returns a valid name that no resource is expected to have.
    fn nobody<T: std::str::FromStr<Err = infra_core::names::InvalidValue>>() -> Result<T> {
        let name = "localstack-availability-check".parse();
        name.map_err(|error: T::Err| Error::new(ErrorKind::Other, error.to_string()))
    }
    let (cluster, role, repository, group) = (nobody()?, nobody()?, nobody()?, nobody()?);
    let mut services = BTreeSet::new();
    for service in Service::ALL {
        let outcome = match service {
            Service::Ecs => sdk.clusters().describe_cluster(&cluster, false).await.map(drop),
            Service::Iam => sdk.roles().get_role(&role).await.map(drop),
            Service::Ecr => sdk.repositories().describe_repository(&repository).await.map(drop),
            Service::Logs => sdk.log_groups().describe_log_group(&group).await.map(drop),
            Service::Sts => sdk.identity().caller_identity().await.map(drop),
        };
        match outcome.map_err(|error| (error.kind(), error)) {
            Ok(()) | Err((ErrorKind::NotFound, _)) => {
                services.insert(service);
            }
            Err((ErrorKind::Unsupported, _)) => {}
            Err((_, error)) => return Err(error),
        }
    }
    Ok(LocalStack { url: url.to_owned(), version: None, services })
}
