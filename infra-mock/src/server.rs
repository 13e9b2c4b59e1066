//! The third access path: a local HTTP server for any AWS client.
//!
//! In addition to the APIs of the five services, the server has a JSON API for controlling the
//! mock:
//!
//! | request | what it does |
//! |---|---|
//! | `GET /_mock/health` | reports that the mock is running, and lists its operations |
//! | `GET /_mock/calls` | returns the [journal](MockAws::journal) |
//! | `POST /_mock/reset` | [removes](MockAws::reset) every resource and clears the journal |
//! | `GET`, `PUT`, `POST`, `DELETE /_mock/faults` | returns, replaces, adds to or clears the [fault rules](crate::faults::Rule): `["throttle%5", "delay=20ms-80ms@reads"]` |
//! | `GET`, `PUT /_mock/lag` | returns or sets the [lag](crate::api::Lag): `{"iam-propagation": "30s"}` |
//! | `PUT /_mock/containers` | sets the [behavior](MockAws::on_container) of containers by name: `{"web": {"exit-code": 1, "after": "20s", "lines": ["cannot connect"]}}` |
//! | `GET`, `POST /_mock/clock` | returns or [moves](MockAws::advance) the clock: `{"advance": "2m"}` |
//! | `POST /_mock/save`, `POST /_mock/load` | writes or reads the snapshot file |
//! | `POST /_mock/seed` | applies an [external change](crate::external_change::ExternalChange): `{"image": {"repository": "shop-dev-app"}}`; to make the change in another account or region, add `account` or `region` |
//!
//! The server is also an ECR [registry](crate::registry): `docker push`, `docker pull` and skopeo
//! can use the server's host, such as `127.0.0.1:4566`, as the registry.
//!
//! The server does not check signatures. It responds with status 403 to requests from web pages on
//! other sites, and to requests for host names that do not belong to the server (see
//! [`Limits::allowed_hosts`]).

mod connection;
mod control;
mod guard;
mod places;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::mock::MockAws;

use self::places::{Place, Places};

/// How long the server waits for a client to finish reading a response before it closes the
/// connection to make room for another client.
const CLOSING_TIME: Duration = Duration::from_secs(1);

/// The limits for the server's clients.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The maximum size of a request line and its headers, in bytes. Larger requests get status
    /// 431.
    pub header_bytes: usize,
    /// The maximum size of a request's body in bytes. Larger requests get status 413. The largest
    /// body that AWS's API accepts is a layer part: 20 MiB, in base64.
    pub body_bytes: usize,
    /// The maximum size of a request that uploads a layer to the [registry](crate::registry), in bytes. Layers stay in
    /// memory.
    pub layer_bytes: usize,
    /// The time limit for sending a request's headers. A connection may also stay idle for this
    /// long between requests.
    pub header_time: Duration,
    /// The time limit for sending a body. Clients that exceed the limit get status 408. For a
    /// layer, the limit is multiplied by the ratio of `layer_bytes` to `body_bytes`.
    pub body_time: Duration,
    /// The maximum number of open connections. If a client connects when this many are open, the
    /// server closes the connection that has been idle longest. If no connection is idle, the
    /// client waits.
    pub connections: usize,
    /// How long a shutdown waits for requests in progress.
    pub shutdown_time: Duration,
    /// Additional host names that clients may use for the server, such as the name of a container.
    /// Loopback names, the address that the server listens on, and AWS's own host names are always
    /// accepted. A server that listens on all of its machine's addresses (`0.0.0.0`) accepts any IP
    /// address.
    pub allowed_hosts: Vec<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 16 * 1024,
            body_bytes: 32 * 1024 * 1024,
            layer_bytes: 512 * 1024 * 1024,
            header_time: Duration::from_mins(1),
            body_time: Duration::from_secs(30),
            connections: 256,
            shutdown_time: Duration::from_secs(5),
            allowed_hosts: Vec::new(),
        }
    }
}

impl Limits {
    /// Sets one limit from a string such as `body-bytes=1048576` or `header-time=10s`. The other limits are
    /// `header-bytes`, `layer-bytes`, `body-time`, `connections` and `shutdown-time`.
    ///
    /// # Errors
    /// Returns an error, and changes nothing, if the limit is unknown or the value is invalid.
    pub fn set(&mut self, text: &str) -> Result<(), LimitError> {
        let fail = |why: String| LimitError { text: text.to_owned(), why };
        let (kind, value) =
            text.split_once('=').ok_or_else(|| fail("expected KIND=VALUE".to_owned()))?;
        let number = || {
            let number = value.parse().ok().filter(|number| *number > 0);
            number.ok_or_else(|| fail(format!("{value:?} is not a whole number of at least 1")))
        };
        let time = || humantime::parse_duration(value).map_err(|error| fail(error.to_string()));
        match kind {
            "header-bytes" => self.header_bytes = number()?,
            "body-bytes" => self.body_bytes = number()?,
            "layer-bytes" => self.layer_bytes = number()?,
            "connections" => self.connections = number()?,
            "header-time" => self.header_time = time()?,
            "body-time" => self.body_time = time()?,
            "shutdown-time" => self.shutdown_time = time()?,
            _ => {
                return Err(fail(
                    "unknown kind, expected header-bytes, body-bytes, layer-bytes, header-time, body-time, connections \
                     or shutdown-time"
                        .to_owned(),
                ));
            }
        }
        Ok(())
    }
}

/// The reason why [`Limits::set`] rejects a string.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid limit {text:?}: {why}")]
pub struct LimitError {
    text: String,
    why: String,
}

/// A running mock server. When it is dropped, it stops accepting requests and shuts down in the
/// background. To wait until the server has stopped, call [`shutdown`](Self::shutdown) instead.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use infra_mock::MockAws;
/// use infra_mock::server::MockServer;
///
/// let mock = MockAws::new();
/// let server = MockServer::start(mock.clone()).await?;
/// println!("export AWS_ENDPOINT_URL={}", server.url());
/// // ... clients in any language call the server, and `mock` shows the effects ...
/// server.shutdown().await;
/// # Ok(())
/// # }
/// ```
pub struct MockServer {
    address: SocketAddr,
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer").field("address", &self.address).finish_non_exhaustive()
    }
}

impl MockServer {
    /// Listens on a free port that only this machine can reach.
    ///
    /// # Errors
    /// Returns the same errors as [`bind`](Self::bind).
    pub async fn start(mock: MockAws) -> io::Result<Self> {
        Self::bind(mock, (Ipv4Addr::LOCALHOST, 0)).await
    }

    /// Listens on this address.
    ///
    /// # Errors
    /// Returns an error if the address cannot be bound.
    pub async fn bind(mock: MockAws, address: impl ToSocketAddrs) -> io::Result<Self> {
        Self::bind_with(mock, address, Limits::default()).await
    }

    /// Listens on this address, with custom limits.
    ///
    /// # Errors
    /// Returns the same errors as [`bind`](Self::bind).
    pub async fn bind_with(
        mock: MockAws,
        address: impl ToSocketAddrs,
        limits: Limits,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(());
        let task = tokio::spawn(serve(listener, mock, Arc::new(limits), stopped));
        Ok(Self { address, stop, task })
    }

    /// Returns the address that the server listens on.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL that clients use as their endpoint.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops accepting requests, and waits until the requests in progress have finished or the time
    /// limit has expired.
    pub async fn shutdown(self) {
        let Self { address: _, stop, task } = self;
        drop(stop);
        // An error can be ignored: it means that the runtime has shut down and ended the task.
        let _ = task.await;
    }
}

async fn serve(
    listener: TcpListener,
    mock: MockAws,
    limits: Arc<Limits>,
    mut stopped: watch::Receiver<()>,
) {
    let bound = listener.local_addr().unwrap_or_else(|_| (Ipv4Addr::LOCALHOST, 0).into());
    // When this function returns, it drops the sender, which closes all connections that are still
    // open.
    let (_running, over) = watch::channel(());
    let places = Places::new(limits.connections);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_header_size(limits.header_bytes);
    let until = Until { stopped: stopped.clone(), over };
    loop {
        let next = async {
            let accepted = listener.accept().await;
            (accepted, places.take().await)
        };
        let (accepted, place) = tokio::select! {
            next = next => next,
            _ = stopped.changed() => break,
        };
        let Ok((stream, _)) = accepted else {
            // The failure may be temporary: for example, the process may have no free file
            // descriptor until another connection is closed.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Without this option, the system could delay small responses.
        let _ = stream.set_nodelay(true);
        let (mock, limits, requests) = (mock.clone(), Arc::clone(&limits), place.requests());
        let service = service_fn(move |request| {
            let (mock, limits, requests) = (mock.clone(), Arc::clone(&limits), requests.clone());
            async move {
                let _under_way = requests.begin();
                connection::answer(&mock, bound, &limits, request).await
            }
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        tokio::spawn(until.clone().run(connection, place));
    }
    drop(listener);
    let _ = tokio::time::timeout(limits.shutdown_time, places.emptied()).await;
}

/// The events that end connections.
#[derive(Clone)]
struct Until {
    /// The server accepts no further requests.
    stopped: watch::Receiver<()>,
    /// The time limit for requests in progress has expired.
    over: watch::Receiver<()>,
}

impl Until {
    /// Serves a connection until the client closes it, the server closes it to make room for
    /// another client, or the server stops.
    async fn run<S>(mut self, connection: http1::Connection<TokioIo<TcpStream>, S>, place: Place)
    where
        S: HttpService<Incoming, ResBody = Full<Bytes>>,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut connection = pin!(connection);
        let time = tokio::select! {
            // An error on one connection affects only that client.
            _ = connection.as_mut() => return,
            () = place.closed() => CLOSING_TIME,
            _ = self.stopped.changed() => Duration::MAX,
        };
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = connection => {}
            () = tokio::time::sleep(time) => {}
            _ = self.over.changed() => {}
        }
    }
}
