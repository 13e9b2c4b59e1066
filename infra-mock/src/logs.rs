//! Amazon CloudWatch Logs: log groups, log streams, events, filters, queries and policies.
//!
//! Error messages come from the service model (`Logs_20140328`) and from the public sources that
//! are cited next to the messages. The mock differs from AWS in the following ways:
//! - Events can be read immediately. They are deleted as soon as their retention period ends, while
//!   AWS takes up to 72 hours to delete them.
//! - `storedBytes` counts billed bytes, and is updated as soon as events are ingested. AWS counts
//!   compressed bytes, and updates the number with a delay.
//! - The ARN of a KMS key is checked, but the key does not have to exist.
//! - Metric filters create no metrics, subscription filters and deliveries deliver nothing, anomaly detectors find nothing,
//!   and no data is masked.
//! - Queries support only the commands in `queries/language.rs`. Queries complete immediately
//!   unless the mock has a lag for queries.
//! - Linked accounts are not supported.

mod access;
mod account_policies;
mod anomaly_detectors;
mod check;
mod data_protection;
mod deliveries;
mod destinations;
mod events;
mod group;
mod index_policies;
mod list;
mod metric_filters;
mod model;
mod pattern;
mod queries;
mod query_definitions;
mod resource_policies;
mod retention;
mod settings;
mod stream;
mod subscription_filters;
mod summaries;
mod tags;
pub(crate) mod violations;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call};
use crate::time::Timestamp;

pub use self::model::*;

use self::account_policies::StoredAccountPolicy;
use self::anomaly_detectors::StoredAnomalyDetector;
use self::data_protection::DataProtection;
use self::deliveries::{StoredDelivery, StoredDeliveryDestination, StoredDeliverySource};
use self::destinations::StoredDestination;
use self::index_policies::StoredIndexPolicy;
use self::metric_filters::StoredMetricFilter;
use self::queries::StoredQuery;
use self::query_definitions::StoredQueryDefinition;
use self::resource_policies::StoredResourcePolicy;
use self::subscription_filters::StoredSubscriptionFilter;

/// The state of CloudWatch Logs in one account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    groups: BTreeMap<String, StoredGroup>,
    /// The deletion times of recently deleted groups, by group name. A name cannot be reused until
    /// the lag for log groups has passed.
    deleted: BTreeMap<String, Timestamp>,
    /// The account policies, by type and name.
    #[serde(default)]
    account_policies: BTreeMap<String, BTreeMap<String, StoredAccountPolicy>>,
    /// The resource policies of the account, by name.
    #[serde(default)]
    resource_policies: BTreeMap<String, StoredResourcePolicy>,
    /// The resource policies of log groups, by ARN.
    #[serde(default)]
    group_policies: BTreeMap<String, StoredResourcePolicy>,
    #[serde(default)]
    query_definitions: BTreeMap<String, StoredQueryDefinition>,
    #[serde(default)]
    queries: BTreeMap<String, StoredQuery>,
    #[serde(default)]
    destinations: BTreeMap<String, StoredDestination>,
    /// The deliveries by ID.
    #[serde(default)]
    deliveries: BTreeMap<String, StoredDelivery>,
    #[serde(default)]
    delivery_sources: BTreeMap<String, StoredDeliverySource>,
    #[serde(default)]
    delivery_destinations: BTreeMap<String, StoredDeliveryDestination>,
    /// The anomaly detectors by ID.
    #[serde(default)]
    anomaly_detectors: BTreeMap<String, StoredAnomalyDetector>,
    /// The KMS key that encrypts query results.
    query_results_key: Option<String>,
}

impl State {
    /// Returns the names of the log groups.
    pub fn log_group_names(&self) -> impl Iterator<Item = &str> {
        self.groups.keys().map(String::as_str)
    }

    /// Adds events to a stream of a log group, as a running task would, and creates the stream if it does not exist.
    /// The events are not validated.
    ///
    /// Returns the number of bytes that the group now stores, or `None` if the group does not
    /// exist.
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
    /// The time of the last change. If another change follows too soon, it fails with a conflict.
    changed_at: Timestamp,
    class: String,
    kms_key_id: Option<String>,
    retention_in_days: Option<i32>,
    deletion_protection: bool,
    tags: BTreeMap<String, String>,
    stored_bytes: u64,
    streams: BTreeMap<String, StoredStream>,
    #[serde(default)]
    metric_filters: BTreeMap<String, StoredMetricFilter>,
    #[serde(default)]
    subscription_filters: BTreeMap<String, StoredSubscriptionFilter>,
    #[serde(default)]
    data_protection: Option<DataProtection>,
    #[serde(default)]
    index_policy: Option<StoredIndexPolicy>,
    /// The fields that earlier index policies indexed, each with its index type.
    #[serde(default)]
    former_indexes: BTreeMap<String, String>,
    #[serde(default)]
    bearer_token_authentication: bool,
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
    /// The events, ordered by time and then by order of ingestion.
    events: Vec<StoredEvent>,
    /// The number of events ever ingested, including expired ones.
    #[serde(default)]
    taken: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct StoredEvent {
    timestamp: u64,
    /// The event's position in its stream, in order of ingestion. The first event has the number 1.
    number: u64,
    ingested_at: Timestamp,
    message: String,
}

impl StoredEvent {
    fn place(&self) -> (u64, u64) {
        (self.timestamp, self.number)
    }
}

/// The number of bytes that AWS counts for each event in addition to the message:
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>.
const EVENT_OVERHEAD: u64 = 26;

fn event_size(message: &str) -> u64 {
    u64::try_from(message.len()).unwrap_or(u64::MAX).saturating_add(EVENT_OVERHEAD)
}

impl StoredStream {
    fn new(at: Timestamp) -> Self {
        Self { created_at: at, ..Self::default() }
    }

    /// Ingests an event and returns its size.
    fn add(&mut self, timestamp: u64, message: String, at: Timestamp) -> u64 {
        let size = event_size(&message);
        let here = u64::try_from(self.events.len()).unwrap_or(u64::MAX);
        let number = self.taken.max(here).saturating_add(1);
        self.taken = number;
        let event = StoredEvent { timestamp, number, ingested_at: at, message };
        let place = self.events.partition_point(|other| other.place() < event.place());
        self.events.insert(place, event);
        self.last_ingestion = Some(at);
        size
    }
}

/// Converts a number to the model's `long` type.
fn long(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn no_group() -> ApiError {
    // https://github.com/osperlabs/logbeam/issues/7
    ApiError::new("ResourceNotFoundException", "The specified log group does not exist.")
}

/// Returns the log group with the given name.
fn find<'c>(call: &'c mut Call<'_>, name: &str) -> ApiResult<&'c mut StoredGroup> {
    call.logs().groups.get_mut(name).ok_or_else(no_group)
}

/// Returns the log group with the given name, for a request that changes the group.
///
/// While an earlier change is in progress, AWS rejects further changes and asks the caller to try again.
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

fn limit_exceeded() -> ApiError {
    // This is the error that AWS returned for resource policies and subscription filters:
    // https://github.com/localstack/localstack/blob/e3b2b97e6ae4079d235263943f5084137e0f00ce/tests/aws/services/logs/test_logs_resource_policies.snapshot.json
    ApiError::new("LimitExceededException", "Resource limit exceeded.")
}
