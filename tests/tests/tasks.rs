//! Tests that run a task on a foundation. The task's image is pulled, its output appears in the log
//! group, and its code calls AWS with the task role. If a part of the foundation is missing or
//! wrong, the task stops or a call fails, for the same reason as on AWS. Applying the foundation
//! repairs it.

use std::time::Duration;

use infra_core::foundation::FoundationSpec;
use infra_mock::api::Operation;
use infra_mock::ecs::{Script, Task};
use infra_mock::external_change::ExternalChange;
use infra_mock::{ecr, ecs, iam, logs};
use serde_json::{Value, json};
use tests::parts::{CLUSTER, EXECUTION_ROLE, LOG_GROUP, Part, REPOSITORY, TASK_POLICY, TASK_ROLE};
use tests::{Lab, spec};

fn read<O: Operation>(request: Value) -> O {
    serde_json::from_value(request).expect("the request is valid")
}

/// A mock that contains a foundation, an image and a task definition. The task definition uses
/// every part of the foundation.
struct Stage {
    lab: Lab,
    spec: FoundationSpec,
}

impl Stage {
    async fn new() -> Self {
        let (lab, spec) = (Lab::new(), spec());
        // The container prints a line, and its code creates a log stream with the task role.
        let script = Script::runs().prints("ready").calls(|container| {
            let stream = json!({"logGroupName": LOG_GROUP, "logStreamName": "audit"});
            match container.call(read::<logs::CreateLogStreamRequest>(stream)) {
                Ok(()) => container.print("audit"),
                Err(refusal) if refusal.code == "ResourceAlreadyExistsException" => {
                    container.print("audit");
                }
                Err(refusal) => {
                    container.print(refusal.to_string());
                    container.exit(1, Duration::ZERO);
                }
            }
        });
        lab.mock.on_container("app", script);
        let stage = Self { lab, spec };
        stage.repair().await;
        stage.register().await;
        stage
    }

    /// Applies the foundation and pushes the image.
    async fn repair(&self) {
        self.lab.apply(&self.spec).await;
        let (repository, tag) = (REPOSITORY.to_owned(), Some("1".to_owned()));
        self.lab
            .mock
            .seed(&ExternalChange::Image { repository, tag })
            .expect("the image can be pushed");
    }

    async fn register(&self) {
        let foundation = self.lab.foundation(&self.spec).await;
        let image = foundation.outputs().get("ecr_repository_url").unwrap_or_default().to_owned();
        self.register_image(&image).await;
    }

    async fn register_image(&self, repository: &str) {
        let foundation = self.lab.foundation(&self.spec).await;
        let outputs = foundation.outputs();
        let output = |name| outputs.get(name).unwrap_or_default().to_owned();
        self.lab.act(read::<ecs::RegisterTaskDefinitionRequest>(json!({
            "family": "app",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": output("ecs_execution_role_arn"),
            "taskRoleArn": output("ecs_task_role_arn"),
            "containerDefinitions": [{
                "name": "app",
                "image": format!("{repository}:1"),
                "logConfiguration": {"logDriver": "awslogs", "options": {
                    "awslogs-group": output("cloudwatch_log_group_name"),
                    "awslogs-region": "us-east-1",
                    "awslogs-stream-prefix": "ecs"
                }}
            }]
        })));
    }

    fn request() -> ecs::RunTaskRequest {
        read(json!({
            "cluster": CLUSTER,
            "taskDefinition": "app",
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
        }))
    }

    /// Runs a task and returns it after it has started or failed to start.
    fn run(&self) -> Result<Task, String> {
        let started = self.lab.mock.call(Self::request()).map_err(|error| error.to_string())?;
        let arn = &started.tasks[0].task_arn;
        let request = json!({"cluster": CLUSTER, "tasks": [arn]});
        Ok(self.lab.act(read::<ecs::DescribeTasksRequest>(request)).tasks.remove(0))
    }

    /// Runs a task that must fail. Returns the error from the call or the reason why the task
    /// stopped.
    fn reason(&self) -> String {
        match self.run() {
            Err(refusal) => refusal,
            Ok(task) => {
                assert_eq!(task.last_status, "STOPPED");
                task.stopped_reason.unwrap_or_default()
            }
        }
    }

    fn lines(&self, task: &Task) -> Vec<String> {
        let id = task.task_arn.rsplit('/').next().unwrap_or_default();
        let request = json!({"logGroupName": LOG_GROUP, "logStreamName": format!("ecs/app/{id}"),
            "startFromHead": true});
        let events = self.lab.act(read::<logs::GetLogEventsRequest>(request)).events;
        let events = serde_json::to_value(events).unwrap_or_default();
        let events = events.as_array().into_iter().flatten();
        events.filter_map(|event| Some(event["message"].as_str()?.to_owned())).collect()
    }

    fn assert_runs(&self, after: &str) {
        let task = self.run().unwrap_or_else(|refusal| panic!("{after}: {refusal}"));
        assert_eq!(task.last_status, "RUNNING", "{after}: {:?}", task.stopped_reason);
        assert_eq!(self.lines(&task), ["ready", "audit"], "{after}");
        self.stop_all();
    }

    /// Stops all tasks, so that the cluster can be changed.
    fn stop_all(&self) {
        let list = json!({"cluster": CLUSTER});
        for task in self.lab.act(read::<ecs::ListTasksRequest>(list)).task_arns {
            self.lab.act(read::<ecs::StopTaskRequest>(json!({"cluster": CLUSTER, "task": task})));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_runs_on_the_foundation_and_writes_its_logs() {
    let stage = Stage::new().await;
    let task = stage.run().expect("it runs");
    assert_eq!(task.last_status, "RUNNING");
    assert_eq!(task.capacity_provider_name.as_deref(), Some("FARGATE"));
    assert_eq!(stage.lines(&task), ["ready", "audit"]);
    let request = json!({"clusters": [CLUSTER]});
    let clusters = stage.lab.act(read::<ecs::DescribeClustersRequest>(request)).clusters;
    assert_eq!(clusters[0].running_tasks_count, 1);
}

#[tokio::test(start_paused = true)]
async fn each_piece_of_the_foundation_is_needed_and_apply_repairs_it() {
    let stage = Stage::new().await;
    let inline = |role: &str, name: &str, action: &str| {
        let document = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Deny", "Action": action, "Resource": "*"}});
        stage.lab.act(read::<iam::PutRolePolicyRequest>(json!({
            "RoleName": role, "PolicyName": name, "PolicyDocument": document.to_string()})));
    };
    let trust = |role: &str| {
        let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        stage.lab.act(read::<iam::UpdateAssumeRolePolicyRequest>(json!({
            "RoleName": role, "PolicyDocument": document.to_string()})));
    };
    let not_assumed = "ClientException: ECS was unable to assume the role";
    stage.assert_runs("with the new foundation");

    trust(EXECUTION_ROLE);
    assert!(stage.reason().starts_with(not_assumed), "{}", stage.reason());
    stage.repair().await;
    stage.assert_runs("after the execution role's trust policy is repaired");

    trust(TASK_ROLE);
    assert!(stage.reason().starts_with(not_assumed), "{}", stage.reason());
    stage.repair().await;
    stage.assert_runs("after the task role's trust policy is repaired");

    for part in [Part::ExecutionRole, Part::TaskRole] {
        part.remove(&stage.lab);
        assert!(stage.reason().starts_with(not_assumed), "{part:?}: {}", stage.reason());
        stage.repair().await;
        stage.assert_runs("after the role is restored");
    }

    Part::ExecutionRoleAttachment.remove(&stage.lab);
    let reason = stage.reason();
    assert!(
        reason.starts_with(
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval \
             failed: unable to retrieve ecr registry auth: "
        ),
        "{reason}"
    );
    stage.repair().await;
    stage.assert_runs("after the attachment is restored");

    Part::LogGroup.remove(&stage.lab);
    let reason = stage.reason();
    assert!(
        reason.contains("failed to create Cloudwatch log stream: ResourceNotFoundException"),
        "{reason}"
    );
    stage.repair().await;
    stage.assert_runs("after the log group is restored");

    let image = json!({"repositoryName": REPOSITORY, "imageIds": [{"imageTag": "1"}]});
    stage.lab.act(read::<ecr::BatchDeleteImageRequest>(image));
    assert!(stage.reason().starts_with("CannotPullContainerError: "), "{}", stage.reason());
    stage.repair().await;
    stage.assert_runs("after the image is restored");

    let repository = json!({"repositoryName": REPOSITORY, "force": true});
    stage.lab.act(read::<ecr::DeleteRepositoryRequest>(repository));
    assert!(stage.reason().ends_with(": not found"), "{}", stage.reason());
    stage.repair().await;
    stage.assert_runs("after the repository is restored");

    // Without the inline policy, the task starts. The task's code then fails and logs the reason.
    Part::TaskRolePolicy.remove(&stage.lab);
    let task = stage.run().expect("the task starts");
    assert_eq!(task.stop_code.as_deref(), Some("EssentialContainerExited"));
    let lines = stage.lines(&task);
    assert!(lines[1].contains("is not authorized to perform: logs:CreateLogStream"), "{lines:?}");
    stage.repair().await;
    stage.assert_runs("after the inline policy is restored");

    inline(TASK_ROLE, TASK_POLICY, "logs:CreateLogStream");
    assert_eq!(stage.run().expect("the task starts").containers[0].exit_code, Some(1));
    stage.repair().await;
    stage.assert_runs("after the inline policy is repaired");

    stage.stop_all();
    Part::CapacityProviders.remove(&stage.lab);
    assert_eq!(
        stage.reason(),
        "InvalidParameterException: No Container Instances were found in your cluster."
    );
    stage.repair().await;
    stage.assert_runs("after the capacity providers are restored");

    Part::Cluster.remove(&stage.lab);
    assert_eq!(stage.reason(), "ClusterNotFoundException: The referenced cluster was inactive.");
    stage.repair().await;
    stage.assert_runs("after the cluster is restored");
}

#[tokio::test(start_paused = true)]
async fn a_repository_policy_that_denies_the_execution_role_stops_the_task() {
    let stage = Stage::new().await;
    let mut document: Value = serde_json::from_str(
        &stage
            .lab
            .act(read::<ecr::GetRepositoryPolicyRequest>(json!({"repositoryName": REPOSITORY})))
            .policy_text,
    )
    .expect("the policy is JSON");
    // The statement applies to the execution role, so changing Allow to Deny stops the task.
    document["Statement"][0]["Effect"] = "Deny".into();
    let policy = json!({"repositoryName": REPOSITORY, "policyText": document.to_string()});
    stage.lab.act(read::<ecr::SetRepositoryPolicyRequest>(policy));
    let reason = stage.reason();
    assert!(reason.ends_with("403 Forbidden"), "{reason}");
    stage.repair().await;
    stage.assert_runs("after the repository policy is repaired");
}

#[tokio::test(start_paused = true)]
async fn a_task_in_a_second_account_needs_the_repository_policy_of_the_first() {
    let mut first = Stage::new().await;
    let account = "210987654321".parse().expect("it is an account ID");
    let second = Stage { lab: Lab::on(first.lab.mock.in_account(account)), spec: spec() };
    second.repair().await;
    let images = first.lab.foundation(&first.spec).await;
    second.register_image(images.outputs().get("ecr_repository_url").unwrap_or_default()).await;
    assert!(second.reason().ends_with("403 Forbidden"), "{}", second.reason());

    let account = "210987654321".parse().expect("it is a principal");
    first.spec.repository.additional_pull_principals = vec![account];
    first.repair().await;
    second.assert_runs("after the second account is added to the repository policy");
    first.spec.repository.additional_pull_principals = Vec::new();
    first.repair().await;
    assert!(second.reason().ends_with("403 Forbidden"), "{}", second.reason());
}
