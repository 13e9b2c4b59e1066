//! Scenarios for drift in the cluster's ECS Exec settings, encryption keys and Service Connect
//! namespace; see [`drift`](super::drift).

use super::drift::drifts;
use crate::conformance::{Fixture, Verdict};
use crate::foundation::{ExecuteCommandSettings, FoundationSpec};
use crate::provider::{
    CapacityProviders, ClusterConfiguration, ClusterUpdate, ContainerInsights, ExecuteCommand,
    ExecuteCommandLogging, ManagedStorage, SessionBucket,
};

/// Returns the ECS Exec settings of `spec`. If `spec` has none, adds the default settings first.
fn logging(spec: &mut FoundationSpec) -> &mut ExecuteCommandSettings {
    spec.cluster.execute_command.get_or_insert_default()
}

/// Returns an update that changes only a cluster's ECS Exec configuration.
fn sessions(execute_command: ExecuteCommand) -> ClusterUpdate {
    let configuration =
        ClusterConfiguration { execute_command: Some(execute_command), managed_storage: None };
    ClusterUpdate { configuration: Some(configuration), ..ClusterUpdate::default() }
}

/// Returns an update that changes only a cluster's Service Connect namespace.
fn namespace(at: &Fixture, number: u8) -> Verdict<ClusterUpdate> {
    let namespace = Some(at.namespace(number).to_string().parse()?);
    Ok(ClusterUpdate { service_connect_namespace: namespace, ..ClusterUpdate::default() })
}

drifts! { "drift_of_cluster_settings":
    session_logging_changed
        given |_, spec| { logging(&mut spec).logging = ExecuteCommandLogging::None; } by |at, it| {
            at.clusters().update_cluster(&it.cluster, &sessions(ExecuteCommand::default())).await?;
        }
        plans [r#"ecs_cluster.main update execute_command.logging: "DEFAULT" -> "NONE""#]
        calls ["ecs:UpdateCluster"];

    session_logs_moved given |_, spec| {
            let command = logging(&mut spec);
            command.logging = ExecuteCommandLogging::Override;
            command.cloudwatch_log_group = Some("/sessions".parse()?);
            command.cloudwatch_encryption = true;
        }
        by |at, it| {
            let (name, key_prefix) = ("sessions".to_owned(), Some("exec".to_owned()));
            let bucket = Some(SessionBucket { name, key_prefix, encryption: true });
            let logging = ExecuteCommandLogging::Override;
            let moved = ExecuteCommand { logging, bucket, ..ExecuteCommand::default() };
            at.clusters().update_cluster(&it.cluster, &sessions(moved)).await?;
        }
        plans [
            r#"ecs_cluster.main update execute_command.cloudwatch_log_group: null -> "/sessions""#,
            "ecs_cluster.main update execute_command.cloudwatch_encryption: null -> true",
            r#"ecs_cluster.main update execute_command.s3_bucket: "sessions" -> null"#,
            r#"ecs_cluster.main update execute_command.s3_key_prefix: "exec" -> null"#,
            "ecs_cluster.main update execute_command.s3_encryption: true -> null",
        ]
        calls ["ecs:UpdateCluster"];

    cluster_keys_changed needs [KmsKeys] given |at, spec| {
            logging(&mut spec).kms_key = Some(at.kms_key(1).to_string().parse()?);
            let storage = spec.cluster.managed_storage.get_or_insert_default();
            storage.kms_key = Some(at.kms_key(1).to_string().parse()?);
            storage.fargate_ephemeral_storage_kms_key = Some(at.kms_key(2).to_string().parse()?);
        }
        by |at, it| {
            let key = |number: u8| Some(at.kms_key(number).to_string());
            let execute_command = ExecuteCommand { kms_key: key(2), ..ExecuteCommand::default() };
            let managed_storage =
                ManagedStorage { kms_key: None, fargate_ephemeral_storage_kms_key: key(1) };
            let configuration = ClusterConfiguration {
                execute_command: Some(execute_command),
                managed_storage: Some(managed_storage),
            };
            let update =
                ClusterUpdate { configuration: Some(configuration), ..ClusterUpdate::default() };
            at.clusters().update_cluster(&it.cluster, &update).await?;
        }
        plans [
            r#"ecs_cluster.main update execute_command.kms_key: "KEY_2" -> "KEY_1""#,
            r#"ecs_cluster.main update managed_storage.kms_key: null -> "KEY_1""#,
            r#"ecs_cluster.main update managed_storage.fargate_ephemeral_storage_kms_key: "KEY_1" -> "KEY_2""#,
        ]
        calls ["ecs:UpdateCluster"];

    namespace_changed needs [CloudMap] given |at, spec| {
            spec.cluster.service_connect_namespace = Some(at.namespace(1).to_string().parse()?);
        }
        by |at, it| {
            at.clusters().update_cluster(&it.cluster, &namespace(at, 2)?).await?;
        }
        plans [r#"ecs_cluster.main update service_connect_namespace: "NAMESPACE_2" -> "NAMESPACE_1""#]
        calls ["ecs:UpdateCluster"];

    unwanted_namespace_added needs [CloudMap]
        given |_, spec| { spec.cluster.service_connect_namespace = Some("".parse()?); }
        by |at, it| {
            at.clusters().update_cluster(&it.cluster, &namespace(at, 1)?).await?;
        }
        plans [r#"ecs_cluster.main update service_connect_namespace: "NAMESPACE_1" -> null"#]
        calls ["ecs:UpdateCluster"];

    everything_that_an_update_changes needs [CloudMap] given |at, spec| {
            logging(&mut spec).logging = ExecuteCommandLogging::None;
            spec.cluster.service_connect_namespace = Some(at.namespace(1).to_string().parse()?);
        }
        by |at, it| {
            let mut update = namespace(at, 2)?;
            update.container_insights = Some(ContainerInsights::Disabled);
            update.configuration = sessions(ExecuteCommand::default()).configuration;
            at.clusters().update_cluster(&it.cluster, &update).await?;
            let left = CapacityProviders {
                providers: ["FARGATE".to_owned()].into(),
                ..CapacityProviders::fargate()
            };
            at.clusters().put_capacity_providers(&it.cluster, &left).await?;
        }
        plans [
            r#"ecs_cluster.main update container_insights: "disabled" -> "enabled""#,
            r#"ecs_cluster.main update execute_command.logging: "DEFAULT" -> "NONE""#,
            r#"ecs_cluster.main update service_connect_namespace: "NAMESPACE_2" -> "NAMESPACE_1""#,
            r#"ecs_cluster_capacity_providers.main update capacity_providers: ["FARGATE"] -> ["FARGATE","FARGATE_SPOT"]"#,
        ]
        calls ["ecs:PutClusterCapacityProviders", "ecs:UpdateCluster"];
}
