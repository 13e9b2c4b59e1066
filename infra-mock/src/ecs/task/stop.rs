//! `StopTask`.

use super::RUNNING;
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::StopTaskRequest;
use crate::ecs::errors;
use crate::ecs::reference::{self, Reference};

/// Stops a task. A task that is already stopping is returned unchanged.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html>
impl Operation for StopTaskRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (&call.caller.location, call.now);
        let cluster = Reference::optional(location, self.cluster.as_deref())?;
        let text = self.task.unwrap_or_default();
        // https://github.com/griptape-ai/griptape-nodes-engine/issues/1454
        let missing = || errors::invalid("The referenced task was not found.");
        let id = reference::id_on(location, "task", &cluster, &text);
        let tasks = &mut call.ecs().known(&cluster, now)?.tasks;
        let record = id.and_then(|id| tasks.get_mut(&id)).ok_or_else(missing)?;
        if record.task.desired_status == RUNNING {
            // The API reference documents this default reason.
            let reason = self.reason.unwrap_or_else(|| "Task stopped by user".to_owned());
            record.stop("UserInitiated", reason, now);
        }
        Ok(Self::Output { task: record.view(true) })
    }
}
