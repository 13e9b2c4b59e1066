//! `GetLogRecord`, `GetLogGroupFields` and `ListLogGroupsForQuery`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    GetLogGroupFieldsRequest, GetLogRecordRequest, ListLogGroupsForQueryRequest, LogGroupField,
    State,
};
use crate::time::Timestamp;

use super::super::{check, find};
use super::no_query;
use super::run::{POINTER, Source};

/// The fields in a log group's events.
#[derive(Debug, Default)]
pub(in crate::logs) struct Fields {
    events: u64,
    /// For each field, the number of events that contain it, and the times of the first and last of
    /// these events.
    found: BTreeMap<String, (u64, u64, u64)>,
}

impl Fields {
    /// Collects the fields of the events in a time range.
    pub(in crate::logs) fn of_group(
        state: &State,
        name: &str,
        range: RangeInclusive<u64>,
        now: Timestamp,
    ) -> Self {
        let mut all = Self::default();
        for row in Source::new(state, "", name, now).rows(&range) {
            all.events += 1;
            let time = row.time();
            for field in row.names().filter(|field| *field != POINTER) {
                let (count, first, last) =
                    all.found.entry(field.to_owned()).or_insert((0, time, time));
                *count += 1;
                *first = time.min(*first);
                *last = time.max(*last);
            }
        }
        all
    }

    /// Returns the times of the first and last events that contain a field.
    pub(in crate::logs) fn times(&self, field: &str) -> Option<(u64, u64)> {
        self.found.get(field).map(|(_, first, last)| (*first, *last))
    }
}

/// Returns the fields in recent events, or in events close to a given time. For each field, also
/// returns the percentage of the events that contain it.
impl Operation for GetLogGroupFieldsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        // The time ranges come from AWS's documentation:
        // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogGroupFields.html
        const MINUTE: u64 = 60_000;
        let (name, identifier) = (self.log_group_name, self.log_group_identifier);
        let name = check::group_of_either(call, name.as_deref(), identifier.as_deref())?;
        find(call, &name)?;
        let now = call.now;
        let range = match self.time.and_then(|seconds| u64::try_from(seconds).ok()) {
            Some(seconds) => {
                let center = seconds.saturating_mul(1000);
                center.saturating_sub(8 * MINUTE)..=center.saturating_add(8 * MINUTE)
            }
            None => now.millis().saturating_sub(15 * MINUTE)..=now.millis(),
        };
        let Fields { events, found } = Fields::of_group(call.logs(), &name, range, now);
        let mut fields: Vec<LogGroupField> = found
            .into_iter()
            .map(|(name, (count, _, _))| LogGroupField {
                name,
                percent: i32::try_from(count * 100 / events.max(1)).unwrap_or(100),
            })
            .collect();
        fields.sort_by_key(|field| std::cmp::Reverse(field.percent));
        Ok(Self::Output { log_group_fields: fields })
    }
}

/// Returns all fields of the event with the given pointer, which comes from query results.
impl Operation for GetLogRecordRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let pointer = self.log_record_pointer.unwrap_or_default();
        // The mock uses its own pointer format, so AWS's messages about pointers do not apply.
        let mut parts = pointer.split(':');
        let (Some(_), Some(name), Some(_), Some(time), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(check::invalid("Invalid logRecordPointer"));
        };
        let time: u64 = time.parse().map_err(|_| check::invalid("Invalid logRecordPointer"))?;
        let (now, account) = (call.now, call.location().account_id.to_string());
        let rows = Source::new(call.logs(), &account, name, now).rows(&(time..=time));
        let row = rows.into_iter().find(|row| row.get(POINTER) == Some(pointer.as_str()));
        let row = row.ok_or_else(|| {
            ApiError::new("ResourceNotFoundException", "The specified log record does not exist.")
        })?;
        Ok(Self::Output { log_record: row.into_fields() })
    }
}

/// Lists the log groups that a query searches.
impl Operation for ListLogGroupsForQueryRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let id = self.query_id.unwrap_or_default();
        let mut groups = call.logs().queries.get(&id).ok_or_else(no_query)?.groups.clone();
        groups.sort();
        let listing = format!("log groups of query {id}");
        let page = check::page(&listing, groups, |name| name, self.next_token, self.max_results)?;
        Ok(Self::Output { log_group_identifiers: page.items, next_token: page.next_token })
    }
}
