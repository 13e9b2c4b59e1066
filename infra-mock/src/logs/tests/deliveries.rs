//! Tests for deliveries, their sources and their destinations. Most expected responses were
//! recorded from AWS; see `logs/deliveries.rs`.

use serde_json::{Value, json};

use crate::logs::{
    CreateDeliveryRequest, DeleteDeliveryDestinationPolicyRequest,
    DeleteDeliveryDestinationRequest, DeleteDeliveryRequest, DeleteDeliverySourceRequest,
    DescribeDeliveriesRequest, DescribeDeliveryDestinationsRequest, DescribeDeliverySourcesRequest,
    GetDeliveryDestinationPolicyRequest, GetDeliveryDestinationRequest, GetDeliveryRequest,
    GetDeliverySourceRequest, ListTagsForResourceRequest, PutDeliveryDestinationPolicyRequest,
    PutDeliveryDestinationRequest, PutDeliverySourceRequest, TagResourceRequest,
    UpdateDeliveryConfigurationRequest,
};
use crate::testing::Bench;

const START: &str = "arn:aws:logs:us-east-1:123456789012";
const DISTRIBUTION: &str = "arn:aws:cloudfront::123456789012:distribution/E1Q5F5862X9VJ5";

fn put_source(bench: &mut Bench, name: &str) -> Value {
    bench.ok::<PutDeliverySourceRequest>(
        json!({"name": name, "resourceArn": DISTRIBUTION, "logType": "ACCESS_LOGS"}),
    )
}

fn put_destination(bench: &mut Bench, name: &str, resource: &str) -> Value {
    bench.ok::<PutDeliveryDestinationRequest>(json!({
        "name": name,
        "deliveryDestinationConfiguration": {"destinationResourceArn": resource},
    }))
}

fn create(source: &str, destination: &str) -> Value {
    json!({
        "deliverySourceName": source,
        "deliveryDestinationArn": format!("{START}:delivery-destination:{destination}"),
    })
}

/// Returns a test bench with the source `web` and the destinations `bucket` and `group`.
fn bench() -> Bench {
    let mut bench = Bench::new();
    put_source(&mut bench, "web");
    put_destination(&mut bench, "bucket", "arn:aws:s3:::logs");
    put_destination(&mut bench, "group", &format!("{START}:log-group:/web"));
    bench
}

fn missing(kind: &str) -> String {
    format!("ResourceNotFoundException: Requested {kind} does not exist in this account.")
}

#[test]
fn a_source_is_put_described_and_deleted() {
    let mut bench = Bench::new();
    let made = bench.ok::<PutDeliverySourceRequest>(json!({
        "name": "web",
        "resourceArn": DISTRIBUTION,
        "logType": "ACCESS_LOGS",
        "tags": {"key1": "value1"},
    }));
    let expected = json!({
        "arn": format!("{START}:delivery-source:web"),
        "logType": "ACCESS_LOGS",
        "name": "web",
        "resourceArns": [DISTRIBUTION],
        "service": "cloudfront",
        "tags": {"key1": "value1"},
    });
    assert_eq!(made, json!({"deliverySource": expected}));
    put_source(&mut bench, "web");
    put_source(&mut bench, "more");
    let name = json!({"name": "web"});
    let found = bench.ok::<GetDeliverySourceRequest>(name.clone());
    assert_eq!(found, json!({"deliverySource": expected}));
    let first = bench.ok::<DescribeDeliverySourcesRequest>(json!({"limit": 1}));
    assert_eq!(first["deliverySources"][0]["name"], "more");
    let rest = json!({"nextToken": first["nextToken"]});
    let rest = bench.ok::<DescribeDeliverySourcesRequest>(rest);
    assert_eq!(rest, json!({"deliverySources": [expected]}));
    let other = json!({"resourceArns": [format!("{DISTRIBUTION}0")]});
    let none = bench.ok::<DescribeDeliverySourcesRequest>(other);
    assert_eq!(none, json!({"deliverySources": []}));
    bench.ok::<DeleteDeliverySourceRequest>(name.clone());
    let gone = missing("Delivery Source");
    assert_eq!(bench.err::<DeleteDeliverySourceRequest>(name.clone()), gone);
    assert_eq!(bench.err::<GetDeliverySourceRequest>(name), gone);
}

#[test]
fn invalid_changes_of_sources_are_rejected() {
    let mut bench = bench();
    let put = |arn: &str, tags: Value| json!({"name": "web", "resourceArn": arn, "logType": "ACCESS_LOGS", "tags": tags});
    for (request, words) in [
        (
            put("arn:aws:s3:::test-s3-bucket", json!(null)),
            "ResourceNotFoundException: Cannot access provided service.",
        ),
        (
            put(DISTRIBUTION, json!({"a": "b"})),
            "ConflictException: Tags can only be provided when a resource is being created, not updated.",
        ),
        (
            put(&format!("{DISTRIBUTION}0"), json!(null)),
            "ConflictException: Update to existing Delivery Source with new ResourceId is not allowed. Please create a \
             new Delivery Source instead.",
        ),
    ] {
        assert_eq!(bench.err::<PutDeliverySourceRequest>(request), words);
    }
}

#[test]
fn a_destination_has_a_resource_and_a_policy() {
    let mut bench = Bench::new();
    let configuration = json!({"destinationResourceArn": "arn:aws:s3:::logs"});
    let put = json!({
        "name": "bucket",
        "outputFormat": "json",
        "deliveryDestinationConfiguration": configuration,
    });
    let made = bench.ok::<PutDeliveryDestinationRequest>(put.clone());
    let expected = json!({"deliveryDestination": {
        "arn": format!("{START}:delivery-destination:bucket"),
        "deliveryDestinationConfiguration": configuration,
        "deliveryDestinationType": "S3",
        "name": "bucket",
        "outputFormat": "json",
    }});
    assert_eq!(made, expected);
    put_destination(&mut bench, "bucket", "arn:aws:s3:::other");
    let name = json!({"name": "bucket"});
    let found = bench.ok::<GetDeliveryDestinationRequest>(name.clone());
    let resource = &found["deliveryDestination"]["deliveryDestinationConfiguration"];
    assert_eq!(resource["destinationResourceArn"], "arn:aws:s3:::other");
    let trace = json!({"name": "trace", "deliveryDestinationType": "XRAY", "roleArn": "arn:aws:iam::123456789012:role/x"});
    bench.ok::<PutDeliveryDestinationRequest>(trace);
    let found = bench.ok::<DescribeDeliveryDestinationsRequest>(json!({"names": ["trace"]}));
    assert_eq!(found["deliveryDestinations"][0]["deliveryDestinationType"], "XRAY");

    let named = json!({"deliveryDestinationName": "bucket"});
    let none = bench.ok::<GetDeliveryDestinationPolicyRequest>(named.clone());
    assert_eq!(none, json!({"policy": {}}));
    let document = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "AllowLogDeliveryActions",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": "logs:CreateDelivery",
        "Resource": format!("{START}:delivery-destination:*"),
    }]});
    let policy = json!({"deliveryDestinationPolicy": document.to_string()});
    let mut set = named.clone();
    set["deliveryDestinationPolicy"] = document.to_string().into();
    let policy = json!({"policy": policy});
    assert_eq!(bench.ok::<PutDeliveryDestinationPolicyRequest>(set.clone()), policy);
    assert_eq!(bench.ok::<GetDeliveryDestinationPolicyRequest>(named.clone()), policy);
    set["deliveryDestinationPolicy"] = "{".into();
    let words = "ValidationException: Invalid Delivery Destination resource Policy is provided.";
    assert_eq!(bench.err::<PutDeliveryDestinationPolicyRequest>(set), words);
    bench.ok::<DeleteDeliveryDestinationPolicyRequest>(named.clone());
    assert_eq!(bench.ok::<GetDeliveryDestinationPolicyRequest>(named.clone()), none);

    bench.ok::<DeleteDeliveryDestinationRequest>(name.clone());
    let gone = missing("Delivery Destination");
    assert_eq!(bench.err::<GetDeliveryDestinationRequest>(name.clone()), gone);
    assert_eq!(bench.err::<DeleteDeliveryDestinationRequest>(name), gone);
    assert_eq!(bench.err::<GetDeliveryDestinationPolicyRequest>(named.clone()), gone);
    assert_eq!(bench.err::<DeleteDeliveryDestinationPolicyRequest>(named), gone);
}

#[test]
fn invalid_destinations_are_rejected() {
    let mut bench = bench();
    let put = |more: Value| {
        let mut request = json!({"name": "bucket"});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let bucket = json!({"destinationResourceArn": "arn:aws:s3:::logs"});
    for (request, code) in [
        (put(json!({})), "ValidationException"),
        (
            put(json!({"deliveryDestinationConfiguration": {"destinationResourceArn": "none"}})),
            "ValidationException",
        ),
        (
            put(json!({
                "deliveryDestinationConfiguration": bucket, "deliveryDestinationType": "CWL",
            })),
            "ValidationException",
        ),
        (
            put(
                json!({"deliveryDestinationConfiguration": bucket, "roleArn": "arn:aws:iam::1:role/x"}),
            ),
            "ValidationException",
        ),
        (
            put(json!({"deliveryDestinationConfiguration": bucket, "outputFormat": "json"})),
            "ValidationException",
        ),
        (
            put(json!({"deliveryDestinationConfiguration": bucket, "tags": {"a": "b"}})),
            "ConflictException",
        ),
    ] {
        let error = bench.err::<PutDeliveryDestinationRequest>(request);
        assert!(error.starts_with(code), "{error}");
    }
    let error = bench.err::<PutDeliveryDestinationRequest>(put(json!({"outputFormat": "foobar"})));
    let words = "ValidationException: 1 validation error detected: Value at 'outputFormat' failed to satisfy \
                 constraint: Member must satisfy enum value set: [";
    assert!(error.starts_with(words), "{error}");
}

#[test]
fn a_delivery_connects_a_source_to_a_destination() {
    let mut bench = bench();
    let mut request = create("web", "bucket");
    let s3 = json!({"suffixPath": "AWSLogs/1/CloudFront/", "enableHiveCompatiblePath": true});
    request["recordFields"] = json!(["date"]);
    request["fieldDelimiter"] = ",".into();
    request["s3DeliveryConfiguration"] = s3.clone();
    request["tags"] = json!({"key1": "value1"});
    let made = bench.ok::<CreateDeliveryRequest>(request)["delivery"].clone();
    let id = made["id"].as_str().unwrap().to_owned();
    let mut expected = json!({
        "arn": format!("{START}:delivery:{id}"),
        "deliveryDestinationArn": format!("{START}:delivery-destination:bucket"),
        "deliveryDestinationType": "S3",
        "deliverySourceName": "web",
        "fieldDelimiter": ",",
        "id": id,
        "recordFields": ["date"],
        "s3DeliveryConfiguration": s3,
        "tags": {"key1": "value1"},
    });
    assert_eq!(made, expected);
    let key = json!({"id": id});
    bench.ok::<UpdateDeliveryConfigurationRequest>(
        json!({"id": id, "recordFields": ["time"], "s3DeliveryConfiguration": {"suffixPath": "x"}}),
    );
    expected["recordFields"] = json!(["time"]);
    expected["s3DeliveryConfiguration"]["suffixPath"] = "x".into();
    assert_eq!(bench.ok::<GetDeliveryRequest>(key.clone())["delivery"], expected);
    let arn = expected["arn"].clone();
    bench.ok::<TagResourceRequest>(json!({"resourceArn": arn, "tags": {"key2": ""}}));
    let tags = bench.ok::<ListTagsForResourceRequest>(json!({"resourceArn": arn}));
    assert_eq!(tags, json!({"tags": {"key1": "value1", "key2": ""}}));

    // The expected defaults were recorded from AWS.
    let group = bench.ok::<CreateDeliveryRequest>(create("web", "group"))["delivery"].clone();
    assert_eq!(group["recordFields"].as_array().unwrap().len(), 33);
    assert_eq!((&group["deliveryDestinationType"], group.get("tags")), (&json!("CWL"), None));
    let first = bench.ok::<DescribeDeliveriesRequest>(json!({"limit": 1}));
    let rest = bench.ok::<DescribeDeliveriesRequest>(json!({"nextToken": first["nextToken"]}));
    assert_ne!(first["deliveries"][0]["id"], rest["deliveries"][0]["id"]);
    let none = bench.ok::<DescribeDeliveriesRequest>(json!({"deliverySourceNames": ["other"]}));
    assert_eq!(none, json!({"deliveries": []}));

    let error = bench.err::<DeleteDeliverySourceRequest>(json!({"name": "web"}));
    assert!(error.starts_with("ConflictException: "), "{error}");
    let error = bench.err::<DeleteDeliveryDestinationRequest>(json!({"name": "bucket"}));
    assert!(error.starts_with("ConflictException: "), "{error}");
    bench.ok::<DeleteDeliveryRequest>(key.clone());
    let gone = missing("Delivery");
    assert_eq!(bench.err::<GetDeliveryRequest>(key.clone()), gone);
    assert_eq!(bench.err::<UpdateDeliveryConfigurationRequest>(key.clone()), gone);
    assert_eq!(bench.err::<DeleteDeliveryRequest>(key), gone);
}

#[test]
fn invalid_deliveries_are_rejected() {
    let mut bench = bench();
    put_destination(&mut bench, "second", "arn:aws:s3:::more");
    bench.ok::<CreateDeliveryRequest>(create("web", "bucket"));
    let mut path = create("web", "group");
    path["s3DeliveryConfiguration"] = json!({"suffixPath": "x"});
    for (request, words) in [
        (create("none", "bucket"), missing("Delivery Source")),
        (create("web", "none"), missing("Delivery Destination")),
        (
            create("web", "bucket"),
            "ConflictException: The specified Delivery already exists".to_owned(),
        ),
        (
            create("web", "second"),
            "ConflictException: Delivery already exists for this Delivery Source with the same Delivery Destination \
             Type."
                .to_owned(),
        ),
        (
            path,
            "ValidationException: S3 delivery configuration is valid only for S3 delivery destinations."
                .to_owned(),
        ),
    ] {
        assert_eq!(bench.err::<CreateDeliveryRequest>(request), words);
    }
}
