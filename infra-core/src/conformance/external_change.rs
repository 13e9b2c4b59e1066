//! Changes that scenarios need but that the provider traits cannot make.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::arn::Arn;
use crate::error::Result;
use crate::names::{ClusterName, LogGroupName, RepositoryName, RoleName};

/// A change, such as running a task or advancing time, that a scenario makes without using the
/// providers under test.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExternalChange {
    /// Creates a service in a cluster.
    AddService {
        /// The cluster.
        cluster: ClusterName,
        /// The service's name.
        service: String,
        /// The capacity provider for the service's tasks, or `None` for the cluster's default
        /// strategy.
        capacity_provider: Option<String>,
    },
    /// Deletes a service.
    RemoveService {
        /// The cluster.
        cluster: ClusterName,
        /// The service's name.
        service: String,
    },
    /// Runs a task in a cluster.
    AddTask {
        /// The cluster.
        cluster: ClusterName,
        /// The task's id.
        task: String,
        /// Whether the task is PENDING rather than RUNNING.
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
    /// Pushes an image. An image without tags is identified only by its digest.
    PushImage {
        /// The repository.
        repository: RepositoryName,
        /// The number that identifies the image. Two pushes with the same number push the same
        /// image, even if the tags differ.
        image: usize,
        /// Its tags.
        tags: Vec<String>,
    },
    /// Creates a log stream and, if an event is given, writes the event to the stream.
    AddLogStream {
        /// The log group.
        group: LogGroupName,
        /// The stream's name.
        stream: String,
        /// The event.
        event: Option<String>,
    },
    /// Creates an instance profile that contains the role.
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
        /// The role in the profile.
        role: RoleName,
    },
    /// Creates a customer managed policy.
    CreatePolicy {
        /// Its ARN.
        policy: Arn,
    },
    /// Deletes a managed policy.
    DeletePolicy {
        /// Its ARN.
        policy: Arn,
    },
    /// Creates an OIDC identity provider, unless the account already has one for the issuer.
    AddIdentityProvider {
        /// The host and path of the issuer's URL.
        issuer: String,
        /// The audiences that the provider accepts.
        client_ids: Vec<String>,
    },
    /// Creates a capacity provider.
    AddCapacityProvider {
        /// Its name.
        name: String,
    },
    /// Deletes a capacity provider.
    RemoveCapacityProvider {
        /// Its name.
        name: String,
    },
    /// Advances time.
    Pass {
        /// The duration.
        time: Duration,
    },
}

impl ExternalChange {
    /// Returns the change that undoes this one. Returns `None` if this change cannot be undone or
    /// does not need to be, for example because cleanup deletes the whole repository or log group.
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
            // The identity provider is kept, because other scenarios may use it. An account has
            // only one provider per issuer.
            | Self::AddIdentityProvider { .. }
            | Self::RemoveCapacityProvider { .. }
            | Self::Pass { .. } => return None,
        })
    }
}

/// Makes changes in a backend without using the providers under test.
#[async_trait]
pub trait ExternalActor: Debug + Send + Sync + 'static {
    /// Makes the change.
    ///
    /// # Behavior
    /// Removing something that no longer exists succeeds.
    ///
    /// # Errors
    /// Returns [`Unsupported`](crate::ErrorKind::Unsupported) if the backend cannot make changes of
    /// this kind, or another error if the change fails.
    async fn act(&self, change: &ExternalChange) -> Result<()>;
}
