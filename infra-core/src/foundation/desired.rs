//! The desired state of each resource of a foundation, with every name and ARN resolved.

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
/// use infra_core::arn::{Location, Region};
/// use infra_core::foundation::{DesiredLogGroup, Foundation, FoundationSpec};
/// use infra_core::provider::Retention;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let region: Region = "eu-central-1".parse()?;
/// let location =
///     Location { partition: region.partition(), account_id: "123456789012".parse()?, region };
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
    /// The role that ECS uses to pull images and write logs.
    pub execution_role: DesiredRole,
    /// The role of the code in the containers.
    pub task_role: DesiredRole,
    /// The image repository with its policies.
    pub repository: DesiredRepository,
    /// The log group.
    pub log_group: DesiredLogGroup,
}

/// The desired state of the cluster.
#[derive(Clone, Debug)]
pub struct DesiredCluster {
    /// The settings for its creation. The tags include the common tags and the Name tag.
    pub spec: ClusterSpec,
    /// Its ARN.
    pub arn: Arn,
    /// How to handle tags that are not in `spec`.
    pub unmanaged_tags: UnmanagedAction,
}

/// The desired state of a role with its policies.
#[derive(Clone, Debug)]
pub struct DesiredRole {
    /// Its address.
    pub address: Address,
    /// The settings for its creation. The tags include the common tags and the Name tag.
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
    /// How to handle tags that are not in `spec`.
    pub unmanaged_tags: UnmanagedAction,
    /// How to handle attached and inline policies that are not listed here.
    pub unmanaged_policies: UnmanagedAction,
}

/// The desired state of the repository with its policies.
#[derive(Clone, Debug)]
pub struct DesiredRepository {
    /// The settings for its creation. The tags include the common tags and the Name tag.
    pub spec: RepositorySpec,
    /// Its ARN.
    pub arn: Arn,
    /// The URL to push images to: host and name, without a scheme.
    pub uri: String,
    /// Who may pull.
    pub policy: PolicyDocument,
    /// Its lifecycle policy.
    pub lifecycle: LifecyclePolicy,
    /// Whether destroying it also deletes its images.
    pub force_delete: bool,
    /// How to handle tags that are not in `spec`.
    pub unmanaged_tags: UnmanagedAction,
}

/// The desired state of the log group.
#[derive(Clone, Debug)]
pub struct DesiredLogGroup {
    /// The settings for its creation. The tags include the common tags, Environment and the Name tag.
    pub spec: LogGroupSpec,
    /// Its ARN, without `:*`.
    pub arn: Arn,
    /// How long events are kept.
    pub retention: Retention,
    /// Whether destroying the foundation keeps it and its events.
    pub skip_destroy: bool,
    /// How to handle tags that are not in `spec`.
    pub unmanaged_tags: UnmanagedAction,
}
