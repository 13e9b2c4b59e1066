//! Tests for capacity providers with an Auto Scaling group.

use serde_json::{Value, json};

use super::EcsBench;
use crate::api::Operation;
use crate::ecs::{
    CreateCapacityProviderRequest, CreateClusterRequest, DeleteCapacityProviderRequest,
    DeleteClusterRequest, DescribeCapacityProvidersRequest, ListTagsForResourceRequest,
    UpdateCapacityProviderRequest,
};

const GROUP: &str = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:\
                     00000000-0000-4000-8000-000000000000:autoScalingGroupName/gpu";

fn read<O: Operation>(request: Value) -> O {
    serde_json::from_value(request).unwrap()
}

fn create(name: &str) -> CreateCapacityProviderRequest {
    read(json!({
        "name": name,
        "autoScalingGroupProvider": {"autoScalingGroupArn": GROUP, "managedScaling": {"status": "ENABLED"}},
        "tags": [{"key": "Team", "value": "shop"}]
    }))
}

#[test]
fn a_provider_is_created_updated_described_and_deleted() {
    let mut ecs = EcsBench::new();
    let made = ecs.run(create("gpu")).unwrap().capacity_provider;
    assert_eq!(
        made.capacity_provider_arn,
        "arn:aws:ecs:us-east-1:123456789012:capacity-provider/gpu"
    );
    assert_eq!(
        (made.status.as_str(), made.update_status.as_deref()),
        ("ACTIVE", Some("CREATE_COMPLETE"))
    );
    let scaling = made.auto_scaling_group_provider.unwrap().managed_scaling.unwrap();
    assert_eq!((scaling.status.as_deref(), scaling.target_capacity), (Some("ENABLED"), Some(100)));
    assert_eq!(
        ecs.refused(create("gpu")),
        "ClientException: The specified capacity provider already exists. To change the configuration of an existing \
         capacity provider, update the capacity provider."
    );
    let update = json!({"name": "gpu", "autoScalingGroupProvider": {
        "managedScaling": {"targetCapacity": 80}, "managedTerminationProtection": "ENABLED"}});
    let updated = ecs.run(read::<UpdateCapacityProviderRequest>(update)).unwrap().capacity_provider;
    let group = updated.auto_scaling_group_provider.unwrap();
    assert_eq!(group.managed_scaling.as_ref().unwrap().target_capacity, Some(80));
    assert_eq!(group.managed_scaling.unwrap().status.as_deref(), Some("ENABLED"));
    assert_eq!(group.managed_termination_protection.as_deref(), Some("ENABLED"));
    let tags =
        ecs.run(ListTagsForResourceRequest { resource_arn: Some(made.capacity_provider_arn) });
    assert_eq!(tags.unwrap().tags[0].value.as_deref(), Some("shop"));

    let cluster = json!({"clusterName": "demo", "capacityProviders": ["gpu"]});
    ecs.run(read::<CreateClusterRequest>(cluster)).unwrap();
    let delete = || read::<DeleteCapacityProviderRequest>(json!({"capacityProvider": "gpu"}));
    assert_eq!(
        ecs.refused(delete()),
        "ClientException: The capacity provider cannot be deleted because it is associated with cluster: demo. Remove \
         the capacity provider from the cluster and try again."
    );
    ecs.run(read::<DeleteClusterRequest>(json!({"cluster": "demo"}))).unwrap();
    let gone = ecs.run(delete()).unwrap().capacity_provider;
    assert_eq!(
        (gone.status.as_str(), gone.update_status.as_deref()),
        ("INACTIVE", Some("DELETE_COMPLETE"))
    );
    assert_eq!(
        ecs.refused(delete()),
        "ClientException: The specified capacity provider does not exist. Specify a valid name or ARN and try again."
    );
}

#[test]
fn providers_including_those_of_fargate_are_described_by_name() {
    let mut ecs = EcsBench::new();
    ecs.run(create("gpu")).unwrap();
    ecs.state(|ecs| ecs.add_capacity_provider("spot"));
    let all = ecs.run(DescribeCapacityProvidersRequest::default()).unwrap().capacity_providers;
    let names: Vec<&str> = all.iter().map(|provider| provider.name.as_str()).collect();
    assert_eq!(names, ["FARGATE", "FARGATE_SPOT", "gpu", "spot"]);
    assert_eq!((all[0].r#type.as_deref(), all[2].tags.len()), (Some("FARGATE"), 0));
    let some = json!({"capacityProviders": ["gpu", "none", "FARGATE"], "include": ["TAGS"]});
    let some = ecs.run(read::<DescribeCapacityProvidersRequest>(some)).unwrap();
    assert_eq!((some.capacity_providers.len(), some.capacity_providers[1].tags.len()), (2, 1));
    assert_eq!(some.failures[0].reason, "MISSING");
    let mut pages = 0;
    let mut token = Value::Null;
    loop {
        let request = json!({"maxResults": 3, "nextToken": token});
        let page = ecs.run(read::<DescribeCapacityProvidersRequest>(request)).unwrap();
        pages += 1;
        let Some(next) = page.next_token else { break };
        token = next.into();
    }
    assert_eq!(pages, 2);
}

#[test]
fn reserved_and_bad_names_are_refused() {
    let mut ecs = EcsBench::new();
    assert!(ecs.refused(create("a b")).contains("Capacity provider name must match"));
    assert!(ecs.refused(create("ecs-own")).contains("must not start with aws, ecs or fargate"));
    let fargate = read::<DeleteCapacityProviderRequest>(json!({"capacityProvider": "FARGATE"}));
    assert!(ecs.refused(fargate).contains("are reserved and cannot be deleted"));
    let managed = json!({"name": "managed", "cluster": "demo"});
    let error = ecs.run(read::<CreateCapacityProviderRequest>(managed)).unwrap_err();
    assert_eq!((error.code.as_ref(), error.status), ("NotImplemented", 501));
}

#[test]
fn names_in_an_older_snapshot_are_read() {
    let mut ecs = EcsBench::new();
    ecs.state(|ecs| ecs.add_capacity_provider("gpu"));
    let mut state = serde_json::to_value(ecs.state(|ecs| ecs.clone())).unwrap();
    state["capacity_providers"] = json!(["gpu"]);
    let read: crate::ecs::State = serde_json::from_value(state).unwrap();
    assert_eq!(read, ecs.state(|ecs| ecs.clone()));
}
