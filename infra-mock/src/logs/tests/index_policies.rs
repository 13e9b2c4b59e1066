//! Tests for field index policies.

use serde_json::{Value, json};

use crate::logs::{
    CreateLogGroupRequest, CreateLogStreamRequest, DeleteIndexPolicyRequest,
    DescribeFieldIndexesRequest, DescribeIndexPoliciesRequest, ListLogGroupsRequest,
    PutAccountPolicyRequest, PutIndexPolicyRequest, PutLogEventsRequest,
};
use crate::testing::{Bench, START};

use super::{invalid, no_group, with_group};

const ARN: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo";

fn put(bench: &mut Bench, document: &Value) -> Value {
    let document = document.to_string();
    bench.ok::<PutIndexPolicyRequest>(
        json!({"logGroupIdentifier": "/ecs/demo", "policyDocument": document}),
    )
}

/// Returns the indexes in a category, each as `FIELD TYPE`.
fn indexes(bench: &mut Bench, category: &str) -> Vec<String> {
    let request = json!({"logGroupIdentifiers": ["/ecs/demo"], "indexCategories": [category]});
    let found = bench.ok::<DescribeFieldIndexesRequest>(request);
    let shown = |index: &Value| {
        assert_eq!(
            (&index["logGroupIdentifier"], &index["indexCategory"]),
            (&json!(ARN), &json!(category))
        );
        format!("{} {}", index["fieldIndexName"], index["type"]).replace('"', "")
    };
    found["fieldIndexes"].as_array().unwrap().iter().map(shown).collect()
}

#[test]
fn an_index_policy_determines_the_custom_indexes() {
    let mut bench = with_group();
    let document = json!({"Fields": ["RequestId"], "FieldsV2": {"Status": {"type": "FACET"}}});
    let policy = json!({
        "logGroupIdentifier": ARN,
        "lastUpdateTime": START,
        "policyDocument": document.to_string(),
        "source": "LOG_GROUP",
    });
    assert_eq!(put(&mut bench, &document), json!({"indexPolicy": policy}));
    let group = json!({"logGroupIdentifiers": [ARN]});
    let found = bench.ok::<DescribeIndexPoliciesRequest>(group.clone());
    assert_eq!(found, json!({"indexPolicies": [policy]}));
    assert_eq!(indexes(&mut bench, "CUSTOM"), ["RequestId FIELD_INDEX", "Status FACET"]);
    assert_eq!(indexes(&mut bench, "DEFAULT").len(), 5);
    assert_eq!(indexes(&mut bench, "AUTO"), Vec::<String>::new());
    put(&mut bench, &json!({"Fields": ["RequestId"]}));
    assert_eq!(indexes(&mut bench, "INACTIVE"), ["Status FACET"]);
    let with = |field: &str| json!({"fieldIndexNames": [field]});
    let listed = bench.ok::<ListLogGroupsRequest>(with("RequestId"));
    assert_eq!(listed["logGroups"][0]["logGroupName"], "/ecs/demo");
    assert_eq!(bench.ok::<ListLogGroupsRequest>(with("Status")), json!({"logGroups": []}));
    bench.ok::<DeleteIndexPolicyRequest>(json!({"logGroupIdentifier": "/ecs/demo"}));
    let none = bench.ok::<DescribeIndexPoliciesRequest>(group);
    assert_eq!(none, json!({"indexPolicies": []}));
    assert_eq!(indexes(&mut bench, "INACTIVE"), ["RequestId FIELD_INDEX", "Status FACET"]);
}

#[test]
fn an_account_policy_applies_to_groups_without_their_own() {
    let mut bench = with_group();
    let document = json!({"Fields": ["userId"]}).to_string();
    bench.ok::<PutAccountPolicyRequest>(json!({
        "policyName": "all",
        "policyType": "FIELD_INDEX_POLICY",
        "policyDocument": document,
        "selectionCriteria": "LogGroupNamePrefix IN [\"/ecs/\"]",
    }));
    let group = json!({"logGroupIdentifiers": ["/ecs/demo"]});
    let found = bench.ok::<DescribeIndexPoliciesRequest>(group.clone());
    let policy = &found["indexPolicies"][0];
    assert_eq!((&policy["source"], &policy["policyName"]), (&json!("ACCOUNT"), &json!("all")));
    assert_eq!(indexes(&mut bench, "CUSTOM"), ["userId FIELD_INDEX"]);
    bench.ok::<CreateLogGroupRequest>(json!({"logGroupName": "/other"}));
    let other = json!({"logGroupIdentifiers": ["/other"]});
    assert_eq!(bench.ok::<DescribeIndexPoliciesRequest>(other), json!({"indexPolicies": []}));
    put(&mut bench, &json!({"Fields": ["RequestId"]}));
    assert_eq!(indexes(&mut bench, "CUSTOM"), ["RequestId FIELD_INDEX"]);
}

#[test]
fn an_index_shows_the_times_of_its_events() {
    let mut bench = with_group();
    let stream = json!({"logGroupName": "/ecs/demo", "logStreamName": "s"});
    bench.ok::<CreateLogStreamRequest>(stream.clone());
    let mut events = stream;
    events["logEvents"] = json!([
        {"timestamp": START, "message": "{\"userId\": 1}"},
        {"timestamp": START + 1, "message": "{\"other\": 1}"},
        {"timestamp": START + 2, "message": "{\"userId\": 2}"},
    ]);
    bench.ok::<PutLogEventsRequest>(events);
    put(&mut bench, &json!({"Fields": ["userId", "none"]}));
    let request = json!({"logGroupIdentifiers": ["/ecs/demo"], "indexCategories": ["CUSTOM"]});
    let found = bench.ok::<DescribeFieldIndexesRequest>(request);
    let times = |index: &Value| {
        ["firstEventTime", "lastEventTime", "lastScanTime"].map(|name| index[name].as_u64())
    };
    let found = found["fieldIndexes"].as_array().unwrap();
    assert_eq!(times(&found[0]), [None, None, Some(START)]);
    assert_eq!(times(&found[1]), [Some(START), Some(START + 2), Some(START)]);
}

#[test]
fn invalid_index_policies_are_rejected() {
    let mut bench = with_group();
    let many: Vec<String> = (0..21).map(|number| format!("f{number}")).collect();
    for document in [
        json!({}),
        json!({"Fields": []}),
        json!({"Fields": ["a"], "FieldsV2": {"a": {"type": "FACET"}}}),
        json!({"FieldsV2": {"a": {"type": "TREE"}}}),
        json!({"Fields": ["a"], "Others": []}),
        json!({"Fields": ["x".repeat(101)]}),
        json!({"Fields": many}),
        json!("text"),
    ] {
        let request =
            json!({"logGroupIdentifier": "/ecs/demo", "policyDocument": document.to_string()});
        let error = bench.err::<PutIndexPolicyRequest>(request);
        assert_eq!(error, invalid("Invalid index policy document"));
    }
    let document = json!({"Fields": ["a"]}).to_string();
    let rare = json!({"logGroupName": "/rare", "logGroupClass": "INFREQUENT_ACCESS"});
    bench.ok::<CreateLogGroupRequest>(rare);
    let rare = json!({"logGroupIdentifier": "/rare", "policyDocument": document});
    let words = invalid("The log group's class does not support index policies.");
    assert_eq!(bench.err::<PutIndexPolicyRequest>(rare), words);
    let gone = json!({"logGroupIdentifiers": ["/none"]});
    assert_eq!(bench.err::<DescribeIndexPoliciesRequest>(gone.clone()), no_group());
    assert_eq!(bench.err::<DescribeFieldIndexesRequest>(gone), no_group());
}
