//! Exports the configuration of the cluster as CloudFormation properties.

use infra_core::provider::{
    ClusterConfiguration, ExecuteCommand, ManagedStorage, SessionBucket, SessionLogGroup,
};
use serde_json::{Value, json};

use super::properties;

/// Returns the `Configuration` property of a cluster, or `null` if there is nothing to configure.
pub(super) fn configuration(configuration: &ClusterConfiguration) -> Value {
    let ClusterConfiguration { execute_command, managed_storage } = configuration;
    let storage = managed_storage.as_ref().map(|storage| {
        let ManagedStorage { kms_key, fargate_ephemeral_storage_kms_key: fargate } = storage;
        properties([
            ("KmsKeyId", json!(kms_key)),
            ("FargateEphemeralStorageKmsKeyId", json!(fargate)),
        ])
    });
    let command = execute_command.as_ref().map(execute_command_configuration);
    if command.is_none() && storage.is_none() {
        return Value::Null;
    }
    properties([
        ("ExecuteCommandConfiguration", json!(command)),
        ("ManagedStorageConfiguration", json!(storage)),
    ])
}

fn execute_command_configuration(command: &ExecuteCommand) -> Value {
    let ExecuteCommand { kms_key, logging, log_group, bucket } = command;
    let group = log_group.as_ref().map(|SessionLogGroup { name, encryption }| (name, encryption));
    let (group, group_encryption) = group.unzip();
    let prefix = bucket.as_ref().and_then(|bucket| bucket.key_prefix.as_ref());
    let bucket = bucket.as_ref().map(|bucket| {
        let SessionBucket { name, key_prefix: _, encryption } = bucket;
        (name, encryption)
    });
    let (bucket, bucket_encryption) = bucket.unzip();
    let log = properties([
        ("CloudWatchLogGroupName", json!(group)),
        ("CloudWatchEncryptionEnabled", json!(group_encryption)),
        ("S3BucketName", json!(bucket)),
        ("S3KeyPrefix", json!(prefix)),
        ("S3EncryptionEnabled", json!(bucket_encryption)),
    ]);
    let has_log = group.is_some() || bucket.is_some();
    properties([
        ("KmsKeyId", json!(kms_key)),
        ("Logging", json!(logging)),
        ("LogConfiguration", if has_log { log } else { Value::Null }),
    ])
}
