//! The third door: a local HTTP server for any AWS client.
//!
//! Beside the five services it answers on three paths of its own: `GET /_mock/health`,
//! `POST /_mock/reset` and `GET /_mock/calls`.

mod connection;
mod control;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::mock::MockAws;

/// What the server bears from its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a request's line and headers; more are answered with status 431.
    pub header_bytes: usize,
    /// Bytes of a request's body; more are answered with status 413.
    pub body_bytes: usize,
    /// How long a client may take for its headers, and stay silent between two requests.
    pub header_time: Duration,
    /// How long a client may take for a body; then it gets status 408.
    pub body_time: Duration,
    /// How many connections are open at once; more wait to be taken.
    pub connections: usize,
    /// How long requests under way may take once the server shuts down.
    pub shutdown_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 16 * 1024,
            body_bytes: 2 * 1024 * 1024,
            header_time: Duration::from_mins(1),
            body_time: Duration::from_secs(30),
            connections: 1024,
            shutdown_time: Duration::from_secs(5),
        }
    }
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
    let connections = GracefulShutdown::new();
    // Ends those that outlast the shutdown, as this function's end drops the sender.
    let (_running, over) = watch::channel(());
    let places = Arc::new(Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_header_size(limits.header_bytes);
    loop {
        let next = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
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
        let (mock, limits) = (mock.clone(), Arc::clone(&limits));
        let service = service_fn(move |request| {
            let (mock, limits) = (mock.clone(), Arc::clone(&limits));
            async move { connection::answer(&mock, &limits, request).await }
        });
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        let mut over = over.clone();
        tokio::spawn(async move {
            tokio::select! {
                // Whatever a client breaks is its own loss.
                _ = connection => {}
                _ = over.changed() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(limits.shutdown_time, connections.shutdown()).await;
}
