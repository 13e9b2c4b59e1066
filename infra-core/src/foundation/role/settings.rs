//! The settings and the desired state of the roles.

use std::str::FromStr;

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::arn::{AccountId, Arn, Location};
use crate::engine::Address;
use crate::foundation::spec::actions;
use crate::names::{InvalidValue, PolicyName, RoleName, RolePath};
use crate::policy::{PolicyDocument, Statement};
use crate::provider::RoleSpec;
use crate::resource::UnmanagedAction;
use crate::tags::Tags;
use crate::values::{
    Action, PolicyArn, RoleDescription, ServicePrincipal, SessionDuration, SourceArn, Template,
    Value,
};

/// The settings that all roles share. `T` defines who can assume the role: AWS services, or the
/// workflows of a [deployer](crate::foundation::DeployerSettings).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoleSettings<T = TrustSettings> {
    /// The name; `None` means the default name for this kind of role, such as `BASE-ecs-task-role`.
    pub name: Option<RoleName>,
    /// The path.
    pub path: RolePath,
    /// The description; `None` keeps the current description.
    pub description: Option<RoleDescription>,
    /// The maximum session duration.
    pub max_session_duration: SessionDuration,
    /// The ARN of the permissions boundary.
    pub permissions_boundary: Option<Template<PolicyArn>>,
    /// Who can assume the role.
    pub trust: T,
    /// Additional managed policies to attach.
    pub additional_managed_policies: Vec<ManagedPolicy>,
    /// The name of the inline policy; `None` means the default name for this kind of role, such as
    /// `BASE-ecs-task-policy`.
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
    /// The actions that the role may perform on the log group's streams. If the list is empty, the
    /// inline policy has no statement for the log group.
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
    /// If this list is not empty, the services can assume the role only for resources in these
    /// accounts (`aws:SourceAccount`).
    pub source_accounts: Vec<SourceAccount>,
    /// If this list is not empty, the services can assume the role only for resources with ARNs
    /// that match one of these patterns (`aws:SourceArn`).
    pub source_arns: Vec<Template<SourceArn>>,
}

impl Default for TrustSettings {
    fn default() -> Self {
        Self {
            services: vec!["ecs-tasks.amazonaws.com".parse().expect("a valid service principal")],
            source_accounts: Vec::new(),
            source_arns: Vec::new(),
        }
    }
}

/// An account that a trust policy accepts as `aws:SourceAccount`.
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

/// A managed policy, given by name or ARN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum ManagedPolicy {
    /// An AWS managed policy, given by path and name, for example `AmazonSSMReadOnlyAccess` or
    /// `service-role/AmazonECSTaskExecutionRolePolicy`. The policy's ARN contains the foundation's
    /// partition.
    AwsManaged(String),
    /// Any managed policy, given by ARN.
    Arn(Template<PolicyArn>),
}

impl ManagedPolicy {
    /// Returns the policy's ARN for a foundation at `location`.
    ///
    /// # Errors
    /// Returns an error if the ARN does not identify a policy after its placeholders have been
    /// filled in.
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

/// The desired state of a role and its policies.
#[derive(Clone, Debug)]
pub struct DesiredRole {
    /// Its address.
    pub address: Address,
    /// The path of the role's settings, such as `task_role`, `services.worker.task_role` or
    /// `deployer`.
    pub setting: String,
    /// The attributes set at creation, including the common tags and the Name tag.
    pub spec: RoleSpec,
    /// Its ARN.
    pub arn: Arn,
    /// The managed policies to attach to the role, each with the address of the attachment. For the
    /// execution role, [`managed_policy`](ExecutionRoleSettings::managed_policy) comes first. There
    /// are no duplicates.
    pub attachments: Vec<(Address, Arn)>,
    /// The address of the role's inline policy.
    pub inline_address: Address,
    /// The name of the role's inline policy.
    pub inline_name: PolicyName,
    /// The role's inline policy, or `None` if the role should have no inline policy with the name
    /// `inline_name`.
    pub inline: Option<PolicyDocument>,
    /// What to do with tags that are not in `spec`.
    pub unmanaged_tags: UnmanagedAction,
    /// What to do with attached and inline policies that are not configured.
    pub unmanaged_policies: UnmanagedAction,
}
