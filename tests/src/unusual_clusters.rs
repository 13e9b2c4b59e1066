//! Clusters that behave as AWS's can and the mock's do not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use infra_core::arn::Arn;
use infra_core::error::Result;
use infra_core::names::ClusterName;
use infra_core::provider::{
    AttachmentsStatus, CapacityProviders, Cluster, ClusterProvider, ClusterSpec, ClusterStatus,
    ContainerInsights, Providers,
};
use infra_core::tags::Tags;

/// In which way clusters are odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterQuirk {
    /// `CreateCluster` gives back an ACTIVE cluster that is equal but for its tags, as ECS does where it finds
    /// arguments equal.
    Idempotent,
    /// Setting up the cluster's capacity providers has failed, and it stays so until it is deleted.
    SetupFailed,
    /// The last change of the capacity providers has failed, and it stays so until they are set again.
    UpdateFailed,
}

/// Providers with clusters that are odd.
#[derive(Debug)]
pub struct UnusualClusters {
    inner: Providers,
    odd: ClusterQuirk,
    over: AtomicBool,
}

impl UnusualClusters {
    /// `inner` with odd clusters.
    pub fn providers(inner: Providers, odd: ClusterQuirk) -> Providers {
        let clusters = Self { inner: inner.clone(), odd, over: AtomicBool::new(false) };
        inner.with_clusters(Arc::new(clusters))
    }

    fn inner(&self) -> &dyn ClusterProvider {
        self.inner.clusters()
    }

    /// Whether clusters are odd in that way still.
    fn is(&self, odd: ClusterQuirk) -> bool {
        self.odd == odd && !self.over.load(Ordering::Relaxed)
    }

    fn end(&self, odd: ClusterQuirk) {
        self.over.fetch_or(self.odd == odd, Ordering::Relaxed);
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ClusterProvider for UnusualClusters {
    async fn describe_cluster(&self, name: &ClusterName) -> Result<Cluster> {
        let mut cluster = self.inner().describe_cluster(name).await?;
        if self.is(ClusterQuirk::SetupFailed) && cluster.status == ClusterStatus::Active {
            cluster.status = ClusterStatus::Failed;
        }
        if self.is(ClusterQuirk::UpdateFailed) {
            cluster.attachments = Some(AttachmentsStatus::UpdateFailed);
        }
        Ok(cluster)
    }

    async fn create_cluster(&self, spec: &ClusterSpec) -> Result<Cluster> {
        let ClusterSpec { name, container_insights, capacity, tags: _ } = spec;
        if self.is(ClusterQuirk::Idempotent)
            && let Ok(found) = self.inner().describe_cluster(name).await
            && found.status == ClusterStatus::Active
            && found.container_insights.as_ref() == Some(container_insights)
            && found.capacity == *capacity
        {
            return Ok(found);
        }
        self.inner().create_cluster(spec).await
    }

    async fn update_cluster(&self, name: &ClusterName, value: &ContainerInsights) -> Result<()> {
        self.inner().update_cluster(name, value).await
    }

    async fn put_capacity_providers(
        &self,
        name: &ClusterName,
        capacity: &CapacityProviders,
    ) -> Result<()> {
        self.inner().put_capacity_providers(name, capacity).await?;
        self.end(ClusterQuirk::UpdateFailed);
        Ok(())
    }

    async fn delete_cluster(&self, name: &ClusterName) -> Result<()> {
        self.inner().delete_cluster(name).await?;
        self.end(ClusterQuirk::SetupFailed);
        Ok(())
    }

    async fn list_services(&self, name: &ClusterName) -> Result<Vec<String>> {
        self.inner().list_services(name).await
    }

    async fn list_tasks(&self, name: &ClusterName) -> Result<Vec<String>> {
        self.inner().list_tasks(name).await
    }

    async fn list_container_instances(&self, name: &ClusterName) -> Result<Vec<String>> {
        self.inner().list_container_instances(name).await
    }

    async fn tag_cluster(&self, arn: &Arn, tags: &Tags) -> Result<()> {
        self.inner().tag_cluster(arn, tags).await
    }

    async fn untag_cluster(&self, arn: &Arn, keys: &[String]) -> Result<()> {
        self.inner().untag_cluster(arn, keys).await
    }
}
