//! Tests that check how many calls a run makes to each operation. A change that adds a call must
//! therefore also update the expected number here.

use std::collections::BTreeMap;

use infra_mock::JournalEntry;
use tests::show::{changing_sorted, tally};
use tests::{ABSENT, Lab, PRESENT, spec};

/// The maximum number of calls for planning a foundation.
const PLAN: usize = 14;
/// The maximum number of writes for creating a foundation.
const CREATE: usize = 10;
/// The maximum number of writes for destroying a foundation.
const DESTROY: usize = 10;

fn expected(names: &[(&str, usize)]) -> BTreeMap<String, usize> {
    names.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn assert_no_changes(calls: &[JournalEntry]) {
    assert_eq!(changing_sorted(calls), [""; 0]);
}

/// The read operations, and how many times planning calls each of them.
const READS: &[(&str, usize)] = &[
    ("sts:GetCallerIdentity", 1),
    ("ecs:DescribeClusters", 1),
    ("iam:GetRole", 2),
    ("iam:ListAttachedRolePolicies", 2),
    ("iam:ListRolePolicies", 2),
    ("iam:GetRolePolicy", 1),
    ("ecr:DescribeRepositories", 1),
    ("ecr:ListTagsForResource", 1),
    ("ecr:GetRepositoryPolicy", 1),
    ("logs:DescribeLogGroups", 1),
    ("logs:ListTagsForResource", 1),
];

#[tokio::test(start_paused = true)]
async fn planning_a_complete_foundation_makes_fourteen_calls() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    lab.calls();
    assert!(lab.plan(&spec(), PRESENT).await.is_empty());
    let calls = lab.calls();
    assert_eq!(tally(&calls), expected(READS));
    assert!(calls.len() <= PLAN);
    assert_no_changes(&calls);
}

#[tokio::test(start_paused = true)]
async fn planning_an_absent_foundation_makes_fourteen_calls() {
    let lab = Lab::new();
    assert_eq!(lab.plan(&spec(), PRESENT).await.summary().create, 9);
    let calls = lab.calls();
    assert_eq!(tally(&calls), expected(READS));
    assert!(calls.len() <= PLAN);
    assert_no_changes(&calls);
}

#[tokio::test(start_paused = true)]
async fn creating_a_foundation_makes_nine_changing_calls_and_reads_nothing() {
    let lab = Lab::new();
    let plan = lab.plan(&spec(), PRESENT).await;
    lab.calls();
    assert!(lab.carry_out(&spec(), &plan).await.is_success());
    let calls = lab.calls();
    let made = [
        "ecr:CreateRepository",
        "ecr:SetRepositoryPolicy",
        "ecs:CreateCluster",
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "logs:CreateLogGroup",
        "logs:PutRetentionPolicy",
    ];
    assert_eq!(changing_sorted(&calls), made);
    assert!(made.len() <= CREATE);
    // Besides the writes, there is one call to look up the account.
    assert_eq!(calls.len(), made.len() + 1);
    assert_eq!(plan.steps.len(), made.len());
}

#[tokio::test(start_paused = true)]
async fn a_second_apply_changes_nothing() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    lab.calls();
    let plan = lab.apply(&spec()).await;
    assert!(plan.is_empty());
    assert_eq!(plan.summary().no_op, 9);
    assert_no_changes(&lab.calls());
}

#[tokio::test(start_paused = true)]
async fn destroying_a_foundation_makes_seven_changing_calls_and_confirms_owners_and_deletions() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    let plan = lab.plan(&spec(), ABSENT).await;
    assert_eq!(plan.summary().delete, 9);
    lab.calls();
    assert!(lab.carry_out(&spec(), &plan).await.is_success());
    let calls = lab.calls();
    let made = [
        "ecr:DeleteRepository",
        "ecs:DeleteCluster",
        "iam:DeleteRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "logs:DeleteLogGroup",
    ];
    assert_eq!(changing_sorted(&calls), made);
    assert!(made.len() <= DESTROY);
    let mut reads = tally(&calls);
    reads.retain(|name, _| !made.contains(&name.as_str()));
    // Each resource is read before its first change, to check that it is still managed. Each
    // resource is read again after its deletion, to check that it is gone.
    let confirmed = [
        ("sts:GetCallerIdentity", 1),
        ("ecs:DescribeClusters", 2),
        ("iam:GetRole", 4),
        ("iam:GetRolePolicy", 2),
        ("ecr:DescribeRepositories", 2),
        ("ecr:ListTagsForResource", 1),
        ("logs:DescribeLogGroups", 2),
        ("logs:ListTagsForResource", 1),
    ];
    assert_eq!(reads, expected(&confirmed));
}

#[tokio::test(start_paused = true)]
async fn planning_a_destroy_counts_contents_once_and_lists_only_what_exists() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    lab.calls();
    lab.plan(&spec(), ABSENT).await;
    let contents = [
        ("iam:ListInstanceProfilesForRole", 2),
        ("ecr:ListImages", 1),
        ("logs:DescribeLogStreams", 1),
    ];
    let all = [READS, &contents].concat();
    assert_eq!(tally(&lab.calls()), expected(&all));
}

#[tokio::test(start_paused = true)]
async fn a_second_destroy_changes_nothing() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    lab.destroy(&spec()).await;
    lab.calls();
    let plan = lab.destroy(&spec()).await;
    assert!(plan.is_empty());
    assert_no_changes(&lab.calls());
}
