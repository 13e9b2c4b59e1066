//! The backend capabilities that scenarios may need.

use std::fmt;

/// A capability that a backend may or may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// The backend returns the caller's identity.
    Identity,
    /// The backend supports ECS clusters.
    Clusters,
    /// The backend supports IAM roles and has the AWS managed policies.
    Roles,
    /// The backend supports ECR repositories.
    Repositories,
    /// The backend supports CloudWatch log groups.
    LogGroups,
    /// The backend can run services, tasks and container instances in a cluster.
    Workloads,
    /// The backend can store images in a repository.
    Images,
    /// The backend can store streams and events in a log group.
    LogEvents,
    /// The backend updates a log group's stored-byte count immediately.
    StoredBytes,
    /// The backend supports instance profiles.
    InstanceProfiles,
    /// The backend supports customer managed policies.
    CustomerPolicies,
    /// The backend supports OIDC identity providers. Scenarios do not delete the identity providers
    /// that they create.
    IdentityProviders,
    /// The backend supports capacity providers other than `FARGATE` and `FARGATE_SPOT`.
    CapacityProviders,
    /// The backend has KMS keys, or accepts ARNs of keys that do not exist.
    KmsKeys,
    /// The backend has AWS Cloud Map namespaces, or accepts ARNs of namespaces that do not exist.
    CloudMap,
    /// The backend supports the deletion protection of log groups.
    DeletionProtection,
    /// The backend can hold hundreds of resources, enough to fill several pages of a list.
    Bulk,
    /// The backend has a second account, or accepts principals in accounts that do not exist.
    OtherAccounts,
    /// The backend offers a second region in the same account.
    SecondRegion,
    /// The backend can delay changes to clusters.
    SlowClusters,
    /// The backend can delay changes to roles.
    SlowRoles,
    /// The backend can delay changes to log groups.
    SlowLogGroups,
    /// The backend can delay the creation of the ECS service-linked role.
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

    /// Returns whether this capability is the ability to delay changes. A backend delays changes
    /// only in scenarios that need such a capability.
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
            Self::StoredBytes => "immediate updates to a log group's stored-byte count",
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
