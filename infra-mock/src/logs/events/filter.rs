//! `FilterLogEvents`.

use std::fmt::Write as _;

use crate::api::{ApiResult, Call, Operation};
use crate::logs::pattern::Pattern;
use crate::logs::{FilterLogEventsRequest, FilteredLogEvent};
use crate::logs::{StoredEvent, StoredStream, check, event_size, find, long};
use crate::paging::{self, Page};

use super::{MAX_BYTES, MAX_EVENTS, no_stream};

/// The earliest start time for reading backward, 2024-01-01T00:00:00Z. "Setting startFromHead to
/// false is supported only when startTime is on or after Jan 1, 2024":
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>.
const FIRST_BACKWARD: i64 = 1_704_067_200_000;

/// An event with its sort key and the name of its stream.
type Placed<'s> = (String, &'s str, &'s StoredEvent);

/// Finds the events of a log group that match a filter pattern.
impl Operation for FilterLogEventsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (name, identifier) = (&self.log_group_name, &self.log_group_identifier);
        let group = check::group_of_either(call, name.as_deref(), identifier.as_deref())?;
        let text = self.filter_pattern.clone().unwrap_or_default();
        let pattern = Pattern::parse(&text).map_err(|bad| check::invalid(bad.message("filter")))?;
        let (names, prefix) = (&self.log_stream_names, &self.log_stream_name_prefix);
        if names.is_some() && prefix.is_some() {
            // The rule comes from the service model; AWS's message is not publicly documented.
            return Err(check::invalid(
                "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.",
            ));
        }
        let from_head = self.start_from_head.unwrap_or(true);
        if !from_head && self.start_time.is_some_and(|time| time < FIRST_BACKWARD) {
            // The rule comes from the service model; AWS's message is not publicly documented.
            return Err(check::invalid(
                "startFromHead can be false only if startTime is on or after Jan 1, 2024.",
            ));
        }
        let now = call.now;
        find(call, &group)?;
        let oldest = call.logs().oldest_kept(&group, now);
        let streams = &find(call, &group)?.streams;
        if names.iter().flatten().any(|name| !streams.contains_key(name)) {
            return Err(no_stream());
        }
        let time = |time: Option<i64>| time.and_then(|time| u64::try_from(time).ok());
        let range = time(self.start_time).unwrap_or(0)..=time(self.end_time).unwrap_or(u64::MAX);
        let wanted = |name: &String| {
            names.as_ref().is_none_or(|names| names.contains(name))
                && prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix))
        };
        let streams = streams.iter().filter(|(name, _)| wanted(name));
        let found: Vec<(&str, &StoredEvent)> = streams
            .flat_map(|(name, stream): (&String, &StoredStream)| {
                stream.kept(oldest).iter().map(move |event| (name.as_str(), event))
            })
            .filter(|(_, event)| {
                range.contains(&event.timestamp) && pattern.matches(&event.message)
            })
            .collect();
        let listing = |from_head: bool| {
            let range = (self.start_time, self.end_time);
            format!("filter {group} {names:?} {prefix:?} {range:?} {text:?} {from_head}")
        };
        let limit = self.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_EVENTS);
        let token = self.next_token.as_deref();
        let attempt = |from_head| page(&listing(from_head), &found, from_head, token, limit);
        // "If you provide both nextToken and startFromHead, the direction of the nextToken is used."
        let page = attempt(from_head).or_else(|_| attempt(!from_head));
        let page = page.map_err(|_| check::bad_token())?;
        let events = page.items.into_iter().map(|(_, stream, event)| FilteredLogEvent {
            log_stream_name: stream.to_owned(),
            timestamp: long(event.timestamp),
            message: event.message.clone(),
            ingestion_time: long(event.ingested_at.millis()),
            event_id: event_id(stream, event),
        });
        Ok(Self::Output {
            events: events.collect(),
            // "As of May 15, 2020, this parameter is no longer supported":
            // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
            searched_log_streams: Vec::new(),
            next_token: page.next_token,
        })
    }
}

/// Returns a page with at most `limit` events and at most [`MAX_BYTES`] bytes.
fn page<'s>(
    listing: &str,
    found: &[(&'s str, &'s StoredEvent)],
    from_head: bool,
    token: Option<&str>,
    limit: usize,
) -> Result<Page<Placed<'s>>, paging::BadToken> {
    let placed =
        found.iter().map(|(stream, event)| (place(stream, event, from_head), *stream, *event));
    let mut placed: Vec<Placed<'s>> = placed.collect();
    placed.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    let page = paging::page(listing, placed.clone(), |(key, ..)| key, token, limit)?;
    let mut bytes = 0;
    let fitting = page.items.iter().take_while(|(.., event)| {
        bytes += event_size(&event.message);
        bytes <= MAX_BYTES
    });
    let fitting = fitting.count();
    if fitting == page.items.len() {
        return Ok(page);
    }
    paging::page(listing, placed, |(key, ..)| key, token, fitting)
}

/// Returns an event's sort key, which orders events by time, then by ingestion time, then by stream
/// and position in the stream. If `from_head` is `false`, the order is reversed.
fn place(stream: &str, event: &StoredEvent, from_head: bool) -> String {
    let StoredEvent { timestamp, number, ingested_at, message: _ } = event;
    let turn = |number: u64| if from_head { number } else { u64::MAX - number };
    let mut key = format!("{:020} {:020} ", turn(*timestamp), turn(ingested_at.millis()));
    for byte in stream.bytes() {
        let byte = if from_head { byte } else { u8::MAX - byte };
        // Writing to a String cannot fail.
        let _ = write!(key, "{byte:02x}");
    }
    let end = if from_head { ' ' } else { '~' };
    let _ = write!(key, "{end}{:020}", turn(*number));
    key
}

/// Returns an event's 56-digit ID, which is unique in the log group.
fn event_id(stream: &str, event: &StoredEvent) -> String {
    // FNV-1a.
    let hash = stream.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("3{:018}{hash:020}{:017}", event.timestamp, event.number)
}
