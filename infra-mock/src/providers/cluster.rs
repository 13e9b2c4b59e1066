//! The cluster provider.

use async_trait::async_trait;
use infra_core::Result;
use infra_core::arn::Arn;
use infra_core::error::Error;
use infra_core::names::ClusterName;
use infra_core::operation::ecs as operation;
use infra_core::provider::{
    AttachmentsStatus, CapacityProviders, Cluster, ClusterConfiguration, ClusterCounts,
    ClusterProvider, ClusterSpec, ClusterStatus, ClusterUpdate, ContainerInsights, ExecuteCommand,
    ExecuteCommandLogging, ManagedStorage, ServiceConnectNamespace, SessionBucket, SessionLogGroup,
    StrategyItem,
};
use infra_core::tags::Tags;

use super::{MockProviders, all_pages, broken, tags_from_wire, tags_to_wire};
use crate::ecs;

/// The name of the Container Insights setting.
const INSIGHTS: &str = "containerInsights";

#[async_trait]
impl ClusterProvider for MockProviders {
    async fn describe_cluster(&self, name: &ClusterName, configuration: bool) -> Result<Cluster> {
        let mut include = vec!["SETTINGS", "TAGS", "ATTACHMENTS"];
        include.extend(configuration.then_some("CONFIGURATIONS"));
        let response = self
            .call(ecs::DescribeClustersRequest {
                clusters: Some(vec![name.to_string()]),
                include: Some(include.into_iter().map(str::to_owned).collect()),
            })
            .await?;
        match (response.clusters.into_iter().next(), response.failures.into_iter().next()) {
            (Some(cluster), _) => from_wire(cluster, operation::DESCRIBE_CLUSTERS),
            (None, failure) => {
                // AWS responds with status 200 and lists unknown clusters as failures, but the
                // provider traits require an error.
                let reason = failure.map_or_else(|| "MISSING".to_owned(), |failure| failure.reason);
                let message = format!("cluster {name} does not exist");
                Err(Error::from_aws(operation::DESCRIBE_CLUSTERS, reason, message, None))
            }
        }
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
        let namespace = service_connect_namespace.as_ref();
        let namespace = namespace.filter(|it| **it != ServiceConnectNamespace::None);
        let response = self
            .call(ecs::CreateClusterRequest {
                cluster_name: Some(name.to_string()),
                tags: Some(tags_to_wire!(tags, ecs)),
                settings: Some(settings(container_insights)),
                capacity_providers: Some(capacity.providers.iter().cloned().collect()),
                default_capacity_provider_strategy: Some(strategy(capacity)),
                configuration: configuration_to_wire(configuration),
                service_connect_defaults: namespace.map(namespace_default),
            })
            .await?;
        from_wire(response.cluster, operation::CREATE_CLUSTER)
    }

    async fn update_cluster(&self, name: &ClusterName, update: &ClusterUpdate) -> Result<()> {
        let ClusterUpdate { container_insights, configuration, service_connect_namespace } = update;
        self.send(ecs::UpdateClusterRequest {
            cluster: Some(name.to_string()),
            settings: container_insights.as_ref().map(settings),
            configuration: configuration.as_ref().and_then(configuration_to_wire),
            service_connect_defaults: service_connect_namespace.as_ref().map(namespace_default),
        })
        .await
    }

    async fn put_capacity_providers(
        &self,
        name: &ClusterName,
        capacity: &CapacityProviders,
    ) -> Result<()> {
        self.send(ecs::PutClusterCapacityProvidersRequest {
            cluster: Some(name.to_string()),
            capacity_providers: Some(capacity.providers.iter().cloned().collect()),
            default_capacity_provider_strategy: Some(strategy(capacity)),
        })
        .await
    }

    async fn delete_cluster(&self, name: &ClusterName) -> Result<()> {
        self.send(ecs::DeleteClusterRequest { cluster: Some(name.to_string()) }).await
    }

    async fn list_services(&self, name: &ClusterName) -> Result<Vec<String>> {
        let request =
            ecs::ListServicesRequest { cluster: Some(name.to_string()), ..Default::default() };
        Ok(all_pages!(self, request, service_arns, next_token))
    }

    async fn list_tasks(&self, name: &ClusterName) -> Result<Vec<String>> {
        let request =
            ecs::ListTasksRequest { cluster: Some(name.to_string()), ..Default::default() };
        Ok(all_pages!(self, request, task_arns, next_token))
    }

    async fn list_container_instances(&self, name: &ClusterName) -> Result<Vec<String>> {
        let request = ecs::ListContainerInstancesRequest {
            cluster: Some(name.to_string()),
            ..Default::default()
        };
        Ok(all_pages!(self, request, container_instance_arns, next_token))
    }

    async fn tag_cluster(&self, arn: &Arn, tags: &Tags) -> Result<()> {
        self.send(ecs::TagResourceRequest {
            resource_arn: Some(arn.to_string()),
            tags: Some(tags_to_wire!(tags, ecs)),
        })
        .await
    }

    async fn untag_cluster(&self, arn: &Arn, keys: &[String]) -> Result<()> {
        self.send(ecs::UntagResourceRequest {
            resource_arn: Some(arn.to_string()),
            tag_keys: Some(keys.to_vec()),
        })
        .await
    }
}

fn settings(container_insights: &ContainerInsights) -> Vec<ecs::ClusterSetting> {
    vec![ecs::ClusterSetting {
        name: Some(INSIGHTS.to_owned()),
        value: Some(container_insights.as_str().to_owned()),
    }]
}

/// Converts the default namespace to the form that requests use. An empty namespace removes the
/// current default.
fn namespace_default(
    namespace: &ServiceConnectNamespace,
) -> ecs::ClusterServiceConnectDefaultsRequest {
    ecs::ClusterServiceConnectDefaultsRequest { namespace: Some(namespace.to_string()) }
}

fn configuration_to_wire(
    configuration: &ClusterConfiguration,
) -> Option<ecs::ClusterConfiguration> {
    if configuration.is_empty() {
        return None;
    }
    let ClusterConfiguration { execute_command, managed_storage } = configuration.clone();
    let command = execute_command.map(|command| {
        let ExecuteCommand { kms_key, logging, log_group, bucket } = command;
        let group = log_group.map(|SessionLogGroup { name, encryption }| (name, encryption));
        let (cloud_watch_log_group_name, cloud_watch_encryption_enabled) = group.unzip();
        let (s3_key_prefix, bucket) = match bucket {
            Some(SessionBucket { name, key_prefix, encryption }) => {
                (key_prefix, Some((name, encryption)))
            }
            None => (None, None),
        };
        let (s3_bucket_name, s3_encryption_enabled) = bucket.unzip();
        let log = ecs::ExecuteCommandLogConfiguration {
            cloud_watch_log_group_name,
            cloud_watch_encryption_enabled,
            s3_bucket_name,
            s3_encryption_enabled,
            s3_key_prefix,
        };
        ecs::ExecuteCommandConfiguration {
            kms_key_id: kms_key,
            logging: Some(logging.as_str().to_owned()),
            log_configuration: (log != ecs::ExecuteCommandLogConfiguration::default())
                .then_some(log),
        }
    });
    let storage = managed_storage.map(|storage| {
        let ManagedStorage { kms_key, fargate_ephemeral_storage_kms_key } = storage;
        ecs::ManagedStorageConfiguration {
            kms_key_id: kms_key,
            fargate_ephemeral_storage_kms_key_id: fargate_ephemeral_storage_kms_key,
        }
    });
    Some(ecs::ClusterConfiguration {
        execute_command_configuration: command,
        managed_storage_configuration: storage,
    })
}

fn configuration_from_wire(configuration: ecs::ClusterConfiguration) -> ClusterConfiguration {
    let ecs::ClusterConfiguration {
        execute_command_configuration: command,
        managed_storage_configuration: storage,
    } = configuration;
    let execute_command = command.map(|command| {
        let ecs::ExecuteCommandConfiguration { kms_key_id, logging, log_configuration } = command;
        let ecs::ExecuteCommandLogConfiguration {
            cloud_watch_log_group_name,
            cloud_watch_encryption_enabled,
            s3_bucket_name,
            s3_encryption_enabled,
            s3_key_prefix: key_prefix,
        } = log_configuration.unwrap_or_default();
        let log_group = cloud_watch_log_group_name.map(|name| SessionLogGroup {
            name,
            encryption: cloud_watch_encryption_enabled.unwrap_or_default(),
        });
        let bucket = s3_bucket_name.map(|name| SessionBucket {
            name,
            key_prefix,
            encryption: s3_encryption_enabled.unwrap_or_default(),
        });
        let logging = logging.as_deref().map(ExecuteCommandLogging::from);
        ExecuteCommand {
            kms_key: kms_key_id,
            logging: logging.unwrap_or(ExecuteCommandLogging::Default),
            log_group,
            bucket,
        }
    });
    let managed_storage = storage.map(|storage| {
        let ecs::ManagedStorageConfiguration { kms_key_id, fargate_ephemeral_storage_kms_key_id } =
            storage;
        ManagedStorage {
            kms_key: kms_key_id,
            fargate_ephemeral_storage_kms_key: fargate_ephemeral_storage_kms_key_id,
        }
    });
    ClusterConfiguration { execute_command, managed_storage }
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
        configuration: cluster.configuration.map(configuration_from_wire).unwrap_or_default(),
        service_connect_namespace: cluster.service_connect_defaults.map(|it| it.namespace),
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
