//! Tests for log streams and their events.

use serde_json::{Value, json};

use crate::logs::{
    CreateLogStreamRequest, DescribeLogGroupsRequest, DescribeLogStreamsRequest,
    GetLogEventsRequest, PutLogEventsRequest, PutRetentionPolicyRequest,
};
use crate::testing::{Bench, START};
use crate::time::Timestamp;

use super::{broken, invalid, no_group, out_of_range, with_group};

const ARN: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo";
const DAY: u64 = 86_400_000;

fn with_stream() -> Bench {
    let mut bench = with_group();
    let request = json!({"logGroupName": "/ecs/demo", "logStreamName": "s"});
    bench.ok::<CreateLogStreamRequest>(request);
    bench
}

fn put(bench: &mut Bench, events: &[(u64, &str)]) -> Result<Value, String> {
    let events: Vec<_> = events
        .iter()
        .map(|(time, message)| json!({"timestamp": time, "message": message}))
        .collect();
    bench.run::<PutLogEventsRequest>(json!({
        "logGroupName": "/ecs/demo",
        "logStreamName": "s",
        "logEvents": events,
        "sequenceToken": "any",
    }))
}

/// Gets a page of events. Returns the messages on the page, and the whole response.
fn get(bench: &mut Bench, more: Value) -> (Vec<String>, Value) {
    let mut request = json!({"logGroupName": "/ecs/demo", "logStreamName": "s"});
    let Value::Object(more) = more else { panic!("expected an object") };
    request.as_object_mut().unwrap().extend(more);
    let page = bench.ok::<GetLogEventsRequest>(request);
    let events = page["events"].as_array().unwrap().iter();
    (events.map(|event| event["message"].as_str().unwrap().to_owned()).collect(), page)
}

#[test]
fn a_stream_is_created_once_and_described() {
    let mut bench = with_stream();
    let request = json!({"logGroupName": "/ecs/demo", "logStreamName": "s"});
    let words = "ResourceAlreadyExistsException: The specified log stream already exists";
    assert_eq!(bench.err::<CreateLogStreamRequest>(request), words);
    let streams = bench.ok::<DescribeLogStreamsRequest>(json!({"logGroupName": "/ecs/demo"}));
    let expected = json!({"logStreams": [{
        "logStreamName": "s",
        "creationTime": START,
        "arn": format!("{ARN}:log-stream:s"),
        "storedBytes": 0,
    }]});
    assert_eq!(streams, expected);
    for bad in ["a:b", "a*"] {
        let request = json!({"logGroupName": "/ecs/demo", "logStreamName": bad});
        let rule = "Member must satisfy regular expression pattern: [^:*]*";
        let words = broken("logStreamName", rule);
        assert_eq!(bench.err::<CreateLogStreamRequest>(request), words);
    }
}

#[test]
fn describing_a_stream_returns_the_times_of_its_events() {
    let mut bench = with_stream();
    put(&mut bench, &[(START - 2000, "a"), (START - 1000, "b")]).unwrap();
    let streams = bench.ok::<DescribeLogStreamsRequest>(json!({"logGroupIdentifier": ARN}));
    let stream = &streams["logStreams"][0];
    assert_eq!(stream["firstEventTimestamp"], START - 2000);
    assert_eq!(stream["lastEventTimestamp"], START - 1000);
    assert_eq!(stream["lastIngestionTime"], START);
    assert_eq!(stream["uploadSequenceToken"].as_str().unwrap().len(), 56);
    assert_eq!(stream["storedBytes"], 0);
}

#[test]
fn streams_are_returned_in_pages_in_the_requested_order() {
    let mut bench = with_group();
    let now = bench.now;
    for (name, time) in [("ab", 2), ("a", 3), ("b", 1), ("c", 3)] {
        let events = [(Timestamp::from_millis(time), "x")];
        bench.call().logs().add_stream("/ecs/demo", name, events, now).unwrap();
    }
    let mut all = |more: Value| {
        let mut names = Vec::new();
        let mut token = json!(null);
        loop {
            let mut request = json!({"logGroupName": "/ecs/demo", "limit": 1, "nextToken": token});
            request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let page = bench.ok::<DescribeLogStreamsRequest>(request);
            for stream in page["logStreams"].as_array().unwrap() {
                names.push(stream["logStreamName"].as_str().unwrap().to_owned());
            }
            match page.get("nextToken") {
                Some(next) => token = next.clone(),
                None => return names,
            }
        }
    };
    assert_eq!(all(json!({})), ["a", "ab", "b", "c"]);
    assert_eq!(all(json!({"descending": true})), ["c", "b", "ab", "a"]);
    assert_eq!(all(json!({"logStreamNamePrefix": "a"})), ["a", "ab"]);
    assert_eq!(all(json!({"orderBy": "LastEventTime"})), ["b", "ab", "a", "c"]);
    let latest = json!({"orderBy": "LastEventTime", "descending": true});
    assert_eq!(all(latest), ["c", "a", "ab", "b"]);
}

#[test]
fn invalid_stream_selections_are_rejected() {
    let mut bench = with_group();
    let both = json!({"logGroupName": "/ecs/demo", "logGroupIdentifier": ARN});
    let words =
        "ValidationException: LogGroup name and LogGroup ARN are mutually exclusive parameters.";
    assert_eq!(bench.err::<DescribeLogStreamsRequest>(both), words);
    let null = broken("logGroupName", "Member must not be null");
    assert_eq!(bench.err::<DescribeLogStreamsRequest>(json!({})), null);
    let request = json!({
        "logGroupName": "/ecs/demo",
        "orderBy": "LastEventTime",
        "logStreamNamePrefix": "a",
    });
    let words = "Cannot order by LastEventTime with a logStreamNamePrefix.";
    assert_eq!(bench.err::<DescribeLogStreamsRequest>(request), invalid(words));
    let request = json!({"logGroupName": "/ecs/demo", "orderBy": "Size"});
    let rule = "Member must satisfy enum value set: [LogStreamName, LastEventTime]";
    assert_eq!(bench.err::<DescribeLogStreamsRequest>(request), broken("orderBy", rule));
    let request = json!({"logGroupName": "/ecs/demo", "nextToken": "?"});
    let words = "The specified nextToken is invalid.";
    assert_eq!(bench.err::<DescribeLogStreamsRequest>(request), invalid(words));
    let other = json!({"logGroupIdentifier": ARN.replace("demo", "other")});
    assert_eq!(bench.err::<DescribeLogStreamsRequest>(other), no_group());
}

#[test]
fn events_are_stored_and_their_bytes_counted_as_in_aws() {
    let mut bench = with_stream();
    let answer = put(&mut bench, &[(START, "é"), (START, "abc")]).unwrap();
    assert_eq!(answer["nextSequenceToken"].as_str().unwrap().len(), 56);
    assert!(answer.get("rejectedLogEventsInfo").is_none());
    let groups = bench.ok::<DescribeLogGroupsRequest>(json!({}));
    assert_eq!(groups["logGroups"][0]["storedBytes"], 2 + 26 + 3 + 26);
    let (messages, page) = get(&mut bench, json!({}));
    assert_eq!(messages, ["é", "abc"]);
    let expected = json!({"timestamp": START, "message": "é", "ingestionTime": START});
    assert_eq!(page["events"][0], expected);
}

#[test]
fn events_that_are_too_old_or_too_new_are_not_stored() {
    let mut bench = with_stream();
    let hour = DAY / 24;
    let events = [
        (START - 15 * DAY, "too old"),
        (START - 14 * DAY - 1, "too old"),
        (START, "now"),
        (START + 2 * hour, "just in time"),
        (START + 2 * hour + 1, "too new"),
    ];
    let answer = put(&mut bench, &events).unwrap();
    let expected = json!({"tooNewLogEventStartIndex": 4, "tooOldLogEventEndIndex": 2});
    assert_eq!(answer["rejectedLogEventsInfo"], expected);
    assert_eq!(get(&mut bench, json!({})).0, ["now", "just in time"]);

    let retention = json!({"logGroupName": "/ecs/demo", "retentionInDays": 1});
    bench.ok::<PutRetentionPolicyRequest>(retention);
    let answer = put(&mut bench, &[(START - 2 * DAY, "expired"), (START, "again")]).unwrap();
    assert_eq!(answer["rejectedLogEventsInfo"], json!({"expiredLogEventEndIndex": 1}));
    assert_eq!(get(&mut bench, json!({})).0, ["now", "again", "just in time"]);
    let answer = put(&mut bench, &[(1, "all of them")]).unwrap();
    assert_eq!(answer["rejectedLogEventsInfo"], json!({"tooOldLogEventEndIndex": 1}));
}

#[test]
fn invalid_batches_are_rejected() {
    let mut bench = with_stream();
    let big = "x".repeat(1_048_577 - 26);
    let half = "x".repeat(600_000);
    let cases: [(&[(u64, &str)], String); 5] = [
        (
            &[(START, "b"), (START - 1, "a")],
            invalid("Log events in a single PutLogEvents request must be in chronological order."),
        ),
        (
            &[(START - DAY - 1, "a"), (START, "b")],
            invalid(
                "The batch of log events in a single PutLogEvents request cannot span more than 24 \
                 hours.",
            ),
        ),
        (&[(START, &big)], invalid("Log event too large: 1048577 bytes exceeds limit of 1048576")),
        (
            &[(START, &half), (START, &half)],
            invalid("Upload too large: 1200052 bytes exceeds limit of 1048576"),
        ),
        (&[], broken("logEvents", "Member must have length greater than or equal to 1")),
    ];
    for (events, words) in cases {
        assert_eq!(put(&mut bench, events).unwrap_err(), words);
    }
    put(&mut bench, &[(START - DAY, "a"), (START, "b")]).unwrap();
    let many = vec![(START, "x"); 10_001];
    let error = put(&mut bench, &many).unwrap_err();
    assert!(error.ends_with("Member must have length less than or equal to 10000"), "{error}");
    let request = json!({
        "logGroupName": "/ecs/demo",
        "logStreamName": "s",
        "logEvents": [{"message": ""}],
    });
    let words = "2 validation errors detected: Value at 'logEvents.1.member.timestamp' failed to \
                 satisfy constraint: Member must not be null; Value at \
                 'logEvents.1.member.message' failed to satisfy constraint: Member must have length \
                 greater than or equal to 1";
    assert_eq!(bench.err::<PutLogEventsRequest>(request), invalid(words));
}

#[test]
fn events_need_an_existing_group_and_stream() {
    let mut bench = with_group();
    let words = "ResourceNotFoundException: The specified log stream does not exist.";
    assert_eq!(put(&mut bench, &[(START, "a")]).unwrap_err(), words);
    let request = json!({"logGroupName": "/ecs/demo", "logStreamName": "s"});
    assert_eq!(bench.err::<GetLogEventsRequest>(request), words);
    let request = json!({"logGroupName": "/other", "logStreamName": "s"});
    assert_eq!(bench.err::<GetLogEventsRequest>(request), no_group());
    assert_eq!(put(&mut Bench::new(), &[(START, "a")]).unwrap_err(), no_group());
}

#[test]
fn events_are_read_from_either_end_and_in_both_directions() {
    let mut bench = with_stream();
    put(&mut bench, &[(START, "1"), (START, "2"), (START + 1, "3"), (START + 2, "4")]).unwrap();
    assert_eq!(get(&mut bench, json!({"limit": 3})).0, ["2", "3", "4"]);
    let (messages, head) = get(&mut bench, json!({"limit": 3, "startFromHead": true}));
    assert_eq!(messages, ["1", "2", "3"]);
    let token = head["nextForwardToken"].as_str().unwrap();
    assert!(token.starts_with("f/") && token.ends_with("/s") && token.len() == 60, "{token}");

    let (messages, rest) = get(&mut bench, json!({"nextToken": token, "startFromHead": true}));
    assert_eq!(messages, ["4"]);
    let end = &rest["nextForwardToken"];
    let (messages, at_end) = get(&mut bench, json!({"nextToken": end, "startFromHead": true}));
    assert!(messages.is_empty());
    assert_eq!(at_end["nextForwardToken"], *end, "at the end, the same token is returned");
    put(&mut bench, &[(START + 3, "5")]).unwrap();
    assert_eq!(
        get(&mut bench, json!({"nextToken": end})).0,
        ["5"],
        "the same token later returns new events"
    );

    let back = &at_end["nextBackwardToken"];
    let (messages, page) = get(&mut bench, json!({"nextToken": back, "limit": 2}));
    assert_eq!(messages, ["3", "4"]);
    let request = json!({"nextToken": page["nextBackwardToken"], "limit": 5});
    let (messages, page) = get(&mut bench, request);
    assert_eq!(messages, ["1", "2"]);
    let start = &page["nextBackwardToken"];
    let (messages, at_start) = get(&mut bench, json!({"nextToken": start}));
    assert!(messages.is_empty());
    assert_eq!(at_start["nextBackwardToken"], *start);
    let (messages, _) = get(&mut bench, json!({"nextToken": at_start["nextForwardToken"]}));
    assert_eq!(messages, ["1", "2", "3", "4", "5"]);
}

#[test]
fn events_are_read_from_a_time_range() {
    let mut bench = with_stream();
    put(&mut bench, &[(START, "1"), (START + 1, "2"), (START + 2, "3")]).unwrap();
    let range = json!({"startTime": START + 1, "endTime": START + 2});
    assert_eq!(get(&mut bench, range).0, ["2"]);
    let (messages, page) = get(&mut bench, json!({"startTime": START + 9}));
    assert!(messages.is_empty());
    let (messages, _) = get(&mut bench, json!({"nextToken": page["nextForwardToken"]}));
    assert_eq!(messages, ["1", "2", "3"]);
}

#[test]
fn a_page_of_events_is_limited_to_a_megabyte() {
    let mut bench = with_stream();
    let large = "x".repeat(400_000);
    put(&mut bench, &[(START, &large), (START + 1, &large)]).unwrap();
    put(&mut bench, &[(START + 2, "last")]).unwrap();
    put(&mut bench, &[(START + 1, &large)]).unwrap();
    let (messages, page) = get(&mut bench, json!({"startFromHead": true}));
    assert_eq!(messages.len(), 2);
    let (messages, _) = get(&mut bench, json!({"nextToken": page["nextForwardToken"]}));
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1], "last");
}

#[test]
fn tokens_and_limits_of_events_are_checked() {
    let mut bench = with_stream();
    let mut with = |member: &str, value: Value| {
        let mut request = json!({"logGroupName": "/ecs/demo", "logStreamName": "s"});
        request[member] = value;
        bench.err::<GetLogEventsRequest>(request)
    };
    let bad = invalid("The specified nextToken is invalid.");
    let digits = "0".repeat(56);
    let words = ["?", "f/1/s", "x/", &format!("x/{digits}/s"), &format!("f/{}/s", "z".repeat(56))];
    for token in words {
        assert_eq!(with("nextToken", json!(token)), bad, "{token}");
    }
    let rule = "Member must have value less than or equal to 10000";
    assert_eq!(with("limit", json!(10_001)), out_of_range("10001", "limit", rule));
    let rule = "Member must have value greater than or equal to 0";
    assert_eq!(with("startTime", json!(-1)), out_of_range("-1", "startTime", rule));
}
