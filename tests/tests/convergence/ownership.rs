//! Tests for resources that have the expected names and Name tags but belong to another foundation:
//! roles that are used in another region, and resources of a foundation that has a different
//! project and environment but the same base name.

use infra_core::engine::{ChangeKind, Goal, Outcome, Plan, Remedy, Report};
use infra_core::error::{Effect, ErrorKind};
use infra_core::foundation::FoundationSpec;
use infra_core::policy::Statement;
use infra_mock::{ecr, ecs, iam, logs};
use tests::parts::{EXECUTION_ROLE, LOG_GROUP, Part, TASK_POLICY, TASK_ROLE, everything};
use tests::show::{changing_sorted, notices};
use tests::{ABSENT, ADOPT, FORCE, Lab, PRESENT, some, spec};

const ROLES: [&str; 2] = ["iam_role.ecs_execution_role", "iam_role.ecs_task_role"];

/// Returns labs for two regions of one account. Only the first region contains a foundation, and
/// the calls that created it are no longer in the journal.
async fn two_regions(spec: &FoundationSpec) -> [Lab; 2] {
    let first = Lab::new();
    first.apply(spec).await;
    first.calls();
    let second = first.elsewhere("eu-west-1");
    [first, second]
}

fn blocked(plan: &Plan) -> Vec<&str> {
    plan.blockers.iter().map(|blocker| blocker.address.as_str()).collect()
}

/// Checks that the plan is refused because of the roles, and that each blocker names the other
/// region and the setting that avoids the conflict.
async fn assert_roles_are_claimed(lab: &Lab, spec: &FoundationSpec, plan: &Plan, region: &str) {
    assert_eq!(blocked(plan), ROLES);
    for blocker in &plan.blockers {
        assert!(blocker.message.contains(region), "{blocker:?}");
        let remedy = Remedy::setting("role_names_include_region", "true");
        assert_eq!(blocker.remedy, Some(remedy));
    }
    lab.calls();
    lab.refused(spec, plan).await;
    assert_eq!(changing_sorted(&lab.calls()), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn roles_that_serve_another_region_are_refused_before_any_change() {
    let [first, second] = two_regions(&spec()).await;
    for goal in [PRESENT, ADOPT] {
        let plan = second.plan(&spec(), goal).await;
        assert_roles_are_claimed(&second, &spec(), &plan, "us-east-1").await;
    }
    first.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn roles_without_a_statement_of_their_own_are_judged_by_the_name_of_the_log_group() {
    let [_, second] = two_regions(&spec()).await;
    let mut spec = spec();
    spec.task_role.log_actions = Vec::new();
    let plan = second.plan(&spec, PRESENT).await;
    assert_roles_are_claimed(&second, &spec, &plan, "us-east-1").await;
}

#[tokio::test(start_paused = true)]
async fn roles_are_not_claimed_by_log_groups_that_the_configuration_names_or_has_named() {
    let central = "arn:aws:logs:eu-west-1:123456789012:log-group:/central:*";
    let mut varied = spec();
    let write = Statement::allow(["logs:PutLogEvents"]).with_resources([central]);
    varied.task_role.role.statements = vec![write];
    let lab = Lab::new();
    lab.apply(&varied).await;
    lab.assert_converged(&varied).await;
    lab.apply(&spec()).await;
    lab.assert_converged(&spec()).await;

    varied.task_role.log_actions = Vec::new();
    lab.apply(&varied).await;
    lab.assert_converged(&varied).await;
    let mut none = varied.clone();
    none.task_role.role.statements = Vec::new();
    lab.apply(&none).await;
    lab.assert_converged(&none).await;
}

#[tokio::test(start_paused = true)]
async fn roles_with_other_names_let_two_regions_coexist() {
    let [first, second] = two_regions(&spec()).await;
    let mut other = spec();
    other.execution_role.role.name = "demo-dev-ecs-execution-role-eu".parse().ok();
    other.task_role.role.name = "demo-dev-ecs-task-role-eu".parse().ok();
    second.apply(&other).await;
    first.assert_converged(&spec()).await;
    second.assert_converged(&other).await;
    second.destroy(&other).await;
    first.assert_converged(&spec()).await;
    second.apply(&other).await;
    first.destroy(&spec()).await;
    second.assert_converged(&other).await;
}

#[tokio::test(start_paused = true)]
async fn destroying_leaves_roles_that_serve_another_region() {
    // Make both regions use the same roles, as earlier versions of ecs-foundation allowed.
    let [first, second] = two_regions(&spec()).await;
    first.act(iam::DeleteRolePolicyRequest {
        role_name: some(TASK_ROLE),
        policy_name: some(TASK_POLICY),
    });
    second.apply(&spec()).await;
    first.calls();
    let plan = first.destroy(&spec()).await;
    let left = notices(&plan);
    for role in ROLES {
        let named = left.iter().find(|line| line.starts_with(role));
        assert!(named.is_some_and(|line| line.contains("eu-west-1")), "{left:#?}");
        let change = plan.change(role).expect("every resource is listed");
        assert_eq!(change.action, ChangeKind::NoOp);
    }
    assert_eq!(plan.summary().delete, 5);
    second.assert_converged(&spec()).await;
}

#[tokio::test(start_paused = true)]
async fn destroying_must_be_forced_where_only_roles_exist() {
    let [first, second] = two_regions(&spec()).await;
    let plan = second.plan(&spec(), ABSENT).await;
    assert_eq!(blocked(&plan), ROLES);
    for blocker in &plan.blockers {
        assert_eq!(blocker.remedy, Some(Remedy::Force));
        assert!(blocker.message.contains("eu-west-1"), "{blocker:?}");
    }
    // Even a forced destroy deletes nothing that is used in another region.
    assert!(second.run(&spec(), FORCE).await.steps.is_empty());
    first.assert_converged(&spec()).await;

    // Without the inline policy, nothing in the roles shows which region uses them.
    first.act(iam::DeleteRolePolicyRequest {
        role_name: some(TASK_ROLE),
        policy_name: some(TASK_POLICY),
    });
    let plan = second.plan(&spec(), ABSENT).await;
    assert_eq!(blocked(&plan), ROLES);
    second.calls();
    second.refused(&spec(), &plan).await;
    assert_eq!(changing_sorted(&second.calls()), [""; 0]);
    let plan = second.run(&spec(), FORCE).await;
    // The forced destroy deletes both roles and the policy attachment. The inline policy was
    // already gone.
    assert_eq!(plan.summary().delete, 3);
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_destroy_that_left_only_roles_is_continued() {
    let lab = Lab::new();
    lab.apply(&spec()).await;
    for part in [Part::Cluster, Part::Repository, Part::LogGroup] {
        part.remove(&lab);
    }
    lab.destroy(&spec()).await;
    assert_eq!(everything(&lab), [""; 0]);
}

fn overlapping(project: &str, environment: &str) -> FoundationSpec {
    FoundationSpec::new(project.parse().unwrap(), environment.parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_foundation_of_another_environment_is_not_managed() {
    let lab = Lab::new();
    let (first, second) = (overlapping("a-b", "c"), overlapping("a", "b-c"));
    lab.apply(&first).await;
    lab.calls();

    let plan = lab.plan(&second, PRESENT).await;
    let refused: Vec<_> = plan.conflicts.iter().map(|it| it.address.as_str()).collect();
    let expected =
        ["ecs_cluster.main", ROLES[0], ROLES[1], "ecr_repository.app", "cloudwatch_log_group.ecs"];
    assert_eq!(refused, expected);
    for conflict in &plan.conflicts {
        assert!(conflict.reason.contains(r#""c", not "b-c""#), "{conflict:?}");
    }

    for goal in [ABSENT, FORCE] {
        let plan = lab.run(&second, goal).await;
        assert!(plan.steps.is_empty(), "{:#?}", plan.steps);
        assert_eq!(plan.notices.len(), 5, "{:#?}", plan.notices);
        assert_eq!(plan.summary().no_op, 9);
    }
    assert_eq!(changing_sorted(&lab.calls()), [""; 0]);
    lab.assert_converged(&first).await;

    lab.run(&second, ADOPT).await;
    lab.assert_converged(&second).await;
    assert_eq!(lab.plan(&first, PRESENT).await.conflicts.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn any_other_value_of_the_environment_tag_is_corrected() {
    let lab = Lab::new();
    let spec = overlapping("a-b", "c");
    lab.apply(&spec).await;
    for value in ["", "prod", "b", "a-b-c", "B-C"] {
        lab.act(logs::TagLogGroupRequest {
            log_group_name: some("/ecs/a-b-c"),
            tags: Some([("Environment".to_owned(), value.to_owned())].into()),
        });
        let plan = lab.plan(&spec, Goal::Present { adopt: false }).await;
        assert_eq!(plan.summary().update, 1, "{value}");
        lab.apply(&spec).await;
        lab.assert_converged(&spec).await;
    }
}

/// Changes the Name tag of one of the foundation's resources, as if another owner had taken it
/// over.
fn rename(lab: &Lab, address: &str) {
    let other = "other";
    match address {
        "ecs_cluster.main" => drop(lab.act(ecs::TagResourceRequest {
            resource_arn: some("arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster"),
            tags: Some(vec![ecs::Tag::new("Name", other)]),
        })),
        "iam_role.ecs_execution_role" | "iam_role.ecs_task_role" => {
            let name = if address.contains("task") { TASK_ROLE } else { EXECUTION_ROLE };
            let tags = vec![iam::Tag::new("Name", other)];
            lab.act(iam::TagRoleRequest { role_name: some(name), tags });
        }
        "ecr_repository.app" => drop(lab.act(ecr::TagResourceRequest {
            resource_arn: some("arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-app"),
            tags: Some(vec![ecr::Tag { key: some("Name"), value: some(other) }]),
        })),
        _ => lab.act(logs::TagLogGroupRequest {
            log_group_name: some(LOG_GROUP),
            tags: Some([("Name".to_owned(), other.to_owned())].into()),
        }),
    }
}

const ADDRESSES: [&str; 5] =
    ["ecs_cluster.main", ROLES[0], ROLES[1], "ecr_repository.app", "cloudwatch_log_group.ecs"];

/// Checks that no step for the resource at `address` took effect, and that the changed Name tag
/// caused every failure.
fn assert_refused(report: &Report, address: &str) {
    let mut refused = 0;
    for step in &report.steps {
        let own = step.address.as_str().replace("_policy_attachment", "").replace("_policy", "");
        match &step.outcome {
            Outcome::Done => assert_ne!(own, address, "{step:?}"),
            Outcome::Failed { error } => {
                assert_eq!(error.kind(), ErrorKind::NotManaged, "{error}");
                assert_eq!(error.effect(), Effect::None);
                assert!(error.message().contains(r#"its Name tag is "other""#), "{error}");
                refused += 1;
            }
            Outcome::NotTried { because } => {
                assert_eq!(because.as_ref().map(|it| it.as_str().contains("role")), Some(true));
            }
        }
    }
    assert!(refused > 0, "{report:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_changes_owners_after_the_plan_is_not_deleted() {
    for address in ADDRESSES {
        let lab = Lab::new();
        lab.apply(&spec()).await;
        let plan = lab.plan(&spec(), ABSENT).await;
        rename(&lab, address);
        lab.calls();
        let report = lab.carry_out(&spec(), &plan).await;
        assert_refused(&report, address);
        let left = lab.plan(&spec(), ABSENT).await;
        assert!(notices(&left).iter().any(|line| line.starts_with(address)), "{:?}", left.notices);
        assert!(left.steps.is_empty(), "{:#?}", left.steps);
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_changes_owners_after_the_plan_is_not_updated() {
    for address in ADDRESSES {
        let lab = Lab::new();
        lab.apply(&spec()).await;
        let mut varied = spec();
        varied.tags.set("Team", "blue").unwrap();
        let plan = lab.plan(&varied, PRESENT).await;
        rename(&lab, address);
        assert_refused(&lab.carry_out(&varied, &plan).await, address);
        assert_eq!(lab.plan(&varied, PRESENT).await.conflicts.len(), 1, "{address}");
    }
}

#[tokio::test(start_paused = true)]
async fn roles_that_come_to_serve_another_region_after_the_plan_are_not_deleted() {
    let [first, second] = two_regions(&spec()).await;
    let plan = first.plan(&spec(), ABSENT).await;
    first.act(iam::DeleteRolePolicyRequest {
        role_name: some(TASK_ROLE),
        policy_name: some(TASK_POLICY),
    });
    second.apply(&spec()).await;
    let report = first.carry_out(&spec(), &plan).await;
    let failed: Vec<_> = report.failures().map(|(step, _)| step.address.as_str()).collect();
    let expected = [
        "iam_role_policy_attachment.ecs_execution_role_policy",
        "iam_role_policy.ecs_task_role_policy",
    ];
    assert_eq!(failed, expected);
    second.assert_converged(&spec()).await;
}
