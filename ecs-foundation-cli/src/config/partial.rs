//! The values from the file, environment variables and options, before they are checked for
//! consistency.

use std::collections::BTreeMap;
use std::path::PathBuf;

use infra_core::arn::{AccountId, Partition, Region};
use infra_core::foundation::{
    ClusterSettings, DeployerSettings, ExecutionRoleSettings, LogGroupSettings, RepositorySettings,
    TaskRoleSettings, Unmanaged,
};
use infra_core::names::{EnvironmentName, ProjectName, ServiceName};
use infra_core::provider::Retention;
use infra_core::tags::Tags;
use infra_core::values::{
    CapacityProviderName, EncryptionType, ExternalId, KeyArn, LifecycleCount, Parallelism, RoleArn,
    RoleSessionName, StrategyBase, StrategyWeight, TagFilter, TagMutabilityMode, Template,
};

use super::endpoint::EndpointUrl;
use super::{Backend, GivenRates, MissingServices};

/// All settings of a configuration. The layers are read into the same `Partial`, one after another.
/// A later layer replaces values and lists, but adds to tables.
#[derive(Clone, Debug, Default)]
pub(super) struct Partial {
    pub(super) project_name: Option<ProjectName>,
    pub(super) environment: Option<EnvironmentName>,
    pub(super) backend: Option<Backend>,
    pub(super) region: Option<Region>,
    pub(super) partition: Option<Partition>,
    pub(super) profile: Option<String>,
    pub(super) allowed_account_ids: Option<Vec<AccountId>>,
    pub(super) assume_role: PartialAssumeRole,
    pub(super) endpoint_url: Option<EndpointUrl>,
    pub(super) ca_bundle: Option<PathBuf>,
    pub(super) missing_services: Option<MissingServices>,
    pub(super) memory_file: Option<PathBuf>,
    pub(super) parallelism: Option<Parallelism>,
    pub(super) role_names_include_region: bool,
    pub(super) rates: GivenRates,
    pub(super) tags: Tags,
    pub(super) unmanaged: Unmanaged,
    pub(super) cluster: PartialCluster,
    pub(super) execution_role: ExecutionRoleSettings,
    pub(super) task_role: TaskRoleSettings,
    pub(super) repository: PartialRepository,
    pub(super) log_group: PartialLogGroup,
    pub(super) services: PartialServices,
    pub(super) deployer: PartialDeployer,
    /// The environment tables, which are read separately, after the top level.
    pub(super) environments: Environments,
}

/// The additional services, by name. The default service is not included.
#[derive(Clone, Debug, Default)]
pub(super) struct PartialServices(pub(super) BTreeMap<ServiceName, PartialService>);

/// The deployer, if there is one.
#[derive(Clone, Debug, Default)]
pub(super) struct PartialDeployer(pub(super) Option<DeployerSettings>);

/// The settings of a service.
#[derive(Clone, Debug, Default)]
pub(super) struct PartialService {
    pub(super) task_role: TaskRoleSettings,
    pub(super) repository: PartialRepository,
    pub(super) log_group: PartialLogGroup,
}

/// A placeholder for the environment tables in the list of keys.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Environments;

/// The settings for assuming a role. The ARN might be missing.
#[derive(Clone, Debug, Default)]
pub(super) struct PartialAssumeRole {
    pub(super) role_arn: Option<RoleArn>,
    pub(super) session_name: Option<RoleSessionName>,
    pub(super) external_id: Option<ExternalId>,
}

/// A cluster before the consistency checks. The strategy might not match the capacity providers.
#[derive(Clone, Debug, Default)]
pub(super) struct PartialCluster {
    pub(super) settings: ClusterSettings,
    /// The items in file order, so that errors can refer to an item by its position. If this is
    /// `None`, the strategy in `settings` applies.
    pub(super) strategy: Option<Vec<PartialStrategy>>,
}

/// An item of a strategy. The capacity provider might be missing.
#[derive(Clone, Debug, Default)]
pub(super) struct PartialStrategy {
    pub(super) capacity_provider: Option<CapacityProviderName>,
    pub(super) base: StrategyBase,
    pub(super) weight: StrategyWeight,
}

/// A repository before the consistency checks. The tag mutability might not match the filters, the
/// encryption might not match the key, and the lifecycle policy might be given twice.
#[derive(Clone, Debug, Default)]
pub(super) struct PartialRepository {
    pub(super) settings: RepositorySettings,
    pub(super) mutability: Option<TagMutabilityMode>,
    pub(super) exclusion_filters: Vec<TagFilter>,
    pub(super) encryption: PartialEncryption,
    pub(super) keep_last_images: Option<LifecycleCount>,
    pub(super) expire_untagged_after_days: Option<LifecycleCount>,
}

/// An encryption type and a key that might not match.
#[derive(Clone, Debug, Default)]
pub(super) struct PartialEncryption {
    pub(super) kind: Option<EncryptionType>,
    pub(super) kms_key: Option<Template<KeyArn>>,
}

/// A log group. Its default retention is not filled in yet, because it depends on the environment.
#[derive(Clone, Debug, Default)]
pub(super) struct PartialLogGroup {
    pub(super) settings: LogGroupSettings,
    pub(super) retention: Option<Retention>,
}
