//! Whole resources that are gone.

use infra_core::engine::ChangeKind;
use infra_mock::ecs;
use tests::parts::{CLUSTER, Part};
use tests::show::{changing_sorted, outline};
use tests::{Lab, PRESENT, spec};

/// Makes a foundation, takes a part away, and gives back what the plan says and what apply calls.
async fn without(part: Part) -> (Vec<String>, Vec<String>) {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    part.remove(&lab);
    let plan = lab.plan(&spec(), PRESENT).await;
    lab.calls();
    assert!(lab.carry_out(&spec(), &plan).await.is_success());
    let calls = changing_sorted(&lab.calls());
    lab.assert_converged(&spec()).await;
    (outline(&plan), calls)
}

#[tokio::test(start_paused = true)]
async fn the_cluster_gone_is_made_with_everything_in_one_call() {
    let (plan, calls) = without(Part::Cluster).await;
    let expected = [
        "ecs_cluster.main create container_insights",
        "ecs_cluster.main create tags.Name",
        "ecs_cluster_capacity_providers.main create capacity_providers",
        "ecs_cluster_capacity_providers.main create default_capacity_provider_strategy",
    ];
    assert_eq!(plan, expected);
    assert_eq!(calls, ["ecs:CreateCluster"]);
}

#[tokio::test(start_paused = true)]
async fn an_inactive_cluster_counts_as_absent() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    lab.act(ecs::DeleteClusterRequest { cluster: Some(CLUSTER.to_owned()) });
    let described = lab.act(ecs::DescribeClustersRequest {
        clusters: Some(vec![CLUSTER.to_owned()]),
        ..Default::default()
    });
    assert_eq!(described.clusters[0].status, "INACTIVE", "AWS still describes it");
    let plan = lab.plan(&spec(), PRESENT).await;
    assert_eq!(plan.change("ecs_cluster.main").unwrap().action, ChangeKind::Create);
    assert!(lab.carry_out(&spec(), &plan).await.is_success());
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn the_execution_role_gone_takes_its_attachment_and_the_repository_s_trust_with_it() {
    let (plan, calls) = without(Part::ExecutionRole).await;
    let expected = [
        "iam_role.ecs_execution_role create assume_role_policy",
        "iam_role.ecs_execution_role create path",
        "iam_role.ecs_execution_role create max_session_duration",
        "iam_role.ecs_execution_role create tags.Name",
        "iam_role_policy_attachment.ecs_execution_role_policy create policy_arn",
        "ecr_repository_policy.app update policy",
    ];
    assert_eq!(plan, expected);
    assert_eq!(calls, ["ecr:SetRepositoryPolicy", "iam:AttachRolePolicy", "iam:CreateRole"]);
}

#[tokio::test(start_paused = true)]
async fn the_task_role_gone_takes_its_inline_policy_with_it() {
    let (plan, calls) = without(Part::TaskRole).await;
    let expected = [
        "iam_role.ecs_task_role create assume_role_policy",
        "iam_role.ecs_task_role create path",
        "iam_role.ecs_task_role create max_session_duration",
        "iam_role.ecs_task_role create tags.Name",
        "iam_role_policy.ecs_task_role_policy create policy",
    ];
    assert_eq!(plan, expected);
    assert_eq!(calls, ["iam:CreateRole", "iam:PutRolePolicy"]);
}

#[tokio::test(start_paused = true)]
async fn the_repository_gone_takes_its_policy_with_it() {
    let (plan, calls) = without(Part::Repository).await;
    let expected = [
        "ecr_repository.app create image_tag_mutability",
        "ecr_repository.app create scan_on_push",
        "ecr_repository.app create encryption",
        "ecr_repository.app create tags.Name",
        "ecr_repository_policy.app create policy",
    ];
    assert_eq!(plan, expected);
    assert_eq!(calls, ["ecr:CreateRepository", "ecr:SetRepositoryPolicy"]);
}

#[tokio::test(start_paused = true)]
async fn the_log_group_gone_is_made_with_its_retention() {
    let (plan, calls) = without(Part::LogGroup).await;
    let expected = [
        "cloudwatch_log_group.ecs create retention_in_days",
        "cloudwatch_log_group.ecs create class",
        "cloudwatch_log_group.ecs create tags.Environment",
        "cloudwatch_log_group.ecs create tags.Name",
    ];
    assert_eq!(plan, expected);
    assert_eq!(calls, ["logs:CreateLogGroup", "logs:PutRetentionPolicy"]);
}
