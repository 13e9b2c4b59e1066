//! What others put on our resources: reported and left, and removed only when told to.

use infra_core::foundation::{FoundationSpec, ManagedPolicy, UnmanagedAction};
use infra_mock::{ecr, ecs, iam, logs};
use tests::parts::{EXECUTION_ROLE, LOG_GROUP, TASK_ROLE};
use tests::show::{changes, changing_sorted, notices};
use tests::{Lab, PRESENT, some, spec};

fn removing() -> FoundationSpec {
    let mut spec = spec();
    spec.unmanaged.tags = UnmanagedAction::Remove;
    spec.unmanaged.policies = UnmanagedAction::Remove;
    spec
}

/// Somebody gives all five resources the tag Cost=42.
fn tag(lab: &Lab) {
    let cluster = some("arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster");
    let tags = Some(vec![ecs::Tag::new("Cost", "42")]);
    lab.act(ecs::TagResourceRequest { resource_arn: cluster, tags });
    for role in [EXECUTION_ROLE, TASK_ROLE] {
        let tags = vec![iam::Tag::new("Cost", "42")];
        lab.act(iam::TagRoleRequest { role_name: some(role), tags });
    }
    let repository = some("arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-app");
    let tags = Some(vec![ecr::Tag { key: some("Cost"), value: some("42") }]);
    lab.act(ecr::TagResourceRequest { resource_arn: repository, tags });
    lab.act(logs::TagLogGroupRequest {
        log_group_name: some(LOG_GROUP),
        tags: Some([("Cost".to_owned(), "42".to_owned())].into()),
    });
}

const TAGGED: [&str; 5] = [
    "ecs_cluster.main",
    "iam_role.ecs_execution_role",
    "iam_role.ecs_task_role",
    "ecr_repository.app",
    "cloudwatch_log_group.ecs",
];

#[tokio::test(start_paused = true)]
async fn tags_of_others_are_reported_and_left() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    tag(&lab);
    let plan = lab.plan(&spec(), PRESENT).await;
    assert!(plan.is_empty());
    let left = |address| format!("{address}: left tags that the configuration does not name: Cost");
    assert_eq!(notices(&plan), TAGGED.map(left));
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn tags_of_others_are_removed_when_told_to() {
    let (lab, spec) = (Lab::new(), removing());
    lab.apply(&spec).await;
    tag(&lab);
    let plan = lab.plan(&spec, PRESENT).await;
    let removed = |address| format!(r#"{address} update tags.Cost: "42" -> null"#);
    assert_eq!(changes(&plan), TAGGED.map(removed));
    assert_eq!(plan.notices, []);
    lab.calls();
    assert!(lab.carry_out(&spec, &plan).await.is_success());
    let untagged = [
        "ecr:UntagResource",
        "ecs:UntagResource",
        "iam:UntagRole",
        "iam:UntagRole",
        "logs:UntagResource",
    ];
    assert_eq!(changing_sorted(&lab.calls()), untagged);
    lab.assert_converged(&spec).await;
}

/// Somebody attaches a policy to both roles and embeds one.
fn add_policies(lab: &Lab) {
    for role in [EXECUTION_ROLE, TASK_ROLE] {
        lab.act(iam::AttachRolePolicyRequest {
            role_name: some(role),
            policy_arn: some("arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"),
        });
        lab.act(iam::PutRolePolicyRequest {
            role_name: some(role),
            policy_name: some("debug"),
            policy_document: some(
                r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ssmmessages:*","Resource":"*"}}"#,
            ),
        });
    }
}

const ROLES: [&str; 2] = ["iam_role.ecs_execution_role", "iam_role.ecs_task_role"];

#[tokio::test(start_paused = true)]
async fn policies_of_others_are_reported_and_left() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    add_policies(&lab);
    let plan = lab.plan(&spec(), PRESENT).await;
    assert!(plan.is_empty());
    let left = |address| {
        format!(
            "{address}: left policies that the configuration does not name: \
             arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess, debug (inline)"
        )
    };
    assert_eq!(notices(&plan), ROLES.map(left));
    lab.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn policies_of_others_are_removed_when_told_to() {
    let (lab, spec) = (Lab::new(), removing());
    lab.apply(&spec).await;
    add_policies(&lab);
    let plan = lab.plan(&spec, PRESENT).await;
    let expected: Vec<String> = ROLES
        .iter()
        .flat_map(|address| {
            let arn = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess";
            [
                format!(
                    r#"{address} update managed_policies.AWSXRayDaemonWriteAccess: "{arn}" -> null"#
                ),
                format!(r#"{address} update inline_policies.debug: "present" -> null"#),
            ]
        })
        .collect();
    assert_eq!(changes(&plan), expected);
    lab.calls();
    assert!(lab.carry_out(&spec, &plan).await.is_success());
    let removed = [
        "iam:DeleteRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:DetachRolePolicy",
    ];
    assert_eq!(changing_sorted(&lab.calls()), removed);
    lab.assert_converged(&spec).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_configuration_dropped_is_removed_when_told_to() {
    let (lab, default) = (Lab::new(), removing());
    let mut varied = default.clone();
    varied.tags.set("Team", "blue").unwrap();
    let policy = ManagedPolicy::AwsManaged("AWSXRayDaemonWriteAccess".to_owned());
    varied.task_role.role.additional_managed_policies = vec![policy];
    varied.task_role.role.inline_policy_name = Some("logs".parse().unwrap());
    lab.apply(&varied).await;
    lab.assert_converged(&varied).await;

    let plan = lab.apply(&default).await;
    let dropped = |path: &str| changes(&plan).iter().filter(|line| line.contains(path)).count();
    assert_eq!(dropped(r#"tags.Team: "blue" -> null"#), 5);
    assert_eq!(dropped("managed_policies.AWSXRayDaemonWriteAccess"), 1);
    assert_eq!(dropped("inline_policies.logs"), 1);
    lab.assert_converged(&default).await;
    assert_eq!(lab.plan(&default, PRESENT).await.notices, []);
}

#[tokio::test(start_paused = true)]
async fn a_tag_whose_key_only_changes_its_case_ends_up_as_the_configuration_has_it() {
    let (lab, mut spec) = (Lab::new(), removing());
    spec.tags.set("Team", "blue").unwrap();
    lab.apply(&spec).await;
    // IAM takes the two keys for the same and keeps the last spelling.
    let tags = vec![iam::Tag::new("team", "red")];
    lab.act(iam::TagRoleRequest { role_name: some(TASK_ROLE), tags });
    lab.apply(&spec).await;
    lab.assert_converged(&spec).await;
}
