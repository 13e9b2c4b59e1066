//! Scenarios in which the account also contains other owners' resources.

use infra_core::foundation::{Foundation, FoundationSpec};
use infra_mock::external_change::ExternalChange;
use infra_mock::{MockAws, ecs, iam, logs};

use super::scenario::{
    ABSENT, ADOPT, FORCE, Others, PRESENT, Scenario, apply, apply_foundation, complete,
    with_neighbor,
};
use infra_core::conformance::attributes::defaults;

/// Returns scenarios for four situations: a foundation in another region, another foundation with
/// the same base name, unmanaged capacity providers, and a resource that changes owners after
/// planning.
pub(super) async fn owners() -> Vec<Scenario> {
    let mut all = Vec::new();
    // Roles are global, so the same foundation can exist in two regions only if the role names
    // differ between the regions.
    let mut own_roles = defaults();
    own_roles.execution_role.role.name = Some("execution-of-us-east-1".parse().expect("valid"));
    own_roles.task_role.role.name = Some("task-of-us-east-1".parse().expect("valid"));
    let roles = ["demo-dev-ecs-execution-role", "demo-dev-ecs-task-role"];
    for (name, made, goal) in [("create", false, PRESENT), ("destroy", true, ABSENT)] {
        let start = with_neighbor().await;
        apply_elsewhere(&start).await;
        if made {
            apply(&start, &own_roles).await;
        }
        let name = format!("{name} beside another region");
        all.push(Scenario::new(name, &start, &own_roles, goal).sparing(&roles));
    }
    // The foundation in the other region has taken over the roles, as earlier versions of this
    // program allowed.
    for goal in [ABSENT, FORCE] {
        let start = with_neighbor().await;
        apply(&start, &defaults()).await;
        act(
            &start,
            iam::DeleteRolePolicyRequest {
                role_name: Some(roles[1].to_owned()),
                policy_name: Some("demo-dev-ecs-task-policy".to_owned()),
            },
        );
        apply_elsewhere(&start).await;
        let name = format!("leave the roles of another region {goal:?}");
        all.push(Scenario::new(name, &start, &defaults(), goal).sparing(&roles));
    }
    let overlapping = |project: &str, environment: &str| FoundationSpec {
        project_name: project.parse().expect("valid"),
        environment: environment.parse().expect("valid"),
        ..defaults()
    };
    for (name, goal) in [("leave", ABSENT), ("leave by force", FORCE), ("adopt", ADOPT)] {
        let start = with_neighbor().await;
        apply(&start, &overlapping("a-b", "c")).await;
        let spared: &[&str] = if goal == ADOPT { &[] } else { &["a-b-c"] };
        let name = format!("{name} an overlapping project");
        all.push(Scenario::new(name, &start, &overlapping("a", "b-c"), goal).sparing(spared));
    }
    for (name, goal) in [("keep", PRESENT), ("destroy with", ABSENT)] {
        let start = complete(&defaults(), Others::Tags).await;
        associate_gpu(&start);
        let name = format!("{name} unmanaged capacity providers");
        all.push(Scenario::new(name, &start, &defaults(), goal));
    }
    for (name, meanwhile) in CHANGED_OWNERS {
        let start = complete(&defaults(), Others::Tags).await;
        let name = format!("destroy after {name} changed owners");
        let scenario = Scenario::new(name, &start, &defaults(), ABSENT);
        all.push(Scenario { meanwhile: Some(*meanwhile), ..scenario });
    }
    all
}

/// Applies the default foundation in another region.
async fn apply_elsewhere(mock: &MockAws) {
    let elsewhere = mock.in_region("eu-west-1".parse().expect("valid"));
    let location = elsewhere.caller().location.clone();
    let foundation = Foundation::new(defaults(), location).expect("the foundation is valid");
    apply_foundation(&elsewhere, &foundation).await;
}

fn act<O: infra_mock::api::Operation>(mock: &MockAws, request: O) {
    if let Err(refusal) = mock.call(request) {
        panic!("cannot create the initial world: {}: {refusal}", O::NAME);
    }
}

/// Associates an unmanaged capacity provider with the cluster, and clears the default strategy.
fn associate_gpu(mock: &MockAws) {
    mock.seed(&ExternalChange::CapacityProvider { name: "gpu".to_owned() })
        .expect("a mock without a snapshot file has nothing to save");
    act(
        mock,
        ecs::PutClusterCapacityProvidersRequest {
            cluster: Some("demo-dev-cluster".to_owned()),
            capacity_providers: Some(["FARGATE", "FARGATE_SPOT", "gpu"].map(str::to_owned).into()),
            default_capacity_provider_strategy: Some(Vec::new()),
        },
    );
}

/// A function that transfers a resource to another owner.
type TakeOver = fn(&MockAws);

/// The resources that another owner takes over between planning and applying.
const CHANGED_OWNERS: &[(&str, TakeOver)] = &[
    ("the task role", |mock| {
        act(
            mock,
            iam::TagRoleRequest {
                role_name: Some("demo-dev-ecs-task-role".to_owned()),
                tags: vec![iam::Tag::new("Name", "theirs")],
            },
        );
    }),
    ("the log group", |mock| {
        act(
            mock,
            logs::TagLogGroupRequest {
                log_group_name: Some("/ecs/demo-dev".to_owned()),
                tags: Some([("Name".to_owned(), "theirs".to_owned())].into()),
            },
        );
    }),
];
