//! Services: the state that ECS stores for them and their deployments.

mod breaker;
mod by_namespace;
mod create;
mod delete;
mod deployments;
mod describe;
mod list;
mod rules;
mod schedule;
mod task_set;
mod update;

use std::time::Duration;

use infra_core::arn::Location;
use serde::{Deserialize, Serialize};

use self::deployments::HistoryEntry;
use self::task_set::TaskSetRecord;
use super::fixtures::{LaunchType, ServiceFixture, ServiceStatus};
use super::state::{Record, Share};
use super::task::TaskRecord;
use super::task::placement::Capacity;
use crate::ecs::{
    CreateServiceRequest, Deployment, DeploymentConfiguration, Service,
    ServiceConnectConfiguration, ServiceEvent, ServiceVolumeConfiguration, Tag,
    VpcLatticeConfiguration,
};
use crate::ids::Ids;
use crate::time::Timestamp;

pub(super) use schedule::{schedule, task_ended};

pub(super) const ACTIVE: &str = "ACTIVE";
pub(super) const DRAINING: &str = "DRAINING";
pub(super) const INACTIVE: &str = "INACTIVE";

const REPLICA: &str = "REPLICA";
const DAEMON: &str = "DAEMON";

/// The maximum number of events that ECS returns for a service:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html>.
const MOST_EVENTS: usize = 100;

/// How long the scheduler waits before it replaces a task that has ended. AWS documents no value.
/// Without a pause, a container that exits immediately would be replaced endlessly, even if the
/// clock did not advance.
const PAUSE: Duration = Duration::from_secs(10);

/// The longest pause between attempts to start a task that keeps failing, according to public event
/// logs.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

/// A service on a cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub(super) struct ServiceRecord {
    /// The service in the form that `DescribeServices` returns, but without counts and deployments.
    /// The ARN is empty until [`complete`](Self::complete) is called.
    pub(super) service: Service,
    pub(super) capacity: Capacity,
    /// The deployments, starting with the PRIMARY deployment.
    deployments: Vec<DeploymentRecord>,
    /// The task sets of a service with the deployment controller EXTERNAL or `CODE_DEPLOY`, in the order of their
    /// creation.
    task_sets: Vec<TaskSetRecord>,
    /// The request that created the service, for comparison with repeated requests.
    request: Option<Box<CreateServiceRequest>>,
    /// The time at which the scheduler next checks the service.
    pub(super) next: Option<Timestamp>,
    /// Whether the service has reached a steady state since its last change.
    is_steady: bool,
    /// Whether a test added the service. The scheduler ignores such a service until a client
    /// updates or deletes it.
    pub(super) is_external: bool,
    connections: Connections,
    /// All deployments of the service, from oldest to newest.
    history: Vec<HistoryEntry>,
}

/// Service attributes that the mock stores and returns but does not use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Connections {
    service_connect: Option<ServiceConnectConfiguration>,
    volumes: Option<Vec<ServiceVolumeConfiguration>>,
    vpc_lattice: Option<Vec<VpcLatticeConfiguration>>,
}

/// A deployment of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct DeploymentRecord {
    /// The deployment as it appears in responses, but without counts.
    deployment: Deployment,
    /// The number of tasks that have failed to start since the last successful start.
    failures: i32,
    /// The time at which the scheduler may start tasks again.
    pause_until: Timestamp,
    /// Whether the circuit breaker has stopped the deployment.
    is_stopped: bool,
}

impl DeploymentRecord {
    /// Counts a task that failed to start. Each failure doubles the pause before the next attempt.
    fn failed(&mut self, now: Timestamp) {
        self.deployment.failed_tasks += 1;
        let doublings = u32::try_from(self.failures).unwrap_or_default().min(16);
        let pause = PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
        self.failures += 1;
        self.pause_until = self.pause_until.max(now.after(pause));
    }

    /// Returns whether the deployment has completed.
    fn is_completed(&self) -> bool {
        self.deployment.rollout_state.as_deref() == Some("COMPLETED")
    }
}

/// A service in a snapshot. Snapshots from older versions contain only services that tests added.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Record {
        service: Box<Service>,
        capacity: Capacity,
        deployments: Vec<DeploymentRecord>,
        request: Option<Box<CreateServiceRequest>>,
        next: Option<Timestamp>,
        is_steady: bool,
        is_external: bool,
        connections: Box<Connections>,
        #[serde(default)]
        history: Vec<HistoryEntry>,
        #[serde(default)]
        task_sets: Vec<TaskSetRecord>,
    },
    Fixture(ServiceFixture),
}

impl From<Stored> for ServiceRecord {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Record {
                service,
                capacity,
                deployments,
                request,
                next,
                is_steady,
                is_external,
                connections,
                history,
                task_sets,
            } => Self {
                service: *service,
                capacity,
                deployments,
                task_sets,
                request,
                next,
                is_steady,
                is_external,
                connections: *connections,
                history,
            },
            Stored::Fixture(fixture) => fixture.into(),
        }
    }
}

/// Converts a service that a test added. The scheduler ignores the service until a client updates
/// or deletes it.
impl From<ServiceFixture> for ServiceRecord {
    fn from(fixture: ServiceFixture) -> Self {
        let ServiceFixture { status, launch_type, scheduling_strategy, capacity_provider } =
            fixture;
        let status = match status {
            ServiceStatus::Active => ACTIVE,
            ServiceStatus::Draining => DRAINING,
        };
        let capacity = match capacity_provider {
            None => Capacity::LaunchType(launch_type),
            Some(name) => Capacity::Strategy([(name, Share { base: 0, weight: 1 })].into()),
        };
        let service = Service {
            status: status.to_owned(),
            desired_count: i32::from(status == ACTIVE),
            launch_type: Some(launch_type.as_str().to_owned()),
            capacity_provider_strategy: capacity.items(),
            scheduling_strategy: Some(scheduling_strategy.as_str().to_owned()),
            propagate_tags: Some("NONE".to_owned()),
            deployment_configuration: Some(configuration(None, scheduling_strategy.as_str())),
            ..Service::default()
        };
        Self { service, capacity, is_steady: true, is_external: true, ..Self::default() }
    }
}

/// Returns the deployment configuration of a service, with ECS's defaults for missing members.
///
/// The default percentages are from
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>, except for the DAEMON
/// maximum, which is the highest value that ECS accepts there.
fn configuration(
    given: Option<DeploymentConfiguration>,
    scheduling_strategy: &str,
) -> DeploymentConfiguration {
    let (maximum, minimum) = if scheduling_strategy == DAEMON { (100, 0) } else { (200, 100) };
    let mut all = given.unwrap_or_default();
    all.maximum_percent.get_or_insert(maximum);
    all.minimum_healthy_percent.get_or_insert(minimum);
    all.strategy.get_or_insert_with(|| "ROLLING".to_owned());
    all.bake_time_in_minutes.get_or_insert(0);
    let breaker = all.deployment_circuit_breaker.get_or_insert_default();
    breaker.enable.get_or_insert(false);
    breaker.rollback.get_or_insert(false);
    all
}

/// Creates a new deployment ID.
fn deployment_id(ids: &mut Ids) -> String {
    let digits = u64::from_str_radix(&ids.hex(16), 16).unwrap_or_default();
    format!("ecs-svc/{:019}", digits % 10_000_000_000_000_000_000)
}

impl ServiceRecord {
    pub(super) fn status(&self) -> &str {
        &self.service.status
    }

    /// Returns whether the service was added by a test and still lacks its ARNs and times.
    pub(super) fn is_incomplete(&self) -> bool {
        self.service.service_arn.is_empty()
    }

    /// Fills in the ARNs and times of a service that a test added.
    pub(super) fn complete(
        &mut self,
        location: &Location,
        cluster: &str,
        name: &str,
        now: Timestamp,
    ) {
        let arn = |resource: String| location.arn("ecs", resource).to_string();
        let service = &mut self.service;
        service.service_arn = arn(format!("service/{cluster}/{name}"));
        name.clone_into(&mut service.service_name);
        service.cluster_arn = arn(format!("cluster/{cluster}"));
        service.task_definition = Some(arn(format!("task-definition/{name}:1")));
        service.created_at = now;
        service.created_by = Some(location.global_arn("iam", "root").to_string());
        if service.status != ACTIVE {
            return;
        }
        let deployment = Deployment {
            // The ID is a constant, because resources that tests add do not use the ID generator.
            id: "ecs-svc/0000000000000000000".to_owned(),
            status: "PRIMARY".to_owned(),
            task_definition: arn(format!("task-definition/{name}:1")),
            desired_count: service.desired_count,
            created_at: now,
            updated_at: now,
            launch_type: service.launch_type.clone(),
            rollout_state: Some("COMPLETED".to_owned()),
            rollout_state_reason: Some(
                "ECS deployment ecs-svc/0000000000000000000 completed.".to_owned(),
            ),
            ..Deployment::default()
        };
        self.deployments = vec![DeploymentRecord { deployment, ..DeploymentRecord::default() }];
    }

    /// Returns whether the service's tasks use this launch type.
    pub(super) fn runs_on(&self, launch_type: LaunchType) -> bool {
        match self.capacity.launch_type() {
            Some(own) => own == launch_type,
            None => self.capacity.is_fargate() == (launch_type == LaunchType::Fargate),
        }
    }

    /// Returns the ARNs of the task definitions that the service's deployments and task sets use.
    pub(super) fn task_definitions(&self) -> impl Iterator<Item = &str> {
        let is_live = self.service.status != INACTIVE;
        let deployments = self.deployments.iter().filter(move |_| is_live);
        let task_sets = self.task_sets.iter().map(|record| record.set.task_definition.as_str());
        deployments.map(|record| record.deployment.task_definition.as_str()).chain(task_sets)
    }

    /// Returns the capacity providers that the service uses.
    pub(super) fn capacity_providers(&self) -> Vec<&String> {
        let own = std::iter::once(&self.capacity).filter(|_| self.service.status != INACTIVE);
        let of_sets = self.task_sets.iter().map(|record| &record.capacity);
        own.chain(of_sets).flat_map(Capacity::providers).collect()
    }

    pub(super) fn set_tags(&mut self, tags: impl IntoIterator<Item = (String, String)>) {
        self.service.tags = tags.into_iter().map(|(key, value)| Tag::new(key, value)).collect();
    }

    /// Adds an event. Its message starts with the name of the service:
    /// `(service web) has started 1 tasks: (task 0a1b).`
    fn say(&mut self, ids: &mut Ids, now: Timestamp, what: &str) {
        let message = format!("(service {}) {what}", self.service.service_name);
        let event =
            ServiceEvent { id: Some(ids.uuid()), created_at: Some(now), message: Some(message) };
        let events = &mut self.service.events;
        events.insert(0, event);
        events.truncate(MOST_EVENTS);
    }

    /// Starts a new PRIMARY deployment with the service's current configuration.
    fn deploy(&mut self, ids: &mut Ids, now: Timestamp) {
        for old in &mut self.deployments {
            ACTIVE.clone_into(&mut old.deployment.status);
        }
        let id = deployment_id(ids);
        let service = &self.service;
        let is_fargate = self.capacity.is_fargate();
        // ECS returns no configuration after Service Connect has been turned off: `resourceServiceRead` in
        // https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ecs/service.go.
        let service_connect = self.connections.service_connect.clone();
        let service_connect = service_connect.filter(|given| given.enabled != Some(false));
        let deployment = Deployment {
            status: "PRIMARY".to_owned(),
            task_definition: service.task_definition.clone().unwrap_or_default(),
            desired_count: service.desired_count,
            created_at: now,
            updated_at: now,
            capacity_provider_strategy: self.capacity.items(),
            launch_type: self.capacity.launch_type().map(|kind| kind.as_str().to_owned()),
            platform_version: is_fargate.then(|| super::task::launch::PLATFORM_VERSION.to_owned()),
            platform_family: is_fargate.then(|| "Linux".to_owned()),
            network_configuration: service.network_configuration.clone(),
            service_connect_configuration: service_connect,
            volume_configurations: self.connections.volumes.clone(),
            vpc_lattice_configurations: self.connections.vpc_lattice.clone(),
            rollout_state: Some("IN_PROGRESS".to_owned()),
            rollout_state_reason: Some(format!("ECS deployment {id} in progress.")),
            id,
            ..Deployment::default()
        };
        let record = DeploymentRecord { deployment, ..DeploymentRecord::default() };
        self.deployments.insert(0, record);
        self.deployment_started(now);
        self.is_steady = false;
        self.is_external = false;
        self.next = Some(now);
    }

    /// Returns the service as it appears in responses, with its tags if they were requested.
    pub(super) fn view(&self, cluster: &Record, with_tags: bool) -> Service {
        let name = self.service.service_name.as_str();
        let tasks = || cluster.tasks.values().filter(|task| task.service.as_deref() == Some(name));
        let count = |which: fn(&TaskRecord) -> bool, id: Option<&str>| {
            let of = |task: &&TaskRecord| id.is_none() || task.task.started_by.as_deref() == id;
            number(tasks().filter(|task| which(task)).filter(of).count())
        };
        let running = |task: &TaskRecord| task.is_running() && task.is_wanted();
        let deployments = self.deployments.iter().map(|record| {
            let id = Some(record.deployment.id.as_str());
            let live = count(TaskRecord::is_wanted, id);
            let is_primary = record.deployment.status == "PRIMARY";
            Deployment {
                desired_count: if is_primary { self.service.desired_count } else { live },
                pending_count: count(TaskRecord::is_pending, id),
                running_count: count(running, id),
                ..record.deployment.clone()
            }
        });
        let is_live = self.service.status != INACTIVE;
        Service {
            running_count: count(running, None),
            pending_count: count(TaskRecord::is_pending, None),
            deployments: deployments.filter(|_| is_live).collect(),
            task_sets: self.task_sets(cluster),
            tags: if with_tags { self.service.tags.clone() } else { Vec::new() },
            ..self.service.clone()
        }
    }
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
