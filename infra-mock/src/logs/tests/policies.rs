//! Tests for account, resource and data protection policies, query definitions, and the expiration
//! of events.

use std::time::Duration;

use serde_json::{Value, json};

use crate::logs::{
    CreateLogGroupRequest, CreateLogStreamRequest, DeleteAccountPolicyRequest,
    DeleteDataProtectionPolicyRequest, DeleteQueryDefinitionRequest, DeleteResourcePolicyRequest,
    DeleteRetentionPolicyRequest, DescribeAccountPoliciesRequest, DescribeLogGroupsRequest,
    DescribeLogStreamsRequest, DescribeQueryDefinitionsRequest, DescribeResourcePoliciesRequest,
    FilterLogEventsRequest, GetDataProtectionPolicyRequest, GetLogEventsRequest,
    PutAccountPolicyRequest, PutDataProtectionPolicyRequest, PutLogEventsRequest,
    PutQueryDefinitionRequest, PutResourcePolicyRequest, PutRetentionPolicyRequest,
};
use crate::testing::{Bench, START};

use super::{invalid, no_group, with_group};

const DAY: Duration = Duration::from_hours(24);
const FULL: &str = "LimitExceededException: Resource limit exceeded.";
const ARN: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo";

fn group_named(bench: &mut Bench, name: &str) -> Value {
    let found = bench.ok::<DescribeLogGroupsRequest>(json!({"logGroupNamePrefix": name}));
    found["logGroups"][0].clone()
}

fn put_event(bench: &mut Bench, message: &str) {
    let now = bench.now.millis();
    bench.ok::<PutLogEventsRequest>(json!({
        "logGroupName": "/ecs/demo",
        "logStreamName": "s",
        "logEvents": [{"timestamp": now, "message": message}],
    }));
}

/// Returns a test bench with a stream `s` that has one event for each of the last `days` days.
fn with_days(days: u32) -> Bench {
    let mut bench = with_group();
    let stream = json!({"logGroupName": "/ecs/demo", "logStreamName": "s"});
    bench.ok::<CreateLogStreamRequest>(stream);
    for day in 0..days {
        put_event(&mut bench, &format!("day {day}"));
        bench.wait(DAY);
    }
    bench
}

fn messages(bench: &mut Bench) -> Vec<String> {
    let group = json!({"logGroupName": "/ecs/demo"});
    let answer = bench.ok::<FilterLogEventsRequest>(group);
    let events = answer["events"].as_array().unwrap();
    let found: Vec<String> =
        events.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect();
    let stream = json!({"logGroupName": "/ecs/demo", "logStreamName": "s", "startFromHead": true});
    let read = bench.ok::<GetLogEventsRequest>(stream);
    assert_eq!(read["events"].as_array().unwrap().len(), found.len());
    found
}

#[test]
fn retention_removes_events_as_time_passes() {
    let mut bench = with_days(5);
    let set = |days: i32| json!({"logGroupName": "/ecs/demo", "retentionInDays": days});
    bench.ok::<PutRetentionPolicyRequest>(set(3));
    assert_eq!(messages(&mut bench), ["day 2", "day 3", "day 4"]);
    let stored = group_named(&mut bench, "/ecs/demo")["storedBytes"].clone();
    assert_eq!(stored, 3 * (26 + 5));
    let streams = bench.ok::<DescribeLogStreamsRequest>(json!({"logGroupName": "/ecs/demo"}));
    let day = u64::try_from(DAY.as_millis()).unwrap();
    assert_eq!(streams["logStreams"][0]["firstEventTimestamp"], START + 2 * day);
    bench.wait(DAY);
    assert_eq!(messages(&mut bench), ["day 3", "day 4"]);
    // Expired events do not reappear.
    bench.ok::<PutRetentionPolicyRequest>(set(30));
    assert_eq!(messages(&mut bench), ["day 3", "day 4"]);
    bench.ok::<PutRetentionPolicyRequest>(set(1));
    bench.wait(DAY);
    bench.ok::<DeleteRetentionPolicyRequest>(json!({"logGroupName": "/ecs/demo"}));
    assert_eq!(messages(&mut bench), Vec::<String>::new());
    put_event(&mut bench, "new");
    bench.wait(400 * DAY);
    assert_eq!(messages(&mut bench), ["new"]);
    assert_eq!(group_named(&mut bench, "/ecs/demo")["storedBytes"], 26 + 3);
}

fn retention(name: &str, days: &Value, mode: &str, criteria: Option<&str>) -> Value {
    json!({
        "policyName": name,
        "policyType": "RETENTION_POLICY",
        "policyDocument": json!({"retentionInDays": days, "enforcementMode": mode}).to_string(),
        "selectionCriteria": criteria,
    })
}

#[test]
fn account_policies_determine_retention_after_a_day() {
    let mut bench = with_group();
    bench.ok::<PutAccountPolicyRequest>(retention("base", &json!(30), "RETROACTIVE", None));
    assert_eq!(group_named(&mut bench, "/ecs/demo").get("retentionInDays"), None);
    bench.wait(DAY);
    let shown = |bench: &mut Bench, name: &str| {
        let group = group_named(bench, name);
        (
            group["retentionInDays"].as_u64(),
            group["retentionPolicyName"].as_str().map(str::to_owned),
        )
    };
    assert_eq!(shown(&mut bench, "/ecs/demo"), (Some(30), Some("base".to_owned())));
    // Each policy applies only to the groups that it selects. If several policies select a group,
    // the longest retention takes effect.
    let aws = Some(r#"LogGroupNamePrefix IN ["/aws/"]"#);
    bench.ok::<PutAccountPolicyRequest>(retention("aws", &json!(90), "RETROACTIVE", aws));
    let never = json!("NEVER_EXPIRE");
    bench.ok::<PutAccountPolicyRequest>(retention("new", &never, "NEW_ONLY", None));
    bench.wait(DAY);
    for name in ["/aws/x", "app"] {
        bench.ok::<CreateLogGroupRequest>(json!({"logGroupName": name}));
    }
    assert_eq!(shown(&mut bench, "/ecs/demo"), (Some(30), Some("base".to_owned())));
    assert_eq!(shown(&mut bench, "app"), (None, Some("new".to_owned())));
    let policy = json!({"policyType": "RETENTION_POLICY", "policyName": "new"});
    let preview = bench.ok::<DeleteAccountPolicyRequest>(
        json!({"policyType": "RETENTION_POLICY", "policyName": "new", "dryRun": true}),
    );
    let result = &preview["dryRunResult"];
    assert_eq!(result["totalMatchedLogGroups"], 2);
    assert_eq!(result["decreasedRetentionLogGroupCount"], 2);
    assert_eq!(result["topLogGroupsImpacted"][0]["proposedRetention"], "90");
    bench.ok::<DeleteAccountPolicyRequest>(policy.clone());
    assert_eq!(shown(&mut bench, "/aws/x"), (Some(90), Some("aws".to_owned())));
    // After an update, the previous settings remain in effect for a day.
    bench.ok::<PutAccountPolicyRequest>(retention("aws", &json!(60), "RETROACTIVE", aws));
    assert_eq!(shown(&mut bench, "/aws/x"), (Some(90), Some("aws".to_owned())));
    bench.wait(DAY);
    assert_eq!(shown(&mut bench, "/aws/x"), (Some(60), Some("aws".to_owned())));
    let error = bench.err::<DeleteAccountPolicyRequest>(policy);
    assert_eq!(error, "ResourceNotFoundException: Policy with name [new] does not exist.");
}

#[test]
fn a_dry_run_changes_nothing_and_counts_log_groups() {
    let mut bench = with_group();
    for (name, days) in [("long", 365), ("same", 90)] {
        bench.ok::<CreateLogGroupRequest>(json!({"logGroupName": name}));
        bench.ok::<PutRetentionPolicyRequest>(
            json!({"logGroupName": name, "retentionInDays": days}),
        );
    }
    bench.ok::<PutRetentionPolicyRequest>(
        json!({"logGroupName": "/ecs/demo", "retentionInDays": 7}),
    );
    let mut request = retention("base", &json!(90), "RETROACTIVE", None);
    request["dryRun"] = json!(true);
    let before = bench.world.clone();
    let answer = bench.ok::<PutAccountPolicyRequest>(request.clone());
    assert_eq!(bench.world, before);
    let expected = json!({
        "totalMatchedLogGroups": 3,
        "increasedRetentionLogGroupCount": 1,
        "decreasedRetentionLogGroupCount": 1,
        "unchangedRetentionLogGroupCount": 1,
        "failedAnalysisCount": 0,
        "topLogGroupsImpacted": [
            {"logGroupName": "/ecs/demo", "currentRetention": "7", "proposedRetention": "90", "storedBytes": 0},
            {"logGroupName": "long", "currentRetention": "365", "proposedRetention": "90", "storedBytes": 0},
        ],
    });
    assert_eq!(answer, json!({"dryRunResult": expected}));
    request["policyType"] = json!("TRANSFORMER_POLICY");
    let words = "dryRun is only supported for RETENTION_POLICY";
    assert_eq!(bench.err::<PutAccountPolicyRequest>(request), invalid(words));
}

#[test]
fn account_policies_are_stored_by_type_and_name() {
    let mut bench = Bench::new();
    let destination = "arn:aws:lambda:us-east-1:123456789012:function:app";
    let document = json!({"DestinationArn": destination, "FilterPattern": ""}).to_string();
    let put = |name: &str, criteria: Option<&str>| {
        json!({
            "policyName": name,
            "policyType": "SUBSCRIPTION_FILTER_POLICY",
            "policyDocument": document,
            "selectionCriteria": criteria,
        })
    };
    let criteria = r#"LogGroupName NOT IN ["loop"]"#;
    let answer = bench.ok::<PutAccountPolicyRequest>(put("feed", Some(criteria)));
    let expected = json!({
        "policyName": "feed",
        "policyDocument": document,
        "lastUpdatedTime": START,
        "policyType": "SUBSCRIPTION_FILTER_POLICY",
        "scope": "ALL",
        "selectionCriteria": criteria,
        "accountId": "123456789012",
    });
    assert_eq!(answer["accountPolicy"], expected);
    assert_eq!(bench.err::<PutAccountPolicyRequest>(put("another", None)), FULL);
    let of_type = |name: Option<&str>| json!({"policyType": "SUBSCRIPTION_FILTER_POLICY", "policyName": name});
    let found = bench.ok::<DescribeAccountPoliciesRequest>(of_type(None));
    assert_eq!(found["accountPolicies"], json!([expected]));
    let error = bench.err::<DescribeAccountPoliciesRequest>(of_type(Some("none")));
    assert_eq!(error, "ResourceNotFoundException: Policy with name [none] does not exist.");
    for (name, document, criteria) in [
        ("aws/feed", "{}", None),
        ("feed", "no JSON", None),
        ("feed", "{}", Some("LogGroupNamePrefix IN [\"x\"]")),
    ] {
        let request = json!({
            "policyName": name,
            "policyType": "SUBSCRIPTION_FILTER_POLICY",
            "policyDocument": document,
            "selectionCriteria": criteria,
        });
        let error = bench.err::<PutAccountPolicyRequest>(request);
        assert!(error.starts_with("InvalidParameterException: "), "{error}");
    }
    for (days, mode) in
        [(json!(7), "RETROACTIVE"), (json!(30), "SOMETIMES"), (json!("x"), "NEW_ONLY")]
    {
        let error = bench.err::<PutAccountPolicyRequest>(retention("base", &days, mode, None));
        assert_eq!(error, invalid("Invalid retention policy document"));
    }
    for n in 0..20 {
        let policy = retention(&format!("r{n}"), &json!(30), "NEW_ONLY", None);
        bench.ok::<PutAccountPolicyRequest>(policy);
    }
    let another = retention("another", &json!(30), "NEW_ONLY", None);
    assert_eq!(bench.err::<PutAccountPolicyRequest>(another), FULL);
}

fn document(action: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "Route53LogsToCloudWatchLogs",
            "Effect": "Allow",
            "Principal": {"Service": ["route53.amazonaws.com"]},
            "Action": action,
            "Resource": "*",
        }],
    })
    .to_string()
}

#[test]
fn resource_policies_of_the_account_have_names() {
    let mut bench = Bench::new();
    let put =
        |name: &str| json!({"policyName": name, "policyDocument": document("logs:PutLogEvents")});
    let answer = bench.ok::<PutResourcePolicyRequest>(put("p0"));
    let policy = json!({
        "policyName": "p0",
        "policyDocument": document("logs:PutLogEvents"),
        "lastUpdatedTime": START,
        "policyScope": "ACCOUNT",
    });
    assert_eq!(answer, json!({"resourcePolicy": policy}));
    let described = bench.ok::<DescribeResourcePoliciesRequest>(json!({}));
    let text = described["resourcePolicies"][0]["policyDocument"].as_str().unwrap();
    assert!(text.starts_with(r#"{"Version":"2012-10-17","Statement":[{"Sid":"Route53LogsToCloudWatchLogs","Effect":"Allow","#), "{text}");
    assert!(text.contains(r#""Principal":{"Service":"route53.amazonaws.com"}"#), "{text}");
    for n in 1..10 {
        bench.ok::<PutResourcePolicyRequest>(put(&format!("p{n}")));
    }
    assert_eq!(bench.err::<PutResourcePolicyRequest>(put("more")), FULL);
    bench.ok::<PutResourcePolicyRequest>(put("p9"));
    let first = bench.ok::<DescribeResourcePoliciesRequest>(json!({"limit": 9}));
    let next = json!({"limit": 9, "nextToken": first["nextToken"]});
    let second = bench.ok::<DescribeResourcePoliciesRequest>(next);
    assert_eq!(second["resourcePolicies"][0]["policyName"], "p9");
    bench.ok::<DeleteResourcePolicyRequest>(json!({"policyName": "p9"}));
    let error = bench.err::<DeleteResourcePolicyRequest>(json!({"policyName": "p9"}));
    assert_eq!(error, "ResourceNotFoundException: Policy with name [p9] does not exist.");
    let words = "Could not convert to persistable policy.";
    let principal = document("logs:*").replace(r#"{"Service":["#, r#"{"AWS":["#);
    for bad in ["no JSON".to_owned(), "{}".to_owned(), principal] {
        let request = json!({"policyName": "x", "policyDocument": bad});
        assert_eq!(bench.err::<PutResourcePolicyRequest>(request), invalid(words), "{bad}");
    }
    let nameless = json!({"policyDocument": document("logs:*")});
    let error = bench.err::<PutResourcePolicyRequest>(nameless);
    assert!(error.contains("Exactly one of"), "{error}");
}

#[test]
fn changing_the_policy_of_a_log_group_needs_its_current_revision() {
    let mut bench = with_group();
    let put = |revision: Option<&Value>| {
        json!({
            "resourceArn": ARN,
            "policyDocument": document("logs:PutLogEvents"),
            "expectedRevisionId": revision,
        })
    };
    let first = bench.ok::<PutResourcePolicyRequest>(put(None));
    assert_eq!(first["resourcePolicy"]["policyScope"], "RESOURCE");
    assert_eq!(first["resourcePolicy"]["resourceArn"], ARN);
    let error = bench.err::<PutResourcePolicyRequest>(put(None));
    assert!(error.starts_with("OperationAbortedException: "), "{error}");
    let second = bench.ok::<PutResourcePolicyRequest>(put(Some(&first["revisionId"])));
    let found = bench.ok::<DescribeResourcePoliciesRequest>(json!({"policyScope": "RESOURCE"}));
    assert_eq!(found["resourcePolicies"][0]["revisionId"], second["revisionId"]);
    assert_eq!(found["resourcePolicies"].as_array().unwrap().len(), 1);
    let found = bench.ok::<DescribeResourcePoliciesRequest>(json!({}));
    assert_eq!(found["resourcePolicies"], json!([]));
    let delete = json!({"resourceArn": ARN, "expectedRevisionId": second["revisionId"]});
    bench.ok::<DeleteResourcePolicyRequest>(delete.clone());
    let error = bench.err::<DeleteResourcePolicyRequest>(delete);
    assert!(error.starts_with("ResourceNotFoundException: "), "{error}");
    let gone = json!({"resourceArn": format!("{ARN}-none"), "policyDocument": document("logs:*")});
    assert_eq!(bench.err::<PutResourcePolicyRequest>(gone), no_group());
}

#[test]
fn a_deleted_data_protection_policy_leaves_a_status() {
    let mut bench = with_group();
    let identifier = json!({"logGroupIdentifier": ARN});
    let found = bench.ok::<GetDataProtectionPolicyRequest>(identifier.clone());
    assert_eq!(found, identifier);
    let data = json!(["arn:aws:dataprotection::aws:data-identifier/EmailAddress"]);
    let policy = |masked: &Value| {
        json!({"Name": "mask", "Version": "2021-06-01", "Statement": [
            {"Sid": "audit", "DataIdentifier": data, "Operation": {"Audit": {"FindingsDestination": {}}}},
            {"Sid": "mask", "DataIdentifier": masked, "Operation": {"Deidentify": {"MaskConfig": {}}}},
        ]})
        .to_string()
    };
    let put = |document: &str| json!({"logGroupIdentifier": ARN, "policyDocument": document});
    let answer = bench.ok::<PutDataProtectionPolicyRequest>(put(&policy(&data)));
    let expected = json!({
        "logGroupIdentifier": ARN,
        "policyDocument": policy(&data),
        "lastUpdatedTime": START,
    });
    assert_eq!(answer, expected);
    assert_eq!(bench.ok::<GetDataProtectionPolicyRequest>(identifier.clone()), expected);
    assert_eq!(group_named(&mut bench, "/ecs/demo")["dataProtectionStatus"], "ACTIVATED");
    for bad in ["{}".to_owned(), policy(&json!([])), "no JSON".to_owned()] {
        let error = bench.err::<PutDataProtectionPolicyRequest>(put(&bad));
        assert!(error.starts_with("InvalidParameterException: "), "{error}");
    }
    bench.ok::<DeleteDataProtectionPolicyRequest>(identifier.clone());
    assert_eq!(group_named(&mut bench, "/ecs/demo")["dataProtectionStatus"], "DELETED");
    assert_eq!(bench.ok::<GetDataProtectionPolicyRequest>(identifier.clone()), identifier);
}

#[test]
fn query_definitions_are_found_by_name_prefix() {
    let mut bench = Bench::new();
    let put = |name: &str| json!({"name": name, "queryString": "fields @message"});
    let mut request = put("errors/app");
    request["clientToken"] = json!("0".repeat(36));
    request["parameters"] = json!([{"name": "level", "defaultValue": "ERROR"}]);
    let id = bench.ok::<PutQueryDefinitionRequest>(request.clone())["queryDefinitionId"].clone();
    let again = bench.ok::<PutQueryDefinitionRequest>(request.clone());
    assert_eq!(again["queryDefinitionId"], id);
    bench.ok::<PutQueryDefinitionRequest>(put("all"));
    let prefix = json!({"queryDefinitionNamePrefix": "err"});
    let found = bench.ok::<DescribeQueryDefinitionsRequest>(prefix.clone());
    let expected = json!([{
        "queryDefinitionId": id,
        "queryLanguage": "CWLI",
        "name": "errors/app",
        "queryString": "fields @message",
        "lastModified": START,
        "parameters": [{"name": "level", "defaultValue": "ERROR"}],
    }]);
    assert_eq!(found["queryDefinitions"], expected);
    let first = bench.ok::<DescribeQueryDefinitionsRequest>(json!({"maxResults": 1}));
    assert_eq!(first["queryDefinitions"][0]["name"], "all");
    let next = json!({"maxResults": 1, "nextToken": first["nextToken"]});
    let second = bench.ok::<DescribeQueryDefinitionsRequest>(next);
    assert_eq!(second["queryDefinitions"], expected);
    let update = json!({
        "queryDefinitionId": id, "name": "warnings", "queryString": "limit 1", "logGroupNames": ["app"],
    });
    bench.ok::<PutQueryDefinitionRequest>(update);
    let found = bench.ok::<DescribeQueryDefinitionsRequest>(prefix);
    assert_eq!(found["queryDefinitions"], json!([]));
    let id = json!({"queryDefinitionId": id});
    assert_eq!(bench.ok::<DeleteQueryDefinitionRequest>(id.clone()), json!({"success": true}));
    let error = bench.err::<DeleteQueryDefinitionRequest>(id);
    assert!(error.starts_with("ResourceNotFoundException: "), "{error}");
    let mut unknown = put("x");
    unknown["queryDefinitionId"] = json!("none");
    let error = bench.err::<PutQueryDefinitionRequest>(unknown);
    assert!(error.starts_with("ResourceNotFoundException: "), "{error}");
}
