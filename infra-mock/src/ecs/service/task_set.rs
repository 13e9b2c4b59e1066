//! Task sets: the parts of a service whose deployment controller is EXTERNAL or `CODE_DEPLOY`. ECS starts no deployments
//! for such a service. Clients create the task sets of an EXTERNAL service. A `CODE_DEPLOY` service starts with one task
//! set; only `CodeDeploy`, which the mock does not have, creates more.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-external.html>

mod create;
mod delete;
mod describe;
mod update;

use infra_core::arn::Location;
use serde::{Deserialize, Serialize};

use super::{ACTIVE, DRAINING, DeploymentRecord, INACTIVE, ServiceRecord, number};
use crate::api::{ApiError, ApiResult, Call};
use crate::ecs::reference::{self, Reference, ResourceArn};
use crate::ecs::state::Record;
use crate::ecs::task::TaskRecord;
use crate::ecs::task::placement::Capacity;
use crate::ecs::{CreateTaskSetRequest, Scale, Tag, TaskSet, errors};

pub(super) const PRIMARY: &str = "PRIMARY";
pub(super) const EXTERNAL: &str = "EXTERNAL";
pub(super) const CODE_DEPLOY: &str = "CODE_DEPLOY";
const STABILIZING: &str = "STABILIZING";
pub(super) const STEADY_STATE: &str = "STEADY_STATE";

/// A task set of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::ecs) struct TaskSetRecord {
    /// The task set as `DescribeTaskSets` returns it, but without counts.
    pub(in crate::ecs) set: TaskSet,
    pub(super) capacity: Capacity,
    /// The deployment that starts the tasks. Only its ID and its failures are used.
    pub(super) deployment: DeploymentRecord,
    /// The request that created the task set, for comparison with repeated requests.
    request: Box<CreateTaskSetRequest>,
}

impl TaskSetRecord {
    pub(super) fn is_draining(&self) -> bool {
        self.set.status == DRAINING
    }

    /// Returns the share of the service's desired count, rounded up.
    pub(super) fn desired(&self, of_service: i32) -> usize {
        if self.is_draining() {
            return 0;
        }
        let percent = self.set.scale.value.unwrap_or_default();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a positive i32"
        )]
        let desired = (f64::from(of_service.max(0)) * percent / 100.0).ceil() as usize;
        desired
    }

    /// Returns the task set as it appears in responses, with its tags if they were requested.
    fn view(&self, service: &ServiceRecord, cluster: &Record, with_tags: bool) -> TaskSet {
        let own = |task: &&TaskRecord| task.task.started_by.as_deref() == Some(&self.set.id);
        let count = |which: fn(&TaskRecord) -> bool| {
            number(cluster.tasks.values().filter(own).filter(|task| which(task)).count())
        };
        let running = |task: &TaskRecord| task.is_running() && task.is_wanted();
        TaskSet {
            computed_desired_count: number(self.desired(service.service.desired_count)),
            pending_count: count(TaskRecord::is_pending),
            running_count: count(running),
            tags: if with_tags { self.set.tags.clone() } else { Vec::new() },
            ..self.set.clone()
        }
    }

    /// Marks the task set as unstable until the scheduler has checked it.
    pub(super) fn destabilize(&mut self, now: crate::time::Timestamp) {
        self.set.updated_at = now;
        STABILIZING.clone_into(&mut self.set.stability_status);
        self.set.stability_status_at = now;
    }
}

impl ServiceRecord {
    /// Returns the type of the deployment controller.
    pub(super) fn controller(&self) -> Option<&str> {
        self.service.deployment_controller.as_ref()?.r#type.as_deref()
    }

    /// Returns whether the service's tasks belong to task sets.
    pub(super) fn has_task_sets(&self) -> bool {
        matches!(self.controller(), Some(EXTERNAL | CODE_DEPLOY))
    }

    /// Returns the task sets as `DescribeServices` returns them, or `None` for other services.
    pub(super) fn task_sets(&self, cluster: &Record) -> Option<Vec<TaskSet>> {
        let sets = || self.task_sets.iter().map(|set| set.view(self, cluster, false)).collect();
        self.has_task_sets().then(sets)
    }

    /// Returns the tags of the task set with the given ID.
    pub(in crate::ecs) fn tags_of_set(&self, id: &str) -> Option<&Vec<Tag>> {
        self.task_sets.iter().find(|set| set.set.id == id).map(|set| &set.set.tags)
    }

    /// Returns the tags of the task set with the given ID, for changes.
    pub(in crate::ecs) fn tags_of_set_mut(&mut self, id: &str) -> Option<&mut Vec<Tag>> {
        self.task_sets.iter_mut().find(|set| set.set.id == id).map(|set| &mut set.set.tags)
    }
}

/// The service that a request on task sets refers to.
pub(super) struct Target {
    pub(super) cluster: String,
    pub(super) service: String,
}

impl Target {
    /// Finds the service of a request. It must be active and have the deployment controller EXTERNAL.
    fn read(call: &mut Call<'_>, cluster: Option<&str>, service: Option<&str>) -> ApiResult<Self> {
        let (location, now) = (call.caller.location.clone(), call.now);
        let cluster = Reference::required(&location, cluster)?;
        let name = service.ok_or_else(|| errors::blank("Service"))?;
        let name = reference::id_on(&location, "service", &cluster, name);
        let name = name.ok_or_else(errors::service_not_found)?;
        let record = call.ecs().known(&cluster, now)?;
        let found = record.services.get(&name).ok_or_else(errors::service_not_found)?;
        if found.status() == INACTIVE {
            return Err(not_active());
        }
        if found.controller() != Some(EXTERNAL) {
            // https://github.com/hashicorp/terraform-provider-aws/issues/30347
            return Err(errors::invalid(
                "Amazon ECS only supports task set management on services configured to use external deployment \
                 controllers.",
            ));
        }
        Ok(Self { cluster, service: name })
    }

    fn service<'c>(&self, call: &'c mut Call<'_>) -> ApiResult<&'c mut ServiceRecord> {
        let now = call.now;
        let record = call.ecs().known(&self.cluster, now)?;
        record.services.get_mut(&self.service).ok_or_else(errors::service_not_found)
    }

    /// Changes a task set of an active service, and returns it as it appears in responses.
    fn change(
        &self,
        call: &mut Call<'_>,
        id: &str,
        change: impl FnOnce(&mut ServiceRecord, usize) -> ApiResult<()>,
    ) -> ApiResult<TaskSet> {
        let now = call.now;
        let service = self.service(call)?;
        if service.status() != ACTIVE {
            return Err(not_active());
        }
        let place = service.task_sets.iter().position(|set| set.set.id == id);
        change(service, place.ok_or_else(not_found)?)?;
        service.is_steady = false;
        service.next = Some(now);
        self.view(call, id, true)
    }

    fn view(&self, call: &mut Call<'_>, id: &str, with_tags: bool) -> ApiResult<TaskSet> {
        let now = call.now;
        let record = call.ecs().known(&self.cluster, now)?;
        let service = record.services.get(&self.service).ok_or_else(errors::service_not_found)?;
        let set = service.task_sets.iter().find(|set| set.set.id == id).ok_or_else(not_found)?;
        Ok(set.view(service, record, with_tags))
    }

    /// Returns the ARN of a task set of the service.
    fn arn(&self, location: &Location, id: &str) -> String {
        location.arn("ecs", format!("task-set/{}/{}/{id}", self.cluster, self.service)).to_string()
    }
}

/// Returns the ID that a request specifies, either directly or in an ARN.
fn read_id(location: &Location, text: &str) -> ApiResult<String> {
    let id = if text.starts_with("arn:") {
        let arn = ResourceArn::read(text).ok();
        let arn = arn.filter(|arn| arn.kind == "task-set" && arn.is_in(location));
        arn.and_then(|arn| arn.name.splitn(3, '/').nth(2))
    } else {
        Some(text)
    };
    let id = id.filter(|id| id.strip_prefix("ecs-svc/").is_some_and(is_number));
    // https://github.com/boto/boto3/issues/3895
    id.map(str::to_owned).ok_or_else(|| errors::invalid("Task Set Identifier is invalid"))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the error for a service that is not ACTIVE: <https://github.com/hashicorp/terraform/issues/3582>.
fn not_active() -> ApiError {
    ApiError::new("ServiceNotActiveException", "Service was not ACTIVE.")
}

/// Returns the error for a task set that does not exist. The message is the description of the code in the API
/// reference, <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskSet.html>; no other source was
/// found for the wording.
fn not_found() -> ApiError {
    ApiError::new(
        "TaskSetNotFoundException",
        "The specified task set wasn't found. You can view your available task sets with DescribeTaskSets. Task sets \
         are specific to each cluster, service and Region.",
    )
}

/// Checks a scale: from 0 to 100 percent. No source was found for the wording of the error.
fn check_scale(scale: &Scale) -> ApiResult<()> {
    let value = scale.value.unwrap_or_default();
    if (0.0..=100.0).contains(&value) {
        Ok(())
    } else {
        Err(errors::invalid("Scale value must be between 0 and 100."))
    }
}
