//! ECS clusters: what is asked of them, what is seen of them, and the trait that does both.

use std::collections::BTreeSet;
use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::arn::Arn;
use crate::error::Result;
use crate::names::ClusterName;
use crate::tags::Tags;

wire_enum! {
    /// The `containerInsights` setting of a cluster.
    ContainerInsights {
        /// Metrics of cluster and services.
        Enabled = "enabled",
        /// Metrics down to tasks and containers as well.
        Enhanced = "enhanced",
        /// No metrics.
        Disabled = "disabled",
    }
}

wire_enum! {
    /// The status of a cluster.
    ClusterStatus {
        /// Ready for use.
        Active = "ACTIVE",
        /// Its capacity providers are being set up.
        Provisioning = "PROVISIONING",
        /// Its capacity providers are being removed.
        Deprovisioning = "DEPROVISIONING",
        /// Setting up its capacity providers failed. No operation but deleting it is documented to end that.
        Failed = "FAILED",
        /// Deleted; AWS still describes it for a while.
        Inactive = "INACTIVE",
    }
}

wire_enum! {
    /// How far the last change of a cluster's capacity providers has got.
    AttachmentsStatus {
        /// Under way.
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        /// Done.
        UpdateComplete = "UPDATE_COMPLETE",
        /// Gone wrong.
        UpdateFailed = "UPDATE_FAILED",
    }
}

/// One item of a capacity provider strategy.
///
/// The order of the fields is the order of comparison: a strategy is a set, so items sort by provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StrategyItem {
    /// The provider's name.
    pub capacity_provider: String,
    /// How many tasks run on it before the weights count; 0 to 100,000. What AWS leaves out is 0.
    pub base: u32,
    /// Its share of the tasks beyond the base; 0 to 1,000. What AWS leaves out is 0.
    pub weight: u32,
}

/// The capacity providers of a cluster and the strategy of tasks that name none.
///
/// Both are sets, as AWS treats them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CapacityProviders {
    /// The providers that are associated with the cluster.
    pub providers: BTreeSet<String>,
    /// The default strategy.
    pub default_strategy: BTreeSet<StrategyItem>,
}

impl CapacityProviders {
    /// FARGATE and `FARGATE_SPOT`; by default tasks run on FARGATE, base 1, weight 100.
    pub fn fargate() -> Self {
        let item = StrategyItem { capacity_provider: "FARGATE".to_owned(), base: 1, weight: 100 };
        Self {
            providers: ["FARGATE", "FARGATE_SPOT"].map(str::to_owned).into(),
            default_strategy: [item].into(),
        }
    }
}

/// What a cluster is to be, all of which one `CreateCluster` carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClusterSpec {
    /// Its name.
    pub name: ClusterName,
    /// Its `containerInsights` setting.
    pub container_insights: ContainerInsights,
    /// Its capacity providers and default strategy.
    pub capacity: CapacityProviders,
    /// Its tags.
    pub tags: Tags,
}

/// What is on a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClusterCounts {
    /// Services that are not deleted.
    pub active_services: u32,
    /// Tasks in RUNNING.
    pub running_tasks: u32,
    /// Tasks in PENDING.
    pub pending_tasks: u32,
    /// Registered container instances.
    pub container_instances: u32,
}

impl ClusterCounts {
    /// Whether nothing is on the cluster that keeps it from being deleted.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// A cluster as AWS describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cluster {
    /// Its name.
    pub name: ClusterName,
    /// Its ARN.
    pub arn: Arn,
    /// Its status; [`ClusterStatus::Inactive`] is how a deleted cluster looks.
    pub status: ClusterStatus,
    /// Its `containerInsights` setting; `None` where AWS gave none.
    pub container_insights: Option<ContainerInsights>,
    /// Its capacity providers and default strategy.
    pub capacity: CapacityProviders,
    /// How far the last change of its capacity providers has got, where AWS says so.
    pub attachments: Option<AttachmentsStatus>,
    /// Its tags.
    pub tags: Tags,
    /// What is on it.
    pub counts: ClusterCounts,
}

impl Cluster {
    /// Whether the cluster is done with what it was last asked to do.
    pub fn is_settled(&self) -> bool {
        let changing =
            matches!(self.status, ClusterStatus::Provisioning | ClusterStatus::Deprovisioning);
        !changing && self.attachments != Some(AttachmentsStatus::UpdateInProgress)
    }
}

/// ECS, as far as clusters go.
#[async_trait]
pub trait ClusterProvider: fmt::Debug + Send + Sync + 'static {
    /// Reads one cluster with settings, tags and counts, by `ecs:DescribeClusters`.
    ///
    /// # Behaviour
    /// A deleted cluster may still be described as [`ClusterStatus::Inactive`]; one that AWS does not
    /// know (`failures` with reason `MISSING`) is not found.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn describe_cluster(&self, name: &ClusterName) -> Result<Cluster>;

    /// Makes a cluster with settings, tags, providers and strategy, by `ecs:CreateCluster`.
    ///
    /// # Behaviour
    /// On the name of an ACTIVE cluster with the same arguments it gives that cluster, whosever it is; an
    /// INACTIVE one is made anew. The cluster may still be settling.
    ///
    /// # Errors
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists) where an ACTIVE cluster of that name has other
    /// arguments, [`InvalidInput`](crate::ErrorKind::InvalidInput).
    async fn create_cluster(&self, spec: &ClusterSpec) -> Result<Cluster>;

    /// Sets `containerInsights`, by `ecs:UpdateCluster`.
    ///
    /// # Behaviour
    /// Setting the value that is there changes nothing.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for an absent or INACTIVE cluster.
    async fn update_cluster(
        &self,
        name: &ClusterName,
        container_insights: &ContainerInsights,
    ) -> Result<()>;

    /// Replaces capacity providers and default strategy, by `ecs:PutClusterCapacityProviders`.
    ///
    /// # Behaviour
    /// Repeating it changes nothing. The change may settle later; see [`Cluster::is_settled`].
    ///
    /// # Errors
    /// [`ChangeInProgress`](crate::ErrorKind::ChangeInProgress) while an earlier change settles or the cluster
    /// is not ACTIVE, [`InUse`](crate::ErrorKind::InUse) while tasks use a provider that is to be taken off,
    /// [`NotFound`](crate::ErrorKind::NotFound), [`InvalidInput`](crate::ErrorKind::InvalidInput).
    async fn put_capacity_providers(
        &self,
        name: &ClusterName,
        capacity: &CapacityProviders,
    ) -> Result<()>;

    /// Deletes a cluster, by `ecs:DeleteCluster`.
    ///
    /// # Behaviour
    /// The cluster is INACTIVE afterwards, at once or after a while as DEPROVISIONING. Deleting an INACTIVE
    /// cluster changes nothing.
    ///
    /// # Errors
    /// [`InUse`](crate::ErrorKind::InUse) while services, tasks or container instances are on it,
    /// [`ChangeInProgress`](crate::ErrorKind::ChangeInProgress),
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn delete_cluster(&self, name: &ClusterName) -> Result<()>;

    /// The ARNs of the cluster's services, by `ecs:ListServices`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_services(&self, name: &ClusterName) -> Result<Vec<String>>;

    /// The ARNs of the cluster's running and pending tasks, by `ecs:ListTasks`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_tasks(&self, name: &ClusterName) -> Result<Vec<String>>;

    /// The ARNs of the cluster's container instances, by `ecs:ListContainerInstances`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound).
    async fn list_container_instances(&self, name: &ClusterName) -> Result<Vec<String>>;

    /// Sets tags and leaves the others, by `ecs:TagResource`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`InvalidInput`](crate::ErrorKind::InvalidInput) for an
    /// INACTIVE cluster.
    async fn tag_cluster(&self, arn: &Arn, tags: &Tags) -> Result<()>;

    /// Removes tags; keys that are not there are no error, by `ecs:UntagResource`.
    ///
    /// # Errors
    /// As [`ClusterProvider::tag_cluster`].
    async fn untag_cluster(&self, arn: &Arn, keys: &[String]) -> Result<()>;
}
