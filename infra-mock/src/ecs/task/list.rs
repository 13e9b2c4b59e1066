//! `ListTasks`.

use super::TaskRecord;
use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecs::list::{LAUNCH_TYPES, check_enum, cut, passes};
use crate::ecs::reference::Reference;
use crate::ecs::{ListTasksRequest, errors};

const DESIRED_STATUSES: [&str; 3] = ["RUNNING", "PENDING", "STOPPED"];

impl ListTasksRequest {
    fn check(&self) -> ApiResult<()> {
        check_enum(self.desired_status.as_deref(), &DESIRED_STATUSES)?;
        check_enum(self.launch_type.as_deref(), &LAUNCH_TYPES)?;
        let others = self.container_instance.is_some() || self.family.is_some();
        if self.service_name.is_some() && (others || self.started_by.is_some()) {
            // https://github.com/boto/boto3/issues/874
            return Err(errors::invalid("cannot specify serviceName with other arguments"));
        }
        if self.started_by.is_some() && others {
            // The API reference states this rule. The message is modeled on the message above.
            return Err(errors::invalid("cannot specify startedBy with other arguments"));
        }
        Ok(())
    }

    fn wants(&self, record: &TaskRecord) -> bool {
        let instance = self.container_instance.as_deref();
        let instance = instance.map(|id| id.rsplit('/').next().unwrap_or(id));
        let task = &record.task;
        // ECS never sets a task's desired status to PENDING.
        self.desired_status.as_deref().unwrap_or("RUNNING") == task.desired_status
            && passes(self.launch_type.as_deref(), Some(&task.launch_type))
            && passes(self.service_name.as_deref(), record.service.as_deref())
            && passes(self.family.as_deref(), Some(record.family()))
            && passes(self.started_by.as_deref(), task.started_by.as_deref())
            && passes(instance, record.container_instance())
            && self.daemon_name.is_none()
    }
}

/// Lists the tasks of a cluster.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html>
impl Operation for ListTasksRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        self.check()?;
        let record = call.ecs().known(&cluster, now)?;
        if let Some(name) = &self.service_name
            && !record.services.contains_key(name)
        {
            // The error code is in the API reference. The message is modeled on the message for a
            // missing cluster.
            return Err(ApiError::new("ServiceNotFoundException", "Service not found."));
        }
        let arns = record
            .tasks
            .iter()
            .filter(|(_, task)| self.wants(task))
            .map(|(id, _)| location.arn("ecs", format!("task/{cluster}/{id}")).to_string())
            .collect();
        let listing = format!("ListTasks/{cluster}");
        let page = cut(&listing, arns, self.next_token.as_deref(), self.max_results, 100)?;
        Ok(Self::Output { task_arns: page.items, next_token: page.next_token })
    }
}
