//! Tests for `RunTask`, `DescribeTasks`, `ListTasks` and `StopTask`.

use infra_core::policy::PolicyDocument;
use serde_json::json;

use super::{HOUR, foundation, id, look, one, read, run, slow, stop};
use crate::access::{Permissions, refusal};
use crate::api::{Call, Service};
use crate::ecs::tests::EcsBench;
use crate::ecs::{
    ContainerInstance, DeleteClusterRequest, DeleteTaskDefinitionsRequest,
    DeregisterTaskDefinitionRequest, DescribeTaskDefinitionRequest, DescribeTasksRequest,
    ListTagsForResourceRequest, ListTasksRequest, PutClusterCapacityProvidersRequest,
    RegisterTaskDefinitionRequest, Tag, TagResourceRequest, TaskFixture, UntagResourceRequest,
};
use crate::iam::DeleteRoleRequest;

fn listed(ecs: &mut EcsBench, filter: &serde_json::Value) -> usize {
    let mut request = json!({"cluster": "demo"});
    request.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
    ecs.run(read::<ListTasksRequest>(request)).unwrap().task_arns.len()
}

#[test]
fn a_task_changes_its_status_with_the_clock() {
    let mut ecs = foundation();
    slow(&mut ecs);
    let created = ecs.run(run(&json!({}))).unwrap().tasks.remove(0);
    let statuses =
        |task: &crate::ecs::Task| (task.last_status.clone(), task.desired_status.clone());
    let expect = |last: &str, desired: &str| (last.to_owned(), desired.to_owned());
    assert_eq!(statuses(&created), expect("PROVISIONING", "RUNNING"));
    assert_eq!(created.attachments[0].status, "PRECREATED");
    assert_eq!(created.capacity_provider_name.as_deref(), Some("FARGATE"));
    assert_eq!(
        (created.launch_type.as_str(), created.group.as_deref()),
        ("FARGATE", Some("family:app"))
    );
    let id = id(&created);
    let counts = |ecs: &mut EcsBench| {
        let cluster = ecs.look("demo");
        (cluster.pending_tasks_count, cluster.running_tasks_count)
    };
    assert_eq!(counts(&mut ecs), (1, 0));
    ecs.pass(3);
    let pending = look(&mut ecs, &id);
    assert_eq!(statuses(&pending), expect("PENDING", "RUNNING"));
    assert_eq!(pending.connectivity.as_deref(), Some("CONNECTED"));
    assert_eq!(pending.attachments[0].status, "ATTACHED");
    let details = &pending.attachments[0].details;
    assert_eq!(details[0].value.as_deref(), Some("subnet-1"));
    assert!(details.iter().any(|d| d.name.as_deref() == Some("privateIPv4Address")), "{details:?}");
    ecs.pass(17);
    let running = look(&mut ecs, &id);
    assert_eq!(statuses(&running), expect("RUNNING", "RUNNING"));
    assert_eq!(running.started_at, Some(ecs.now));
    assert_eq!(running.containers[0].last_status, "RUNNING");
    assert!(running.containers[0].image_digest.as_ref().unwrap().starts_with("sha256:"));
    assert_eq!(counts(&mut ecs), (0, 1));
    let stopping = ecs.run(stop(&id)).unwrap().task;
    assert_eq!(statuses(&stopping), expect("RUNNING", "STOPPED"));
    assert_eq!(stopping.stopping_at, Some(ecs.now));
    ecs.pass(10);
    assert_eq!(statuses(&look(&mut ecs, &id)), expect("DEPROVISIONING", "STOPPED"));
    ecs.pass(20);
    let stopped = look(&mut ecs, &id);
    assert_eq!(statuses(&stopped), expect("STOPPED", "STOPPED"));
    assert_eq!(stopped.stop_code.as_deref(), Some("UserInitiated"));
    assert_eq!(stopped.stopped_reason.as_deref(), Some("Task stopped by user"));
    assert_eq!(stopped.containers[0].exit_code, Some(143));
    assert_eq!(stopped.stopped_at, Some(ecs.now));
    assert!(stopped.version > created.version);
    ecs.pass(HOUR);
    let request = json!({"cluster": "demo", "tasks": [id]});
    let answer = ecs.run(read::<DescribeTasksRequest>(request)).unwrap();
    assert_eq!((answer.tasks.len(), answer.failures[0].reason.as_str()), (0, "MISSING"));
    assert_eq!(
        ecs.refused(stop("gone")),
        "InvalidParameterException: The referenced task was not found."
    );
}

#[test]
fn tasks_are_started_with_tags_overrides_and_a_group() {
    let mut ecs = foundation();
    let arn = ecs.run(super::definition(&json!({}))).unwrap().task_definition.task_definition_arn;
    let tags = Some(vec![Tag::new("Team", "shop"), Tag::new("Stage", "test")]);
    ecs.run(TagResourceRequest { resource_arn: Some(arn), tags }).unwrap();
    let request = run(&json!({
        "count": 2, "startedBy": "cron", "group": "batch", "propagateTags": "TASK_DEFINITION",
        "enableECSManagedTags": true, "tags": [{"key": "Stage", "value": "prod"}],
        "overrides": {"cpu": "512", "memory": "1024", "executionRoleArn": "", "taskRoleArn": "", "containerOverrides": [
            {"name": "web", "command": ["migrate"]}]}
    }));
    let tasks = ecs.run(request).unwrap().tasks;
    assert_eq!(tasks.len(), 2);
    let task = look(&mut ecs, &id(&tasks[1]));
    let tag = |key: &str| {
        let found = task.tags.iter().find(|tag| tag.key.as_deref() == Some(key));
        found.and_then(|tag| tag.value.clone())
    };
    assert_eq!((tag("Team").as_deref(), tag("Stage").as_deref()), (Some("shop"), Some("prod")));
    assert_eq!(tag("aws:ecs:clusterName").as_deref(), Some("demo"));
    assert_eq!((task.started_by.as_deref(), task.group.as_deref()), (Some("cron"), Some("batch")));
    assert_eq!((task.cpu.as_deref(), task.memory.as_deref()), (Some("512"), Some("1024")));
    let overrides = task.overrides.container_overrides.unwrap();
    assert_eq!(overrides[0].command.as_deref(), Some(&["migrate".to_owned()][..]));
    assert_eq!(listed(&mut ecs, &json!({"startedBy": "cron"})), 2);
    assert_eq!(listed(&mut ecs, &json!({"family": "app", "launchType": "FARGATE"})), 2);
    assert_eq!(listed(&mut ecs, &json!({"desiredStatus": "STOPPED"})), 0);
    ecs.run(stop(&task.task_arn)).unwrap();
    assert_eq!(listed(&mut ecs, &json!({"desiredStatus": "STOPPED"})), 1);
    let one = json!({"cluster": "demo", "maxResults": 1});
    assert_eq!(ecs.run(read::<ListTasksRequest>(one)).unwrap().next_token, None);

    let resource_arn = Some(task.task_arn);
    let tags = Some(vec![Tag::new("Owner", "ada")]);
    ecs.run(TagResourceRequest { resource_arn: resource_arn.clone(), tags }).unwrap();
    let tag_keys = Some(vec!["Team".to_owned(), "Stage".to_owned(), "aws:none".to_owned()]);
    assert!(
        ecs.refused(UntagResourceRequest { resource_arn: resource_arn.clone(), tag_keys })
            .contains("aws:")
    );
    let tag_keys = Some(vec!["Team".to_owned(), "Stage".to_owned()]);
    ecs.run(UntagResourceRequest { resource_arn: resource_arn.clone(), tag_keys }).unwrap();
    let tags = ecs.run(ListTagsForResourceRequest { resource_arn }).unwrap().tags;
    assert_eq!(tags.last(), Some(&Tag::new("aws:ecs:clusterName", "demo")));
    assert_eq!(tags.len(), 2);
}

#[test]
fn capacity_providers_share_the_tasks_by_base_and_weight() {
    let mut ecs = foundation();
    let strategy = json!([
        {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3}
    ]);
    let tasks =
        ecs.run(run(&json!({"count": 10, "capacityProviderStrategy": strategy}))).unwrap().tasks;
    let on = |name: &str| {
        tasks.iter().filter(|task| task.capacity_provider_name.as_deref() == Some(name)).count()
    };
    assert_eq!((on("FARGATE"), on("FARGATE_SPOT")), (4, 6));
    let spot = json!({"cluster": "demo", "capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": []});
    assert_eq!(
        ecs.refused(read::<PutClusterCapacityProvidersRequest>(spot)),
        "ResourceInUseException: The specified capacity provider is in use and cannot be removed."
    );
    assert_eq!(
        ecs.refused(read::<DeleteClusterRequest>(json!({"cluster": "demo"}))),
        "ClusterContainsTasksException: The Cluster cannot be deleted while Tasks are active."
    );
    for task in tasks {
        ecs.run(stop(&task.task_arn)).unwrap();
    }
    ecs.run(read::<DeleteClusterRequest>(json!({"cluster": "demo"}))).unwrap();
}

#[test]
fn invalid_requests_get_the_messages_of_aws() {
    let mut ecs = foundation();
    let strategy = |name: &str| json!([{"capacityProvider": name, "weight": 1}]);
    let invalid = "InvalidParameterException";
    let cases = [
        (json!({"cluster": "none"}), "ClusterNotFoundException", "Cluster not found."),
        (json!({"taskDefinition": "none"}), "ClientException", "TaskDefinition not found."),
        (
            json!({"networkConfiguration": null}),
            invalid,
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ),
        (
            json!({"launchType": "FARGATE", "capacityProviderStrategy": strategy("FARGATE")}),
            invalid,
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        ),
        (
            json!({"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 0}]}),
            invalid,
            "There are no capacity providers with a weight value greater than zero defined in the default capacity \
             provider strategy.",
        ),
        (
            json!({"launchType": "EXTERNAL"}),
            invalid,
            "Task definition does not support launch_type EXTERNAL.",
        ),
        (
            json!({"launchType": "EC2"}),
            invalid,
            "No Container Instances were found in your cluster.",
        ),
        (json!({"count": 11}), invalid, "Count must be between 1 and 10."),
        (
            json!({"overrides": {"containerOverrides": [{"name": "db"}]}}),
            invalid,
            "Override for container named db is not a container in the TaskDefinition.",
        ),
        (json!({"clientToken": "a b"}), invalid, "Invalid clientToken."),
        (
            json!({"propagateTags": "SERVICE"}),
            invalid,
            "Tags can't be propagated from a service when running a task.",
        ),
        (
            json!({"launchType": "MOON"}),
            invalid,
            "MOON should be one of [EC2,FARGATE,EXTERNAL,MANAGED_INSTANCES]",
        ),
    ];
    for (changes, code, words) in cases {
        assert_eq!(ecs.refused(run(&changes)), format!("{code}: {words}"), "{changes}");
    }
    // The strategy contains a capacity provider that is not associated with the cluster.
    let none = json!({"cluster": "demo", "capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": []});
    ecs.run(read::<PutClusterCapacityProvidersRequest>(none)).unwrap();
    assert!(
        ecs.refused(run(&json!({"capacityProviderStrategy": strategy("FARGATE_SPOT")})))
            .contains("not associated with the cluster")
    );
    let gone = json!({"taskDefinition": "app:1"});
    ecs.run(read::<DeregisterTaskDefinitionRequest>(gone)).unwrap();
    assert_eq!(
        ecs.refused(run(&json!({"taskDefinition": "app:1"}))),
        "InvalidParameterException: TaskDefinition is inactive"
    );
}

#[test]
fn roles_that_ecs_cannot_assume_are_refused_when_the_task_is_run() {
    for role in ["task", "execution"] {
        let mut ecs = foundation();
        let attached = json!({"RoleName": role, "PolicyArn": super::EXECUTION_POLICY});
        if role == "execution" {
            ecs.run(read::<crate::iam::DetachRolePolicyRequest>(attached)).unwrap();
        }
        ecs.run(read::<DeleteRoleRequest>(json!({"RoleName": role}))).unwrap();
        assert_eq!(
            ecs.refused(run(&json!({}))),
            format!(
                "ClientException: ECS was unable to assume the role 'arn:aws:iam::123456789012:role/{role}' that was \
                 provided for this task. Please verify that the role being passed has the proper trust relationship \
                 and permissions and that your IAM user has permissions to pass this role."
            )
        );
    }
    // ECS cannot assume a role whose trust policy allows only a different service or a different
    // source account. It also cannot assume a role that has not propagated yet.
    let trust = |condition: &str, service: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"Service": "{service}"}},
            "Action": "sts:AssumeRole"{condition}}}]}}"#
        )
    };
    let account =
        |id: &str| format!(r#", "Condition": {{"StringEquals": {{"aws:SourceAccount": "{id}"}}}}"#);
    let tasks = "ecs-tasks.amazonaws.com";
    let source =
        r#", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:*"}}"#;
    for (document, holds) in [
        (trust("", "ec2.amazonaws.com"), false),
        (trust(&account("444455556666"), tasks), false),
        (trust(&account("123456789012"), tasks), true),
        (trust(source, tasks), true),
    ] {
        let mut ecs = foundation();
        let request = json!({"RoleName": "task", "PolicyDocument": document});
        ecs.run(read::<crate::iam::UpdateAssumeRolePolicyRequest>(request)).unwrap();
        assert_eq!(ecs.run(run(&json!({}))).is_ok(), holds, "{document}");
    }
    let mut ecs = foundation();
    ecs.world.lag.iam_propagation = std::time::Duration::from_secs(10);
    assert!(ecs.refused(run(&json!({}))).contains("ECS was unable to assume the role"));
    ecs.pass(10);
    ecs.run(run(&json!({}))).unwrap();
}

#[test]
fn a_repeated_client_token_starts_no_more_tasks() {
    let mut ecs = foundation();
    let request = run(&json!({"clientToken": "once", "count": 2}));
    let first = ecs.run(request.clone()).unwrap().tasks;
    let again = ecs.run(request).unwrap().tasks;
    assert_eq!(first.iter().map(id).collect::<Vec<_>>(), again.iter().map(id).collect::<Vec<_>>());
    assert_eq!(listed(&mut ecs, &json!({})), 2);
    let other = ecs.refused(run(&json!({"clientToken": "once"})));
    assert!(other.starts_with("ConflictException: "), "{other}");
}

#[test]
fn a_deleted_task_definition_stays_while_a_task_uses_it() {
    let mut ecs = foundation();
    let task = one(&mut ecs);
    let name = json!({"taskDefinition": "app:1"});
    ecs.run(read::<DeregisterTaskDefinitionRequest>(name.clone())).unwrap();
    let request = json!({"taskDefinitions": ["app:1"]});
    ecs.run(read::<DeleteTaskDefinitionsRequest>(request)).unwrap();
    let found = ecs.run(read::<DescribeTaskDefinitionRequest>(name.clone())).unwrap();
    assert_eq!(found.task_definition.status, "DELETE_IN_PROGRESS");
    assert_eq!(look(&mut ecs, &task).last_status, "RUNNING");
    ecs.run(stop(&task)).unwrap();
    assert_eq!(
        ecs.refused(read::<DescribeTaskDefinitionRequest>(name)),
        "ClientException: Unable to describe task definition."
    );
}

#[test]
fn tasks_added_by_tests_are_described_and_stopped() {
    let mut ecs = foundation();
    ecs.state(|ecs| {
        let family = Some("legacy".to_owned());
        ecs.add_task("demo", "t1", TaskFixture { family, ..TaskFixture::default() })
    });
    let task = look(&mut ecs, "t1");
    assert_eq!(task.task_arn, "arn:aws:ecs:us-east-1:123456789012:task/demo/t1");
    assert!(task.task_definition_arn.ends_with(":task-definition/legacy:1"), "{task:?}");
    assert_eq!((task.last_status.as_str(), task.started_at), ("RUNNING", Some(ecs.now)));
    ecs.pass(5);
    assert_eq!(look(&mut ecs, "t1"), task);
    ecs.run(stop("t1")).unwrap();
    assert_eq!(look(&mut ecs, "t1").last_status, "STOPPED");
}

#[test]
fn tasks_wait_for_an_instance_of_the_capacity_provider() {
    let mut ecs = foundation();
    let agent = json!({"family": "agent", "containerDefinitions": [
        {"name": "agent", "image": "agent:1", "memory": 64}]});
    ecs.run(read::<RegisterTaskDefinitionRequest>(agent)).unwrap();
    ecs.state(|ecs| ecs.add_capacity_provider("gpu"));
    let providers = json!({"cluster": "demo", "capacityProviders": ["FARGATE", "FARGATE_SPOT", "gpu"],
        "defaultCapacityProviderStrategy": []});
    ecs.run(read::<PutClusterCapacityProvidersRequest>(providers)).unwrap();
    let on_gpu = json!({"taskDefinition": "agent", "networkConfiguration": null,
        "capacityProviderStrategy": [{"capacityProvider": "gpu", "weight": 1}]});
    let waiting = id(&ecs.run(run(&on_gpu)).unwrap().tasks[0]);
    ecs.pass(60);
    assert_eq!(look(&mut ecs, &waiting).last_status, "PROVISIONING");
    ecs.state(|ecs| ecs.add_container_instance("demo", "i1", ContainerInstance::default()));
    let placed = look(&mut ecs, &waiting);
    assert_eq!(placed.last_status, "RUNNING");
    assert!(placed.container_instance_arn.unwrap().ends_with("container-instance/demo/i1"));
    let on_ec2 =
        json!({"taskDefinition": "agent", "networkConfiguration": null, "launchType": "EC2"});
    let task = ecs.run(run(&on_ec2)).unwrap().tasks.remove(0);
    assert_eq!((task.last_status.as_str(), task.attachments.len()), ("PENDING", 0));
    assert_eq!(listed(&mut ecs, &json!({"containerInstance": "i1"})), 2);
}

#[test]
fn running_a_task_requires_permission_to_pass_its_roles() {
    let mut ecs = foundation();
    let policy = |statements: &str| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        Permissions::of([PolicyDocument::parse(&text).unwrap()]).unwrap()
    };
    let run_only = r#"{"Effect": "Allow", "Action": "ecs:RunTask",
        "Resource": "arn:aws:ecs:us-east-1:123456789012:task-definition/app:1",
        "Condition": {"ArnEquals": {"ecs:cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/demo"}}}"#;
    let pass = |service: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/*",
            "Condition": {{"StringEquals": {{"iam:PassedToService": "{service}"}}}}}}"#
        )
    };
    let mut denied = |statements: String| {
        ecs.caller.permissions = policy(&statements);
        let call = Call { caller: &ecs.caller, now: ecs.now, world: &mut ecs.world };
        refusal(Service::Ecs, &run(&json!({})), &call).map(|error| error.to_string())
    };
    assert_eq!(
        denied(run_only.to_owned()).unwrap(),
        "AccessDeniedException: User: arn:aws:iam::123456789012:user/ops is not authorized to perform: iam:PassRole \
         on resource: arn:aws:iam::123456789012:role/task because no identity-based policy allows the iam:PassRole \
         action"
    );
    assert!(denied(format!("{run_only},{}", pass("ec2.amazonaws.com"))).is_some());
    assert_eq!(denied(format!("{run_only},{}", pass("ecs-tasks.amazonaws.com"))), None);
}
