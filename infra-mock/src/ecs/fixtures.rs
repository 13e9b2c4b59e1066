//! Resources that tests add to a cluster as if other people had created them: services, tasks, container instances, and
//! capacity providers with an Auto Scaling group.
//!
//! Clients can describe, list, stop and delete these resources like any others. The platform fills
//! in a resource's ARNs and times, and otherwise leaves the resource unchanged until a client
//! changes or deletes it.

use serde::{Deserialize, Serialize};

use super::state::{Record, State};

/// The infrastructure that a task runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LaunchType {
    /// Container instances that are registered with the cluster.
    Ec2,
    /// Fargate.
    #[default]
    Fargate,
    /// Machines outside AWS.
    External,
    /// Instances that ECS manages.
    ManagedInstances,
}

impl LaunchType {
    /// Returns the name that requests use for the launch type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ec2 => "EC2",
            Self::Fargate => "FARGATE",
            Self::External => "EXTERNAL",
            Self::ManagedInstances => "MANAGED_INSTANCES",
        }
    }

    /// Returns the launch type for a name in a request.
    pub(super) fn read(name: &str) -> Option<Self> {
        [Self::Ec2, Self::Fargate, Self::External, Self::ManagedInstances]
            .into_iter()
            .find(|launch_type| launch_type.as_str() == name)
    }
}

/// The status of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceStatus {
    /// The service is running.
    #[default]
    Active,
    /// The service was deleted, and its tasks are stopping. The cluster cannot be deleted until the
    /// tasks have stopped.
    Draining,
}

/// How a service places its tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SchedulingStrategy {
    /// The service runs its desired number of tasks anywhere on the cluster.
    #[default]
    Replica,
    /// The service runs one task on each container instance.
    Daemon,
}

impl SchedulingStrategy {
    /// Returns the name that requests use for the strategy.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replica => "REPLICA",
            Self::Daemon => "DAEMON",
        }
    }
}

/// A service that other people run on a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceFixture {
    /// The status of the service.
    pub status: ServiceStatus,
    /// The launch type of the service's tasks.
    pub launch_type: LaunchType,
    /// How the service places its tasks.
    pub scheduling_strategy: SchedulingStrategy,
    /// The capacity provider that the service uses. A capacity provider in use cannot be removed
    /// from the cluster.
    pub capacity_provider: Option<String>,
}

/// The status of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskStatus {
    /// The task has not started yet.
    Pending,
    /// The task is running.
    #[default]
    Running,
}

/// A task that other people run on a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskFixture {
    /// The status of the task.
    pub status: TaskStatus,
    /// The launch type of the task.
    pub launch_type: LaunchType,
    /// The name of the task's service.
    pub service: Option<String>,
    /// The family of the task's definition.
    pub family: Option<String>,
    /// The `startedBy` value of the task.
    pub started_by: Option<String>,
    /// The ID of the container instance that the task runs on.
    pub container_instance: Option<String>,
    /// The capacity provider that the task uses. A capacity provider in use cannot be removed from
    /// the cluster.
    pub capacity_provider: Option<String>,
}

/// The status of a container instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InstanceStatus {
    /// The instance accepts new tasks.
    #[default]
    Active,
    /// The instance accepts no new tasks.
    Draining,
}

impl InstanceStatus {
    /// Returns the name that requests use for the status.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
        }
    }
}

/// A container instance that other people registered with a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerInstance {
    /// The status of the container instance.
    pub status: InstanceStatus,
}

impl State {
    /// Adds a service to a cluster, replacing any service with the same name. Returns `false` if
    /// the cluster does not exist.
    pub fn add_service(&mut self, cluster: &str, name: &str, service: ServiceFixture) -> bool {
        self.on(cluster, |record| {
            record.services.insert(name.to_owned(), service.into());
            true
        })
    }

    /// Removes a service. Returns `false` if the service does not exist.
    pub fn remove_service(&mut self, cluster: &str, name: &str) -> bool {
        self.on(cluster, |record| record.services.remove(name).is_some())
    }

    /// Adds a task to a cluster, replacing any task with the same ID. Returns `false` if the
    /// cluster does not exist.
    pub fn add_task(&mut self, cluster: &str, id: &str, task: TaskFixture) -> bool {
        self.on(cluster, |record| {
            record.tasks.insert(id.to_owned(), task.into());
            true
        })
    }

    /// Removes a task. Returns `false` if the task does not exist.
    pub fn remove_task(&mut self, cluster: &str, id: &str) -> bool {
        self.on(cluster, |record| record.tasks.remove(id).is_some())
    }

    /// Registers a container instance with a cluster, replacing any container instance with the
    /// same ID. Returns `false` if the cluster does not exist.
    pub fn add_container_instance(
        &mut self,
        cluster: &str,
        id: &str,
        instance: ContainerInstance,
    ) -> bool {
        self.on(cluster, |record| {
            record.instances.insert(id.to_owned(), instance);
            true
        })
    }

    /// Removes a container instance. Returns `false` if the container instance does not exist.
    pub fn remove_container_instance(&mut self, cluster: &str, id: &str) -> bool {
        self.on(cluster, |record| {
            record.attributes.remove(id);
            record.instances.remove(id).is_some()
        })
    }

    /// Adds a capacity provider with an Auto Scaling group. Returns `false` if the capacity
    /// provider already exists.
    pub fn add_capacity_provider(&mut self, name: &str) -> bool {
        let is_new = !self.capacity_providers.contains_key(name);
        self.capacity_providers.entry(name.to_owned()).or_default();
        is_new
    }

    /// Removes a capacity provider from the account, but not from clusters that use it. Returns
    /// `false` if the capacity provider does not exist.
    pub fn remove_capacity_provider(&mut self, name: &str) -> bool {
        self.capacity_providers.remove(name).is_some()
    }

    fn on(&mut self, cluster: &str, act: impl FnOnce(&mut Record) -> bool) -> bool {
        self.clusters.get_mut(cluster).is_some_and(act)
    }
}
