//! Tests for service deployments and revisions, task protection, namespaces, and commands in tasks.

use std::time::Duration;

use serde_json::{Value, json};

use super::EcsBench;
use super::services::{create, delete, see, tasks, update};
use super::tasks::{definition, foundation, read};
use crate::ecs::{
    DescribeServiceDeploymentsRequest, DescribeServiceRevisionsRequest, ExecuteCommandRequest,
    GetTaskProtectionRequest, ListServiceDeploymentsRequest, ListServicesByNamespaceRequest,
    ListTasksRequest, RunTaskRequest, ServiceDeployment, ServiceDeploymentBrief,
    UpdateTaskProtectionRequest,
};

fn listed(ecs: &mut EcsBench, filter: &Value) -> Vec<ServiceDeploymentBrief> {
    let mut request = json!({"cluster": "demo", "service": "web"});
    request.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
    ecs.run(read::<ListServiceDeploymentsRequest>(request)).unwrap().service_deployments
}

fn described(ecs: &mut EcsBench, arn: &str) -> ServiceDeployment {
    let request = json!({"serviceDeploymentArns": [arn]});
    let found = ecs.run(read::<DescribeServiceDeploymentsRequest>(request)).unwrap();
    found.service_deployments.into_iter().next().unwrap()
}

fn statuses(ecs: &mut EcsBench) -> Vec<String> {
    listed(ecs, &json!({})).into_iter().map(|brief| brief.status).collect()
}

#[test]
fn deployments_of_a_service_and_their_revisions_are_described() {
    let mut ecs = foundation();
    ecs.run(create(&json!({}))).unwrap();
    assert_eq!(statuses(&mut ecs), ["SUCCESSFUL"]);
    let first = listed(&mut ecs, &json!({})).remove(0);
    let start = "arn:aws:ecs:us-east-1:123456789012:service-deployment/demo/web/";
    assert!(first.service_deployment_arn.starts_with(start), "{first:?}");
    // An empty cluster counts as missing, so the cluster in the ARN applies.
    let by_arn =
        json!({"cluster": "", "service": "arn:aws:ecs:us-east-1:123456789012:service/demo/web"});
    assert_eq!(listed(&mut ecs, &by_arn), std::slice::from_ref(&first));
    ecs.now = ecs.now.after(Duration::from_mins(1));
    ecs.run(definition(&json!({"environment": []}))).unwrap();
    ecs.run(update(&json!({"taskDefinition": "app"}))).unwrap();
    assert_eq!(statuses(&mut ecs), ["SUCCESSFUL", "SUCCESSFUL"]);
    let second = listed(&mut ecs, &json!({"maxResults": 1})).remove(0);
    let found = described(&mut ecs, &second.service_deployment_arn);
    assert_eq!(found.target_service_revision.arn, second.target_service_revision_arn);
    assert_eq!(found.target_service_revision.running_task_count, 2);
    assert_eq!(found.source_service_revisions[0].arn, first.target_service_revision_arn);
    let breaker = found.deployment_circuit_breaker.unwrap();
    assert_eq!(breaker.status.as_deref(), Some("DISABLED"));
    // The ID of a service revision is the deployment's ID without the prefix `ecs-svc/`.
    let id = see(&mut ecs).deployments[0].id.replace("ecs-svc/", "");
    assert!(second.target_service_revision_arn.ends_with(&id));
    let arns = [&second.target_service_revision_arn, &first.target_service_revision_arn];
    let request = json!({"serviceRevisionArns": arns});
    let revisions = ecs.run(read::<DescribeServiceRevisionsRequest>(request)).unwrap();
    let revisions = revisions.service_revisions;
    assert!(revisions[0].task_definition.ends_with("task-definition/app:2"));
    assert!(revisions[1].task_definition.ends_with("task-definition/app:1"));
    assert_eq!(revisions[0].container_images[0].container_name.as_deref(), Some("web"));
    let before = json!({"createdAt": {"before": 1030}, "status": ["SUCCESSFUL"]});
    assert_eq!(listed(&mut ecs, &before), [first]);
    assert_eq!(listed(&mut ecs, &json!({"status": ["IN_PROGRESS"]})), []);
}

#[test]
fn a_deployment_that_fails_is_rolled_back_or_stopped() {
    let mut ecs = foundation();
    let breaker = |rollback: bool| json!({"deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": true, "rollback": rollback}}});
    ecs.run(create(&breaker(true))).unwrap();
    ecs.run(definition(&json!({"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:none"})))
        .unwrap();
    ecs.run(update(&json!({"taskDefinition": "app"}))).unwrap();
    assert_eq!(statuses(&mut ecs), ["IN_PROGRESS", "SUCCESSFUL"]);
    ecs.now = ecs.now.after(Duration::from_hours(1));
    assert_eq!(statuses(&mut ecs), ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]);
    let arn = listed(&mut ecs, &json!({}))[0].service_deployment_arn.clone();
    let found = described(&mut ecs, &arn);
    let first = listed(&mut ecs, &json!({}))[1].target_service_revision_arn.clone();
    assert_eq!(found.rollback.unwrap().service_revision_arn, Some(first));
    let counts = found.deployment_circuit_breaker.unwrap();
    assert_eq!((counts.status.as_deref(), counts.threshold), (Some("TRIGGERED"), Some(3)));
    assert!(counts.failure_count >= Some(3), "{:?}", counts.failure_count);

    let mut change = breaker(false);
    change["taskDefinition"] = "app".into();
    ecs.run(update(&change)).unwrap();
    ecs.now = ecs.now.after(Duration::from_hours(1));
    assert_eq!(statuses(&mut ecs)[0], "STOPPED");

    // A deployment that a newer one replaces is STOPPED, but not by the circuit breaker.
    for change in [json!({"taskDefinition": "app:1"}), change, json!({"taskDefinition": "app:1"})] {
        ecs.run(update(&change)).unwrap();
    }
    let replaced = listed(&mut ecs, &json!({}))[1].clone();
    assert_eq!(replaced.status, "STOPPED");
    let counts = described(&mut ecs, &replaced.service_deployment_arn);
    let counts = counts.deployment_circuit_breaker.unwrap();
    assert_eq!(counts.status.as_deref(), Some("MONITORING_COMPLETE"));
    ecs.run(delete(true)).unwrap();
    assert_eq!(statuses(&mut ecs)[0], "SUCCESSFUL");
}

#[test]
fn deployments_that_do_not_exist_are_reported() {
    let mut ecs = foundation();
    ecs.run(create(&json!({}))).unwrap();
    let arn = |name: &str| format!("arn:aws:ecs:us-east-1:123456789012:service-revision/{name}");
    let ask = |name: &str| {
        read::<DescribeServiceRevisionsRequest>(json!({"serviceRevisionArns": [arn(name)]}))
    };
    let found = ecs.run(ask("demo/web/0")).unwrap();
    assert_eq!((found.failures[0].reason.as_str(), found.service_revisions.len()), ("MISSING", 0));
    assert_eq!(ecs.refused(ask("demo/none/0")), "ServiceNotFoundException: Service not found.");
    assert_eq!(ecs.refused(ask("none/web/0")), "ClusterNotFoundException: Cluster not found.");
    let error = ecs.refused(ask("web"));
    assert!(error.starts_with("InvalidParameterException: "), "{error}");
    let none = read::<DescribeServiceDeploymentsRequest>(json!({"serviceDeploymentArns": []}));
    let words = "InvalidParameterException: Service deployment ARNs cannot be empty.";
    assert_eq!(ecs.refused(none), words);
}

#[test]
fn protected_tasks_survive_a_scale_in_until_the_protection_ends() {
    let mut ecs = foundation();
    ecs.run(create(&json!({}))).unwrap();
    let running = tasks(&mut ecs, "RUNNING");
    let protect = json!({
        "cluster": "demo", "tasks": running, "protectionEnabled": true, "expiresInMinutes": 10,
    });
    let protected = ecs.run(read::<UpdateTaskProtectionRequest>(protect)).unwrap();
    let until = ecs.now.after(Duration::from_mins(10));
    assert_eq!(protected.protected_tasks[0].expiration_date, Some(until));
    ecs.run(update(&json!({"desiredCount": 0}))).unwrap();
    assert_eq!(tasks(&mut ecs, "RUNNING"), running);
    let unprotect = json!({"cluster": "demo", "tasks": [running[0]], "protectionEnabled": false});
    ecs.run(read::<UpdateTaskProtectionRequest>(unprotect)).unwrap();
    ecs.now = ecs.now.after(Duration::from_mins(10));
    assert_eq!(tasks(&mut ecs, "RUNNING"), Vec::<String>::new());
    let get = json!({"cluster": "demo", "tasks": [running[1]]});
    let found = ecs.run(read::<GetTaskProtectionRequest>(get)).unwrap();
    assert!(!found.protected_tasks[0].protection_enabled);
}

fn standalone(ecs: &mut EcsBench, changes: &Value) -> String {
    let mut request = json!({
        "cluster": "demo",
        "taskDefinition": "app",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
    });
    request.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let made = ecs.run(read::<RunTaskRequest>(request)).unwrap();
    made.tasks[0].task_arn.clone()
}

#[test]
fn only_tasks_of_services_can_be_protected() {
    let mut ecs = foundation();
    let own = standalone(&mut ecs, &json!({}));
    let protect = |tasks: Value, minutes: i32| {
        read::<UpdateTaskProtectionRequest>(json!({
            "cluster": "demo", "tasks": tasks, "protectionEnabled": true, "expiresInMinutes": minutes,
        }))
    };
    let found = ecs.run(protect(json!([own, "none"]), 1)).unwrap();
    let reasons: Vec<&str> = found.failures.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!(reasons, ["TASK_NOT_VALID", "MISSING"]);
    for (tasks, minutes, words) in [
        (json!([]), 1, "Tasks cannot be empty."),
        (json!(vec!["x"; 11]), 1, "taskIds can have at most 10 items."),
        (json!(["x"]), 0, "expiresInMinutes must be between 1 and 2880."),
        (json!(["x"]), 2881, "expiresInMinutes must be between 1 and 2880."),
    ] {
        let error = ecs.refused(protect(tasks, minutes));
        assert_eq!(error, format!("InvalidParameterException: {words}"));
    }
}

#[test]
fn commands_run_in_tasks_that_allow_them() {
    let mut ecs = foundation();
    let task = standalone(&mut ecs, &json!({"enableExecuteCommand": true}));
    let execute = |task: &str, changes: Value| {
        let mut request = json!({
            "cluster": "demo", "task": task, "command": "/bin/sh", "interactive": true,
        });
        request.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        read::<ExecuteCommandRequest>(request)
    };
    // Each call first brings the tasks up to date, so the task is running after this call.
    ecs.run(read::<ListTasksRequest>(json!({"cluster": "demo"}))).unwrap();
    let found = ecs.run(execute(&task, json!({}))).unwrap();
    assert_eq!((found.container_name.as_str(), found.interactive), ("web", true));
    let session = found.session.session_id.unwrap();
    assert!(session.starts_with("ecs-execute-command-0") && session.len() == 37, "{session}");
    let url = found.session.stream_url.unwrap();
    let start = format!("wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/{session}?");
    assert!(url.starts_with(&start), "{url}");
    let off = standalone(&mut ecs, &json!({}));
    for (task, changes, words) in [
        (
            task.as_str(),
            json!({"interactive": false}),
            "Interactive is the only mode supported currently.",
        ),
        (task.as_str(), json!({"container": "none"}), "The referenced container was not found."),
        ("none", json!({}), "The referenced task was not found."),
        (
            off.as_str(),
            json!({}),
            "The execute command failed because execute command was not enabled",
        ),
    ] {
        let error = ecs.refused(execute(task, changes));
        assert!(error.starts_with(&format!("InvalidParameterException: {words}")), "{error}");
    }
}

#[test]
fn services_are_listed_by_namespace() {
    let mut ecs = foundation();
    let connect =
        json!({"serviceConnectConfiguration": {"enabled": true, "namespace": "internal"}});
    ecs.run(create(&connect)).unwrap();
    ecs.run(create(&json!({"serviceName": "other"}))).unwrap();
    let mut list = |namespace: &str| {
        let request = json!({"namespace": namespace});
        ecs.run(read::<ListServicesByNamespaceRequest>(request)).unwrap().service_arns
    };
    let web = "arn:aws:ecs:us-east-1:123456789012:service/demo/web";
    assert_eq!(list("internal"), [web]);
    assert_eq!(list("other"), Vec::<String>::new());
}
