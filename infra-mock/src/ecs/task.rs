//! Tasks: the state that ECS stores for them, and their next steps.

mod describe;
pub(super) mod launch;
mod list;
pub(super) mod placement;
mod protection;
mod run;
mod stop;

use std::time::Duration;

use infra_core::arn::Location;
use serde::{Deserialize, Serialize};

use super::fixtures::{TaskFixture, TaskStatus};
use crate::api::Lag;
use crate::ecs::{Task, TaskOverride};
use crate::time::Timestamp;

pub(super) use run::{TokenUse, check_roles, network, roles, runnable};

pub(super) const PROVISIONING: &str = "PROVISIONING";
pub(super) const PENDING: &str = "PENDING";
pub(super) const RUNNING: &str = "RUNNING";
pub(super) const DEPROVISIONING: &str = "DEPROVISIONING";
pub(super) const STOPPED: &str = "STOPPED";

/// How long `DescribeTasks` keeps returning a stopped task. AWS documents this duration as a
/// minimum:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html>.
const REMEMBERED: Duration = Duration::from_hours(1);

/// A task on a cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub(super) struct TaskRecord {
    /// The task, including its tags, in the form that `DescribeTasks` returns. The ARN is empty
    /// until [`complete`](Self::complete) is called.
    pub(super) task: Task,
    /// The name of the service that the task belongs to.
    pub(super) service: Option<String>,
    /// The task's next step.
    pub(super) next: Option<Step>,
    /// The scheduled exit of each container, in the same order as the task's containers.
    pub(super) exits: Vec<Option<Exit>>,
    /// Whether the task is waiting for a container instance.
    pub(super) waits: bool,
    /// The time at which the task's protection from scale-in and deployments ends, or has ended.
    protected_until: Option<Timestamp>,
}

/// The exit code of a container, and the time at which the container exits unless it is stopped
/// earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Exit {
    pub(super) at: Timestamp,
    pub(super) code: i32,
}

/// A task's next step, and the time at which the task began to wait for this step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) kind: StepKind,
    pub(super) since: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum StepKind {
    /// The task gets its network interface.
    Attach,
    /// The images are pulled, and the containers start.
    Start,
    /// A container exits. For this step, `since` is the time of the exit.
    Exit,
    /// The containers receive SIGTERM.
    Terminate,
    /// The network interface is released, and the task becomes STOPPED.
    Release,
    /// ECS removes the task.
    Forget,
}

impl Step {
    pub(super) const fn new(kind: StepKind, since: Timestamp) -> Self {
        Self { kind, since }
    }

    /// Returns the time at which the step is due.
    pub(super) fn due(&self, lag: &Lag) -> Timestamp {
        self.since.after(match self.kind {
            StepKind::Attach => lag.task_provisioning,
            StepKind::Start => lag.task_pending,
            StepKind::Exit | StepKind::Terminate => Duration::ZERO,
            StepKind::Release => lag.task_stopping,
            StepKind::Forget => REMEMBERED,
        })
    }
}

/// A task in a snapshot. Older versions of the mock stored each task as a fixture.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Record {
        task: Box<Task>,
        service: Option<String>,
        next: Option<Step>,
        exits: Vec<Option<Exit>>,
        waits: bool,
        #[serde(default)]
        protected_until: Option<Timestamp>,
    },
    Fixture(TaskFixture),
}

impl From<Stored> for TaskRecord {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Record { task, service, next, exits, waits, protected_until } => {
                Self { task: *task, service, next, exits, waits, protected_until }
            }
            Stored::Fixture(fixture) => fixture.into(),
        }
    }
}

/// Converts the fixture for a task into the stored form. The task runs until it is stopped or
/// removed.
impl From<TaskFixture> for TaskRecord {
    fn from(fixture: TaskFixture) -> Self {
        let TaskFixture {
            status,
            launch_type,
            service,
            family,
            started_by,
            container_instance,
            capacity_provider,
        } = fixture;
        let last_status = match status {
            TaskStatus::Pending => PENDING,
            TaskStatus::Running => RUNNING,
        };
        let group = match (&service, &family) {
            (Some(service), _) => Some(format!("service:{service}")),
            (None, family) => family.as_ref().map(|family| format!("family:{family}")),
        };
        let task = Task {
            last_status: last_status.to_owned(),
            desired_status: RUNNING.to_owned(),
            launch_type: launch_type.as_str().to_owned(),
            group,
            started_by,
            // This field contains only the ID until `complete` replaces it with the ARN.
            container_instance_arn: container_instance,
            capacity_provider_name: capacity_provider,
            // This field contains only the family until `complete` replaces it with the ARN.
            task_definition_arn: family.unwrap_or_default(),
            overrides: TaskOverride::default(),
            health_status: "UNKNOWN".to_owned(),
            version: 1,
            ..Task::default()
        };
        Self { task, service, ..Self::default() }
    }
}

impl TaskRecord {
    /// Returns whether the task was added by a test and still lacks its ARNs and times.
    pub(super) fn is_incomplete(&self) -> bool {
        self.task.task_arn.is_empty()
    }

    /// Fills in the ARNs and times of a task that a test added.
    pub(super) fn complete(
        &mut self,
        location: &Location,
        cluster: &str,
        id: &str,
        now: Timestamp,
    ) {
        let arn = |resource: String| location.arn("ecs", resource).to_string();
        let task = &mut self.task;
        task.task_arn = arn(format!("task/{cluster}/{id}"));
        task.cluster_arn = arn(format!("cluster/{cluster}"));
        let family = if task.task_definition_arn.is_empty() {
            "external"
        } else {
            &task.task_definition_arn
        };
        task.task_definition_arn = arn(format!("task-definition/{family}:1"));
        if let Some(id) = task.container_instance_arn.take() {
            task.container_instance_arn = Some(arn(format!("container-instance/{cluster}/{id}")));
        }
        task.created_at = now;
        if task.last_status == RUNNING {
            task.started_at = Some(now);
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.task.last_status == STOPPED
    }

    /// Returns whether all containers of the task have ended.
    pub(super) fn has_ended(&self) -> bool {
        [DEPROVISIONING, STOPPED].contains(&self.task.last_status.as_str())
    }

    pub(super) fn is_running(&self) -> bool {
        self.task.last_status == RUNNING
    }

    /// Returns whether the task is starting and has not been told to stop.
    pub(super) fn is_pending(&self) -> bool {
        [PROVISIONING, PENDING].contains(&self.task.last_status.as_str()) && self.is_wanted()
    }

    /// Returns whether the task is supposed to be running.
    pub(super) fn is_wanted(&self) -> bool {
        self.task.desired_status == RUNNING
    }

    /// Returns the family of the task definition. Until [`complete`](Self::complete) is called,
    /// only the family is stored, not the ARN.
    pub(super) fn family(&self) -> &str {
        let arn = &self.task.task_definition_arn;
        let name = arn.rsplit('/').next().unwrap_or(arn);
        name.split(':').next().unwrap_or(name)
    }

    /// Returns the ID of the container instance that the task runs on.
    pub(super) fn container_instance(&self) -> Option<&str> {
        self.task.container_instance_arn.as_deref().and_then(|arn| arn.rsplit('/').next())
    }

    /// Places the waiting task on a container instance.
    pub(super) fn place_on(&mut self, instance_arn: String, now: Timestamp) {
        self.waits = false;
        self.task.container_instance_arn = Some(instance_arn);
        if self.next.is_none() && self.is_wanted() {
            let kind =
                if self.task.attachments.is_empty() { StepKind::Start } else { StepKind::Attach };
            self.next = Some(Step::new(kind, now));
        }
    }

    /// Starts stopping the task.
    pub(super) fn stop(&mut self, code: &str, reason: String, now: Timestamp) {
        let task = &mut self.task;
        STOPPED.clone_into(&mut task.desired_status);
        task.stop_code = Some(code.to_owned());
        task.stopped_reason = Some(reason);
        task.stopping_at = Some(now);
        task.version += 1;
        self.next = Some(Step::new(StepKind::Terminate, now));
    }

    /// Returns the task as it appears in responses, with its tags if they were requested.
    pub(super) fn view(&self, with_tags: bool) -> Task {
        let tags = if with_tags { self.task.tags.clone() } else { Vec::new() };
        Task { tags, ..self.task.clone() }
    }
}
