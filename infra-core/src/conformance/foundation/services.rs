//! Scenarios for additional services.

use super::foundation_fixture::{
    ABSENT, ADOPT, FoundationFixture, PRESENT, role_of_tasks, spec, texts,
};
use crate::arn::Arn;
use crate::conformance::check::{Failure, equal, holds};
use crate::conformance::show::{blockers, calls, changes, notices};
use crate::conformance::{Fixture, Verdict};
use crate::error::OrAbsent;
use crate::foundation::{Foundation, FoundationSpec, ServiceSettings};
use crate::names::{LogGroupName, PolicyName, RepositoryName, RoleName};
use crate::policy::{PolicyDocument, Statement};
use crate::provider::{Encryption, LogGroupClass, LogGroupSpec, RepositorySpec, TagMutability};
use crate::tags::Tags;

scenarios! { "services" needs [Identity, Clusters, Roles, Repositories, LogGroups]:
    service_is_created_and_the_next_plan_is_empty;
    service_has_the_default_attributes;
    outputs_match_the_resources_of_a_service;
    service_is_added_to_a_complete_foundation;
    unmanaged_resources_of_a_service_are_conflicts_and_adopted;
    unmanaged_resources_of_a_service_are_not_destroyed;
    services_are_destroyed_with_the_foundation;
    destroying_leaves_services_that_are_not_configured;
    resources_of_a_service_show_that_the_roles_are_of_this_region;
    log_group_of_a_service_tells_whose_environment_it_is;
    task_role_of_a_service_in_another_region_is_refused needs [SecondRegion];
}

/// The names of the `worker` service's resources, and the ARNs required by tag operations.
pub(super) struct Worker {
    pub(super) role: RoleName,
    pub(super) policy: PolicyName,
    pub(super) repository: RepositoryName,
    pub(super) repository_arn: Arn,
    pub(super) log_group: LogGroupName,
    pub(super) log_group_arn: Arn,
}

/// Returns the names of the `worker` service's resources. The resources are deleted when the
/// scenario ends.
pub(super) fn worker(at: &Fixture) -> Verdict<Worker> {
    let (location, repository) = (at.location(), at.repository("t-worker")?);
    let log_group = at.own_log_group(at.text("/ecs/PREFIX-t/worker").parse()?);
    Ok(Worker {
        role: at.role("t-worker-task-role")?,
        policy: at.text("PREFIX-t-worker-task-policy").parse()?,
        repository_arn: location.arn("ecr", format!("repository/{repository}")),
        repository,
        log_group_arn: location.arn("logs", format!("log-group:{log_group}")),
        log_group,
    })
}

/// Adds the service `worker` with default settings to `spec`, and returns the settings.
pub(super) fn add_worker<'s>(
    at: &Fixture,
    spec: &'s mut FoundationSpec,
) -> Verdict<&'s mut ServiceSettings> {
    worker(at)?;
    let settings = ServiceSettings::new(&spec.environment);
    Ok(spec.services.entry("worker".parse()?).or_insert(settings))
}

/// Returns the default specification with the service `worker` added.
fn with_worker(at: &Fixture) -> Verdict<FoundationSpec> {
    let mut spec = spec(at)?;
    add_worker(at, &mut spec)?;
    Ok(spec)
}

const DEFAULT: [&str; 5] = ["cluster", "execution role", "task role", "repository", "log group"];

/// Checks that the `worker` service has exactly the resources in `expected`.
async fn worker_has(at: &Fixture, expected: &[&str]) -> Verdict {
    let (names, mut patience) = (worker(at)?, at.patience());
    loop {
        let mut there = Vec::new();
        if at.roles().get_role(&names.role).await.or_absent()?.is_some() {
            there.push("task role");
        }
        let repository = at.repositories().describe_repository(&names.repository).await;
        if repository.or_absent()?.is_some() {
            there.push("repository");
        }
        if at.log_groups().describe_log_group(&names.log_group).await.or_absent()?.is_some() {
            there.push("log group");
        }
        if there == expected || !patience.wait().await {
            return equal(there.as_slice(), expected);
        }
    }
}

async fn service_is_created_and_the_next_plan_is_empty(at: &Fixture) -> Verdict {
    let (setup, spec) = (FoundationFixture::new(at)?, with_worker(at)?);
    let plan = setup.run(&spec, PRESENT).await?;
    equal(&plan.summary().create, &14)?;
    setup.has_converged(&spec).await?;
    let plan = setup.run(&spec, PRESENT).await?;
    equal(&plan.summary().no_op, &14)?;
    holds(plan.steps.is_empty() && plan.notices.is_empty(), "the second plan is empty")
}

async fn service_has_the_default_attributes(at: &Fixture) -> Verdict {
    let setup = FoundationFixture::created(at, &with_worker(at)?).await?;
    let Worker { role, policy, repository, repository_arn, log_group, log_group_arn } = worker(at)?;
    let named = |name: String| Tags::observed([("Name".to_owned(), name)]);
    let found = at.roles().get_role(&role).await?;
    let default = at.roles().get_role(&setup.names.task_role).await?;
    holds(
        found.trust.document().is_ok() && found.trust == default.trust,
        "both task roles have the same trust policy",
    )?;
    equal(&found.tags, &named(role.to_string()))?;
    equal(&at.roles().list_role_policies(&role).await?, &vec![policy.to_string()])?;
    let may = Statement::allow(["logs:CreateLogStream", "logs:PutLogEvents"])
        .with_resources([format!("{log_group_arn}:*")]);
    let inline = at.roles().get_role_policy(&role, &policy).await?;
    holds(inline.means_the_same(&PolicyDocument::new([may])), format!("{inline:?} writes logs"))?;

    let found = at.repositories().describe_repository(&repository).await?;
    equal(&(found.tag_mutability, found.scan_on_push), &(TagMutability::Mutable, true))?;
    let tags = at.repositories().list_repository_tags(&repository_arn).await?;
    equal(&tags, &named(format!("{repository}-repo")))?;
    let pull = at.repositories().get_repository_policy(&repository).await?;
    let default = at.repositories().get_repository_policy(&setup.names.repository).await?;
    equal(&pull, &default)?;

    equal(&at.log_groups().describe_log_group(&log_group).await?.retention_days, &Some(14))?;
    let tags = [("Environment", "t".to_owned()), ("Name", at.text("PREFIX-t-worker-logs"))];
    let tags = Tags::observed(tags.map(|(key, value)| (key.to_owned(), value)));
    equal(&at.log_groups().list_log_group_tags(&log_group_arn).await?, &tags)
}

async fn outputs_match_the_resources_of_a_service(at: &Fixture) -> Verdict {
    let spec = with_worker(at)?;
    FoundationFixture::created(at, &spec).await?;
    let names = worker(at)?;
    let foundation = Foundation::new(spec, at.location().clone())
        .map_err(|errors| Failure::new(errors.to_string()))?;
    let outputs = foundation.outputs();
    let repository = at.repositories().describe_repository(&names.repository).await?;
    let expected = [
        ("ecs_task_role_arn_worker", at.roles().get_role(&names.role).await?.arn.to_string()),
        ("ecr_repository_url_worker", repository.uri),
        ("ecr_repository_arn_worker", repository.arn.to_string()),
        ("cloudwatch_log_group_name_worker", names.log_group.to_string()),
        ("cloudwatch_log_group_arn_worker", names.log_group_arn.to_string()),
    ];
    let found: Vec<_> =
        outputs.iter().skip(8).map(|(name, value)| (name, value.to_owned())).collect();
    equal(found.as_slice(), expected.as_slice())
}

async fn service_is_added_to_a_complete_foundation(at: &Fixture) -> Verdict {
    let default = spec(at)?;
    let setup = FoundationFixture::created(at, &default).await?;
    let spec = with_worker(at)?;
    let plan = setup.run(&spec, PRESENT).await?;
    let summary = plan.summary();
    equal(&(summary.create, summary.no_op), &(5, 9))?;
    let expected = [
        "ecr:CreateRepository",
        "ecr:SetRepositoryPolicy",
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "logs:CreateLogGroup",
        "logs:PutRetentionPolicy",
    ];
    equal(calls(&plan).as_slice(), expected.as_slice())?;
    setup.has_converged(&spec).await?;
    // When the service is removed from the configuration, its resources are kept, so the plan is
    // empty.
    setup.has_converged(&default).await?;
    worker_has(at, &["task role", "repository", "log group"]).await
}

/// Creates unmanaged resources that have the names of the `worker` service's resources but no Name
/// tags.
async fn create_unmanaged(at: &Fixture) -> Verdict {
    let names = worker(at)?;
    let tags = Tags::observed([("Owner".to_owned(), "somebody".to_owned())]);
    at.roles().create_role(&role_of_tasks(names.role, tags.clone())).await?;
    let repository = RepositorySpec {
        name: names.repository,
        tag_mutability: TagMutability::Immutable,
        scan_on_push: true,
        encryption: Encryption::Aes256,
        tags: tags.clone(),
    };
    at.repositories().create_repository(&repository).await?;
    let (name, class) = (names.log_group, LogGroupClass::Standard);
    let log_group = LogGroupSpec { name, class, kms_key: None, tags };
    Ok(at.log_groups().create_log_group(&log_group).await?)
}

const OWN: [&str; 3] =
    ["iam_role.worker_task_role", "ecr_repository.worker", "cloudwatch_log_group.worker"];

async fn unmanaged_resources_of_a_service_are_conflicts_and_adopted(at: &Fixture) -> Verdict {
    let setup = FoundationFixture::created(at, &spec(at)?).await?;
    create_unmanaged(at).await?;
    let spec = with_worker(at)?;
    let plan = setup.plan(&spec, PRESENT).await?;
    let refused: Vec<_> = plan.conflicts.iter().map(|it| it.address.as_str()).collect();
    equal(refused.as_slice(), OWN.as_slice())?;
    setup.is_not_applied(&spec, &plan).await?;
    let plan = setup.plan(&spec, ADOPT).await?;
    equal(&plan.summary().adopt, &3)?;
    let adopted = changes(&plan);
    for line in texts(
        at,
        &[
            r#"iam_role.worker_task_role adopt tags.Name: null -> "PREFIX-t-worker-task-role""#,
            r#"ecr_repository.worker adopt image_tag_mutability: "IMMUTABLE" -> "MUTABLE""#,
            r#"ecr_repository.worker adopt tags.Name: null -> "PREFIX-t-worker-repo""#,
            r#"cloudwatch_log_group.worker adopt tags.Name: null -> "PREFIX-t-worker-logs""#,
        ],
    ) {
        holds(adopted.contains(&line), format!("{adopted:#?} contains {line}"))?;
    }
    setup.apply(&spec, &plan).await?;
    setup.has_converged(&spec).await
}

async fn unmanaged_resources_of_a_service_are_not_destroyed(at: &Fixture) -> Verdict {
    let setup = FoundationFixture::created(at, &spec(at)?).await?;
    create_unmanaged(at).await?;
    let plan = setup.run(&with_worker(at)?, ABSENT).await?;
    equal(&plan.summary().delete, &9)?;
    equal(&notices(&plan).len(), &3)?;
    setup.only_these_remain(&[]).await?;
    worker_has(at, &["task role", "repository", "log group"]).await
}

async fn services_are_destroyed_with_the_foundation(at: &Fixture) -> Verdict {
    let spec = with_worker(at)?;
    let setup = FoundationFixture::created(at, &spec).await?;
    equal(&setup.run(&spec, ABSENT).await?.summary().delete, &14)?;
    setup.only_these_remain(&[]).await?;
    worker_has(at, &[]).await?;
    equal(&setup.plan(&spec, PRESENT).await?.summary().create, &14)
}

async fn destroying_leaves_services_that_are_not_configured(at: &Fixture) -> Verdict {
    let (default, spec) = (spec(at)?, with_worker(at)?);
    let setup = FoundationFixture::created(at, &spec).await?;
    equal(&setup.run(&default, ABSENT).await?.summary().delete, &9)?;
    setup.only_these_remain(&[]).await?;
    worker_has(at, &["task role", "repository", "log group"]).await?;
    equal(&setup.run(&spec, PRESENT).await?.summary().create, &9)?;
    setup.has_converged(&spec).await
}

async fn resources_of_a_service_show_that_the_roles_are_of_this_region(at: &Fixture) -> Verdict {
    let mut spec = with_worker(at)?;
    let setup = FoundationFixture::created(at, &spec).await?;
    let names = &setup.names;
    // ECS still returns a deleted cluster, and the plan would use it as evidence that the roles
    // belong to this region. Therefore, configure the name of a cluster that never existed.
    spec.cluster.name = Some(at.cluster("t-other")?);
    at.clusters().delete_cluster(&names.cluster).await?;
    at.repositories().delete_repository(&names.repository, true).await?;
    at.log_groups().delete_log_group(&names.log_group).await?;
    setup.only_these_remain(&["execution role", "task role"]).await?;
    equal(&blockers(&setup.plan(&spec, ABSENT).await?), &Vec::<String>::new())?;
    let own = worker(at)?;
    at.repositories().delete_repository(&own.repository, true).await?;
    at.log_groups().delete_log_group(&own.log_group).await?;
    worker_has(at, &["task role"]).await?;
    let plan = setup.plan(&spec, ABSENT).await?;
    let doubted: Vec<_> = plan.blockers.iter().map(|it| it.address.as_str()).collect();
    equal(doubted.as_slice(), ROLES.as_slice())?;
    let message = &plan.blockers[2].message;
    holds(
        message.contains("roles are global"),
        format!("the message mentions that roles are global: {message}"),
    )
}

const ROLES: [&str; 3] =
    ["iam_role.ecs_execution_role", "iam_role.ecs_task_role", "iam_role.worker_task_role"];

/// Project `P` with environment `t-x` and project `P-t` with environment `x` produce the same
/// resource names.
async fn log_group_of_a_service_tells_whose_environment_it_is(at: &Fixture) -> Verdict {
    let prefix = at.prefix();
    let overlapping = |project: String, environment: &str| {
        let mut spec = FoundationSpec::new(project.parse()?, environment.parse()?);
        let settings = ServiceSettings::new(&spec.environment);
        spec.services.insert("worker".parse()?, settings);
        Verdict::Ok(spec)
    };
    let first = overlapping(prefix.to_string(), "t-x")?;
    let second = overlapping(format!("{prefix}-t"), "x")?;
    at.cluster("t-x-cluster")?;
    for role in ["ecs-execution", "ecs-task", "worker-task"] {
        at.role(&format!("t-x-{role}-role"))?;
    }
    at.repository("t-x-app")?;
    at.repository("t-x-worker")?;
    let log_group = at.own_log_group(at.text("/ecs/PREFIX-t-x").parse()?);
    at.own_log_group(at.text("/ecs/PREFIX-t-x/worker").parse()?);
    let setup = FoundationFixture::created(at, &first).await?;
    at.log_groups().delete_log_group(&log_group).await?;

    let plan = setup.plan(&second, PRESENT).await?;
    let refused: Vec<_> = plan.conflicts.iter().map(|it| it.address.as_str()).collect();
    let expected =
        ["ecs_cluster.main", ROLES[0], ROLES[1], "ecr_repository.app", OWN[0], OWN[1], OWN[2]];
    equal(refused.as_slice(), expected.as_slice())?;
    for conflict in &plan.conflicts {
        let tells = conflict.reason.contains(r#""t-x", not "x""#);
        holds(tells, format!("the reason names both environments: {conflict:?}"))?;
    }
    setup.is_not_applied(&second, &plan).await?;
    setup.run(&first, PRESENT).await?;
    setup.has_converged(&first).await
}

async fn task_role_of_a_service_in_another_region_is_refused(at: &Fixture) -> Verdict {
    let spec = with_worker(at)?;
    let first = FoundationFixture::created(at, &spec).await?;
    let second = at.second_region()?;
    worker(second)?;
    let elsewhere = FoundationFixture::new(second)?;
    let plan = elsewhere.plan(&spec, PRESENT).await?;
    let blocked: Vec<_> = plan.blockers.iter().map(|it| it.address.as_str()).collect();
    equal(blocked.as_slice(), ROLES.as_slice())?;
    elsewhere.is_not_applied(&spec, &plan).await?;

    // Rename the other roles, so that only the service's task role is shared with the first region.
    let mut own = spec.clone();
    own.execution_role.role.name = Some(second.role("own-agent")?);
    own.task_role.role.name = Some(second.role("own-app")?);
    let plan = elsewhere.plan(&own, PRESENT).await?;
    let region = at.location().region.as_str();
    let blocked: Vec<_> = plan.blockers.iter().map(|it| it.address.as_str()).collect();
    equal(blocked.as_slice(), &ROLES[2..])?;
    let named = plan.blockers[0].message.contains(region);
    holds(named, format!("the blocker names {region}: {:#?}", plan.blockers))?;
    elsewhere.is_not_applied(&own, &plan).await?;
    elsewhere.only_these_remain(&DEFAULT[1..3]).await?;
    first.has_converged(&spec).await
}
