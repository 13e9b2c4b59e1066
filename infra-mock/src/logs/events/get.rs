//! `GetLogEvents`.

use crate::api::{ApiResult, Call, Operation};
use crate::logs::{GetLogEventsRequest, OutputLogEvent};
use crate::logs::{StoredEvent, check, event_size, find, long};

use super::{MAX_BYTES, MAX_EVENTS, no_stream};

/// A position between two events, and the direction in which to read. The token for a cursor
/// consists of `f/` or `b/`, 56 digits, and `/s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cursor {
    /// Reads forward, starting after the event with this time and number.
    Forward(u64, u64),
    /// Reads backward, starting before the event with this time and number.
    Backward(u64, u64),
}

impl Cursor {
    fn read(token: &str) -> Option<Self> {
        let (direction, rest) = token.split_once('/')?;
        let digits = rest.strip_suffix("/s").filter(|digits| digits.len() == 56)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (time, number) = digits.split_at_checked(28)?;
        let (time, number) = (time.parse().ok()?, number.parse().ok()?);
        match direction {
            "f" => Some(Self::Forward(time, number)),
            "b" => Some(Self::Backward(time, number)),
            _ => None,
        }
    }

    fn token(self) -> String {
        let (direction, time, number) = match self {
            Self::Forward(time, number) => ('f', time, number),
            Self::Backward(time, number) => ('b', time, number),
        };
        format!("{direction}/{time:028}{number:028}/s")
    }
}

/// Returns a page of a log stream's events, read forward or backward.
impl Operation for GetLogEventsRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (name, identifier) = (self.log_group_name, self.log_group_identifier);
        let group = check::group_of_either(call, name.as_deref(), identifier.as_deref())?;
        let cursor = self.next_token.as_deref().map(Cursor::read);
        let cursor = cursor.map(|cursor| cursor.ok_or_else(check::bad_token)).transpose()?;
        let stream_name = self.log_stream_name.unwrap_or_default();
        let now = call.now;
        let oldest = call.logs().oldest_kept(&group, now);
        let stream = find(call, &group)?.streams.get(&stream_name).ok_or_else(no_stream)?;

        let time = |time: i64| u64::try_from(time).unwrap_or_default();
        let from = self.start_time.map_or(0, time);
        let until = self.end_time.map_or(u64::MAX, time);
        let in_range = |event: &&StoredEvent| (from..until).contains(&event.timestamp);
        let limit = self.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MAX_EVENTS);
        let events = stream.kept(oldest).iter().filter(in_range);
        let from_head = self.start_from_head.unwrap_or_default();
        let page = match cursor {
            Some(Cursor::Forward(time, number)) => {
                fill(events.filter(|event| event.place() > (time, number)), limit)
            }
            None if from_head => fill(events, limit),
            Some(Cursor::Backward(time, number)) => {
                let earlier = events.filter(|event| event.place() < (time, number));
                reversed(fill(earlier.rev(), limit))
            }
            None => reversed(fill(events.rev(), limit)),
        };
        let (forward, backward) = around(&page, cursor);
        let shown = page.into_iter().map(|event| OutputLogEvent {
            timestamp: long(event.timestamp),
            message: event.message.clone(),
            ingestion_time: long(event.ingested_at.millis()),
        });
        Ok(Self::Output {
            events: shown.collect(),
            next_forward_token: forward.token(),
            next_backward_token: backward.token(),
        })
    }
}

/// Returns as many events as fit on a page, and at least one if there are any.
fn fill<'e>(events: impl Iterator<Item = &'e StoredEvent>, limit: usize) -> Vec<&'e StoredEvent> {
    let mut bytes = 0;
    let mut page = Vec::new();
    for event in events.take(limit) {
        bytes += event_size(&event.message);
        if bytes > MAX_BYTES && !page.is_empty() {
            break;
        }
        page.push(event);
    }
    page
}

fn reversed(mut page: Vec<&StoredEvent>) -> Vec<&StoredEvent> {
    page.reverse();
    page
}

/// Returns one cursor for the events after a page and one for the events before it. If the page is
/// empty, both cursors keep the position of the request's cursor. A client that continues in the
/// same direction therefore receives the same token again.
fn around(page: &[&StoredEvent], cursor: Option<Cursor>) -> (Cursor, Cursor) {
    if let (Some(first), Some(last)) = (page.first(), page.last()) {
        return (
            Cursor::Forward(last.timestamp, last.number),
            Cursor::Backward(first.timestamp, first.number),
        );
    }
    match cursor {
        Some(Cursor::Forward(time, number)) => {
            (Cursor::Forward(time, number), Cursor::Backward(time, number.saturating_add(1)))
        }
        Some(Cursor::Backward(time, number)) => {
            (Cursor::Forward(time, number.saturating_sub(1)), Cursor::Backward(time, number))
        }
        None => (Cursor::Forward(0, 0), Cursor::Backward(0, 0)),
    }
}
