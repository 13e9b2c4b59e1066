//! The log driver `awslogs`, which opens log streams and writes the containers' output to them.

use infra_core::arn::Location;

use super::role::Session;
use crate::api::{ApiError, Call};
use crate::ecs::ContainerDefinition;
use crate::logs::{
    CreateLogGroupRequest, CreateLogStreamRequest, InputLogEvent, PutLogEventsRequest,
};

/// The log stream of a container.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    location: Location,
    group: String,
    name: String,
    creates_group: bool,
}

impl Stream {
    /// Returns the log stream of a container, or `None` if the container does not use `awslogs`.
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html>
    pub(super) fn of(
        location: &Location,
        container: &ContainerDefinition,
        id: &str,
    ) -> Option<Self> {
        let log = container.log_configuration.as_ref()?;
        if log.log_driver.as_deref() != Some("awslogs") {
            return None;
        }
        let options = log.options.as_ref()?;
        let option = |name: &str| options.get(name).map(String::as_str);
        let region = option("awslogs-region")?.parse().ok()?;
        let name = container.name.as_deref().unwrap_or_default();
        Some(Self {
            location: Location { region, ..location.clone() },
            group: option("awslogs-group")?.to_owned(),
            // Without a prefix, AWS names the stream after the container's ID. The mock uses the
            // task's ID and the container's name instead.
            name: match option("awslogs-stream-prefix") {
                Some(prefix) => format!("{prefix}/{name}/{id}"),
                None => format!("{id}-{name}"),
            },
            creates_group: option("awslogs-create-group") == Some("true"),
        })
    }

    /// Creates the stream. If the `awslogs-create-group` option is `true`, creates the log group
    /// first.
    ///
    /// # Errors
    /// Returns the stop reason that Fargate reports if the group or stream cannot be created.
    pub(super) fn open(&self, call: &mut Call<'_>, session: &Session) -> Result<(), String> {
        if self.creates_group {
            let request = CreateLogGroupRequest {
                log_group_name: Some(self.group.clone()),
                ..CreateLogGroupRequest::default()
            };
            match session.call(call, &self.location, request) {
                Ok(()) => {}
                Err(refusal) if refusal.code == "ResourceAlreadyExistsException" => {}
                // AWS's message for a group that cannot be created is not publicly documented. The
                // mock uses the message for a stream that cannot be created, with `group` instead
                // of `stream`.
                Err(refusal) => return Err(not_opened("group", &refusal)),
            }
        }
        let request = CreateLogStreamRequest {
            log_group_name: Some(self.group.clone()),
            log_stream_name: Some(self.name.clone()),
        };
        session.call(call, &self.location, request).map(drop).map_err(|e| not_opened("stream", &e))
    }

    /// Writes the output of a container. Lines that CloudWatch Logs rejects are lost, but the
    /// container keeps running.
    pub(super) fn write(&self, call: &mut Call<'_>, session: &Session, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        let timestamp = i64::try_from(call.now.millis()).ok();
        let event = |line: &String| InputLogEvent { timestamp, message: Some(line.clone()) };
        let request = PutLogEventsRequest {
            log_group_name: Some(self.group.clone()),
            log_stream_name: Some(self.name.clone()),
            log_events: Some(lines.iter().map(event).collect()),
            ..PutLogEventsRequest::default()
        };
        let _ = session.call(call, &self.location, request);
    }
}

/// Returns the stop reason for a log stream or log group that cannot be created. The message for a
/// group that does not exist comes from
/// <https://github.com/hardfinhq/terraform-aws-tailscale-subnet-router/issues/2>. The beginning of
/// the message for a missing permission comes from
/// <https://github.com/doctorray117/minecraft-ondemand/issues/12>.
fn not_opened(what: &str, refusal: &ApiError) -> String {
    let ApiError { code, message, .. } = refusal;
    format!(
        "ResourceInitializationError: failed to validate logger args: create {what} has been retried 1 times: failed \
         to create Cloudwatch log {what}: {code}: {message} : exit status 1"
    )
}
