//! The capabilities that scenarios require from a backend.

use std::fmt;

/// A capability that a backend may or may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Returns the caller's identity.
    Identity,
    /// Supports ECS clusters.
    Clusters,
    /// Supports IAM roles and has the AWS managed policies.
    Roles,
    /// Supports ECR repositories.
    Repositories,
    /// Supports CloudWatch log groups.
    LogGroups,
    /// Can run services, tasks and container instances in a cluster.
    Workloads,
    /// Can store images in a repository.
    Images,
    /// Can store streams and events in a log group.
    LogEvents,
    /// Updates a log group's stored bytes immediately.
    StoredBytes,
    /// Supports instance profiles.
    InstanceProfiles,
    /// Supports customer managed policies.
    CustomerPolicies,
    /// Supports OIDC identity providers, which scenarios may leave in the account.
    IdentityProviders,
    /// Supports capacity providers other than Fargate's.
    CapacityProviders,
    /// Has KMS keys, or accepts any key.
    KmsKeys,
    /// Has AWS Cloud Map namespaces, or accepts any namespace.
    CloudMap,
    /// Supports the deletion protection of log groups.
    DeletionProtection,
    /// Can hold hundreds of resources, so that lists have several pages.
    Bulk,
    /// Has a second account, or accepts ids and ARNs of accounts that do not exist.
    OtherAccounts,
    /// Offers a second region in the same account.
    SecondRegion,
    /// Can delay changes to clusters.
    SlowClusters,
    /// Can delay changes to roles.
    SlowRoles,
    /// Can delay changes to log groups.
    SlowLogGroups,
    /// Can delay the creation of the ECS service-linked role.
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
        Self::IdentityProviders,
        Self::CapacityProviders,
        Self::KmsKeys,
        Self::CloudMap,
        Self::DeletionProtection,
        Self::Bulk,
        Self::OtherAccounts,
        Self::SecondRegion,
        Self::SlowClusters,
        Self::SlowRoles,
        Self::SlowLogGroups,
        Self::SlowServiceLinkedRole,
    ];

    /// The capabilities that every foundation scenario needs.
    pub const FOUNDATION: &[Self] =
        &[Self::Identity, Self::Clusters, Self::Roles, Self::Repositories, Self::LogGroups];

    /// Returns whether this is one of the capabilities to delay changes.
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
            Self::Workloads => "services, tasks and container instances",
            Self::Images => "images",
            Self::LogEvents => "log events",
            Self::StoredBytes => "immediate updates of a log group's stored-byte count",
            Self::InstanceProfiles => "instance profiles",
            Self::CustomerPolicies => "customer managed policies",
            Self::IdentityProviders => "OIDC identity providers",
            Self::CapacityProviders => "custom capacity providers",
            Self::KmsKeys => "KMS keys",
            Self::CloudMap => "AWS Cloud Map namespaces",
            Self::DeletionProtection => "log group deletion protection",
            Self::Bulk => "hundreds of resources",
            Self::OtherAccounts => "principals in other accounts",
            Self::SecondRegion => "a second region in the account",
            Self::SlowClusters => "delayed cluster changes",
            Self::SlowRoles => "delayed role changes",
            Self::SlowLogGroups => "delayed log group changes",
            Self::SlowServiceLinkedRole => "delayed creation of the service-linked role",
        })
    }
}
