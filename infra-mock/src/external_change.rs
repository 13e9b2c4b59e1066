//! Changes that someone else makes to the resources under test or to related resources, such as
//! images, services, tasks and policies.
//!
//! These changes are enough for most tests, and can also be written in JSON. For finer control, use
//! the functions of each service's state, such as
//! [`ecs::State::add_service`](crate::ecs::State::add_service).
//!
//! ```
//! use infra_mock::external_change::ExternalChange;
//! use infra_mock::{MockAws, ecs};
//!
//! let mock = MockAws::new();
//! mock.call(ecs::CreateClusterRequest::default()).unwrap();
//! let seed = ExternalChange::Service { cluster: "default".into(), name: "web".into(), capacity_provider: None };
//! mock.seed(&seed).unwrap();
//! let deletion = ecs::DeleteClusterRequest { cluster: Some("default".into()) };
//! assert_eq!(mock.call(deletion).unwrap_err().code, "ClusterContainsServicesException");
//! ```

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiResult, Call, Operation};
use crate::ecs::{ContainerInstance, ServiceFixture, TaskFixture};
use crate::iam;
use crate::mock::MockAws;
use crate::snapshot::SnapshotError;

/// The default document of an inline policy, with a permission that applications often need.
const SOME_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

/// Something that someone else adds to the mock's account and region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum ExternalChange {
    /// A small image in a repository.
    Image {
        /// The name of the repository.
        repository: String,
        /// The image's tag. If another image has this tag, the tag moves to the new image.
        tag: Option<String>,
    },
    /// A running service on a cluster.
    Service {
        /// The cluster's name.
        cluster: String,
        /// The name of the service.
        name: String,
        /// The capacity provider that the service uses. It cannot be removed from the cluster while
        /// the service exists.
        capacity_provider: Option<String>,
    },
    /// A running task on a cluster.
    Task {
        /// The cluster's name.
        cluster: String,
        /// The ID of the task.
        id: String,
        /// The name of the service that the task belongs to.
        service: Option<String>,
    },
    /// A container instance that is registered with a cluster.
    ContainerInstance {
        /// The cluster's name.
        cluster: String,
        /// The ID of the container instance.
        id: String,
    },
    /// A capacity provider with an Auto Scaling group.
    CapacityProvider {
        /// The name of the capacity provider.
        name: String,
    },
    /// An account policy that determines the retention of every log group.
    RetentionPolicy {
        /// The name of the policy.
        name: String,
        /// The retention in days, or `None` if events never expire.
        days: Option<i32>,
    },
    /// A managed policy that is attached to a role.
    RolePolicy {
        /// The name of the role.
        role: String,
        /// The ARN of the policy, which must exist.
        policy_arn: String,
    },
    /// An inline policy of a role.
    InlinePolicy {
        /// The name of the role.
        role: String,
        /// The name of the policy.
        name: String,
        /// The policy document. The default allows `s3:GetObject`.
        document: Option<String>,
    },
    /// An instance profile that contains a role.
    InstanceProfile {
        /// The name of the instance profile.
        name: String,
        /// The name of the role.
        role: String,
    },
}

/// The reason why an [`ExternalChange`] failed.
#[derive(Debug, thiserror::Error)]
pub enum ExternalChangeError {
    /// The change is invalid, or a resource that it needs does not exist.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// The change was made, but the snapshot file could not be written.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl MockAws {
    /// Makes an external change. The change does not count as a call, so the journal does not
    /// record it, and faults do not affect it.
    ///
    /// # Errors
    /// Returns an error if the change is invalid, if a resource that it needs does not exist, or if
    /// the snapshot file cannot be written.
    pub fn seed(&self, seed: &ExternalChange) -> Result<(), ExternalChangeError> {
        Ok(self.with_world(|call| put(call, seed))??)
    }
}

fn put(call: &mut Call<'_>, seed: &ExternalChange) -> ApiResult<()> {
    match seed.clone() {
        ExternalChange::Image { repository, tag } => {
            let now = call.now;
            let digest = call.ecr().push_image(&repository, tag.as_deref(), now);
            let words = || format!("The repository with name '{repository}' does not exist");
            digest.map(drop).ok_or_else(|| ApiError::new("RepositoryNotFoundException", words()))
        }
        ExternalChange::Service { cluster, name, capacity_provider } => {
            let service = ServiceFixture { capacity_provider, ..ServiceFixture::default() };
            on_cluster(call.ecs().add_service(&cluster, &name, service))
        }
        ExternalChange::Task { cluster, id, service } => {
            let task = TaskFixture { service, ..TaskFixture::default() };
            on_cluster(call.ecs().add_task(&cluster, &id, task))
        }
        ExternalChange::ContainerInstance { cluster, id } => {
            let instance = ContainerInstance::default();
            on_cluster(call.ecs().add_container_instance(&cluster, &id, instance))
        }
        ExternalChange::CapacityProvider { name } => {
            call.ecs().add_capacity_provider(&name);
            Ok(())
        }
        ExternalChange::RetentionPolicy { name, days } => {
            call.logs().set_account_retention(&name, days);
            Ok(())
        }
        ExternalChange::RolePolicy { role, policy_arn } => {
            let request = iam::AttachRolePolicyRequest {
                role_name: Some(role),
                policy_arn: Some(policy_arn),
            };
            request.run(call).map(drop)
        }
        ExternalChange::InlinePolicy { role, name, document } => {
            let request = iam::PutRolePolicyRequest {
                role_name: Some(role),
                policy_name: Some(name),
                policy_document: Some(document.unwrap_or_else(|| SOME_POLICY.to_owned())),
            };
            request.run(call).map(drop)
        }
        ExternalChange::InstanceProfile { name, role } => {
            iam::add_instance_profile(call, &name, &role)
        }
    }
}

fn on_cluster(is_there: bool) -> ApiResult<()> {
    let missing = || ApiError::new("ClusterNotFoundException", "Cluster not found.");
    if is_there { Ok(()) } else { Err(missing()) }
}
