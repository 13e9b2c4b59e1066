//! `PutLogEvents`, `GetLogEvents` and `FilterLogEvents`.

mod filter;
mod get;
mod put;

use crate::api::ApiError;

/// A token of the form that AWS gives after a number of events; it is not asked for any more.
pub(super) fn sequence_token(events: u64) -> String {
    format!("49{events:054}")
}

pub(super) fn no_stream() -> ApiError {
    // https://github.com/mentum/lawgs/issues/11
    ApiError::new("ResourceNotFoundException", "The specified log stream does not exist.")
}

/// The most that one page or one batch holds, in bytes and in events.
const MAX_BYTES: u64 = 1_048_576;
const MAX_EVENTS: usize = 10_000;
