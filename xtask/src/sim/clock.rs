//! Tokio's time, from a day of one's own on.

use std::time::Duration;

use infra_mock::time::{Clock, ManualClock, Timestamp, TokioClock};
use tokio::time::Instant;

/// Time that goes with tokio's, so that it passes while nobody waits for it.
#[derive(Clone, Debug)]
pub(crate) struct VirtualClock(Instant);

/// A day after the worlds were made that cases start from, when all of it has long settled.
const LATER: Duration = Duration::from_hours(24);

impl VirtualClock {
    /// Starts now.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// A clock that stands still at the time at which the worlds are made that cases start from.
    pub(crate) fn long_ago() -> impl Clock {
        ManualClock::at(TokioClock::START)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        TokioClock::START.after(LATER + self.0.elapsed())
    }
}
