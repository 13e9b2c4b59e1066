//! Converts the configuration of a cluster to and from the SDK's types.

use aws_sdk_ecs::types;
use infra_core::provider::{
    ClusterConfiguration, ExecuteCommand, ExecuteCommandLogging, ManagedStorage, SessionBucket,
    SessionLogGroup,
};

/// Converts a configuration for use in a request. Returns `None` if the configuration is empty.
pub(super) fn to_wire(configuration: &ClusterConfiguration) -> Option<types::ClusterConfiguration> {
    if configuration.is_empty() {
        return None;
    }
    let ClusterConfiguration { execute_command, managed_storage } = configuration;
    let storage = managed_storage.as_ref().map(|storage| {
        let ManagedStorage { kms_key, fargate_ephemeral_storage_kms_key: fargate } = storage;
        types::ManagedStorageConfiguration::builder()
            .set_kms_key_id(kms_key.clone())
            .set_fargate_ephemeral_storage_kms_key_id(fargate.clone())
            .build()
    });
    let configuration = types::ClusterConfiguration::builder()
        .set_execute_command_configuration(execute_command.as_ref().map(execute_command_to_wire))
        .set_managed_storage_configuration(storage)
        .build();
    Some(configuration)
}

fn execute_command_to_wire(command: &ExecuteCommand) -> types::ExecuteCommandConfiguration {
    let ExecuteCommand { kms_key, logging, log_group, bucket } = command;
    let mut log = types::ExecuteCommandLogConfiguration::builder();
    if let Some(SessionLogGroup { name, encryption }) = log_group {
        log = log.cloud_watch_log_group_name(name).cloud_watch_encryption_enabled(*encryption);
    }
    if let Some(SessionBucket { name, key_prefix, encryption }) = bucket {
        log = log.s3_bucket_name(name).s3_encryption_enabled(*encryption);
        log = log.set_s3_key_prefix(key_prefix.clone());
    }
    let has_log = log_group.is_some() || bucket.is_some();
    types::ExecuteCommandConfiguration::builder()
        .set_kms_key_id(kms_key.clone())
        .logging(logging.as_str().into())
        .set_log_configuration(has_log.then(|| log.build()))
        .build()
}

/// Converts the configuration in a response. If a log group or a bucket has no name, its settings
/// are omitted.
pub(super) fn from_wire(configuration: &types::ClusterConfiguration) -> ClusterConfiguration {
    let storage = configuration.managed_storage_configuration().map(|storage| ManagedStorage {
        kms_key: storage.kms_key_id().map(str::to_owned),
        fargate_ephemeral_storage_kms_key: storage
            .fargate_ephemeral_storage_kms_key_id()
            .map(str::to_owned),
    });
    let command = configuration.execute_command_configuration();
    ClusterConfiguration {
        execute_command: command.map(execute_command_from_wire),
        managed_storage: storage,
    }
}

fn execute_command_from_wire(command: &types::ExecuteCommandConfiguration) -> ExecuteCommand {
    let log = command.log_configuration();
    let log_group = log.and_then(|log| {
        let name = log.cloud_watch_log_group_name()?.to_owned();
        Some(SessionLogGroup { name, encryption: log.cloud_watch_encryption_enabled() })
    });
    let bucket = log.and_then(|log| {
        Some(SessionBucket {
            name: log.s3_bucket_name()?.to_owned(),
            key_prefix: log.s3_key_prefix().map(str::to_owned),
            encryption: log.s3_encryption_enabled(),
        })
    });
    let logging = command.logging().map(|logging| logging.as_str().into());
    ExecuteCommand {
        kms_key: command.kms_key_id().map(str::to_owned),
        logging: logging.unwrap_or(ExecuteCommandLogging::Default),
        log_group,
        bucket,
    }
}
