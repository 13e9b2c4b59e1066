//! `ExecuteCommand`.

use super::errors;
use super::reference::{self, Reference};
use super::state::cluster_arn;
use crate::api::{ApiResult, Call, Operation};
use crate::ecs::{ExecuteCommandRequest, Session};

/// Starts a session with a container. The mock runs no containers, so nothing can connect to the
/// session's URL. The mock does not check whether the task role has the permissions that Session
/// Manager needs.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html>
impl Operation for ExecuteCommandRequest {
    fn run(self, call: &mut Call<'_>) -> ApiResult<Self::Output> {
        let (location, now) = (call.caller.location.clone(), call.now);
        let cluster = Reference::optional(&location, self.cluster.as_deref())?;
        if self.interactive != Some(true) {
            // Scripts that call the AWS CLI with `--non-interactive` quote this message.
            return Err(errors::invalid("Interactive is the only mode supported currently."));
        }
        let text = self.task.unwrap_or_default();
        let id = reference::id_on(&location, "task", &cluster, &text);
        let tasks = &call.ecs().known(&cluster, now)?.tasks;
        let record = id.and_then(|id| tasks.get(&id));
        // This message is modeled on the message from `StopTask`.
        let record = record.ok_or_else(|| errors::invalid("The referenced task was not found."))?;
        if !record.task.enable_execute_command || !record.is_running() {
            // Public guides to ECS Exec quote this message, and clients check for it.
            return Err(errors::invalid(
                "The execute command failed because execute command was not enabled when the task was run or the \
                 execute command agent isn't running. Wait and try again or run a new task with execute command \
                 enabled and try again.",
            ));
        }
        // According to the API reference, "a container name only needs to be specified for tasks
        // containing multiple containers". No public source shows AWS's messages for a missing name
        // or a nonexistent container.
        let container = match (self.container, record.task.containers.as_slice()) {
            (None, [only]) => only,
            (None, _) => return Err(errors::blank("Container")),
            (Some(name), all) => all
                .iter()
                .find(|container| container.name == name)
                .ok_or_else(|| errors::invalid("The referenced container was not found."))?,
        };
        let mut response = Self::Output {
            cluster_arn: cluster_arn(&location, &cluster),
            container_arn: container.container_arn.clone(),
            container_name: container.name.clone(),
            interactive: true,
            session: Session::default(),
            task_arn: record.task.task_arn.clone(),
        };
        // The formats of the ID and the URL are taken from the output of the AWS CLI and the
        // Session Manager plugin.
        let ids = &mut call.world.ids;
        let session_id = format!("ecs-execute-command-0{}", ids.hex(16));
        let (region, suffix) = (&location.region, location.partition.dns_suffix());
        response.session = Session {
            stream_url: Some(format!(
                "wss://ssmmessages.{region}.{suffix}/v1/data-channel/{session_id}?role=publish_subscribe"
            )),
            token_value: Some(ids.hex(64)),
            session_id: Some(session_id),
        };
        Ok(response)
    }
}
