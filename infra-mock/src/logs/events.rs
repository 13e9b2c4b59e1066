//! `PutLogEvents`, `GetLogEvents` and `FilterLogEvents`.

mod filter;
mod get;
mod put;

use crate::api::ApiError;

/// Returns a sequence token in AWS's format, derived from the number of ingested events. AWS no
/// longer requires the token in requests.
pub(super) fn sequence_token(events: u64) -> String {
    format!("49{events:054}")
}

pub(super) fn no_stream() -> ApiError {
    // https://github.com/mentum/lawgs/issues/11
    ApiError::new("ResourceNotFoundException", "The specified log stream does not exist.")
}

/// The limits of a page or batch: its size in bytes and its number of events.
const MAX_BYTES: u64 = 1_048_576;
const MAX_EVENTS: usize = 10_000;
