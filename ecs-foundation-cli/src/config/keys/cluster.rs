//! The keys of `[cluster]`.

use infra_core::foundation::{ExecuteCommandSettings, ManagedStorageSettings};
use infra_core::values::{CapacityProviderName, ExecuteCommandLoggingWord, InsightsSetting};
use serde_json::{Value as Json, json};

use super::super::partial::{PartialCluster, PartialStrategy};
use super::super::reader::Reader;
use super::super::section::{Entry, Keys, Section};

impl Section for PartialCluster {
    fn keys(keys: &mut Keys<Self>) {
        keys.key("name", "The name; by default PROJECT-ENVIRONMENT-cluster.", |it| {
            &mut it.settings.name
        });
        keys.set(
            "container_insights",
            "Container Insights: enabled, enhanced (down to tasks and containers) or disabled.",
            |it, word: InsightsSetting| it.settings.container_insights = word.into(),
        );
        keys.key(
            "execute_command",
            "How ECS Exec encrypts and logs sessions. Without this table, everything stays as it is; with it, keys that \
             are not set get AWS's defaults.",
            |it| &mut it.settings.execute_command,
        );
        keys.key(
            "service_connect_namespace",
            "The ARN of the AWS Cloud Map namespace that new services use for Service Connect; \"\" removes the current \
             one. If not set, it stays as it is.",
            |it| &mut it.settings.service_connect_namespace,
        );
        keys.key(
            "managed_storage",
            "The KMS keys for storage that ECS and Fargate manage. Without this table, they stay as they are; with it, \
             AWS uses its own key where none is set.",
            |it| &mut it.settings.managed_storage,
        );
        keys.set(
            "capacity_providers",
            "The capacity providers of the cluster.",
            |it, names: Vec<CapacityProviderName>| {
                it.settings.capacity.providers = names.into_iter().map(String::from).collect();
            },
        );
        keys.key(
            "default_capacity_provider_strategy",
            "The strategy for services and tasks that do not specify one; [] for none.",
            |it| &mut it.strategy,
        );
        keys.key("tags", "Additional tags of the cluster.", |it| &mut it.settings.tags);
    }
}

impl Section for ExecuteCommandSettings {
    fn keys(keys: &mut Keys<Self>) {
        keys.key(
            "kms_key",
            "The ARN of the KMS key that encrypts the data between the client and the container.",
            |it| &mut it.kms_key,
        );
        keys.set(
            "logging",
            "Where sessions are logged: DEFAULT (the log group of the container), NONE, or OVERRIDE (the log group and \
             the bucket below).",
            |it, word: ExecuteCommandLoggingWord| it.logging = word.into(),
        );
        keys.key("cloudwatch_log_group", "The name of the log group for sessions.", |it| {
            &mut it.cloudwatch_log_group
        });
        keys.key(
            "cloudwatch_encryption",
            "Whether encryption is used for the logs in the log group.",
            |it| &mut it.cloudwatch_encryption,
        );
        keys.key("s3_bucket", "The name of the S3 bucket for session logs.", |it| {
            &mut it.s3_bucket
        });
        keys.key("s3_key_prefix", "The folder in the bucket.", |it| &mut it.s3_key_prefix);
        keys.key("s3_encryption", "Whether encryption is used for the logs in the bucket.", |it| {
            &mut it.s3_encryption
        });
    }
}

impl Section for ManagedStorageSettings {
    fn keys(keys: &mut Keys<Self>) {
        keys.key(
            "kms_key",
            "The ARN of the KMS key for EBS volumes that ECS attaches to tasks; a single-Region key.",
            |it| &mut it.kms_key,
        );
        keys.key(
            "fargate_ephemeral_storage_kms_key",
            "The ARN of the KMS key for the ephemeral storage of tasks on Fargate; a single-Region key.",
            |it| &mut it.fargate_ephemeral_storage_kms_key,
        );
    }
}

impl Section for PartialStrategy {
    fn keys(keys: &mut Keys<Self>) {
        keys.key("capacity_provider", "A capacity provider of the cluster.", |it| {
            &mut it.capacity_provider
        });
        keys.key(
            "base",
            "The number of tasks placed on it before the weights apply; only one item can have a base.",
            |it| &mut it.base,
        );
        keys.key("weight", "Its relative share of the tasks above the base.", |it| &mut it.weight);
    }

    fn rules() -> Json {
        json!({ "required": ["capacity_provider"] })
    }

    fn check(&self, reader: &mut Reader<'_>, entry: &Entry<'_>) {
        let given = reader.place(&format!("{}.capacity_provider", entry.path)).is_some();
        if !given && entry.value.get_ref().is_table() {
            let error = entry
                .error("a strategy item has no capacity provider")
                .hint("write capacity_provider = \"FARGATE\"");
            reader.error(error);
        }
    }
}
