//! The desired state of each resource, with all names and ARNs.

use std::collections::BTreeMap;

use crate::arn::Arn;
use crate::engine::Address;
use crate::names::{PolicyName, ServiceName};
use crate::policy::PolicyDocument;
use crate::provider::{ClusterSpec, LogGroupSpec, RepositorySpec, Retention, RoleSpec};

use super::deployer::DesiredDeployer;
use super::spec::LifecyclePolicy;
use crate::resource::UnmanagedAction;

/// The desired state of a foundation: the result of resolving a
/// [`FoundationSpec`](super::FoundationSpec) in one account and region.
///
/// The components bring the resources to this state, and exports such as templates are generated
/// from it. Destructure it completely, without `..`, so that attributes added in later versions are
/// not overlooked.
///
/// ```
/// use infra_core::arn::Location;
/// use infra_core::foundation::{DesiredLogGroup, Foundation, FoundationSpec};
/// use infra_core::provider::Retention;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let location = Location::new("123456789012".parse()?, "eu-central-1".parse()?)?;
/// let foundation =
///     Foundation::new(FoundationSpec::new("shop".parse()?, "dev".parse()?), location)?;
/// let DesiredLogGroup { spec, arn, retention, .. } = &foundation.resolved().log_group;
/// assert_eq!(spec.tags.get("Environment"), Some("dev"));
/// assert_eq!(arn.to_string(), "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/shop-dev");
/// assert!(matches!(retention, Retention::Days(days) if days.days() == 14));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The cluster with its capacity providers.
    pub cluster: DesiredCluster,
    /// The role that ECS uses to pull images and write logs.
    pub execution_role: DesiredRole,
    /// The role of the application code in the containers.
    pub task_role: DesiredRole,
    /// The image repository and its policies.
    pub repository: DesiredRepository,
    /// The log group.
    pub log_group: DesiredLogGroup,
    /// The additional services. `task_role`, `repository` and `log_group` are those of the default
    /// service.
    pub services: BTreeMap<ServiceName, DesiredService>,
    /// The deployer, if one is configured.
    pub deployer: Option<DesiredDeployer>,
}

/// The desired state of a service's own resources.
#[derive(Clone, Debug)]
pub struct DesiredService {
    /// The role of the code in its containers.
    pub task_role: DesiredRole,
    /// Its image repository, with the repository's policies.
    pub repository: DesiredRepository,
    /// Its log group.
    pub log_group: DesiredLogGroup,
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
    /// What to do with capacity providers, other than AWS's own, that are not in `spec`.
    pub unmanaged_providers: UnmanagedAction,
}

/// The desired state of a role and its policies.
#[derive(Clone, Debug)]
pub struct DesiredRole {
    /// Its address.
    pub address: Address,
    /// The path of its settings, such as `task_role`, `services.worker.task_role` or `deployer`.
    pub setting: String,
    /// The attributes set at creation, including the common tags and the Name tag.
    pub spec: RoleSpec,
    /// Its ARN.
    pub arn: Arn,
    /// The managed policies attached to the role, each with the address of the attachment: first
    /// the role's main policy, if it has one, then the additional ones, without duplicates.
    pub attachments: Vec<(Address, Arn)>,
    /// The address of its inline policy.
    pub inline_address: Address,
    /// The name of its inline policy.
    pub inline_name: PolicyName,
    /// Its inline policy, or `None` if no inline policy with this name should exist.
    pub inline: Option<PolicyDocument>,
    /// What to do with tags that are not in `spec`.
    pub unmanaged_tags: UnmanagedAction,
    /// What to do with attached and inline policies that are not configured.
    pub unmanaged_policies: UnmanagedAction,
}

/// The desired state of the repository and its policies.
#[derive(Clone, Debug)]
pub struct DesiredRepository {
    /// Its address.
    pub address: Address,
    /// The address of its repository policy.
    pub policy_address: Address,
    /// The path of its settings, such as `repository` or `services.worker.repository`.
    pub setting: String,
    /// The attributes set at creation, including the common tags and the Name tag.
    pub spec: RepositorySpec,
    /// Its ARN.
    pub arn: Arn,
    /// The URI to push images to: host and name, without a scheme.
    pub uri: String,
    /// Its repository policy. The first statement allows pulling images.
    pub policy: PolicyDocument,
    /// Its lifecycle policy.
    pub lifecycle: LifecyclePolicy,
    /// Whether destroying the repository also deletes its images.
    pub force_delete: bool,
    /// What to do with tags that are not in `spec`.
    pub unmanaged_tags: UnmanagedAction,
}

/// The desired state of the log group.
#[derive(Clone, Debug)]
pub struct DesiredLogGroup {
    /// Its address.
    pub address: Address,
    /// The path of its settings, such as `log_group` or `services.worker.log_group`.
    pub setting: String,
    /// The attributes set at creation, including the common tags, the Environment tag and the Name
    /// tag.
    pub spec: LogGroupSpec,
    /// Its ARN, without `:*`.
    pub arn: Arn,
    /// Its retention.
    pub retention: Retention,
    /// Whether AWS refuses to delete it; `None` keeps the current setting.
    pub deletion_protection: Option<bool>,
    /// Whether the log group and its events are kept when the foundation is destroyed.
    pub skip_destroy: bool,
    /// What to do with tags that are not in `spec`.
    pub unmanaged_tags: UnmanagedAction,
}
