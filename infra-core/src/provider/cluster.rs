//! The desired and observed state of ECS clusters, and the provider trait for clusters.

mod configuration;

use std::collections::BTreeSet;
use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::arn::Arn;
use crate::error::Result;
use crate::names::ClusterName;
use crate::tags::Tags;

pub use configuration::{
    ClusterConfiguration, ExecuteCommand, ExecuteCommandLogging, ManagedStorage,
    ServiceConnectNamespace, SessionBucket, SessionLogGroup,
};

wire_enum! {
    /// The `containerInsights` setting of a cluster.
    ContainerInsights {
        /// Collects metrics for the cluster and its services.
        Enabled = "enabled",
        /// Collects metrics for the cluster and its services, tasks and containers.
        Enhanced = "enhanced",
        /// Collects no metrics.
        Disabled = "disabled",
    }
}

wire_enum! {
    /// The status of a cluster.
    ClusterStatus {
        /// Ready for use.
        Active = "ACTIVE",
        /// The cluster's capacity providers are being set up.
        Provisioning = "PROVISIONING",
        /// The cluster's capacity providers are being removed.
        Deprovisioning = "DEPROVISIONING",
        /// Setting up the cluster's capacity providers failed. According to AWS's documentation,
        /// the cluster stays in this state until it is deleted.
        Failed = "FAILED",
        /// The cluster has been deleted, but AWS still returns it for a while.
        Inactive = "INACTIVE",
    }
}

wire_enum! {
    /// The progress of the last change to a cluster's capacity providers or default Service Connect
    /// namespace.
    AttachmentsStatus {
        /// The change is in progress.
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        /// The change is complete.
        UpdateComplete = "UPDATE_COMPLETE",
        /// The change failed.
        UpdateFailed = "UPDATE_FAILED",
    }
}

/// An item in a capacity provider strategy.
///
/// A strategy is a set of items, sorted by provider name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StrategyItem {
    /// The name of the capacity provider.
    pub capacity_provider: String,
    /// The number of tasks, from 0 to 100,000, to place on this provider before the weights are
    /// used. If AWS's response omits the number, the value is 0.
    pub base: u32,
    /// The provider's relative share of the remaining tasks, from 0 to 1,000. If AWS's response
    /// omits the share, the value is 0.
    pub weight: u32,
}

/// A cluster's capacity providers and default strategy.
///
/// Both are sets, as in AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CapacityProviders {
    /// The providers associated with the cluster.
    pub providers: BTreeSet<String>,
    /// The default strategy for tasks and services that specify neither a strategy nor a launch
    /// type.
    pub default_strategy: BTreeSet<StrategyItem>,
}

impl CapacityProviders {
    /// Returns the providers `FARGATE` and `FARGATE_SPOT`, and a default strategy with one item:
    /// `FARGATE` with base 1 and weight 100.
    pub fn fargate() -> Self {
        let item = StrategyItem { capacity_provider: "FARGATE".to_owned(), base: 1, weight: 100 };
        Self {
            providers: ["FARGATE", "FARGATE_SPOT"].map(str::to_owned).into(),
            default_strategy: [item].into(),
        }
    }
}

/// The desired state of a cluster. A single `CreateCluster` call sets all fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClusterSpec {
    /// The cluster's name.
    pub name: ClusterName,
    /// The `containerInsights` setting.
    pub container_insights: ContainerInsights,
    /// The configuration. Parts that are `None` get AWS's defaults.
    #[serde(skip_serializing_if = "ClusterConfiguration::is_empty")]
    pub configuration: ClusterConfiguration,
    /// The default Service Connect namespace. `None` and [`ServiceConnectNamespace::None`] both
    /// mean that the cluster has no default namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_connect_namespace: Option<ServiceConnectNamespace>,
    /// The capacity providers and the default strategy.
    pub capacity: CapacityProviders,
    /// The tags.
    pub tags: Tags,
}

/// The changes that a single `UpdateCluster` call makes to a cluster. `None` leaves a value
/// unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClusterUpdate {
    /// The new `containerInsights` setting.
    pub container_insights: Option<ContainerInsights>,
    /// The new configuration. Include both parts, even if one of them does not change, because AWS
    /// does not document what happens to a part that is missing from the request.
    pub configuration: Option<ClusterConfiguration>,
    /// The new default Service Connect namespace.
    pub service_connect_namespace: Option<ServiceConnectNamespace>,
}

/// Creates an update that changes only the `containerInsights` setting.
impl From<ContainerInsights> for ClusterUpdate {
    fn from(insights: ContainerInsights) -> Self {
        Self { container_insights: Some(insights), ..Self::default() }
    }
}

/// How many services, tasks and container instances a cluster contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClusterCounts {
    /// Services with status ACTIVE.
    pub active_services: u32,
    /// Tasks with status RUNNING.
    pub running_tasks: u32,
    /// Tasks with status PENDING.
    pub pending_tasks: u32,
    /// Registered container instances.
    pub container_instances: u32,
}

impl ClusterCounts {
    /// Returns whether the cluster contains nothing that would prevent its deletion.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// A cluster as AWS describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cluster {
    /// The cluster's name.
    pub name: ClusterName,
    /// The cluster's ARN.
    pub arn: Arn,
    /// The status. A deleted cluster has the status [`ClusterStatus::Inactive`].
    pub status: ClusterStatus,
    /// The `containerInsights` setting, if AWS returned one.
    pub container_insights: Option<ContainerInsights>,
    /// The configuration, which is empty if it was not requested.
    pub configuration: ClusterConfiguration,
    /// The ARN of the default Service Connect namespace.
    pub service_connect_namespace: Option<String>,
    /// The capacity providers and the default strategy.
    pub capacity: CapacityProviders,
    /// The progress of the last change to the capacity providers or the namespace, if AWS returned
    /// it.
    pub attachments: Option<AttachmentsStatus>,
    /// The tags.
    pub tags: Tags,
    /// How many services, tasks and container instances the cluster contains.
    pub counts: ClusterCounts,
}

impl Cluster {
    /// Returns `true` if no change to the cluster is in progress.
    pub fn is_settled(&self) -> bool {
        let changing =
            matches!(self.status, ClusterStatus::Provisioning | ClusterStatus::Deprovisioning);
        !changing && self.attachments != Some(AttachmentsStatus::UpdateInProgress)
    }
}

/// The ECS operations on clusters.
#[async_trait]
pub trait ClusterProvider: fmt::Debug + Send + Sync + 'static {
    /// Reads a cluster with its settings, tags and counts, using `ecs:DescribeClusters`.
    ///
    /// # Behavior
    /// If `configuration` is false, the cluster's configuration is not requested. Some partitions
    /// do not support requesting it.
    ///
    /// A deleted cluster may still be returned, with the status [`ClusterStatus::Inactive`]. If AWS
    /// reports a failure with the reason `MISSING`, the cluster does not exist, and the method
    /// returns an error.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn describe_cluster(&self, name: &ClusterName, configuration: bool) -> Result<Cluster>;

    /// Creates a cluster according to `spec`, using `ecs:CreateCluster`.
    ///
    /// # Behavior
    /// If an ACTIVE cluster with the same name and arguments exists, the call returns that cluster.
    /// Success therefore does not prove that this call created the cluster. If an INACTIVE cluster
    /// with this name exists, a new cluster takes its place. The new cluster may still be
    /// PROVISIONING.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), or
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists) if an ACTIVE cluster with this name was
    /// created with other arguments.
    async fn create_cluster(&self, spec: &ClusterSpec) -> Result<Cluster>;

    /// Changes a cluster's settings, configuration or namespace, using `ecs:UpdateCluster`.
    ///
    /// # Behavior
    /// If the cluster already has these values, the call changes nothing. A change to the namespace
    /// may still be in progress when the call returns; see [`Cluster::is_settled`].
    ///
    /// # Errors
    /// [`ChangeInProgress`](crate::ErrorKind::ChangeInProgress),
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), or
    /// [`NotFound`](crate::ErrorKind::NotFound) if the cluster does not exist or is INACTIVE.
    async fn update_cluster(&self, name: &ClusterName, update: &ClusterUpdate) -> Result<()>;

    /// Replaces the capacity providers and the default strategy, using
    /// `ecs:PutClusterCapacityProviders`.
    ///
    /// # Behavior
    /// Repeating the call changes nothing. The change may still be in progress when the call
    /// returns; see [`Cluster::is_settled`].
    ///
    /// # Errors
    /// - [`ChangeInProgress`](crate::ErrorKind::ChangeInProgress) while an earlier change is in
    ///   progress or the cluster is not ACTIVE.
    /// - [`InUse`](crate::ErrorKind::InUse) while tasks use a provider that would be removed.
    /// - [`NotFound`](crate::ErrorKind::NotFound).
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput).
    async fn put_capacity_providers(
        &self,
        name: &ClusterName,
        capacity: &CapacityProviders,
    ) -> Result<()>;

    /// Deletes a cluster, using `ecs:DeleteCluster`.
    ///
    /// # Behavior
    /// The cluster becomes INACTIVE, either immediately or after it has been DEPROVISIONING for a
    /// while. Deleting an INACTIVE cluster changes nothing.
    ///
    /// # Errors
    /// [`ChangeInProgress`](crate::ErrorKind::ChangeInProgress),
    /// [`NotFound`](crate::ErrorKind::NotFound), or [`InUse`](crate::ErrorKind::InUse) while the
    /// cluster has services, tasks or container instances.
    async fn delete_cluster(&self, name: &ClusterName) -> Result<()>;

    /// Lists the ARNs of the cluster's services, using `ecs:ListServices`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_services(&self, name: &ClusterName) -> Result<Vec<String>>;

    /// Lists the ARNs of the cluster's running and pending tasks, using `ecs:ListTasks`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_tasks(&self, name: &ClusterName) -> Result<Vec<String>>;

    /// Lists the ARNs of the cluster's container instances, using `ecs:ListContainerInstances`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_container_instances(&self, name: &ClusterName) -> Result<Vec<String>>;

    /// Adds or overwrites tags, using `ecs:TagResource`. All other tags are kept.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), or
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the cluster is INACTIVE.
    async fn tag_cluster(&self, arn: &Arn, tags: &Tags) -> Result<()>;

    /// Removes tags, using `ecs:UntagResource`. Keys that do not exist are ignored.
    ///
    /// # Errors
    /// Returns the same errors as [`ClusterProvider::tag_cluster`].
    async fn untag_cluster(&self, arn: &Arn, keys: &[String]) -> Result<()>;
}
