//! Tests that run a task in one account with an image from another account's foundation.

use infra_core::foundation::FoundationSpec;
use infra_mock::api::Operation;
use infra_mock::ecs::{Script, Task};
use infra_mock::external_change::ExternalChange;
use infra_mock::{ecs, logs};
use serde_json::{Value, json};
use tests::parts::{CLUSTER, LOG_GROUP, REPOSITORY};
use tests::{Lab, spec};

fn read<O: Operation>(request: Value) -> O {
    serde_json::from_value(request).expect("the request is valid")
}

/// A foundation with an image, in one account.
struct Stage {
    lab: Lab,
    spec: FoundationSpec,
}

impl Stage {
    /// Applies the foundation and pushes the image.
    async fn repair(&self) {
        self.lab.apply(&self.spec).await;
        let (repository, tag) = (REPOSITORY.to_owned(), Some("1".to_owned()));
        self.lab
            .mock
            .seed(&ExternalChange::Image { repository, tag })
            .expect("the image can be pushed");
    }

    /// Registers a task definition that uses every part of the foundation and runs an image from
    /// the given repository.
    async fn register(&self, repository: &str) {
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
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_in_a_second_account_needs_the_repository_policy_of_the_first() {
    let mut first = Stage { lab: Lab::new(), spec: spec() };
    // The container prints a line, and then uses the task role to create a log stream.
    let script = Script::runs().prints("ready").calls(|container| {
        let stream = json!({"logGroupName": LOG_GROUP, "logStreamName": "audit"});
        let created = container.call(read::<logs::CreateLogStreamRequest>(stream));
        container
            .print(created.map_or_else(|refusal| refusal.to_string(), |()| "audit".to_owned()));
    });
    first.lab.mock.on_container("app", script);
    first.repair().await;
    let account = "210987654321".parse().expect("it is an account ID");
    let second = Stage { lab: Lab::on(first.lab.mock.in_account(account)), spec: spec() };
    second.repair().await;
    let images = first.lab.foundation(&first.spec).await;
    second.register(images.outputs().get("ecr_repository_url").unwrap_or_default()).await;
    assert!(second.reason().ends_with("403 Forbidden"), "{}", second.reason());

    let account = "210987654321".parse().expect("it is a principal");
    first.spec.repository.additional_pull_principals = vec![account];
    first.repair().await;
    second.assert_runs("after the second account is added to the repository policy");
    first.spec.repository.additional_pull_principals = Vec::new();
    first.repair().await;
    assert!(second.reason().ends_with("403 Forbidden"), "{}", second.reason());
}
