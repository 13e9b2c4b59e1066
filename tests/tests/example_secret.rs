//! The example of a resource of one's own does what it says.

#![allow(
    unreachable_pub,
    reason = "the example is public in its own right, and taken in as a module here"
)]

use infra_core::engine::{ChangeKind, Plan};

#[path = "../examples/secret.rs"]
mod secret;

fn action(plan: &Plan, address: &str) -> ChangeKind {
    plan.change(address).expect("the plan names the resource").action
}

const SECRET: &str = "secretsmanager_secret.database";

#[tokio::test]
async fn a_secret_is_planned_made_changed_and_removed_with_the_foundation() {
    let [created, changed, removed] = secret::run().await.unwrap();
    assert_eq!(created.summary().create, 10);
    let policy = created.change("iam_role_policy.ecs_task_role_policy").unwrap();
    assert!(policy.fields[0].after.to_string().contains("secret:shop-dev-database"));

    assert_eq!(changed.summary().no_op, 9);
    assert_eq!(action(&changed, SECRET), ChangeKind::Update);
    assert_eq!(changed.steps.len(), 1);

    assert_eq!(removed.summary().delete, 10);
    let step =
        |address: &str| removed.steps.iter().find(|step| step.address.as_str() == address).unwrap();
    let (role, secret) = (step("iam_role.ecs_task_role"), step(SECRET));
    assert!(role.requires.contains(&secret.id), "the role goes after what depends on it");
}
