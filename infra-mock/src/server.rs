//! The third access path: a local HTTP server for any AWS client.
//!
//! Beside the five services it answers on paths of its own, in JSON:
//!
//! | request | what it does |
//! |---|---|
//! | `GET /_mock/health` | says that it is there, and which operations it has |
//! | `GET /_mock/calls` | the [journal](MockAws::journal) |
//! | `POST /_mock/reset` | [forgets](MockAws::reset) every resource and the journal |
//! | `GET`, `PUT`, `POST`, `DELETE /_mock/faults` | shows, replaces, adds to, clears the [rules for faults](crate::faults::Rule): `["throttle%5", "delay=20ms-80ms@reads"]` |
//! | `GET`, `PUT /_mock/lag` | shows, sets the [lag](crate::api::Lag): `{"iam-propagation": "30s"}` |
//! | `GET`, `POST /_mock/clock` | shows, [moves](MockAws::advance) the clock: `{"advance": "2m"}` |
//! | `POST /_mock/save`, `POST /_mock/load` | writes, reads the snapshot file |
//! | `POST /_mock/seed` | applies an [external change](crate::external_change::ExternalChange): `{"image": {"repository": "shop-dev-app"}}`; with `account` and `region` beside it where these are not the mock's own |
//!
//! The server checks no signatures. Requests that a web page of another site sends, and requests to a host name that
//! is not the server's, get status 403: see [`Limits::allowed_hosts`].

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

/// How long an answer may take to be read by a client whose connection makes room for another.
const CLOSING_TIME: Duration = Duration::from_secs(1);

/// What the server accepts from its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a request's line and headers; more are answered with status 431.
    pub header_bytes: usize,
    /// Bytes of a request's body; more are answered with status 413. The largest that AWS takes is an image's
    /// manifest of 4 MiB, as a text of JSON.
    pub body_bytes: usize,
    /// How long a client may take for its headers, and stay silent between two requests.
    pub header_time: Duration,
    /// How long a client may take for a body; then it gets status 408.
    pub body_time: Duration,
    /// How many connections are open at once. One more closes the connection that has been idle longest, or waits
    /// where none is idle.
    pub connections: usize,
    /// How long requests under way may take once the server shuts down.
    pub shutdown_time: Duration,
    /// Host names by which clients may call the server, such as that of a container, besides loopback names, the
    /// address that it listens on and AWS's own host names. A server on all addresses of its machine (`0.0.0.0`) is
    /// called by any address.
    pub allowed_hosts: Vec<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 16 * 1024,
            body_bytes: 8 * 1024 * 1024,
            header_time: Duration::from_mins(1),
            body_time: Duration::from_secs(30),
            connections: 256,
            shutdown_time: Duration::from_secs(5),
            allowed_hosts: Vec::new(),
        }
    }
}

impl Limits {
    /// Sets one of them as text: `body-bytes=1048576`, `header-time=10s`; the others are `header-bytes`,
    /// `body-time`, `connections` and `shutdown-time`.
    ///
    /// # Errors
    /// There is no such limit, or what follows is no value for it; nothing is set then.
    pub fn set(&mut self, text: &str) -> Result<(), LimitError> {
        let fail = |why: String| LimitError { text: text.to_owned(), why };
        let (kind, value) = text
            .split_once('=')
            .ok_or_else(|| fail("it is not of the form KIND=VALUE".to_owned()))?;
        let number = || {
            let number = value.parse().ok().filter(|number| *number > 0);
            number.ok_or_else(|| fail(format!("{value:?} is no number from 1 on")))
        };
        let time = || humantime::parse_duration(value).map_err(|error| fail(error.to_string()));
        match kind {
            "header-bytes" => self.header_bytes = number()?,
            "body-bytes" => self.body_bytes = number()?,
            "connections" => self.connections = number()?,
            "header-time" => self.header_time = time()?,
            "body-time" => self.body_time = time()?,
            "shutdown-time" => self.shutdown_time = time()?,
            _ => {
                return Err(fail(
                    "its kind is none of header-bytes, body-bytes, header-time, body-time, connections and \
                     shutdown-time"
                        .to_owned(),
                ));
            }
        }
        Ok(())
    }
}

/// Why a text sets none of the [`Limits`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no limit: {why}")]
pub struct LimitError {
    text: String,
    why: String,
}

/// A mock that listens. Dropped, it takes no more requests and ends in its own time;
/// [`shutdown`](Self::shutdown) waits for that.
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
/// // ... clients of any language call it, and `mock` sees what they did ...
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
    /// Listens on a free port of this machine alone.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub async fn start(mock: MockAws) -> io::Result<Self> {
        Self::bind(mock, (Ipv4Addr::LOCALHOST, 0)).await
    }

    /// Listens on that address.
    ///
    /// # Errors
    /// Nothing can be bound there.
    pub async fn bind(mock: MockAws, address: impl ToSocketAddrs) -> io::Result<Self> {
        Self::bind_with(mock, address, Limits::default()).await
    }

    /// Listens on that address, within limits of one's own.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
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

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// What clients take for their endpoint.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes no more requests, and ends once those under way are answered, or their time is over.
    pub async fn shutdown(self) {
        let Self { address: _, stop, task } = self;
        drop(stop);
        // It ends in an error only where its runtime does; then it has ended as well.
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
    // Ends those that outlast the shutdown, as this function's end drops the sender.
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
            // Out of file descriptors, for instance: some will come back.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Small answers go out at once.
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

/// What ends connections.
#[derive(Clone)]
struct Until {
    /// The server takes no more requests.
    stopped: watch::Receiver<()>,
    /// The time for requests under way has passed.
    over: watch::Receiver<()>,
}

impl Until {
    /// Serves a connection until its client ends it, its place is needed, or the server ends.
    async fn run<S>(mut self, connection: http1::Connection<TokioIo<TcpStream>, S>, place: Place)
    where
        S: HttpService<Incoming, ResBody = Full<Bytes>>,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut connection = pin!(connection);
        let time = tokio::select! {
            // Whatever a client breaks is its own loss.
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
