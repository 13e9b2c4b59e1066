//! Tests for attributes of container instances.

use serde_json::{Value, json};

use super::EcsBench;
use super::tasks::read;
use crate::ecs::{
    ContainerInstance, CreateClusterRequest, DeleteAttributesRequest, ListAttributesRequest,
    PutAttributesRequest,
};

const ARN: &str = "arn:aws:ecs:us-east-1:123456789012:container-instance/demo/i1";

fn bench() -> EcsBench {
    let mut ecs = EcsBench::new();
    ecs.run(read::<CreateClusterRequest>(json!({"clusterName": "demo"}))).unwrap();
    for id in ["i1", "i2"] {
        ecs.state(|ecs| ecs.add_container_instance("demo", id, ContainerInstance::default()));
    }
    ecs
}

fn put(attributes: &Value) -> PutAttributesRequest {
    read(json!({"cluster": "demo", "attributes": attributes}))
}

fn listed(ecs: &mut EcsBench, filter: &Value) -> Vec<String> {
    let mut request = json!({"cluster": "demo", "targetType": "container-instance"});
    request.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
    let found = ecs.run(read::<ListAttributesRequest>(request)).unwrap().attributes;
    let text = |text: Option<String>| text.unwrap_or_default();
    let shown = found.into_iter().map(|attribute| {
        let id = text(attribute.target_id);
        let id = id.rsplit('/').next().unwrap();
        format!("{id} {}={}", text(attribute.name), text(attribute.value))
    });
    shown.collect()
}

#[test]
fn attributes_are_put_listed_and_deleted() {
    let mut ecs = bench();
    let made = ecs.run(put(&json!([
        {"name": "stack", "value": "production", "targetId": ARN},
        {"name": "rack", "targetId": "i2", "targetType": "container-instance"},
    ])));
    assert_eq!(made.unwrap().attributes[0].target_id.as_deref(), Some(ARN));
    ecs.run(put(&json!([{"name": "stack", "value": "test", "targetId": ARN}]))).unwrap();
    assert_eq!(listed(&mut ecs, &json!({})), ["i1 stack=test", "i2 rack="]);
    assert_eq!(listed(&mut ecs, &json!({"attributeName": "stack"})), ["i1 stack=test"]);
    let none = json!({"attributeName": "stack", "attributeValue": "production"});
    assert_eq!(listed(&mut ecs, &none), Vec::<String>::new());
    let gone = json!([{"name": "stack", "targetId": ARN}, {"name": "none", "targetId": ARN}]);
    let gone = json!({"cluster": "demo", "attributes": gone});
    let deleted = ecs.run(read::<DeleteAttributesRequest>(gone)).unwrap().attributes;
    assert_eq!((deleted.len(), deleted[0].value.as_deref()), (1, Some("test")));
    assert_eq!(listed(&mut ecs, &json!({})), ["i2 rack="]);
}

#[test]
fn invalid_attributes_are_rejected() {
    let mut ecs = bench();
    let many: Vec<Value> =
        (0..11).map(|number| json!({"name": format!("a{number}"), "targetId": ARN})).collect();
    for (attributes, words) in [
        (json!([]), "InvalidParameterException: Attributes cannot be empty."),
        (json!(many), "InvalidParameterException: attributes can have at most 10 items."),
        (
            json!([{"name": "a!", "targetId": ARN}]),
            "InvalidParameterException: Invalid Attribute name",
        ),
        (
            json!([{"name": "a", "value": " b", "targetId": ARN}]),
            "InvalidParameterException: Invalid Attribute value",
        ),
        (
            json!([{"name": "a", "targetId": "i1"}]),
            "InvalidParameterException: Target type can not be blank.",
        ),
        (
            json!([{"name": "a", "targetId": format!("{ARN}0")}]),
            "TargetNotFoundException: The specified target wasn't found.",
        ),
    ] {
        assert_eq!(ecs.refused(put(&attributes)), words);
    }
    ecs.run(put(&json!(many[..10]))).unwrap();
    let error = ecs.refused(put(&json!(many[10..])));
    assert!(error.starts_with("AttributeLimitExceededException: "), "{error}");
    let value =
        json!({"cluster": "demo", "targetType": "container-instance", "attributeValue": "x"});
    let error = ecs.refused(read::<ListAttributesRequest>(value));
    assert!(error.starts_with("InvalidParameterException: attributeValue"), "{error}");
}
