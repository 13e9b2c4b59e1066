//! What a scenario needs of a backend.

use std::fmt;

/// Something that a backend has or lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// It tells who calls.
    Identity,
    /// It has ECS clusters.
    Clusters,
    /// It has IAM roles, and the policies that AWS manages.
    Roles,
    /// It has ECR repositories.
    Repositories,
    /// It has CloudWatch log groups.
    LogGroups,
    /// Services, tasks and container instances can be put on a cluster.
    Workloads,
    /// Images can be put into a repository.
    Images,
    /// Streams and events can be put into a log group.
    LogEvents,
    /// What a log group holds is counted at once.
    StoredBytes,
    /// Roles can be put into instance profiles.
    InstanceProfiles,
    /// Managed policies of the account's own can be made.
    CustomerPolicies,
    /// Capacity providers other than Fargate's can be made.
    CapacityProviders,
    /// There are KMS keys, or keys are taken without a look at them.
    KmsKeys,
    /// Hundreds of resources may be made, so that lists have several pages.
    Bulk,
    /// It has AWS's other partitions, or takes names and ARNs of accounts that it does not know.
    OtherAccounts,
    /// It can be made to settle slowly after a change of a cluster.
    SlowClusters,
    /// It can be made to settle slowly after a change of a role.
    SlowRoles,
    /// It can be made to settle slowly after a change of a log group.
    SlowLogGroups,
    /// It can be made to take its time over the role that ECS makes for itself.
    SlowServiceLinkedRole,
}

impl Capability {
    /// Every capability.
    pub const ALL: &[Self] = &[
        Self::Identity,
        Self::Clusters,
        Self::Roles,
        Self::Repositories,
        Self::LogGroups,
        Self::Workloads,
        Self::Images,
        Self::LogEvents,
        Self::StoredBytes,
        Self::InstanceProfiles,
        Self::CustomerPolicies,
        Self::CapacityProviders,
        Self::KmsKeys,
        Self::Bulk,
        Self::OtherAccounts,
        Self::SlowClusters,
        Self::SlowRoles,
        Self::SlowLogGroups,
        Self::SlowServiceLinkedRole,
    ];

    /// The services that a foundation is made of.
    pub const FOUNDATION: &[Self] =
        &[Self::Identity, Self::Clusters, Self::Roles, Self::Repositories, Self::LogGroups];

    /// Whether it is that of being slow to order.
    pub const fn is_slowness(self) -> bool {
        matches!(
            self,
            Self::SlowClusters
                | Self::SlowRoles
                | Self::SlowLogGroups
                | Self::SlowServiceLinkedRole
        )
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "the caller's identity",
            Self::Clusters => "ECS clusters",
            Self::Roles => "IAM roles",
            Self::Repositories => "ECR repositories",
            Self::LogGroups => "CloudWatch log groups",
            Self::Workloads => "services, tasks and instances on a cluster",
            Self::Images => "images in a repository",
            Self::LogEvents => "events in a log group",
            Self::StoredBytes => "counts of bytes that are right at once",
            Self::InstanceProfiles => "instance profiles",
            Self::CustomerPolicies => "managed policies of one's own",
            Self::CapacityProviders => "capacity providers of one's own",
            Self::KmsKeys => "KMS keys",
            Self::Bulk => "hundreds of resources",
            Self::OtherAccounts => "principals of other accounts",
            Self::SlowClusters => "clusters that settle slowly to order",
            Self::SlowRoles => "roles that settle slowly to order",
            Self::SlowLogGroups => "log groups that settle slowly to order",
            Self::SlowServiceLinkedRole => "a service-linked role that comes slowly to order",
        })
    }
}
