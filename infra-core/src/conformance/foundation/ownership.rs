//! Scenarios for unmanaged resources with the same names as the foundation's resources. Unless the
//! caller requests adoption, the plan reports such a resource as a conflict and does not change it.

use std::fmt::Debug;

use super::foundation_fixture::{
    ABSENT, ADOPT, FORCE, FoundationFixture, PRESENT, role_of_tasks, spec, texts, trust,
};
use crate::conformance::check::{equal, holds};
use crate::conformance::show::{calls, changes, conflicts, notices};
use crate::conformance::{Fixture, Scenario, Verdict};
use crate::error::Result;
use crate::provider::{
    CapacityProviders, Cluster, ClusterConfiguration, ClusterSpec, ContainerInsights, Encryption,
    LogGroupClass, LogGroupSpec, RepositorySpec, Role, RoleSpec, TagMutability,
};
use crate::tags::Tags;

/// One of the foundation's resources. Scenarios create an unmanaged resource with the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NamedResource {
    Cluster,
    ExecutionRole,
    TaskRole,
    Repository,
    LogGroup,
}

/// A snapshot of a resource and its tags, for checking that neither has changed.
type State = Box<dyn Debug>;

impl NamedResource {
    const ALL: [Self; 5] =
        [Self::Cluster, Self::ExecutionRole, Self::TaskRole, Self::Repository, Self::LogGroup];

    fn address(self) -> &'static str {
        match self {
            Self::Cluster => "ecs_cluster.main",
            Self::ExecutionRole => "iam_role.ecs_execution_role",
            Self::TaskRole => "iam_role.ecs_task_role",
            Self::Repository => "ecr_repository.app",
            Self::LogGroup => "cloudwatch_log_group.ecs",
        }
    }

    fn name(self, setup: &FoundationFixture<'_>) -> String {
        match self {
            Self::Cluster => setup.names.cluster.to_string(),
            Self::ExecutionRole => setup.names.execution_role.to_string(),
            Self::TaskRole => setup.names.task_role.to_string(),
            Self::Repository => setup.names.repository.to_string(),
            Self::LogGroup => setup.names.log_group.to_string(),
        }
    }

    /// Returns the Name tag that marks the resource as managed.
    fn managed_name_tag(self, setup: &FoundationFixture<'_>) -> String {
        match self {
            Self::Cluster | Self::ExecutionRole | Self::TaskRole => self.name(setup),
            Self::Repository => format!("{}-repo", setup.names.repository),
            Self::LogGroup => setup.at.text("PREFIX-t-ecs-logs"),
        }
    }

    /// Returns the label that `only_these_remain` uses for the resource.
    fn label(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::ExecutionRole => "execution role",
            Self::TaskRole => "task role",
            Self::Repository => "repository",
            Self::LogGroup => "log group",
        }
    }

    /// Creates an unmanaged resource with attributes that differ from the configuration. Its Name
    /// tag is `name_tag`, or is missing if `name_tag` is `None`.
    async fn create_unmanaged(
        self,
        setup: &FoundationFixture<'_>,
        name_tag: Option<&str>,
    ) -> Verdict {
        let (at, names) = (setup.at, &setup.names);
        let name_tag = name_tag.map(|name| ("Name", name));
        let tags = [("Owner", "somebody")].into_iter().chain(name_tag);
        let tags = Tags::observed(tags.map(|(key, value)| (key.to_owned(), value.to_owned())));
        let role = |name, tags| RoleSpec {
            trust: trust("ec2.amazonaws.com"),
            max_session_duration: 7200,
            ..role_of_tasks(name, tags)
        };
        match self {
            Self::Cluster => {
                let container_insights = ContainerInsights::Disabled;
                let (name, capacity) = (names.cluster.clone(), CapacityProviders::default());
                let spec = ClusterSpec {
                    name,
                    container_insights,
                    configuration: ClusterConfiguration::default(),
                    service_connect_namespace: None,
                    capacity,
                    tags,
                };
                at.clusters().create_cluster(&spec).await?;
            }
            Self::ExecutionRole => {
                at.roles().create_role(&role(names.execution_role.clone(), tags)).await?;
            }
            Self::TaskRole => {
                at.roles().create_role(&role(names.task_role.clone(), tags)).await?;
            }
            Self::Repository => {
                let spec = RepositorySpec {
                    name: names.repository.clone(),
                    tag_mutability: TagMutability::Immutable,
                    scan_on_push: false,
                    encryption: Encryption::Aes256,
                    tags,
                };
                at.repositories().create_repository(&spec).await?;
            }
            Self::LogGroup => {
                let (name, class) = (names.log_group.clone(), LogGroupClass::Standard);
                let spec = LogGroupSpec { name, class, kms_key: None, tags };
                at.log_groups().create_log_group(&spec).await?;
            }
        }
        Ok(())
    }

    /// Deletes the managed resource and everything that is attached to it.
    async fn delete_managed(self, setup: &FoundationFixture<'_>) -> Verdict {
        let (at, names) = (setup.at, &setup.names);
        match self {
            Self::Cluster => at.clusters().delete_cluster(&names.cluster).await?,
            Self::ExecutionRole => {
                let policy = at.aws_policy("service-role/AmazonECSTaskExecutionRolePolicy");
                let policy = policy.to_string();
                at.roles().detach_role_policy(&names.execution_role, &policy).await?;
                at.roles().delete_role(&names.execution_role).await?;
            }
            Self::TaskRole => {
                let policy = names.task_policy.as_str();
                at.roles().delete_role_policy(&names.task_role, policy).await?;
                at.roles().delete_role(&names.task_role).await?;
            }
            Self::Repository => {
                at.repositories().delete_repository(&names.repository, true).await?;
            }
            Self::LogGroup => at.log_groups().delete_log_group(&names.log_group).await?,
        }
        Ok(())
    }

    async fn state(self, setup: &FoundationFixture<'_>) -> Result<State> {
        let (at, names) = (setup.at, &setup.names);
        Ok(match self {
            Self::Cluster => {
                let found: Cluster = at.clusters().describe_cluster(&names.cluster, false).await?;
                Box::new(found)
            }
            Self::ExecutionRole | Self::TaskRole => {
                let role =
                    if self == Self::TaskRole { &names.task_role } else { &names.execution_role };
                let found: Role = at.roles().get_role(role).await?;
                Box::new((found, at.roles().list_attached_role_policies(role).await?))
            }
            Self::Repository => {
                let found = at.repositories().describe_repository(&names.repository).await?;
                let tags = at.repositories().list_repository_tags(&names.repository_arn).await?;
                Box::new((found, tags))
            }
            Self::LogGroup => {
                let found = at.log_groups().describe_log_group(&names.log_group).await?;
                let tags = at.log_groups().list_log_group_tags(&names.log_group_arn).await?;
                Box::new((found, tags))
            }
        })
    }

    async fn untag(self, setup: &FoundationFixture<'_>) -> Verdict {
        let (at, names, key) = (setup.at, &setup.names, ["Name".to_owned()]);
        match self {
            Self::Cluster => at.clusters().untag_cluster(&names.cluster_arn, &key).await?,
            Self::ExecutionRole => at.roles().untag_role(&names.execution_role, &key).await?,
            Self::TaskRole => at.roles().untag_role(&names.task_role, &key).await?,
            Self::Repository => {
                at.repositories().untag_repository(&names.repository_arn, &key).await?;
            }
            Self::LogGroup => at.log_groups().untag_log_group(&names.log_group_arn, &key).await?,
        }
        Ok(())
    }
}

fn reason(
    setup: &FoundationFixture<'_>,
    resource: NamedResource,
    name_tag: Option<&str>,
) -> String {
    let managed = resource.managed_name_tag(setup);
    match name_tag {
        Some(other) => format!("its Name tag is {other:?}, expected {managed:?}"),
        None => format!("its Name tag is missing, expected {managed:?}"),
    }
}

/// Creates only the unmanaged resource, and checks that the plan reports it as a conflict and that
/// the resource stays unchanged.
async fn conflicting(at: &Fixture, resource: NamedResource, name_tag: Option<&str>) -> Verdict {
    let (setup, spec) = (FoundationFixture::new(at)?, spec(at)?);
    resource.create_unmanaged(&setup, name_tag).await?;
    let before = resource.state(&setup).await?;
    let plan = setup.plan(&spec, PRESENT).await?;
    let reason = reason(&setup, resource, name_tag);
    let expected = format!("{} {}: {reason}", resource.address(), resource.name(&setup));
    equal(&conflicts(&plan), &vec![expected])?;
    holds(!plan.is_empty(), "the plan has changes")?;
    setup.is_not_applied(&spec, &plan).await?;
    let after = resource.state(&setup).await?;
    equal(&format!("{after:?}"), &format!("{before:?}"))?;
    setup.only_these_remain(&[resource.label()]).await
}

/// Creates a complete foundation, and then replaces one of its resources with an unmanaged
/// resource.
async fn with_unmanaged<'a>(
    at: &'a Fixture,
    resource: NamedResource,
    name_tag: Option<&str>,
) -> Verdict<FoundationFixture<'a>> {
    let setup = FoundationFixture::created(at, &spec(at)?).await?;
    resource.delete_managed(&setup).await?;
    resource.create_unmanaged(&setup, name_tag).await?;
    Ok(setup)
}

async fn adopted(
    at: &Fixture,
    resource: NamedResource,
    name_tag: Option<&str>,
    lines: &[&str],
    expected: &[&str],
) -> Verdict {
    let (setup, spec) = (with_unmanaged(at, resource, name_tag).await?, spec(at)?);
    let plan = setup.plan(&spec, ADOPT).await?;
    let before = name_tag.map_or("null".to_owned(), |tag| format!("{tag:?}"));
    let (address, managed) = (resource.address(), resource.managed_name_tag(&setup));
    let mut lines = texts(at, lines);
    let adopted = lines.iter().filter(|line| line.contains(" adopt ")).count();
    lines.insert(adopted, format!("{address} adopt tags.Name: {before} -> {managed:?}"));
    equal(&changes(&plan), &lines)?;
    let left = format!("{address}: keeps unmanaged tags: Owner");
    holds(notices(&plan).contains(&left), format!("{:?} says: {left}", notices(&plan)))?;
    equal(calls(&plan).as_slice(), expected)?;
    setup.apply(&spec, &plan).await?;
    setup.has_converged(&spec).await
}

async fn left(at: &Fixture, resource: NamedResource, name_tag: Option<&str>) -> Verdict {
    let (setup, spec) = (with_unmanaged(at, resource, name_tag).await?, spec(at)?);
    let before = resource.state(&setup).await?;
    for goal in [ABSENT, FORCE] {
        let plan = setup.run(&spec, goal).await?;
        let reason = reason(&setup, resource, name_tag);
        let expected =
            format!("{}: skipped, not managed by this configuration: {reason}", resource.address());
        equal(&notices(&plan), &vec![expected])?;
        setup.only_these_remain(&[resource.label()]).await?;
        let after = resource.state(&setup).await?;
        equal(&format!("{after:?}"), &format!("{before:?}"))?;
    }
    Ok(())
}

/// Defines six scenarios for each resource. They check that an unmanaged resource is reported as a
/// conflict, is adopted on request, and is not destroyed. Each check runs once with a wrong Name
/// tag and once without a Name tag.
macro_rules! unmanaged_resources {
    ($($resource:ident: $conflicting:ident $conflicting_bare:ident $adopted:ident $adopted_bare:ident $left:ident $left_bare:ident
        plans [$($line:expr),* $(,)?] calls [$($call:literal),* $(,)?];
    )+ $(=> $other:ident;)+) => {
        pub(super) const SCENARIOS: &[Scenario] = &[$(
            scenario!($conflicting, |at| conflicting(at, NamedResource::$resource, Some("other"))),
            scenario!($conflicting_bare, |at| conflicting(at, NamedResource::$resource, None)),
            scenario!($adopted, |at| adopted(at, NamedResource::$resource, Some("other"), &[$($line),*], &[$($call),*])),
            scenario!($adopted_bare, |at| adopted(at, NamedResource::$resource, None, &[$($line),*], &[$($call),*])),
            scenario!($left, |at| left(at, NamedResource::$resource, Some("other"))),
            scenario!($left_bare, |at| left(at, NamedResource::$resource, None)),
        )+ $(scenario!($other, |at| $other(at)),)+];
    };
}

macro_rules! scenario {
    ($name:ident, |$at:ident| $run:expr) => {
        Scenario {
            group: "ownership",
            name: stringify!($name),
            group_needs: crate::conformance::Capability::FOUNDATION,
            own_needs: &[],
            run: |$at| Box::pin($run),
        }
    };
}

unmanaged_resources! {
    Cluster:
        cluster_with_another_name_tag_is_a_conflict cluster_without_a_name_tag_is_a_conflict
        cluster_with_another_name_tag_is_adopted cluster_without_a_name_tag_is_adopted
        cluster_with_another_name_tag_is_not_destroyed cluster_without_a_name_tag_is_not_destroyed
        plans [
            r#"ecs_cluster.main adopt container_insights: "disabled" -> "enabled""#,
            r#"ecs_cluster_capacity_providers.main update capacity_providers: [] -> ["FARGATE","FARGATE_SPOT"]"#,
            r#"ecs_cluster_capacity_providers.main update default_capacity_provider_strategy: [] -> [{"base":1,"capacity_provider":"FARGATE","weight":100}]"#,
        ]
        calls ["ecs:PutClusterCapacityProviders", "ecs:TagResource", "ecs:UpdateCluster"];

    ExecutionRole:
        execution_role_with_another_name_tag_is_a_conflict execution_role_without_a_name_tag_is_a_conflict
        execution_role_with_another_name_tag_is_adopted execution_role_without_a_name_tag_is_adopted
        execution_role_with_another_name_tag_is_not_destroyed execution_role_without_a_name_tag_is_not_destroyed
        plans [
            concat!(
                "iam_role.ecs_execution_role adopt assume_role_policy: ",
                r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"} -> {"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"}}],"Version":"2012-10-17"}"#,
            ),
            "iam_role.ecs_execution_role adopt max_session_duration: 7200 -> 3600",
            r#"iam_role_policy_attachment.ecs_execution_role_policy create policy_arn: null -> "arn:PARTITION:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy""#,
            r#"ecr_repository_policy.app update policy: {"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"AROA~"},"Sid":"AllowPull"}],"Version":"2012-10-17"} -> {"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-execution-role"},"Sid":"AllowPull"}],"Version":"2012-10-17"}"#,
        ]
        calls [
            "ecr:SetRepositoryPolicy", "iam:AttachRolePolicy", "iam:TagRole",
            "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
        ];

    TaskRole:
        task_role_with_another_name_tag_is_a_conflict task_role_without_a_name_tag_is_a_conflict
        task_role_with_another_name_tag_is_adopted task_role_without_a_name_tag_is_adopted
        task_role_with_another_name_tag_is_not_destroyed task_role_without_a_name_tag_is_not_destroyed
        plans [
            concat!(
                "iam_role.ecs_task_role adopt assume_role_policy: ",
                r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"} -> {"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"}}],"Version":"2012-10-17"}"#,
            ),
            "iam_role.ecs_task_role adopt max_session_duration: 7200 -> 3600",
            r#"iam_role_policy.ecs_task_role_policy create policy: null -> {"Statement":[{"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"arn:PARTITION:logs:REGION:ACCOUNT:log-group:/ecs/PREFIX-t:*"}],"Version":"2012-10-17"}"#,
        ]
        calls ["iam:PutRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"];

    Repository:
        repository_with_another_name_tag_is_a_conflict repository_without_a_name_tag_is_a_conflict
        repository_with_another_name_tag_is_adopted repository_without_a_name_tag_is_adopted
        repository_with_another_name_tag_is_not_destroyed repository_without_a_name_tag_is_not_destroyed
        plans [
            r#"ecr_repository.app adopt image_tag_mutability: "IMMUTABLE" -> "MUTABLE""#,
            "ecr_repository.app adopt scan_on_push: false -> true",
            r#"ecr_repository_policy.app create policy: null -> {"Statement":[{"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Effect":"Allow","Principal":{"AWS":"arn:PARTITION:iam::ACCOUNT:role/PREFIX-t-ecs-execution-role"},"Sid":"AllowPull"}],"Version":"2012-10-17"}"#,
        ]
        calls [
            "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability",
            "ecr:SetRepositoryPolicy", "ecr:TagResource",
        ];

    LogGroup:
        log_group_with_another_name_tag_is_a_conflict log_group_without_a_name_tag_is_a_conflict
        log_group_with_another_name_tag_is_adopted log_group_without_a_name_tag_is_adopted
        log_group_with_another_name_tag_is_not_destroyed log_group_without_a_name_tag_is_not_destroyed
        plans [
            r#"cloudwatch_log_group.ecs adopt retention_in_days: "never" -> 14"#,
            r#"cloudwatch_log_group.ecs adopt tags.Environment: null -> "t""#,
        ]
        calls ["logs:PutRetentionPolicy", "logs:TagResource"];

    => every_conflict_is_reported_together_and_adopted;
    => resource_that_lost_its_name_tag_is_not_managed;
    => adopting_a_matching_resource_only_sets_its_name_tag;
    => adopt_changes_nothing_if_everything_is_managed;
    => adopting_never_deletes_an_unmanaged_resource;
}

async fn every_conflict_is_reported_together_and_adopted(at: &Fixture) -> Verdict {
    let (setup, spec) = (FoundationFixture::new(at)?, spec(at)?);
    for resource in NamedResource::ALL {
        resource.create_unmanaged(&setup, None).await?;
    }
    let plan = setup.plan(&spec, PRESENT).await?;
    let addresses: Vec<&str> = plan.conflicts.iter().map(|it| it.address.as_str()).collect();
    equal(addresses.as_slice(), NamedResource::ALL.map(NamedResource::address).as_slice())?;
    setup.run(&spec, ADOPT).await?;
    setup.has_converged(&spec).await
}

/// Creates a foundation, and then removes the Name tags from its resources.
async fn untagged(at: &Fixture) -> Verdict<FoundationFixture<'_>> {
    let setup = FoundationFixture::created(at, &spec(at)?).await?;
    for resource in NamedResource::ALL {
        resource.untag(&setup).await?;
    }
    Ok(setup)
}

async fn resource_that_lost_its_name_tag_is_not_managed(at: &Fixture) -> Verdict {
    let (setup, spec) = (untagged(at).await?, spec(at)?);
    equal(&setup.plan(&spec, PRESENT).await?.conflicts.len(), &5)?;
    let plan = setup.run(&spec, ABSENT).await?;
    holds(plan.is_empty() && plan.notices.len() == 5, format!("{:?}", notices(&plan)))?;
    setup.only_these_remain(&NamedResource::ALL.map(NamedResource::label)).await
}

async fn adopting_a_matching_resource_only_sets_its_name_tag(at: &Fixture) -> Verdict {
    let (setup, spec) = (untagged(at).await?, spec(at)?);
    let plan = setup.run(&spec, ADOPT).await?;
    equal(&plan.summary().adopt, &5)?;
    let tags =
        ["ecr:TagResource", "ecs:TagResource", "iam:TagRole", "iam:TagRole", "logs:TagResource"];
    equal(calls(&plan).as_slice(), tags.as_slice())?;
    setup.has_converged(&spec).await
}

async fn adopt_changes_nothing_if_everything_is_managed(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let plan = FoundationFixture::created(at, &spec).await?.plan(&spec, ADOPT).await?;
    holds(plan.is_empty(), format!("the plan is empty: {:?}", changes(&plan)))?;
    equal(&plan.summary().no_op, &9)
}

async fn adopting_never_deletes_an_unmanaged_resource(at: &Fixture) -> Verdict {
    let (setup, mut spec) = (untagged(at).await?, spec(at)?);
    spec.repository.encryption = Encryption::Kms(None);
    spec.log_group.class = LogGroupClass::InfrequentAccess;
    spec.task_role.role.path = "/team/".parse()?;
    let plan = setup.plan(&spec, ADOPT).await?;
    let blocked: Vec<&str> = plan.blockers.iter().map(|blocker| blocker.address.as_str()).collect();
    let expected = ["iam_role.ecs_task_role", "ecr_repository.app", "cloudwatch_log_group.ecs"];
    equal(blocked.as_slice(), expected.as_slice())?;
    let why = "adopting the resource would delete it, because its path cannot be changed";
    equal(plan.blockers[0].message.as_str(), why)?;
    setup.is_not_applied(&spec, &plan).await?;
    setup.only_these_remain(&NamedResource::ALL.map(NamedResource::label)).await
}
