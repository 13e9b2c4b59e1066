//! The specification of a foundation. All default values come from the Terraform tutorial.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::error::error_list;
use crate::names::{EnvironmentName, InvalidValue, ProjectName, ServiceName};
use crate::resource::UnmanagedAction;
use crate::tags::Tags;
use crate::values::{Action, Value, one_of};

use super::cluster::ClusterSettings;
use super::deployer::DeployerSettings;
use super::log_group::LogGroupSettings;
use super::repository::RepositorySettings;
use super::role::{ExecutionRoleSettings, TaskRoleSettings};
use super::service::ServiceSettings;

/// The specification of a foundation: its project, its environment and the settings of its
/// resources.
///
/// ```
/// use infra_core::foundation::FoundationSpec;
/// use infra_core::provider::ContainerInsights;
///
/// let mut spec = FoundationSpec::new("shop".parse()?, "dev".parse()?);
/// spec.cluster.container_insights = ContainerInsights::Enhanced;
/// assert_eq!(spec.base_name(), "shop-dev");
/// # Ok::<(), infra_core::names::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoundationSpec {
    /// The project name, which is part of every default name.
    pub project_name: ProjectName,
    /// The environment name, which is part of every default name.
    pub environment: EnvironmentName,
    /// Whether the default names of the roles and their inline policies end with the region.
    ///
    /// IAM roles are global, so two foundations with the same project and environment in different
    /// regions need different role names.
    pub role_names_include_region: bool,
    /// Tags for every resource that supports tags.
    pub tags: Tags,
    /// What to do with tags, policies and capacity providers that are not in the configuration.
    pub unmanaged: Unmanaged,
    /// The cluster.
    pub cluster: ClusterSettings,
    /// The role that ECS uses to pull images and write logs.
    pub execution_role: ExecutionRoleSettings,
    /// The role that the application code in the containers uses.
    pub task_role: TaskRoleSettings,
    /// The image repository.
    pub repository: RepositorySettings,
    /// The log group.
    pub log_group: LogGroupSettings,
    /// Additional services on the same cluster, each with its own task role, repository and log
    /// group.
    pub services: BTreeMap<ServiceName, ServiceSettings>,
    /// An optional role for a pipeline that pushes images and deploys to the cluster.
    pub deployer: Option<DeployerSettings>,
}

impl FoundationSpec {
    /// Creates a specification with default settings for a project and an environment.
    ///
    /// Logs are kept for 30 days in production and for 14 days in every other environment.
    pub fn new(project_name: ProjectName, environment: EnvironmentName) -> Self {
        let ServiceSettings { task_role, repository, log_group } =
            ServiceSettings::new(&environment);
        Self {
            project_name,
            environment,
            role_names_include_region: false,
            tags: Tags::new(),
            unmanaged: Unmanaged::default(),
            cluster: ClusterSettings::default(),
            execution_role: ExecutionRoleSettings::default(),
            task_role,
            repository,
            log_group,
            services: BTreeMap::new(),
            deployer: None,
        }
    }

    /// Returns `PROJECT-ENVIRONMENT`, the base of every default name.
    pub fn base_name(&self) -> String {
        format!("{}-{}", self.project_name, self.environment)
    }
}

/// Whether tags, policies and capacity providers that are not in the configuration are reported or
/// removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unmanaged {
    /// Tags that are not in the configuration.
    pub tags: UnmanagedAction,
    /// A role's attached and inline policies that are not in the configuration.
    pub policies: UnmanagedAction,
    /// The cluster's capacity providers that are not in the configuration, except `FARGATE` and
    /// `FARGATE_SPOT`.
    pub capacity_providers: UnmanagedAction,
}

impl UnmanagedAction {
    const WORDS: [(&'static str, Self); 2] = [("report", Self::Report), ("remove", Self::Remove)];
}

impl FromStr for UnmanagedAction {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        one_of("action", text, &Self::WORDS)
    }
}

impl Value for UnmanagedAction {
    fn schema() -> Json {
        json!({ "enum": Self::WORDS.map(|(word, _)| word) })
    }
}

/// Parses actions that are known to be valid.
pub(super) fn actions<const N: usize>(actions: [&str; N]) -> Vec<Action> {
    actions.map(|action| action.parse().expect("it is an action")).into()
}

/// A rule that a [`FoundationSpec`] breaks, and the setting that breaks it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {error}")]
pub struct SpecError {
    /// The path of the setting in the configuration, for example `log_group.retention_in_days`.
    pub path: String,
    /// The invalid value and the rule that it breaks.
    pub error: InvalidValue,
}

error_list! {
    /// The rules that an invalid [`FoundationSpec`] breaks. There is at least one.
    #[derive(Clone, Debug, PartialEq, Eq)]
    SpecErrors(SpecError)
}
