//! Removing: nothing of ours is left, what is in the way is named before anything is touched, and what is lost is
//! said.

use super::foundation_fixture::{ABSENT, FORCE, FoundationFixture, PRESENT, spec, texts};
use crate::conformance::check::{equal, holds};
use crate::conformance::show::{blockers, notices};
use crate::conformance::{ExternalChange, Fixture, Verdict};
use crate::foundation::{FoundationSpec, UnmanagedAction};
use crate::policy::{PolicyDocument, Statement};

scenarios! { "removal" needs [Identity, Clusters, Roles, Repositories, LogGroups]:
    nothing_of_ours_is_left;
    what_was_removed_is_made_again;
    a_second_removal_finds_nothing_to_do;
    removing_what_was_never_there_finds_nothing_to_do;
    services_tasks_and_instances_are_named_and_nothing_is_touched needs [Workloads];
    policies_of_others_are_named_and_nothing_is_touched;
    policies_of_others_go_by_force_before_their_role;
    policies_of_others_go_where_the_configuration_says_so;
    an_instance_profile_is_named_and_nothing_is_touched needs [InstanceProfiles];
    images_go_with_the_repository_and_are_counted needs [Images];
    images_keep_a_repository_without_force_delete needs [Images];
    images_pushed_after_the_plan_are_not_lost_without_force_delete needs [Images];
    images_keep_a_repository_from_being_replaced_without_force_delete needs [Images, KmsKeys];
    an_empty_repository_goes_without_force_delete;
    log_data_goes_with_the_log_group_and_is_counted needs [LogEvents];
    a_log_group_to_be_kept_stays_and_is_found_again;
    a_blocked_plan_says_all_that_is_in_the_way_at_once needs [Workloads, Images, InstanceProfiles];
}

async fn nothing_of_ours_is_left(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
    equal(&setup.run(&spec, ABSENT).await?.summary().delete, &9)?;
    setup.is_gone_but_for(&[]).await?;
    equal(&setup.plan(&spec, PRESENT).await?.summary().create, &9)
}

async fn what_was_removed_is_made_again(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
    setup.run(&spec, ABSENT).await?;
    equal(&setup.run(&spec, PRESENT).await?.summary().create, &9)?;
    setup.has_converged(&spec).await
}

async fn a_second_removal_finds_nothing_to_do(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
    setup.run(&spec, ABSENT).await?;
    setup.is_gone_but_for(&[]).await?;
    let plan = setup.run(&spec, ABSENT).await?;
    holds(plan.is_empty(), format!("nothing is to do: {plan:#?}"))?;
    equal(&plan.summary().no_op, &9)
}

async fn removing_what_was_never_there_finds_nothing_to_do(at: &Fixture) -> Verdict {
    let (setup, spec) = (FoundationFixture::new(at)?, spec(at)?);
    let plan = setup.run(&spec, ABSENT).await?;
    holds(plan.is_empty() && plan.steps.is_empty(), format!("nothing is to do: {plan:#?}"))?;
    equal(&notices(&plan), &Vec::<String>::new())
}

async fn services_tasks_and_instances_are_named_and_nothing_is_touched(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
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
        holds(plan.blockers[0].hint.contains(&hint), format!("it says how: {hint}"))?;
        setup.nothing_is_touched(&spec, &plan).await?;
        setup.has_converged(&spec).await?;
    }
    for inverse in changes.iter().filter_map(ExternalChange::inverse) {
        at.act(inverse).await?;
    }
    setup.run(&spec, ABSENT).await?;
    setup.is_gone_but_for(&[]).await
}

/// Somebody attaches a policy to the execution role and embeds one in the task role.
async fn add_policies(setup: &FoundationFixture<'_>) -> Verdict {
    let (roles, names) = (setup.at.roles(), &setup.names);
    let policy = setup.at.aws_policy("AWSXRayDaemonWriteAccess");
    roles.attach_role_policy(&names.execution_role, &policy).await?;
    let debug = Statement::allow(["ssmmessages:*"]).with_resources(["*"]);
    let debug = PolicyDocument::new([debug]);
    Ok(roles.put_role_policy(&names.task_role, &"debug".parse()?, &debug).await?)
}

async fn policies_of_others_are_named_and_nothing_is_touched(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
    add_policies(&setup).await?;
    let plan = setup.plan(&spec, ABSENT).await?;
    let expected = [
        "iam_role.ecs_execution_role: others put policies on the role, which keep it: \
         arn:PARTITION:iam::aws:policy/AWSXRayDaemonWriteAccess",
        "iam_role.ecs_task_role: others put policies on the role, which keep it: debug (inline)",
    ];
    equal(&blockers(&plan), &texts(at, &expected))?;
    setup.nothing_is_touched(&spec, &plan).await?;
    setup.has_converged(&spec).await
}

async fn policies_of_others_go_by_force_before_their_role(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
    add_policies(&setup).await?;
    let plan = setup.run(&spec, FORCE).await?;
    let expected = [
        "iam_role.ecs_execution_role: removes policies that others put on the role: \
         arn:PARTITION:iam::aws:policy/AWSXRayDaemonWriteAccess",
        "iam_role.ecs_task_role: removes policies that others put on the role: debug (inline)",
    ];
    equal(&notices(&plan), &texts(at, &expected))?;
    setup.is_gone_but_for(&[]).await
}

async fn policies_of_others_go_where_the_configuration_says_so(at: &Fixture) -> Verdict {
    let mut spec = spec(at)?;
    spec.unmanaged.policies = UnmanagedAction::Remove;
    let setup = FoundationFixture::made(at, &spec).await?;
    add_policies(&setup).await?;
    setup.run(&spec, ABSENT).await?;
    setup.is_gone_but_for(&[]).await
}

async fn an_instance_profile_is_named_and_nothing_is_touched(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
    let (profile, role) = (at.prefix().to_string(), setup.names.task_role.clone());
    let (profile, release) = (
        ExternalChange::AddInstanceProfile { profile: profile.clone(), role: role.clone() },
        ExternalChange::RemoveInstanceProfile { profile, role },
    );
    at.act(profile).await?;
    for goal in [ABSENT, FORCE] {
        let plan = setup.plan(&spec, goal).await?;
        let expected = ["iam_role.ecs_task_role: instance profiles hold the role: PREFIX"];
        equal(&blockers(&plan), &texts(at, &expected))?;
        setup.nothing_is_touched(&spec, &plan).await?;
    }
    at.act(release).await?;
    setup.run(&spec, ABSENT).await?;
    setup.is_gone_but_for(&[]).await
}

async fn push_images(setup: &FoundationFixture<'_>) -> Verdict {
    for (image, tag) in ["v1", "v2", "v3"].into_iter().enumerate() {
        let (repository, tags) = (setup.names.repository.clone(), vec![tag.to_owned()]);
        setup.at.act(ExternalChange::PushImage { repository, image, tags }).await?;
    }
    Ok(())
}

/// A foundation whose repository goes with its images by force alone.
fn careful(at: &Fixture) -> Verdict<FoundationSpec> {
    let mut spec = spec(at)?;
    spec.repository.force_delete = false;
    Ok(spec)
}

async fn images_go_with_the_repository_and_are_counted(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
    push_images(&setup).await?;
    let plan = setup.run(&spec, ABSENT).await?;
    equal(notices(&plan).as_slice(), &["ecr_repository.app: deletes 3 images"])?;
    setup.is_gone_but_for(&[]).await
}

async fn images_keep_a_repository_without_force_delete(at: &Fixture) -> Verdict {
    let spec = careful(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
    push_images(&setup).await?;
    let plan = setup.plan(&spec, ABSENT).await?;
    let expected = "ecr_repository.app: the repository holds 3 images, and force_delete is off";
    equal(blockers(&plan).as_slice(), &[expected])?;
    setup.nothing_is_touched(&spec, &plan).await?;
    setup.has_converged(&spec).await?;
    let plan = setup.run(&spec, FORCE).await?;
    equal(notices(&plan).as_slice(), &["ecr_repository.app: deletes 3 images"])?;
    setup.is_gone_but_for(&[]).await
}

async fn images_pushed_after_the_plan_are_not_lost_without_force_delete(at: &Fixture) -> Verdict {
    let spec = careful(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
    let plan = setup.plan(&spec, ABSENT).await?;
    push_images(&setup).await?;
    let report = setup.attempt(&spec, &plan).await?;
    let failed: Vec<_> = report.failures().map(|(step, _)| step.address.to_string()).collect();
    equal(failed.as_slice(), &["ecr_repository.app"])?;
    equal(&at.repositories().count_images(&setup.names.repository).await?, &3)
}

async fn images_keep_a_repository_from_being_replaced_without_force_delete(
    at: &Fixture,
) -> Verdict {
    let mut spec = careful(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
    push_images(&setup).await?;
    spec.repository.encryption = crate::provider::Encryption::Kms(None);
    let plan = setup.plan(&spec, PRESENT).await?;
    let expected =
        "ecr_repository.app: replacing it would delete 3 images, and force_delete is off";
    equal(blockers(&plan).as_slice(), &[expected])?;
    setup.nothing_is_touched(&spec, &plan).await?;
    equal(&at.repositories().count_images(&setup.names.repository).await?, &3)?;
    spec.repository.force_delete = true;
    setup.run(&spec, PRESENT).await?;
    setup.has_converged(&spec).await
}

async fn an_empty_repository_goes_without_force_delete(at: &Fixture) -> Verdict {
    let spec = careful(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
    setup.run(&spec, ABSENT).await?;
    setup.is_gone_but_for(&[]).await
}

fn log_stream(setup: &FoundationFixture<'_>) -> ExternalChange {
    let (group, event) = (setup.names.log_group.clone(), Some("hello".to_owned()));
    ExternalChange::AddLogStream { group, stream: "web/1".to_owned(), event }
}

async fn log_data_goes_with_the_log_group_and_is_counted(at: &Fixture) -> Verdict {
    let spec = spec(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
    at.act(log_stream(&setup)).await?;
    reads!(at, at.log_groups().count_log_streams(&setup.names.log_group, 10), 1);
    let bytes = at.log_groups().describe_log_group(&setup.names.log_group).await?.stored_bytes;
    let plan = setup.run(&spec, ABSENT).await?;
    let expected =
        format!("cloudwatch_log_group.ecs: deletes 1 log stream with {bytes} bytes of events");
    equal(&notices(&plan), &vec![expected])?;
    setup.is_gone_but_for(&[]).await
}

async fn a_log_group_to_be_kept_stays_and_is_found_again(at: &Fixture) -> Verdict {
    let mut spec = spec(at)?;
    spec.log_group.skip_destroy = true;
    let setup = FoundationFixture::made(at, &spec).await?;
    for goal in [ABSENT, FORCE] {
        let plan = setup.run(&spec, goal).await?;
        let expected = "cloudwatch_log_group.ecs: left with its events, because skip_destroy is on";
        equal(notices(&plan).as_slice(), &[expected])?;
        setup.is_gone_but_for(&["log group"]).await?;
    }
    // It is still ours, and the next foundation goes on with it.
    equal(&setup.run(&spec, PRESENT).await?.summary().create, &8)?;
    setup.has_converged(&spec).await
}

async fn a_blocked_plan_says_all_that_is_in_the_way_at_once(at: &Fixture) -> Verdict {
    let spec = careful(at)?;
    let setup = FoundationFixture::made(at, &spec).await?;
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
    setup.nothing_is_touched(&spec, &plan).await
}
