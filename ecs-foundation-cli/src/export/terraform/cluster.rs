//! Exports the configuration of the cluster as HCL.

use infra_core::provider::{
    ClusterConfiguration, ExecuteCommand, ManagedStorage, SessionBucket, SessionLogGroup,
};

use super::super::hcl::{Body, Value};

/// Adds the `configuration` block to a cluster, if there is anything to configure.
pub(super) fn configured(body: Body, configuration: &ClusterConfiguration) -> Body {
    if configuration.is_empty() {
        return body;
    }
    let ClusterConfiguration { execute_command, managed_storage } = configuration;
    let mut block = Body::new();
    if let Some(command) = execute_command {
        block = block.block("execute_command_configuration", execute_command_body(command));
    }
    if let Some(storage) = managed_storage {
        let ManagedStorage { kms_key, fargate_ephemeral_storage_kms_key: fargate } = storage;
        let keys = Body::new()
            .set_some("kms_key_id", kms_key.as_ref().map(Value::text))
            .set_some("fargate_ephemeral_storage_kms_key_id", fargate.as_ref().map(Value::text));
        block = block.block("managed_storage_configuration", keys);
    }
    body.block("configuration", block)
}

fn execute_command_body(command: &ExecuteCommand) -> Body {
    let ExecuteCommand { kms_key, logging, log_group, bucket } = command;
    let body = Body::new()
        .set_some("kms_key_id", kms_key.as_ref().map(Value::text))
        .set("logging", Value::text(logging.as_str()));
    if log_group.is_none() && bucket.is_none() {
        return body;
    }
    let mut log = Body::new();
    if let Some(SessionLogGroup { name, encryption }) = log_group {
        log = log
            .set("cloud_watch_log_group_name", Value::text(name))
            .set("cloud_watch_encryption_enabled", Value::bare(encryption));
    }
    if let Some(SessionBucket { name, key_prefix, encryption }) = bucket {
        log = log
            .set("s3_bucket_name", Value::text(name))
            .set_some("s3_key_prefix", key_prefix.as_ref().map(Value::text))
            .set("s3_bucket_encryption_enabled", Value::bare(encryption));
    }
    body.block("log_configuration", log)
}
