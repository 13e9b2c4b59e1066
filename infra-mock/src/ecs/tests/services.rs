//! Tests for services and their scheduler, which replaces tasks and stops failing deployments.

use std::time::Duration;

use serde_json::{Value, json};

use super::EcsBench;
use super::tasks::{definition, foundation, look, read, slow, stop};
use crate::api::Call;
use crate::ecr;
use crate::ecs::{
    CreateServiceRequest, DeleteClusterRequest, DeleteServiceRequest,
    DeregisterTaskDefinitionRequest, DescribeServicesRequest, ListServicesRequest,
    ListTagsForResourceRequest, ListTasksRequest, PlacementConstraint,
    RegisterTaskDefinitionRequest, Script, Service, ServiceFixture, ServiceStatus, Tag,
    TagResourceRequest, UpdateServiceRequest,
};

pub(super) fn create(changes: &Value) -> CreateServiceRequest {
    let mut request = json!({
        "cluster": "demo", "serviceName": "web", "taskDefinition": "app", "desiredCount": 2,
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    });
    for (name, change) in changes.as_object().unwrap() {
        request[name] = change.clone();
    }
    read(request)
}

pub(super) fn update(changes: &Value) -> UpdateServiceRequest {
    let mut request = json!({"cluster": "demo", "service": "web"});
    for (name, change) in changes.as_object().unwrap() {
        request[name] = change.clone();
    }
    read(request)
}

pub(super) fn delete(force: bool) -> DeleteServiceRequest {
    read(json!({"cluster": "demo", "service": "web", "force": force}))
}

pub(super) fn see(ecs: &mut EcsBench) -> Service {
    let request = json!({"cluster": "demo", "services": ["web"], "include": ["TAGS"]});
    ecs.run(read::<DescribeServicesRequest>(request)).unwrap().services.remove(0)
}

fn events(service: &Service) -> Vec<String> {
    let messages = service.events.iter().rev().map(|event| event.message.clone().unwrap());
    messages.map(|text| text.replacen("(service web) ", "", 1)).collect()
}

pub(super) fn tasks(ecs: &mut EcsBench, status: &str) -> Vec<String> {
    let request = json!({"cluster": "demo", "serviceName": "web", "desiredStatus": status});
    let arns = ecs.run(read::<ListTasksRequest>(request)).unwrap().task_arns;
    arns.iter().map(|arn| arn.rsplit('/').next().unwrap().to_owned()).collect()
}

#[test]
fn a_service_starts_its_tasks_and_reaches_a_steady_state() {
    let mut ecs = foundation();
    slow(&mut ecs);
    let made = ecs
        .run(create(
            &json!({"tags": [{"key": "Team", "value": "shop"}], "propagateTags": "SERVICE",
        "enableECSManagedTags": true}),
        ))
        .unwrap()
        .service;
    assert_eq!(made.service_arn, "arn:aws:ecs:us-east-1:123456789012:service/demo/web");
    assert_eq!(
        (made.status.as_str(), made.running_count, made.deployments.len()),
        ("ACTIVE", 0, 1)
    );
    let id = made.deployments[0].id.clone();
    assert_eq!(
        made.deployments[0].rollout_state_reason.as_deref(),
        Some(format!("ECS deployment {id} in progress.").as_str())
    );
    let starting = see(&mut ecs);
    assert_eq!((starting.pending_count, starting.running_count), (2, 0));
    ecs.pass(20);
    let steady = see(&mut ecs);
    assert_eq!((steady.pending_count, steady.running_count), (0, 2));
    let deployment = &steady.deployments[0];
    assert_eq!(
        (deployment.status.as_str(), deployment.rollout_state.as_deref()),
        ("PRIMARY", Some("COMPLETED"))
    );
    assert_eq!(
        deployment.rollout_state_reason.as_deref(),
        Some(format!("ECS deployment {id} completed.").as_str())
    );
    let running = tasks(&mut ecs, "RUNNING");
    let said = events(&steady);
    assert!(said[0].starts_with("has started 2 tasks: (task "), "{said:?}");
    assert_eq!(
        said[1..],
        [
            format!("(deployment {id}) deployment completed."),
            "has reached a steady state.".to_owned()
        ]
    );
    let task = look(&mut ecs, &running[0]);
    assert_eq!((task.group.as_deref(), task.started_by.as_ref()), (Some("service:web"), Some(&id)));
    let tag = |key: &str| task.tags.iter().any(|tag| tag.key.as_deref() == Some(key));
    assert!(tag("Team") && tag("aws:ecs:serviceName"), "{:?}", task.tags);
    assert_eq!(ecs.look("demo").active_services_count, 1);

    // A stopped task is replaced.
    ecs.run(stop(&running[0])).unwrap();
    ecs.pass(120);
    assert_eq!(see(&mut ecs).running_count, 2);
    assert_ne!(tasks(&mut ecs, "RUNNING"), running);
}

#[test]
fn a_new_task_definition_replaces_the_tasks_without_a_gap() {
    let mut ecs = foundation();
    slow(&mut ecs);
    ecs.run(create(&json!({}))).unwrap();
    ecs.pass(60);
    let old = tasks(&mut ecs, "RUNNING");
    ecs.run(definition(&json!({}))).unwrap();
    let updated = ecs.run(update(&json!({"taskDefinition": "app"}))).unwrap().service;
    assert!(updated.task_definition.unwrap().ends_with(":task-definition/app:2"));
    let statuses = |service: &Service| {
        service.deployments.iter().map(|d| d.status.clone()).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&see(&mut ecs)), ["PRIMARY", "ACTIVE"]);
    let during = see(&mut ecs);
    assert_eq!((during.running_count, during.pending_count), (2, 2));
    ecs.pass(20);
    let after = see(&mut ecs);
    assert_eq!((after.running_count, after.deployments.len()), (2, 1));
    assert_eq!(after.deployments[0].rollout_state.as_deref(), Some("COMPLETED"));
    let said = events(&after);
    assert!(
        said.iter().any(|text| text.starts_with("has stopped 2 running tasks: (task ")),
        "{said:?}"
    );
    let stopped = look(&mut ecs, &old[0]);
    assert_eq!(stopped.stop_code.as_deref(), Some("ServiceSchedulerInitiated"));
    assert!(
        stopped
            .stopped_reason
            .unwrap()
            .starts_with("Scaling activity initiated by (deployment ecs-svc/")
    );
    // An update without changes starts a deployment only if the request forces a deployment.
    ecs.run(update(&json!({"taskDefinition": "app:2"}))).unwrap();
    assert_eq!(see(&mut ecs).deployments.len(), 1);
    ecs.run(update(&json!({"forceNewDeployment": true}))).unwrap();
    assert_eq!(see(&mut ecs).deployments.len(), 2);
}

#[test]
fn deployment_limits_control_the_order_of_stops_and_starts() {
    let mut ecs = foundation();
    slow(&mut ecs);
    let limits = json!({"maximumPercent": 100, "minimumHealthyPercent": 50});
    ecs.run(create(&json!({"deploymentConfiguration": limits}))).unwrap();
    ecs.pass(60);
    ecs.run(update(&json!({"forceNewDeployment": true}))).unwrap();
    let during = see(&mut ecs);
    assert_eq!((during.running_count, during.pending_count), (1, 1));
    ecs.pass(20);
    let during = see(&mut ecs);
    assert_eq!((during.running_count, during.pending_count), (1, 1));
    ecs.pass(20);
    assert_eq!(see(&mut ecs).deployments.len(), 1);
}

#[test]
fn a_service_is_scaled_drained_and_deleted() {
    let mut ecs = foundation();
    ecs.run(create(&json!({}))).unwrap();
    assert_eq!(see(&mut ecs).running_count, 2);
    ecs.run(update(&json!({"desiredCount": 3}))).unwrap();
    assert_eq!((see(&mut ecs).running_count, see(&mut ecs).deployments.len()), (3, 1));
    assert_eq!(
        ecs.refused(delete(false)),
        "InvalidParameterException: The service cannot be stopped while it is scaled above 0."
    );
    ecs.run(update(&json!({"desiredCount": 0}))).unwrap();
    assert_eq!(see(&mut ecs).running_count, 0);
    ecs.run(delete(false)).unwrap();
    let gone = see(&mut ecs);
    assert_eq!((gone.status.as_str(), gone.deployments.len()), ("INACTIVE", 0));
    let list = ListServicesRequest { cluster: Some("demo".to_owned()), ..Default::default() };
    assert_eq!(ecs.run(list).unwrap().service_arns, [""; 0]);
    assert_eq!(
        ecs.refused(update(&json!({"desiredCount": 1}))),
        "ServiceNotActiveException: Service was not ACTIVE."
    );
    assert_eq!(ecs.refused(delete(true)), "ServiceNotFoundException: Service not found.");
    // The name of a deleted service can be used again. After all tasks have ended, the cluster can
    // be deleted.
    slow(&mut ecs);
    ecs.run(create(&json!({"desiredCount": 1}))).unwrap();
    ecs.pass(60);
    let draining = ecs.run(delete(true)).unwrap().service;
    assert_eq!((draining.status.as_str(), draining.desired_count), ("DRAINING", 0));
    // The containers have ended, so the service is INACTIVE, but its tasks are not STOPPED yet.
    assert_eq!(see(&mut ecs).status, "INACTIVE");
    let cluster = || read::<DeleteClusterRequest>(json!({"cluster": "demo"}));
    assert!(ecs.refused(cluster()).contains("Tasks are active"));
    ecs.pass(60);
    let status = ServiceStatus::Draining;
    ecs.state(|ecs| {
        ecs.add_service("demo", "web", ServiceFixture { status, ..ServiceFixture::default() })
    });
    assert_eq!(
        ecs.refused(create(&json!({}))),
        "InvalidParameterException: Unable to Start a service that is still Draining."
    );
    assert!(ecs.refused(cluster()).contains("Services are active"));
    ecs.state(|ecs| ecs.remove_service("demo", "web"));
    ecs.run(cluster()).unwrap();
}

#[test]
fn an_equal_request_returns_the_service_and_a_different_one_is_refused() {
    let mut ecs = foundation();
    let first = ecs.run(create(&json!({"clientToken": "a"}))).unwrap().service;
    let again = ecs.run(create(&json!({"clientToken": "b"}))).unwrap().service;
    assert_eq!(again.deployments[0].id, first.deployments[0].id);
    assert_eq!(
        ecs.refused(create(&json!({"desiredCount": 3}))),
        "InvalidParameterException: Creation of service was not idempotent."
    );
}

#[test]
fn invalid_requests_create_no_service() {
    let mut ecs = foundation();
    let invalid = "InvalidParameterException";
    let cases = [
        (json!({"cluster": "none"}), "ClusterNotFoundException: Cluster not found.".to_owned()),
        (
            json!({"taskDefinition": "none"}),
            "ClientException: TaskDefinition not found.".to_owned(),
        ),
        (json!({"taskDefinition": null}), format!("{invalid}: Task definition can not be blank.")),
        (json!({"desiredCount": null}), format!("{invalid}: Desired count can not be blank.")),
        (json!({"desiredCount": -1}), format!("{invalid}: Desired count must not be negative.")),
        (
            json!({"networkConfiguration": null}),
            format!(
                "{invalid}: Network Configuration must be provided when networkMode 'awsvpc' is specified."
            ),
        ),
        (
            json!({"deploymentController": {"type": "MOON"}}),
            format!("{invalid}: MOON should be one of [ECS,CODE_DEPLOY,EXTERNAL]"),
        ),
    ];
    for (changes, words) in cases {
        assert_eq!(ecs.refused(create(&changes)), words, "{changes}");
    }
    assert!(
        ecs.refused(create(&json!({"serviceName": "a b"}))).contains("Service name must match")
    );
    let blue = create(&json!({"deploymentConfiguration": {"strategy": "BLUE_GREEN"}}));
    let refused = ecs.run(blue).unwrap_err();
    assert_eq!((refused.status, &*refused.code), (501, "NotImplemented"));
    assert_eq!(
        ecs.refused(update(&json!({"desiredCount": 1}))),
        "ServiceNotFoundException: Service not found."
    );
    ecs.run(create(&json!({}))).unwrap();
    ecs.run(read::<DeregisterTaskDefinitionRequest>(json!({"taskDefinition": "app:1"}))).unwrap();
    assert_eq!(
        ecs.refused(update(&json!({"taskDefinition": "app:1"}))),
        "ClientException: TaskDefinition is inactive"
    );
    let none = json!({"cluster": "demo", "services": []});
    assert_eq!(
        ecs.refused(read::<DescribeServicesRequest>(none)),
        "InvalidParameterException: Services cannot be empty."
    );
    let missing = json!({"cluster": "demo", "services": ["none"]});
    let answer = ecs.run(read::<DescribeServicesRequest>(missing)).unwrap();
    assert_eq!(answer.failures[0].reason, "MISSING");
    assert_eq!(answer.failures[0].arn, "arn:aws:ecs:us-east-1:123456789012:service/none");
}

#[test]
fn a_service_uses_the_given_role_or_the_service_linked_role() {
    let mut ecs = foundation();
    let request = json!({"family": "bridge", "containerDefinitions": [
        {"name": "web", "image": "web", "memory": 64, "portMappings": [{"containerPort": 80}]}]});
    ecs.run(read::<RegisterTaskDefinitionRequest>(request)).unwrap();
    let mut role = |name: &str, changes: &Value| {
        let mut request = json!({"serviceName": name, "taskDefinition": "bridge", "launchType": "EC2",
            "networkConfiguration": null});
        for (name, change) in changes.as_object().unwrap() {
            request[name] = change.clone();
        }
        let arn = ecs.run(create(&request)).unwrap().service.role_arn;
        arn.map(|arn| arn.replacen("arn:aws:iam::123456789012:role/", "", 1))
    };
    let linked = Some("aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS".to_owned());
    let load = json!([{"targetGroupArn": "group", "containerName": "web", "containerPort": 80}]);
    assert_eq!(role("none", &json!({})), None);
    assert_eq!(role("linked", &json!({"loadBalancers": load})), linked);
    for given in ["team/balancer", "/team/balancer", "arn:aws:iam::123456789012:role/team/balancer"]
    {
        let name = format!("own{}", given.len());
        let own = role(&name, &json!({"loadBalancers": load, "role": given}));
        assert_eq!(own.as_deref(), Some("team/balancer"));
    }
    let network = json!({"awsvpcConfiguration": {"subnets": ["subnet-1"]}});
    let awsvpc =
        json!({"taskDefinition": "app", "launchType": "FARGATE", "networkConfiguration": network});
    assert_eq!(role("awsvpc", &awsvpc), linked);
    assert_eq!(
        ecs.refused(create(&json!({"role": "balancer"}))),
        "InvalidParameterException: You cannot specify an IAM role for services that require a service linked role."
    );
}

#[test]
fn parameters_that_exclude_each_other_are_refused() {
    let mut ecs = foundation();
    let request = json!({"family": "ec2", "networkMode": "awsvpc", "containerDefinitions": [
        {"name": "web", "image": "web", "memory": 64, "portMappings": [{"containerPort": 80}]}]});
    ecs.run(read::<RegisterTaskDefinitionRequest>(request)).unwrap();
    let on_ec2 = |changes: &Value| {
        let mut request = json!({"taskDefinition": "ec2", "launchType": "EC2"});
        request.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        create(&request)
    };
    let daemon = |changes: &Value| {
        let mut request = json!({"schedulingStrategy": "DAEMON", "desiredCount": null});
        request.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        on_ec2(&request)
    };
    let network = |more: &Value| {
        let mut vpc = json!({"subnets": ["subnet-1"]});
        vpc.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        on_ec2(&json!({"networkConfiguration": {"awsvpcConfiguration": vpc}}))
    };
    let balancer = |name: &str, port: i32| {
        let one = json!({"targetGroupArn": "group", "containerName": name, "containerPort": port});
        on_ec2(&json!({"loadBalancers": [one]}))
    };
    let place = json!([{"type": "distinctInstance"}]);
    let spread = json!([{"type": "spread", "field": "host"}]);
    let many = |count: usize| vec!["x"; count];
    for (request, words) in [
        (daemon(&json!({"desiredCount": 1})), "does not support a desired count for services."),
        (daemon(&json!({"placementStrategy": spread})), "does not support placement strategies."),
        (
            daemon(&json!({"deploymentConfiguration": {"maximumPercent": 200}})),
            "does not support values above 100 for maximumPercent",
        ),
        (
            daemon(&json!({"launchType": null})),
            "Specifying a capacity provider strategy is not supported",
        ),
        (
            daemon(&json!({"launchType": "FARGATE", "taskDefinition": "app"})),
            "does not support the FARGATE launch type.",
        ),
        (
            create(&json!({"launchType": "FARGATE", "placementConstraints": place})),
            "Placement constraints are not supported with FARGATE launch type.",
        ),
        (
            on_ec2(&json!({"deploymentConfiguration": {"maximumPercent": 100}})),
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
        ),
        (
            network(&json!({"assignPublicIp": "ENABLED"})),
            "Assign public IP is not supported for this launch type.",
        ),
        (network(&json!({"subnets": many(17)})), "subnets can have at most 16 items."),
        (network(&json!({"securityGroups": many(6)})), "securityGroups can have at most 5 items."),
        (balancer("db", 80), "The container db does not exist in the task definition."),
        (balancer("web", 81), "The container web did not have a container port 81 defined."),
    ] {
        let refused = ecs.refused(request);
        assert!(
            refused.starts_with("InvalidParameterException") && refused.contains(words),
            "{refused}"
        );
    }
    let deployment = |ecs: &mut EcsBench| see(ecs).deployment_configuration.unwrap();
    ecs.run(daemon(&json!({}))).unwrap();
    let percent = deployment(&mut ecs);
    assert_eq!((percent.maximum_percent, percent.minimum_healthy_percent), (Some(100), Some(0)));
    for (changes, words) in [
        (json!({"desiredCount": 1}), "does not support a desired count for services."),
        (json!({"placementStrategy": spread}), "does not support placement strategies."),
    ] {
        let refused = ecs.refused(update(&changes));
        assert!(refused.contains(words), "{refused}");
    }
    let half = json!({"deploymentConfiguration": {"minimumHealthyPercent": 50}});
    ecs.run(update(&half)).unwrap();
    let breaker = json!({"deploymentCircuitBreaker": {"enable": true, "rollback": false}});
    ecs.run(update(&json!({"deploymentConfiguration": breaker}))).unwrap();
    let percent = deployment(&mut ecs);
    assert_eq!((percent.maximum_percent, percent.minimum_healthy_percent), (Some(100), Some(50)));
    assert_eq!(percent.deployment_circuit_breaker.unwrap().enable, Some(true));
}

#[test]
fn members_that_an_update_omits_keep_their_values() {
    let mut ecs = foundation();
    let percent = json!({"minimumHealthyPercent": 50, "maximumPercent": 200});
    ecs.run(create(&json!({"deploymentConfiguration": percent}))).unwrap();
    ecs.run(update(&json!({"deploymentConfiguration": {"maximumPercent": 100}}))).unwrap();
    let found = see(&mut ecs).deployment_configuration.unwrap();
    assert_eq!((found.maximum_percent, found.minimum_healthy_percent), (Some(100), Some(50)));
    assert_eq!(
        ecs.refused(update(&json!({"deploymentConfiguration": {"minimumHealthyPercent": 100}}))),
        "InvalidParameterException: Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block \
         deployments."
    );
}

#[test]
fn a_service_that_breaks_a_newer_rule_can_still_be_deployed() {
    let mut ecs = foundation();
    ecs.run(create(&json!({"launchType": "FARGATE"}))).unwrap();
    let now = ecs.now;
    let mut call = Call { caller: &ecs.caller, now, world: &mut ecs.world };
    let web = call.ecs().clusters.get_mut("demo").unwrap().services.get_mut("web").unwrap();
    web.service.placement_constraints.push(PlacementConstraint::default());
    ecs.run(update(&json!({"forceNewDeployment": true, "desiredCount": 1}))).unwrap();
    let refused = ecs.refused(update(&json!({"platformVersion": "1.4.0", "placementStrategy": [
        {"type": "random"}]})));
    assert!(refused.contains("Placement constraints are not supported"), "{refused}");
}

#[test]
fn pauses_grow_between_retries_of_tasks_that_fail_to_start() {
    let mut ecs = foundation();
    let request = json!({"repositoryName": "app", "imageIds": [{"imageTag": "1"}]});
    ecs.run(read::<ecr::BatchDeleteImageRequest>(request)).unwrap();
    ecs.run(create(&json!({"desiredCount": 1}))).unwrap();
    let failing = see(&mut ecs);
    assert_eq!((failing.running_count, failing.deployments[0].failed_tasks), (0, 1));
    let said = events(&failing);
    assert!(
        said[1].starts_with("was unable to place a task. Reason: CannotPullContainerError: "),
        "{said:?}"
    );
    ecs.pass(9);
    assert_eq!(see(&mut ecs).deployments[0].failed_tasks, 1);
    ecs.pass(1);
    assert_eq!(see(&mut ecs).deployments[0].failed_tasks, 2);
    ecs.pass(19);
    assert_eq!(see(&mut ecs).deployments[0].failed_tasks, 2);
    // After a day, the scheduler still retries every ten minutes.
    ecs.pass(24 * 3600);
    let failed = see(&mut ecs).deployments[0].failed_tasks;
    assert!((140..160).contains(&failed), "{failed}");
    let now = ecs.now;
    ecs.caller_ecr(|ecr| ecr.push_image("app", Some("1"), now));
    ecs.pass(600);
    assert_eq!(see(&mut ecs).running_count, 1);
}

#[test]
fn the_circuit_breaker_rolls_back_to_the_last_completed_deployment() {
    let mut ecs = foundation();
    let breaker = |rollback: bool| {
        json!({"deploymentConfiguration": {
        "deploymentCircuitBreaker": {"enable": true, "rollback": rollback}}})
    };
    ecs.run(create(&breaker(true))).unwrap();
    let first = see(&mut ecs).deployments[0].id.clone();
    ecs.run(definition(&json!({"image": super::tasks::IMAGE.replace(":1", ":none")}))).unwrap();
    ecs.run(update(&json!({"taskDefinition": "app:2"}))).unwrap();
    let bad = see(&mut ecs).deployments[0].id.clone();
    ecs.pass(300);
    let back = see(&mut ecs);
    assert_eq!((back.running_count, back.deployments.len()), (2, 1));
    assert_eq!(back.deployments[0].id, first);
    assert!(back.task_definition.as_ref().unwrap().ends_with("app:1"));
    let said = events(&back);
    let at = said.iter().position(|text| {
        *text == format!("(deployment {bad}) deployment failed: tasks failed to start.")
    });
    assert_eq!(said[at.unwrap() + 1], format!("rolling back to deployment {first}."));

    // If rollback is disabled, the failed deployment remains, and the old tasks keep running.
    ecs.run(update(&breaker(false))).unwrap();
    ecs.run(update(&json!({"taskDefinition": "app:2"}))).unwrap();
    ecs.pass(300);
    let failed = see(&mut ecs);
    assert_eq!(failed.deployments[0].rollout_state.as_deref(), Some("FAILED"));
    assert_eq!(
        failed.deployments[0].rollout_state_reason.as_deref(),
        Some("ECS deployment circuit breaker: tasks failed to start.")
    );
    assert_eq!((failed.running_count, failed.deployments[0].failed_tasks), (2, 4));
    ecs.pass(3600);
    assert_eq!(see(&mut ecs).deployments[0].failed_tasks, 4);
}

#[test]
fn a_role_that_cannot_be_assumed_causes_an_event() {
    let mut ecs = foundation();
    let other = super::tasks::TRUST.replace("ecs-tasks", "ec2");
    let request = json!({"RoleName": "task", "PolicyDocument": other});
    ecs.run(read::<crate::iam::UpdateAssumeRolePolicyRequest>(request)).unwrap();
    ecs.run(create(&json!({}))).unwrap();
    let said = events(&see(&mut ecs));
    assert!(
        said[0].starts_with("failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::123456789012:role/task'"),
        "{said:?}"
    );
}

#[test]
fn a_container_that_ends_is_replaced_after_a_pause() {
    let mut ecs = foundation();
    ecs.scripts.set("web", Script::exits(1).after(Duration::from_secs(5)));
    ecs.run(create(&json!({"desiredCount": 1}))).unwrap();
    assert_eq!(see(&mut ecs).running_count, 1);
    ecs.pass(5);
    assert_eq!(see(&mut ecs).running_count, 0);
    ecs.pass(10);
    assert_eq!(see(&mut ecs).running_count, 1);
    assert_eq!(see(&mut ecs).deployments[0].failed_tasks, 0);
}

#[test]
fn services_added_by_tests_are_described_tagged_and_deleted() {
    let mut ecs = foundation();
    ecs.state(|ecs| ecs.add_service("demo", "web", ServiceFixture::default()));
    let service = see(&mut ecs);
    assert_eq!((service.status.as_str(), service.desired_count), ("ACTIVE", 1));
    assert_eq!(service.created_at, ecs.now);
    ecs.pass(60);
    assert_eq!(see(&mut ecs), service);
    let resource_arn = Some(service.service_arn);
    let tags = Some(vec![Tag::new("Team", "shop")]);
    ecs.run(TagResourceRequest { resource_arn: resource_arn.clone(), tags }).unwrap();
    assert_eq!(
        ecs.run(ListTagsForResourceRequest { resource_arn }).unwrap().tags,
        [Tag::new("Team", "shop")]
    );
    ecs.run(delete(true)).unwrap();
    assert_eq!(see(&mut ecs).status, "INACTIVE");
}

#[test]
fn older_snapshots_are_read() {
    let mut ecs = foundation();
    let mut state = serde_json::to_value(ecs.state(|ecs| ecs.clone())).unwrap();
    let cluster = &mut state["clusters"]["demo"];
    cluster["services"] = json!({"web": {"status": "Active", "launch_type": "Fargate",
        "scheduling_strategy": "Replica", "capacity_provider": null}});
    cluster["tasks"] = json!({"t1": {"status": "Pending", "launch_type": "Fargate", "service": "web", "family": null,
        "started_by": null, "container_instance": null, "capacity_provider": null}});
    cluster.as_object_mut().unwrap().remove("tokens");
    let old: crate::ecs::State = serde_json::from_value(state).unwrap();
    ecs.state(|ecs| *ecs = old);
    let service = see(&mut ecs);
    assert_eq!((service.status.as_str(), service.pending_count), ("ACTIVE", 1));
    assert_eq!(look(&mut ecs, "t1").last_status, "PENDING");
}
