//! Tests for registering, describing, listing, deregistering and deleting task definitions.

use serde_json::{Value, json};

use super::EcsBench;
use crate::access::Permissions;
use crate::access::refusal;
use crate::api::{Call, Service};
use crate::ecs::{
    DeleteTaskDefinitionsRequest, DeregisterTaskDefinitionRequest, DescribeTaskDefinitionRequest,
    ListTagsForResourceRequest, ListTaskDefinitionFamiliesRequest, ListTaskDefinitionsRequest,
    RegisterTaskDefinitionRequest, Tag, TagResourceRequest, TaskDefinition, UntagResourceRequest,
};
use infra_core::policy::PolicyDocument;

const ROLE: &str = "arn:aws:iam::123456789012:role/execution";

/// Returns a typical task definition for Fargate.
fn app() -> Value {
    json!({
        "family": "app",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": ".25 vCPU",
        "memory": "0.5GB",
        "executionRoleArn": ROLE,
        "containerDefinitions": [{
            "name": "web",
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1",
            "portMappings": [{"containerPort": 80}],
            "logConfiguration": {"logDriver": "awslogs", "options": {
                "awslogs-group": "/ecs/app", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs"
            }}
        }],
        "tags": [{"key": "Team", "value": "shop"}]
    })
}

fn request(value: Value) -> RegisterTaskDefinitionRequest {
    serde_json::from_value(value).unwrap()
}

/// Returns a request to register a typical task definition with these changes. A change to null
/// removes the member.
fn with(changes: &Value) -> RegisterTaskDefinitionRequest {
    let mut value = app();
    for (name, change) in changes.as_object().unwrap() {
        value[name] = change.clone();
    }
    request(value)
}

fn container(changes: &Value) -> RegisterTaskDefinitionRequest {
    let mut value = app();
    for (name, change) in changes.as_object().unwrap() {
        value["containerDefinitions"][0][name] = change.clone();
    }
    request(value)
}

/// Returns a container without special settings, with these members added.
fn web(more: &Value) -> Value {
    let mut web = json!({"name": "web", "image": "nginx", "memory": 64});
    web.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    web
}

fn register(ecs: &mut EcsBench) -> TaskDefinition {
    ecs.run(request(app())).unwrap().task_definition
}

fn describe(name: &str) -> DescribeTaskDefinitionRequest {
    DescribeTaskDefinitionRequest { task_definition: Some(name.to_owned()), include: None }
}

fn deregister(name: &str) -> DeregisterTaskDefinitionRequest {
    DeregisterTaskDefinitionRequest { task_definition: Some(name.to_owned()) }
}

#[test]
fn registered_revisions_are_numbered_and_have_the_defaults_of_aws() {
    let mut ecs = EcsBench::new();
    let first = ecs.run(request(app())).unwrap();
    assert_eq!(first.tags.unwrap(), [Tag::new("Team", "shop")]);
    let definition = serde_json::to_value(&first.task_definition).unwrap();
    let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/app:1";
    assert_eq!(definition["taskDefinitionArn"], arn);
    assert_eq!((&definition["cpu"], &definition["memory"]), (&json!("256"), &json!("512")));
    assert_eq!(definition["compatibilities"], json!(["EC2", "FARGATE"]));
    assert_eq!(definition["registeredBy"], "arn:aws:iam::123456789012:user/ops");
    assert_eq!(
        (&definition["volumes"], &definition["placementConstraints"]),
        (&json!([]), &json!([]))
    );
    let container = &definition["containerDefinitions"][0];
    assert_eq!(
        container["portMappings"],
        json!([{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}])
    );
    assert_eq!((&container["essential"], &container["cpu"]), (&json!(true), &json!(0)));
    assert_eq!(container["environment"], json!([]));
    let attributes = definition["requiresAttributes"].as_array().unwrap();
    let names: Vec<&str> = attributes.iter().map(|a| a["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"ecs.capability.task-eni"), "{names:?}");
    assert!(names.contains(&"ecs.capability.execution-role-awslogs"), "{names:?}");
    assert_eq!(register(&mut ecs).revision, 2);
}

#[test]
fn violations_are_reported_one_at_a_time_with_the_messages_of_aws() {
    let mut ecs = EcsBench::new();
    let cases = [
        (with(&json!({"family": "a b"})), "Family contains invalid characters."),
        (with(&json!({"containerDefinitions": []})), "Container list cannot be empty."),
        (with(&json!({"networkMode": "bridge"})), "Fargate only supports network mode ‘awsvpc’."),
        (with(&json!({"cpu": null})), "Fargate requires that 'cpu' be defined at the task level."),
        (
            with(&json!({"memory": null})),
            "Fargate requires that 'memory' be defined at the task level.",
        ),
        (with(&json!({"cpu": "x"})), "Invalid 'cpu' setting for task."),
        (
            with(&json!({"cpu": "1024", "memory": "1024"})),
            "No Fargate configuration exists for given values: 1024 CPU, 1024 memory. See the Amazon ECS \
             documentation for the valid values.",
        ),
        (
            with(&json!({"executionRoleArn": null})),
            "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
        ),
        (
            with(&json!({"executionRoleArn": null, "containerDefinitions": [
                {"name": "web", "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"}]})),
            "Fargate requires task definition to have execution role ARN to support ECR images.",
        ),
        (
            container(&json!({"logConfiguration": {"logDriver": "awslogs"}})),
            "Log driver awslogs requires options: awslogs-region, awslogs-group",
        ),
        (
            container(&json!({"portMappings": [{"containerPort": 80, "hostPort": 8080}]})),
            "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
        ),
        (
            container(&json!({"essential": false})),
            "Task definition doesn't have any essential container.",
        ),
        (
            with(&json!({"containerDefinitions": [web(&json!({})), web(&json!({}))]})),
            "Container names must be unique within a Task Definition.",
        ),
        (
            with(&json!({"ipcMode": "task"})),
            "Tasks using the Fargate launch type do not support ipcMode.",
        ),
        (
            container(
                &json!({"mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}]}),
            ),
            "Unknown volume 'data'.",
        ),
        (
            container(&json!({"dependsOn": [{"containerName": "db", "condition": "START"}]})),
            "Container 'web' has an invalid dependency on 'db'.",
        ),
    ];
    for (request, words) in cases {
        assert_eq!(ecs.refused(request), format!("ClientException: {words}"));
    }
    let missing = RegisterTaskDefinitionRequest { family: None, ..request(app()) };
    assert_eq!(ecs.refused(missing), "InvalidParameterException: Family can not be blank.");
    let unknown = with(&json!({"networkMode": "mesh"}));
    assert_eq!(
        ecs.refused(unknown),
        "InvalidParameterException: mesh should be one of [bridge,host,awsvpc,none]"
    );
}

#[test]
fn settings_that_exclude_each_other_are_refused() {
    let mut ecs = EcsBench::new();
    let many: Vec<Value> = (0..11).map(|nth| web(&json!({"name": format!("web{nth}")}))).collect();
    let cases = [
        (with(&json!({"containerDefinitions": many})), "Too many containers."),
        (
            with(&json!({"pidMode": "host"})),
            "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is \
             'task'.",
        ),
        (
            with(&json!({"volumes": [{"name": "data", "host": {"sourcePath": "/data"}}]})),
            "Fargate compatible task definitions do not support sourcePath",
        ),
        (
            container(&json!({"linuxParameters": {"sharedMemorySize": 64}})),
            "Fargate compatible task definitions do not support sharedMemorySize",
        ),
        (
            container(&json!({"logConfiguration": {"logDriver": "syslog"}})),
            "Fargate compatible task definitions do not support logDriver",
        ),
        (
            container(&json!({"hostname": "web"})),
            "hostname is not supported on container when networkMode=awsvpc.",
        ),
        (container(&json!({"links": ["db"]})), "Links are not supported when networkMode=awsvpc."),
        (
            container(&json!({"extraHosts": [{"hostname": "db", "ipAddress": "10.0.0.1"}]})),
            "Extra hosts are not supported on container when networkMode=awsvpc",
        ),
        (
            container(&json!({"memory": 1024})),
            "The 'memory' setting for container 'web' is greater than for the task.",
        ),
        (
            container(&json!({"memoryReservation": 513})),
            "The sum of all container 'memoryReservation' values cannot be greater than the value of the task \
             'memory'.",
        ),
        (
            container(&json!({"portMappings": [{"containerPort": 70000}]})),
            "Invalid 'containerPort' setting for container 'web'.",
        ),
        (
            container(&json!({"portMappings": [{"containerPort": 80}, {"containerPort": 80}]})),
            "TCP host port '80' is mapped multiple times in task.",
        ),
    ];
    for (request, words) in cases {
        assert_eq!(ecs.refused(request), format!("ClientException: {words}"));
    }
    let ports = json!([{"containerPort": 53}, {"containerPort": 53, "protocol": "udp"}]);
    ecs.run(container(&json!({"portMappings": ports}))).unwrap();
    for on_ec2 in [
        json!({"requiresCompatibilities": null, "pidMode": "host"}),
        json!({"requiresCompatibilities": null,
            "containerDefinitions": [web(&json!({"privileged": true}))]}),
    ] {
        let definition = ecs.run(with(&on_ec2)).unwrap().task_definition;
        assert_eq!(definition.compatibilities, ["EC2"], "{on_ec2}");
    }
}

#[test]
fn a_task_definition_for_instances_needs_no_size_of_its_own() {
    let mut ecs = EcsBench::new();
    let bridge = json!({
        "family": "agent",
        "containerDefinitions": [{"name": "agent", "image": "agent:1", "memory": 64, "portMappings": [
            {"containerPort": 80}]}]
    });
    let definition = ecs.run(request(bridge)).unwrap().task_definition;
    assert_eq!(definition.compatibilities, ["EXTERNAL", "EC2"]);
    assert_eq!(
        definition.container_definitions[0].port_mappings.as_ref().unwrap()[0].host_port,
        Some(0)
    );
    let none =
        json!({"family": "agent", "containerDefinitions": [{"name": "agent", "image": "agent"}]});
    assert!(ecs.refused(request(none)).contains("At least one of 'memory' or 'memoryReservation'"));
}

#[test]
fn a_revision_is_described_by_every_kind_of_name() {
    let mut ecs = EcsBench::new();
    let (first, second) = (register(&mut ecs), register(&mut ecs));
    let arn = &first.task_definition_arn;
    for (name, expected) in [("app", &second), ("app:1", &first), (arn.as_str(), &first)] {
        let found = ecs.run(describe(name)).unwrap();
        assert_eq!((&found.task_definition, found.tags), (expected, None), "{name}");
    }
    let with_tags =
        DescribeTaskDefinitionRequest { include: Some(vec!["TAGS".to_owned()]), ..describe("app") };
    assert_eq!(ecs.run(with_tags).unwrap().tags.unwrap(), [Tag::new("Team", "shop")]);
    let elsewhere = arn.replace("us-east-1", "eu-west-1");
    for name in ["none", "app:3", "app:x", elsewhere.as_str()] {
        assert_eq!(
            ecs.refused(describe(name)),
            "ClientException: Unable to describe task definition.",
            "{name}"
        );
    }
}

#[test]
fn a_revision_is_deregistered_before_it_is_deleted() {
    let mut ecs = EcsBench::new();
    register(&mut ecs);
    assert_eq!(
        ecs.refused(deregister("none:1")),
        "ClientException: The specified task definition does not exist."
    );
    assert_eq!(ecs.refused(deregister("app")), "ClientException: You must specify a revision.");
    let delete = |names: &[&str]| DeleteTaskDefinitionsRequest {
        task_definitions: Some(super::owned(names)),
    };
    let answer = ecs.run(delete(&["app:1", "none:1"])).unwrap();
    assert_eq!(answer.task_definitions, []);
    assert!(answer.failures[0].reason.contains("still in ACTIVE status"));
    assert!(answer.failures[1].reason.contains("does not exist"));

    ecs.pass(5);
    let gone = ecs.run(deregister("app:1")).unwrap().task_definition;
    assert_eq!((gone.status.as_str(), gone.deregistered_at), ("INACTIVE", Some(ecs.now)));
    // The family has no ACTIVE revision left, but `app:1` can still be described.
    ecs.refused(describe("app"));
    assert_eq!(ecs.run(describe("app:1")).unwrap().task_definition.status, "INACTIVE");
    let answer = ecs.run(delete(&["app:1"])).unwrap();
    assert_eq!(answer.task_definitions[0].status, "DELETE_IN_PROGRESS");
    assert_eq!(
        ecs.refused(delete(&[])),
        "InvalidParameterException: Task definitions cannot be empty."
    );
    // The revision number is not reused.
    assert_eq!(register(&mut ecs).revision, 2);
}

#[test]
fn revisions_and_families_are_listed_filtered_and_paged() {
    let mut ecs = EcsBench::new();
    for family in ["b", "a", "a", "ab"] {
        ecs.run(with(&json!({"family": family}))).unwrap();
    }
    ecs.run(deregister("b:1")).unwrap();
    let list = |ecs: &mut EcsBench, request| {
        let arns = ecs.run::<ListTaskDefinitionsRequest>(request).unwrap().task_definition_arns;
        arns.iter().map(|arn| arn.split_once('/').unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    let all = ListTaskDefinitionsRequest::default();
    assert_eq!(list(&mut ecs, all.clone()), ["a:1", "a:2", "ab:1"]);
    let text = |text: &str| Some(text.to_owned());
    let descending = ListTaskDefinitionsRequest { sort: text("DESC"), ..all.clone() };
    assert_eq!(list(&mut ecs, descending.clone()), ["ab:1", "a:2", "a:1"]);
    let of_family = ListTaskDefinitionsRequest { family_prefix: text("a"), ..all.clone() };
    assert_eq!(list(&mut ecs, of_family), ["a:1", "a:2"]);
    let inactive = ListTaskDefinitionsRequest { status: text("INACTIVE"), ..all };
    assert_eq!(list(&mut ecs, inactive), ["b:1"]);
    let mut pages = Vec::new();
    let mut next_token = None;
    loop {
        let request =
            ListTaskDefinitionsRequest { max_results: Some(1), next_token, ..descending.clone() };
        let page = ecs.run(request).unwrap();
        pages.extend(page.task_definition_arns);
        next_token = page.next_token;
        if next_token.is_none() {
            break;
        }
    }
    assert_eq!(pages.len(), 3);
    assert!(pages[0].ends_with("/ab:1"), "{pages:?}");

    let families = |ecs: &mut EcsBench, status: Option<&str>, prefix: Option<&str>| {
        let request = ListTaskDefinitionFamiliesRequest {
            status: status.map(str::to_owned),
            family_prefix: prefix.map(str::to_owned),
            ..ListTaskDefinitionFamiliesRequest::default()
        };
        ecs.run(request).unwrap().families
    };
    assert_eq!(families(&mut ecs, None, None), ["a", "ab", "b"]);
    assert_eq!(families(&mut ecs, Some("ACTIVE"), Some("a")), ["a", "ab"]);
    assert_eq!(families(&mut ecs, Some("INACTIVE"), None), ["b"]);
    let bad = ListTaskDefinitionFamiliesRequest { next_token: text("x"), ..Default::default() };
    assert_eq!(ecs.refused(bad), "InvalidParameterException: Invalid nextToken.");
}

#[test]
fn tags_of_a_revision_are_set_listed_and_removed() {
    let mut ecs = EcsBench::new();
    let arn = Some(register(&mut ecs).task_definition_arn);
    let tags = Some(vec![Tag::new("Stage", "test")]);
    ecs.run(TagResourceRequest { resource_arn: arn.clone(), tags }).unwrap();
    let keys = Some(vec!["Team".to_owned()]);
    ecs.run(UntagResourceRequest { resource_arn: arn.clone(), tag_keys: keys }).unwrap();
    let listed = ecs.run(ListTagsForResourceRequest { resource_arn: arn.clone() }).unwrap();
    assert_eq!(listed.tags, [Tag::new("Stage", "test")]);
    let gone = arn.map(|arn| arn.replace("app:1", "app:7"));
    assert_eq!(
        ecs.refused(ListTagsForResourceRequest { resource_arn: gone }),
        "ResourceNotFoundException: The specified resource wasn't found."
    );
}

#[test]
fn registering_requires_permission_to_pass_the_roles() {
    let mut ecs = EcsBench::new();
    let policy = |actions: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": {actions}, "Resource": "*"}}}}"#
        );
        Permissions::of([PolicyDocument::parse(&text).unwrap()]).unwrap()
    };
    let mut denied = |actions| {
        ecs.caller.permissions = policy(actions);
        let call = Call { caller: &ecs.caller, now: ecs.now, world: &mut ecs.world };
        refusal(Service::Ecs, &request(app()), &call).map(|error| error.to_string())
    };
    assert_eq!(
        denied(r#"["ecs:RegisterTaskDefinition", "ecs:TagResource"]"#).unwrap(),
        "AccessDeniedException: User: arn:aws:iam::123456789012:user/ops is not authorized to perform: \
         iam:PassRole on resource: arn:aws:iam::123456789012:role/execution because no identity-based policy \
         allows the iam:PassRole action"
    );
    assert!(
        denied(r#"["ecs:RegisterTaskDefinition", "iam:PassRole"]"#)
            .unwrap()
            .contains("ecs:TagResource")
    );
    assert_eq!(
        denied(r#"["ecs:RegisterTaskDefinition", "ecs:TagResource", "iam:PassRole"]"#),
        None
    );
}
