//! What users' own code would make beside the resources under test: images, services, tasks, policies of others.
//!
//! The state machine of each service has the finer tools, such as
//! [`ecs::State::add_service`](crate::ecs::State::add_service); this is what most tests need, as values that can
//! be written in JSON too.
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

/// What is put in where no document is given: what a team gives its application first.
const SOME_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

/// Something that somebody else made, in the account and region of the mock that it is put into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum ExternalChange {
    /// A small image in a repository.
    Image {
        /// The repository.
        repository: String,
        /// A tag, which moves where another image has it.
        tag: Option<String>,
    },
    /// A running service on a cluster.
    Service {
        /// The cluster's name.
        cluster: String,
        /// Its own.
        name: String,
        /// The capacity provider that it uses, which then cannot be taken from the cluster.
        capacity_provider: Option<String>,
    },
    /// A running task on a cluster.
    Task {
        /// The cluster's name.
        cluster: String,
        /// Its id.
        id: String,
        /// The name of the service that it belongs to.
        service: Option<String>,
    },
    /// A container instance that is registered with a cluster.
    ContainerInstance {
        /// The cluster's name.
        cluster: String,
        /// Its id.
        id: String,
    },
    /// A capacity provider with an Auto Scaling group.
    CapacityProvider {
        /// Its name.
        name: String,
    },
    /// An account policy that determines the retention of every log group.
    RetentionPolicy {
        /// Its name.
        name: String,
        /// How long events are kept; where missing, they never expire.
        days: Option<i32>,
    },
    /// A managed policy on a role.
    RolePolicy {
        /// The role's name.
        role: String,
        /// The policy, which is there.
        policy_arn: String,
    },
    /// An inline policy of a role.
    InlinePolicy {
        /// The role's name.
        role: String,
        /// Its own.
        name: String,
        /// What it says; where missing, something.
        document: Option<String>,
    },
    /// An instance profile that holds a role.
    InstanceProfile {
        /// Its name.
        name: String,
        /// The role's.
        role: String,
    },
}

/// Why a [`ExternalChange`] was not put in.
#[derive(Debug, thiserror::Error)]
pub enum ExternalChangeError {
    /// As AWS says it of what the seed needs or breaks.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// It was, but the snapshot file could not be written.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl MockAws {
    /// Puts in what somebody else made. It is no call: neither the journal nor faults know of it.
    ///
    /// # Errors
    /// What it belongs to is not there, or AWS would refuse it.
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
