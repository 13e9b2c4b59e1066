//! Providers that go wrong to order: slow, refusing, answers lost on the way.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use infra_core::arn::Arn;
use infra_core::error::{Error, ErrorKind, Result};
use infra_core::names::{ClusterName, LogGroupName, PolicyName, RepositoryName, RoleName};
use infra_core::operation::{Operation, ecr, ecs, iam, logs, sts};
use infra_core::policy::{PolicyDocument, PolicyText};
use infra_core::provider::{
    AttachedPolicy, CallerIdentity, CapacityProviders, Cluster, ClusterProvider, ClusterSpec,
    ContainerInsights, IdentityProvider, LogGroup, LogGroupProvider, LogGroupSpec, Providers,
    Repository, RepositoryProvider, RepositorySpec, RetentionDays, Role, RoleProvider, RoleSpec,
    TagMutability,
};
use infra_core::tags::Tags;

/// What goes wrong with one call.
pub enum Fault {
    /// Something happens in the world just before the call.
    Before(Box<dyn FnOnce() + Send>),
    /// AWS refuses with this code and these words; the call has no effect.
    Refuse(&'static str, &'static str),
    /// The call takes effect, and its answer is lost.
    LoseAnswer,
    /// The call takes effect, its answer is lost, and the SDK makes it once more.
    Retry,
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(_) => f.write_str("Before(..)"),
            Self::Refuse(code, _) => write!(f, "Refuse({code})"),
            Self::LoseAnswer => f.write_str("LoseAnswer"),
            Self::Retry => f.write_str("Retry"),
        }
    }
}

/// Where a connection breaks for good.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// How many changing calls still go through.
    left: usize,
    /// Whether the one that it breaks on takes effect all the same.
    takes_effect: bool,
}

/// What is to go wrong. `Clone` shares it, so that a test can add to it while a run is under way.
#[derive(Clone, Debug, Default)]
pub struct Script(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    delay: Duration,
    faults: BTreeMap<Operation, VecDeque<Fault>>,
    cut: Option<Cut>,
}

impl Script {
    /// Nothing goes wrong.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every call takes that long.
    pub fn delayed(self, delay: Duration) -> Self {
        self.with(|lines| lines.delay = delay);
        self
    }

    /// The next call of that operation, after those that were named before, goes wrong.
    pub fn fault(self, operation: Operation, fault: Fault) -> Self {
        self.with(|lines| lines.faults.entry(operation).or_default().push_back(fault));
        self
    }

    /// After that many changing calls the connection is gone, for every call that follows.
    ///
    /// The changing call on which it breaks may take effect all the same, as when a process is killed while
    /// it waits for the answer.
    pub fn cut(self, after: usize, takes_effect: bool) -> Self {
        self.with(|lines| lines.cut = Some(Cut { left: after, takes_effect }));
        self
    }

    /// Whether every fault has come up.
    pub fn is_done(&self) -> bool {
        self.with(|lines| lines.faults.values().all(VecDeque::is_empty))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Lines) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the call reaches AWS and whether its answer comes back, by the cut.
    fn connection(&self, operation: Operation) -> (bool, bool) {
        self.with(|lines| match &mut lines.cut {
            None => (true, true),
            Some(cut) if cut.left > 0 => {
                cut.left -= usize::from(operation.changes());
                (true, true)
            }
            // Reads between the last call that goes through and the one that breaks still work.
            Some(cut) if cut.takes_effect && !operation.changes() => (true, true),
            Some(cut) => (std::mem::take(&mut cut.takes_effect), false),
        })
    }

    async fn through<T, F>(&self, operation: Operation, call: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let lost = || {
            Error::new(ErrorKind::Connection, "connection reset by peer").with_operation(operation)
        };
        let delay = self.with(|lines| lines.delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let (arrives, answers) = self.connection(operation);
        if !arrives {
            return Err(lost());
        }
        let fault = self.with(|lines| lines.faults.get_mut(&operation)?.pop_front());
        let result = match fault {
            None => call().await,
            Some(Fault::Before(act)) => {
                act();
                call().await
            }
            Some(Fault::Refuse(code, message)) => {
                Err(Error::from_aws(operation, code, message, Some(400)))
            }
            Some(Fault::LoseAnswer) => {
                call().await?;
                Err(lost())
            }
            Some(Fault::Retry) => {
                call().await?;
                call().await
            }
        };
        if answers { result } else { Err(lost()) }
    }
}

/// Providers behind which a [`Script`] is played.
#[derive(Debug)]
pub struct Tampered {
    inner: Providers,
    script: Script,
}

impl Tampered {
    /// `inner`, with the script in between.
    pub fn providers(inner: Providers, script: &Script) -> Providers {
        let region = inner.region().clone();
        Providers::from_one(region, Self { inner, script: script.clone() })
    }
}

macro_rules! tampered {
    ($trait:ident, $of:ident: $(
        $operation:expr => $method:ident($($arg:ident: $type:ty),*) -> $output:ty;
    )+) => {
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl $trait for Tampered {
            $(async fn $method(&self, $($arg: $type),*) -> Result<$output> {
                self.script.through($operation, || self.inner.$of().$method($($arg),*)).await
            })+
        }
    };
}

tampered! { IdentityProvider, identity:
    sts::GET_CALLER_IDENTITY => caller_identity() -> CallerIdentity;
}

tampered! { ClusterProvider, clusters:
    ecs::DESCRIBE_CLUSTERS => describe_cluster(name: &ClusterName) -> Cluster;
    ecs::CREATE_CLUSTER => create_cluster(spec: &ClusterSpec) -> Cluster;
    ecs::UPDATE_CLUSTER =>
        update_cluster(name: &ClusterName, insights: &ContainerInsights) -> ();
    ecs::PUT_CLUSTER_CAPACITY_PROVIDERS =>
        put_capacity_providers(name: &ClusterName, capacity: &CapacityProviders) -> ();
    ecs::DELETE_CLUSTER => delete_cluster(name: &ClusterName) -> ();
    ecs::LIST_SERVICES => list_services(name: &ClusterName) -> Vec<String>;
    ecs::LIST_TASKS => list_tasks(name: &ClusterName) -> Vec<String>;
    ecs::LIST_CONTAINER_INSTANCES => list_container_instances(name: &ClusterName) -> Vec<String>;
    ecs::TAG_RESOURCE => tag_cluster(arn: &Arn, tags: &Tags) -> ();
    ecs::UNTAG_RESOURCE => untag_cluster(arn: &Arn, keys: &[String]) -> ();
}

tampered! { RoleProvider, roles:
    iam::GET_ROLE => get_role(name: &RoleName) -> Role;
    iam::CREATE_ROLE => create_role(spec: &RoleSpec) -> Role;
    iam::UPDATE_ROLE => update_role(name: &RoleName, seconds: u32, text: Option<&str>) -> ();
    iam::UPDATE_ASSUME_ROLE_POLICY =>
        update_assume_role_policy(name: &RoleName, trust: &PolicyDocument) -> ();
    iam::PUT_ROLE_PERMISSIONS_BOUNDARY =>
        put_role_permissions_boundary(name: &RoleName, policy: &Arn) -> ();
    iam::DELETE_ROLE_PERMISSIONS_BOUNDARY =>
        delete_role_permissions_boundary(name: &RoleName) -> ();
    iam::DELETE_ROLE => delete_role(name: &RoleName) -> ();
    iam::LIST_ATTACHED_ROLE_POLICIES =>
        list_attached_role_policies(name: &RoleName) -> Vec<AttachedPolicy>;
    iam::ATTACH_ROLE_POLICY => attach_role_policy(name: &RoleName, policy: &Arn) -> ();
    iam::DETACH_ROLE_POLICY => detach_role_policy(name: &RoleName, policy: &str) -> ();
    iam::LIST_ROLE_POLICIES => list_role_policies(name: &RoleName) -> Vec<String>;
    iam::GET_ROLE_POLICY => get_role_policy(name: &RoleName, policy: &PolicyName) -> PolicyText;
    iam::PUT_ROLE_POLICY =>
        put_role_policy(name: &RoleName, policy: &PolicyName, document: &PolicyDocument) -> ();
    iam::DELETE_ROLE_POLICY => delete_role_policy(name: &RoleName, policy: &str) -> ();
    iam::LIST_INSTANCE_PROFILES_FOR_ROLE =>
        list_instance_profiles_for_role(name: &RoleName) -> Vec<String>;
    iam::TAG_ROLE => tag_role(name: &RoleName, tags: &Tags) -> ();
    iam::UNTAG_ROLE => untag_role(name: &RoleName, keys: &[String]) -> ();
}

tampered! { RepositoryProvider, repositories:
    ecr::DESCRIBE_REPOSITORIES => describe_repository(name: &RepositoryName) -> Repository;
    ecr::CREATE_REPOSITORY => create_repository(spec: &RepositorySpec) -> Repository;
    ecr::DELETE_REPOSITORY => delete_repository(name: &RepositoryName, force: bool) -> ();
    ecr::PUT_IMAGE_TAG_MUTABILITY =>
        put_image_tag_mutability(name: &RepositoryName, mutability: &TagMutability) -> ();
    ecr::PUT_IMAGE_SCANNING_CONFIGURATION =>
        put_image_scanning_configuration(name: &RepositoryName, on: bool) -> ();
    ecr::GET_REPOSITORY_POLICY => get_repository_policy(name: &RepositoryName) -> PolicyText;
    ecr::SET_REPOSITORY_POLICY =>
        set_repository_policy(name: &RepositoryName, policy: &PolicyDocument) -> ();
    ecr::DELETE_REPOSITORY_POLICY => delete_repository_policy(name: &RepositoryName) -> ();
    ecr::GET_LIFECYCLE_POLICY => get_lifecycle_policy(name: &RepositoryName) -> String;
    ecr::PUT_LIFECYCLE_POLICY => put_lifecycle_policy(name: &RepositoryName, text: &str) -> ();
    ecr::DELETE_LIFECYCLE_POLICY => delete_lifecycle_policy(name: &RepositoryName) -> ();
    ecr::LIST_IMAGES => count_images(name: &RepositoryName) -> u64;
    ecr::LIST_TAGS_FOR_RESOURCE => list_repository_tags(arn: &Arn) -> Tags;
    ecr::TAG_RESOURCE => tag_repository(arn: &Arn, tags: &Tags) -> ();
    ecr::UNTAG_RESOURCE => untag_repository(arn: &Arn, keys: &[String]) -> ();
}

tampered! { LogGroupProvider, log_groups:
    logs::DESCRIBE_LOG_GROUPS => describe_log_group(name: &LogGroupName) -> LogGroup;
    logs::CREATE_LOG_GROUP => create_log_group(spec: &LogGroupSpec) -> ();
    logs::DELETE_LOG_GROUP => delete_log_group(name: &LogGroupName) -> ();
    logs::PUT_RETENTION_POLICY =>
        put_retention_policy(name: &LogGroupName, days: RetentionDays) -> ();
    logs::DELETE_RETENTION_POLICY => delete_retention_policy(name: &LogGroupName) -> ();
    logs::ASSOCIATE_KMS_KEY => associate_kms_key(name: &LogGroupName, key: &Arn) -> ();
    logs::DISASSOCIATE_KMS_KEY => disassociate_kms_key(name: &LogGroupName) -> ();
    logs::DESCRIBE_LOG_STREAMS => count_log_streams(name: &LogGroupName, at_most: u64) -> u64;
    logs::LIST_TAGS_FOR_RESOURCE => list_log_group_tags(arn: &Arn) -> Tags;
    logs::TAG_RESOURCE => tag_log_group(arn: &Arn, tags: &Tags) -> ();
    logs::UNTAG_RESOURCE => untag_log_group(arn: &Arn, keys: &[String]) -> ();
}
