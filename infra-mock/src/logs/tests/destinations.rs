//! Tests of destinations.

use serde_json::{Value, json};

use crate::logs::{
    DeleteDestinationRequest, DescribeDestinationsRequest, ListTagsForResourceRequest,
    PutDestinationPolicyRequest, PutDestinationRequest, TagResourceRequest, UntagResourceRequest,
};
use crate::testing::{Bench, START};

use super::invalid;

const ARN: &str = "arn:aws:logs:us-east-1:123456789012:destination:feed";
const ROLE: &str = "arn:aws:iam::123456789012:role/feed";
const STREAM: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/feed";

fn put(bench: &mut Bench, name: &str) -> Value {
    bench.ok::<PutDestinationRequest>(json!({
        "destinationName": name, "targetArn": STREAM, "roleArn": ROLE, "tags": {"key1": "val1"},
    }))
}

#[test]
fn a_destination_has_a_stream_a_role_and_a_policy() {
    let mut bench = Bench::new();
    let mut expected = json!({
        "destinationName": "feed",
        "targetArn": STREAM,
        "roleArn": ROLE,
        "arn": ARN,
        "creationTime": START,
    });
    assert_eq!(put(&mut bench, "feed"), json!({"destination": expected}));
    // This policy document was recorded from AWS.
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"AWS": "logs.amazonaws.com"},
        "Action": "logs:PutSubscriptionFilter",
        "Resource": STREAM,
    }]});
    let set = json!({"destinationName": "feed", "accessPolicy": policy.to_string()});
    bench.ok::<PutDestinationPolicyRequest>(set.clone());
    expected["accessPolicy"] = policy.to_string().into();
    let other = format!("{STREAM}-2");
    expected["targetArn"] = other.clone().into();
    let update = json!({"destinationName": "feed", "targetArn": other, "roleArn": ROLE});
    assert_eq!(bench.ok::<PutDestinationRequest>(update), json!({"destination": expected}));
    put(&mut bench, "other");
    let found = bench.ok::<DescribeDestinationsRequest>(json!({"DestinationNamePrefix": "f"}));
    assert_eq!(found, json!({"destinations": [expected]}));
    let first = bench.ok::<DescribeDestinationsRequest>(json!({"limit": 1}));
    let rest = bench.ok::<DescribeDestinationsRequest>(json!({"nextToken": first["nextToken"]}));
    assert_eq!(rest["destinations"][0]["destinationName"], "other");
    let name = json!({"destinationName": "feed"});
    bench.ok::<DeleteDestinationRequest>(name.clone());
    let gone = "The specified destination does not exist.";
    let not_found = format!("ResourceNotFoundException: {gone}");
    assert_eq!(bench.err::<DeleteDestinationRequest>(name), not_found);
    assert_eq!(bench.err::<PutDestinationPolicyRequest>(set), invalid(gone));
}

#[test]
fn destinations_are_tagged_by_arn() {
    let mut bench = Bench::new();
    put(&mut bench, "feed");
    bench.ok::<TagResourceRequest>(json!({"resourceArn": ARN, "tags": {"key2": "val2"}}));
    bench.ok::<UntagResourceRequest>(json!({"resourceArn": ARN, "tagKeys": ["key1"]}));
    let tags = bench.ok::<ListTagsForResourceRequest>(json!({"resourceArn": ARN}));
    assert_eq!(tags, json!({"tags": {"key2": "val2"}}));
    let gone = json!({"resourceArn": format!("{ARN}-none")});
    let words = "ResourceNotFoundException: The specified destination does not exist.";
    assert_eq!(bench.err::<ListTagsForResourceRequest>(gone), words);
}

#[test]
fn invalid_destinations_are_rejected() {
    let mut bench = Bench::new();
    put(&mut bench, "feed");
    let no_stream = invalid(
        "Could not deliver test message to specified destination. Check if the destination is valid.",
    );
    for target in ["no arn", ROLE, "arn:aws:kinesis:us-east-1:123456789012:feed"] {
        let request = json!({"destinationName": "new", "targetArn": target, "roleArn": ROLE});
        assert_eq!(bench.err::<PutDestinationRequest>(request), no_stream);
    }
    for policy in ["{", &"x".repeat(5121)] {
        let request = json!({"destinationName": "feed", "accessPolicy": policy});
        let error = bench.err::<PutDestinationPolicyRequest>(request);
        assert_eq!(error, invalid("Invalid access policy"));
    }
}
