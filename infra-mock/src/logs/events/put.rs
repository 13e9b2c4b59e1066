//! `PutLogEvents`.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::{ApiResult, Call, Operation};
use crate::logs::{
    Entity, InputLogEvent, PutLogEventsRequest, RejectedEntityInfo, RejectedLogEventsInfo,
};
use crate::logs::{check, event_size, find};
use crate::time::Timestamp;
use crate::validate::Constraints;

use super::{MAX_BYTES, MAX_EVENTS, no_stream, sequence_token};

const DAY: u64 = 24 * 60 * 60 * 1000;

/// Events older than this are rejected.
const OLDEST: u64 = 14 * DAY;
/// Events further in the future than this are rejected.
const NEWEST: Duration = Duration::from_hours(2);

impl Entity {
    /// Returns the reason why the entity is rejected, or `None` if it is valid. The limits are from
    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Entity.html>.
    fn rejected(&self) -> Option<RejectedEntityInfo> {
        let fits = |map: &BTreeMap<String, String>, items: std::ops::RangeInclusive<usize>, key| {
            let within = |text: &str, most| (1..=most).contains(&text.chars().count());
            items.contains(&map.len())
                && map.iter().all(|(name, value)| within(name, key) && within(value, 512))
        };
        let Self { key_attributes, attributes } = self;
        let error_type = match key_attributes {
            None => "MissingRequiredFields",
            Some(map) if !fits(map, 2..=4, 32) => "InvalidKeyAttributes",
            Some(_) if attributes.as_ref().is_none_or(|map| fits(map, 0..=10, 256)) => return None,
            Some(_) => "InvalidAttributes",
        };
        Some(RejectedEntityInfo { error_type: error_type.to_owned() })
    }
}

/// Adds events to a log stream.
impl Operation for PutLogEventsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let mut constraints = Constraints::new();
        let group_name = check::required_group(&mut constraints, self.log_group_name.as_deref());
        constraints.required("logStreamName", self.log_stream_name.as_ref());
        check::stream_name(&mut constraints, "logStreamName", self.log_stream_name.as_deref());
        constraints.length("sequenceToken", self.sequence_token.as_deref(), 1, usize::MAX);
        let events = read(&mut constraints, self.log_events);
        check::finish(constraints)?;
        let stream_name = self.log_stream_name.unwrap_or_default();
        let now = call.now;
        find(call, &group_name)?;
        let oldest = call.logs().oldest_kept(&group_name, now);
        let group = find(call, &group_name)?;
        let stream = group.streams.get_mut(&stream_name).ok_or_else(no_stream)?;
        check_batch(&events)?;
        let rejected = Rejected::of(&events, now, oldest);
        let taken = events.get(rejected.end_of_old..rejected.start_of_new).unwrap_or_default();
        if let (Some((first, _)), Some((last, _))) = (taken.first(), taken.last())
            && last - first > DAY
        {
            // https://github.com/aws-greengrass/aws-greengrass-log-manager/issues/59
            return Err(check::invalid(
                "The batch of log events in a single PutLogEvents request cannot span more than 24 \
                 hours.",
            ));
        }
        for (timestamp, message) in taken {
            group.stored_bytes += stream.add(*timestamp, message.clone(), now);
        }
        Ok(Self::Output {
            next_sequence_token: sequence_token(stream.taken),
            rejected_log_events_info: rejected.info,
            rejected_entity_info: self.entity.as_ref().and_then(Entity::rejected),
        })
    }
}

/// Returns the time and message of each event, and adds any violations to `constraints`.
fn read(constraints: &mut Constraints, events: Option<Vec<InputLogEvent>>) -> Vec<(u64, String)> {
    const MEMBER: &str = "logEvents";
    constraints.required(MEMBER, events.as_ref());
    let Some(events) = events else { return Vec::new() };
    constraints.items(MEMBER, events.len(), 1, MAX_EVENTS);
    let mut read = Vec::with_capacity(events.len());
    for (place, InputLogEvent { timestamp, message }) in (1_usize..).zip(events) {
        // https://github.com/amazon-archives/cloudwatch-logs-centralize-logs/issues/5
        let member = |name| format!("{MEMBER}.{place}.member.{name}");
        constraints
            .required(&member("timestamp"), timestamp.as_ref())
            .range(&member("timestamp"), timestamp, 0, i64::MAX)
            .required(&member("message"), message.as_ref())
            .length(&member("message"), message.as_deref(), 1, usize::MAX);
        let timestamp = timestamp.and_then(|time| u64::try_from(time).ok()).unwrap_or_default();
        read.push((timestamp, message.unwrap_or_default()));
    }
    read
}

/// Checks the size and the order of a batch:
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>.
fn check_batch(events: &[(u64, String)]) -> ApiResult<()> {
    let sizes = events.iter().map(|(_, message)| event_size(message));
    if let Some(size) = sizes.clone().find(|size| *size > MAX_BYTES) {
        // This source quotes the message with an older limit:
        // https://github.com/maxbanton/cwh/issues/101
        return Err(check::invalid(format!(
            "Log event too large: {size} bytes exceeds limit of {MAX_BYTES}"
        )));
    }
    let total = sizes.fold(0, u64::saturating_add);
    if total > MAX_BYTES {
        // https://github.com/nhs-england-tools/terraform-aws-opennext/issues/27
        return Err(check::invalid(format!(
            "Upload too large: {total} bytes exceeds limit of {MAX_BYTES}"
        )));
    }
    if !events.is_sorted_by_key(|(timestamp, _)| *timestamp) {
        // https://github.com/dibog/cloudwatch-logback-appender/issues/17
        return Err(check::invalid(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ));
    }
    Ok(())
}

/// Identifies the rejected events of a batch: those before index `end_of_old`, and those at or
/// after index `start_of_new`. The batch is sorted by time.
struct Rejected {
    end_of_old: usize,
    start_of_new: usize,
    info: Option<RejectedLogEventsInfo>,
}

impl Rejected {
    fn of(events: &[(u64, String)], now: Timestamp, oldest_kept: u64) -> Self {
        let before = |time: u64| events.partition_point(|(timestamp, _)| *timestamp < time);
        let too_old = before(now.millis().saturating_sub(OLDEST));
        let expired = before(oldest_kept);
        let start_of_new =
            events.partition_point(|(timestamp, _)| *timestamp <= now.after(NEWEST).millis());
        let number = |place: usize| i32::try_from(place).unwrap_or(i32::MAX);
        let info = RejectedLogEventsInfo {
            too_new_log_event_start_index: (start_of_new < events.len())
                .then(|| number(start_of_new)),
            too_old_log_event_end_index: (too_old > 0).then(|| number(too_old)),
            // An event that is both too old and expired is counted as too old.
            expired_log_event_end_index: (expired > too_old).then(|| number(expired)),
        };
        let info = Some(info).filter(|info| *info != RejectedLogEventsInfo::default());
        Self { end_of_old: too_old.max(expired), start_of_new, info }
    }
}
