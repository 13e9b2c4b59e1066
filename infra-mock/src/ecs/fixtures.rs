//! What others run on a cluster, put in by tests: services, tasks, container instances, and capacity
//! providers with an Auto Scaling group.
//!
//! They are as real as those that requests create: they are described, listed, stopped and deleted. The platform leaves
//! them alone.

use serde::{Deserialize, Serialize};

use super::state::{Record, State};

/// What tasks run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LaunchType {
    /// Instances that are registered with the cluster.
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
    /// The launch type as requests spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ec2 => "EC2",
            Self::Fargate => "FARGATE",
            Self::External => "EXTERNAL",
            Self::ManagedInstances => "MANAGED_INSTANCES",
        }
    }

    /// The launch type that requests spell so.
    pub(super) fn read(name: &str) -> Option<Self> {
        [Self::Ec2, Self::Fargate, Self::External, Self::ManagedInstances]
            .into_iter()
            .find(|launch_type| launch_type.as_str() == name)
    }
}

/// The status of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceStatus {
    /// It runs.
    #[default]
    Active,
    /// It was deleted and its tasks stop; it keeps the cluster from being deleted.
    Draining,
}

/// How a service places its tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SchedulingStrategy {
    /// A number of them over the cluster.
    #[default]
    Replica,
    /// One on each instance.
    Daemon,
}

impl SchedulingStrategy {
    /// The strategy as requests spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replica => "REPLICA",
            Self::Daemon => "DAEMON",
        }
    }
}

/// A service that somebody runs on a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceFixture {
    /// Its status.
    pub status: ServiceStatus,
    /// What its tasks run on.
    pub launch_type: LaunchType,
    /// How it places its tasks.
    pub scheduling_strategy: SchedulingStrategy,
    /// The capacity provider that it uses, which then cannot be taken from the cluster.
    pub capacity_provider: Option<String>,
}

/// The status of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskStatus {
    /// It has not started yet.
    Pending,
    /// It runs.
    #[default]
    Running,
}

/// A task that somebody runs on a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskFixture {
    /// Its status.
    pub status: TaskStatus,
    /// What it runs on.
    pub launch_type: LaunchType,
    /// The name of the service that it belongs to.
    pub service: Option<String>,
    /// The family of its task definition.
    pub family: Option<String>,
    /// Who started it.
    pub started_by: Option<String>,
    /// The id of the container instance that it runs on.
    pub container_instance: Option<String>,
    /// The capacity provider that it uses, which then cannot be taken from the cluster.
    pub capacity_provider: Option<String>,
}

/// The status of a container instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InstanceStatus {
    /// It takes tasks.
    #[default]
    Active,
    /// It takes none.
    Draining,
}

impl InstanceStatus {
    /// The status as requests spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
        }
    }
}

/// A container instance that somebody registered with a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerInstance {
    /// Its status.
    pub status: InstanceStatus,
}

impl State {
    /// Puts a service on a cluster, or in the place of one of that name. False where there is no such
    /// cluster.
    pub fn add_service(&mut self, cluster: &str, name: &str, service: ServiceFixture) -> bool {
        self.on(cluster, |record| {
            record.services.insert(name.to_owned(), service.into());
            true
        })
    }

    /// Removes a service. False where it is not there.
    pub fn remove_service(&mut self, cluster: &str, name: &str) -> bool {
        self.on(cluster, |record| record.services.remove(name).is_some())
    }

    /// Puts a task on a cluster, or in the place of one of that id. False where there is no such cluster.
    pub fn add_task(&mut self, cluster: &str, id: &str, task: TaskFixture) -> bool {
        self.on(cluster, |record| {
            record.tasks.insert(id.to_owned(), task.into());
            true
        })
    }

    /// Removes a task. False where it is not there.
    pub fn remove_task(&mut self, cluster: &str, id: &str) -> bool {
        self.on(cluster, |record| record.tasks.remove(id).is_some())
    }

    /// Registers a container instance with a cluster, or puts it in the place of one of that id. False
    /// where there is no such cluster.
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

    /// Removes a container instance. False where it is not there.
    pub fn remove_container_instance(&mut self, cluster: &str, id: &str) -> bool {
        self.on(cluster, |record| record.instances.remove(id).is_some())
    }

    /// Makes a capacity provider with an Auto Scaling group known. False where it was known before.
    pub fn add_capacity_provider(&mut self, name: &str) -> bool {
        let is_new = !self.capacity_providers.contains_key(name);
        self.capacity_providers.entry(name.to_owned()).or_default();
        is_new
    }

    /// Forgets a capacity provider; clusters keep theirs. False where it was not known.
    pub fn remove_capacity_provider(&mut self, name: &str) -> bool {
        self.capacity_providers.remove(name).is_some()
    }

    fn on(&mut self, cluster: &str, act: impl FnOnce(&mut Record) -> bool) -> bool {
        self.clusters.get_mut(cluster).is_some_and(act)
    }
}
