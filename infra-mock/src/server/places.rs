//! Limits the number of open connections. When the limit is reached and another client connects,
//! this module chooses a connection to close.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// The time after which a new connection that has not sent a request counts as idle.
const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// A limited number of places for connections. Each connection occupies one place. Clones share the
/// places.
#[derive(Clone, Debug)]
pub(super) struct Places(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limit: usize,
    state: Mutex<State>,
    /// Notifies a waiting task that a place has become free or a connection has become idle.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The number of events on all connections so far. Events are numbered consecutively, so their
    /// numbers show which connection became idle first.
    events: u64,
    open: BTreeMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    /// The number of the event that made the connection idle, or `None` during a request.
    idle_since: Option<u64>,
    /// When the connection was opened, or `None` once its first request has started.
    unused_since: Option<Instant>,
    closing: bool,
    close: Arc<Notify>,
}

impl State {
    fn event(&mut self) -> u64 {
        self.events += 1;
        self.events
    }
}

impl Places {
    pub(super) fn new(limit: usize) -> Self {
        let inner = Inner { limit: limit.max(1), state: Mutex::default(), changed: Notify::new() };
        Self(Arc::new(inner))
    }

    /// Waits for a place. If all places are taken, closes the connection that has been idle
    /// longest.
    pub(super) async fn take(&self) -> Place {
        loop {
            if let Some(place) = self.try_take() {
                return place;
            }
            // A new connection that sends no request counts as idle after `FIRST_REQUEST`. No
            // notification reports this, so the wait needs a timeout.
            let changed = self.0.changed.notified();
            let _ = tokio::time::timeout(FIRST_REQUEST, changed).await;
        }
    }

    fn try_take(&self) -> Option<Place> {
        let state = &mut *self.0.lock();
        if state.open.len() < self.0.limit {
            let id = state.event();
            let close = Arc::new(Notify::new());
            let connection = Connection {
                idle_since: Some(id),
                unused_since: Some(Instant::now()),
                closing: false,
                close: Arc::clone(&close),
            };
            state.open.insert(id, connection);
            return Some(Place { places: self.clone(), id, close });
        }
        // It is enough to close one connection at a time, because only one place is needed.
        if !state.open.values().any(|connection| connection.closing) {
            let idle = state.open.values_mut().filter(|connection| {
                connection.idle_since.is_some()
                    && connection.unused_since.is_none_or(|since| since.elapsed() >= FIRST_REQUEST)
            });
            if let Some(longest) = idle.min_by_key(|connection| connection.idle_since) {
                longest.closing = true;
                longest.close.notify_one();
            }
        }
        None
    }

    /// Waits until all connections are closed.
    pub(super) async fn emptied(&self) {
        while !self.0.lock().open.is_empty() {
            self.0.changed.notified().await;
        }
    }
}

impl Inner {
    /// Locks the state, which stays valid even if a thread panics while holding the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one connection. Dropping this value frees the place.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    id: u64,
    close: Arc<Notify>,
}

impl Place {
    /// Completes when the connection must be closed to make room for another one.
    pub(super) async fn closed(&self) {
        self.close.notified().await;
    }

    /// Returns a handle for reporting when requests on this connection start and end.
    pub(super) fn requests(&self) -> Requests {
        Requests { places: self.places.clone(), id: self.id }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.0.lock().open.remove(&self.id);
        self.places.0.changed.notify_one();
    }
}

/// Reports when requests on one connection start and end.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    places: Places,
    id: u64,
}

impl Requests {
    /// Reports that a request has started. Dropping the returned value reports that it has ended.
    pub(super) fn begin(&self) -> UnderWay {
        self.set(false);
        UnderWay(self.clone())
    }

    fn set(&self, idle: bool) {
        let state = &mut *self.places.0.lock();
        let event = state.event();
        if let Some(connection) = state.open.get_mut(&self.id) {
            connection.idle_since = idle.then_some(event);
            connection.unused_since = None;
        }
    }
}

/// A request that is in progress.
#[derive(Debug)]
pub(super) struct UnderWay(Requests);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.set(true);
        self.0.places.0.changed.notify_one();
    }
}
