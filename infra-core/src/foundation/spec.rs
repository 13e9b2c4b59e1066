//! The specification of a foundation. All defaults are the values from the Terraform tutorial.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::arn::{AccountId, Arn, Location};
use crate::names::{
    ClusterName, EnvironmentName, InvalidValue, LogGroupName, PolicyName, ProjectName,
    RepositoryName, RoleName, RolePath, ServiceName,
};
use crate::policy::Statement;
use crate::provider::{
    CapacityProviders, ContainerInsights, Encryption, ExecuteCommandLogging, LogGroupClass,
    Retention, RetentionDays, ServiceConnectNamespace, TagMutability,
};
use crate::resource::UnmanagedAction;
use crate::tags::Tags;
use crate::values::{
    Action, BucketName, KeyArn, KeyPrefix, LifecycleCount, PolicyArn, PullPrincipal, RepositorySid,
    RoleDescription, ServicePrincipal, SessionDuration, SingleRegionKeyArn, SourceArn, Template,
    Value, one_of,
};

use super::deployer::DeployerSettings;
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
    /// Whether the default names of the roles and of their inline policies end in the region.
    ///
    /// IAM roles are global, so a foundation with the same project and environment in a second region needs roles with
    /// different names.
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
    /// Additional services on the same cluster, each with its own task role, repository and log group.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<ServiceName, ServiceSettings>,
    /// The role for a pipeline that pushes images and deploys to the cluster, if there should be
    /// one.
    #[serde(skip_serializing_if = "Option::is_none")]
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

/// What to do with unmanaged additions to managed resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unmanaged {
    /// Tags that are not in the configuration.
    pub tags: UnmanagedAction,
    /// Policies that a managed role has, attached or inline, but that are not in the configuration.
    pub policies: UnmanagedAction,
    /// Capacity providers that the cluster has, other than AWS's own, but that are not in the
    /// configuration.
    pub capacity_providers: UnmanagedAction,
}

/// The cluster's settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClusterSettings {
    /// The name; `None` means `BASE-cluster`.
    pub name: Option<ClusterName>,
    /// The `containerInsights` setting, which is always set explicitly, so that the account's
    /// default has no effect.
    pub container_insights: ContainerInsights,
    /// How ECS Exec encrypts and logs sessions; `None` leaves the current settings unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execute_command: Option<ExecuteCommandSettings>,
    /// The default Service Connect namespace; `None` leaves the current one unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_connect_namespace: Option<Template<ServiceConnectNamespace>>,
    /// The KMS keys for managed storage; `None` leaves the current keys unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    /// Whether to use encryption for the logs in the log group.
    pub cloudwatch_encryption: bool,
    /// The name of the S3 bucket.
    pub s3_bucket: Option<Template<BucketName>>,
    /// The folder in the bucket to place the logs in.
    pub s3_key_prefix: Option<KeyPrefix>,
    /// Whether to use encryption for the logs in the bucket.
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
/// its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ManagedStorageSettings {
    /// The ARN of the key for EBS volumes that ECS attaches to tasks.
    pub kms_key: Option<Template<SingleRegionKeyArn>>,
    /// The ARN of the key for the ephemeral storage of tasks on Fargate.
    pub fargate_ephemeral_storage_kms_key: Option<Template<SingleRegionKeyArn>>,
}

/// The settings that all roles share. `T` defines who can assume the role: AWS services, or the
/// workflows of a [deployer](DeployerSettings).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoleSettings<T = TrustSettings> {
    /// The name; `None` means `BASE-ecs-execution-role`, `BASE-ecs-task-role` or
    /// `BASE-ecs-deployer-role`.
    pub name: Option<RoleName>,
    /// The path.
    pub path: RolePath,
    /// The description; `None` keeps the current one.
    pub description: Option<RoleDescription>,
    /// The maximum session duration.
    pub max_session_duration: SessionDuration,
    /// The ARN of the permissions boundary.
    pub permissions_boundary: Option<Template<PolicyArn>>,
    /// Who can assume the role.
    pub trust: T,
    /// Additional managed policies to attach.
    pub additional_managed_policies: Vec<ManagedPolicy>,
    /// The name of the inline policy; `None` means `BASE-ecs-execution-policy`,
    /// `BASE-ecs-task-policy` or `BASE-ecs-deployer-policy`.
    pub inline_policy_name: Option<PolicyName>,
    /// Additional statements for the inline policy.
    pub statements: Vec<Statement>,
    /// Additional tags.
    pub tags: Tags,
}

impl<T: Default> Default for RoleSettings<T> {
    fn default() -> Self {
        Self {
            name: None,
            path: RolePath::default(),
            description: None,
            max_session_duration: SessionDuration::HOUR,
            permissions_boundary: None,
            trust: T::default(),
            additional_managed_policies: Vec::new(),
            inline_policy_name: None,
            statements: Vec::new(),
            tags: Tags::new(),
        }
    }
}

/// The execution role's settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExecutionRoleSettings {
    /// The settings that all roles share.
    pub role: RoleSettings,
    /// The managed policy that allows ECS to pull images and write logs.
    pub managed_policy: ManagedPolicy,
}

impl Default for ExecutionRoleSettings {
    fn default() -> Self {
        Self {
            role: RoleSettings::default(),
            managed_policy: ManagedPolicy::AwsManaged(
                "service-role/AmazonECSTaskExecutionRolePolicy".to_owned(),
            ),
        }
    }
}

/// The task role's settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskRoleSettings {
    /// The settings that all roles share.
    pub role: RoleSettings,
    /// The actions that the role may perform on the log group's streams. If there are none, the
    /// inline policy has no statement for them.
    pub log_actions: Vec<Action>,
}

impl Default for TaskRoleSettings {
    fn default() -> Self {
        Self {
            role: RoleSettings::default(),
            log_actions: actions(["logs:CreateLogStream", "logs:PutLogEvents"]),
        }
    }
}

/// Who can assume a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrustSettings {
    /// The service principals.
    pub services: Vec<ServicePrincipal>,
    /// Limits the trust to requests on behalf of resources in these accounts (`aws:SourceAccount`).
    pub source_accounts: Vec<SourceAccount>,
    /// Limits the trust to requests on behalf of resources whose ARNs match these patterns
    /// (`aws:SourceArn`).
    pub source_arns: Vec<Template<SourceArn>>,
}

impl Default for TrustSettings {
    fn default() -> Self {
        Self {
            services: vec!["ecs-tasks.amazonaws.com".parse().expect("it is a service principal")],
            source_accounts: Vec::new(),
            source_arns: Vec::new(),
        }
    }
}

/// An account that a trust policy is limited to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum SourceAccount {
    /// The account of the foundation.
    Own,
    /// Another account.
    Id(AccountId),
}

impl SourceAccount {
    /// Returns the account's id for a foundation at `location`.
    pub fn resolve<'a>(&'a self, location: &'a Location) -> &'a AccountId {
        match self {
            Self::Own => &location.account_id,
            Self::Id(id) => id,
        }
    }
}

/// A managed policy, given by name or ARN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum ManagedPolicy {
    /// An AWS managed policy, given by path and name, for example `AmazonSSMReadOnlyAccess` or
    /// `service-role/AmazonECSTaskExecutionRolePolicy`. Its ARN has the foundation's partition.
    AwsManaged(String),
    /// Any managed policy, given by ARN.
    Arn(Template<PolicyArn>),
}

impl ManagedPolicy {
    /// Returns the policy's ARN for a foundation at `location`.
    ///
    /// # Errors
    /// Returns an error if the ARN is not a policy's ARN after the placeholders have been filled in.
    pub fn arn(&self, location: &Location) -> Result<Arn, InvalidValue> {
        match self {
            Self::AwsManaged(name) => Ok(Arn::aws_managed_policy(location.partition, name)),
            Self::Arn(arn) => arn.resolve(location).map(Arn::from),
        }
    }
}

impl FromStr for ManagedPolicy {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        const WHAT: &str = "managed policy";
        if text.starts_with("arn:") {
            let named = |error: InvalidValue| {
                let suggestion = error.suggestion().map(str::to_owned);
                InvalidValue::new(WHAT, text, error.rule(), suggestion)
            };
            return text.parse().map(Self::Arn).map_err(named);
        }
        let name = |segment: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@-_".contains(c);
            !segment.is_empty() && segment.chars().all(allowed)
        };
        if text.split('/').all(name) {
            return Ok(Self::AwsManaged(text.to_owned()));
        }
        let rule = "use an ARN, or the path and name of an AWS managed policy, like \
                    service-role/AmazonECSTaskExecutionRolePolicy";
        Err(InvalidValue::new(WHAT, text, rule, None))
    }
}

impl Value for ManagedPolicy {
    fn schema() -> Json {
        let names = "[A-Za-z0-9+=,.@_-]+(/[A-Za-z0-9+=,.@_-]+)*";
        let pattern = format!("^(arn:[^:]*:iam::[^:]*:policy/.*|{names})$");
        json!({ "type": "string", "pattern": pattern })
    }
}

impl FromStr for SourceAccount {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        if matches!(text, "own" | "{account_id}") {
            return Ok(Self::Own);
        }
        text.parse().map(Self::Id).map_err(|error: InvalidValue| {
            let rule = "use twelve digits, or \"own\" for the account of the foundation";
            InvalidValue::new(error.what(), text, rule, None)
        })
    }
}

impl Value for SourceAccount {
    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^(own|\{account_id\}|[0-9]{12})$" })
    }
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
fn actions<const N: usize>(actions: [&str; N]) -> Vec<Action> {
    actions.map(|action| action.parse().expect("it is an action")).into()
}

/// The repository's settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RepositorySettings {
    /// The name; `None` means `BASE-app`.
    pub name: Option<RepositoryName>,
    /// Whether image tags can be moved.
    pub tag_mutability: TagMutability,
    /// Whether images are scanned on push.
    pub scan_on_push: bool,
    /// How images are encrypted at rest. Changing it replaces the repository.
    pub encryption: Encryption,
    /// Whether destroying the repository also deletes its images.
    pub force_delete: bool,
    /// The lifecycle policy.
    pub lifecycle_policy: LifecyclePolicy,
    /// The Sid of the statement in the repository policy that allows pulling images.
    pub policy_sid: RepositorySid,
    /// The actions that this statement allows.
    pub pull_actions: Vec<Action>,
    /// ARNs and account ids that may pull images in addition to the execution role.
    pub additional_pull_principals: Vec<Template<PullPrincipal>>,
    /// Additional statements for the repository policy, for example to allow an organization to
    /// pull images.
    pub statements: Vec<Statement>,
    /// Additional tags.
    pub tags: Tags,
}

impl Default for RepositorySettings {
    fn default() -> Self {
        Self {
            name: None,
            tag_mutability: TagMutability::Mutable,
            scan_on_push: true,
            encryption: Encryption::Aes256,
            force_delete: true,
            lifecycle_policy: LifecyclePolicy::Unmanaged,
            policy_sid: "AllowPull".parse().expect("it is a statement id"),
            pull_actions: actions([
                "ecr:GetDownloadUrlForLayer",
                "ecr:BatchGetImage",
                "ecr:BatchCheckLayerAvailability",
            ]),
            additional_pull_principals: Vec::new(),
            statements: Vec::new(),
            tags: Tags::new(),
        }
    }
}

/// The desired lifecycle policy of a repository.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum LifecyclePolicy {
    /// Not managed: the policy is neither read nor changed.
    Unmanaged,
    /// No policy: an existing policy is removed.
    None,
    /// The policy, as a JSON document.
    Document(serde_json::Value),
}

impl LifecyclePolicy {
    /// Returns a policy that keeps only the latest `images` images and expires untagged images
    /// after `untagged_days` days. `None` means no limit.
    ///
    /// ```
    /// use infra_core::foundation::LifecyclePolicy;
    ///
    /// let LifecyclePolicy::Document(policy) = LifecyclePolicy::limits("20".parse().ok(), None) else {
    ///     panic!("expected a policy document");
    /// };
    /// assert_eq!(policy["rules"][0]["selection"]["countNumber"], 20);
    /// assert_eq!(LifecyclePolicy::limits(None, None), LifecyclePolicy::None);
    /// ```
    pub fn limits(images: Option<LifecycleCount>, untagged_days: Option<LifecycleCount>) -> Self {
        let untagged = untagged_days.map(|days| {
            let selection = json!({
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": days,
            });
            (format!("expire untagged images after {days} days"), selection)
        });
        // The rule for any tag status must have the highest priority number.
        let any = images.map(|images| {
            let selection =
                json!({ "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": images });
            (format!("keep the last {images} images"), selection)
        });
        let rules =
            untagged.into_iter().chain(any).zip(1..).map(|((description, selection), priority)| {
                json!({
                    "rulePriority": priority,
                    "description": description,
                    "selection": selection,
                    "action": { "type": "expire" },
                })
            });
        let rules: Vec<Json> = rules.collect();
        if rules.is_empty() { Self::None } else { Self::Document(json!({ "rules": rules })) }
    }
}

/// The log group's settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogGroupSettings {
    /// The name; `None` means `/ecs/BASE`.
    pub name: Option<LogGroupName>,
    /// How long events are kept.
    pub retention: Retention,
    /// The ARN of the KMS key that encrypts the log events.
    pub kms_key: Option<Template<KeyArn>>,
    /// The log group class. Changing it replaces the log group.
    pub class: LogGroupClass,
    /// Whether deletion protection is on; `None` keeps the current setting.
    pub deletion_protection: Option<bool>,
    /// Whether destroying the foundation keeps the log group and its events.
    pub skip_destroy: bool,
    /// Additional tags.
    pub tags: Tags,
}

impl Default for LogGroupSettings {
    fn default() -> Self {
        Self {
            name: None,
            retention: Retention::Days(RetentionDays::FOURTEEN),
            kms_key: None,
            class: LogGroupClass::Standard,
            deletion_protection: None,
            skip_destroy: false,
            tags: Tags::new(),
        }
    }
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

/// The rules that an invalid [`FoundationSpec`] breaks. There is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecErrors(Vec<SpecError>);

impl SpecErrors {
    pub(super) fn new(errors: Vec<SpecError>) -> Self {
        Self(errors)
    }

    /// Iterates over the broken rules.
    pub fn iter(&self) -> std::slice::Iter<'_, SpecError> {
        self.0.iter()
    }
}

impl IntoIterator for SpecErrors {
    type Item = SpecError;
    type IntoIter = std::vec::IntoIter<SpecError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a SpecErrors {
    type Item = &'a SpecError;
    type IntoIter = std::slice::Iter<'a, SpecError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl std::fmt::Display for SpecErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::error::joined(f, &self.0)
    }
}

impl std::error::Error for SpecErrors {}
