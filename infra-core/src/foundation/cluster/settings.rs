//! The settings of the cluster, its desired state, and the code that derives the desired state from
//! the settings.

use serde::Serialize;

use crate::arn::Arn;
use crate::foundation::resolve::Resolver;
use crate::names::{ClusterName, LogGroupName};
use crate::provider::{
    CapacityProviders, ClusterConfiguration, ClusterSpec, ContainerInsights, ExecuteCommand,
    ExecuteCommandLogging, ManagedStorage, ServiceConnectNamespace, SessionBucket, SessionLogGroup,
};
use crate::resource::UnmanagedAction;
use crate::tags::Tags;
use crate::values::{BucketName, KeyArn, KeyPrefix, SingleRegionKeyArn, Template};

/// The cluster's settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClusterSettings {
    /// The name; `None` means `BASE-cluster`.
    pub name: Option<ClusterName>,
    /// The `containerInsights` setting. The cluster always gets an explicit value, so that the
    /// account's default has no effect.
    pub container_insights: ContainerInsights,
    /// How ECS Exec encrypts and logs sessions; `None` leaves the current settings unchanged.
    pub execute_command: Option<ExecuteCommandSettings>,
    /// The default Service Connect namespace; `None` leaves the current namespace unchanged.
    pub service_connect_namespace: Option<Template<ServiceConnectNamespace>>,
    /// The KMS keys for managed storage; `None` leaves the current keys unchanged.
    pub managed_storage: Option<ManagedStorageSettings>,
    /// The capacity providers and the default strategy.
    pub capacity: CapacityProviders,
    /// Additional tags.
    pub tags: Tags,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self {
            name: None,
            container_insights: ContainerInsights::Enabled,
            execute_command: None,
            service_connect_namespace: None,
            managed_storage: None,
            capacity: CapacityProviders::fargate(),
            tags: Tags::new(),
        }
    }
}

/// How ECS Exec encrypts and logs the sessions in the cluster. Unset fields get AWS's defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExecuteCommandSettings {
    /// The ARN of the KMS key that encrypts the data between the client and the container.
    pub kms_key: Option<Template<KeyArn>>,
    /// Where sessions are logged. [`Override`](ExecuteCommandLogging::Override) requires a log
    /// group or a bucket; other values allow neither.
    pub logging: ExecuteCommandLogging,
    /// The name of the log group.
    pub cloudwatch_log_group: Option<LogGroupName>,
    /// Whether to encrypt the logs in the log group.
    pub cloudwatch_encryption: bool,
    /// The name of the S3 bucket.
    pub s3_bucket: Option<Template<BucketName>>,
    /// The folder for the logs in the bucket.
    pub s3_key_prefix: Option<KeyPrefix>,
    /// Whether to encrypt the logs in the bucket.
    pub s3_encryption: bool,
}

impl Default for ExecuteCommandSettings {
    fn default() -> Self {
        Self {
            kms_key: None,
            logging: ExecuteCommandLogging::Default,
            cloudwatch_log_group: None,
            cloudwatch_encryption: false,
            s3_bucket: None,
            s3_key_prefix: None,
            s3_encryption: false,
        }
    }
}

/// The KMS keys for the storage that ECS and Fargate manage for tasks. If a key is `None`, AWS uses
/// a key of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ManagedStorageSettings {
    /// The ARN of the key for EBS volumes that ECS attaches to tasks.
    pub kms_key: Option<Template<SingleRegionKeyArn>>,
    /// The ARN of the key for the ephemeral storage of Fargate tasks.
    pub fargate_ephemeral_storage_kms_key: Option<Template<SingleRegionKeyArn>>,
}

/// The desired state of the cluster.
#[derive(Clone, Debug)]
pub struct DesiredCluster {
    /// The attributes set at creation, including the common tags and the Name tag.
    pub spec: ClusterSpec,
    /// Its ARN.
    pub arn: Arn,
    /// What to do with tags that are not in `spec`.
    pub unmanaged_tags: UnmanagedAction,
    /// What to do with custom capacity providers that are not in `spec`.
    pub unmanaged_providers: UnmanagedAction,
}

impl Resolver<'_> {
    pub(in crate::foundation) fn cluster(&mut self) -> Option<DesiredCluster> {
        let (base, settings) = (self.spec.base_name(), &self.spec.cluster);
        let name =
            self.name("cluster.name", settings.name.as_ref(), format_args!("{base}-cluster"))?;
        let tags = self.tags("cluster", &settings.tags, name.as_str(), &[])?;
        self.refuse_reserved_values("cluster", "ECS", &tags);
        let execute_command = settings.execute_command.as_ref().map(|it| self.execute_command(it));
        let managed_storage = settings.managed_storage.as_ref().map(|it| self.managed_storage(it));
        let namespace = settings.service_connect_namespace.as_ref();
        let namespace = self.filled("cluster.service_connect_namespace", namespace);
        Some(DesiredCluster {
            arn: self.location.arn("ecs", format!("cluster/{name}")),
            spec: ClusterSpec {
                tags,
                name,
                container_insights: settings.container_insights.clone(),
                configuration: ClusterConfiguration { execute_command, managed_storage },
                service_connect_namespace: namespace,
                capacity: settings.capacity.clone(),
            },
            unmanaged_providers: self.spec.unmanaged.capacity_providers,
            unmanaged_tags: self.spec.unmanaged.tags,
        })
    }

    fn execute_command(&mut self, settings: &ExecuteCommandSettings) -> ExecuteCommand {
        const PATH: &str = "cluster.execute_command";
        let key = self.filled(&format!("{PATH}.kms_key"), settings.kms_key.as_ref());
        let bucket = self.filled(&format!("{PATH}.s3_bucket"), settings.s3_bucket.as_ref());
        ExecuteCommand {
            kms_key: key.map(|key| key.to_string()),
            logging: settings.logging.clone(),
            log_group: settings.cloudwatch_log_group.as_ref().map(|name| SessionLogGroup {
                name: name.to_string(),
                encryption: settings.cloudwatch_encryption,
            }),
            bucket: bucket.map(|name| SessionBucket {
                name: name.to_string(),
                key_prefix: settings.s3_key_prefix.clone().map(String::from),
                encryption: settings.s3_encryption,
            }),
        }
    }

    fn managed_storage(&mut self, settings: &ManagedStorageSettings) -> ManagedStorage {
        let ManagedStorageSettings { kms_key, fargate_ephemeral_storage_kms_key: fargate } =
            settings;
        let mut key = |name: &str, key: &Option<_>| {
            let key = self.filled(&format!("cluster.managed_storage.{name}"), key.as_ref());
            key.map(|key: SingleRegionKeyArn| key.to_string())
        };
        ManagedStorage {
            kms_key: key("kms_key", kms_key),
            fargate_ephemeral_storage_kms_key: key("fargate_ephemeral_storage_kms_key", fargate),
        }
    }
}
