//! The shapes that several ECS operations share, by AWS's names.
//!
//! Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Types.html>.

use serde::{Deserialize, Serialize};

/// A cluster as ECS describes it.
///
/// `statistics`, `tags` and `settings` are empty lists where they were not asked for; `configuration`,
/// `attachments` and `attachmentsStatus` are then absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    /// The cluster's ARN.
    pub cluster_arn: String,
    /// Its name.
    pub cluster_name: String,
    /// Its execute command and storage configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration: Option<ClusterConfiguration>,
    /// `ACTIVE`, `PROVISIONING`, `DEPROVISIONING` or `INACTIVE`.
    pub status: String,
    /// Container instances in ACTIVE and DRAINING.
    pub registered_container_instances_count: i32,
    /// Tasks in RUNNING.
    pub running_tasks_count: i32,
    /// Tasks in PENDING.
    pub pending_tasks_count: i32,
    /// Services in ACTIVE.
    pub active_services_count: i32,
    /// The counts by launch type.
    pub statistics: Vec<KeyValuePair>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its settings.
    pub settings: Vec<ClusterSetting>,
    /// The capacity providers that are associated with it.
    pub capacity_providers: Vec<String>,
    /// The strategy of services and tasks that name none.
    pub default_capacity_provider_strategy: Vec<CapacityProviderStrategyItem>,
    /// What ECS attached to it for its capacity providers and its namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// `UPDATE_IN_PROGRESS` or `UPDATE_COMPLETE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments_status: Option<String>,
    /// The default namespace of Service Connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_connect_defaults: Option<ClusterServiceConnectDefaults>,
}

/// A name and a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeyValuePair {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A tag. Members are in lower case here, and nowhere else:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tag {
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its value; empty where missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl Tag {
    /// A tag with key and value.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: Some(key.into()), value: Some(value.into()) }
    }
}

/// A setting of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterSetting {
    /// `containerInsights`, the only one there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `enhanced`, `enabled` or `disabled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl ClusterSetting {
    /// The setting `containerInsights` with a value.
    pub fn container_insights(value: impl Into<String>) -> Self {
        Self { name: Some("containerInsights".to_owned()), value: Some(value.into()) }
    }
}

/// One item of a capacity provider strategy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CapacityProviderStrategyItem {
    /// The capacity provider's short name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity_provider: Option<String>,
    /// Its share of the tasks beyond the base, 0 to 1,000; 0 where missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<i32>,
    /// How many tasks run on it at least, 0 to 100,000; 0 where missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<i32>,
}

impl CapacityProviderStrategyItem {
    /// An item with base and weight.
    pub fn new(capacity_provider: impl Into<String>, base: i32, weight: i32) -> Self {
        Self {
            capacity_provider: Some(capacity_provider.into()),
            weight: Some(weight),
            base: Some(base),
        }
    }
}

/// The execute command and managed storage configuration of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterConfiguration {
    /// How `ExecuteCommand` encrypts and logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execute_command_configuration: Option<ExecuteCommandConfiguration>,
    /// What encrypts storage that ECS manages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_storage_configuration: Option<ManagedStorageConfiguration>,
}

/// How `ExecuteCommand` encrypts and logs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExecuteCommandConfiguration {
    /// The key that encrypts the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// `NONE`, `DEFAULT` (where missing) or `OVERRIDE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging: Option<String>,
    /// Where the log goes; only with `OVERRIDE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_configuration: Option<ExecuteCommandLogConfiguration>,
}

/// Where the log of `ExecuteCommand` goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExecuteCommandLogConfiguration {
    /// The log group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_watch_log_group_name: Option<String>,
    /// Whether the log in CloudWatch is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_watch_encryption_enabled: Option<bool>,
    /// The bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_bucket_name: Option<String>,
    /// Whether the log in S3 is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_encryption_enabled: Option<bool>,
    /// The folder in the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_key_prefix: Option<String>,
}

/// What encrypts storage that ECS manages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ManagedStorageConfiguration {
    /// The key for volumes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// The key for Fargate's ephemeral storage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fargate_ephemeral_storage_kms_key_id: Option<String>,
}

/// A default namespace of Service Connect, as a request gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterServiceConnectDefaultsRequest {
    /// The namespace's name or ARN; an empty text removes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// A default namespace of Service Connect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterServiceConnectDefaults {
    /// The namespace's ARN.
    pub namespace: String,
}

/// A resource that ECS attached to a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attachment {
    /// Its id.
    pub id: String,
    /// `as_policy` for a scaling policy, `sc` for Service Connect.
    #[serde(rename = "type")]
    pub kind: String,
    /// How far it has got.
    pub status: String,
    /// What it is.
    pub details: Vec<KeyValuePair>,
}

/// Something that could not be described.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The ARN that was asked for.
    pub arn: String,
    /// Why, for instance `MISSING`.
    pub reason: String,
}
