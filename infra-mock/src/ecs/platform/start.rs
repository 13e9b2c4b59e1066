//! Starts a task: assumes its roles, pulls its images, opens its log streams and runs its
//! containers.

use std::collections::BTreeMap;

use super::image::{self, EcrImage};
use super::logs::Stream;
use super::role::{self, Session};
use super::script::{self, Outcome, Scripts};
use super::{next_exit, terminate};
use crate::access::Need;
use crate::api::Call;
use crate::ecs::service;
use crate::ecs::task::{self, Exit, RUNNING, TaskRecord};
use crate::ecs::{ContainerDefinition, Task, TaskDefinition};
use crate::time::Timestamp;

/// The reason why a task cannot start.
struct Failure {
    reason: String,
    /// The index of the container that failed. The container gets the same reason as the task.
    container: Option<usize>,
}

impl Failure {
    fn of_task(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), container: None }
    }
}

/// What a task's containers need to start: image digests, log streams and role sessions.
struct Prepared {
    /// The digests of the images.
    images: Vec<String>,
    streams: Vec<Option<Stream>>,
    execution: Option<Session>,
    task: Option<Session>,
}

/// Starts a task whose network interface is attached. If the task cannot start, stops the task and
/// sets its stop reason.
pub(super) fn start(
    call: &mut Call<'_>,
    scripts: &Scripts,
    (cluster, id): (&str, &str),
    since: Timestamp,
) {
    let location = call.caller.location.clone();
    let state = call.ecs();
    let Some(task) = state.clusters.get(cluster).and_then(|c| c.tasks.get(id)) else { return };
    let task = task.task.clone();
    let definition = state.task_definition_of(&location, &task.task_definition_arn);
    let Some(definition) = definition.map(|revision| revision.definition.clone()) else { return };
    match prepare(call, &task, &definition, id) {
        Ok(prepared) => run(call, scripts, (cluster, id), &definition, &prepared, since),
        Err(failure) => fail(call, (cluster, id), failure),
    }
}

fn record<'c>(call: &'c mut Call<'_>, (cluster, id): (&str, &str)) -> Option<&'c mut TaskRecord> {
    call.ecs().clusters.get_mut(cluster)?.tasks.get_mut(id)
}

fn fail(call: &mut Call<'_>, place: (&str, &str), failure: Failure) {
    let now = call.now;
    let Some(record) = record(call, place) else { return };
    let Failure { reason, container } = failure;
    if let Some(container) = container.and_then(|at| record.task.containers.get_mut(at)) {
        container.reason = Some(reason.clone());
    }
    record.stop("TaskFailedToStart", reason.clone(), now);
    terminate(record, now);
    service::task_ended(call, place.0, place.1, Some(&reason));
}

fn prepare(
    call: &mut Call<'_>,
    task: &Task,
    definition: &TaskDefinition,
    id: &str,
) -> Result<Prepared, Failure> {
    let [task_role, execution_role] = task::roles(definition, Some(&task.overrides));
    // AWS's message for a role that becomes unusable after `RunTask` is not publicly documented.
    // The mock uses the message that `RunTask` returns for a role that ECS cannot assume.
    let session = |call: &Call<'_>, arn: Option<&str>| {
        let Some(arn) = arn else { return Ok(None) };
        let session = Session::of_task(call, arn, id);
        session.map(Some).ok_or_else(|| Failure::of_task(role::not_assumed(arn)))
    };
    let execution = session(call, execution_role)?;
    let task = session(call, task_role)?;
    let containers = &definition.container_definitions;
    if let Some(session) = &execution {
        authorize(call, session, containers)?;
    }
    let mut images = Vec::with_capacity(containers.len());
    for (at, container) in containers.iter().enumerate() {
        let name = container.image.as_deref().unwrap_or_default();
        let digest = match EcrImage::read(name) {
            None => Ok(image::digest_elsewhere(name)),
            Some(image) => image.pull(call, execution.as_ref()),
        };
        images.push(digest.map_err(|reason| Failure { reason, container: Some(at) })?);
    }
    let mut streams = Vec::with_capacity(containers.len());
    for container in containers {
        let stream = Stream::of(call.location(), container, id);
        if let (Some(stream), Some(session)) = (&stream, &execution) {
            stream.open(call, session).map_err(Failure::of_task)?;
        }
        streams.push(stream);
    }
    Ok(Prepared { images, streams, execution, task })
}

const AUTH: &str = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource \
                    retrieval failed: ";
const RETRY: &str = "service call has been retried 1 time(s): ";

/// Before any image is pulled, checks that the execution role has the necessary permissions: to get
/// a token for ECR images, and to read the containers' secrets. The mock implements neither
/// Parameter Store nor Secrets Manager, so it assumes that every secret exists.
fn authorize(
    call: &mut Call<'_>,
    session: &Session,
    containers: &[ContainerDefinition],
) -> Result<(), Failure> {
    let is_in_ecr = |container: &ContainerDefinition| {
        container.image.as_deref().is_some_and(|image| EcrImage::read(image).is_some())
    };
    if containers.iter().any(is_in_ecr)
        && let Err(denied) = session.allows(&Need::new("ecr:GetAuthorizationToken", "*"))
    {
        // The message comes from public task logs.
        let (request, why) = (call.world.ids.uuid(), denied.message());
        return Err(Failure::of_task(format!(
            "{AUTH}unable to retrieve ecr registry auth: {RETRY}operation error ECR: GetAuthorizationToken, https \
             response error StatusCode: 400, RequestID: {request}, api error AccessDeniedException: {why}."
        )));
    }
    for secret in containers.iter().flat_map(|container| container.secrets.iter().flatten()) {
        let from = secret.value_from.as_deref().unwrap_or_default();
        if from.contains(":secretsmanager:") {
            // A JSON key, a version stage and a version ID can be appended to the ARN of a secret.
            let arn = from.splitn(8, ':').take(7).collect::<Vec<_>>().join(":");
            if let Err(denied) = session.allows(&Need::new("secretsmanager:GetSecretValue", &arn)) {
                // https://github.com/GiamPy5/terraform-aws-directus/issues/10
                let why = denied.message();
                return Err(Failure::of_task(format!(
                    "{AUTH}unable to retrieve secret from asm: {RETRY}failed to fetch secret {from} from secrets \
                     manager: AccessDeniedException: {why}"
                )));
            }
            continue;
        }
        let arn = if from.starts_with("arn:") {
            from.to_owned()
        } else {
            call.arn("ssm", format!("parameter/{}", from.trim_start_matches('/'))).to_string()
        };
        if let Err(denied) = session.allows(&Need::new("ssm:GetParameters", arn)) {
            // https://github.com/aws/copilot-cli/issues/4504
            let why = denied.message();
            return Err(Failure::of_task(format!(
                "{AUTH}unable to retrieve secrets from ssm: {RETRY}AccessDeniedException: {why}"
            )));
        }
    }
    Ok(())
}

fn run(
    call: &mut Call<'_>,
    scripts: &Scripts,
    place: (&str, &str),
    definition: &TaskDefinition,
    prepared: &Prepared,
    since: Timestamp,
) {
    let now = call.now;
    let ids: Vec<String> = prepared
        .images
        .iter()
        .map(|_| {
            format!("{}-{}", call.world.ids.hex(32), 1_000_000 + call.now.millis() % 9_000_000)
        })
        .collect();
    let Some(record) = record(call, place) else { return };
    let overrides = record.task.overrides.clone();
    let task = &mut record.task;
    RUNNING.clone_into(&mut task.last_status);
    task.pull_started_at = Some(since);
    task.pull_stopped_at = Some(now);
    task.started_at = Some(now);
    for ((container, digest), id) in task.containers.iter_mut().zip(&prepared.images).zip(ids) {
        RUNNING.clone_into(&mut container.last_status);
        container.image_digest = Some(digest.clone());
        container.runtime_id = Some(id);
    }
    let mut exits = Vec::new();
    for (container, stream) in definition.container_definitions.iter().zip(&prepared.streams) {
        let name = container.name.as_deref().unwrap_or_default();
        let image = container.image.as_deref().unwrap_or_default();
        let mut environment = BTreeMap::new();
        let overridden = overrides.container_overrides.iter().flatten();
        let overridden = overridden.filter(|one| one.name == container.name);
        let pairs = container.environment.iter().flatten();
        for pair in pairs.chain(overridden.flat_map(|one| one.environment.iter().flatten())) {
            let (name, value) = (pair.name.clone(), pair.value.clone());
            environment.insert(name.unwrap_or_default(), value.unwrap_or_default());
        }
        let Outcome { lines, exit } =
            script::run(scripts, call, (name, image), environment, prepared.task.clone());
        if let (Some(stream), Some(session)) = (stream, &prepared.execution) {
            stream.write(call, session, &lines);
        }
        exits.push(exit.map(|(after, code)| Exit { at: now.after(after), code }));
    }
    if let Some(record) = self::record(call, place) {
        record.exits = exits;
        record.next = next_exit(record);
    }
}
