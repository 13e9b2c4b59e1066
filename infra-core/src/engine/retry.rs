//! The table of waits: which refusals pass by themselves, how long that may take, and what to say. The rows come from
//! those who know the services; see [`Stack::with_retry`](super::Stack::with_retry).
//!
//! Throttling, failures of the service and connection trouble need no rows: the SDK's retryer below the provider
//! traits deals with them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use tokio::time::Instant;

use super::calls::Fresh;
use crate::error::Error;
use crate::operation::Operation;

/// A refusal to judge: what was called, what came back, and what this run did before.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// What was called.
    pub operation: Operation,
    /// What came back.
    pub error: &'a Error,
    /// What this run did before.
    pub fresh: Fresh,
}

impl Refusal<'_> {
    /// Whether AWS's message contains these words.
    pub fn says(&self, words: &str) -> bool {
        self.error.message().contains(words)
    }

    /// Whether AWS's error code is this one.
    pub fn has_code(&self, code: &str) -> bool {
        self.error.code() == Some(code)
    }
}

/// A refusal that passes by itself.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What the row is called in tests.
    pub name: &'static str,
    /// What is waited for, as in "waiting for ...".
    pub waiting_for: &'static str,
    /// How long at most.
    pub limit: Duration,
    /// What to do when that was not enough.
    pub hint: &'static str,
    /// Whether the row is for a refusal.
    pub matches: fn(&Refusal<'_>) -> bool,
}

/// Which refusals are waited out. The default is none.
#[derive(Clone, Debug, Default)]
pub struct RetryTable(Vec<Row>);

impl RetryTable {
    /// The table with more rows, after those it has.
    pub fn with(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.0.extend(rows);
        self
    }

    /// The rows, in the order in which a refusal is looked up: the first that fits counts.
    pub fn rows(&self) -> &[Row] {
        &self.0
    }

    /// The table without the row of that name: a test shows with it that the row is needed.
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|row| row.name != name);
        self
    }

    /// The first row that the refusal falls under.
    pub fn row(&self, refusal: &Refusal<'_>) -> Option<&Row> {
        self.0.iter().find(|row| (row.matches)(refusal))
    }
}

/// How long and how often each row has been waited for within one call: a refusal that follows another has
/// the whole bound of its own row before it.
#[derive(Debug, Default)]
pub(super) struct Patience {
    rows: Vec<Spent>,
    /// The row of the last refusal, and when that came.
    current: Option<(usize, Instant)>,
}

#[derive(Debug)]
struct Spent {
    row: &'static str,
    attempts: u32,
    elapsed: Duration,
}

impl Patience {
    /// Takes note of a refusal; gives how many of that row came before, and how long they have been waited
    /// for. The time from one refusal to the next counts for the row of the first.
    pub(super) fn refused_by(&mut self, row: &'static str) -> (u32, Duration) {
        let now = Instant::now();
        if let Some((index, since)) = self.current
            && let Some(spent) = self.rows.get_mut(index)
        {
            spent.attempts += 1;
            spent.elapsed += now - since;
        }
        let index = self.rows.iter().position(|spent| spent.row == row).unwrap_or_else(|| {
            self.rows.push(Spent { row, attempts: 0, elapsed: Duration::ZERO });
            self.rows.len() - 1
        });
        self.current = Some((index, now));
        let Spent { row: _, attempts, elapsed } = self.rows[index];
        (attempts, elapsed)
    }
}

/// How long to wait before attempt `attempt` (from 0): 0.25 s, doubled up to 5 s, less up to a quarter.
///
/// What is taken off follows from `key`, so that resources that wait together do not call together, and a
/// run repeats exactly.
pub(super) fn delay(attempt: u32, key: impl Hash) -> Duration {
    let full = Duration::from_millis(250).saturating_mul(1 << attempt.min(5));
    let full = full.min(Duration::from_secs(5));
    let mut hasher = DefaultHasher::new();
    (attempt, key).hash(&mut hasher);
    let permille = u32::try_from(hasher.finish() % 250).unwrap_or(0);
    full.saturating_mul(1000 - permille) / 1000
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::delay;

    #[test]
    fn delays_grow_to_a_bound_and_differ_between_resources() {
        for attempt in 0..40 {
            let wait = delay(attempt, "a");
            assert!(wait >= Duration::from_millis(187) && wait <= Duration::from_secs(5));
        }
        assert!(delay(6, "a") > Duration::from_millis(3700));
        assert_ne!(delay(3, "a"), delay(3, "b"));
        assert_eq!(delay(3, "a"), delay(3, "a"));
    }
}
