//! Limits how many environments are processed at the same time.

use std::sync::{Arc, Mutex, PoisonError};

use infra_core::engine::{Event, Events};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::printer::Printer;

/// The printer and the place of an environment that is being processed.
#[derive(Debug)]
pub(super) struct Slot {
    /// The printer for the environment's section of the output.
    pub(super) printer: Arc<Printer>,
    pub(super) place: Place,
}

impl Slot {
    /// Waits for a free place.
    pub(super) async fn free(printer: Arc<Printer>, places: &Arc<Semaphore>) -> Self {
        // Acquiring a permit cannot fail, because the semaphore is never closed.
        let permit = Arc::clone(places).acquire_owned().await.ok();
        Self { printer, place: Place(Arc::new(Mutex::new(permit))) }
    }
}

/// Permission to process one environment. The number of places limits how many environments are
/// processed at the same time. Clones share one place.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Place(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl Place {
    /// Frees the place for the next environment.
    fn leave(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Wraps `events` to free the place as soon as the environment starts to wait for a change to
    /// take effect in AWS, such as the creation of a role. Otherwise, waiting environments could
    /// occupy all the places, and no calls would be made in the meantime.
    pub(in crate::commands) fn left_by(&self, events: Arc<dyn Events>) -> Arc<dyn Events> {
        Arc::new(Leaving { place: self.clone(), events })
    }
}

#[derive(Debug)]
struct Leaving {
    place: Place,
    events: Arc<dyn Events>,
}

impl Events for Leaving {
    fn emit(&self, event: &Event<'_>) {
        if matches!(event, Event::Waiting { .. }) {
            self.place.leave();
        }
        self.events.emit(event);
    }
}
