//! Tokio's clock, starting at a fixed date.

use std::time::Duration;

use infra_mock::time::{Clock, ManualClock, Timestamp, TokioClock};
use tokio::time::Instant;

/// A clock that follows tokio's clock. If tokio's clock is paused, time advances without waiting.
#[derive(Clone, Debug)]
pub(crate) struct VirtualClock(Instant);

/// The time between the creation of the initial worlds and the start of the clock. This time is
/// longer than any lag.
const LATER: Duration = Duration::from_hours(24);

impl VirtualClock {
    /// Starts the clock now.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns a clock that is fixed at the time when initial worlds are created.
    pub(crate) fn fixed_past() -> impl Clock {
        ManualClock::at(TokioClock::START)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        TokioClock::START.after(LATER + self.0.elapsed())
    }
}
