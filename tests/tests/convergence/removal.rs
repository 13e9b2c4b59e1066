//! Destroying: nothing of ours is left, what is in the way is named before anything is touched, and what is
//! lost is said.

use infra_core::engine::{ChangeKind, Outcome, Plan};
use infra_core::foundation::{FoundationSpec, UnmanagedAction};
use infra_mock::time::Timestamp;
use infra_mock::{ecs, iam};
use tests::parts::{CLUSTER, EXECUTION_ROLE, LOG_GROUP, Part, REPOSITORY, TASK_ROLE, everything};
use tests::show::{blockers, changing, changing_sorted, failures, notices};
use tests::{ABSENT, FORCE, Lab, PRESENT, some, spec};

async fn made(spec: &FoundationSpec) -> Lab {
    let lab = Lab::new();
    lab.apply(spec).await;
    lab.calls();
    lab
}

/// Asks to carry out a plan that must not be carried out, and checks that it was not.
async fn nothing_is_touched(lab: &Lab, spec: &FoundationSpec, plan: &Plan) {
    assert!(!plan.is_executable());
    lab.calls();
    let before = lab.mock.world();
    let report = lab.carry_out(spec, plan).await;
    let untried = |outcome: &Outcome| matches!(outcome, Outcome::NotTried { .. });
    assert!(report.steps.iter().all(|step| untried(&step.outcome)), "{report:#?}");
    assert_eq!(changing_sorted(&lab.calls()), [""; 0]);
    assert_eq!(lab.mock.world(), before);
}

#[tokio::test(start_paused = true)]
async fn nothing_of_ours_is_left() {
    let lab = made(&spec()).await;
    let plan = lab.destroy(&spec()).await;
    assert_eq!(plan.summary().delete, 9);
    assert_eq!(everything(&lab), [""; 0]);
    assert!(lab.plan(&spec(), ABSENT).await.is_empty());
    assert_eq!(lab.plan(&spec(), PRESENT).await.summary().create, 9);
}

#[tokio::test(start_paused = true)]
async fn what_was_destroyed_is_made_again() {
    let lab = made(&spec()).await;
    lab.destroy(&spec()).await;
    assert_eq!(lab.apply(&spec()).await.summary().create, 9);
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn roles_go_after_their_policies_and_after_the_policy_that_names_them() {
    let lab = made(&spec()).await;
    lab.destroy(&spec()).await;
    let calls = lab.calls();
    let at = |operation: &str, name: &str| {
        let found = calls.iter().position(|call| {
            call.operation == operation && call.request.to_string().contains(name)
        });
        found.unwrap_or_else(|| panic!("{operation} of {name} in {:?}", changing(&calls)))
    };
    let execution_role = at("DeleteRole", EXECUTION_ROLE);
    assert!(at("DetachRolePolicy", EXECUTION_ROLE) < execution_role);
    assert!(at("DeleteRepository", REPOSITORY) < execution_role);
    assert!(at("DeleteRolePolicy", TASK_ROLE) < at("DeleteRole", TASK_ROLE));
}

#[tokio::test(start_paused = true)]
async fn a_second_destroy_finds_nothing_to_do() {
    let lab = made(&spec()).await;
    lab.destroy(&spec()).await;
    let before = lab.mock.world();
    let plan = lab.destroy(&spec()).await;
    assert!(plan.is_empty());
    assert_eq!(plan.summary().no_op, 9);
    assert_eq!(lab.mock.world(), before);
}

#[tokio::test(start_paused = true)]
async fn destroying_what_was_never_there_finds_nothing_to_do() {
    let lab = Lab::new();
    let plan = lab.destroy(&spec()).await;
    assert!(plan.is_empty());
    assert_eq!(plan.notices, []);
    assert_eq!(changing_sorted(&lab.calls()), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_foundation_goes_whatever_part_is_missing() {
    for part in Part::ALL {
        let lab = made(&spec()).await;
        part.remove(&lab);
        let plan = lab.destroy(&spec()).await;
        assert_eq!(everything(&lab), [""; 0], "without {part:?}");
        let gone = plan.changes.iter().filter(|it| it.action == ChangeKind::NoOp).count();
        assert_eq!(9 - gone, plan.summary().delete, "without {part:?}");
        assert!(lab.plan(&spec(), ABSENT).await.is_empty(), "without {part:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn services_tasks_and_instances_are_named_and_nothing_is_touched() {
    let lab = made(&spec()).await;
    lab.with_world(|call| {
        let ecs = call.ecs();
        ecs.add_service(CLUSTER, "web", ecs::Service::default());
        ecs.add_task(CLUSTER, "0123456789abcdef", ecs::Task::default());
        let waiting = ecs::Task { status: ecs::TaskStatus::Pending, ..Default::default() };
        ecs.add_task(CLUSTER, "fedcba9876543210", waiting);
        ecs.add_container_instance(CLUSTER, "i-0a1b", ecs::ContainerInstance::default());
    });
    for goal in [ABSENT, FORCE] {
        let plan = lab.plan(&spec(), goal).await;
        let expected = [
            "ecs_cluster.main: the cluster has services: web",
            "ecs_cluster.main: the cluster has tasks: 0123456789abcdef, fedcba9876543210",
            "ecs_cluster.main: the cluster has container instances: i-0a1b",
        ];
        assert_eq!(blockers(&plan), expected);
        assert!(
            plan.blockers[0].hint.contains("aws ecs delete-service --cluster demo-dev-cluster")
        );
        nothing_is_touched(&lab, &spec(), &plan).await;
    }
    lab.with_world(|call| {
        let ecs = call.ecs();
        ecs.remove_service(CLUSTER, "web");
        ecs.remove_task(CLUSTER, "0123456789abcdef");
        ecs.remove_task(CLUSTER, "fedcba9876543210");
        ecs.remove_container_instance(CLUSTER, "i-0a1b");
    });
    lab.destroy(&spec()).await;
    assert_eq!(everything(&lab), [""; 0]);
}

/// Somebody attaches a policy to the execution role and embeds one in the task role.
fn add_policies(lab: &Lab) {
    lab.act(iam::AttachRolePolicyRequest {
        role_name: some(EXECUTION_ROLE),
        policy_arn: some("arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"),
    });
    lab.act(iam::PutRolePolicyRequest {
        role_name: some(TASK_ROLE),
        policy_name: some("debug"),
        policy_document: some(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ssmmessages:*","Resource":"*"}}"#,
        ),
    });
}

#[tokio::test(start_paused = true)]
async fn policies_of_others_are_named_and_nothing_is_touched() {
    let lab = made(&spec()).await;
    add_policies(&lab);
    let plan = lab.plan(&spec(), ABSENT).await;
    let expected = [
        "iam_role.ecs_execution_role: others put policies on the role, which keep it: \
         arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess",
        "iam_role.ecs_task_role: others put policies on the role, which keep it: debug (inline)",
    ];
    assert_eq!(blockers(&plan), expected);
    nothing_is_touched(&lab, &spec(), &plan).await;
}

#[tokio::test(start_paused = true)]
async fn policies_of_others_go_by_force_before_their_role() {
    let lab = made(&spec()).await;
    add_policies(&lab);
    lab.calls();
    let plan = lab.run(&spec(), FORCE).await;
    let expected = [
        "iam_role.ecs_execution_role: removes policies that others put on the role: \
         arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess",
        "iam_role.ecs_task_role: removes policies that others put on the role: debug (inline)",
    ];
    assert_eq!(notices(&plan), expected);
    assert_eq!(everything(&lab), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn policies_of_others_go_where_the_configuration_says_so() {
    let mut spec = spec();
    spec.unmanaged.policies = UnmanagedAction::Remove;
    let lab = made(&spec).await;
    add_policies(&lab);
    lab.destroy(&spec).await;
    assert_eq!(everything(&lab), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_instance_profile_is_named_and_nothing_is_touched_not_even_by_force() {
    let lab = made(&spec()).await;
    lab.with_world(|call| iam::add_instance_profile(call, "workers", TASK_ROLE)).unwrap();
    for goal in [ABSENT, FORCE] {
        let plan = lab.plan(&spec(), goal).await;
        let expected = "iam_role.ecs_task_role: instance profiles hold the role: workers";
        assert_eq!(blockers(&plan), [expected]);
        nothing_is_touched(&lab, &spec(), &plan).await;
    }
    lab.with_world(|call| iam::remove_instance_profile(call, "workers"));
    lab.destroy(&spec()).await;
    assert_eq!(everything(&lab), [""; 0]);
}

fn push_images(lab: &Lab) {
    lab.with_world(|call| {
        let now = call.now;
        for tag in ["v1", "v2", "v3"] {
            call.ecr().push_image(REPOSITORY, Some(tag), now);
        }
    });
}

#[tokio::test(start_paused = true)]
async fn images_go_with_the_repository_and_are_counted() {
    let lab = made(&spec()).await;
    push_images(&lab);
    let plan = lab.destroy(&spec()).await;
    assert_eq!(notices(&plan), ["ecr_repository.app: deletes 3 images"]);
    assert_eq!(everything(&lab), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn images_keep_a_repository_without_force_delete_and_nothing_is_touched() {
    let mut spec = spec();
    spec.repository.force_delete = false;
    let lab = made(&spec).await;
    push_images(&lab);
    let plan = lab.plan(&spec, ABSENT).await;
    let expected = "ecr_repository.app: the repository holds 3 images, and force_delete is off";
    assert_eq!(blockers(&plan), [expected]);
    nothing_is_touched(&lab, &spec, &plan).await;

    let plan = lab.run(&spec, FORCE).await;
    assert_eq!(notices(&plan), ["ecr_repository.app: deletes 3 images"]);
    assert_eq!(everything(&lab), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_empty_repository_goes_without_force_delete() {
    let mut spec = spec();
    spec.repository.force_delete = false;
    let lab = made(&spec).await;
    lab.destroy(&spec).await;
    assert_eq!(everything(&lab), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn images_pushed_after_the_plan_are_not_lost_without_force_delete() {
    let mut spec = spec();
    spec.repository.force_delete = false;
    let lab = made(&spec).await;
    let plan = lab.plan(&spec, ABSENT).await;
    push_images(&lab);
    let report = lab.carry_out(&spec, &plan).await;
    let failures = failures(&report);
    assert!(failures[0].contains("RepositoryNotEmptyException"), "{failures:?}");
    assert_eq!(lab.with_world(|call| call.ecr().image_count(REPOSITORY)), Some(3));
}

fn write_logs(lab: &Lab) -> u64 {
    lab.with_world(|call| {
        let now: Timestamp = call.now;
        let bytes = call.logs().add_stream(LOG_GROUP, "web/1", [(now, "hello")], now);
        bytes.expect("the log group is there")
    })
}

#[tokio::test(start_paused = true)]
async fn log_data_goes_with_the_log_group_and_is_counted() {
    let lab = made(&spec()).await;
    let bytes = write_logs(&lab);
    let plan = lab.destroy(&spec()).await;
    let expected =
        format!("cloudwatch_log_group.ecs: deletes 1 log stream with {bytes} bytes of events");
    assert_eq!(notices(&plan), [expected]);
    assert_eq!(everything(&lab), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_log_group_to_be_kept_stays_with_its_events() {
    let mut spec = spec();
    spec.log_group.skip_destroy = true;
    let lab = made(&spec).await;
    write_logs(&lab);
    for goal in [ABSENT, FORCE] {
        let plan = lab.run(&spec, goal).await;
        let expected =
            "cloudwatch_log_group.ecs: left with its events, as log_group.skip_destroy says";
        assert_eq!(notices(&plan), [expected]);
        assert_eq!(everything(&lab), ["log group /ecs/demo-dev"]);
    }
    // It is still ours, and the next foundation goes on with it.
    assert_eq!(lab.apply(&spec).await.summary().create, 8);
    lab.assert_converged(&spec).await;
}

#[tokio::test(start_paused = true)]
async fn a_blocked_plan_says_all_that_is_in_the_way_at_once() {
    let mut spec = spec();
    spec.repository.force_delete = false;
    let lab = made(&spec).await;
    push_images(&lab);
    add_policies(&lab);
    lab.with_world(|call| {
        call.ecs().add_service(CLUSTER, "web", ecs::Service::default());
        iam::add_instance_profile(call, "workers", EXECUTION_ROLE)
    })
    .unwrap();
    let plan = lab.plan(&spec, ABSENT).await;
    let addresses: Vec<&str> = plan.blockers.iter().map(|it| it.address.as_str()).collect();
    let expected = [
        "ecs_cluster.main",
        "iam_role.ecs_execution_role",
        "iam_role.ecs_execution_role",
        "iam_role.ecs_task_role",
        "ecr_repository.app",
    ];
    assert_eq!(addresses, expected);
    nothing_is_touched(&lab, &spec, &plan).await;
}
