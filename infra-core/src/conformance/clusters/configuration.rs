//! Scenarios for a cluster's ECS Exec configuration, managed storage configuration and namespace.

use super::{BUSY, create, create_refuses, created, described, expected, only, spec};
use crate::conformance::check::{equal, holds};
use crate::conformance::{Fixture, Verdict};
use crate::error::ErrorKind;
use crate::operation::ecs;
use crate::provider::{
    Cluster, ClusterConfiguration, ClusterSpec, ClusterUpdate, ContainerInsights, ExecuteCommand,
    ExecuteCommandLogging, ManagedStorage, ServiceConnectNamespace, SessionBucket, SessionLogGroup,
};

scenarios! { "clusters" needs [Clusters]:
    configuration_is_set_and_read_only_on_request;
    updating_the_configuration_changes_nothing_else;
    keys_are_set_replaced_and_removed needs [KmsKeys];
    sessions_are_logged_to_a_log_group_or_bucket_only_with_override;
    namespace_is_set_replaced_and_removed needs [CloudMap];
    cluster_rejects_changes_while_its_namespace_changes needs [SlowClusters, CloudMap];
}

/// Returns a configuration that logs sessions to a log group and a bucket.
fn logged() -> ExecuteCommand {
    ExecuteCommand {
        kms_key: None,
        logging: ExecuteCommandLogging::Override,
        log_group: Some(SessionLogGroup { name: "/sessions".to_owned(), encryption: true }),
        bucket: Some(SessionBucket {
            name: "sessions".to_owned(),
            key_prefix: Some("exec".to_owned()),
            encryption: true,
        }),
    }
}

fn of(execute_command: ExecuteCommand) -> ClusterConfiguration {
    ClusterConfiguration { execute_command: Some(execute_command), managed_storage: None }
}

fn with(logging: ExecuteCommandLogging) -> ExecuteCommand {
    ExecuteCommand { logging, ..ExecuteCommand::default() }
}

fn change(configuration: ClusterConfiguration) -> ClusterUpdate {
    ClusterUpdate { configuration: Some(configuration), ..ClusterUpdate::default() }
}

fn namespace(at: &Fixture, number: u8) -> Verdict<ServiceConnectNamespace> {
    Ok(at.namespace(number).to_string().parse()?)
}

async fn configuration_is_set_and_read_only_on_request(at: &Fixture) -> Verdict {
    let spec = ClusterSpec { configuration: of(logged()), ..spec(at)? };
    let cluster = create(at, &spec).await?;
    equal(&cluster.configuration, &of(logged()))?;
    let found = at.clusters().describe_cluster(&spec.name, false).await?;
    equal(&found.configuration, &ClusterConfiguration::default())
}

async fn updating_the_configuration_changes_nothing_else(at: &Fixture) -> Verdict {
    let (spec, clusters) = (spec(at)?, at.clusters());
    let mut cluster = create(at, &spec).await?;
    let plain = SessionLogGroup { name: "/other".to_owned(), encryption: false };
    let to_group = ExecuteCommand { log_group: Some(plain), bucket: None, ..logged() };
    let bucket = SessionBucket { name: "other".to_owned(), key_prefix: None, encryption: false };
    let to_bucket = ExecuteCommand { log_group: None, bucket: Some(bucket), ..logged() };
    let none = with(ExecuteCommandLogging::None);
    for command in [logged(), to_group, to_bucket, none, ExecuteCommand::default(), logged()] {
        for _ in 0..2 {
            clusters.update_cluster(&spec.name, &change(of(command.clone()))).await?;
            cluster.configuration = of(command.clone());
            reads!(at, described(at, &spec.name), cluster.clone());
        }
    }
    clusters.update_cluster(&spec.name, &ContainerInsights::Disabled.into()).await?;
    let updated =
        Cluster { container_insights: Some(ContainerInsights::Disabled), ..cluster.clone() };
    reads!(at, described(at, &spec.name), updated.clone());
    let both = ClusterUpdate {
        container_insights: Some(ContainerInsights::Enhanced),
        ..change(of(with(ExecuteCommandLogging::None)))
    };
    clusters.update_cluster(&spec.name, &both).await?;
    let configuration = of(with(ExecuteCommandLogging::None));
    reads!(at, described(at, &spec.name), Cluster { configuration, ..cluster.clone() });
    Ok(())
}

async fn keys_are_set_replaced_and_removed(at: &Fixture) -> Verdict {
    let keys = |of_sessions: Option<u8>, of_volumes: Option<u8>, of_fargate: Option<u8>| {
        let key = |number: Option<u8>| number.map(|number| at.kms_key(number).to_string());
        ClusterConfiguration {
            execute_command: Some(ExecuteCommand { kms_key: key(of_sessions), ..logged() }),
            managed_storage: Some(ManagedStorage {
                kms_key: key(of_volumes),
                fargate_ephemeral_storage_kms_key: key(of_fargate),
            }),
        }
    };
    let spec = ClusterSpec { configuration: keys(Some(1), Some(2), Some(1)), ..spec(at)? };
    equal(&created(at.clusters().create_cluster(&spec).await?), &expected(at, &spec))?;
    reads!(at, described(at, &spec.name), expected(at, &spec));
    for configuration in
        [keys(Some(2), Some(1), Some(2)), keys(None, None, Some(2)), keys(Some(1), Some(1), None)]
    {
        at.clusters().update_cluster(&spec.name, &change(configuration.clone())).await?;
        let changed = Cluster { configuration, ..expected(at, &spec) };
        reads!(at, described(at, &spec.name), changed.clone());
    }
    Ok(())
}

async fn sessions_are_logged_to_a_log_group_or_bucket_only_with_override(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let lacking = (
        with(ExecuteCommandLogging::Override),
        "400 InvalidParameterException: A CloudWatch log group name or S3 bucket name must be specified when \
         overriding the default log configuration",
    );
    let unused = (
        ExecuteCommand { logging: ExecuteCommandLogging::Default, ..logged() },
        "400 InvalidParameterException: You must set logging to 'OVERRIDE' when you supply a log configuration",
    );
    for (command, answer) in [&lacking, &unused] {
        let configuration = of(command.clone());
        create_refuses(at, ClusterSpec { configuration, ..spec.clone() }, answer).await?;
    }
    let cluster = create(at, &spec).await?;
    for (command, answer) in [lacking, unused] {
        let updated = at.clusters().update_cluster(&spec.name, &change(of(command))).await;
        at.refused(updated, ecs::UPDATE_CLUSTER, ErrorKind::InvalidInput, answer)?;
    }
    equal(&described(at, &spec.name).await?, &cluster)
}

async fn namespace_is_set_replaced_and_removed(at: &Fixture) -> Verdict {
    let spec = ClusterSpec { service_connect_namespace: Some(namespace(at, 1)?), ..spec(at)? };
    let cluster = expected(at, &spec);
    equal(&created(at.clusters().create_cluster(&spec).await?), &cluster)?;
    reads!(at, described(at, &spec.name), cluster.clone());
    for wanted in [namespace(at, 2)?, ServiceConnectNamespace::None, namespace(at, 1)?] {
        let service_connect_namespace = Some(wanted);
        for _ in 0..2 {
            let update = ClusterUpdate {
                service_connect_namespace: service_connect_namespace.clone(),
                ..ClusterUpdate::default()
            };
            at.clusters().update_cluster(&spec.name, &update).await?;
            let service_connect_namespace = service_connect_namespace.clone();
            let changed = ClusterSpec { service_connect_namespace, ..spec.clone() };
            reads!(at, described(at, &spec.name), expected(at, &changed));
        }
    }
    at.clusters().update_cluster(&spec.name, &ContainerInsights::Enhanced.into()).await?;
    reads!(at, described(at, &spec.name), cluster.clone());
    Ok(())
}

async fn cluster_rejects_changes_while_its_namespace_changes(at: &Fixture) -> Verdict {
    let (clusters, spec) = (at.clusters(), spec(at)?);
    clusters.create_cluster(&spec).await?;
    at.pass().await?;
    let update = ClusterUpdate {
        service_connect_namespace: Some(namespace(at, 1)?),
        ..ClusterUpdate::default()
    };
    clusters.update_cluster(&spec.name, &update).await?;
    let found = clusters.describe_cluster(&spec.name, false).await?;
    holds(!found.is_settled(), "a cluster whose namespace is changing has not settled")?;
    let put = clusters.put_capacity_providers(&spec.name, &only("FARGATE", 0, 1)).await;
    let (operation, busy) = (ecs::PUT_CLUSTER_CAPACITY_PROVIDERS, ErrorKind::ChangeInProgress);
    at.refused(put, operation, busy, BUSY)?;
    at.pass().await?;
    let ClusterUpdate { service_connect_namespace, .. } = update;
    let changed = ClusterSpec { service_connect_namespace, ..spec };
    equal(&described(at, &changed.name).await?, &expected(at, &changed))
}
