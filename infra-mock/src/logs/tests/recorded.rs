//! Compares the mock's responses with recorded AWS responses.
//!
//! The responses from February 2026 come from the files `test_logs_groups`, `test_logs_streams` and `test_logs_events`
//! in <https://github.com/localstack/localstack/tree/8b9a79f05846835cf4dff63ab7eefdde9df83783/tests/aws/services/logs>,
//! and one from July 2026 comes from
//! <https://github.com/getmoto/moto/blob/0af643a5dbfc98797f08ee64f5be3ef8002d56ff/tests/test_logs/test_logs.py#L622>.

use serde_json::{Value, json};

use crate::api::{Operation, perform};
use crate::logs::{
    CreateLogGroupRequest, CreateLogStreamRequest, DescribeLogGroupsRequest,
    DescribeLogStreamsRequest, GetLogEventsRequest, ListTagsForResourceRequest,
    ListTagsLogGroupRequest, PutLogEventsRequest, TagLogGroupRequest, TagResourceRequest,
    UntagResourceRequest,
};
use crate::testing::{Bench, START};

use super::with_group;

const ARN: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo";
const DAY: u64 = 86_400_000;

/// Returns a test bench that contains the log group `/ecs/demo` with the stream `s`.
fn with_stream() -> Bench {
    let mut bench = with_group();
    bench.ok::<CreateLogStreamRequest>(stream("s"));
    bench
}

fn stream(name: &str) -> Value {
    json!({"logGroupName": "/ecs/demo", "logStreamName": name})
}

/// Adds the members of `more` to a request.
fn and(mut request: Value, more: &Value) -> Value {
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

/// Sends a request that must fail, and returns its error code, status and message.
fn refused<O: Operation>(bench: &mut Bench, request: &Value) -> (String, u16, String) {
    let request: O = serde_json::from_value(request.clone()).unwrap();
    let error = perform(request, &mut bench.call()).unwrap_err();
    (error.code.into_owned(), error.status, error.message)
}

#[test]
fn errors_match_the_recorded_ones() {
    type Sent = fn(&mut Bench, &Value) -> (String, u16, String);
    let create: Sent = refused::<CreateLogGroupRequest>;
    let groups: Sent = refused::<DescribeLogGroupsRequest>;
    let create_stream: Sent = refused::<CreateLogStreamRequest>;
    let streams: Sent = refused::<DescribeLogStreamsRequest>;
    let put: Sent = refused::<PutLogEventsRequest>;
    let get: Sent = refused::<GetLogEventsRequest>;
    let no_arn_with_a_star = "1 validation error detected: Value at 'logGroupIdentifier' failed to satisfy \
                              constraint: Member must satisfy regular expression pattern: [\\w#+=/:,.@-]*";
    let event = |time: u64| json!({"timestamp": time, "message": "m"});
    let one = json!({"logEvents": [event(START)]});
    let cases = [
        (
            create,
            json!({"logGroupName": "/ecs/demo"}),
            "ResourceAlreadyExistsException",
            "The specified log group already exists",
        ),
        (
            create,
            json!({"logGroupName": "a".repeat(513)}),
            "InvalidParameterException",
            "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
        ),
        (
            groups,
            json!({"logGroupNamePrefix": "a", "logGroupNamePattern": "a"}),
            "InvalidParameterException",
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ),
        (
            create_stream,
            stream("s"),
            "ResourceAlreadyExistsException",
            "The specified log stream already exists",
        ),
        (
            streams,
            json!({"logGroupName": "/ecs/demo", "logGroupIdentifier": ARN}),
            "ValidationException",
            "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
        ),
        (
            streams,
            json!({"logGroupIdentifier": format!("{ARN}:*")}),
            "InvalidParameterException",
            no_arn_with_a_star,
        ),
        (
            put,
            and(stream("none"), &one),
            "ResourceNotFoundException",
            "The specified log stream does not exist.",
        ),
        (
            put,
            and(stream("s"), &json!({"logEvents": [event(START), event(START - 1)]})),
            "InvalidParameterException",
            "Log events in a single PutLogEvents request must be in chronological order.",
        ),
        (
            get,
            and(stream("s"), &json!({"nextToken": "invalid-token"})),
            "InvalidParameterException",
            "The specified nextToken is invalid.",
        ),
        (
            get,
            and(stream("s"), &json!({"limit": 10_001})),
            "InvalidParameterException",
            "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have \
             value less than or equal to 10000",
        ),
        (
            get,
            json!({"logGroupName": "/none", "logStreamName": "s"}),
            "ResourceNotFoundException",
            "The specified log group does not exist.",
        ),
        (
            get,
            stream("none"),
            "ResourceNotFoundException",
            "The specified log stream does not exist.",
        ),
        (
            get,
            json!({"logGroupIdentifier": format!("{ARN}:*"), "logStreamName": "s"}),
            "InvalidParameterException",
            no_arn_with_a_star,
        ),
    ];
    for (send, request, code, words) in cases {
        let expected = (code.to_owned(), 400, words.to_owned());
        assert_eq!(send(&mut with_stream(), &request), expected, "{request}");
    }
}

#[test]
fn log_groups_have_the_recorded_members() {
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234";
    let mut bench = with_group();
    bench.ok::<CreateLogGroupRequest>(json!({"logGroupName": "/ecs/key", "kmsKeyId": key}));
    let common = |name: &str| {
        let arn = format!("arn:aws:logs:us-east-1:123456789012:log-group:{name}");
        json!({
            "arn": format!("{arn}:*"),
            "creationTime": START,
            "logGroupArn": arn,
            "logGroupClass": "STANDARD",
            "logGroupName": name,
            "metricFilterCount": 0,
        })
    };
    // The recordings predate `bearerTokenAuthenticationEnabled`, which was added to the service
    // model in spring 2026.
    let by_prefix = json!({
        "deletionProtectionEnabled": false,
        "bearerTokenAuthenticationEnabled": false,
        "storedBytes": 0,
    });
    let with_key = and(by_prefix.clone(), &json!({"kmsKeyId": key}));
    let plain = and(common("/ecs/demo"), &by_prefix);
    let cases = [
        (json!({"logGroupNamePrefix": "/ecs/d"}), vec![plain.clone()]),
        (json!({}), vec![plain, and(common("/ecs/key"), &with_key)]),
        (json!({"logGroupNamePattern": "demo"}), vec![common("/ecs/demo")]),
        (json!({"logGroupNamePrefix": "/none"}), vec![]),
    ];
    for (request, expected) in cases {
        let answer = bench.ok::<DescribeLogGroupsRequest>(request.clone());
        assert_eq!(answer, json!({"logGroups": expected}), "{request}");
    }
}

#[test]
fn streams_are_the_same_by_group_name_and_by_arn() {
    let mut bench = with_stream();
    let expected = json!({"logStreams": [{
        "arn": format!("{ARN}:log-stream:s"),
        "creationTime": START,
        "logStreamName": "s",
        "storedBytes": 0,
    }]});
    for request in [
        json!({"logGroupName": "/ecs/demo"}),
        json!({"logGroupName": "/ecs/demo", "logStreamNamePrefix": "s"}),
        json!({"logGroupIdentifier": "/ecs/demo"}),
        json!({"logGroupIdentifier": ARN}),
    ] {
        assert_eq!(bench.ok::<DescribeLogStreamsRequest>(request.clone()), expected, "{request}");
    }
}

#[test]
fn rejected_events_are_reported_by_index() {
    let cases = [
        (START - 15 * DAY, json!({"tooOldLogEventEndIndex": 1})),
        (START + DAY, json!({"tooNewLogEventStartIndex": 0})),
    ];
    for (time, expected) in cases {
        let events = json!({"logEvents": [{"timestamp": time, "message": "m"}]});
        let answer = with_stream().ok::<PutLogEventsRequest>(and(stream("s"), &events));
        assert_eq!(answer["rejectedLogEventsInfo"], expected);
        let members: Vec<_> = answer.as_object().unwrap().keys().collect();
        assert_eq!(members, ["nextSequenceToken", "rejectedLogEventsInfo"]);
    }
}

#[test]
fn old_and_new_tagging_operations_share_tags() {
    let mut bench = Bench::new();
    let named = |more: Value| and(json!({"logGroupName": "/ecs/demo"}), &more);
    let arn = |more: Value| and(json!({"resourceArn": ARN}), &more);
    let both = |bench: &mut Bench, tags: Value| {
        let expected = json!({"tags": tags});
        assert_eq!(bench.ok::<ListTagsLogGroupRequest>(named(json!({}))), expected);
        assert_eq!(bench.ok::<ListTagsForResourceRequest>(arn(json!({}))), expected);
    };
    bench.ok::<CreateLogGroupRequest>(named(json!({"tags": {"env": "testing1"}})));
    both(&mut bench, json!({"env": "testing1"}));
    bench.ok::<TagResourceRequest>(arn(json!({"tags": {"test1": "val1", "test2": "val2"}})));
    both(&mut bench, json!({"env": "testing1", "test1": "val1", "test2": "val2"}));
    bench.ok::<TagLogGroupRequest>(named(json!({"tags": {"test3": "val3"}})));
    both(&mut bench, json!({"env": "testing1", "test1": "val1", "test2": "val2", "test3": "val3"}));
    bench.ok::<UntagResourceRequest>(arn(json!({"tagKeys": ["env", "test1", "test3"]})));
    both(&mut bench, json!({"test2": "val2"}));
}
