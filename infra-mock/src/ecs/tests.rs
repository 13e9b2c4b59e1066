//! Tests for ECS, one behavior per test.

mod account;
mod attributes;
mod capacity;
mod capacity_providers;
mod cluster;
mod code_deploy;
mod deployments;
mod listing;
mod services;
mod tags;
mod task_definitions;
mod task_sets;
mod tasks;

use std::time::Duration;

use infra_core::arn::{Location, Partition};

use super::{
    CapacityProviderStrategyItem, Cluster, ClusterSetting, CreateClusterRequest,
    DeleteClusterRequest, DescribeClustersRequest, DescribeClustersResponse, Scripts, State, Tag,
    settle,
};
use crate::access::Permissions;
use crate::api::{ApiResult, Call, Caller, Operation, World, perform};
use crate::time::Timestamp;

/// A mock world with one caller, and a clock that tests can advance.
struct EcsBench {
    world: World,
    now: Timestamp,
    caller: Caller,
    scripts: Scripts,
}

impl EcsBench {
    fn new() -> Self {
        let location = Location {
            partition: Partition::Aws,
            account_id: "123456789012".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
        };
        let arn = "arn:aws:iam::123456789012:user/ops".to_owned();
        let caller = Caller {
            location,
            arn,
            user_id: "AIDAEXAMPLE".to_owned(),
            permissions: Permissions::default(),
        };
        Self {
            world: World::new(1),
            now: Timestamp::from_millis(1_000_000),
            caller,
            scripts: Scripts::default(),
        }
    }

    fn run<O: Operation>(&mut self, operation: O) -> ApiResult<O::Output> {
        settle(&mut self.world, &self.scripts, self.now);
        perform(
            operation,
            &mut Call { caller: &self.caller, now: self.now, world: &mut self.world },
        )
    }

    /// Runs an operation that must fail without changing the world, and returns `code: message`.
    fn refused<O: Operation>(&mut self, operation: O) -> String {
        // The first access to a region creates an empty state. This must not count as a change.
        self.state(|_| ());
        settle(&mut self.world, &self.scripts, self.now);
        let before = self.world.clone();
        let error = self.run(operation).expect_err("the operation fails");
        assert_eq!(error.status, 400);
        assert_eq!(self.world, before, "a refused call changes nothing");
        error.to_string()
    }

    fn state<T>(&mut self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut call = Call { caller: &self.caller, now: self.now, world: &mut self.world };
        act(call.ecs())
    }

    fn caller_ecr<T>(&mut self, act: impl FnOnce(&mut crate::ecr::State) -> T) -> T {
        let mut call = Call { caller: &self.caller, now: self.now, world: &mut self.world };
        act(call.ecr())
    }

    fn pass(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
    }

    fn create(&mut self, request: CreateClusterRequest) -> Cluster {
        self.run(request).unwrap().cluster
    }

    fn delete(&mut self, name: &str) -> Cluster {
        self.run(DeleteClusterRequest { cluster: Some(name.to_owned()) }).unwrap().cluster
    }

    fn describe(&mut self, clusters: &[&str], include: &[&str]) -> DescribeClustersResponse {
        self.run(DescribeClustersRequest {
            clusters: Some(owned(clusters)),
            include: Some(owned(include)),
        })
        .unwrap()
    }

    /// Describes an existing cluster with all its fields.
    fn look(&mut self, name: &str) -> Cluster {
        self.describe(&[name], &ALL_FIELDS).clusters.pop().unwrap()
    }
}

const ALL_FIELDS: [&str; 5] = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"];
const ARN: &str = "arn:aws:ecs:us-east-1:123456789012:cluster/demo";

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// Creates a `CreateCluster` request that contains only the name.
fn named(name: &str) -> CreateClusterRequest {
    CreateClusterRequest { cluster_name: Some(name.to_owned()), ..Default::default() }
}

/// Creates a request for the cluster `demo` with the members that ecs-foundation sets.
fn demo() -> CreateClusterRequest {
    CreateClusterRequest {
        tags: Some(vec![Tag::new("Name", "demo")]),
        settings: Some(vec![ClusterSetting::container_insights("enabled")]),
        capacity_providers: Some(owned(&["FARGATE", "FARGATE_SPOT"])),
        default_capacity_provider_strategy: Some(vec![CapacityProviderStrategyItem::new(
            "FARGATE", 1, 100,
        )]),
        ..named("demo")
    }
}

#[test]
fn every_operation_is_listed_once_and_in_order() {
    assert_eq!(super::OPERATIONS.len(), 49);
    assert!(super::OPERATIONS.is_sorted());
    for operation in infra_core::operation::ecs::ALL {
        assert!(super::OPERATIONS.contains(&operation.name()), "{operation}");
    }
}

#[test]
fn requests_and_responses_use_the_names_of_aws() {
    let request = r#"{
        "clusterName": "demo",
        "settings": [{"name": "containerInsights", "value": "enhanced"}],
        "configuration": {"executeCommandConfiguration": {"kmsKeyId": "k", "logging": "OVERRIDE",
            "logConfiguration": {"s3BucketName": "b", "s3EncryptionEnabled": true}}},
        "serviceConnectDefaults": {"namespace": "shop"},
        "somethingNew": 1
    }"#;
    let mut ecs = EcsBench::new();
    let cluster = ecs.run(serde_json::from_str::<CreateClusterRequest>(request).unwrap()).unwrap();
    let cluster = serde_json::to_value(cluster).unwrap()["cluster"].take();
    assert_eq!(cluster["clusterArn"], ARN);
    assert_eq!(cluster["registeredContainerInstancesCount"], 0);
    assert_eq!(cluster["settings"][0]["value"], "enhanced");
    let execute_command = &cluster["configuration"]["executeCommandConfiguration"];
    assert_eq!(execute_command["logConfiguration"]["s3BucketName"], "b");
    assert_eq!(cluster["attachments"][0]["type"], "sc");
    assert_eq!(cluster["attachmentsStatus"], "UPDATE_COMPLETE");
    let namespace = cluster["serviceConnectDefaults"]["namespace"].as_str().unwrap();
    assert!(namespace.starts_with("arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-"));
}

#[test]
fn a_state_survives_serialization() {
    let mut ecs = EcsBench::new();
    ecs.create(demo());
    ecs.state(|ecs| ecs.add_service("demo", "web", super::ServiceFixture::default()));
    let text = serde_json::to_string(&ecs.world).unwrap();
    assert_eq!(serde_json::from_str::<World>(&text).unwrap(), ecs.world);
}
