//! Tests for event searches, metric filters and subscription filters.

use serde_json::{Value, json};

use crate::logs::{
    CreateLogGroupRequest, CreateLogStreamRequest, DeleteLogStreamRequest,
    DeleteMetricFilterRequest, DeleteSubscriptionFilterRequest, DescribeLogGroupsRequest,
    DescribeMetricFiltersRequest, DescribeSubscriptionFiltersRequest, FilterLogEventsRequest,
    ListLogGroupsRequest, PutLogEventsRequest, PutLogGroupDeletionProtectionRequest,
    PutMetricFilterRequest, PutSubscriptionFilterRequest, TestMetricFilterRequest,
};
use crate::testing::{Bench, START};

use super::{invalid, no_group, with_group};

const LAMBDA: &str = "arn:aws:lambda:us-east-1:123456789012:function:app";
const STREAM: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/app";

/// Returns a test bench with numbered events in two streams. Stream `a` has the events with even
/// numbers, and stream `b` those with odd numbers.
fn with_events() -> Bench {
    let mut bench = with_group();
    for (stream, first) in [("a", 0), ("b", 1)] {
        let name = json!({"logGroupName": "/ecs/demo", "logStreamName": stream});
        bench.ok::<CreateLogStreamRequest>(name);
        let events: Vec<Value> = (0..3)
            .map(|n| first + 2 * n)
            .map(|n| json!({"timestamp": START + n, "message": format!("line {n}")}))
            .collect();
        bench.ok::<PutLogEventsRequest>(json!({
            "logGroupName": "/ecs/demo", "logStreamName": stream, "logEvents": events,
        }));
    }
    bench
}

fn with(mut more: Value) -> Value {
    more["logGroupName"] = json!("/ecs/demo");
    more
}

fn messages(answer: &Value) -> Vec<String> {
    let events = answer["events"].as_array().unwrap();
    events.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn events_of_all_streams_are_returned_in_order_of_time() {
    let mut bench = with_events();
    let answer = bench.ok::<FilterLogEventsRequest>(with(json!({})));
    assert_eq!(messages(&answer), ["line 0", "line 1", "line 2", "line 3", "line 4", "line 5"]);
    assert_eq!(answer["searchedLogStreams"], json!([]));
    let event = &answer["events"][1];
    assert_eq!(
        (
            event["logStreamName"].as_str(),
            event["timestamp"].as_u64(),
            event["ingestionTime"].as_u64()
        ),
        (Some("b"), Some(START + 1), Some(START))
    );
    let ids: std::collections::BTreeSet<_> = answer["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["eventId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 6);
    assert!(ids.iter().all(|id| id.len() == 56));
}

#[test]
fn events_are_selected_by_time_stream_and_pattern() {
    let mut bench = with_events();
    for (more, expected) in [
        (json!({"startTime": START + 1, "endTime": START + 2}), vec!["line 1", "line 2"]),
        (json!({"logStreamNames": ["b"]}), vec!["line 1", "line 3", "line 5"]),
        (json!({"logStreamNamePrefix": "a"}), vec!["line 0", "line 2", "line 4"]),
        (json!({"filterPattern": "%[45]$%"}), vec!["line 4", "line 5"]),
        (json!({"filterPattern": "\"line 3\"", "logStreamNames": ["a"]}), vec![]),
        (json!({"filterPattern": "[name, number > 3]"}), vec!["line 4", "line 5"]),
        (json!({"startFromHead": false, "limit": 2}), vec!["line 5", "line 4"]),
    ] {
        let answer = bench.ok::<FilterLogEventsRequest>(with(more.clone()));
        assert_eq!(messages(&answer), expected, "{more}");
    }
    let error = bench.err::<FilterLogEventsRequest>(with(json!({"filterPattern": "a@b"})));
    assert_eq!(error, invalid("Invalid filter pattern"));
    let both = with(json!({"logStreamNames": ["a"], "logStreamNamePrefix": "a"}));
    assert!(bench.err::<FilterLogEventsRequest>(both).starts_with("InvalidParameterException: "));
    let old = with(json!({"startFromHead": false, "startTime": 0}));
    assert!(bench.err::<FilterLogEventsRequest>(old).contains("Jan 1, 2024"));
    let error = bench.err::<FilterLogEventsRequest>(with(json!({"logStreamNames": ["none"]})));
    assert_eq!(error, "ResourceNotFoundException: The specified log stream does not exist.");
    assert_eq!(bench.err::<FilterLogEventsRequest>(json!({"logGroupName": "none"})), no_group());
}

#[test]
fn events_are_returned_in_pages_in_either_direction() {
    for (from_head, expected) in [
        (true, ["line 0", "line 1", "line 2", "line 3", "line 4", "line 5"]),
        (false, ["line 5", "line 4", "line 3", "line 2", "line 1", "line 0"]),
    ] {
        let mut bench = with_events();
        let first = json!({"limit": 4, "startFromHead": from_head});
        let first = bench.ok::<FilterLogEventsRequest>(with(first));
        // The second request needs no direction, because the direction comes from the token.
        let next = json!({"limit": 4, "nextToken": first["nextToken"]});
        let second = bench.ok::<FilterLogEventsRequest>(with(next));
        assert_eq!([messages(&first), messages(&second)].concat(), expected);
        assert_eq!(second.get("nextToken"), None);
    }
    let error = with_events().err::<FilterLogEventsRequest>(with(json!({"nextToken": "none"})));
    assert_eq!(error, invalid("The specified nextToken is invalid."));
}

#[test]
fn a_page_of_events_is_limited_to_a_megabyte() {
    let mut bench = with_group();
    let stream = with(json!({"logStreamName": "s"}));
    bench.ok::<CreateLogStreamRequest>(stream);
    for n in 0..3 {
        let event = json!({"timestamp": START + n, "message": "x".repeat(500_000)});
        bench.ok::<PutLogEventsRequest>(with(json!({"logStreamName": "s", "logEvents": [event]})));
    }
    let first = bench.ok::<FilterLogEventsRequest>(with(json!({})));
    assert_eq!(messages(&first).len(), 2);
    let next = with(json!({"nextToken": first["nextToken"]}));
    assert_eq!(messages(&bench.ok::<FilterLogEventsRequest>(next)).len(), 1);
}

#[test]
fn deleting_a_stream_deletes_its_events() {
    let mut bench = with_events();
    let protect =
        |is: bool| json!({"logGroupIdentifier": "/ecs/demo", "deletionProtectionEnabled": is});
    bench.ok::<PutLogGroupDeletionProtectionRequest>(protect(true));
    let stream = with(json!({"logStreamName": "a"}));
    let error = bench.err::<DeleteLogStreamRequest>(stream.clone());
    assert!(error.starts_with("ValidationException: "), "{error}");
    bench.ok::<PutLogGroupDeletionProtectionRequest>(protect(false));
    bench.ok::<DeleteLogStreamRequest>(stream.clone());
    assert_eq!(messages(&bench.ok::<FilterLogEventsRequest>(with(json!({})))).len(), 3);
    let groups = bench.ok::<DescribeLogGroupsRequest>(json!({}));
    assert_eq!(groups["logGroups"][0]["storedBytes"], 3 * (26 + 6));
    let error = bench.err::<DeleteLogStreamRequest>(stream);
    assert_eq!(error, "ResourceNotFoundException: The specified log stream does not exist.");
}

fn metric_filter(name: &str, pattern: &str, transformation: &Value) -> Value {
    let mut transformed = json!({"metricName": "m", "metricNamespace": "n", "metricValue": "1"});
    transformed.as_object_mut().unwrap().extend(transformation.as_object().unwrap().clone());
    with(json!({
        "filterName": name,
        "filterPattern": pattern,
        "metricTransformations": [transformed],
    }))
}

#[test]
fn metric_filters_are_created_found_counted_and_deleted() {
    let mut bench = with_group();
    bench.ok::<CreateLogGroupRequest>(json!({"logGroupName": "/ecs/other"}));
    let default = json!({"defaultValue": 0.0});
    bench.ok::<PutMetricFilterRequest>(metric_filter("one", " ", &default));
    bench.ok::<PutMetricFilterRequest>(metric_filter("two", "ERROR", &json!({"metricName": "x"})));
    let mut elsewhere = metric_filter("one", "[a, b]", &json!({"dimensions": {"A": "$a"}}));
    elsewhere["logGroupName"] = json!("/ecs/other");
    bench.ok::<PutMetricFilterRequest>(elsewhere);
    let expected = json!([{
        "filterName": "one",
        "filterPattern": " ",
        "logGroupName": "/ecs/demo",
        "creationTime": START,
        "applyOnTransformedLogs": false,
        "metricTransformations": [{
            "metricName": "m", "metricNamespace": "n", "metricValue": "1", "defaultValue": 0.0,
        }],
    }]);
    let found = bench.ok::<DescribeMetricFiltersRequest>(with(json!({"filterNamePrefix": "o"})));
    assert_eq!(found["metricFilters"], expected);
    for (request, count) in [
        (json!({}), 3),
        (json!({"filterNamePrefix": "o"}), 2),
        (json!({"metricName": "x", "metricNamespace": "n"}), 1),
        (json!({"metricName": "x", "metricNamespace": "other"}), 0),
    ] {
        let found = bench.ok::<DescribeMetricFiltersRequest>(request.clone());
        assert_eq!(found["metricFilters"].as_array().unwrap().len(), count, "{request}");
    }
    let first = bench.ok::<DescribeMetricFiltersRequest>(json!({"limit": 2}));
    let next = json!({"limit": 2, "nextToken": first["nextToken"]});
    let second = bench.ok::<DescribeMetricFiltersRequest>(next);
    assert_eq!(second["metricFilters"][0]["logGroupName"], "/ecs/other");
    let groups = bench.ok::<DescribeLogGroupsRequest>(json!({}));
    assert_eq!(groups["logGroups"][0]["metricFilterCount"], 2);
    let plain = metric_filter("dimension", "[a, b]", &json!({"dimensions": {"A": "a"}}));
    assert_eq!(
        bench.err::<PutMetricFilterRequest>(plain),
        invalid("Invalid metric transformation: dimension value must be valid selector")
    );
    let colon = json!({"metricNamespace": "A.B-c_d/1#2:x"});
    bench.ok::<PutMetricFilterRequest>(metric_filter("colon", " ", &colon));
    bench.ok::<DeleteMetricFilterRequest>(with(json!({"filterName": "colon"})));
    let dollar = metric_filter("dollar", " ", &json!({"metricNamespace": "$x"}));
    assert!(
        bench
            .err::<PutMetricFilterRequest>(dollar)
            .contains("'metricTransformations.1.member.metricNamespace'")
    );
    let alone = bench.err::<DescribeMetricFiltersRequest>(json!({"metricName": "x"}));
    assert!(alone.starts_with("InvalidParameterException: "));
    bench.ok::<DeleteMetricFilterRequest>(with(json!({"filterName": "one"})));
    let error = bench.err::<DeleteMetricFilterRequest>(with(json!({"filterName": "one"})));
    assert!(error.starts_with("ResourceNotFoundException: "), "{error}");
    assert_eq!(
        bench.err::<DescribeMetricFiltersRequest>(json!({"logGroupName": "none"})),
        no_group()
    );
}

#[test]
fn invalid_metric_filters_are_rejected() {
    let mut bench = with_group();
    for (pattern, transformation, words) in [
        ("My: text", json!({}), "Invalid metric filter pattern"),
        (
            "?A ?B",
            json!({"dimensions": {"A": "$.a"}}),
            "The specified filter pattern does not support dimensions",
        ),
        (
            "{ $.a = * }",
            json!({"dimensions": {"A": "$.a"}, "defaultValue": 0}),
            "Invalid metric transformation: dimensions and default value are mutually exclusive properties",
        ),
        (
            "{ $.a = * }",
            json!({"dimensions": {"A": "$.a", "B": "$.b", "C": "$.c", "D": "$.d"}}),
            "Invalid metric transformation: a metric can have at most 3 dimensions",
        ),
    ] {
        let request = metric_filter("f", pattern, &transformation);
        assert_eq!(bench.err::<PutMetricFilterRequest>(request), invalid(words));
    }
    let request =
        with(json!({"filterName": "f", "filterPattern": "", "metricTransformations": []}));
    let words = "1 validation error detected: Value at 'metricTransformations' failed to satisfy constraint: Member \
                 must have length greater than or equal to 1";
    assert_eq!(bench.err::<PutMetricFilterRequest>(request), invalid(words));
    let request = json!({"logGroupName": "x".repeat(513), "filterName": "f"});
    let words = "Invalid LogGroup or LogStream, both must have length less than or equal to 512.";
    assert_eq!(bench.err::<DeleteMetricFilterRequest>(request), invalid(words));

    bench.ok::<CreateLogGroupRequest>(
        json!({"logGroupName": "rare", "logGroupClass": "INFREQUENT_ACCESS"}),
    );
    let mut rare = metric_filter("f", "", &json!({}));
    rare["logGroupName"] = json!("rare");
    let error = bench.err::<PutMetricFilterRequest>(rare);
    assert!(error.starts_with("InvalidOperationException: "), "{error}");
}

#[test]
fn a_log_group_has_at_most_a_hundred_metric_filters_and_five_with_a_regex() {
    let mut bench = with_group();
    for n in 0..5 {
        let name = format!("regex-{n}");
        bench.ok::<PutMetricFilterRequest>(metric_filter(&name, "%a%", &json!({})));
    }
    let full = "LimitExceededException: Resource limit exceeded.";
    let another = metric_filter("another", "%a%", &json!({}));
    assert_eq!(bench.err::<PutMetricFilterRequest>(another), full);
    bench.ok::<PutMetricFilterRequest>(metric_filter("regex-0", "%b%", &json!({})));
    for n in 5..100 {
        bench.ok::<PutMetricFilterRequest>(metric_filter(&format!("f-{n}"), "a", &json!({})));
    }
    let another = metric_filter("another", "a", &json!({}));
    assert_eq!(bench.err::<PutMetricFilterRequest>(another), full);
}

#[test]
fn a_pattern_is_tested_on_messages() {
    let mut bench = Bench::new();
    let request = json!({
        "filterPattern": "[ip, ..., status=4*]",
        "logEventMessages": ["10.0.0.1 GET / 404", "10.0.0.1 GET / 200", "10.0.0.2 400"],
    });
    let answer = bench.ok::<TestMetricFilterRequest>(request);
    let expected = json!([
        {
            "eventNumber": 1,
            "eventMessage": "10.0.0.1 GET / 404",
            "extractedValues": {"$ip": "10.0.0.1", "$2": "GET", "$3": "/", "$status": "404"},
        },
        {
            "eventNumber": 3,
            "eventMessage": "10.0.0.2 400",
            "extractedValues": {"$ip": "10.0.0.2", "$status": "400"},
        },
    ]);
    assert_eq!(answer["matches"], expected);
    let bad = json!({"filterPattern": "{$.a = 1", "logEventMessages": ["x"]});
    let words = "If a filter pattern starts with '{' it must end with '}'";
    assert_eq!(bench.err::<TestMetricFilterRequest>(bad), invalid(words));
}

#[test]
fn a_log_group_has_at_most_two_subscription_filters() {
    let mut bench = with_group();
    let put = |name: &str, pattern: &str| {
        with(json!({"filterName": name, "filterPattern": pattern, "destinationArn": LAMBDA}))
    };
    bench.ok::<PutSubscriptionFilterRequest>(put("one", ""));
    bench.ok::<PutSubscriptionFilterRequest>(put("two", "ERROR"));
    let error = bench.err::<PutSubscriptionFilterRequest>(put("three", ""));
    assert_eq!(error, "LimitExceededException: Resource limit exceeded.");
    bench.ok::<PutSubscriptionFilterRequest>(put("one", "[]"));
    let found = bench.ok::<DescribeSubscriptionFiltersRequest>(with(json!({"limit": 1})));
    let expected = json!([{
        "filterName": "one",
        "logGroupName": "/ecs/demo",
        "filterPattern": "[]",
        "destinationArn": LAMBDA,
        "distribution": "ByLogStream",
        "applyOnTransformedLogs": false,
        "creationTime": START,
    }]);
    assert_eq!(found["subscriptionFilters"], expected);
    let next = with(json!({"nextToken": found["nextToken"]}));
    let found = bench.ok::<DescribeSubscriptionFiltersRequest>(next);
    assert_eq!(found["subscriptionFilters"][0]["filterName"], "two");
    bench.ok::<DeleteSubscriptionFilterRequest>(with(json!({"filterName": "two"})));
    let error = bench.err::<DeleteSubscriptionFilterRequest>(with(json!({"filterName": "two"})));
    assert_eq!(
        error,
        "ResourceNotFoundException: The specified subscription filter does not exist."
    );
    let none = json!({"logGroupName": "none", "filterName": "two"});
    assert_eq!(bench.err::<DeleteSubscriptionFilterRequest>(none.clone()), no_group());
    assert_eq!(
        bench.err::<DescribeSubscriptionFiltersRequest>(json!({"logGroupName": "none"})),
        no_group()
    );
}

#[test]
fn destinations_are_checked_before_the_log_group() {
    let mut bench = Bench::new();
    let mut put = |destination: &str, role: Option<&str>| {
        bench.err::<PutSubscriptionFilterRequest>(with(json!({
            "filterName": "f", "filterPattern": "", "destinationArn": destination, "roleArn": role,
        })))
    };
    let words = "destinationArn for vendor kinesis cannot be used without roleArn";
    assert_eq!(put(STREAM, None), invalid(words));
    let words = "AccessDeniedException: Cross-account lambda invocation passing is not allowed. You must use \
                 DestinationPolicies to create cross account lambda triggers.";
    assert_eq!(put("arn:aws:lambda:us-east-1:111122223333:function:app", None), words);
    assert!(put("arn:aws:sqs:us-east-1:123456789012:app", None).contains("destinationArn"));
    assert_eq!(put(STREAM, Some("arn:aws:iam::123456789012:role/logs")), no_group());
}

#[test]
fn log_groups_are_listed_by_name_class_and_tags() {
    let mut bench = Bench::new();
    for (name, class, team) in [
        ("/aws/a", "STANDARD", "red"),
        ("/aws/b", "INFREQUENT_ACCESS", "green"),
        ("app", "STANDARD", "reed"),
    ] {
        bench.ok::<CreateLogGroupRequest>(
            json!({"logGroupName": name, "logGroupClass": class, "tags": {"Team": team}}),
        );
    }
    let tag = |values: Value| json!({"logGroupTags": [{"key": "Team", "values": values}]});
    for (request, expected) in [
        (json!({}), vec!["/aws/a", "/aws/b", "app"]),
        (json!({"logGroupNamePattern": "^/aws"}), vec!["/aws/a", "/aws/b"]),
        (json!({"logGroupNamePattern": "^app|ws/b"}), vec!["/aws/b", "app"]),
        (json!({"logGroupClass": "INFREQUENT_ACCESS"}), vec!["/aws/b"]),
        (tag(json!(["re*"])), vec!["/aws/a", "app"]),
        (tag(json!(["*e*"])), vec!["/aws/a", "/aws/b", "app"]),
        (tag(json!(["*d", "!red"])), vec!["app"]),
        (tag(json!(["!green"])), vec!["/aws/a", "app"]),
        (json!({"logGroupTags": [{"key": "Team"}]}), vec!["/aws/a", "/aws/b", "app"]),
        (json!({"logGroupTags": [{"key": "Other"}]}), vec![]),
        (json!({"fieldIndexNames": ["id"]}), vec![]),
        (json!({"accountIdentifiers": ["111122223333"]}), vec![]),
    ] {
        let answer = bench.ok::<ListLogGroupsRequest>(request.clone());
        let names: Vec<_> = answer["logGroups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group["logGroupName"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{request}");
    }
    let first = bench.ok::<ListLogGroupsRequest>(json!({"limit": 2}));
    assert_eq!(
        first["logGroups"][0],
        json!({
            "logGroupName": "/aws/a",
            "logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/a",
            "logGroupClass": "STANDARD",
        })
    );
    let next = json!({"limit": 2, "nextToken": first["nextToken"]});
    let second = bench.ok::<ListLogGroupsRequest>(next);
    assert_eq!(second["logGroups"][0]["logGroupName"], "app");
}
