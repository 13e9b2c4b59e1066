//! Services with an external deployment controller, and their task sets.

use serde_json::{Value, json};

use super::EcsBench;
use super::services::{create, delete, see, update};
use super::tasks::{foundation, look, read, slow};
use crate::ecs::{
    CreateTaskSetRequest, DeleteTaskSetRequest, DescribeTaskSetsRequest, DescribeTaskSetsResponse,
    ListTagsForResourceRequest, ListTasksRequest, TagResourceRequest, TaskSet,
    UpdateServicePrimaryTaskSetRequest, UpdateTaskProtectionRequest, UpdateTaskSetRequest,
};

fn named(changes: &Value) -> Value {
    let mut request = json!({"cluster": "demo", "service": "web"});
    for (name, change) in changes.as_object().unwrap() {
        request[name] = change.clone();
    }
    request
}

fn set(changes: &Value) -> CreateTaskSetRequest {
    let mut request = json!({
        "taskDefinition": "app",
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    });
    for (name, change) in changes.as_object().unwrap() {
        request[name] = change.clone();
    }
    read(named(&request))
}

/// Creates a cluster with a service whose deployments an external controller manages.
fn external() -> EcsBench {
    let mut ecs = foundation();
    let service = json!({"taskDefinition": null, "networkConfiguration": null,
        "deploymentController": {"type": "EXTERNAL"}});
    ecs.run(create(&service)).unwrap();
    ecs
}

fn describe(ecs: &mut EcsBench, sets: &[&str]) -> DescribeTaskSetsResponse {
    let request = named(&json!({"taskSets": sets, "include": ["TAGS"]}));
    ecs.run(read::<DescribeTaskSetsRequest>(request)).unwrap()
}

fn one(ecs: &mut EcsBench, id: &str) -> TaskSet {
    describe(ecs, &[id]).task_sets.remove(0)
}

fn counts(set: &TaskSet) -> (i32, i32, i32, &str) {
    (set.computed_desired_count, set.pending_count, set.running_count, &set.stability_status)
}

#[test]
fn an_external_service_accepts_no_parameters_of_task_sets() {
    let mut ecs = foundation();
    let external = |changes: &Value| {
        let mut request = json!({"taskDefinition": null, "networkConfiguration": null,
            "deploymentController": {"type": "EXTERNAL"}});
        for (name, change) in changes.as_object().unwrap() {
            request[name] = change.clone();
        }
        create(&request)
    };
    let network = json!({"awsvpcConfiguration": {"subnets": ["subnet-1"]}});
    for (changes, message) in [
        (json!({"taskDefinition": "app"}), "TaskDefinition must be blank."),
        (json!({"taskDefinition": ""}), "Family should not be null or empty."),
        (json!({"networkConfiguration": network}), "NetworkConfiguration must be null."),
        (
            json!({"loadBalancers": [{"containerName": "web"}]}),
            "LoadBalancers must be empty or null.",
        ),
        (json!({"schedulingStrategy": "DAEMON"}), "Scheduling strategy must be REPLICA."),
    ] {
        let refused = ecs.refused(external(&changes));
        assert_eq!(refused, format!("InvalidParameterException: {message}"));
    }
    let service = ecs.run(external(&json!({"desiredCount": null}))).unwrap().service;
    assert_eq!((service.desired_count, service.deployments.len()), (0, 0));
    assert_eq!((service.launch_type.as_deref(), service.task_sets), (Some("EC2"), Some(vec![])));
    let refused = ecs.refused(update(&json!({"taskDefinition": "app"})));
    assert!(refused.contains("EXTERNAL deployment controller"), "{refused}");
    assert_eq!(ecs.run(update(&json!({"desiredCount": 3}))).unwrap().service.desired_count, 3);
    ecs.run(create(&json!({"serviceName": "other"}))).unwrap();
    let other = json!({"service": "other", "taskSets": ["ecs-svc/1"]});
    assert_eq!(
        ecs.refused::<DescribeTaskSetsRequest>(read(named(&other))),
        "InvalidParameterException: Amazon ECS only supports task set management on services configured to use \
         external deployment controllers."
    );
}

#[test]
fn task_sets_run_their_share_of_the_desired_count() {
    let mut ecs = external();
    slow(&mut ecs);
    let tags = json!({"tags": [{"key": "Team", "value": "shop"}], "externalId": "blue"});
    let blue = ecs.run(set(&tags)).unwrap().task_set;
    let arn = format!("arn:aws:ecs:us-east-1:123456789012:task-set/demo/web/{}", blue.id);
    assert_eq!((&blue.task_set_arn, blue.external_id.as_deref()), (&arn, Some("blue")));
    assert_eq!((counts(&blue), blue.scale.value), ((0, 0, 0, "STABILIZING"), Some(0.0)));
    assert_eq!(counts(&one(&mut ecs, &arn)), (0, 0, 0, "STEADY_STATE"));

    let scale = |id: &str, percent: f64| {
        let scale = json!({"value": percent, "unit": "PERCENT"});
        read::<UpdateTaskSetRequest>(named(&json!({"taskSet": id, "scale": scale})))
    };
    // The desired count is 2, and shares are rounded up.
    assert_eq!(ecs.run(scale(&blue.id, 51.0)).unwrap().task_set.computed_desired_count, 2);
    assert_eq!(counts(&one(&mut ecs, &blue.id)), (2, 2, 0, "STABILIZING"));
    ecs.pass(60);
    assert_eq!(counts(&one(&mut ecs, &blue.id)), (2, 0, 2, "STEADY_STATE"));
    let listed = read::<ListTasksRequest>(json!({"cluster": "demo", "startedBy": blue.id}));
    let tasks = ecs.run(listed).unwrap().task_arns;
    let task = look(&mut ecs, tasks[0].rsplit('/').next().unwrap());
    assert_eq!(task.group.as_deref(), Some("service:web"));
    assert_eq!((tasks.len(), see(&mut ecs).running_count), (2, 2));

    let green = json!({"scale": {"value": 50.0, "unit": "PERCENT"}});
    let green = ecs.run(set(&green)).unwrap().task_set;
    ecs.run(scale(&blue.id, 0.0)).unwrap();
    let primary = named(&json!({"primaryTaskSet": green.id}));
    let primary = ecs.run(read::<UpdateServicePrimaryTaskSetRequest>(primary)).unwrap().task_set;
    assert_eq!(primary.status, "PRIMARY");
    ecs.pass(120);
    assert_eq!(counts(&one(&mut ecs, &green.id)), (1, 0, 1, "STEADY_STATE"));
    assert_eq!(counts(&one(&mut ecs, &blue.id)), (0, 0, 0, "STEADY_STATE"));
    let service = see(&mut ecs);
    assert_eq!(service.task_definition.as_ref(), Some(&green.task_definition));
    assert_eq!(service.launch_type.as_deref(), Some("FARGATE"));
    assert_eq!(service.task_sets.unwrap().len(), 2);

    let tag = json!({"resourceArn": arn, "tags": [{"key": "Stage", "value": "test"}]});
    ecs.run(read::<TagResourceRequest>(tag)).unwrap();
    let tags = read::<ListTagsForResourceRequest>(json!({"resourceArn": arn}));
    assert_eq!(ecs.run(tags).unwrap().tags.len(), 2);
    assert_eq!(one(&mut ecs, &blue.id).tags.len(), 2);
}

#[test]
fn a_task_set_is_deleted_when_its_tasks_have_stopped() {
    let mut ecs = external();
    slow(&mut ecs);
    let half = json!({"scale": {"value": 50.0, "unit": "PERCENT"}, "clientToken": "once"});
    let id = ecs.run(set(&half)).unwrap().task_set.id;
    assert_eq!(ecs.run(set(&half)).unwrap().task_set.id, id);
    let refused = ecs.refused(set(&json!({"clientToken": "once"})));
    assert!(refused.starts_with("InvalidParameterException: Arguments on this"), "{refused}");
    ecs.pass(60);
    let drop =
        |force: bool| read::<DeleteTaskSetRequest>(named(&json!({"taskSet": id, "force": force})));
    let refused = ecs.refused(drop(false));
    assert!(refused.starts_with("InvalidParameterException: "), "{refused}");
    assert_eq!(ecs.run(drop(true)).unwrap().task_set.status, "DRAINING");
    let gone = describe(&mut ecs, &[&id]);
    assert_eq!((gone.task_sets.len(), gone.failures[0].reason.as_str()), (0, "MISSING"));
    let refused = ecs.refused(drop(true));
    assert!(refused.starts_with("TaskSetNotFoundException: "), "{refused}");
    let invalid = |sets: Value| read::<DescribeTaskSetsRequest>(named(&json!({"taskSets": sets})));
    let refused = ecs.refused(invalid(json!(["task-set-1"])));
    assert_eq!(refused, "InvalidParameterException: Task Set Identifier is invalid");
    let refused = ecs.refused(invalid(json!([])));
    assert_eq!(refused, "InvalidParameterException: TaskSets cannot be empty.");

    for _ in 0..5 {
        ecs.run(set(&json!({}))).unwrap();
    }
    assert_eq!(
        ecs.refused(set(&json!({}))),
        "InvalidParameterException: 5 deployments exist on the service. Unable to create new TaskSet since this \
         exceeds the maximum limit."
    );
    let refused = ecs.refused(set(&json!({"scale": {"value": 101.0}})));
    assert!(refused.starts_with("InvalidParameterException: "), "{refused}");
    ecs.run(delete(true)).unwrap();
    let refused = ecs.refused(set(&json!({})));
    assert!(refused.starts_with("ServiceNotActiveException: "), "{refused}");
}

#[test]
fn a_draining_task_set_cannot_become_the_primary_one() {
    let mut ecs = external();
    let full = json!({"scale": {"value": 100.0, "unit": "PERCENT"}});
    let [blue, green] = [(); 2].map(|()| ecs.run(set(&full)).unwrap().task_set.id);
    let primary = |id: &str| {
        let request = named(&json!({"primaryTaskSet": id}));
        read::<UpdateServicePrimaryTaskSetRequest>(request)
    };
    ecs.run(primary(&blue)).unwrap();
    let listed = read::<ListTasksRequest>(json!({"cluster": "demo", "startedBy": green}));
    let tasks = ecs.run(listed).unwrap().task_arns;
    assert_eq!(tasks.len(), 2);
    let protect = json!({"cluster": "demo", "tasks": tasks, "protectionEnabled": true});
    ecs.run(read::<UpdateTaskProtectionRequest>(protect)).unwrap();

    let delete = named(&json!({"taskSet": green, "force": true}));
    ecs.run(read::<DeleteTaskSetRequest>(delete)).unwrap();
    assert_eq!(one(&mut ecs, &green).status, "DRAINING");
    let refused = ecs.refused(primary(&green));
    assert!(refused.starts_with("InvalidParameterException: "), "{refused}");
    assert_eq!(one(&mut ecs, &blue).status, "PRIMARY");
}
