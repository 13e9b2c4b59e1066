//! Manages ECS clusters with the AWS SDK.

mod configuration;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use aws_sdk_ecs::{Client, types};
use infra_core::arn::Arn;
use infra_core::error::{Error, Result};
use infra_core::names::ClusterName;
use infra_core::operation::{Operation, ecs};
use infra_core::provider::{
    CapacityProviders, Cluster, ClusterCounts, ClusterProvider, ClusterSpec, ClusterUpdate,
    ContainerInsights, ServiceConnectNamespace, StrategyItem,
};
use infra_core::tags::Tags;

use crate::attempts::send;
use crate::pages::Pages;
use crate::provider::provider;
use crate::response::{count, parsed, required, signed, some_if_any, unbuilt};

provider! {
    /// Implements [`ClusterProvider`] with an ECS client. Clones share the client.
    EcsClusters(Client)
}

#[async_trait]
impl ClusterProvider for EcsClusters {
    async fn describe_cluster(&self, name: &ClusterName, configuration: bool) -> Result<Cluster> {
        let operation = ecs::DESCRIBE_CLUSTERS;
        // ECS returns the following parts of a cluster only on request.
        let mut request = self
            .0
            .describe_clusters()
            .clusters(name.as_str())
            .include(types::ClusterField::Settings)
            .include(types::ClusterField::Tags)
            .include(types::ClusterField::Attachments);
        if configuration {
            request = request.include(types::ClusterField::Configurations);
        }
        let answer = send!(operation, request)?;
        if let Some(cluster) = answer.clusters().first() {
            return observed(operation, cluster);
        }
        Err(not_described(operation, name, answer.failures().first()))
    }

    async fn create_cluster(&self, spec: &ClusterSpec) -> Result<Cluster> {
        let ClusterSpec {
            name,
            container_insights,
            configuration,
            service_connect_namespace,
            capacity,
            tags,
        } = spec;
        let CapacityProviders { providers, default_strategy: _ } = capacity;
        let operation = ecs::CREATE_CLUSTER;
        let request = self
            .0
            .create_cluster()
            .cluster_name(name.as_str())
            .settings(insights_setting(container_insights))
            .set_configuration(configuration::to_wire(configuration))
            .set_service_connect_defaults(match service_connect_namespace {
                Some(namespace @ ServiceConnectNamespace::Arn(_)) => {
                    Some(namespace_default(operation, namespace)?)
                }
                Some(ServiceConnectNamespace::None) | None => None,
            })
            .set_capacity_providers(some_if_any(providers.iter().cloned().collect()))
            .set_default_capacity_provider_strategy(some_if_any(strategy(operation, capacity)?))
            .set_tags(some_if_any(tag_list(tags)));
        let answer = send!(operation, request)?;
        observed(operation, &required(operation, "cluster", answer.cluster)?)
    }

    async fn update_cluster(&self, name: &ClusterName, update: &ClusterUpdate) -> Result<()> {
        let operation = ecs::UPDATE_CLUSTER;
        let ClusterUpdate { container_insights, configuration, service_connect_namespace } = update;
        let namespace = service_connect_namespace.as_ref();
        let namespace = namespace.map(|namespace| namespace_default(operation, namespace));
        let request = self
            .0
            .update_cluster()
            .cluster(name.as_str())
            .set_settings(container_insights.as_ref().map(|it| vec![insights_setting(it)]))
            .set_configuration(configuration.as_ref().and_then(configuration::to_wire))
            .set_service_connect_defaults(namespace.transpose()?);
        send!(operation, request).map(drop)
    }

    async fn put_capacity_providers(
        &self,
        name: &ClusterName,
        capacity: &CapacityProviders,
    ) -> Result<()> {
        let operation = ecs::PUT_CLUSTER_CAPACITY_PROVIDERS;
        let CapacityProviders { providers, default_strategy: _ } = capacity;
        // ECS requires both lists. An empty list removes all entries.
        let request = self
            .0
            .put_cluster_capacity_providers()
            .cluster(name.as_str())
            .set_capacity_providers(Some(providers.iter().cloned().collect()))
            .set_default_capacity_provider_strategy(Some(strategy(operation, capacity)?));
        send!(operation, request).map(drop)
    }

    async fn delete_cluster(&self, name: &ClusterName) -> Result<()> {
        send!(ecs::DELETE_CLUSTER, self.0.delete_cluster().cluster(name.as_str())).map(drop)
    }

    async fn list_services(&self, name: &ClusterName) -> Result<Vec<String>> {
        let pages = self.0.list_services().cluster(name.as_str()).into_paginator();
        let pages = Pages::new(ecs::LIST_SERVICES, pages.send());
        pages.items(|page| page.service_arns.unwrap_or_default()).await
    }

    async fn list_tasks(&self, name: &ClusterName) -> Result<Vec<String>> {
        // By default, ECS lists the tasks whose desired status is RUNNING. These include pending
        // tasks, because ECS never sets a desired status of PENDING.
        // <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html>
        let pages = self.0.list_tasks().cluster(name.as_str()).into_paginator();
        let pages = Pages::new(ecs::LIST_TASKS, pages.send());
        pages.items(|page| page.task_arns.unwrap_or_default()).await
    }

    async fn list_container_instances(&self, name: &ClusterName) -> Result<Vec<String>> {
        let pages = self.0.list_container_instances().cluster(name.as_str());
        let pages = Pages::new(ecs::LIST_CONTAINER_INSTANCES, pages.into_paginator().send());
        pages.items(|page| page.container_instance_arns.unwrap_or_default()).await
    }

    async fn tag_cluster(&self, arn: &Arn, tags: &Tags) -> Result<()> {
        let request = self.0.tag_resource().resource_arn(arn.to_string());
        send!(ecs::TAG_RESOURCE, request.set_tags(Some(tag_list(tags)))).map(drop)
    }

    async fn untag_cluster(&self, arn: &Arn, keys: &[String]) -> Result<()> {
        let request = self.0.untag_resource().resource_arn(arn.to_string());
        send!(ecs::UNTAG_RESOURCE, request.set_tag_keys(Some(keys.to_vec()))).map(drop)
    }
}

/// Returns the error for a cluster that ECS did not describe. ECS reports the reason in a
/// successful response. The reason MISSING means that the cluster does not exist.
fn not_described(
    operation: Operation,
    name: &ClusterName,
    failure: Option<&types::Failure>,
) -> Error {
    let reason = failure.and_then(types::Failure::reason).unwrap_or("MISSING");
    let detail = failure.and_then(types::Failure::detail).map(str::to_owned);
    let message = detail.unwrap_or_else(|| format!("cluster {name} does not exist"));
    Error::from_aws(operation, reason, message, None)
}

fn observed(operation: Operation, cluster: &types::Cluster) -> Result<Cluster> {
    let insights = cluster
        .settings()
        .iter()
        .find(|setting| setting.name() == Some(&types::ClusterSettingName::ContainerInsights));
    let strategy = cluster.default_capacity_provider_strategy().iter().map(|item| StrategyItem {
        capacity_provider: item.capacity_provider().to_owned(),
        base: count(item.base()),
        weight: count(item.weight()),
    });
    let tags = cluster.tags().iter().filter_map(|tag| {
        Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()))
    });
    Ok(Cluster {
        name: parsed(operation, "cluster name", cluster.cluster_name())?,
        arn: parsed(operation, "cluster ARN", cluster.cluster_arn())?,
        status: required(operation, "cluster status", cluster.status())?.into(),
        container_insights: insights.and_then(types::ClusterSetting::value).map(Into::into),
        configuration: cluster.configuration().map(configuration::from_wire).unwrap_or_default(),
        service_connect_namespace: cluster
            .service_connect_defaults()
            .and_then(types::ClusterServiceConnectDefaults::namespace)
            // An empty namespace in a request removes the current namespace. moto instead stores
            // the empty value and returns it.
            .filter(|namespace| !namespace.is_empty())
            .map(str::to_owned),
        capacity: CapacityProviders {
            providers: cluster.capacity_providers().iter().cloned().collect(),
            default_strategy: strategy.collect(),
        },
        attachments: cluster.attachments_status().map(Into::into),
        tags: Tags::observed(tags),
        counts: ClusterCounts {
            active_services: count(cluster.active_services_count()),
            running_tasks: count(cluster.running_tasks_count()),
            pending_tasks: count(cluster.pending_tasks_count()),
            container_instances: count(cluster.registered_container_instances_count()),
        },
    })
}

/// Converts the default Service Connect namespace for use in a request. An empty value removes the
/// current namespace.
fn namespace_default(
    operation: Operation,
    namespace: &ServiceConnectNamespace,
) -> Result<types::ClusterServiceConnectDefaultsRequest> {
    types::ClusterServiceConnectDefaultsRequest::builder()
        .namespace(namespace.to_string())
        .build()
        .map_err(unbuilt(operation))
}

fn insights_setting(value: &ContainerInsights) -> types::ClusterSetting {
    types::ClusterSetting::builder()
        .name(types::ClusterSettingName::ContainerInsights)
        .value(value.as_str())
        .build()
}

fn strategy(
    operation: Operation,
    capacity: &CapacityProviders,
) -> Result<Vec<types::CapacityProviderStrategyItem>> {
    let item = |item: &StrategyItem| {
        let StrategyItem { capacity_provider, base, weight } = item;
        types::CapacityProviderStrategyItem::builder()
            .capacity_provider(capacity_provider)
            .base(signed(*base))
            .weight(signed(*weight))
            .build()
            .map_err(unbuilt(operation))
    };
    capacity.default_strategy.iter().map(item).collect()
}

fn tag_list(tags: &Tags) -> Vec<types::Tag> {
    tags.iter().map(|(key, value)| types::Tag::builder().key(key).value(value).build()).collect()
}
