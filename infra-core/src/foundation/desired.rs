//! What each resource of a foundation is to be, with every name and ARN made out.

use crate::arn::Arn;
use crate::engine::Address;
use crate::names::PolicyName;
use crate::policy::PolicyDocument;
use crate::provider::{ClusterSpec, LogGroupSpec, RepositorySpec, Retention, RoleSpec};

use super::spec::LifecyclePolicy;
use crate::resource::UnmanagedAction;

/// The whole foundation, resolved: what a [`FoundationSpec`](super::FoundationSpec) comes to in one account and
/// region.
///
/// It is what the components converge to, and what other forms of the same foundation, such as a template, are
/// written from. Take its structures apart whole, without `..`, so that an attribute of a later version does not
/// go missing unseen.
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
/// let DesiredLogGroup { spec, arn, retention, skip_destroy: _, unmanaged_tags: _ } =
///     &foundation.resolved().log_group;
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
    /// The role by which ECS pulls images and writes logs.
    pub execution_role: DesiredRole,
    /// The role of the code in the containers.
    pub task_role: DesiredRole,
    /// The image repository with its policies.
    pub repository: DesiredRepository,
    /// The log group.
    pub log_group: DesiredLogGroup,
}

/// What the cluster is to be.
#[derive(Clone, Debug)]
pub struct DesiredCluster {
    /// What its creation carries, the common tags and the Name tag among its tags.
    pub spec: ClusterSpec,
    /// Its ARN.
    pub arn: Arn,
    /// What becomes of tags that `spec` does not name.
    pub unmanaged_tags: UnmanagedAction,
}

/// What a role is to be, with its policies.
#[derive(Clone, Debug)]
pub struct DesiredRole {
    /// Its address.
    pub address: Address,
    /// What its creation carries, the common tags and the Name tag among its tags.
    pub spec: RoleSpec,
    /// Its ARN.
    pub arn: Arn,
    /// The managed policies that are attached to it, each with the address of the attachment: first the role's
    /// own, where it has one, then the additional ones, each once.
    pub attachments: Vec<(Address, Arn)>,
    /// The address of its inline policy.
    pub inline_address: Address,
    /// The name of its inline policy.
    pub inline_name: PolicyName,
    /// Its inline policy; `None` where it is to have none of that name.
    pub inline: Option<PolicyDocument>,
    /// What becomes of tags that `spec` does not name.
    pub unmanaged_tags: UnmanagedAction,
    /// What becomes of attached and inline policies that do not stand here.
    pub unmanaged_policies: UnmanagedAction,
}

/// What the repository is to be, with its policies.
#[derive(Clone, Debug)]
pub struct DesiredRepository {
    /// What its creation carries, the common tags and the Name tag among its tags.
    pub spec: RepositorySpec,
    /// Its ARN.
    pub arn: Arn,
    /// What images are pushed to: host and name, without a scheme.
    pub uri: String,
    /// Who may pull.
    pub policy: PolicyDocument,
    /// Its lifecycle policy.
    pub lifecycle: LifecyclePolicy,
    /// Whether destroying it takes its images with it.
    pub force_delete: bool,
    /// What becomes of tags that `spec` does not name.
    pub unmanaged_tags: UnmanagedAction,
}

/// What the log group is to be.
#[derive(Clone, Debug)]
pub struct DesiredLogGroup {
    /// What its creation carries, the common tags, Environment and the Name tag among its tags.
    pub spec: LogGroupSpec,
    /// Its ARN, without `:*`.
    pub arn: Arn,
    /// How long events are kept.
    pub retention: Retention,
    /// Whether destroying the foundation leaves it and its events.
    pub skip_destroy: bool,
    /// What becomes of tags that `spec` does not name.
    pub unmanaged_tags: UnmanagedAction,
}
