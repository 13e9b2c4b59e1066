//! The attributes of the cluster that `UpdateCluster` changes.

use serde::Serialize;
use serde_json::Value;

use crate::engine::{FieldChange, to_value};
use crate::operation::ecs;
use crate::provider::{
    Cluster, ClusterConfiguration, ClusterSpec, ClusterUpdate, ExecuteCommand, ManagedStorage,
    SessionBucket, SessionLogGroup,
};
use crate::resource::Field;

use super::ClusterComponent;

const INSIGHTS: &str = "container_insights";
const EXECUTE_COMMAND: &str = "execute_command";
const MANAGED_STORAGE: &str = "managed_storage";
const NAMESPACE: &str = "service_connect_namespace";

impl ClusterComponent {
    /// Returns whether to read and compare the cluster's `configuration`. Not every partition
    /// supports this attribute, so the attribute is read only if the specification sets it.
    pub(super) fn reads_configuration(&self) -> bool {
        !self.desired.spec.configuration.is_empty()
    }

    /// Returns the configured attributes, except capacity providers and tags. Attributes that are
    /// not configured stay as they are.
    pub(super) fn fields(&self, found: Option<&Cluster>) -> Vec<Field> {
        let ClusterSpec {
            name: _,
            container_insights,
            configuration: ClusterConfiguration { execute_command, managed_storage },
            service_connect_namespace,
            capacity: _,
            tags: _,
        } = &self.desired.spec;
        let insights = found.map(|found| &found.container_insights);
        let mut fields = vec![field(INSIGHTS, "Container Insights", container_insights, insights)];
        if let Some(wanted) = execute_command {
            let found =
                found.map(|it| it.configuration.execute_command.clone().unwrap_or_default());
            fields.extend(compared(
                execute_command_parts(wanted),
                found.as_ref().map(execute_command_parts),
            ));
        }
        if let Some(wanted) = managed_storage {
            let found =
                found.map(|it| it.configuration.managed_storage.clone().unwrap_or_default());
            fields.extend(compared(
                managed_storage_parts(wanted),
                found.as_ref().map(managed_storage_parts),
            ));
        }
        if let Some(wanted) = service_connect_namespace {
            let found = found.map(|found| &found.service_connect_namespace);
            fields.push(field(NAMESPACE, "Service Connect namespace", wanted, found));
        }
        fields
    }

    /// Returns a change for each attribute that differs from the configuration.
    pub(super) fn differences(&self, found: &Cluster) -> Vec<FieldChange> {
        self.fields(Some(found)).iter().filter_map(Field::difference).collect()
    }

    /// Returns the update that makes these changes. The update sets only the attributes that
    /// differ. If a part of `configuration` differs, the update contains the complete
    /// `configuration`, with the current values of the parts that are not configured.
    pub(super) fn update(&self, found: &Cluster, changes: &[FieldChange]) -> ClusterUpdate {
        let ClusterSpec { container_insights, configuration, service_connect_namespace, .. } =
            &self.desired.spec;
        let changes = |attribute: &str| {
            changes.iter().any(|change| change.path.split('.').next() == Some(attribute))
        };
        let whole = || {
            let ClusterConfiguration { execute_command, managed_storage } = &found.configuration;
            let wanted = configuration.clone();
            ClusterConfiguration {
                execute_command: wanted.execute_command.or_else(|| execute_command.clone()),
                managed_storage: wanted.managed_storage.or_else(|| managed_storage.clone()),
            }
        };
        let namespace = service_connect_namespace.clone();
        ClusterUpdate {
            container_insights: changes(INSIGHTS).then(|| container_insights.clone()),
            configuration: (changes(EXECUTE_COMMAND) || changes(MANAGED_STORAGE)).then(whole),
            service_connect_namespace: namespace.filter(|_| changes(NAMESPACE)),
        }
    }
}

fn field(
    path: impl Into<String>,
    label: &str,
    wanted: impl Serialize,
    found: Option<impl Serialize>,
) -> Field {
    Field::new(path, label, wanted, found).updated_by(ecs::UPDATE_CLUSTER)
}

/// A part of an attribute. The value is `null` if the part is not set.
struct Part {
    path: String,
    label: &'static str,
    value: Value,
}

fn part(attribute: &str, name: &str, label: &'static str, value: impl Serialize) -> Part {
    Part { path: format!("{attribute}.{name}"), label, value: to_value(value) }
}

/// Returns a field for each part that is set in the configuration or in the cluster.
fn compared(wanted: Vec<Part>, found: Option<Vec<Part>>) -> impl Iterator<Item = Field> {
    let values = found.map_or_else(
        || vec![None; wanted.len()],
        |found| found.into_iter().map(|part| Some(part.value)).collect(),
    );
    wanted.into_iter().zip(values).filter_map(|(Part { path, label, value }, found)| {
        let is_set = |value: &Value| !value.is_null();
        let matters = is_set(&value) || found.as_ref().is_some_and(is_set);
        matters.then(|| field(path, label, value, found))
    })
}

fn execute_command_parts(it: &ExecuteCommand) -> Vec<Part> {
    let part = |name, label, value| part(EXECUTE_COMMAND, name, label, value);
    let ExecuteCommand { kms_key, logging, log_group, bucket } = it;
    let log_group =
        log_group.as_ref().map(|SessionLogGroup { name, encryption }| (name, encryption));
    let (log_group, log_encryption) = log_group.unzip();
    let bucket = bucket
        .as_ref()
        .map(|SessionBucket { name, key_prefix, encryption }| (name, (key_prefix, encryption)));
    let (bucket, rest) = bucket.unzip();
    let (key_prefix, bucket_encryption) = rest.unzip();
    vec![
        part("kms_key", "ECS Exec key", to_value(kms_key)),
        part("logging", "ECS Exec logging", to_value(logging)),
        part("cloudwatch_log_group", "ECS Exec log group", to_value(log_group)),
        part("cloudwatch_encryption", "ECS Exec log group encryption", to_value(log_encryption)),
        part("s3_bucket", "ECS Exec bucket", to_value(bucket)),
        part("s3_key_prefix", "ECS Exec key prefix", to_value(key_prefix)),
        part("s3_encryption", "ECS Exec bucket encryption", to_value(bucket_encryption)),
    ]
}

fn managed_storage_parts(it: &ManagedStorage) -> Vec<Part> {
    let ManagedStorage { kms_key, fargate_ephemeral_storage_kms_key: fargate } = it;
    let fargate_name = "fargate_ephemeral_storage_kms_key";
    vec![
        part(MANAGED_STORAGE, "kms_key", "Managed storage key", kms_key),
        part(MANAGED_STORAGE, fargate_name, "Fargate ephemeral storage key", fargate),
    ]
}
