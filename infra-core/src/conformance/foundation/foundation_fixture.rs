//! Helpers for planning and applying a foundation, and scenarios for a newly created foundation.

use crate::arn::Arn;
use crate::conformance::check::{Failure, equal, holds};
use crate::conformance::show::{changes, outline};
use crate::conformance::{Fixture, Verdict};
use crate::engine::{
    ChangeKind, Detail, Goal, Observation, Plan, Report, RunOptions, Stack, Verdict as Finding,
};
use crate::error::OrAbsent;
use crate::foundation::{Foundation, FoundationSpec};
use crate::names::{ClusterName, LogGroupName, PolicyName, RepositoryName, RoleName, RolePath};
use crate::policy::{PolicyDocument, PrincipalSet, Statement};
use crate::provider::{
    AttachedPolicy, CapacityProviders, ClusterConfiguration, ClusterStatus, ContainerInsights,
    Encryption, LogGroupClass, Role, RoleSpec, StrategyItem, TagMutability,
};
use crate::tags::Tags;

scenarios! { "foundation" needs [Identity, Clusters, Roles, Repositories, LogGroups]:
    foundation_is_created_and_the_next_plan_is_empty;
    cluster_has_the_default_attributes;
    roles_have_the_default_attributes;
    repository_has_the_default_attributes;
    log_group_has_the_default_attributes;
    outputs_match_the_created_resources;
    every_resource_name_can_be_configured;
    two_foundations_do_not_affect_each_other;
}

/// Make every resource match the configuration. An unmanaged resource is a conflict.
pub(super) const PRESENT: Goal = Goal::Present { adopt: false };
/// Make every resource match the configuration, and adopt unmanaged resources.
pub(super) const ADOPT: Goal = Goal::Present { adopt: true };
/// Delete all managed resources.
pub(super) const ABSENT: Goal = Goal::Absent { force: false };
/// Delete all managed resources, and also remove anything that would prevent this: unmanaged
/// policies on managed roles, and images in a managed repository for which `force_delete` is off.
pub(super) const FORCE: Goal = Goal::Absent { force: true };

/// The names of a foundation's resources.
#[derive(Clone, Debug)]
pub(in crate::conformance) struct Names {
    pub(super) cluster: ClusterName,
    pub(super) cluster_arn: Arn,
    pub(super) execution_role: RoleName,
    pub(super) task_role: RoleName,
    pub(super) task_policy: PolicyName,
    pub(super) repository: RepositoryName,
    pub(super) repository_arn: Arn,
    pub(super) log_group: LogGroupName,
    pub(super) log_group_arn: Arn,
}

/// A fixture with the names of one foundation's resources. Most scenarios use the foundation
/// `PREFIX-t` with the default configuration.
#[derive(Debug)]
pub(in crate::conformance) struct FoundationFixture<'a> {
    pub(super) at: &'a Fixture,
    pub(super) names: Names,
    options: RunOptions,
}

impl<'a> FoundationFixture<'a> {
    /// Computes the names of the foundation's resources, without creating the resources.
    pub(super) fn new(at: &'a Fixture) -> Verdict<Self> {
        let (cluster, repository) = (at.cluster("t-cluster")?, at.repository("t-app")?);
        let log_group = at.own_log_group(format!("/ecs/{}-t", at.prefix()).parse()?);
        let location = at.location();
        let names = Names {
            cluster_arn: location.arn("ecs", format!("cluster/{cluster}")),
            cluster,
            execution_role: at.role("t-ecs-execution-role")?,
            task_role: at.role("t-ecs-task-role")?,
            task_policy: format!("{}-t-ecs-task-policy", at.prefix()).parse()?,
            repository_arn: location.arn("ecr", format!("repository/{repository}")),
            repository,
            log_group_arn: location.arn("logs", format!("log-group:{log_group}")),
            log_group,
        };
        Ok(Self { at, names, options: RunOptions::default() })
    }

    /// Creates a fixture and the foundation that `spec` describes.
    pub(super) async fn created(at: &'a Fixture, spec: &FoundationSpec) -> Verdict<Self> {
        let setup = Self::new(at)?;
        setup.run(spec, PRESENT).await?;
        Ok(setup)
    }

    fn foundation(&self, spec: &FoundationSpec) -> Verdict<Foundation> {
        let foundation = Foundation::new(spec.clone(), self.at.location().clone());
        foundation.map_err(|errors| Failure::new(format!("the specification is invalid: {errors}")))
    }

    fn stack(&self, spec: &FoundationSpec) -> Verdict<Stack> {
        Ok(self.foundation(spec)?.stack(self.at.providers()))
    }

    async fn observe(&self, stack: &Stack, detail: Detail) -> Verdict<Observation> {
        let observed = stack.observe(detail, &self.options).await;
        observed.map_err(|errors| Failure::new(format!("cannot read the current state: {errors}")))
    }

    /// Observes the resources in as much detail as the command-line program does, and returns the
    /// plan for the goal.
    pub(super) async fn plan(&self, spec: &FoundationSpec, goal: Goal) -> Verdict<Plan> {
        let stack = self.stack(spec)?;
        let detail = match goal {
            Goal::Absent { .. } => Detail::Contents,
            Goal::Present { .. } => Detail::Attributes,
        };
        let observation = self.observe(&stack, detail).await?;
        Ok(stack.plan(&observation, goal))
    }

    /// Applies a plan and returns the report, even if steps fail.
    pub(super) async fn try_apply(&self, spec: &FoundationSpec, plan: &Plan) -> Verdict<Report> {
        let report = self.stack(spec)?.apply(plan, &self.options).await;
        report.map_err(|errors| Failure::new(format!("the plan was refused: {errors}")))
    }

    /// Applies a plan and checks that every step succeeds.
    pub(super) async fn apply(&self, spec: &FoundationSpec, plan: &Plan) -> Verdict {
        let report = self.try_apply(spec, plan).await?;
        holds(report.is_success(), format!("the plan is applied successfully: {report:#?}"))
    }

    /// Creates the plan for a goal, applies the plan, and checks that every step succeeds.
    pub(super) async fn run(&self, spec: &FoundationSpec, goal: Goal) -> Verdict<Plan> {
        let plan = self.plan(spec, goal).await?;
        self.apply(spec, &plan).await?;
        Ok(plan)
    }

    /// Replaces the placeholders in `lines`, and then plans repeatedly until the plan contains
    /// exactly the changes in `lines`. Fails if the fixture's time limit is reached first.
    pub(super) async fn plan_of(&self, spec: &FoundationSpec, lines: &[String]) -> Verdict<Plan> {
        let lines: Vec<String> = lines.iter().map(|line| self.at.text(line)).collect();
        let mut patience = self.at.patience();
        loop {
            let plan = self.plan(spec, PRESENT).await?;
            let shown = changes(&plan);
            if shown == lines {
                return Ok(plan);
            }
            if !patience.wait().await {
                equal(&shown, &lines)?;
            }
        }
    }

    /// Checks that the plan is empty and that no finding reports a difference.
    pub(super) async fn has_converged(&self, spec: &FoundationSpec) -> Verdict {
        let plan = self.plan_of(spec, &[]).await?;
        holds(plan.is_empty(), format!("the plan is empty: {:#?}", outline(&plan)))?;
        let different = self.differences(spec).await?;
        equal(different.as_slice(), &[""; 0])
    }

    /// Returns the findings that report a difference.
    pub(super) async fn differences(&self, spec: &FoundationSpec) -> Verdict<Vec<String>> {
        let stack = self.stack(spec)?;
        let observation = self.observe(&stack, Detail::Contents).await?;
        let findings = stack.inspect(&observation).into_iter();
        let different = findings.filter(|finding| finding.verdict == Finding::Differs);
        Ok(different.map(|finding| format!("{finding:?}")).collect())
    }

    /// Checks that the plan is not executable and that applying it fails.
    pub(super) async fn is_not_applied(&self, spec: &FoundationSpec, plan: &Plan) -> Verdict {
        holds(!plan.is_executable(), format!("the plan is not executable: {plan:#?}"))?;
        let refused = self.stack(spec)?.apply(plan, &self.options).await.is_err();
        holds(refused, "a plan with conflicts or blockers is refused")
    }

    /// Checks that `left` lists exactly the foundation's named resources that still exist. Policies
    /// and capacity providers are not checked.
    pub(super) async fn only_these_remain(&self, left: &[&str]) -> Verdict {
        let mut patience = self.at.patience();
        loop {
            let there = self.there().await?;
            if there == left {
                return Ok(());
            }
            if !patience.wait().await {
                return equal(there.as_slice(), left);
            }
        }
    }

    /// Returns the labels of the foundation's named resources that exist.
    async fn there(&self) -> Verdict<Vec<&'static str>> {
        let (at, names) = (self.at, &self.names);
        let mut there = Vec::new();
        let cluster = at.clusters().describe_cluster(&names.cluster, false).await.or_absent()?;
        if cluster.is_some_and(|cluster| cluster.status != ClusterStatus::Inactive) {
            there.push("cluster");
        }
        if at.roles().get_role(&names.execution_role).await.or_absent()?.is_some() {
            there.push("execution role");
        }
        if at.roles().get_role(&names.task_role).await.or_absent()?.is_some() {
            there.push("task role");
        }
        let repository = at.repositories().describe_repository(&names.repository).await;
        if repository.or_absent()?.is_some() {
            there.push("repository");
        }
        if at.log_groups().describe_log_group(&names.log_group).await.or_absent()?.is_some() {
            there.push("log group");
        }
        Ok(there)
    }
}

/// Returns the default specification of the foundation `PREFIX-t`.
pub(super) fn spec(at: &Fixture) -> Verdict<FoundationSpec> {
    Ok(FoundationSpec::new(at.prefix().clone(), "t".parse()?))
}

/// Creates a foundation with the default specification.
pub(super) async fn created(at: &Fixture) -> Verdict<(FoundationFixture<'_>, FoundationSpec)> {
    let spec = spec(at)?;
    Ok((FoundationFixture::created(at, &spec).await?, spec))
}

/// Returns capacity providers and a default strategy. Each item of `strategy` consists of a
/// provider's name, base and weight.
pub(super) fn capacity(providers: &[&str], strategy: &[(&str, u32, u32)]) -> CapacityProviders {
    let item = |(name, base, weight): &(&str, u32, u32)| StrategyItem {
        capacity_provider: (*name).to_owned(),
        base: *base,
        weight: *weight,
    };
    CapacityProviders {
        providers: providers.iter().map(|name| (*name).to_owned()).collect(),
        default_strategy: strategy.iter().map(item).collect(),
    }
}

/// Replaces the placeholders in each pattern; see [`Fixture::text`].
pub(super) fn texts(at: &Fixture, patterns: &[&str]) -> Vec<String> {
    patterns.iter().map(|pattern| at.text(pattern)).collect()
}

async fn foundation_is_created_and_the_next_plan_is_empty(at: &Fixture) -> Verdict {
    let (setup, spec) = (FoundationFixture::new(at)?, spec(at)?);
    let plan = setup.run(&spec, PRESENT).await?;
    equal(&plan.summary().create, &9)?;
    setup.has_converged(&spec).await?;
    let plan = setup.run(&spec, PRESENT).await?;
    equal(&plan.summary().no_op, &9)?;
    holds(plan.steps.is_empty() && plan.notices.is_empty(), "the second plan is empty")
}

pub(super) fn named(name: &str) -> Tags {
    Tags::observed([("Name".to_owned(), name.to_owned())])
}

async fn cluster_has_the_default_attributes(at: &Fixture) -> Verdict {
    let Names { cluster, cluster_arn, .. } =
        FoundationFixture::created(at, &spec(at)?).await?.names;
    let found = at.clusters().describe_cluster(&cluster, true).await?;
    equal(&(&found.arn, &found.status), &(&cluster_arn, &ClusterStatus::Active))?;
    equal(&found.container_insights, &Some(ContainerInsights::Enabled))?;
    equal(&found.configuration, &ClusterConfiguration::default())?;
    equal(&found.service_connect_namespace, &None)?;
    equal(&found.capacity, &CapacityProviders::fargate())?;
    equal(&found.tags, &named(cluster.as_str()))
}

/// Returns a policy that lets a service assume a role.
pub(super) fn trust(service: &str) -> PolicyDocument {
    let service = PrincipalSet::service([service]);
    PolicyDocument::new([Statement::allow(["sts:AssumeRole"]).with_principal(service)])
}

/// Returns a role that tasks can assume, with IAM's defaults for everything else.
pub(super) fn role_of_tasks(name: RoleName, tags: Tags) -> RoleSpec {
    RoleSpec {
        name,
        path: RolePath::default(),
        trust: trust("ecs-tasks.amazonaws.com"),
        description: None,
        max_session_duration: 3600,
        permissions_boundary: None,
        tags,
    }
}

async fn roles_have_the_default_attributes(at: &Fixture) -> Verdict {
    let Names { execution_role, task_role, task_policy, log_group_arn, .. } =
        FoundationFixture::created(at, &spec(at)?).await?.names;
    for name in [&execution_role, &task_role] {
        let found = at.roles().get_role(name).await?;
        let Role { arn, path, trust: found_trust, description, .. } = &found;
        equal(arn, &at.location().global_arn("iam", format!("role/{name}")))?;
        equal(path.as_str(), "/")?;
        let expected = trust("ecs-tasks.amazonaws.com");
        holds(found_trust.means_the_same(&expected), format!("{found_trust:?} is {expected:?}"))?;
        equal(&(description, &found.permissions_boundary), &(&None, &None))?;
        equal(&found.max_session_duration, &3600)?;
        equal(&found.tags, &named(name.as_str()))?;
    }
    let policy = at.aws_policy("service-role/AmazonECSTaskExecutionRolePolicy");
    let attached = AttachedPolicy {
        arn: policy.to_string(),
        name: "AmazonECSTaskExecutionRolePolicy".to_owned(),
    };
    equal(&at.roles().list_attached_role_policies(&execution_role).await?, &vec![attached])?;
    equal(&at.roles().list_attached_role_policies(&task_role).await?, &Vec::new())?;
    equal(&at.roles().list_role_policies(&execution_role).await?, &Vec::<String>::new())?;
    equal(&at.roles().list_role_policies(&task_role).await?, &vec![task_policy.to_string()])?;
    let may = Statement::allow(["logs:CreateLogStream", "logs:PutLogEvents"])
        .with_resources([format!("{log_group_arn}:*")]);
    let found = at.roles().get_role_policy(&task_role, &task_policy).await?;
    holds(
        found.means_the_same(&PolicyDocument::new([may])),
        format!("{found:?} allows writing logs"),
    )
}

async fn repository_has_the_default_attributes(at: &Fixture) -> Verdict {
    let Names { repository, repository_arn, execution_role, .. } =
        FoundationFixture::created(at, &spec(at)?).await?.names;
    let found = at.repositories().describe_repository(&repository).await?;
    equal(&found.arn, &repository_arn)?;
    equal(&found.uri, &format!("{}/{repository}", at.location().registry_host()))?;
    equal(&(found.tag_mutability, found.scan_on_push), &(TagMutability::Mutable, true))?;
    equal(&found.encryption, &Encryption::Aes256)?;
    let tags = at.repositories().list_repository_tags(&repository_arn).await?;
    equal(&tags, &named(&format!("{repository}-repo")))?;
    let role = at.location().global_arn("iam", format!("role/{execution_role}"));
    let pull = Statement::allow([
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "ecr:BatchCheckLayerAvailability",
    ]);
    let pull = pull.with_sid("AllowPull").with_principal(PrincipalSet::aws([role.to_string()]));
    let found = at.repositories().get_repository_policy(&repository).await?;
    holds(found.means_the_same(&PolicyDocument::new([pull])), format!("{found:?} allows pulling"))?;
    let lifecycle = at.repositories().get_lifecycle_policy(&repository).await;
    equal(&lifecycle.or_absent()?, &None)
}

async fn log_group_has_the_default_attributes(at: &Fixture) -> Verdict {
    let Names { log_group, log_group_arn, .. } =
        FoundationFixture::created(at, &spec(at)?).await?.names;
    let found = at.log_groups().describe_log_group(&log_group).await?;
    equal(&found.arn, &log_group_arn)?;
    equal(&(found.retention_days, found.class), &(Some(14), LogGroupClass::Standard))?;
    equal(&found.kms_key, &None)?;
    let tags = at.log_groups().list_log_group_tags(&log_group_arn).await?;
    let mut expected = named(&format!("{}-t-ecs-logs", at.prefix()));
    expected.set("Environment", "t")?;
    equal(&tags, &expected)
}

async fn outputs_match_the_created_resources(at: &Fixture) -> Verdict {
    let (setup, spec) = created(at).await?;
    let (outputs, names) = (setup.foundation(&spec)?.outputs(), &setup.names);
    let cluster = at.clusters().describe_cluster(&names.cluster, false).await?.arn.to_string();
    let repository = at.repositories().describe_repository(&names.repository).await?;
    let group = at.log_groups().describe_log_group(&names.log_group).await?.arn.to_string();
    let role = async |name| Verdict::Ok(at.roles().get_role(name).await?.arn.to_string());
    let expected = [
        ("ecs_cluster_id", cluster.clone()),
        ("ecs_cluster_arn", cluster),
        ("ecs_execution_role_arn", role(&names.execution_role).await?),
        ("ecs_task_role_arn", role(&names.task_role).await?),
        ("ecr_repository_url", repository.uri),
        ("ecr_repository_arn", repository.arn.to_string()),
        ("cloudwatch_log_group_name", names.log_group.to_string()),
        ("cloudwatch_log_group_arn", group),
    ];
    let found: Vec<_> = outputs.iter().map(|(name, value)| (name, value.to_owned())).collect();
    equal(found.as_slice(), expected.as_slice())
}

async fn every_resource_name_can_be_configured(at: &Fixture) -> Verdict {
    let (setup, mut spec) = (FoundationFixture::new(at)?, spec(at)?);
    spec.cluster.name = Some(at.cluster("Main")?);
    spec.execution_role.role.name = Some(at.role("Agent")?);
    spec.task_role.role.name = Some(at.role("App")?);
    spec.repository.name = Some(at.repository("team/app")?);
    spec.log_group.name = Some(at.log_group("app")?);
    setup.run(&spec, PRESENT).await?;
    setup.has_converged(&spec).await?;
    setup.only_these_remain(&[]).await?;
    at.clusters().describe_cluster(&at.cluster("Main")?, false).await?;
    at.roles().get_role(&at.role("Agent")?).await?;
    at.roles().get_role(&at.role("App")?).await?;
    at.repositories().describe_repository(&at.repository("team/app")?).await?;
    at.log_groups().describe_log_group(&at.log_group("app")?).await?;
    Ok(())
}

async fn two_foundations_do_not_affect_each_other(at: &Fixture) -> Verdict {
    let (setup, spec) = created(at).await?;
    let mut other = spec.clone();
    other.cluster.name = Some(at.cluster("other")?);
    other.execution_role.role.name = Some(at.role("other-agent")?);
    other.task_role.role.name = Some(at.role("other-app")?);
    other.repository.name = Some(at.repository("other")?);
    other.log_group.name = Some(at.log_group("other")?);
    equal(&setup.run(&other, PRESENT).await?.summary().create, &9)?;
    setup.has_converged(&spec).await?;
    setup.run(&other, ABSENT).await?;
    setup.has_converged(&spec).await?;
    let plan = setup.plan(&other, PRESENT).await?;
    let created = plan.changes.iter().filter(|change| change.action == ChangeKind::Create);
    equal(&created.count(), &9)
}
