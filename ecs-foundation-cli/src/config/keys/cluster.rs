//! The keys of `[cluster]`.

use infra_core::foundation::{ExecuteCommandSettings, ManagedStorageSettings};
use infra_core::values::{CapacityProviderName, ExecuteCommandLoggingWord, InsightsSetting};
use serde_json::{Value as Json, json};

use super::super::partial::{PartialCluster, PartialStrategy};
use super::super::reader::Reader;
use super::super::section::{Entry, Keys, Section, define_keys};

impl Section for PartialCluster {
    fn keys(keys: &mut Keys<Self>) {
        define_keys! { keys, it => it.settings;
            name: "The name; by default PROJECT-ENVIRONMENT-cluster.";
            container_insights: "Container Insights: enabled, enhanced (down to tasks and containers) or disabled."
                => |it, word: InsightsSetting| it.settings.container_insights = word.into();
            execute_command:
                "How ECS Exec encrypts and logs sessions. Without this table, everything stays as it is; with it, \
                 keys that are not set get AWS's defaults.";
            service_connect_namespace:
                "The ARN of the AWS Cloud Map namespace that new services use for Service Connect; \"\" removes the \
                 current one. If not set, it stays as it is.";
            managed_storage:
                "The KMS keys for storage that ECS and Fargate manage. Without this table, they stay as they are; \
                 with it, AWS uses its own key where none is set.";
            capacity_providers: "The capacity providers of the cluster."
                => |it, names: Vec<CapacityProviderName>| {
                    it.settings.capacity.providers = names.into_iter().map(String::from).collect();
                };
            default_capacity_provider_strategy (it.strategy):
                "The strategy for services and tasks that do not specify one; [] for none.";
            tags: "Additional tags of the cluster.";
        }
    }
}

impl Section for ExecuteCommandSettings {
    fn keys(keys: &mut Keys<Self>) {
        define_keys! { keys, it => it;
            kms_key: "The ARN of the KMS key that encrypts the data between the client and the container.";
            logging:
                "Where sessions are logged: DEFAULT (the log group of the container), NONE, or OVERRIDE (the log \
                 group and the bucket below)."
                => |it, word: ExecuteCommandLoggingWord| it.logging = word.into();
            cloudwatch_log_group: "The name of the log group for sessions.";
            cloudwatch_encryption: "Whether encryption is used for the logs in the log group.";
            s3_bucket: "The name of the S3 bucket for session logs.";
            s3_key_prefix: "The folder in the bucket.";
            s3_encryption: "Whether encryption is used for the logs in the bucket.";
        }
    }
}

impl Section for ManagedStorageSettings {
    fn keys(keys: &mut Keys<Self>) {
        define_keys! { keys, it => it;
            kms_key: "The ARN of the KMS key for EBS volumes that ECS attaches to tasks; a single-Region key.";
            fargate_ephemeral_storage_kms_key:
                "The ARN of the KMS key for the ephemeral storage of tasks on Fargate; a single-Region key.";
        }
    }
}

impl Section for PartialStrategy {
    fn keys(keys: &mut Keys<Self>) {
        define_keys! { keys, it => it;
            capacity_provider: "A capacity provider of the cluster.";
            base: "The number of tasks placed on it before the weights apply; only one item can have a base.";
            weight: "Its relative share of the tasks above the base.";
        }
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
