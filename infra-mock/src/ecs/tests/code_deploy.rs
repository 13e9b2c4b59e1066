//! Services with the deployment controller `CODE_DEPLOY`.

use serde_json::json;

use super::EcsBench;
use super::services::{create, delete, see, update};
use super::tasks::{foundation, read, slow};
use crate::ecs::{DescribeTaskSetsRequest, DescribeTasksRequest, ListTasksRequest};

const USE_CODE_DEPLOY: &str = "on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a \
                               new deployment.";

fn code_deploy() -> EcsBench {
    let mut ecs = foundation();
    slow(&mut ecs);
    let controller =
        json!({"deploymentController": {"type": "CODE_DEPLOY"}, "launchType": "FARGATE"});
    ecs.run(create(&controller)).unwrap();
    ecs
}

#[test]
fn the_service_starts_with_one_task_set() {
    let mut ecs = code_deploy();
    ecs.pass(60);
    let service = see(&mut ecs);
    assert_eq!((service.running_count, service.deployments.len()), (2, 0));
    assert_eq!(service.launch_type.as_deref(), Some("FARGATE"));
    let sets = service.task_sets.unwrap();
    let [set] = sets.as_slice() else { panic!("{sets:?}") };
    assert_eq!((set.status.as_str(), set.stability_status.as_str()), ("PRIMARY", "STEADY_STATE"));
    assert_eq!((set.computed_desired_count, set.running_count), (2, 2));
    assert_eq!(
        (set.scale.value, Some(&set.task_definition)),
        (Some(100.0), service.task_definition.as_ref())
    );
    let listed = read::<ListTasksRequest>(json!({"cluster": "demo", "startedBy": set.id}));
    assert_eq!(ecs.run(listed).unwrap().task_arns.len(), 2);
    let sets = json!({"cluster": "demo", "service": "web", "taskSets": [set.id]});
    let refused = ecs.refused(read::<DescribeTaskSetsRequest>(sets));
    assert!(refused.contains("external deployment controllers"), "{refused}");
}

#[test]
fn only_parameters_that_start_no_deployment_can_be_updated() {
    let mut ecs = code_deploy();
    let network = json!({"awsvpcConfiguration": {"subnets": ["subnet-1"]}});
    for (changes, what) in [
        (json!({"taskDefinition": "app", "forceNewDeployment": true}), "update task definition"),
        (json!({"networkConfiguration": network}), "update network parameters"),
        (json!({"loadBalancers": []}), "update load balancers"),
        (json!({"forceNewDeployment": true}), "start a deployment"),
    ] {
        let refused = ecs.refused(update(&changes));
        assert_eq!(
            refused,
            format!("InvalidParameterException: Unable to {what} {USE_CODE_DEPLOY}")
        );
    }
    let changes = json!({"desiredCount": 1, "healthCheckGracePeriodSeconds": 30,
        "enableExecuteCommand": true, "forceNewDeployment": false});
    ecs.run(update(&changes)).unwrap();
    let stability = |ecs: &mut EcsBench| see(ecs).task_sets.unwrap()[0].stability_status.clone();
    assert_eq!(stability(&mut ecs), "STABILIZING");
    ecs.pass(60);
    assert_eq!(stability(&mut ecs), "STEADY_STATE");
    let service = see(&mut ecs);
    assert_eq!((service.running_count, service.deployments.len()), (1, 0));
    assert_eq!(service.health_check_grace_period_seconds, Some(30));
    ecs.run(update(&json!({"desiredCount": 0}))).unwrap();
    ecs.run(delete(false)).unwrap();
    ecs.pass(120);
    assert_eq!((see(&mut ecs).status.as_str(), see(&mut ecs).running_count), ("INACTIVE", 0));
}

#[test]
fn a_daemon_cannot_be_deployed_with_code_deploy() {
    let request =
        json!({"deploymentController": {"type": "CODE_DEPLOY"}, "schedulingStrategy": "DAEMON"});
    let refused = foundation().refused(create(&request));
    assert_eq!(refused, "InvalidParameterException: Scheduling strategy must be REPLICA.");
}

#[test]
fn a_forced_deletion_stops_the_tasks_of_the_task_set() {
    let mut ecs = code_deploy();
    ecs.pass(60);
    let set = see(&mut ecs).task_sets.unwrap().remove(0).id;
    let listed = read::<ListTasksRequest>(json!({"cluster": "demo"}));
    let tasks = ecs.run(listed).unwrap().task_arns;
    ecs.run(delete(true)).unwrap();
    ecs.pass(60);
    let described = read::<DescribeTasksRequest>(json!({"cluster": "demo", "tasks": tasks}));
    for task in ecs.run(described).unwrap().tasks {
        let reason = task.stopped_reason.unwrap();
        assert!(reason.ends_with(&format!("(deployment {set})")), "{reason}");
    }
}
