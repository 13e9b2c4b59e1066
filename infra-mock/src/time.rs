//! The mock's time: an injected clock and AWS's three time formats.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Creates a timestamp from milliseconds since the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Returns the time in milliseconds since the epoch. CloudWatch Logs uses this time format.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Returns the time as seconds since the epoch, with a fraction. ECS and ECR use this format.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a double represents milliseconds exactly for 285,000 years"
    )]
    pub(crate) fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Creates a timestamp from seconds since the epoch.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an out-of-range time is clamped to the first or last possible time"
    )]
    pub(crate) fn from_seconds(seconds: f64) -> Self {
        Self((seconds * 1000.0).round() as u64)
    }

    /// Returns the time that is `duration` later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// Returns the time elapsed since `earlier`, or zero if `earlier` is later than `self`.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Parses the format `2026-11-24T09:30:00Z`.
impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let time = humantime::parse_rfc3339(text).ok();
        let since = time.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let millis = since.and_then(|since| u64::try_from(since.as_millis()).ok());
        millis.map(Self).ok_or_else(|| InvalidTimestamp(text.to_owned()))
    }
}

/// The reason why a string is not a [`Timestamp`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time since 1970 in the format 2026-11-24T09:30:00Z")]
pub struct InvalidTimestamp(String);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000;
        let (days, in_day) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (in_day / 3600, in_day / 60 % 60, in_day % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// Returns the date that is this many days after 1970-01-01, by the algorithm in
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

/// A source of time for the mock.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the current time.
    fn now(&self) -> Timestamp;

    /// Moves the clock forward. Returns `false` if the clock cannot be moved, for example because
    /// it follows real time.
    fn try_advance(&self, _by: Duration) -> bool {
        false
    }
}

/// The system clock, for mocks that serve real clients. Tests should use [`ManualClock`] or
/// [`TokioClock`].
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "only this function reads the wall clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp::from_millis(
            since.map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX)),
        )
    }
}

/// A clock that moves only when a test advances it. Clones share the time.
#[derive(Clone, Debug, Default)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// Creates a clock that is set to `start`.
    pub fn at(start: Timestamp) -> Self {
        Self(Arc::new(AtomicU64::new(start.millis())))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        // `fetch_update` fails only if the closure returns `None`, which this closure never does.
        let _ = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| Some(now.saturating_add(by)));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn try_advance(&self, by: Duration) -> bool {
        self.advance(by);
        true
    }
}

/// A clock that follows tokio's time. If a test pauses tokio's time, a simulated lag of two minutes
/// takes only milliseconds of real time.
#[derive(Debug, Default)]
pub struct TokioClock(OnceLock<tokio::time::Instant>);

impl TokioClock {
    /// The start time of every [`TokioClock`]: 2026-01-01T00:00:00Z.
    pub const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        let start = self.0.get_or_init(tokio::time::Instant::now);
        Self::START.after(start.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Clock, ManualClock, Timestamp};

    #[test]
    fn clock_moved_too_far_stops_at_the_maximum() {
        let clock = ManualClock::at(Timestamp::from_millis(5));
        assert!(clock.try_advance(Duration::MAX));
        assert_eq!(clock.now(), Timestamp::from_millis(u64::MAX));
    }

    #[test]
    fn times_are_written_in_iam_format() {
        let cases = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_767_225_600_000, "2026-01-01T00:00:00Z"),
            (1_795_512_645_999, "2026-11-24T09:30:45Z"),
        ];
        for (millis, text) in cases {
            let time = Timestamp::from_millis(millis);
            assert_eq!(time.to_string(), text);
            let whole_seconds = Timestamp::from_millis(millis / 1000 * 1000);
            assert_eq!(text.parse::<Timestamp>().unwrap(), whole_seconds);
        }
        for text in ["", "now", "2026-11-24", "1969-12-31T23:59:59Z", "2026-13-01T00:00:00Z"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
