//! The platform that runs tasks: it processes events, such as the start of a task, as the mock's clock advances.
//!
//! Before each call, all events that are due are processed in chronological order. To start a task,
//! the platform assumes the task's roles, pulls the images, opens the log streams and runs the
//! containers, as AWS Fargate does. Each step uses the permissions that the roles have at that
//! moment. No real container is started: a [`Script`] defines how a container behaves, and a
//! container without a script runs until it is stopped.

mod image;
mod logs;
pub(super) mod role;
mod script;
mod start;

use infra_core::arn::{AccountId, Location, Partition, Region};

use super::service;
use super::state::State;
use super::task::launch::attach;
use super::task::{DEPROVISIONING, PENDING, RUNNING, STOPPED, Step, StepKind, TaskRecord};
use crate::access::Permissions;
use crate::api::{Call, Caller, Lag, World};
use crate::time::Timestamp;

pub(crate) use script::Scripts;
pub use script::{RunningContainer, Script};

/// The exit code of a container that is terminated by SIGTERM. The mock's containers end as soon as they receive the
/// signal.
const TERMINATED: i32 = 143;

/// The maximum number of events that are processed before a single call. Any remaining events are
/// processed before later calls. Without this limit, a test that advances the clock by centuries
/// could take a very long time, because a service with failing tasks produces an event every ten
/// minutes.
const MOST_EVENTS: usize = 100_000;

/// An event that is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    at: Timestamp,
    account_id: AccountId,
    region: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// The platform fills in the missing attributes of resources that a test added.
    Complete,
    /// ECS removes deleted task definitions that no task or service uses any longer.
    Purge,
    Task {
        cluster: String,
        id: String,
    },
    /// The scheduler checks a service.
    Service {
        cluster: String,
        name: String,
    },
}

/// Processes all events that are due. Returns whether any event was processed.
pub(crate) fn settle(world: &mut World, scripts: &Scripts, now: Timestamp) -> bool {
    let mut is_changed = false;
    for _ in 0..MOST_EVENTS {
        let Some(event) = next(world, now) else { break };
        let at = if event.kind == Kind::Complete { now } else { event.at };
        let Some(location) = location(&event) else { return is_changed };
        let caller = Caller {
            arn: location
                .global_arn("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS")
                .to_string(),
            user_id: String::new(),
            permissions: Permissions::default(),
            location,
        };
        let mut call = Call { caller: &caller, now: at, world };
        match event.kind {
            Kind::Complete => complete(&mut call),
            Kind::Purge => call.ecs().purge_task_definitions(),
            Kind::Task { cluster, id } => {
                step(&mut call, scripts, &cluster, &id);
                wake_service(&mut call, &cluster, &id);
            }
            Kind::Service { cluster, name } => service::schedule(&mut call, &cluster, &name),
        }
        is_changed = true;
    }
    is_changed
}

fn location(event: &Event) -> Option<Location> {
    let region: Region = event.region.parse().ok()?;
    let partition = region.partition().unwrap_or(Partition::Aws);
    Some(Location { partition, account_id: event.account_id.clone(), region })
}

/// Returns the next event, or `None` if no event is due.
fn next(world: &World, now: Timestamp) -> Option<Event> {
    let all = world.ecs_everywhere().filter_map(|(account_id, region, state)| {
        let (at, kind) = next_in(state, &world.lag, now)?;
        Some(Event { at, account_id: account_id.clone(), region: region.to_owned(), kind })
    });
    all.min()
}

fn next_in(state: &State, lag: &Lag, now: Timestamp) -> Option<(Timestamp, Kind)> {
    let mut first: Option<(Timestamp, Kind)> = None;
    for (name, cluster) in &state.clusters {
        if cluster.is_incomplete() {
            return Some((Timestamp::default(), Kind::Complete));
        }
        for (id, task) in &cluster.tasks {
            let Some(due) = task.next.map(|step| step.due(lag)).filter(|due| *due <= now) else {
                continue;
            };
            if first.as_ref().is_none_or(|(at, _)| due < *at) {
                first = Some((due, Kind::Task { cluster: name.clone(), id: id.clone() }));
            }
        }
        // If a service and tasks are due at the same time, the tasks come first, so that the
        // scheduler sees the changes to the tasks.
        for (service, record) in &cluster.services {
            let Some(due) = record.next.filter(|due| *due <= now) else { continue };
            if first.as_ref().is_none_or(|(at, _)| due < *at) {
                first = Some((due, Kind::Service { cluster: name.clone(), name: service.clone() }));
            }
        }
    }
    if first.is_none() && state.has_unused_deleted_task_definitions() {
        return Some((now, Kind::Purge));
    }
    first
}

/// Makes the scheduler check the service that a changed task belongs to.
fn wake_service(call: &mut Call<'_>, cluster: &str, id: &str) {
    let now = call.now;
    let Some(record) = call.ecs().clusters.get_mut(cluster) else { return };
    let name = record.tasks.get(id).and_then(|task| task.service.as_ref());
    let service = name.and_then(|name| record.services.get_mut(name));
    if let Some(service) = service.filter(|service| !service.is_external) {
        service.next = Some(now);
    }
}

/// Fills in the missing attributes of resources that tests added. If a container instance has
/// become available, also places waiting tasks on it.
fn complete(call: &mut Call<'_>) {
    let (location, now) = (call.caller.location.clone(), call.now);
    for (name, cluster) in &mut call.ecs().clusters {
        cluster.complete(&location, name, now);
    }
}

fn step(call: &mut Call<'_>, scripts: &Scripts, cluster: &str, id: &str) {
    let now = call.now;
    let digits = call.world.ids.hex(17);
    let location = call.caller.location.clone();
    let Some(tasks) = call.ecs().clusters.get_mut(cluster).map(|cluster| &mut cluster.tasks) else {
        return;
    };
    let Some(record) = tasks.get_mut(id) else { return };
    let Some(step) = record.next.take() else { return };
    record.task.version += 1;
    match step.kind {
        StepKind::Attach => {
            attach(record, &location, &digits);
            PENDING.clone_into(&mut record.task.last_status);
            record.task.connectivity = Some("CONNECTED".to_owned());
            record.task.connectivity_at = Some(now);
            record.next = Some(Step::new(StepKind::Start, now));
        }
        StepKind::Start => start::start(call, scripts, (cluster, id), step.since),
        StepKind::Exit => exit(call, cluster, id),
        StepKind::Terminate => terminate(record, now),
        StepKind::Release => {
            for attachment in &mut record.task.attachments {
                "DELETED".clone_into(&mut attachment.status);
            }
            STOPPED.clone_into(&mut record.task.last_status);
            record.task.stopped_at = Some(now);
            record.next = Some(Step::new(StepKind::Forget, now));
        }
        StepKind::Forget => {
            tasks.remove(id);
        }
    }
}

/// Stops all containers. Containers that never started get no exit code.
fn terminate(record: &mut TaskRecord, now: Timestamp) {
    for container in &mut record.task.containers {
        if container.last_status == RUNNING {
            container.exit_code = Some(TERMINATED);
        }
        STOPPED.clone_into(&mut container.last_status);
    }
    record.exits.fill(None);
    record.waits = false;
    DEPROVISIONING.clone_into(&mut record.task.last_status);
    record.task.execution_stopped_at = Some(now);
    record.task.stopping_at.get_or_insert(now);
    record.next = Some(Step::new(StepKind::Release, now));
}

/// Stops the containers that are due to exit. If one of these containers is essential, the task
/// ends.
fn exit(call: &mut Call<'_>, cluster: &str, id: &str) {
    let (location, now) = (call.caller.location.clone(), call.now);
    let state = call.ecs();
    let arn = |record: &TaskRecord| record.task.task_definition_arn.clone();
    let arn = state.clusters.get(cluster).and_then(|c| c.tasks.get(id)).map(arn);
    let definition = arn.and_then(|arn| state.task_definition_of(&location, &arn));
    let essential: Vec<String> = definition
        .into_iter()
        .flat_map(|revision| &revision.definition.container_definitions)
        .filter(|container| container.essential == Some(true))
        .filter_map(|container| container.name.clone())
        .collect();
    let Some(record) = state.clusters.get_mut(cluster).and_then(|c| c.tasks.get_mut(id)) else {
        return;
    };
    let mut ends_task = false;
    for (container, exit) in record.task.containers.iter_mut().zip(&mut record.exits) {
        let Some(ended) = exit.take_if(|exit| exit.at <= now) else { continue };
        container.exit_code = Some(ended.code);
        STOPPED.clone_into(&mut container.last_status);
        ends_task |= essential.contains(&container.name);
    }
    if ends_task {
        // Published output of `aws ecs describe-tasks` shows this reason.
        let reason = "Essential container in task exited".to_owned();
        record.stop("EssentialContainerExited", reason, now);
        terminate(record, now);
        service::task_ended(call, cluster, id, None);
    } else {
        record.next = next_exit(record);
    }
}

/// Returns the step for the next container exit in the task, if one is scheduled.
fn next_exit(record: &TaskRecord) -> Option<Step> {
    let first = record.exits.iter().flatten().map(|exit| exit.at).min();
    first.map(|at| Step::new(StepKind::Exit, at))
}
