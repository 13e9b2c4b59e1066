//! What the engine needs of AWS: one small object-safe trait per service, and the bundle of them.
//!
//! Rules that all methods share:
//! - One method is one AWS operation (a list follows all pages). Nothing is retried, waited for or
//!   remembered here; the engine does that in one place.
//! - What is not there is an error of kind [`NotFound`](crate::ErrorKind::NotFound); read it as a value
//!   with [`OrAbsent`](crate::error::OrAbsent).
//! - Every error carries the operation, and AWS's code, message and request id where there was an answer.

/// An enum of AWS's values with a variant for values that are not known here.
macro_rules! wire_enum {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $wire:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $type {
            $($(#[$variant_doc])* $variant,)+
            /// A value that this crate does not know.
            Unknown(String),
        }

        impl $type {
            /// The values that are known here, as AWS spells them.
            pub const KNOWN: &[&str] = &[$($wire),+];

            /// The value as AWS spells it.
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
    AttachmentsStatus, CapacityProviders, Cluster, ClusterCounts, ClusterProvider, ClusterSpec,
    ClusterStatus, ContainerInsights, StrategyItem,
};
pub use identity::{CallerIdentity, IdentityProvider};
pub use log_group::{
    LogGroup, LogGroupClass, LogGroupProvider, LogGroupSpec, Retention, RetentionDays,
};
pub use repository::{
    Encryption, ExclusionFilter, Repository, RepositoryProvider, RepositorySpec, TagMutability,
};
pub use role::{AttachedPolicy, Role, RoleProvider, RoleSpec};
pub use unsupported::Unsupported;

use crate::arn::{Location, Region};
use crate::error::Result;

/// One provider per service, and the region they work in.
///
/// The providers are separate, so that one bundle can mix backends: say, log groups of an emulator and
/// clusters in memory. `Clone` shares the providers.
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
    /// A bundle of five providers that work in `region`.
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

    /// A bundle in which one backend is every provider.
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

    /// The same bundle with another provider of the caller's identity.
    pub fn with_identity(mut self, identity: Arc<dyn IdentityProvider>) -> Self {
        self.identity = identity;
        self
    }

    /// The same bundle with another provider of clusters.
    pub fn with_clusters(mut self, clusters: Arc<dyn ClusterProvider>) -> Self {
        self.clusters = clusters;
        self
    }

    /// The same bundle with another provider of repositories.
    pub fn with_repositories(mut self, repositories: Arc<dyn RepositoryProvider>) -> Self {
        self.repositories = repositories;
        self
    }

    /// The same bundle with another provider of roles.
    pub fn with_roles(mut self, roles: Arc<dyn RoleProvider>) -> Self {
        self.roles = roles;
        self
    }

    /// The same bundle with another provider of log groups.
    pub fn with_log_groups(mut self, log_groups: Arc<dyn LogGroupProvider>) -> Self {
        self.log_groups = log_groups;
        self
    }

    /// The region that the regional providers work in.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Who calls.
    pub fn identity(&self) -> &dyn IdentityProvider {
        &*self.identity
    }

    /// ECS clusters.
    pub fn clusters(&self) -> &dyn ClusterProvider {
        &*self.clusters
    }

    /// IAM roles and their policies.
    pub fn roles(&self) -> &dyn RoleProvider {
        &*self.roles
    }

    /// ECR repositories and their policies.
    pub fn repositories(&self) -> &dyn RepositoryProvider {
        &*self.repositories
    }

    /// CloudWatch log groups.
    pub fn log_groups(&self) -> &dyn LogGroupProvider {
        &*self.log_groups
    }

    /// Where the caller's credentials lead: partition and account, in the bundle's region.
    ///
    /// # Errors
    /// Those of [`IdentityProvider::caller_identity`].
    pub async fn location(&self) -> Result<Location> {
        let identity = self.identity.caller_identity().await?;
        Ok(Location {
            partition: identity.arn.partition,
            account_id: identity.account_id,
            region: self.region.clone(),
        })
    }
}
