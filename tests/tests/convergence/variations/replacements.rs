//! Tests for settings that can be changed only by replacing a resource. Dependent resources must be
//! deleted first and created last.

use infra_core::foundation::FoundationSpec;
use infra_core::provider::{Encryption, LogGroupClass};
use infra_mock::iam;
use tests::parts::{REPOSITORY, TASK_ROLE};
use tests::show::{blockers, changing, notices};
use tests::{Lab, PRESENT, spec};

fn execution_path(spec: &mut FoundationSpec) {
    spec.execution_role.role.path = "/team/".parse().unwrap();
}

fn task_path(spec: &mut FoundationSpec) {
    spec.task_role.role.path = "/team/".parse().unwrap();
}

fn encrypted(spec: &mut FoundationSpec) {
    spec.repository.encryption = Encryption::Kms(None);
}

fn infrequent(spec: &mut FoundationSpec) {
    spec.log_group.class = LogGroupClass::InfrequentAccess;
}

/// Applies a changed configuration to a complete foundation, and returns the write calls in order.
async fn calls(vary: fn(&mut FoundationSpec)) -> Vec<String> {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let mut varied = spec();
    vary(&mut varied);
    lab.calls();
    lab.apply(&varied).await;
    changing(&lab.calls())
}

#[tokio::test(start_paused = true)]
async fn a_replaced_role_is_deleted_after_its_policies_and_created_before_them_and_the_repository_policy()
 {
    let calls = calls(execution_path).await;
    let (gone, made) = calls.split_at(3);
    assert_eq!(gone, ["iam:DetachRolePolicy", "iam:DeleteRole", "iam:CreateRole"]);
    let mut made = made.to_vec();
    made.sort();
    assert_eq!(made, ["ecr:SetRepositoryPolicy", "iam:AttachRolePolicy"]);
}

#[tokio::test(start_paused = true)]
async fn an_inline_policy_is_deleted_before_its_role_and_created_after_it() {
    let order = ["iam:DeleteRolePolicy", "iam:DeleteRole", "iam:CreateRole", "iam:PutRolePolicy"];
    assert_eq!(calls(task_path).await, order);
}

#[tokio::test(start_paused = true)]
async fn a_repository_policy_is_set_on_the_new_repository() {
    let order = ["ecr:DeleteRepository", "ecr:CreateRepository", "ecr:SetRepositoryPolicy"];
    assert_eq!(calls(encrypted).await, order);
}

#[tokio::test(start_paused = true)]
async fn the_retention_is_set_on_the_new_log_group() {
    let order = ["logs:DeleteLogGroup", "logs:CreateLogGroup", "logs:PutRetentionPolicy"];
    assert_eq!(calls(infrequent).await, order);
}

/// Makes an external change to a complete foundation, and then plans a changed configuration.
async fn plan(
    happens: impl FnOnce(&Lab),
    vary: impl FnOnce(&mut FoundationSpec),
) -> infra_core::engine::Plan {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    happens(&lab);
    let mut varied = spec();
    vary(&mut varied);
    lab.plan(&varied, PRESENT).await
}

#[tokio::test(start_paused = true)]
async fn a_plan_reports_what_a_replacement_deletes() {
    let plan = plan(
        |_| (),
        |spec| {
            encrypted(spec);
            infrequent(spec);
        },
    )
    .await;
    let expected = [
        "ecr_repository.app: replacing the repository deletes 0 images",
        "cloudwatch_log_group.ecs: replacing the log group deletes its events",
    ];
    assert_eq!(notices(&plan), expected);
}

#[tokio::test(start_paused = true)]
async fn a_repository_with_images_is_not_replaced_without_force_delete() {
    let plan = plan(
        |lab| {
            lab.with_world(|call| {
                let now = call.now;
                call.ecr().push_image(REPOSITORY, Some("latest"), now);
            });
        },
        |spec| {
            encrypted(spec);
            spec.repository.force_delete = false;
        },
    )
    .await;
    let expected = ["ecr_repository.app: replacing the repository would delete 1 image, and \
                     force_delete is off"];
    assert_eq!(blockers(&plan), expected);
}

#[tokio::test(start_paused = true)]
async fn a_role_in_an_instance_profile_is_not_replaced() {
    let plan = plan(
        |lab| {
            lab.with_world(|call| iam::add_instance_profile(call, "workers", TASK_ROLE)).unwrap();
        },
        task_path,
    )
    .await;
    assert_eq!(
        blockers(&plan),
        ["iam_role.ecs_task_role: the role is in instance profiles: workers"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_log_group_with_skip_destroy_is_not_replaced() {
    let plan = plan(
        |_| (),
        |spec| {
            infrequent(spec);
            spec.log_group.skip_destroy = true;
        },
    )
    .await;
    let expected = "cloudwatch_log_group.ecs: changing the class would replace the log group, but \
                    skip_destroy is on";
    assert_eq!(blockers(&plan), [expected]);
    assert!(!plan.is_executable());
}

#[tokio::test(start_paused = true)]
async fn a_role_with_unmanaged_policies_is_not_replaced() {
    let attach = |lab: &Lab| {
        lab.act(iam::AttachRolePolicyRequest {
            role_name: Some(TASK_ROLE.to_owned()),
            policy_arn: Some("arn:aws:iam::aws:policy/AdministratorAccess".to_owned()),
        });
    };
    let plan = plan(attach, task_path).await;
    let expected = "iam_role.ecs_task_role: cannot delete the role: it has unmanaged policies: \
                    arn:aws:iam::aws:policy/AdministratorAccess";
    assert_eq!(blockers(&plan), [expected]);
    assert!(!plan.is_executable());
}
