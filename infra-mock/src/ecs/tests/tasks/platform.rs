//! Tests for the roles, images and log groups that tasks need, and for the behavior of containers.

use std::time::Duration;

use serde_json::{Value, json};

use super::{EXECUTION_POLICY, IMAGE, definition, foundation, look, one, read, run, stop};
use crate::api::{Call, Operation};
use crate::ecs::tests::EcsBench;
use crate::ecs::{Script, Task};
use crate::{ecr, iam, logs};

/// Returns the lines that a task's container has logged.
fn lines(ecs: &mut EcsBench, id: &str) -> Vec<String> {
    let request = json!({"logGroupName": "/ecs/app", "logStreamName": format!("ecs/web/{id}"),
        "startFromHead": true});
    let events = ecs.run(read::<logs::GetLogEventsRequest>(request)).unwrap().events;
    let events = serde_json::to_value(events).unwrap();
    let events = events.as_array().unwrap().iter();
    events.map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

/// Runs a task and returns it after it has started or failed to start.
fn started(ecs: &mut EcsBench) -> Task {
    let id = one(ecs);
    look(ecs, &id)
}

fn reason(ecs: &mut EcsBench) -> String {
    let task = started(ecs);
    assert_eq!(task.last_status, "STOPPED");
    assert_eq!(task.stop_code.as_deref(), Some("TaskFailedToStart"));
    assert_eq!((task.started_at, task.containers[0].exit_code), (None, None));
    task.stopped_reason.unwrap()
}

fn inline(ecs: &mut EcsBench, role: &str, effect: &str, actions: &Value) {
    let document = json!({"Version": "2012-10-17", "Statement": {
        "Effect": effect, "Action": actions, "Resource": "*"}});
    let request =
        json!({"RoleName": role, "PolicyName": "inline", "PolicyDocument": document.to_string()});
    ecs.run(read::<iam::PutRolePolicyRequest>(request)).unwrap();
}

/// Sets a permissions boundary that limits the execution role to these actions.
fn bound(ecs: &mut EcsBench, name: &str, actions: &Value) {
    let document = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": actions, "Resource": "*"}});
    let request = json!({"PolicyName": name, "PolicyDocument": document.to_string()});
    let arn = ecs.run(read::<iam::CreatePolicyRequest>(request)).unwrap().policy.arn;
    let request = json!({"RoleName": "execution", "PermissionsBoundary": arn});
    ecs.run(read::<iam::PutRolePermissionsBoundaryRequest>(request)).unwrap();
}

#[test]
fn a_container_prints_to_its_stream_and_ends_with_its_exit_code() {
    let mut ecs = foundation();
    let script = Script::exits(3).after(Duration::from_secs(20)).prints("one").prints("two");
    ecs.scripts.set("web", script);
    let id = one(&mut ecs);
    assert_eq!(look(&mut ecs, &id).last_status, "RUNNING");
    assert_eq!(lines(&mut ecs, &id), ["one", "two"]);
    ecs.pass(19);
    assert_eq!(look(&mut ecs, &id).last_status, "RUNNING");
    ecs.pass(1);
    let task = look(&mut ecs, &id);
    assert_eq!(task.last_status, "STOPPED");
    assert_eq!(task.stop_code.as_deref(), Some("EssentialContainerExited"));
    assert_eq!(task.stopped_reason.as_deref(), Some("Essential container in task exited"));
    assert_eq!(task.containers[0].exit_code, Some(3));
    assert_eq!(task.execution_stopped_at, Some(ecs.now));
}

#[test]
fn only_essential_containers_end_the_task() {
    let mut ecs = foundation();
    let mut request = definition(&json!({}));
    let containers = request.container_definitions.as_mut().unwrap();
    let side =
        |name: &str| read_container(json!({"name": name, "image": "side:1", "essential": false}));
    containers.extend([side("init"), side("agent")]);
    ecs.run(request).unwrap();
    ecs.scripts.set("init", Script::exits(0).after(Duration::from_secs(5)));
    ecs.scripts.set("web", Script::runs().after(Duration::from_mins(1)));
    let id = one(&mut ecs);
    ecs.pass(5);
    let task = look(&mut ecs, &id);
    let codes = |task: &Task| task.containers.iter().map(|c| c.exit_code).collect::<Vec<_>>();
    assert_eq!((task.last_status.as_str(), codes(&task)), ("RUNNING", vec![None, Some(0), None]));
    ecs.pass(55);
    let task = look(&mut ecs, &id);
    assert_eq!(
        (task.last_status.as_str(), codes(&task)),
        ("STOPPED", vec![Some(0), Some(0), Some(143)])
    );
}

fn read_container(value: Value) -> crate::ecs::ContainerDefinition {
    serde_json::from_value(value).unwrap()
}

#[test]
fn code_calls_aws_as_the_task_role() {
    let mut ecs = foundation();
    ecs.scripts.set(
        "web",
        Script::exits(0).calls(|container| {
            let stage = container.environment("STAGE").unwrap_or("none").to_owned();
            let request = json!({"logGroupName": "/app/audit"});
            let group: logs::CreateLogGroupRequest = serde_json::from_value(request).unwrap();
            match container.call(group) {
                Ok(()) => container.print(format!("audit in {stage}")),
                Err(refusal) => {
                    container.print(refusal.to_string());
                    container.exit(1, Duration::ZERO);
                }
            }
        }),
    );
    let task = started(&mut ecs);
    let id = super::id(&task);
    assert_eq!(task.containers[0].exit_code, Some(1));
    let group = "arn:aws:logs:us-east-1:123456789012:log-group:/app/audit:log-stream:";
    assert_eq!(
        lines(&mut ecs, &id),
        [format!(
            "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/task/{id} is not authorized to \
             perform: logs:CreateLogGroup on resource: {group} because no identity-based policy allows the \
             logs:CreateLogGroup action"
        )]
    );
    inline(&mut ecs, "task", "Allow", &json!("logs:CreateLogGroup"));
    let request = run(&json!({"overrides": {"containerOverrides": [
        {"name": "web", "environment": [{"name": "STAGE", "value": "prod"}]}]}}));
    let id = super::id(&ecs.run(request).unwrap().tasks[0]);
    assert_eq!(look(&mut ecs, &id).containers[0].exit_code, Some(0));
    assert_eq!(lines(&mut ecs, &id), ["audit in prod"]);
}

#[test]
fn each_missing_requirement_stops_the_task_with_a_reason() {
    // The log group is missing.
    let mut ecs = foundation();
    ecs.run(read::<logs::DeleteLogGroupRequest>(json!({"logGroupName": "/ecs/app"}))).unwrap();
    assert_eq!(
        reason(&mut ecs),
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed \
         to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit \
         status 1"
    );
    // The execution role cannot create log streams.
    let mut ecs = foundation();
    inline(&mut ecs, "execution", "Deny", &json!("logs:CreateLogStream"));
    let text = reason(&mut ecs);
    assert!(text.contains("log stream: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/execution/"), "{text}");
    // The managed policy is not attached.
    let mut ecs = foundation();
    let request = json!({"RoleName": "execution", "PolicyArn": EXECUTION_POLICY});
    ecs.run(read::<iam::DetachRolePolicyRequest>(request)).unwrap();
    let text = reason(&mut ecs);
    assert!(
        text.starts_with(
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: \
             unable to retrieve ecr registry auth: service call has been retried 1 time(s): operation error ECR: \
             GetAuthorizationToken, https response error StatusCode: 400, RequestID: "
        ),
        "{text}"
    );
    assert!(
        text.ends_with(
            "because no identity-based policy allows the ecr:GetAuthorizationToken action."
        ),
        "{text}"
    );
    // The image, its repository, or the permission to pull the image is missing.
    let not_found = format!(
        "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref {IMAGE}: \
         {IMAGE}: not found"
    );
    let mut ecs = foundation();
    let request = json!({"repositoryName": "app", "imageIds": [{"imageTag": "1"}]});
    ecs.run(read::<ecr::BatchDeleteImageRequest>(request)).unwrap();
    assert_eq!(reason(&mut ecs), not_found);
    let mut ecs = foundation();
    let request = json!({"repositoryName": "app", "force": true});
    ecs.run(read::<ecr::DeleteRepositoryRequest>(request)).unwrap();
    assert_eq!(reason(&mut ecs), not_found);
    let mut ecs = foundation();
    inline(&mut ecs, "execution", "Deny", &json!("ecr:BatchGetImage"));
    let task = started(&mut ecs);
    let text = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref \
                123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1: pulling from host \
                123456789012.dkr.ecr.us-east-1.amazonaws.com failed with status code [manifests 1]: 403 Forbidden";
    assert_eq!(task.stopped_reason.as_deref(), Some(text));
    assert_eq!(task.containers[0].reason.as_deref(), Some(text));
    // The trust policy of the task role changes after `RunTask`.
    let mut ecs = foundation();
    super::slow(&mut ecs);
    let id = one(&mut ecs);
    let other = super::TRUST.replace("ecs-tasks", "ec2");
    let request = json!({"RoleName": "task", "PolicyDocument": other});
    ecs.run(read::<iam::UpdateAssumeRolePolicyRequest>(request)).unwrap();
    ecs.pass(120);
    let text = look(&mut ecs, &id).stopped_reason.unwrap();
    assert!(text.starts_with("ECS was unable to assume the role"), "{text}");
}

#[test]
fn a_repository_policy_grants_and_denies() {
    let policy = |effect: &str, principal: &str| {
        json!({"repositoryName": "app", "policyText": json!({"Version": "2012-10-17", "Statement": [{
            "Effect": effect, "Principal": {"AWS": principal},
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        }]}).to_string()})
    };
    let set = |ecs: &mut EcsBench, request: Value| {
        ecs.run(read::<ecr::SetRepositoryPolicyRequest>(request)).unwrap();
    };
    let mut ecs = foundation();
    set(&mut ecs, policy("Deny", super::EXECUTION));
    assert!(reason(&mut ecs).ends_with("403 Forbidden"));
    // The role's own policy allows only `ecr:GetAuthorizationToken` and `logs:*`. The repository
    // policy allows the role to pull the image.
    let mut ecs = foundation();
    let request = json!({"RoleName": "execution", "PolicyArn": EXECUTION_POLICY});
    ecs.run(read::<iam::DetachRolePolicyRequest>(request)).unwrap();
    inline(&mut ecs, "execution", "Allow", &json!(["ecr:GetAuthorizationToken", "logs:*"]));
    assert!(reason(&mut ecs).ends_with("403 Forbidden"));
    set(&mut ecs, policy("Allow", super::EXECUTION));
    assert_eq!(started(&mut ecs).last_status, "RUNNING");
    // A repository policy that names the role cannot grant more than the permissions boundary
    // allows.
    bound(&mut ecs, "logs", &json!(["ecr:GetAuthorizationToken", "logs:*"]));
    assert!(reason(&mut ecs).ends_with("403 Forbidden"));
    bound(&mut ecs, "all", &json!("*"));
    assert_eq!(started(&mut ecs).last_status, "RUNNING");
}

#[test]
fn an_image_in_another_account_requires_a_repository_policy() {
    let mut ecs = foundation();
    let image = IMAGE.replace("123456789012", "444455556666");
    ecs.run(definition(&json!({"image": image}))).unwrap();
    assert!(reason(&mut ecs).ends_with("403 Forbidden"));
    let mut other = ecs.caller.clone();
    other.location.account_id = "444455556666".parse().unwrap();
    let now = ecs.now;
    let text = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "ecr:*"}]});
    let requests = [
        json!({"repositoryName": "app"}),
        json!({"repositoryName": "app", "policyText": text.to_string()}),
    ];
    let [create, set] = requests;
    let mut call = Call { caller: &other, now, world: &mut ecs.world };
    read::<ecr::CreateRepositoryRequest>(create).run(&mut call).unwrap();
    call.ecr().push_image("app", Some("1"), now);
    assert!(reason(&mut ecs).ends_with("403 Forbidden"));
    let mut call = Call { caller: &other, now, world: &mut ecs.world };
    read::<ecr::SetRepositoryPolicyRequest>(set).run(&mut call).unwrap();
    assert_eq!(started(&mut ecs).last_status, "RUNNING");
}

#[test]
fn images_are_named_by_digest_and_secrets_need_permissions() {
    let mut ecs = foundation();
    let digest = {
        let now = ecs.now;
        let mut call = Call { caller: &ecs.caller, now, world: &mut ecs.world };
        call.ecr().push_image("app", Some("2"), now).unwrap()
    };
    let image = IMAGE.replace(":1", &format!("@{digest}"));
    ecs.run(definition(&json!({"image": image}))).unwrap();
    assert_eq!(started(&mut ecs).containers[0].image_digest.as_ref(), Some(&digest));
    let secrets = json!([{"name": "PASSWORD", "valueFrom": "/app/password"}]);
    ecs.run(definition(&json!({"secrets": secrets}))).unwrap();
    let text = reason(&mut ecs);
    assert!(text.contains("unable to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: User: "), "{text}");
    assert!(text.contains("ssm:GetParameters on resource: arn:aws:ssm:us-east-1:123456789012:parameter/app/password"), "{text}");
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf";
    let secrets = json!([{"name": "PASSWORD", "valueFrom": format!("{arn}:password::")}]);
    ecs.run(definition(&json!({"secrets": secrets}))).unwrap();
    assert!(reason(&mut ecs).contains("unable to retrieve secret from asm: "));
    inline(&mut ecs, "execution", "Allow", &json!("secretsmanager:GetSecretValue"));
    assert_eq!(started(&mut ecs).last_status, "RUNNING");
}

#[test]
fn a_permissions_boundary_limits_the_role() {
    let mut ecs = foundation();
    bound(&mut ecs, "boundary", &json!("ecr:*"));
    let text = reason(&mut ecs);
    assert!(
        text.contains("because no permissions boundary allows the logs:CreateLogStream action"),
        "{text}"
    );
}

#[test]
fn the_log_driver_creates_the_group_if_configured() {
    let mut ecs = foundation();
    let log = json!({"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/new", "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "ecs", "awslogs-create-group": "true"}});
    ecs.run(definition(&json!({"logConfiguration": log}))).unwrap();
    assert!(reason(&mut ecs).contains("logs:CreateLogGroup"));
    inline(&mut ecs, "execution", "Allow", &json!("logs:CreateLogGroup"));
    let task = started(&mut ecs);
    assert_eq!(task.last_status, "RUNNING");
    ecs.run(stop(&task.task_arn)).unwrap();
    assert_eq!(started(&mut ecs).last_status, "RUNNING");
}
