//! Scenarios for destroying a foundation: all managed resources are deleted, and the plan reports
//! blockers and data loss before anything is deleted.

use super::foundation_fixture::{ABSENT, FORCE, FoundationFixture, PRESENT, created, spec, texts};
use crate::conformance::check::{equal, holds};
use crate::conformance::show::{blockers, notices};
use crate::conformance::{ExternalChange, Fixture, Verdict};
use crate::foundation::{FoundationSpec, UnmanagedAction};
use crate::policy::{PolicyDocument, Statement};

scenarios! { "removal" needs [Identity, Clusters, Roles, Repositories, LogGroups]:
    destroy_removes_every_managed_resource;
    destroyed_foundation_can_be_created_again;
    second_destroy_has_nothing_to_do;
    destroying_an_absent_foundation_has_nothing_to_do;
    services_tasks_and_instances_block_destroy needs [Workloads];
    unmanaged_policies_block_destroy;
    force_removes_unmanaged_policies_before_their_role;
    unmanaged_policies_are_removed_if_configured;
    instance_profile_blocks_destroy needs [InstanceProfiles];
    repository_is_destroyed_with_its_images needs [Images];
    images_block_destroy_without_force_delete needs [Images];
    images_pushed_after_the_plan_survive_without_force_delete needs [Images];
    images_block_replacement_without_force_delete needs [Images, KmsKeys];
    empty_repository_is_destroyed_without_force_delete;
    log_group_is_destroyed_with_its_events needs [LogEvents];
    kept_log_group_is_managed_again_by_the_next_run;
    blocked_plan_lists_every_blocker needs [Workloads, Images, InstanceProfiles];
}

async fn destroy_removes_every_managed_resource(at: &Fixture) -> Verdict {
    let (setup, spec) = created(at).await?;
    equal(&setup.run(&spec, ABSENT).await?.summary().delete, &9)?;
    setup.only_these_remain(&[]).await?;
    equal(&setup.plan(&spec, PRESENT).await?.summary().create, &9)
}

async fn destroyed_foundation_can_be_created_again(at: &Fixture) -> Verdict {
    let (setup, spec) = created(at).await?;
    setup.run(&spec, ABSENT).await?;
    equal(&setup.run(&spec, PRESENT).await?.summary().create, &9)?;
    setup.has_converged(&spec).await
}

async fn second_destroy_has_nothing_to_do(at: &Fixture) -> Verdict {
    let (setup, spec) = created(at).await?;
    setup.run(&spec, ABSENT).await?;
    setup.only_these_remain(&[]).await?;
    let plan = setup.run(&spec, ABSENT).await?;
    holds(plan.is_empty(), format!("the plan is empty: {plan:#?}"))?;
    equal(&plan.summary().no_op, &9)
}

async fn destroying_an_absent_foundation_has_nothing_to_do(at: &Fixture) -> Verdict {
    let (setup, spec) = (FoundationFixture::new(at)?, spec(at)?);
    let plan = setup.run(&spec, ABSENT).await?;
    holds(plan.is_empty() && plan.steps.is_empty(), format!("the plan is empty: {plan:#?}"))?;
    equal(&notices(&plan), &Vec::<String>::new())
}

async fn services_tasks_and_instances_block_destroy(at: &Fixture) -> Verdict {
    let (setup, spec) = created(at).await?;
    let cluster = &setup.names.cluster;
    let task = |task: &str, pending| {
        let (cluster, task) = (cluster.clone(), task.to_owned());
        ExternalChange::AddTask { cluster, task, pending }
    };
    let (service, instance) = ("web".to_owned(), "i-0a1b".to_owned());
    let changes = [
        ExternalChange::AddService { cluster: cluster.clone(), service, capacity_provider: None },
        task("0123456789abcdef", false),
        task("fedcba9876543210", true),
        ExternalChange::AddContainerInstance { cluster: cluster.clone(), instance },
    ];
    for change in &changes {
        at.act(change.clone()).await?;
    }
    for goal in [ABSENT, FORCE] {
        let plan = setup.plan(&spec, goal).await?;
        let expected = [
            "ecs_cluster.main: the cluster has services: web",
            "ecs_cluster.main: the cluster has tasks: 0123456789abcdef, fedcba9876543210",
            "ecs_cluster.main: the cluster has container instances: i-0a1b",
        ];
        equal(blockers(&plan).as_slice(), expected.as_slice())?;
        let hint = format!("aws ecs delete-service --cluster {cluster}");
        holds(plan.blockers[0].hint.contains(&hint), format!("the hint contains: {hint}"))?;
        setup.is_not_applied(&spec, &plan).await?;
        setup.has_converged(&spec).await?;
    }
    for inverse in changes.iter().filter_map(ExternalChange::inverse) {
        at.act(inverse).await?;
    }
    setup.run(&spec, ABSENT).await?;
    setup.only_these_remain(&[]).await
}

/// Attaches an unmanaged policy to the execution role, and adds an unmanaged inline policy to the
/// task role.
async fn add_policies(setup: &FoundationFixture<'_>) -> Verdict {
    let (roles, names) = (setup.at.roles(), &setup.names);
    let policy = setup.at.aws_policy("AWSXRayDaemonWriteAccess");
    roles.attach_role_policy(&names.execution_role, &policy).await?;
    let debug = Statement::allow(["ssmmessages:*"]).with_resources(["*"]);
    let debug = PolicyDocument::new([debug]);
    Ok(roles.put_role_policy(&names.task_role, &"debug".parse()?, &debug).await?)
}

async fn unmanaged_policies_block_destroy(at: &Fixture) -> Verdict {
    let (setup, spec) = created(at).await?;
    add_policies(&setup).await?;
    let plan = setup.plan(&spec, ABSENT).await?;
    let expected = [
        "iam_role.ecs_execution_role: cannot delete the role: it has unmanaged policies: \
         arn:PARTITION:iam::aws:policy/AWSXRayDaemonWriteAccess",
        "iam_role.ecs_task_role: cannot delete the role: it has unmanaged policies: debug (inline)",
    ];
    equal(&blockers(&plan), &texts(at, &expected))?;
    setup.is_not_applied(&spec, &plan).await?;
    setup.has_converged(&spec).await
}

async fn force_removes_unmanaged_policies_before_their_role(at: &Fixture) -> Verdict {
    let (setup, spec) = created(at).await?;
    add_policies(&setup).await?;
    let plan = setup.run(&spec, FORCE).await?;
    let expected = [
        "iam_role.ecs_execution_role: removes unmanaged policies from the role: \
         arn:PARTITION:iam::aws:policy/AWSXRayDaemonWriteAccess",
        "iam_role.ecs_task_role: removes unmanaged policies from the role: debug (inline)",
    ];
    equal(&notices(&plan), &texts(at, &expected))?;
    setup.only_these_remain(&[]).await
}

async fn unmanaged_policies_are_removed_if_configured(at: &Fixture) -> Verdict {
    let mut spec = spec(at)?;
    spec.unmanaged.policies = UnmanagedAction::Remove;
    let setup = FoundationFixture::created(at, &spec).await?;
    add_policies(&setup).await?;
    setup.run(&spec, ABSENT).await?;
    setup.only_these_remain(&[]).await
}

async fn instance_profile_blocks_destroy(at: &Fixture) -> Verdict {
    let (setup, spec) = created(at).await?;
    let (profile, role) = (at.prefix().to_string(), setup.names.task_role.clone());
    let (profile, release) = (
        ExternalChange::AddInstanceProfile { profile: profile.clone(), role: role.clone() },
        ExternalChange::RemoveInstanceProfile { profile, role },
    );
    at.act(profile).await?;
    for goal in [ABSENT, FORCE] {
        let plan = setup.plan(&spec, goal).await?;
        let expected = ["iam_role.ecs_task_role: the role is in instance profiles: PREFIX"];
        equal(&blockers(&plan), &texts(at, &expected))?;
        setup.is_not_applied(&spec, &plan).await?;
    }
    at.act(release).await?;
    setup.run(&spec, ABSENT).await?;
    setup.only_these_remain(&[]).await
}

async fn push_images(setup: &FoundationFixture<'_>) -> Verdict {
    for (image, tag) in ["v1", "v2", "v3"].into_iter().enumerate() {
        let (repository, tags) = (setup.names.repository.clone(), vec![tag.to_owned()]);
        setup.at.act(ExternalChange::PushImage { repository, image, tags }).await?;
    }
    Ok(())
}

/// Returns the default specification with `force_delete` turned off, so a repository that contains
/// images is not deleted.
fn careful(at: &Fixture) -> Verdict<FoundationSpec> {
    let mut spec = spec(at)?;
    spec.repository.force_delete = false;
    Ok(spec)
}

async fn repository_is_destroyed_with_its_images(at: &Fixture) -> Verdict {
    let (setup, spec) = created(at).await?;
    push_images(&setup).await?;
    let plan = setup.run(&spec, ABSENT).await?;
    equal(notices(&plan).as_slice(), &["ecr_repository.app: deletes 3 images"])?;
    setup.only_these_remain(&[]).await
}

async fn images_block_destroy_without_force_delete(at: &Fixture) -> Verdict {
    let spec = careful(at)?;
    let setup = FoundationFixture::created(at, &spec).await?;
    push_images(&setup).await?;
    let plan = setup.plan(&spec, ABSENT).await?;
    let expected = "ecr_repository.app: the repository contains 3 images, and force_delete is off";
    equal(blockers(&plan).as_slice(), &[expected])?;
    setup.is_not_applied(&spec, &plan).await?;
    setup.has_converged(&spec).await?;
    let plan = setup.run(&spec, FORCE).await?;
    equal(notices(&plan).as_slice(), &["ecr_repository.app: deletes 3 images"])?;
    setup.only_these_remain(&[]).await
}

async fn images_pushed_after_the_plan_survive_without_force_delete(at: &Fixture) -> Verdict {
    let spec = careful(at)?;
    let setup = FoundationFixture::created(at, &spec).await?;
    let plan = setup.plan(&spec, ABSENT).await?;
    push_images(&setup).await?;
    let report = setup.try_apply(&spec, &plan).await?;
    let failed: Vec<_> = report.failures().map(|(step, _)| step.address.to_string()).collect();
    equal(failed.as_slice(), &["ecr_repository.app"])?;
    equal(&at.repositories().count_images(&setup.names.repository).await?, &3)
}

async fn images_block_replacement_without_force_delete(at: &Fixture) -> Verdict {
    let mut spec = careful(at)?;
    let setup = FoundationFixture::created(at, &spec).await?;
    push_images(&setup).await?;
    spec.repository.encryption = crate::provider::Encryption::Kms(None);
    let plan = setup.plan(&spec, PRESENT).await?;
    let expected = "ecr_repository.app: replacing the repository would delete 3 images, and \
                    force_delete is off";
    equal(blockers(&plan).as_slice(), &[expected])?;
    setup.is_not_applied(&spec, &plan).await?;
    equal(&at.repositories().count_images(&setup.names.repository).await?, &3)?;
    spec.repository.force_delete = true;
    setup.run(&spec, PRESENT).await?;
    setup.has_converged(&spec).await
}

async fn empty_repository_is_destroyed_without_force_delete(at: &Fixture) -> Verdict {
    let spec = careful(at)?;
    let setup = FoundationFixture::created(at, &spec).await?;
    setup.run(&spec, ABSENT).await?;
    setup.only_these_remain(&[]).await
}

fn log_stream(setup: &FoundationFixture<'_>) -> ExternalChange {
    let (group, event) = (setup.names.log_group.clone(), Some("hello".to_owned()));
    ExternalChange::AddLogStream { group, stream: "web/1".to_owned(), event }
}

async fn log_group_is_destroyed_with_its_events(at: &Fixture) -> Verdict {
    let (setup, spec) = created(at).await?;
    at.act(log_stream(&setup)).await?;
    reads!(at, at.log_groups().count_log_streams(&setup.names.log_group, 10), 1);
    let bytes = at.log_groups().describe_log_group(&setup.names.log_group).await?.stored_bytes;
    let plan = setup.run(&spec, ABSENT).await?;
    let expected =
        format!("cloudwatch_log_group.ecs: deletes 1 log stream with {bytes} bytes of events");
    equal(&notices(&plan), &vec![expected])?;
    setup.only_these_remain(&[]).await
}

async fn kept_log_group_is_managed_again_by_the_next_run(at: &Fixture) -> Verdict {
    let mut spec = spec(at)?;
    spec.log_group.skip_destroy = true;
    let setup = FoundationFixture::created(at, &spec).await?;
    for goal in [ABSENT, FORCE] {
        let plan = setup.run(&spec, goal).await?;
        let expected = "cloudwatch_log_group.ecs: kept with its events, because skip_destroy is on";
        equal(notices(&plan).as_slice(), &[expected])?;
        setup.only_these_remain(&["log group"]).await?;
    }
    // The kept log group is still managed, so the next run creates only the other resources.
    equal(&setup.run(&spec, PRESENT).await?.summary().create, &8)?;
    setup.has_converged(&spec).await
}

async fn blocked_plan_lists_every_blocker(at: &Fixture) -> Verdict {
    let spec = careful(at)?;
    let setup = FoundationFixture::created(at, &spec).await?;
    push_images(&setup).await?;
    add_policies(&setup).await?;
    let (cluster, service) = (setup.names.cluster.clone(), "web".to_owned());
    at.act(ExternalChange::AddService { cluster, service, capacity_provider: None }).await?;
    let (profile, role) = (at.prefix().to_string(), setup.names.execution_role.clone());
    at.act(ExternalChange::AddInstanceProfile { profile, role }).await?;
    let plan = setup.plan(&spec, ABSENT).await?;
    let addresses: Vec<&str> = plan.blockers.iter().map(|it| it.address.as_str()).collect();
    let expected = [
        "ecs_cluster.main",
        "iam_role.ecs_execution_role",
        "iam_role.ecs_execution_role",
        "iam_role.ecs_task_role",
        "ecr_repository.app",
    ];
    equal(addresses.as_slice(), expected.as_slice())?;
    setup.is_not_applied(&spec, &plan).await
}
