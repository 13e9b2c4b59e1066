//! Tests for destroying a foundation. The tests cover behavior that can be observed only on the
//! mock: the order of calls, the destruction of incomplete foundations, and the fact that a blocked
//! plan changes nothing. The conformance suite covers everything else.

use infra_core::engine::{ChangeKind, Plan};
use infra_core::foundation::FoundationSpec;
use infra_mock::{ecs, iam};
use tests::parts::{CLUSTER, EXECUTION_ROLE, Part, REPOSITORY, TASK_ROLE, everything};
use tests::show::{changing, changing_sorted};
use tests::{ABSENT, Lab, some, spec};

async fn applied(spec: &FoundationSpec) -> Lab {
    let lab = Lab::new();
    lab.apply(spec).await;
    lab.calls();
    lab
}

/// Applies a plan that must be refused, and checks that nothing changes.
async fn assert_nothing_changes(lab: &Lab, spec: &FoundationSpec, plan: &Plan) {
    assert!(!plan.is_executable());
    lab.calls();
    let before = lab.mock.world();
    let errors = lab.refused(spec, plan).await;
    let named: Vec<_> = errors.iter().map(|error| error.resource().unwrap_or_default()).collect();
    let conflicts = plan.conflicts.iter().map(|conflict| conflict.address.as_str());
    let blockers = plan.blockers.iter().map(|blocker| blocker.address.as_str());
    assert_eq!(named, conflicts.chain(blockers).collect::<Vec<_>>());
    assert_eq!(changing_sorted(&lab.calls()), [""; 0]);
    assert_eq!(lab.mock.world(), before);
}

#[tokio::test(start_paused = true)]
async fn roles_are_deleted_after_their_policies() {
    let lab = applied(&spec()).await;
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
    assert!(at("DeleteRolePolicy", TASK_ROLE) < at("DeleteRole", TASK_ROLE));
}

#[tokio::test(start_paused = true)]
async fn destroy_deletes_the_rest_if_any_part_is_missing() {
    for part in Part::ALL {
        let lab = applied(&spec()).await;
        part.remove(&lab);
        let plan = lab.destroy(&spec()).await;
        assert_eq!(everything(&lab), [""; 0], "without {part:?}");
        let gone = plan.changes.iter().filter(|it| it.action == ChangeKind::NoOp).count();
        assert_eq!(9 - gone, plan.summary().delete, "without {part:?}");
        assert!(lab.plan(&spec(), ABSENT).await.is_empty(), "without {part:?}");
    }
}

/// Attaches a policy to the execution role and adds an inline policy to the task role, as another
/// program would.
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

fn push_images(lab: &Lab) {
    lab.with_world(|call| {
        let now = call.now;
        for tag in ["v1", "v2", "v3"] {
            call.ecr().push_image(REPOSITORY, Some(tag), now);
        }
    });
}

#[tokio::test(start_paused = true)]
async fn a_blocked_plan_lists_every_blocker() {
    let mut spec = spec();
    spec.repository.force_delete = false;
    let lab = applied(&spec).await;
    push_images(&lab);
    add_policies(&lab);
    lab.with_world(|call| {
        call.ecs().add_service(CLUSTER, "web", ecs::ServiceFixture::default());
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
    assert_nothing_changes(&lab, &spec, &plan).await;
}
