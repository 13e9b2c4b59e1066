//! `PutLogEvents`, `GetLogEvents` and `FilterLogEvents`.

mod filter;
mod get;
mod put;

use crate::api::ApiError;

/// Returns a sequence token in AWS's format for a stream that has received this many events. AWS no
/// longer requires requests to contain a token.
pub(super) fn sequence_token(events: u64) -> String {
    format!("49{events:054}")
}

pub(super) fn no_stream() -> ApiError {
    // https://github.com/mentum/lawgs/issues/11
    ApiError::new("ResourceNotFoundException", "The specified log stream does not exist.")
}

/// The maximum size of a page or batch, in bytes.
const MAX_BYTES: u64 = 1_048_576;

/// The maximum number of events in a page or batch.
const MAX_EVENTS: usize = 10_000;
