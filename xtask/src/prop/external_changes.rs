//! What somebody else does to a foundation behind the tool's back.

use infra_core::foundation::Foundation;
use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
use infra_core::provider::{
    CapacityProviders, ContainerInsights, Providers, RetentionDays, TagMutability,
};
use infra_core::tags::Tags;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;

/// One act, of which AWS may refuse parts, as it would.
#[derive(Clone, Debug)]
pub(crate) enum ExternalChanges {
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
    AttachForeign(Which),
    PutForeignInline(Which),
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

/// Draws one act.
pub(crate) fn strategy() -> impl Strategy<Value = ExternalChanges> {
    let which = || prop_oneof![Just(Which::Execution), Just(Which::Task)];
    prop_oneof![
        any::<bool>().prop_map(ExternalChanges::SetInsights),
        Just(ExternalChanges::DropCapacity),
        Just(ExternalChanges::DeleteCluster),
        Just(ExternalChanges::TagCluster),
        which().prop_map(ExternalChanges::TagRole),
        Just(ExternalChanges::TagRepository),
        Just(ExternalChanges::TagLogGroup),
        which().prop_map(ExternalChanges::DeleteRole),
        which().prop_map(ExternalChanges::DetachAll),
        which().prop_map(ExternalChanges::DeleteInline),
        which().prop_map(ExternalChanges::AttachForeign),
        which().prop_map(ExternalChanges::PutForeignInline),
        which().prop_map(ExternalChanges::ChangeTrust),
        which().prop_map(ExternalChanges::Bound),
        Just(ExternalChanges::DeleteRepository),
        Just(ExternalChanges::DeleteRepositoryPolicy),
        Just(ExternalChanges::OpenRepository),
        Just(ExternalChanges::FlipMutability),
        Just(ExternalChanges::FlipScanning),
        Just(ExternalChanges::DeleteLogGroup),
        any::<bool>().prop_map(ExternalChanges::KeepLogs),
        Just(ExternalChanges::UntagLogGroup),
    ]
}

/// Goes on, whatever AWS says: an earlier act may have removed what this one is about.
fn whatever<T>(_: infra_core::Result<T>) {}

impl ExternalChanges {
    /// Does it.
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
            | Self::AttachForeign(which)
            | Self::PutForeignInline(which)
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
                whatever(clusters.update_cluster(&name, &value).await);
            }
            Self::DropCapacity => {
                let none = CapacityProviders::default();
                whatever(clusters.put_capacity_providers(&name, &none).await);
            }
            Self::DeleteCluster => whatever(clusters.delete_cluster(&name).await),
            Self::TagCluster => {
                let arn = foundation.location().arn("ecs", format!("cluster/{name}"));
                whatever(clusters.tag_cluster(&arn, &tags("Owner", "somebody")).await);
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
        let foreign = named("somebody-elses-policy");
        let managed = |name| {
            let partition = foundation.location().partition;
            infra_core::arn::Arn::aws_managed_policy(partition, name)
        };
        match self {
            Self::TagRole(_) => whatever(roles.tag_role(&role, &tags("Owner", "somebody")).await),
            Self::DeleteRole(_) => {
                for policy in roles.list_attached_role_policies(&role).await.unwrap_or_default() {
                    whatever(roles.detach_role_policy(&role, &policy.arn).await);
                }
                for policy in roles.list_role_policies(&role).await.unwrap_or_default() {
                    whatever(roles.delete_role_policy(&role, &policy).await);
                }
                whatever(roles.delete_role(&role).await);
            }
            Self::DetachAll(_) => {
                for policy in roles.list_attached_role_policies(&role).await.unwrap_or_default() {
                    whatever(roles.detach_role_policy(&role, &policy.arn).await);
                }
            }
            Self::DeleteInline(_) => {
                let policy = format!("{base}-ecs-{word}-policy");
                whatever(roles.delete_role_policy(&role, &policy).await);
            }
            Self::AttachForeign(_) => {
                let policy = managed("AmazonS3ReadOnlyAccess");
                whatever(roles.attach_role_policy(&role, &policy).await);
            }
            Self::PutForeignInline(_) => {
                let allow = Statement::allow(["sqs:SendMessage"]).with_resources(["*"]);
                let document = PolicyDocument::new([allow]);
                whatever(roles.put_role_policy(&role, &foreign, &document).await);
            }
            Self::ChangeTrust(_) => {
                let trust = Statement::allow(["sts:AssumeRole"])
                    .with_principal(PrincipalSet::service(["ec2.amazonaws.com"]));
                let trust = PolicyDocument::new([trust]);
                whatever(roles.update_assume_role_policy(&role, &trust).await);
            }
            Self::Bound(_) => {
                let boundary = managed("PowerUserAccess");
                whatever(roles.put_role_permissions_boundary(&role, &boundary).await);
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
                whatever(repositories.tag_repository(&arn, &tags("Owner", "somebody")).await);
            }
            (Self::DeleteRepository, _) => {
                whatever(repositories.delete_repository(&name, true).await);
            }
            (Self::DeleteRepositoryPolicy, _) => {
                whatever(repositories.delete_repository_policy(&name).await);
            }
            (Self::OpenRepository, _) => {
                let open = Statement::allow(["ecr:BatchGetImage"])
                    .with_sid("Open")
                    .with_principal(PrincipalSet::Any);
                let policy = PolicyDocument::new([open]);
                whatever(repositories.set_repository_policy(&name, &policy).await);
            }
            (Self::FlipMutability, Ok(found)) => {
                let flipped = match found.tag_mutability {
                    TagMutability::Mutable => TagMutability::Immutable,
                    _ => TagMutability::Mutable,
                };
                whatever(repositories.put_image_tag_mutability(&name, &flipped).await);
            }
            (Self::FlipScanning, Ok(found)) => {
                let flipped = !found.scan_on_push;
                whatever(repositories.put_image_scanning_configuration(&name, flipped).await);
            }
            _ => {}
        }
    }

    async fn act_on_log_group(&self, base: &str, foundation: &Foundation, providers: &Providers) {
        let (groups, name) = (providers.log_groups(), named(&format!("/ecs/{base}")));
        match self {
            Self::DeleteLogGroup => whatever(groups.delete_log_group(&name).await),
            Self::KeepLogs(true) => whatever(groups.delete_retention_policy(&name).await),
            Self::KeepLogs(false) => {
                if let Ok(days) = RetentionDays::new(545) {
                    whatever(groups.put_retention_policy(&name, days).await);
                }
            }
            Self::TagLogGroup => {
                let arn = foundation.location().arn("logs", format!("log-group:{name}"));
                whatever(groups.tag_log_group(&arn, &tags("Owner", "somebody")).await);
            }
            Self::UntagLogGroup => {
                let arn = foundation.location().arn("logs", format!("log-group:{name}"));
                whatever(groups.untag_log_group(&arn, &["Environment".to_owned()]).await);
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
