//! Tasks: what ECS keeps of them, and what happens to them next.

mod describe;
pub(super) mod launch;
mod list;
pub(super) mod placement;
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

/// How long a stopped task can be described, at least:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html>.
const REMEMBERED: Duration = Duration::from_hours(1);

/// A task on a cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub(super) struct TaskRecord {
    /// The task as `DescribeTasks` shows it with its tags. Without an ARN until [`complete`](Self::complete).
    pub(super) task: Task,
    /// The name of the service that it belongs to.
    pub(super) service: Option<String>,
    /// What happens to it next.
    pub(super) next: Option<Step>,
    /// When and how its containers end by themselves, in the order of the containers.
    pub(super) exits: Vec<Option<Exit>>,
    /// Whether it waits for a container instance.
    pub(super) waits: bool,
}

/// The end of a container that nobody stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Exit {
    pub(super) at: Timestamp,
    pub(super) code: i32,
}

/// What happens to a task next, and since when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) kind: StepKind,
    pub(super) since: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum StepKind {
    /// It gets its network interface.
    Attach,
    /// Its images are pulled and its containers start.
    Start,
    /// A container ends; the time is that of the step.
    Exit,
    /// Its containers are told to end.
    Terminate,
    /// Its network interface is released, and it is STOPPED.
    Release,
    /// ECS forgets it.
    Forget,
}

impl Step {
    pub(super) const fn new(kind: StepKind, since: Timestamp) -> Self {
        Self { kind, since }
    }

    /// When the step is taken.
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

/// A task in a snapshot: snapshots of older versions have what a test put in.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Record {
        task: Box<Task>,
        service: Option<String>,
        next: Option<Step>,
        exits: Vec<Option<Exit>>,
        waits: bool,
    },
    Fixture(TaskFixture),
}

impl From<Stored> for TaskRecord {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Record { task, service, next, exits, waits } => {
                Self { task: *task, service, next, exits, waits }
            }
            Stored::Fixture(fixture) => fixture.into(),
        }
    }
}

/// The task that a test put in, which runs until it is stopped or removed.
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
            // The id alone, until the ARN can be made.
            container_instance_arn: container_instance,
            capacity_provider_name: capacity_provider,
            // The family alone, likewise.
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
    /// Whether a task that a test put in still lacks what follows from its place and the time.
    pub(super) fn is_incomplete(&self) -> bool {
        self.task.task_arn.is_empty()
    }

    /// Fills in the ARNs and times of a task that a test put in.
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

    /// Whether its containers have ended.
    pub(super) fn has_ended(&self) -> bool {
        [DEPROVISIONING, STOPPED].contains(&self.task.last_status.as_str())
    }

    pub(super) fn is_running(&self) -> bool {
        self.task.last_status == RUNNING
    }

    /// Whether it has not started yet, and is to.
    pub(super) fn is_pending(&self) -> bool {
        [PROVISIONING, PENDING].contains(&self.task.last_status.as_str()) && self.is_wanted()
    }

    /// Whether it is to run.
    pub(super) fn is_wanted(&self) -> bool {
        self.task.desired_status == RUNNING
    }

    /// The family of its task definition; the whole text where that is no ARN yet.
    pub(super) fn family(&self) -> &str {
        let arn = &self.task.task_definition_arn;
        let name = arn.rsplit('/').next().unwrap_or(arn);
        name.split(':').next().unwrap_or(name)
    }

    /// The id of the container instance that it runs on.
    pub(super) fn container_instance(&self) -> Option<&str> {
        self.task.container_instance_arn.as_deref().and_then(|arn| arn.rsplit('/').next())
    }

    /// Ends the wait for a container instance.
    pub(super) fn place_on(&mut self, instance_arn: String, now: Timestamp) {
        self.waits = false;
        self.task.container_instance_arn = Some(instance_arn);
        if self.next.is_none() && self.is_wanted() {
            let kind =
                if self.task.attachments.is_empty() { StepKind::Start } else { StepKind::Attach };
            self.next = Some(Step::new(kind, now));
        }
    }

    /// Begins to stop the task.
    pub(super) fn stop(&mut self, code: &str, reason: String, now: Timestamp) {
        let task = &mut self.task;
        STOPPED.clone_into(&mut task.desired_status);
        task.stop_code = Some(code.to_owned());
        task.stopped_reason = Some(reason);
        task.stopping_at = Some(now);
        task.version += 1;
        self.next = Some(Step::new(StepKind::Terminate, now));
    }

    /// The task as answers show it, with its tags if they were asked for.
    pub(super) fn view(&self, with_tags: bool) -> Task {
        let tags = if with_tags { self.task.tags.clone() } else { Vec::new() };
        Task { tags, ..self.task.clone() }
    }
}
