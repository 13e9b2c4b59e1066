//! The retry table: which errors are temporary, how long to retry, and what to tell the user. The
//! code for each service adds its own rows; see [`Stack::with_retry`](super::Stack::with_retry).
//!
//! Throttling, service failures and connection errors need no rows, because the SDK behind the
//! provider traits retries them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use tokio::time::Instant;

use super::calls::Fresh;
use crate::error::Error;
use crate::operation::Operation;

/// An error to look up in the table, with its context.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// The operation that was called.
    pub operation: Operation,
    /// The error.
    pub error: &'a Error,
    /// What the run did before this call.
    pub fresh: Fresh,
}

impl Refusal<'_> {
    /// Returns whether AWS's message contains this text.
    pub fn says(&self, words: &str) -> bool {
        self.error.message().contains(words)
    }

    /// Returns whether AWS's error code is `code`.
    pub fn has_code(&self, code: &str) -> bool {
        self.error.code() == Some(code)
    }
}

/// A temporary error.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The row's name in tests.
    pub name: &'static str,
    /// The reason for the wait, as a phrase that follows "waiting for".
    pub waiting_for: &'static str,
    /// The maximum wait.
    pub limit: Duration,
    /// What the user can do if the error persists after the maximum wait.
    pub hint: &'static str,
    /// Returns whether the row applies to an error.
    pub matches: fn(&Refusal<'_>) -> bool,
}

/// The errors to retry. Empty by default.
#[derive(Clone, Debug, Default)]
pub struct RetryTable(Vec<Row>);

impl RetryTable {
    /// Appends rows to the table.
    pub fn with(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.0.extend(rows);
        self
    }

    /// Returns the rows in order. The first row that matches an error applies.
    pub fn rows(&self) -> &[Row] {
        &self.0
    }

    /// Removes a row by name, so that a test can show that the row is needed.
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|row| row.name != name);
        self
    }

    /// Returns the first row that matches an error.
    pub fn row(&self, refusal: &Refusal<'_>) -> Option<&Row> {
        self.0.iter().find(|row| (row.matches)(refusal))
    }
}

/// Counts the retries of one call, and the time spent on them, separately for each row. Retrying
/// one error therefore does not use up the limit of another.
#[derive(Debug, Default)]
pub(super) struct Patience {
    rows: Vec<Spent>,
    /// The row that the last error matched, and the time of that error.
    current: Option<(usize, Instant)>,
}

#[derive(Debug)]
struct Spent {
    row: &'static str,
    attempts: u32,
    elapsed: Duration,
}

impl Patience {
    /// Records an error that matches `row`. Returns the number of retries that this row has already
    /// caused, and the time spent on them. The time between two errors counts towards the row of
    /// the first error.
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

/// Returns the delay before retry number `attempt`, counting from 0. The full delay is 0.25 s at
/// first, and doubles with each retry up to 5 s. It is then reduced by up to a quarter.
///
/// The size of the reduction depends only on `key` and `attempt`. Resources that start waiting at
/// the same time therefore retry at different times, and every run has the same delays.
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
