//! Tests for log groups and for their settings and tags.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::api::Operation;
use crate::logs::{
    AssociateKmsKeyRequest, CreateLogGroupRequest, CreateLogStreamRequest, DeleteLogGroupRequest,
    DeleteRetentionPolicyRequest, DescribeLogGroupsRequest, DisassociateKmsKeyRequest,
    ListTagsForResourceRequest, ListTagsLogGroupRequest, PutBearerTokenAuthenticationRequest,
    PutLogGroupDeletionProtectionRequest, PutRetentionPolicyRequest, TagLogGroupRequest,
    TagResourceRequest, UntagLogGroupRequest, UntagResourceRequest,
};
use crate::testing::{Bench, START};

use super::{broken, invalid, no_group, out_of_range, with_group};

const ARN: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234";
const ABORTED: &str = "OperationAbortedException: A conflicting operation is currently in progress \
                       against this resource. Please try again.";

fn name() -> Value {
    json!({"logGroupName": "/ecs/demo"})
}

fn described(bench: &mut Bench) -> Value {
    bench.ok::<DescribeLogGroupsRequest>(json!({}))["logGroups"][0].clone()
}

#[test]
fn a_log_group_is_described_as_it_was_created() {
    let mut bench = Bench::new();
    let request = json!({
        "logGroupName": "/ecs/demo",
        "kmsKeyId": KEY,
        "logGroupClass": "INFREQUENT_ACCESS",
        "tags": {"Name": "demo"},
    });
    assert_eq!(bench.ok::<CreateLogGroupRequest>(request), json!(null));
    let expected = json!({
        "logGroupName": "/ecs/demo",
        "creationTime": START,
        "metricFilterCount": 0,
        "arn": format!("{ARN}:*"),
        "storedBytes": 0,
        "kmsKeyId": KEY,
        "logGroupClass": "INFREQUENT_ACCESS",
        "logGroupArn": ARN,
        "deletionProtectionEnabled": false,
        "bearerTokenAuthenticationEnabled": false,
    });
    assert_eq!(described(&mut bench), expected);
    let tags = bench.ok::<ListTagsForResourceRequest>(json!({"resourceArn": ARN}));
    assert_eq!(tags, json!({"tags": {"Name": "demo"}}));
}

#[test]
fn a_log_group_is_standard_and_never_expires_events_by_default() {
    let group = described(&mut with_group());
    assert_eq!(group["logGroupClass"], "STANDARD");
    assert!(group.get("retentionInDays").is_none() && group.get("kmsKeyId").is_none());
}

#[test]
fn invalid_names_are_rejected() {
    let pattern = r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+";
    let cases = [
        (json!(null), broken("logGroupName", "Member must not be null")),
        (json!("a b"), broken("logGroupName", pattern)),
        (
            json!("a".repeat(513)),
            invalid(
                "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
            ),
        ),
        (
            json!(""),
            invalid(&format!(
                "2 validation errors detected: Value at 'logGroupName' failed to satisfy \
                 constraint: {pattern}; Value at 'logGroupName' failed to satisfy constraint: \
                 Member must have length greater than or equal to 1"
            )),
        ),
        (json!("aws/x"), invalid("Log groups starting with AWS/ are reserved for AWS.")),
    ];
    for (name, words) in cases {
        let error = Bench::new().err::<CreateLogGroupRequest>(json!({"logGroupName": name}));
        assert_eq!(error, words);
    }
}

#[test]
fn invalid_settings_are_rejected() {
    let mut bench = Bench::new();
    let mut with = |member: &str, value: Value| {
        let mut request = name();
        request[member] = value;
        bench.err::<CreateLogGroupRequest>(request)
    };
    let rule = "Member must satisfy enum value set: [STANDARD, INFREQUENT_ACCESS, DELIVERY]";
    assert_eq!(with("logGroupClass", json!("GOLD")), broken("logGroupClass", rule));
    let words = invalid("The specified KMS Key Id could not be found. '/ecs/demo'");
    for key in ["1234", "arn:aws:kms:eu-west-1:123456789012:key/1", "alias/x"] {
        assert_eq!(with("kmsKeyId", json!(key)), words);
    }
}

#[test]
fn an_existing_name_is_rejected() {
    let words = "ResourceAlreadyExistsException: The specified log group already exists";
    assert_eq!(with_group().err::<CreateLogGroupRequest>(name()), words);
}

#[test]
fn operations_on_a_missing_group_fail() {
    fn check<O: Operation>(request: Value) {
        assert_eq!(Bench::new().err::<O>(request), no_group());
    }
    let with = |member: &str, value: Value| {
        let mut request = name();
        request[member] = value;
        request
    };
    let by_arn = |member: &str, value: Value| {
        let mut request = json!({"resourceArn": ARN});
        request[member] = value;
        request
    };
    check::<DeleteLogGroupRequest>(name());
    check::<PutRetentionPolicyRequest>(with("retentionInDays", json!(14)));
    check::<DeleteRetentionPolicyRequest>(name());
    check::<AssociateKmsKeyRequest>(with("kmsKeyId", json!(KEY)));
    check::<DisassociateKmsKeyRequest>(name());
    check::<TagLogGroupRequest>(with("tags", json!({"a": "1"})));
    check::<UntagLogGroupRequest>(with("tags", json!(["a"])));
    check::<ListTagsLogGroupRequest>(name());
    check::<TagResourceRequest>(by_arn("tags", json!({"a": "1"})));
    check::<UntagResourceRequest>(by_arn("tagKeys", json!(["a"])));
    check::<ListTagsForResourceRequest>(json!({"resourceArn": ARN}));
    check::<CreateLogStreamRequest>(with("logStreamName", json!("s")));
    check::<PutLogGroupDeletionProtectionRequest>(
        json!({"logGroupIdentifier": "/ecs/demo", "deletionProtectionEnabled": true}),
    );
}

#[test]
fn retention_must_be_a_supported_value_and_can_be_removed() {
    let mut bench = with_group();
    let mut put = |days: Value| {
        let request = json!({"logGroupName": "/ecs/demo", "retentionInDays": days});
        bench.run::<PutRetentionPolicyRequest>(request)
    };
    put(json!(3653)).unwrap();
    put(json!(14)).unwrap();
    let words = "Invalid retention value. Valid values are: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, \
                 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]";
    for days in [0, 15, -1, 4000] {
        assert_eq!(put(json!(days)).unwrap_err(), invalid(words));
    }
    let null = broken("retentionInDays", "Member must not be null");
    assert_eq!(put(json!(null)).unwrap_err(), null);
    assert_eq!(described(&mut bench)["retentionInDays"], 14);
    bench.ok::<DeleteRetentionPolicyRequest>(name());
    assert!(described(&mut bench).get("retentionInDays").is_none());
}

#[test]
fn the_retention_of_a_delivery_group_cannot_be_changed() {
    let mut bench = Bench::new();
    let request = json!({"logGroupName": "/ecs/demo", "logGroupClass": "DELIVERY"});
    bench.ok::<CreateLogGroupRequest>(request);
    assert_eq!(described(&mut bench)["retentionInDays"], 2);
    let words = "ValidationException: This operation is not supported for Delivery log class";
    let request = json!({"logGroupName": "/ecs/demo", "retentionInDays": 14});
    assert_eq!(bench.err::<PutRetentionPolicyRequest>(request), words);
    assert_eq!(bench.err::<DeleteRetentionPolicyRequest>(name()), words);
}

#[test]
fn a_kms_key_is_associated_and_disassociated() {
    let mut bench = with_group();
    bench.ok::<AssociateKmsKeyRequest>(json!({"logGroupName": "/ecs/demo", "kmsKeyId": KEY}));
    assert_eq!(described(&mut bench)["kmsKeyId"], KEY);
    bench.ok::<DisassociateKmsKeyRequest>(json!({"resourceIdentifier": ARN}));
    assert!(described(&mut bench).get("kmsKeyId").is_none());
    let results = "arn:aws:logs:us-east-1:123456789012:query-result:*";
    bench.ok::<AssociateKmsKeyRequest>(json!({"resourceIdentifier": results, "kmsKeyId": KEY}));
    bench.ok::<DisassociateKmsKeyRequest>(json!({"resourceIdentifier": results}));

    let null = broken("kmsKeyId", "Member must not be null");
    assert_eq!(bench.err::<AssociateKmsKeyRequest>(name()), null);
    let words = invalid("The specified KMS Key Id could not be found. '/ecs/demo'");
    let request = json!({"logGroupName": "/ecs/demo", "kmsKeyId": "1234"});
    assert_eq!(bench.err::<AssociateKmsKeyRequest>(request), words);
    let both = json!({"logGroupName": "/ecs/demo", "resourceIdentifier": ARN});
    for request in [both, json!({}), json!({"resourceIdentifier": "arn:aws:logs:x"})] {
        let error = bench.err::<DisassociateKmsKeyRequest>(request);
        assert!(error.starts_with("InvalidParameterException: "), "{error}");
    }
}

#[test]
fn a_protected_group_cannot_be_deleted() {
    let mut bench = Bench::new();
    let request = json!({"logGroupName": "/ecs/demo", "deletionProtectionEnabled": true});
    bench.ok::<CreateLogGroupRequest>(request);
    assert_eq!(described(&mut bench)["deletionProtectionEnabled"], true);
    let words = "ValidationException: Cannot delete log group with deletion protection enabled. Disable deletion \
                 protection first.";
    assert_eq!(bench.err::<DeleteLogGroupRequest>(name()), words);
    let request = json!({"logGroupIdentifier": ARN, "deletionProtectionEnabled": false});
    bench.ok::<PutLogGroupDeletionProtectionRequest>(request);
    bench.ok::<DeleteLogGroupRequest>(name());
    assert_eq!(bench.call().logs().log_group_names().count(), 0);
    let null = broken("deletionProtectionEnabled", "Member must not be null");
    let request = json!({"logGroupIdentifier": ARN});
    assert_eq!(bench.err::<PutLogGroupDeletionProtectionRequest>(request), null);
}

#[test]
fn a_change_during_another_change_is_aborted() {
    let mut bench = Bench::new();
    bench.world.lag.log_group = Duration::from_secs(5);
    bench.ok::<CreateLogGroupRequest>(name());
    let retention = json!({"logGroupName": "/ecs/demo", "retentionInDays": 14});
    assert_eq!(bench.err::<PutRetentionPolicyRequest>(retention.clone()), ABORTED);
    assert_eq!(bench.err::<DeleteLogGroupRequest>(name()), ABORTED);
    // A change in progress does not block tagging.
    bench.ok::<TagResourceRequest>(json!({"resourceArn": ARN, "tags": {"a": "1"}}));
    bench.wait(Duration::from_secs(5));
    bench.ok::<PutRetentionPolicyRequest>(retention);
    assert_eq!(bench.err::<DeleteRetentionPolicyRequest>(name()), ABORTED);
    let key = json!({"logGroupName": "/ecs/demo", "kmsKeyId": KEY});
    assert_eq!(bench.err::<AssociateKmsKeyRequest>(key), ABORTED);
    bench.wait(Duration::from_secs(5));
    bench.ok::<DeleteLogGroupRequest>(name());
    // The name of a deleted group cannot be reused immediately.
    assert_eq!(bench.err::<CreateLogGroupRequest>(name()), ABORTED);
    bench.wait(Duration::from_secs(5));
    bench.ok::<CreateLogGroupRequest>(name());
}

fn names(page: &Value) -> Vec<&str> {
    let groups = page["logGroups"].as_array().unwrap().iter();
    groups.map(|group| group["logGroupName"].as_str().unwrap()).collect()
}

#[test]
fn groups_are_found_by_prefix_pattern_class_and_identifier() {
    let mut bench = Bench::new();
    for (name, class) in
        [("/ecs/b", "STANDARD"), ("/ecs/a", "INFREQUENT_ACCESS"), ("/app/ecs/a", "STANDARD")]
    {
        let request = json!({"logGroupName": name, "logGroupClass": class});
        bench.ok::<CreateLogGroupRequest>(request);
    }
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/b";
    let cases = [
        (json!({}), vec!["/app/ecs/a", "/ecs/a", "/ecs/b"]),
        (json!({"logGroupNamePrefix": "/ecs/"}), vec!["/ecs/a", "/ecs/b"]),
        (json!({"logGroupNamePattern": "ecs/a"}), vec!["/app/ecs/a", "/ecs/a"]),
        (json!({"logGroupClass": "STANDARD"}), vec!["/app/ecs/a", "/ecs/b"]),
        (json!({"logGroupIdentifiers": [arn, "/ecs/a", "/none"]}), vec!["/ecs/a", "/ecs/b"]),
    ];
    for (request, expected) in cases {
        assert_eq!(names(&bench.ok::<DescribeLogGroupsRequest>(request)), expected);
    }
    let brief = bench.ok::<DescribeLogGroupsRequest>(json!({"logGroupNamePattern": "/ecs/b"}));
    let expected = json!([{
        "logGroupName": "/ecs/b",
        "creationTime": START,
        "metricFilterCount": 0,
        "arn": format!("{arn}:*"),
        "logGroupClass": "STANDARD",
        "logGroupArn": arn,
    }]);
    assert_eq!(brief["logGroups"], expected);
}

#[test]
fn mutually_exclusive_filters_are_rejected() {
    let mut bench = Bench::new();
    let both = json!({"logGroupNamePrefix": "a", "logGroupNamePattern": "a"});
    let words = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.";
    assert_eq!(bench.err::<DescribeLogGroupsRequest>(both), invalid(words));
    let both = json!({"logGroupNamePrefix": "a", "logGroupIdentifiers": ["a"]});
    let error = bench.err::<DescribeLogGroupsRequest>(both);
    assert!(error.starts_with("InvalidParameterException: "), "{error}");
}

#[test]
fn groups_are_returned_in_pages() {
    let mut bench = Bench::new();
    for n in 0..51 {
        let request = json!({"logGroupName": format!("/g/{n:02}")});
        bench.ok::<CreateLogGroupRequest>(request);
    }
    let first = bench.ok::<DescribeLogGroupsRequest>(json!({"logGroupNamePrefix": "/g/"}));
    assert_eq!(names(&first).len(), 50);
    let request = json!({"logGroupNamePrefix": "/g/", "nextToken": first["nextToken"]});
    let second = bench.ok::<DescribeLogGroupsRequest>(request);
    assert_eq!(names(&second), ["/g/50"]);
    assert!(second.get("nextToken").is_none());

    let cases = [
        (
            json!({"limit": 51}),
            out_of_range("51", "limit", "Member must have value less than or equal to 50"),
        ),
        (
            json!({"limit": 0}),
            out_of_range("0", "limit", "Member must have value greater than or equal to 1"),
        ),
        (json!({"nextToken": "?"}), invalid("The specified nextToken is invalid.")),
        (
            json!({"nextToken": ""}),
            broken("nextToken", "Member must have length greater than or equal to 1"),
        ),
    ];
    for (request, words) in cases {
        assert_eq!(bench.err::<DescribeLogGroupsRequest>(request), words);
    }
}

#[test]
fn tags_are_added_and_removed_by_arn_and_by_name() {
    let mut bench = with_group();
    let tags = json!({"resourceArn": ARN, "tags": {"a": "1", "b": "2"}});
    assert_eq!(bench.ok::<TagResourceRequest>(tags), json!(null));
    bench.ok::<TagLogGroupRequest>(
        json!({"logGroupName": "/ecs/demo", "tags": {"a": "3", "c": ""}}),
    );
    let all = json!({"tags": {"a": "3", "b": "2", "c": ""}});
    assert_eq!(bench.ok::<ListTagsLogGroupRequest>(name()), all);
    bench.ok::<UntagResourceRequest>(json!({"resourceArn": ARN, "tagKeys": ["a", "none"]}));
    bench.ok::<UntagLogGroupRequest>(json!({"logGroupName": "/ecs/demo", "tags": ["b"]}));
    let read = bench.ok::<ListTagsForResourceRequest>(json!({"resourceArn": ARN}));
    assert_eq!(read, json!({"tags": {"c": ""}}));
}

#[test]
fn tagging_requires_the_arn_without_its_wildcard() {
    let mut bench = with_group();
    for arn in [
        format!("{ARN}:*"),
        "/ecs/demo".to_owned(),
        "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/demo".to_owned(),
        "arn:aws:ecs:us-east-1:123456789012:log-group:/ecs/demo".to_owned(),
    ] {
        let words = "ValidationException: Invalid resourceArn";
        let read = json!({"resourceArn": arn});
        assert_eq!(bench.err::<ListTagsForResourceRequest>(read), words);
        let add = json!({"resourceArn": arn, "tags": {"a": "1"}});
        assert_eq!(bench.err::<TagResourceRequest>(add), words);
        let remove = json!({"resourceArn": arn, "tagKeys": ["a"]});
        assert_eq!(bench.err::<UntagResourceRequest>(remove), words);
    }
    let null = broken("resourceArn", "Member must not be null");
    assert_eq!(bench.err::<ListTagsForResourceRequest>(json!({})), null);
}

#[test]
fn invalid_tags_are_rejected() {
    let mut bench = with_group();
    let mut add =
        |tags: Value| bench.err::<TagResourceRequest>(json!({"resourceArn": ARN, "tags": tags}));
    let key_rule = r"Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$]";
    let value_rule = r"Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$]";
    let long = "v".repeat(257);
    let cases = [
        (json!({"a,": "1"}), broken("tags", key_rule)),
        (json!({"": "1"}), broken("tags", key_rule)),
        (json!({"a": "1!"}), broken("tags", value_rule)),
        (json!({"a": long}), broken("tags", value_rule)),
        (json!({}), broken("tags", "Member must have length greater than or equal to 1")),
        (json!(null), broken("tags", "Member must not be null")),
        (
            json!({"aws:a": "1"}),
            invalid("aws: prefixed tag key names are not allowed for external use."),
        ),
    ];
    for (tags, words) in cases {
        assert_eq!(add(tags), words);
    }
}

#[test]
fn a_group_has_at_most_fifty_tags() {
    let mut bench = with_group();
    let tags = |range: std::ops::Range<i32>| {
        Value::from_iter(range.map(|n| (n.to_string(), json!(""))).collect::<Map<_, _>>())
    };
    let error = bench.err::<TagResourceRequest>(json!({"resourceArn": ARN, "tags": tags(0..51)}));
    let rule = "Member must have length less than or equal to 50";
    assert!(error.ends_with(rule), "{error}");
    bench.ok::<TagResourceRequest>(json!({"resourceArn": ARN, "tags": tags(0..50)}));
    let error = bench.err::<TagResourceRequest>(json!({"resourceArn": ARN, "tags": tags(49..51)}));
    assert_eq!(error, "TooManyTagsException: A resource can have no more than 50 tags.");
    let by_name = json!({"logGroupName": "/ecs/demo", "tags": tags(50..51)});
    let error = bench.err::<TagLogGroupRequest>(by_name);
    assert_eq!(error, invalid("A resource can have no more than 50 tags."));
    // Replacing the value of an existing tag does not count as adding a tag.
    bench.ok::<TagResourceRequest>(json!({"resourceArn": ARN, "tags": {"7": "new"}}));
    let none = json!({"logGroupName": "/ecs/demo", "tags": []});
    let words = broken("tags", "Member must have length greater than or equal to 1");
    assert_eq!(bench.err::<UntagLogGroupRequest>(none), words);
}

#[test]
fn bearer_token_authentication_is_switched_on_and_off() {
    let mut bench = with_group();
    for is_enabled in [true, false] {
        let set = json!({
            "logGroupIdentifier": ARN, "bearerTokenAuthenticationEnabled": is_enabled,
        });
        bench.ok::<PutBearerTokenAuthenticationRequest>(set);
        let group = described(&mut bench);
        assert_eq!(group["bearerTokenAuthenticationEnabled"], is_enabled);
    }
}
