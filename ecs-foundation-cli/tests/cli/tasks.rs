//! Tests that a task runs on the foundation that the program creates, and that the task fails if
//! any piece of the foundation is broken.

use infra_mock::api::Operation;
use infra_mock::ecs::{
    DescribeTasksRequest, ListTasksRequest, RegisterTaskDefinitionRequest, RunTaskRequest, Script,
    StopTaskRequest, Task,
};
use infra_mock::external_change::ExternalChange;
use infra_mock::{MockAws, ecr, ecs, iam, logs};
use serde_json::{Value, json};

use crate::sandbox::{Backend, Sandbox};

const CLUSTER: &str = "demo-dev-cluster";
const EXECUTION_ROLE: &str = "demo-dev-ecs-execution-role";
const TASK_ROLE: &str = "demo-dev-ecs-task-role";
const MANAGED: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
const INLINE_POLICY: &str = "demo-dev-ecs-task-policy";
const NOT_ASSUMED: &[&str] = &["ClientException: ECS was unable to assume the role"];

/// Makes a call with a request in AWS's JSON format.
fn try_call<O: Operation>(mock: &MockAws, request: Value) -> Result<O::Output, String> {
    let request: O = serde_json::from_value(request).expect("the request is valid");
    mock.call(request).map_err(|refusal| refusal.to_string())
}

#[track_caller]
fn call<O: Operation>(mock: &MockAws, request: Value) -> O::Output {
    try_call::<O>(mock, request).unwrap_or_else(|refusal| panic!("{}: {refusal}", O::NAME))
}

fn distrust(mock: &MockAws, role: &str) {
    let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}});
    let request = json!({"RoleName": role, "PolicyDocument": document.to_string()});
    call::<iam::UpdateAssumeRolePolicyRequest>(mock, request);
}

fn detach(mock: &MockAws) {
    let request = json!({"RoleName": EXECUTION_ROLE, "PolicyArn": MANAGED});
    call::<iam::DetachRolePolicyRequest>(mock, request);
}

fn delete_inline_policy(mock: &MockAws) {
    let request = json!({"RoleName": TASK_ROLE, "PolicyName": INLINE_POLICY});
    call::<iam::DeleteRolePolicyRequest>(mock, request);
}

/// A function that breaks one piece of the foundation.
type Break = fn(&MockAws);

/// The pieces of the foundation. Each entry contains the name of a piece, a function that breaks
/// the piece, and texts that must occur in the resulting message. This message is the error from
/// `RunTask`, the task's stop reason, or the last line of the task's log.
const PIECES: [(&str, Break, &[&str]); 13] = [
    ("execution role's trust policy", |mock| distrust(mock, EXECUTION_ROLE), NOT_ASSUMED),
    ("task role's trust policy", |mock| distrust(mock, TASK_ROLE), NOT_ASSUMED),
    (
        "execution role",
        |mock| {
            detach(mock);
            call::<iam::DeleteRoleRequest>(mock, json!({"RoleName": EXECUTION_ROLE}));
        },
        NOT_ASSUMED,
    ),
    (
        "task role",
        |mock| {
            delete_inline_policy(mock);
            call::<iam::DeleteRoleRequest>(mock, json!({"RoleName": TASK_ROLE}));
        },
        NOT_ASSUMED,
    ),
    (
        "attached policy",
        detach,
        &[
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval \
           failed: unable to retrieve ecr registry auth: ",
        ],
    ),
    (
        "inline policy",
        delete_inline_policy,
        &["is not authorized to perform: logs:CreateLogStream"],
    ),
    (
        "inline policy's effect",
        |mock| {
            let document = json!({"Version": "2012-10-17", "Statement": {
                "Effect": "Deny", "Action": "logs:CreateLogStream", "Resource": "*"}});
            let request = json!({"RoleName": TASK_ROLE, "PolicyName": INLINE_POLICY,
                "PolicyDocument": document.to_string()});
            call::<iam::PutRolePolicyRequest>(mock, request);
        },
        &["is not authorized to perform: logs:CreateLogStream"],
    ),
    (
        "log group",
        |mock| call::<logs::DeleteLogGroupRequest>(mock, json!({"logGroupName": "/ecs/demo-dev"})),
        &[
            "failed to create Cloudwatch log stream: ResourceNotFoundException",
            "ResourceNotFoundException: The specified log group does not exist.",
        ],
    ),
    (
        "image",
        |mock| {
            let image = json!({"repositoryName": "demo-dev-app", "imageIds": [{"imageTag": "1"}]});
            call::<ecr::BatchDeleteImageRequest>(mock, image);
        },
        &["CannotPullContainerError: ", ": not found"],
    ),
    (
        "repository",
        |mock| {
            let repository = json!({"repositoryName": "demo-dev-app", "force": true});
            call::<ecr::DeleteRepositoryRequest>(mock, repository);
        },
        &[": not found"],
    ),
    (
        "repository policy",
        |mock| {
            let get = json!({"repositoryName": "demo-dev-app"});
            let policy = call::<ecr::GetRepositoryPolicyRequest>(mock, get).policy_text;
            let denied = policy.replace("\"Allow\"", "\"Deny\"");
            let set = json!({"repositoryName": "demo-dev-app", "policyText": denied});
            call::<ecr::SetRepositoryPolicyRequest>(mock, set);
        },
        &["403 Forbidden"],
    ),
    (
        "capacity providers",
        |mock| {
            let none = json!({"cluster": CLUSTER, "capacityProviders": [],
                "defaultCapacityProviderStrategy": []});
            call::<ecs::PutClusterCapacityProvidersRequest>(mock, none);
        },
        &["InvalidParameterException: No Container Instances were found in your cluster."],
    ),
    (
        "cluster",
        |mock| {
            call::<ecs::DeleteClusterRequest>(mock, json!({"cluster": CLUSTER}));
        },
        &["ClusterNotFoundException: The referenced cluster was inactive."],
    ),
];

/// Starts a task, and returns its description.
fn run(mock: &MockAws) -> Result<Task, String> {
    let network = json!({"awsvpcConfiguration": {"subnets": ["subnet-1"]}});
    let request =
        json!({"cluster": CLUSTER, "taskDefinition": "app", "networkConfiguration": network});
    let started = try_call::<RunTaskRequest>(mock, request)?;
    let request = json!({"cluster": CLUSTER, "tasks": [started.tasks[0].task_arn]});
    Ok(call::<DescribeTasksRequest>(mock, request).tasks.remove(0))
}

fn lines(mock: &MockAws, task: &Task) -> Vec<String> {
    let id = task.task_arn.rsplit('/').next().unwrap();
    let request = json!({"logGroupName": "/ecs/demo-dev", "logStreamName": format!("ecs/app/{id}"),
        "startFromHead": true});
    let events = call::<logs::GetLogEventsRequest>(mock, request).events;
    let events = serde_json::to_value(events).unwrap();
    let text = |event: &Value| event["message"].as_str().unwrap().to_owned();
    events.as_array().unwrap().iter().map(text).collect()
}

/// Checks that a task runs and writes its logs. Then stops all tasks, so that the test can change
/// the cluster.
#[track_caller]
fn assert_runs(mock: &MockAws, when: &str) {
    let task = run(mock).unwrap_or_else(|refusal| panic!("{when}: {refusal}"));
    assert_eq!(task.last_status, "RUNNING", "{when}: {:?}", task.stopped_reason);
    assert_eq!(task.capacity_provider_name.as_deref(), Some("FARGATE"), "{when}");
    let clusters = json!({"clusters": [CLUSTER]});
    let clusters = call::<ecs::DescribeClustersRequest>(mock, clusters).clusters;
    assert_eq!(clusters[0].running_tasks_count, 1, "{when}");
    assert_eq!(lines(mock, &task), ["ready", "audit"], "{when}");
    for task in call::<ListTasksRequest>(mock, json!({"cluster": CLUSTER})).task_arns {
        call::<StopTaskRequest>(mock, json!({"cluster": CLUSTER, "task": task}));
    }
}

fn reason(mock: &MockAws) -> String {
    match run(mock) {
        Err(refusal) => refusal,
        Ok(task) if task.stop_code.as_deref() == Some("EssentialContainerExited") => {
            assert_eq!(task.containers[0].exit_code, Some(1));
            lines(mock, &task).pop().unwrap_or_default()
        }
        Ok(task) => {
            assert_eq!(task.last_status, "STOPPED");
            task.stopped_reason.unwrap_or_default()
        }
    }
}

#[test]
fn a_task_needs_each_piece_of_the_foundation_and_apply_repairs_it() {
    let sandbox = Sandbox::on(Backend::Http);
    let mock = sandbox.mock();
    // The code in the container writes to its own log stream, with the permissions of the task
    // role.
    let script = Script::runs().prints("ready").calls(|container| {
        let stream = json!({"logGroupName": "/ecs/demo-dev", "logStreamName": "audit"});
        let request: logs::CreateLogStreamRequest = serde_json::from_value(stream).unwrap();
        match container.call(request) {
            Err(refusal) if refusal.code != "ResourceAlreadyExistsException" => {
                container.print(refusal.to_string());
                container.exit(1, std::time::Duration::ZERO);
            }
            _ => container.print("audit"),
        }
    });
    mock.on_container("app", script);
    let repair = || {
        sandbox.run("apply --yes").succeeds();
        let (repository, tag) = ("demo-dev-app".to_owned(), Some("1".to_owned()));
        mock.seed(&ExternalChange::Image { repository, tag }).unwrap();
    };
    repair();
    let outputs = sandbox.run("output --format json").succeeds().json();
    let output = |name: &str| outputs[name]["value"].as_str().unwrap().to_owned();
    let logging = json!({"logDriver": "awslogs", "options": {
        "awslogs-group": output("cloudwatch_log_group_name"),
        "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs"}});
    let image = format!("{}:1", output("ecr_repository_url"));
    let definition = json!({
        "family": "app", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
        "cpu": "256", "memory": "512",
        "executionRoleArn": output("ecs_execution_role_arn"),
        "taskRoleArn": output("ecs_task_role_arn"),
        "containerDefinitions": [{"name": "app", "image": image, "logConfiguration": logging}]
    });
    call::<RegisterTaskDefinitionRequest>(&mock, definition);
    assert_runs(&mock, "as created");
    for (piece, break_it, expected) in PIECES {
        break_it(&mock);
        let reason = reason(&mock);
        for part in expected {
            assert!(reason.contains(part), "{piece}: {reason}");
        }
        repair();
        assert_runs(&mock, piece);
    }
}
