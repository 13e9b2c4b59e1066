//! Amazon CloudWatch Logs: log groups, and streams of events enough to be counted and read.
//!
//! Wordings come from the service model (`Logs_20140328`) and from the public threads that are named beside
//! them. The differences from AWS:
//! - Events are there to be read at once, and stay beyond the retention of their group.
//! - The bytes stored are counted as they are billed when they come in; AWS counts them compressed, and late.
//! - KMS keys are not looked up; only their ARNs are checked.
//! - There are no linked accounts, metric filters, data protection policies or masked events.

mod access;
mod check;
mod events;
mod group;
mod list;
mod model;
mod settings;
mod stream;
mod tags;
pub(crate) mod violations;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call};
use crate::time::Timestamp;

pub use self::model::*;

/// What the service holds in one account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    groups: BTreeMap<String, StoredGroup>,
    /// When groups were deleted whose names may still be in the way.
    deleted: BTreeMap<String, Timestamp>,
    /// The account policy of type `RETENTION_POLICY`, which applies to every log group.
    #[serde(default)]
    account_retention: Option<AccountRetention>,
    /// The key that query results are encrypted with.
    query_results_key: Option<String>,
}

/// An account policy of type `RETENTION_POLICY`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct AccountRetention {
    policy_name: String,
    /// `None` says that events never expire.
    retention_in_days: Option<i32>,
}

impl State {
    /// Sets the account policy that determines the retention of every log group; events never expire without days.
    pub fn set_account_retention(&mut self, policy_name: &str, retention_in_days: Option<i32>) {
        let policy_name = policy_name.to_owned();
        self.account_retention = Some(AccountRetention { policy_name, retention_in_days });
    }

    /// The names of the log groups.
    pub fn log_group_names(&self) -> impl Iterator<Item = &str> {
        self.groups.keys().map(String::as_str)
    }

    /// Adds a stream with events of those times and messages to a log group, or events to a stream that is
    /// there, as a running task would. Nothing is checked.
    ///
    /// Gives the bytes that the group then stores, or nothing where there is no such group.
    pub fn add_stream<'e>(
        &mut self,
        group: &str,
        stream: &str,
        events: impl IntoIterator<Item = (Timestamp, &'e str)>,
        at: Timestamp,
    ) -> Option<u64> {
        let group = self.groups.get_mut(group)?;
        let stream = group.streams.entry(stream.to_owned());
        let stream = stream.or_insert_with(|| StoredStream::new(at));
        for (time, message) in events {
            group.stored_bytes += stream.add(time.millis(), message.to_owned(), at);
        }
        Some(group.stored_bytes)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct StoredGroup {
    created_at: Timestamp,
    /// When it was last changed, for the conflict with what comes next.
    changed_at: Timestamp,
    class: String,
    kms_key_id: Option<String>,
    retention_in_days: Option<i32>,
    deletion_protection: bool,
    tags: BTreeMap<String, String>,
    stored_bytes: u64,
    streams: BTreeMap<String, StoredStream>,
}

impl StoredGroup {
    fn is_delivery(&self) -> bool {
        self.class == "DELIVERY"
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct StoredStream {
    created_at: Timestamp,
    last_ingestion: Option<Timestamp>,
    /// In the order of their times; those of one time in the order in which they came.
    events: Vec<StoredEvent>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct StoredEvent {
    timestamp: u64,
    /// Which event of its stream it was to come in, from 1 on.
    number: u64,
    ingested_at: Timestamp,
    message: String,
}

impl StoredEvent {
    fn place(&self) -> (u64, u64) {
        (self.timestamp, self.number)
    }
}

/// What each event costs beside its message:
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>.
const EVENT_OVERHEAD: u64 = 26;

fn event_size(message: &str) -> u64 {
    u64::try_from(message.len()).unwrap_or(u64::MAX).saturating_add(EVENT_OVERHEAD)
}

impl StoredStream {
    fn new(at: Timestamp) -> Self {
        Self { created_at: at, ..Self::default() }
    }

    /// Takes an event in and gives its size.
    fn add(&mut self, timestamp: u64, message: String, at: Timestamp) -> u64 {
        let size = event_size(&message);
        let number = u64::try_from(self.events.len()).unwrap_or(u64::MAX).saturating_add(1);
        let event = StoredEvent { timestamp, number, ingested_at: at, message };
        let place = self.events.partition_point(|other| other.place() < event.place());
        self.events.insert(place, event);
        self.last_ingestion = Some(at);
        size
    }
}

/// A number as the model's type `long` has it.
fn long(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn no_group() -> ApiError {
    // https://github.com/osperlabs/logbeam/issues/7
    ApiError::new("ResourceNotFoundException", "The specified log group does not exist.")
}

/// The log group of that name.
fn find<'c>(call: &'c mut Call<'_>, name: &str) -> ApiResult<&'c mut StoredGroup> {
    call.logs().groups.get_mut(name).ok_or_else(no_group)
}

/// The log group of that name, about to be changed.
///
/// While an earlier change is under way, AWS refuses the next one, and asks to try again.
fn find_settled<'c>(call: &'c mut Call<'_>, name: &str) -> ApiResult<&'c mut StoredGroup> {
    let (now, lag) = (call.now, call.world.lag.log_group);
    let group = find(call, name)?;
    if now.since(group.changed_at) < lag { Err(in_conflict()) } else { Ok(group) }
}

fn in_conflict() -> ApiError {
    // https://github.com/fluent/fluent-bit/pull/8826
    ApiError::new(
        "OperationAbortedException",
        "A conflicting operation is currently in progress against this resource. Please try again.",
    )
}
