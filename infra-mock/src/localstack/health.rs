//! Asking a LocalStack what it has.

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

/// Where LocalStack says what it has:
/// <https://docs.localstack.cloud/aws/configuration/networking/internal-endpoints/>.
const HEALTH: &str = "/_localstack/health";

/// It is on this machine or near it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Its answer is about a kilobyte long.
const LONGEST: usize = 1 << 20;

/// The part of the answer that counts here.
#[derive(Debug, Deserialize)]
struct Health {
    version: Option<String>,
    /// What each service is: `available` before its first call and `running` after it, `disabled` where
    /// the variable `SERVICES` leaves it out, `error` where it could not be started.
    services: BTreeMap<String, String>,
}

pub(super) async fn ask(url: &str) -> Result<LocalStack> {
    let Some(authority) = authority(url) else {
        let message = format!("{url} is no URL of plain HTTP");
        return Err(Error::new(ErrorKind::InvalidInput, message)
            .with_hint("write it like http://localhost:4566"));
    };
    let answer = tokio::time::timeout(PATIENCE, get(&authority));
    let answer = answer.await.unwrap_or_else(|_| Err("it does not answer in time".into()));
    let (status, body) = answer.map_err(|source| {
        Error::new(ErrorKind::Connection, format!("no LocalStack can be reached at {url}"))
            .with_source(source)
            .with_hint("start LocalStack, or give the URL at which it listens")
    })?;
    read(url, status, &body)
}

/// What an answer says.
pub(super) fn read(url: &str, status: StatusCode, body: &[u8]) -> Result<LocalStack> {
    let health = serde_json::from_slice::<Health>(body).ok().filter(|_| status.is_success());
    let Some(Health { version, services }) = health else {
        let message = format!(
            "what answers at {url} is no LocalStack: it answers {HEALTH} with HTTP {}",
            status.as_u16()
        );
        return Err(Error::new(ErrorKind::Unsupported, message)
            .with_hint("give the URL of a LocalStack, or use the SDK's providers as they are"));
    };
    let has = |service: &Service| {
        services.get(service.id()).is_some_and(|state| !matches!(&**state, "disabled" | "error"))
    };
    let services: BTreeSet<_> = Service::ALL.into_iter().filter(has).collect();
    Ok(LocalStack { url: url.to_owned(), version, services })
}

/// Host and port of a URL of plain HTTP.
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
        // Ends the connection, which is waited for below.
        drop(sender);
        Ok((status, body))
    };
    let (answer, _) = tokio::join!(exchange, connection);
    answer
}

pub(super) async fn ask_through(url: &str, sdk: &Providers) -> Result<LocalStack> {
    /// A name that nothing has, of the resource that is read.
    fn nobody<T: std::str::FromStr<Err = infra_core::names::InvalidValue>>() -> Result<T> {
        let name = "localstack-is-asked-what-it-has".parse();
        name.map_err(|error: T::Err| Error::new(ErrorKind::Other, error.to_string()))
    }
    let (cluster, role, repository, group) = (nobody()?, nobody()?, nobody()?, nobody()?);
    let mut services = BTreeSet::new();
    for service in Service::ALL {
        let outcome = match service {
            Service::Ecs => sdk.clusters().describe_cluster(&cluster).await.map(drop),
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
