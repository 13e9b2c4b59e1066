//! What the file and the command line said, before it is known to fit together.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use infra_core::arn::Region;
use infra_core::foundation::{
    ClusterSettings, ExecutionRoleSettings, LogGroupSettings, RepositorySettings, TaskRoleSettings,
    Unmanaged,
};
use infra_core::names::{EnvironmentName, ProjectName};
use infra_core::provider::Retention;
use infra_core::tags::Tags;

use super::{Backend, GivenRates, MissingServices};

/// Everything that a configuration can say. The layers of a configuration are read over one draft, one
/// after the other, so that a later one replaces values and lists, and adds to tables.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) project_name: Option<ProjectName>,
    pub(super) environment: Option<EnvironmentName>,
    pub(super) backend: Option<Backend>,
    pub(super) region: Option<Region>,
    pub(super) profile: Option<String>,
    pub(super) endpoint_url: Option<String>,
    pub(super) ca_bundle: Option<PathBuf>,
    pub(super) missing_services: Option<MissingServices>,
    pub(super) memory_file: Option<PathBuf>,
    pub(super) parallelism: Option<NonZeroUsize>,
    pub(super) rates: GivenRates,
    pub(super) tags: Tags,
    pub(super) unmanaged: Unmanaged,
    pub(super) cluster: ClusterDraft,
    pub(super) execution_role: ExecutionRoleSettings,
    pub(super) task_role: TaskRoleSettings,
    pub(super) repository: RepositoryDraft,
    pub(super) log_group: LogGroupDraft,
}

/// A cluster whose strategy may not suit its providers.
#[derive(Clone, Debug, Default)]
pub(super) struct ClusterDraft {
    pub(super) settings: ClusterSettings,
    /// In the order of the file, for errors to find the item; `None` is the default.
    pub(super) strategy: Option<Vec<StrategyDraft>>,
}

/// An item of a strategy.
#[derive(Clone, Debug, Default)]
pub(super) struct StrategyDraft {
    pub(super) capacity_provider: String,
    pub(super) base: u32,
    pub(super) weight: u32,
}

/// A repository whose mutability may not suit its filters, nor its encryption the key.
#[derive(Clone, Debug, Default)]
pub(super) struct RepositoryDraft {
    pub(super) settings: RepositorySettings,
    pub(super) mutability: Option<&'static str>,
    pub(super) exclusion_filters: Vec<String>,
    pub(super) encryption: EncryptionDraft,
}

/// A kind of encryption and a key that may not go with it.
#[derive(Clone, Debug, Default)]
pub(super) struct EncryptionDraft {
    pub(super) kind: Option<&'static str>,
    pub(super) kms_key: Option<String>,
}

/// A log group whose default retention hangs on the environment.
#[derive(Clone, Debug, Default)]
pub(super) struct LogGroupDraft {
    pub(super) settings: LogGroupSettings,
    pub(super) retention: Option<Retention>,
}
