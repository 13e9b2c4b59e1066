//! The interface between the engine and AWS. Each service has a small, object-safe provider trait.
//! [`Providers`] bundles one implementation of each trait.
//!
//! Rules for all methods:
//! - Each method uses one AWS operation. List methods call it once for each page. Methods do not
//!   cache results, and they leave retries and waiting to the engine.
//! - If the resource does not exist, a method returns an error of kind
//!   [`NotFound`](crate::ErrorKind::NotFound). Use [`OrAbsent`](crate::error::OrAbsent) to turn
//!   this error into `None`.
//! - Every error names the operation. If AWS responded, the error also contains AWS's error code,
//!   message and request id.

/// Defines an enum of values from AWS's API, with a variant for values that this crate does not
/// recognize.
macro_rules! wire_enum {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $wire:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $type {
            $($(#[$variant_doc])* $variant,)+
            /// A value that this crate does not recognize.
            Unknown(String),
        }

        impl $type {
            /// The known values, as AWS spells them.
            pub const KNOWN: &[&str] = &[$($wire),+];

            /// Returns the value as AWS spells it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)+
                    Self::Unknown(value) => value,
                }
            }
        }

        impl From<&str> for $type {
            fn from(value: &str) -> Self {
                match value {
                    $($wire => Self::$variant,)+
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

mod cluster;
mod identity;
mod log_group;
mod methods;
mod repository;
mod role;
mod unsupported;

use std::sync::Arc;

pub use cluster::{
    AttachmentsStatus, CapacityProviders, Cluster, ClusterConfiguration, ClusterCounts,
    ClusterProvider, ClusterSpec, ClusterStatus, ClusterUpdate, ContainerInsights, ExecuteCommand,
    ExecuteCommandLogging, ManagedStorage, ServiceConnectNamespace, SessionBucket, SessionLogGroup,
    StrategyItem,
};
pub use identity::{CallerIdentity, IdentityProvider};
pub use log_group::{
    LogGroup, LogGroupClass, LogGroupProvider, LogGroupSpec, Retention, RetentionDays,
};
pub use repository::{
    Encryption, ExclusionFilter, Repository, RepositoryProvider, RepositorySpec, TagMutability,
};
pub use role::{AttachedPolicy, OpenIdConnectProvider, Role, RoleProvider, RoleSpec};
pub use unsupported::Unsupported;

use crate::arn::{Location, Region};
use crate::error::Result;

/// A bundle of one provider per service, all for the same region.
///
/// The providers can use different backends, for example an emulator for log groups and an
/// in-memory mock for clusters. All clones of a bundle share the same providers.
#[derive(Clone, Debug)]
pub struct Providers {
    region: Region,
    identity: Arc<dyn IdentityProvider>,
    clusters: Arc<dyn ClusterProvider>,
    roles: Arc<dyn RoleProvider>,
    repositories: Arc<dyn RepositoryProvider>,
    log_groups: Arc<dyn LogGroupProvider>,
}

impl Providers {
    /// Creates a bundle from these providers, which must all use `region`.
    pub fn new(
        region: Region,
        identity: Arc<dyn IdentityProvider>,
        clusters: Arc<dyn ClusterProvider>,
        roles: Arc<dyn RoleProvider>,
        repositories: Arc<dyn RepositoryProvider>,
        log_groups: Arc<dyn LogGroupProvider>,
    ) -> Self {
        Self { region, identity, clusters, roles, repositories, log_groups }
    }

    /// Creates a bundle from one backend that implements all provider traits.
    pub fn from_one<P>(region: Region, provider: P) -> Self
    where
        P: IdentityProvider
            + ClusterProvider
            + RoleProvider
            + RepositoryProvider
            + LogGroupProvider,
    {
        let provider = Arc::new(provider);
        Self {
            region,
            identity: Arc::clone(&provider) as _,
            clusters: Arc::clone(&provider) as _,
            roles: Arc::clone(&provider) as _,
            repositories: Arc::clone(&provider) as _,
            log_groups: provider,
        }
    }

    /// Replaces the identity provider.
    pub fn with_identity(mut self, identity: Arc<dyn IdentityProvider>) -> Self {
        self.identity = identity;
        self
    }

    /// Replaces the cluster provider.
    pub fn with_clusters(mut self, clusters: Arc<dyn ClusterProvider>) -> Self {
        self.clusters = clusters;
        self
    }

    /// Replaces the repository provider.
    pub fn with_repositories(mut self, repositories: Arc<dyn RepositoryProvider>) -> Self {
        self.repositories = repositories;
        self
    }

    /// Replaces the role provider.
    pub fn with_roles(mut self, roles: Arc<dyn RoleProvider>) -> Self {
        self.roles = roles;
        self
    }

    /// Replaces the log group provider.
    pub fn with_log_groups(mut self, log_groups: Arc<dyn LogGroupProvider>) -> Self {
        self.log_groups = log_groups;
        self
    }

    /// Returns the bundle's region.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Returns the provider for the caller's identity.
    pub fn identity(&self) -> &dyn IdentityProvider {
        &*self.identity
    }

    /// Returns the provider for ECS clusters.
    pub fn clusters(&self) -> &dyn ClusterProvider {
        &*self.clusters
    }

    /// Returns the provider for IAM roles and their policies.
    pub fn roles(&self) -> &dyn RoleProvider {
        &*self.roles
    }

    /// Returns the provider for ECR repositories and their policies.
    pub fn repositories(&self) -> &dyn RepositoryProvider {
        &*self.repositories
    }

    /// Returns the provider for CloudWatch log groups.
    pub fn log_groups(&self) -> &dyn LogGroupProvider {
        &*self.log_groups
    }

    /// Returns the caller's partition and account, together with the bundle's region.
    ///
    /// # Errors
    /// Returns any error from [`IdentityProvider::caller_identity`].
    pub async fn location(&self) -> Result<Location> {
        let identity = self.identity.caller_identity().await?;
        Ok(Location {
            partition: identity.arn.partition,
            account_id: identity.account_id,
            region: self.region.clone(),
        })
    }
}
