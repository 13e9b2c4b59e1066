//! Changes to a foundation that are not made by ecs-foundation.

use infra_core::foundation::Foundation;
use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
use infra_core::provider::{
    CapacityProviders, ContainerInsights, Providers, RetentionDays, TagMutability,
};
use infra_core::tags::Tags;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;

/// An external change to a foundation. AWS may refuse parts of the change.
#[derive(Clone, Debug)]
pub(crate) enum ExternalChange {
    SetInsights(bool),
    DropCapacity,
    DeleteCluster,
    TagCluster,
    TagRole(Which),
    TagRepository,
    TagLogGroup,
    DeleteRole(Which),
    DetachAll(Which),
    DeleteInline(Which),
    AttachUnmanaged(Which),
    PutUnmanagedInline(Which),
    ChangeTrust(Which),
    Bound(Which),
    DeleteRepository,
    DeleteRepositoryPolicy,
    OpenRepository,
    FlipMutability,
    FlipScanning,
    DeleteLogGroup,
    KeepLogs(bool),
    UntagLogGroup,
}

/// One of the two roles.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    Execution,
    Task,
}

/// Draws one external change.
pub(crate) fn strategy() -> impl Strategy<Value = ExternalChange> {
    let which = || prop_oneof![Just(Which::Execution), Just(Which::Task)];
    prop_oneof![
        any::<bool>().prop_map(ExternalChange::SetInsights),
        Just(ExternalChange::DropCapacity),
        Just(ExternalChange::DeleteCluster),
        Just(ExternalChange::TagCluster),
        which().prop_map(ExternalChange::TagRole),
        Just(ExternalChange::TagRepository),
        Just(ExternalChange::TagLogGroup),
        which().prop_map(ExternalChange::DeleteRole),
        which().prop_map(ExternalChange::DetachAll),
        which().prop_map(ExternalChange::DeleteInline),
        which().prop_map(ExternalChange::AttachUnmanaged),
        which().prop_map(ExternalChange::PutUnmanagedInline),
        which().prop_map(ExternalChange::ChangeTrust),
        which().prop_map(ExternalChange::Bound),
        Just(ExternalChange::DeleteRepository),
        Just(ExternalChange::DeleteRepositoryPolicy),
        Just(ExternalChange::OpenRepository),
        Just(ExternalChange::FlipMutability),
        Just(ExternalChange::FlipScanning),
        Just(ExternalChange::DeleteLogGroup),
        any::<bool>().prop_map(ExternalChange::KeepLogs),
        Just(ExternalChange::UntagLogGroup),
    ]
}

/// Ignores the result of a call, because an earlier change may have deleted the resource.
fn ignore<T>(_: infra_core::Result<T>) {}

impl ExternalChange {
    /// Makes the change.
    pub(crate) async fn act(&self, foundation: &Foundation, providers: &Providers) {
        let base = foundation.spec().base_name();
        match self {
            Self::SetInsights(_) | Self::DropCapacity | Self::DeleteCluster | Self::TagCluster => {
                self.act_on_cluster(&base, foundation, providers).await;
            }
            Self::TagRole(which)
            | Self::DeleteRole(which)
            | Self::DetachAll(which)
            | Self::DeleteInline(which)
            | Self::AttachUnmanaged(which)
            | Self::PutUnmanagedInline(which)
            | Self::ChangeTrust(which)
            | Self::Bound(which) => self.act_on_role(*which, &base, foundation, providers).await,
            Self::TagRepository
            | Self::DeleteRepository
            | Self::DeleteRepositoryPolicy
            | Self::OpenRepository
            | Self::FlipMutability
            | Self::FlipScanning => self.act_on_repository(&base, foundation, providers).await,
            Self::DeleteLogGroup | Self::KeepLogs(_) | Self::TagLogGroup | Self::UntagLogGroup => {
                self.act_on_log_group(&base, foundation, providers).await;
            }
        }
    }

    async fn act_on_cluster(&self, base: &str, foundation: &Foundation, providers: &Providers) {
        let (clusters, name) = (providers.clusters(), named(&format!("{base}-cluster")));
        match self {
            Self::SetInsights(enhanced) => {
                let value = if *enhanced {
                    ContainerInsights::Enhanced
                } else {
                    ContainerInsights::Disabled
                };
                ignore(clusters.update_cluster(&name, &value.into()).await);
            }
            Self::DropCapacity => {
                let none = CapacityProviders::default();
                ignore(clusters.put_capacity_providers(&name, &none).await);
            }
            Self::DeleteCluster => ignore(clusters.delete_cluster(&name).await),
            Self::TagCluster => {
                let arn = foundation.location().arn("ecs", format!("cluster/{name}"));
                ignore(clusters.tag_cluster(&arn, &tags("Owner", "somebody")).await);
            }
            _ => {}
        }
    }

    async fn act_on_role(
        &self,
        which: Which,
        base: &str,
        foundation: &Foundation,
        providers: &Providers,
    ) {
        let (word, roles) = (which.word(), providers.roles());
        let role = named(&format!("{base}-ecs-{word}-role"));
        let unmanaged = named("unmanaged-policy");
        let managed = |name| {
            let partition = foundation.location().partition;
            infra_core::arn::Arn::aws_managed_policy(partition, name)
        };
        match self {
            Self::TagRole(_) => ignore(roles.tag_role(&role, &tags("Owner", "somebody")).await),
            Self::DeleteRole(_) => {
                for policy in roles.list_attached_role_policies(&role).await.unwrap_or_default() {
                    ignore(roles.detach_role_policy(&role, &policy.arn).await);
                }
                for policy in roles.list_role_policies(&role).await.unwrap_or_default() {
                    ignore(roles.delete_role_policy(&role, &policy).await);
                }
                ignore(roles.delete_role(&role).await);
            }
            Self::DetachAll(_) => {
                for policy in roles.list_attached_role_policies(&role).await.unwrap_or_default() {
                    ignore(roles.detach_role_policy(&role, &policy.arn).await);
                }
            }
            Self::DeleteInline(_) => {
                let policy = format!("{base}-ecs-{word}-policy");
                ignore(roles.delete_role_policy(&role, &policy).await);
            }
            Self::AttachUnmanaged(_) => {
                let policy = managed("AmazonS3ReadOnlyAccess");
                ignore(roles.attach_role_policy(&role, &policy).await);
            }
            Self::PutUnmanagedInline(_) => {
                let allow = Statement::allow(["sqs:SendMessage"]).with_resources(["*"]);
                let document = PolicyDocument::new([allow]);
                ignore(roles.put_role_policy(&role, &unmanaged, &document).await);
            }
            Self::ChangeTrust(_) => {
                let trust = Statement::allow(["sts:AssumeRole"])
                    .with_principal(PrincipalSet::service(["ec2.amazonaws.com"]));
                let trust = PolicyDocument::new([trust]);
                ignore(roles.update_assume_role_policy(&role, &trust).await);
            }
            Self::Bound(_) => {
                let boundary = managed("PowerUserAccess");
                ignore(roles.put_role_permissions_boundary(&role, &boundary).await);
            }
            _ => {}
        }
    }

    async fn act_on_repository(&self, base: &str, foundation: &Foundation, providers: &Providers) {
        let (repositories, name) = (providers.repositories(), named(&format!("{base}-app")));
        let found = repositories.describe_repository(&name).await;
        match (self, found) {
            (Self::TagRepository, _) => {
                let arn = foundation.location().arn("ecr", format!("repository/{name}"));
                ignore(repositories.tag_repository(&arn, &tags("Owner", "somebody")).await);
            }
            (Self::DeleteRepository, _) => {
                ignore(repositories.delete_repository(&name, true).await);
            }
            (Self::DeleteRepositoryPolicy, _) => {
                ignore(repositories.delete_repository_policy(&name).await);
            }
            (Self::OpenRepository, _) => {
                let open = Statement::allow(["ecr:BatchGetImage"])
                    .with_sid("Open")
                    .with_principal(PrincipalSet::Any);
                let policy = PolicyDocument::new([open]);
                ignore(repositories.set_repository_policy(&name, &policy).await);
            }
            (Self::FlipMutability, Ok(found)) => {
                let flipped = match found.tag_mutability {
                    TagMutability::Mutable => TagMutability::Immutable,
                    _ => TagMutability::Mutable,
                };
                ignore(repositories.put_image_tag_mutability(&name, &flipped).await);
            }
            (Self::FlipScanning, Ok(found)) => {
                let flipped = !found.scan_on_push;
                ignore(repositories.put_image_scanning_configuration(&name, flipped).await);
            }
            _ => {}
        }
    }

    async fn act_on_log_group(&self, base: &str, foundation: &Foundation, providers: &Providers) {
        let (groups, name) = (providers.log_groups(), named(&format!("/ecs/{base}")));
        match self {
            Self::DeleteLogGroup => ignore(groups.delete_log_group(&name).await),
            Self::KeepLogs(true) => ignore(groups.delete_retention_policy(&name).await),
            Self::KeepLogs(false) => {
                if let Ok(days) = RetentionDays::new(545) {
                    ignore(groups.put_retention_policy(&name, days).await);
                }
            }
            Self::TagLogGroup => {
                let arn = foundation.location().arn("logs", format!("log-group:{name}"));
                ignore(groups.tag_log_group(&arn, &tags("Owner", "somebody")).await);
            }
            Self::UntagLogGroup => {
                let arn = foundation.location().arn("logs", format!("log-group:{name}"));
                ignore(groups.untag_log_group(&arn, &["Environment".to_owned()]).await);
            }
            _ => {}
        }
    }
}

impl Which {
    fn word(self) -> &'static str {
        match self {
            Self::Execution => "execution",
            Self::Task => "task",
        }
    }
}

fn named<T: std::str::FromStr>(name: &str) -> T {
    name.parse().unwrap_or_else(|_| panic!("{name} is a valid name"))
}

fn tags(key: &str, value: &str) -> Tags {
    Tags::observed([(key.to_owned(), value.to_owned())])
}
