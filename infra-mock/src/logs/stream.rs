//! `CreateLogStream`, `DescribeLogStreams` and `DeleteLogStream`.

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::logs::{
    CreateLogStreamRequest, DeleteLogStreamRequest, DescribeLogStreamsRequest, LogStream,
};

use super::events::{no_stream, sequence_token};
use super::long;
use super::{StoredEvent, StoredStream, check, event_size, find, find_settled};

/// Creates a log stream.
impl Operation for CreateLogStreamRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let group = self.log_group_name.unwrap_or_default();
        let name = self.log_stream_name.unwrap_or_default();
        let now = call.now;
        let group = find(call, &group)?;
        if group.streams.contains_key(&name) {
            // https://github.com/aws-robotics/cloudwatchlogs-ros1/issues/1
            return Err(ApiError::new(
                "ResourceAlreadyExistsException",
                "The specified log stream already exists",
            ));
        }
        group.streams.insert(name, StoredStream::new(now));
        Ok(())
    }
}

/// Deletes a log stream and its events.
impl Operation for DeleteLogStreamRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let group = find_settled(call, &self.log_group_name.unwrap_or_default())?;
        if group.deletion_protection {
            // AWS's message is not publicly documented, so the mock's message is modeled on AWS's
            // message for log groups:
            // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protecting-log-groups-from-deletion.html
            return Err(check::validation(
                "Cannot delete log stream of a log group with deletion protection enabled. Disable deletion protection \
                 first.",
            ));
        }
        let name = self.log_stream_name.unwrap_or_default();
        let stream = group.streams.remove(&name).ok_or_else(no_stream)?;
        let sizes = stream.events.iter().map(|event| event_size(&event.message));
        group.stored_bytes = group.stored_bytes.saturating_sub(sizes.sum());
        Ok(())
    }
}

/// Describes the streams of a log group.
impl Operation for DescribeLogStreamsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let prefix = self.log_stream_name_prefix.as_deref();
        let order_by = self.order_by.as_deref();
        let (name, identifier) = (self.log_group_name, self.log_group_identifier);
        let group_name = check::group_of_either(call, name.as_deref(), identifier.as_deref())?;
        let by_time = order_by == Some("LastEventTime");
        if by_time && prefix.is_some() {
            // The rule comes from the service model; AWS's message is not publicly documented.
            return Err(check::invalid(
                "Cannot order by LastEventTime with a logStreamNamePrefix.",
            ));
        }
        let descending = self.descending.unwrap_or_default();
        let arn = call.arn("logs", format!("log-group:{group_name}:log-stream:"));
        let now = call.now;
        let oldest = call.logs().oldest_kept(&group_name, now);
        let streams = find(call, &group_name)?.streams.iter();
        let mut streams: Vec<(String, LogStream)> = streams
            .filter(|(name, _)| prefix.is_none_or(|prefix| name.starts_with(prefix)))
            .map(|(name, stream)| {
                let arn = format!("{arn}{name}");
                let key = sort_key(name, stream.kept(oldest), by_time, descending);
                (key, describe(name, arn, stream, oldest))
            })
            .collect();
        streams.sort_by(|(one, _), (other, _)| one.cmp(other));
        let listing = format!("streams {group_name} {prefix:?} {by_time} {descending}");
        let page = check::page(&listing, streams, |(key, _)| key, self.next_token, self.limit)?;
        Ok(Self::Output {
            log_streams: page.items.into_iter().map(|(_, stream)| stream).collect(),
            next_token: page.next_token,
        })
    }
}

/// Returns a log stream's sort key for the requested order.
fn sort_key(name: &str, events: &[StoredEvent], by_time: bool, descending: bool) -> String {
    use std::fmt::Write as _;

    let time = events.last().filter(|_| by_time).map_or(0, |event| event.timestamp);
    if !descending {
        return format!("{time:020} {name}");
    }
    // To reverse the order, the time and each byte of the name are subtracted from their maximum
    // values. The final `~` is greater than any hexadecimal digit, so a name comes before its own
    // prefixes.
    let mut key = format!("{:020} ", u64::MAX - time);
    for byte in name.bytes() {
        // Writing to a String cannot fail.
        let _ = write!(key, "{:02x}", u8::MAX - byte);
    }
    key.push('~');
    key
}

fn describe(name: &str, arn: String, stream: &StoredStream, oldest: u64) -> LogStream {
    let StoredStream { created_at, last_ingestion, events: _, taken } = stream;
    let events = stream.kept(oldest);
    LogStream {
        log_stream_name: name.to_owned(),
        creation_time: long(created_at.millis()),
        first_event_timestamp: events.first().map(|event| long(event.timestamp)),
        last_event_timestamp: events.last().map(|event| long(event.timestamp)),
        last_ingestion_time: last_ingestion.map(|time| long(time.millis())),
        upload_sequence_token: (*taken > 0).then(|| sequence_token(*taken)),
        arn,
        stored_bytes: 0,
    }
}
