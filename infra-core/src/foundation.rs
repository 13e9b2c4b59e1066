//! The ECS foundation: nine resources for one project and environment, five more for each
//! additional service, two for a deployer, and the outputs that describe them.

mod cluster;
mod deployer;
mod lifecycle;
mod log_group;
mod outputs;
mod permissions;
mod placed;
mod repository;
mod resolve;
mod retry;
mod role;
pub mod rules;
mod service;
mod spec;
mod validate;

pub use crate::resource::UnmanagedAction;
pub use cluster::{
    ClusterSettings, DesiredCluster, ExecuteCommandSettings, ManagedStorageSettings,
};
pub use deployer::{DeployerSettings, DesiredDeployer, GitHubTrust};
pub use log_group::{DesiredLogGroup, LogGroupSettings};
pub use outputs::Outputs;
pub use permissions::{OperatorCondition, OperatorPolicy, OperatorStatement, Purpose};
pub use repository::{DesiredRepository, LifecyclePolicy, RepositorySettings};
pub use resolve::{DesiredService, Resolved};
pub use retry::table as retry_table;
pub use role::{
    DesiredRole, ExecutionRoleSettings, ManagedPolicy, RoleSettings, SourceAccount,
    TaskRoleSettings, TrustSettings,
};
pub use service::{DefaultNames, ResolvedService, ServiceAddresses, ServiceSettings};
pub use spec::{FoundationSpec, SpecError, SpecErrors, Unmanaged};

use crate::arn::Location;
use crate::engine::Stack;
use crate::provider::Providers;

/// A foundation in one account and region.
///
/// The specification and the location determine every name and ARN, so nothing has to be stored
/// between runs.
///
/// ```
/// use infra_core::arn::Location;
/// use infra_core::foundation::{Foundation, FoundationSpec};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let spec = FoundationSpec::new("shop".parse()?, "dev".parse()?);
/// let location = Location::new("123456789012".parse()?, "eu-central-1".parse()?)?;
/// let foundation = Foundation::new(spec, location)?;
/// assert_eq!(
///     foundation.outputs().get("ecr_repository_url"),
///     Some("123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop-dev-app")
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Foundation {
    spec: FoundationSpec,
    location: Location,
    resolved: Resolved,
}

impl Foundation {
    /// Creates a foundation.
    ///
    /// # Errors
    /// Returns every rule that the specification breaks: the rules of [`FoundationSpec::validate`],
    /// and the rules for ARNs. Each ARN must be in the partition of `location` and, where AWS
    /// requires it, also in the account and region of `location`.
    pub fn new(spec: FoundationSpec, location: Location) -> Result<Self, SpecErrors> {
        let resolved = spec.resolve(&location, |resolved| {
            let mut broken = resolved.broken_rules();
            broken.extend(resolved.misplaced(&location));
            broken
        });
        let resolved = resolved.map_err(SpecErrors::new)?;
        Ok(Self { spec, location, resolved })
    }

    /// Returns the specification.
    pub fn spec(&self) -> &FoundationSpec {
        &self.spec
    }

    /// Returns the location.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Returns the desired state of every resource, with all names and ARNs.
    pub fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    /// Returns the outputs. All outputs are known even before the resources exist.
    pub fn outputs(&self) -> Outputs {
        Outputs::new(&self.resolved)
    }

    /// Returns the foundation's resources as a stack that calls `providers`.
    ///
    /// Add your own components with [`Stack::with`].
    pub fn stack(&self, providers: &Providers) -> Stack {
        let (Self { spec, resolved, .. }, Resolved { cluster, execution_role, .. }) =
            (self, &self.resolved);
        let mut stack = Stack::new()
            .with(cluster::ClusterComponent::new(cluster.clone(), providers))
            .with(role::RoleResource::execution(execution_role, resolved, providers));
        for ResolvedService { name, task_role, repository, log_group } in resolved.each_service() {
            let default = DefaultNames::new(&spec.base_name(), name);
            let own =
                repository::RepositoryResource::new(repository, &default, resolved, providers);
            stack = stack
                .with(role::RoleResource::task(task_role, log_group, resolved, providers))
                .with(own)
                .with(log_group::LogGroupResource::new(
                    log_group, &default, spec, resolved, providers,
                ));
        }
        if let Some(deployer) = &resolved.deployer {
            stack = stack.with(role::RoleResource::deployer(deployer, resolved, providers));
        }
        stack.with_retry(retry::table().rows().iter().copied())
    }
}

/// The addresses of the foundation's resources.
pub mod address {
    use super::service::{Naming, ServiceAddresses};
    use crate::engine::Address;
    use crate::names::ServiceName;

    macro_rules! addresses {
        ($($function:ident = $kind:literal . $name:literal;)+) => {
            $(
                #[doc = concat!("`", $kind, ".", $name, "`.")]
                pub fn $function() -> Address {
                    Address::new($kind, $name)
                }
            )+
        };
    }

    addresses! {
        cluster = "ecs_cluster"."main";
        capacity_providers = "ecs_cluster_capacity_providers"."main";
        execution_role = "iam_role"."ecs_execution_role";
        execution_role_attachment = "iam_role_policy_attachment"."ecs_execution_role_policy";
        execution_role_policy = "iam_role_policy"."ecs_execution_role_policy";
        deployer_role = "iam_role"."ecs_deployer_role";
        deployer_role_policy = "iam_role_policy"."ecs_deployer_role_policy";
        task_role = "iam_role"."ecs_task_role";
        task_role_policy = "iam_role_policy"."ecs_task_role_policy";
        repository = "ecr_repository"."app";
        repository_policy = "ecr_repository_policy"."app";
        log_group = "cloudwatch_log_group"."ecs";
    }

    /// Returns the addresses of the default service's resources.
    pub fn of_default_service() -> ServiceAddresses {
        Naming(None).addresses()
    }

    /// Returns the addresses of a service's resources.
    pub fn of_service(name: &ServiceName) -> ServiceAddresses {
        Naming(Some(name)).addresses()
    }

    /// Returns the address of the resource that attaches an additional managed policy to a role.
    pub fn additional_attachment(role: &str, policy: &str) -> Address {
        Address::keyed("iam_role_policy_attachment", &format!("{role}_policy"), policy)
    }
}
