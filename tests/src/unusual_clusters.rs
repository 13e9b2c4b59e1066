//! Clusters in states that occur in AWS but not in the mock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use infra_core::arn::Arn;
use infra_core::error::Result;
use infra_core::names::ClusterName;
use infra_core::provider::{
    AttachmentsStatus, CapacityProviders, Cluster, ClusterProvider, ClusterSpec, ClusterStatus,
    ClusterUpdate, Providers,
};
use infra_core::tags::Tags;

/// A cluster behavior that occurs in AWS but not in the mock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterQuirk {
    /// If an ACTIVE cluster with the requested settings already exists, `CreateCluster` returns
    /// that cluster, even if its tags differ from the requested tags. ECS treats the request as a
    /// retry of the request that created the cluster.
    Idempotent,
    /// The setup of the capacity providers has failed. The cluster stays FAILED until it is
    /// deleted.
    SetupFailed,
    /// The last update to the capacity providers has failed. This state lasts until the capacity
    /// providers are set again.
    UpdateFailed,
}

/// Providers whose clusters have a [`ClusterQuirk`].
#[derive(Debug)]
pub struct UnusualClusters {
    inner: Providers,
    quirk: ClusterQuirk,
    over: AtomicBool,
}

impl UnusualClusters {
    /// Wraps `inner` so that its clusters have the quirk.
    pub fn providers(inner: Providers, quirk: ClusterQuirk) -> Providers {
        let clusters = Self { inner: inner.clone(), quirk, over: AtomicBool::new(false) };
        inner.with_clusters(Arc::new(clusters))
    }

    fn inner(&self) -> &dyn ClusterProvider {
        self.inner.clusters()
    }

    /// Returns whether clusters still have the given quirk.
    fn is(&self, quirk: ClusterQuirk) -> bool {
        self.quirk == quirk && !self.over.load(Ordering::Relaxed)
    }

    fn end(&self, quirk: ClusterQuirk) {
        self.over.fetch_or(self.quirk == quirk, Ordering::Relaxed);
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ClusterProvider for UnusualClusters {
    async fn describe_cluster(&self, name: &ClusterName, configuration: bool) -> Result<Cluster> {
        let mut cluster = self.inner().describe_cluster(name, configuration).await?;
        if self.is(ClusterQuirk::SetupFailed) && cluster.status == ClusterStatus::Active {
            cluster.status = ClusterStatus::Failed;
        }
        if self.is(ClusterQuirk::UpdateFailed) {
            cluster.attachments = Some(AttachmentsStatus::UpdateFailed);
        }
        Ok(cluster)
    }

    async fn create_cluster(&self, spec: &ClusterSpec) -> Result<Cluster> {
        let ClusterSpec {
            name,
            container_insights,
            configuration,
            service_connect_namespace,
            capacity,
            tags: _,
        } = spec;
        let namespace = service_connect_namespace.as_ref().map(ToString::to_string);
        if self.is(ClusterQuirk::Idempotent)
            && let Ok(found) = self.inner().describe_cluster(name, true).await
            && found.status == ClusterStatus::Active
            && found.container_insights.as_ref() == Some(container_insights)
            && found.configuration == *configuration
            && found.service_connect_namespace == namespace.filter(|text| !text.is_empty())
            && found.capacity == *capacity
        {
            return Ok(found);
        }
        self.inner().create_cluster(spec).await
    }

    async fn update_cluster(&self, name: &ClusterName, update: &ClusterUpdate) -> Result<()> {
        self.inner().update_cluster(name, update).await
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
