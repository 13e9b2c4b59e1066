//! The cluster provider.

use async_trait::async_trait;
use infra_core::Result;
use infra_core::arn::Arn;
use infra_core::error::Error;
use infra_core::names::ClusterName;
use infra_core::operation::ecs as operation;
use infra_core::provider::{
    AttachmentsStatus, CapacityProviders, Cluster, ClusterCounts, ClusterProvider, ClusterSpec,
    ClusterStatus, ContainerInsights, StrategyItem,
};
use infra_core::tags::Tags;

use super::{MockProviders, broken, tags_from_wire, tags_to_wire};
use crate::ecs;

/// The setting for Container Insights.
const INSIGHTS: &str = "containerInsights";

#[async_trait]
impl ClusterProvider for MockProviders {
    async fn describe_cluster(&self, name: &ClusterName) -> Result<Cluster> {
        let response = self
            .call(ecs::DescribeClustersRequest {
                clusters: Some(vec![name.to_string()]),
                include: Some(["SETTINGS", "TAGS", "ATTACHMENTS"].map(str::to_owned).into()),
            })
            .await?;
        match (response.clusters.into_iter().next(), response.failures.into_iter().next()) {
            (Some(cluster), _) => from_wire(cluster, operation::DESCRIBE_CLUSTERS),
            (None, failure) => {
                // AWS responds with status 200 and lists unknown clusters as failures. The provider
                // traits require an error.
                let reason = failure.map_or_else(|| "MISSING".to_owned(), |failure| failure.reason);
                let message = format!("cluster {name} does not exist");
                Err(Error::from_aws(operation::DESCRIBE_CLUSTERS, reason, message, None))
            }
        }
    }

    async fn create_cluster(&self, spec: &ClusterSpec) -> Result<Cluster> {
        let ClusterSpec { name, container_insights, capacity, tags } = spec;
        let response = self
            .call(ecs::CreateClusterRequest {
                cluster_name: Some(name.to_string()),
                tags: Some(tags_to_wire!(tags, ecs)),
                settings: Some(settings(container_insights)),
                capacity_providers: Some(capacity.providers.iter().cloned().collect()),
                default_capacity_provider_strategy: Some(strategy(capacity)),
                ..Default::default()
            })
            .await?;
        from_wire(response.cluster, operation::CREATE_CLUSTER)
    }

    async fn update_cluster(
        &self,
        name: &ClusterName,
        container_insights: &ContainerInsights,
    ) -> Result<()> {
        self.call(ecs::UpdateClusterRequest {
            cluster: Some(name.to_string()),
            settings: Some(settings(container_insights)),
            ..Default::default()
        })
        .await
        .map(drop)
    }

    async fn put_capacity_providers(
        &self,
        name: &ClusterName,
        capacity: &CapacityProviders,
    ) -> Result<()> {
        self.call(ecs::PutClusterCapacityProvidersRequest {
            cluster: Some(name.to_string()),
            capacity_providers: Some(capacity.providers.iter().cloned().collect()),
            default_capacity_provider_strategy: Some(strategy(capacity)),
        })
        .await
        .map(drop)
    }

    async fn delete_cluster(&self, name: &ClusterName) -> Result<()> {
        self.call(ecs::DeleteClusterRequest { cluster: Some(name.to_string()) }).await.map(drop)
    }

    async fn list_services(&self, name: &ClusterName) -> Result<Vec<String>> {
        let mut request =
            ecs::ListServicesRequest { cluster: Some(name.to_string()), ..Default::default() };
        let mut arns = Vec::new();
        loop {
            let page = self.call(request.clone()).await?;
            arns.extend(page.service_arns);
            request.next_token = page.next_token;
            if request.next_token.is_none() {
                return Ok(arns);
            }
        }
    }

    async fn list_tasks(&self, name: &ClusterName) -> Result<Vec<String>> {
        let mut request =
            ecs::ListTasksRequest { cluster: Some(name.to_string()), ..Default::default() };
        let mut arns = Vec::new();
        loop {
            let page = self.call(request.clone()).await?;
            arns.extend(page.task_arns);
            request.next_token = page.next_token;
            if request.next_token.is_none() {
                return Ok(arns);
            }
        }
    }

    async fn list_container_instances(&self, name: &ClusterName) -> Result<Vec<String>> {
        let mut request = ecs::ListContainerInstancesRequest {
            cluster: Some(name.to_string()),
            ..Default::default()
        };
        let mut arns = Vec::new();
        loop {
            let page = self.call(request.clone()).await?;
            arns.extend(page.container_instance_arns);
            request.next_token = page.next_token;
            if request.next_token.is_none() {
                return Ok(arns);
            }
        }
    }

    async fn tag_cluster(&self, arn: &Arn, tags: &Tags) -> Result<()> {
        self.call(ecs::TagResourceRequest {
            resource_arn: Some(arn.to_string()),
            tags: Some(tags_to_wire!(tags, ecs)),
        })
        .await
        .map(drop)
    }

    async fn untag_cluster(&self, arn: &Arn, keys: &[String]) -> Result<()> {
        self.call(ecs::UntagResourceRequest {
            resource_arn: Some(arn.to_string()),
            tag_keys: Some(keys.to_vec()),
        })
        .await
        .map(drop)
    }
}

fn settings(container_insights: &ContainerInsights) -> Vec<ecs::ClusterSetting> {
    vec![ecs::ClusterSetting {
        name: Some(INSIGHTS.to_owned()),
        value: Some(container_insights.as_str().to_owned()),
    }]
}

fn strategy(capacity: &CapacityProviders) -> Vec<ecs::CapacityProviderStrategyItem> {
    let number = |value: u32| Some(i32::try_from(value).unwrap_or(i32::MAX));
    capacity
        .default_strategy
        .iter()
        .map(|item| ecs::CapacityProviderStrategyItem {
            capacity_provider: Some(item.capacity_provider.clone()),
            weight: number(item.weight),
            base: number(item.base),
        })
        .collect()
}

fn from_wire(
    cluster: ecs::Cluster,
    operation: infra_core::operation::Operation,
) -> Result<Cluster> {
    let count = |count: i32| u32::try_from(count).unwrap_or_default();
    let insights = cluster
        .settings
        .iter()
        .find(|setting| setting.name.as_deref() == Some(INSIGHTS))
        .and_then(|setting| setting.value.as_deref());
    let items = cluster.default_capacity_provider_strategy.into_iter().map(|item| StrategyItem {
        capacity_provider: item.capacity_provider.unwrap_or_default(),
        base: count(item.base.unwrap_or_default()),
        weight: count(item.weight.unwrap_or_default()),
    });
    Ok(Cluster {
        name: cluster.cluster_name.parse().map_err(broken(operation))?,
        arn: cluster.cluster_arn.parse().map_err(broken(operation))?,
        status: ClusterStatus::from(cluster.status.as_str()),
        container_insights: insights.map(ContainerInsights::from),
        capacity: CapacityProviders {
            providers: cluster.capacity_providers.into_iter().collect(),
            default_strategy: items.collect(),
        },
        attachments: cluster.attachments_status.as_deref().map(AttachmentsStatus::from),
        tags: tags_from_wire!(cluster.tags),
        counts: ClusterCounts {
            active_services: count(cluster.active_services_count),
            running_tasks: count(cluster.running_tasks_count),
            pending_tasks: count(cluster.pending_tasks_count),
            container_instances: count(cluster.registered_container_instances_count),
        },
    })
}
