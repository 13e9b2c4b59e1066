//! The parts of a cluster's configuration: ECS Exec, managed storage and Service Connect.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use crate::names::InvalidValue;
use crate::values::{NamespaceArn, Value};

wire_enum! {
    /// Where ECS Exec logs sessions.
    ExecuteCommandLogging {
        /// If the container uses the `awslogs` log driver, sessions are logged to the driver's log
        /// group. Otherwise, sessions are not logged.
        Default = "DEFAULT",
        /// Sessions are not logged.
        None = "NONE",
        /// Sessions are logged to the configured log group, to the configured bucket, or to both.
        Override = "OVERRIDE",
    }
}

/// How ECS Exec encrypts and logs the sessions in a cluster.
///
/// KMS keys are strings, because AWS returns each key in the form in which it was specified: as an
/// ARN or as an id.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExecuteCommand {
    /// The KMS key that encrypts the data sent between the client and the container.
    pub kms_key: Option<String>,
    /// Where sessions are logged.
    pub logging: ExecuteCommandLogging,
    /// The log group for [`ExecuteCommandLogging::Override`].
    pub log_group: Option<SessionLogGroup>,
    /// The bucket for [`ExecuteCommandLogging::Override`].
    pub bucket: Option<SessionBucket>,
}

/// Returns AWS's defaults, which also apply to clusters without an execute command configuration.
impl Default for ExecuteCommand {
    fn default() -> Self {
        let logging = ExecuteCommandLogging::Default;
        Self { kms_key: None, logging, log_group: None, bucket: None }
    }
}

/// The log group for ECS Exec session logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionLogGroup {
    /// The log group's name.
    pub name: String,
    /// Whether to encrypt the logs.
    pub encryption: bool,
}

/// The S3 bucket for ECS Exec session logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionBucket {
    /// The bucket's name.
    pub name: String,
    /// The bucket folder for the logs.
    pub key_prefix: Option<String>,
    /// Whether to encrypt the logs.
    pub encryption: bool,
}

/// The KMS keys for the storage that ECS and Fargate manage. If a key is `None`, AWS uses one of
/// its own keys.
///
/// KMS keys are strings, because AWS returns each key in the form in which it was specified: as an
/// ARN or as an id.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ManagedStorageConfiguration.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ManagedStorage {
    /// The key for the EBS volumes that ECS attaches to tasks.
    pub kms_key: Option<String>,
    /// The key for the ephemeral storage of tasks on Fargate.
    pub fargate_ephemeral_storage_kms_key: Option<String>,
}

/// A cluster's configuration.
///
/// Requests omit parts that are `None`. In a response, `None` means that AWS's defaults apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClusterConfiguration {
    /// How ECS Exec encrypts and logs sessions.
    pub execute_command: Option<ExecuteCommand>,
    /// The KMS keys for managed storage.
    pub managed_storage: Option<ManagedStorage>,
}

impl ClusterConfiguration {
    /// Returns whether every part is `None`.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The default Service Connect namespace for new services in a cluster.
///
/// A namespace is always identified by its ARN. AWS also accepts a name, but reports the ARN, which
/// contains the namespace's id instead of its name. Comparing a configured name with that ARN would
/// require calls to AWS Cloud Map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceConnectNamespace {
    /// No namespace. An existing default namespace is removed from the cluster, but not deleted
    /// from AWS Cloud Map.
    None,
    /// The namespace with this ARN.
    Arn(NamespaceArn),
}

impl fmt::Display for ServiceConnectNamespace {
    /// Writes the text that AWS expects in requests: the ARN, or an empty string to remove the
    /// namespace.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Arn(arn) => arn.fmt(f),
        }
    }
}

impl FromStr for ServiceConnectNamespace {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        if text.is_empty() { Ok(Self::None) } else { text.parse().map(Self::Arn) }
    }
}

impl Value for ServiceConnectNamespace {
    fn schema() -> Json {
        json!({ "anyOf": [{ "enum": [""] }, NamespaceArn::schema()] })
    }
}

/// Serializes to the ARN, or to `null` if there is no namespace. The namespace of an observed
/// cluster is serialized in the same way.
impl Serialize for ServiceConnectNamespace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_none(),
            Self::Arn(arn) => arn.serialize(serializer),
        }
    }
}
