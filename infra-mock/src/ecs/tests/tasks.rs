//! Tests for running, describing, listing and stopping tasks, and for the platform that runs them.

mod platform;
mod requests;

use serde_json::{Value, json};

use super::EcsBench;
use crate::api::{Call, Lag, Operation};
use crate::ecs::{
    CreateClusterRequest, DescribeTasksRequest, RegisterTaskDefinitionRequest, RunTaskRequest,
    StopTaskRequest, Task,
};
use crate::{ecr, iam, logs};

const EXECUTION: &str = "arn:aws:iam::123456789012:role/execution";
const EXECUTION_POLICY: &str =
    "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
pub(super) const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
pub(super) const IMAGE: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1";
const HOUR: u64 = 3600;

pub(super) fn read<O: Operation>(request: Value) -> O {
    serde_json::from_value(request).unwrap()
}

/// Creates everything that a task needs: the roles, a repository with an image, the log group, the
/// cluster and the task definition.
pub(super) fn foundation() -> EcsBench {
    let mut ecs = EcsBench::new();
    for name in ["execution", "task"] {
        let request = json!({"RoleName": name, "AssumeRolePolicyDocument": TRUST});
        ecs.run(read::<iam::CreateRoleRequest>(request)).unwrap();
    }
    let request = json!({"RoleName": "execution", "PolicyArn": EXECUTION_POLICY});
    ecs.run(read::<iam::AttachRolePolicyRequest>(request)).unwrap();
    ecs.run(read::<ecr::CreateRepositoryRequest>(json!({"repositoryName": "app"}))).unwrap();
    let now = ecs.now;
    Call { caller: &ecs.caller, now, world: &mut ecs.world }.ecr().push_image(
        "app",
        Some("1"),
        now,
    );
    let request = json!({"logGroupName": "/ecs/app"});
    ecs.run(read::<logs::CreateLogGroupRequest>(request)).unwrap();
    ecs.run(read::<CreateClusterRequest>(json!({
        "clusterName": "demo",
        "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
        "defaultCapacityProviderStrategy": [{"capacityProvider": "FARGATE", "base": 1, "weight": 100}]
    })))
    .unwrap();
    ecs.run(definition(&json!({}))).unwrap();
    ecs
}

/// Returns a request to register the task definition `app`, with these changes to its container.
pub(super) fn definition(container: &Value) -> RegisterTaskDefinitionRequest {
    let mut request = json!({
        "family": "app",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": EXECUTION,
        "taskRoleArn": "arn:aws:iam::123456789012:role/task",
        "containerDefinitions": [{
            "name": "web",
            "image": IMAGE,
            "environment": [{"name": "STAGE", "value": "test"}],
            "logConfiguration": {"logDriver": "awslogs", "options": {
                "awslogs-group": "/ecs/app", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs"
            }}
        }]
    });
    for (name, value) in container.as_object().unwrap() {
        request["containerDefinitions"][0][name] = value.clone();
    }
    read(request)
}

/// Returns a request to run the task definition `app`, with these changes to the request.
fn run(changes: &Value) -> RunTaskRequest {
    let mut request = json!({
        "cluster": "demo",
        "taskDefinition": "app",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    });
    for (name, change) in changes.as_object().unwrap() {
        request[name] = change.clone();
    }
    read(request)
}

/// Runs one task and returns its ID.
fn one(ecs: &mut EcsBench) -> String {
    id(&ecs.run(run(&json!({}))).unwrap().tasks[0])
}

fn id(task: &Task) -> String {
    task.task_arn.rsplit('/').next().unwrap().to_owned()
}

pub(super) fn look(ecs: &mut EcsBench, id: &str) -> Task {
    let request = json!({"cluster": "demo", "tasks": [id], "include": ["TAGS"]});
    ecs.run(read::<DescribeTasksRequest>(request)).unwrap().tasks.remove(0)
}

pub(super) fn stop(id: &str) -> StopTaskRequest {
    read(json!({"cluster": "demo", "task": id}))
}

/// Sets the lags to those measured for a real task, rounded to seconds.
pub(super) fn slow(ecs: &mut EcsBench) {
    let seconds = std::time::Duration::from_secs;
    ecs.world.lag = Lag {
        task_provisioning: seconds(3),
        task_pending: seconds(17),
        task_stopping: seconds(30),
        ..Lag::default()
    };
}
