//! What others do, as far as scenarios need it and the provider traits cannot.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::arn::Arn;
use crate::error::Result;
use crate::names::{ClusterName, LogGroupName, RepositoryName, RoleName};

/// Something that somebody else does, or that simply happens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExternalChange {
    /// Runs a service on a cluster.
    AddService {
        /// The cluster.
        cluster: ClusterName,
        /// The service's name.
        service: String,
        /// The capacity provider of its tasks; `None` is the cluster's default strategy.
        capacity_provider: Option<String>,
    },
    /// Deletes a service.
    RemoveService {
        /// The cluster.
        cluster: ClusterName,
        /// The service's name.
        service: String,
    },
    /// Runs a task on a cluster.
    AddTask {
        /// The cluster.
        cluster: ClusterName,
        /// The task's id.
        task: String,
        /// Whether it is still PENDING, rather than RUNNING.
        pending: bool,
    },
    /// Stops a task.
    RemoveTask {
        /// The cluster.
        cluster: ClusterName,
        /// The task's id.
        task: String,
    },
    /// Registers a container instance.
    AddContainerInstance {
        /// The cluster.
        cluster: ClusterName,
        /// The instance's id.
        instance: String,
    },
    /// Deregisters a container instance.
    RemoveContainerInstance {
        /// The cluster.
        cluster: ClusterName,
        /// The instance's id.
        instance: String,
    },
    /// Pushes an image with its tags; without one, it is known by its digest alone.
    PushImage {
        /// The repository.
        repository: RepositoryName,
        /// Which image: one number is one image, whatever tags it is pushed with.
        image: usize,
        /// Its tags.
        tags: Vec<String>,
    },
    /// Makes a log stream, and writes an event where there is one.
    AddLogStream {
        /// The log group.
        group: LogGroupName,
        /// The stream's name.
        stream: String,
        /// The event.
        event: Option<String>,
    },
    /// Makes an instance profile of that name, which holds the role.
    AddInstanceProfile {
        /// The profile's name.
        profile: String,
        /// The role.
        role: RoleName,
    },
    /// Deletes an instance profile.
    RemoveInstanceProfile {
        /// The profile's name.
        profile: String,
        /// The role that it holds.
        role: RoleName,
    },
    /// Makes a managed policy of the account's own.
    CreatePolicy {
        /// The ARN that it is to have.
        policy: Arn,
    },
    /// Deletes a managed policy.
    DeletePolicy {
        /// Its ARN.
        policy: Arn,
    },
    /// Makes a capacity provider.
    AddCapacityProvider {
        /// Its name.
        name: String,
    },
    /// Deletes a capacity provider.
    RemoveCapacityProvider {
        /// Its name.
        name: String,
    },
    /// Time passes.
    Pass {
        /// How much.
        time: Duration,
    },
}

impl ExternalChange {
    /// What undoes it; what goes with the resource that it is on needs no undoing.
    pub fn inverse(&self) -> Option<Self> {
        Some(match self.clone() {
            Self::AddService { cluster, service, capacity_provider: _ } => {
                Self::RemoveService { cluster, service }
            }
            Self::AddTask { cluster, task, pending: _ } => Self::RemoveTask { cluster, task },
            Self::AddContainerInstance { cluster, instance } => {
                Self::RemoveContainerInstance { cluster, instance }
            }
            Self::AddInstanceProfile { profile, role } => {
                Self::RemoveInstanceProfile { profile, role }
            }
            Self::CreatePolicy { policy } => Self::DeletePolicy { policy },
            Self::AddCapacityProvider { name } => Self::RemoveCapacityProvider { name },
            Self::RemoveService { .. }
            | Self::RemoveTask { .. }
            | Self::RemoveContainerInstance { .. }
            | Self::PushImage { .. }
            | Self::AddLogStream { .. }
            | Self::RemoveInstanceProfile { .. }
            | Self::DeletePolicy { .. }
            | Self::RemoveCapacityProvider { .. }
            | Self::Pass { .. } => return None,
        })
    }
}

/// How a backend has changes done.
#[async_trait]
pub trait ExternalActor: Debug + Send + Sync + 'static {
    /// Does it.
    ///
    /// # Behaviour
    /// Removing what is gone already is no error.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for a change that the backend lacks the capability for;
    /// whatever else went wrong.
    async fn act(&self, change: &ExternalChange) -> Result<()>;
}
