//! Tests for log anomaly detectors.

use std::time::Duration;

use serde_json::{Value, json};

use crate::logs::{
    CreateLogAnomalyDetectorRequest, CreateLogGroupRequest, DeleteLogAnomalyDetectorRequest,
    GetLogAnomalyDetectorRequest, ListAnomaliesRequest, ListLogAnomalyDetectorsRequest,
    ListTagsForResourceRequest, TagResourceRequest, UntagResourceRequest,
    UpdateLogAnomalyDetectorRequest,
};
use crate::testing::{Bench, START};

use super::{invalid, no_group, with_group};

const GROUP: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo";
const GONE: &str = "ResourceNotFoundException: The specified anomaly detector does not exist.";

fn create(bench: &mut Bench, name: &str) -> Value {
    bench.ok::<CreateLogAnomalyDetectorRequest>(json!({
        "logGroupArnList": [GROUP],
        "detectorName": name,
        "evaluationFrequency": "FIVE_MIN",
        "anomalyVisibilityTime": 7,
        "tags": {"Team": "shop"},
    }))
}

#[test]
fn a_detector_is_described_until_it_is_deleted() {
    let mut bench = with_group();
    let arn = create(&mut bench, "first");
    let mut expected = json!({
        "detectorName": "first",
        "logGroupArnList": [GROUP],
        "evaluationFrequency": "FIVE_MIN",
        "anomalyDetectorStatus": "TRAINING",
        "creationTimeStamp": START,
        "lastModifiedTimeStamp": START,
        "anomalyVisibilityTime": 7,
    });
    assert_eq!(bench.ok::<GetLogAnomalyDetectorRequest>(arn.clone()), expected);
    bench.wait(Duration::from_mins(15));
    expected["anomalyDetectorStatus"] = "ANALYZING".into();
    assert_eq!(bench.ok::<GetLogAnomalyDetectorRequest>(arn.clone()), expected);
    let mut change = arn.clone();
    change["enabled"] = false.into();
    change["filterPattern"] = "ERROR".into();
    bench.ok::<UpdateLogAnomalyDetectorRequest>(change.clone());
    expected["anomalyDetectorStatus"] = "PAUSED".into();
    expected["filterPattern"] = "ERROR".into();
    expected["lastModifiedTimeStamp"] = (START + 900_000).into();
    assert_eq!(bench.ok::<GetLogAnomalyDetectorRequest>(arn.clone()), expected);
    assert_eq!(bench.ok::<ListAnomaliesRequest>(arn.clone()), json!({"anomalies": []}));
    bench.ok::<DeleteLogAnomalyDetectorRequest>(arn.clone());
    assert_eq!(bench.err::<GetLogAnomalyDetectorRequest>(arn.clone()), GONE);
    assert_eq!(bench.err::<DeleteLogAnomalyDetectorRequest>(arn.clone()), GONE);
    assert_eq!(bench.err::<ListAnomaliesRequest>(arn), GONE);
    assert_eq!(bench.err::<UpdateLogAnomalyDetectorRequest>(change), GONE);
}

#[test]
fn detectors_are_listed_by_log_group_and_tagged_by_arn() {
    let mut bench = with_group();
    let arn = create(&mut bench, "first")["anomalyDetectorArn"].clone();
    create(&mut bench, "second");
    let first = bench.ok::<ListLogAnomalyDetectorsRequest>(json!({"limit": 1}));
    assert_eq!(first["anomalyDetectors"].as_array().unwrap().len(), 1);
    let rest = json!({"nextToken": first["nextToken"]});
    let rest = bench.ok::<ListLogAnomalyDetectorsRequest>(rest);
    assert_eq!(rest["anomalyDetectors"].as_array().unwrap().len(), 1);
    let of_group = json!({"filterLogGroupArn": GROUP});
    let of_group = bench.ok::<ListLogAnomalyDetectorsRequest>(of_group);
    assert_eq!(of_group["anomalyDetectors"].as_array().unwrap().len(), 2);
    let of_other = json!({"filterLogGroupArn": format!("{GROUP}-other")});
    let none = bench.ok::<ListLogAnomalyDetectorsRequest>(of_other);
    assert_eq!(none, json!({"anomalyDetectors": []}));
    bench.ok::<TagResourceRequest>(json!({"resourceArn": arn, "tags": {"New": ""}}));
    bench.ok::<UntagResourceRequest>(json!({"resourceArn": arn, "tagKeys": ["Team"]}));
    let tags = bench.ok::<ListTagsForResourceRequest>(json!({"resourceArn": arn}));
    assert_eq!(tags, json!({"tags": {"New": ""}}));
    let gone = json!({"resourceArn": format!("{}0", arn.as_str().unwrap())});
    assert_eq!(bench.err::<ListTagsForResourceRequest>(gone), GONE);
}

#[test]
fn invalid_detectors_are_rejected() {
    let mut bench = with_group();
    bench.ok::<CreateLogGroupRequest>(
        json!({"logGroupName": "/rare", "logGroupClass": "INFREQUENT_ACCESS"}),
    );
    let rare = "arn:aws:logs:us-east-1:123456789012:log-group:/rare";
    for (request, words) in [
        (json!([]), invalid("Exactly one log group ARN must be specified.")),
        (json!([GROUP, GROUP]), invalid("Exactly one log group ARN must be specified.")),
        (json!([format!("{GROUP}-none")]), no_group()),
        (json!(["/ecs/demo"]), no_group()),
        (json!([rare]), invalid("The log group's class does not support anomaly detection.")),
    ] {
        let request = json!({"logGroupArnList": request});
        assert_eq!(bench.err::<CreateLogAnomalyDetectorRequest>(request), words);
    }
    let pattern = json!({"logGroupArnList": [GROUP], "filterPattern": "a@b"});
    let error = bench.err::<CreateLogAnomalyDetectorRequest>(pattern);
    assert!(error.starts_with("InvalidParameterException: Invalid "), "{error}");
}
