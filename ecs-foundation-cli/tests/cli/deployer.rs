//! Tests of a foundation with a deployer, from the user's perspective.

use crate::sandbox::{Backend, CONFIG, Sandbox, on_each_backend};

on_each_backend! {
    a_deployer_is_added_changed_and_destroyed,
    a_deployer_that_is_not_configured_is_left,
}

/// Returns a configuration that lets workflows on this branch assume the deployer role.
fn with_deployer(branch: &str) -> String {
    format!(
        "{CONFIG}[deployer.github]\nrepositories = [\"octo-org/octo-repo\"]\nbranches = [{branch:?}]\n"
    )
}

const NOTICE: &str = "no workflow can assume the role yet";
const CREATE: &str = "aws iam create-open-id-connect-provider --url \
                      https://token.actions.githubusercontent.com --client-id-list sts.amazonaws.com";

fn a_deployer_is_added_changed_and_destroyed(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    let default = sandbox.run("output").succeeds().stdout;
    sandbox.write("ecs-foundation.toml", &with_deployer("main"));
    sandbox
        .run("plan")
        .succeeds()
        .shows("Plan: 2 to create, 0 to update, 0 to delete, 9 unchanged.")
        .shows("iam_role.ecs_deployer_role")
        .shows("repo:octo-org/octo-repo:ref:refs/heads/main")
        .shows(NOTICE)
        .shows(CREATE);
    let applied = sandbox.run("apply --yes").succeeds().says(": 2 created.").stdout;
    let arn = "arn:aws:iam::123456789012:role/demo-dev-ecs-deployer-role";
    assert_eq!(applied, format!("{default}deployer_role_arn = {arn:?}\n"));
    assert_eq!(sandbox.run("output --format raw deployer_role_arn").succeeds().stdout, arn);
    // The role exists, but no workflow can assume it without the identity provider.
    sandbox.run("plan --detailed-exitcode").succeeds().shows("No changes.").shows(NOTICE);
    sandbox.run("verify").fails().shows("Identity provider").says("Differs: 1 of");

    sandbox.write("ecs-foundation.toml", &with_deployer("release/*"));
    sandbox
        .run("plan")
        .succeeds()
        .shows("Plan: 0 to create, 1 to update, 0 to delete, 10 unchanged.")
        .shows("repo:octo-org/octo-repo:ref:refs/heads/release/*");
    sandbox.run("apply --yes").succeeds().says("1 updated");
    let graph = sandbox.run("graph --format json").succeeds().json();
    assert_eq!(graph["nodes"].as_array().map(Vec::len), Some(11));
    let destroyed = sandbox.run("destroy --yes").succeeds().says(": 11 deleted.");
    assert!(!destroyed.stdout.contains(NOTICE), "{}", destroyed.stdout);
}

fn a_deployer_that_is_not_configured_is_left(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    sandbox.write("ecs-foundation.toml", &with_deployer("main"));
    sandbox.run("apply --yes").succeeds();
    sandbox.write("ecs-foundation.toml", CONFIG);
    sandbox.run("plan --detailed-exitcode").succeeds().shows("No changes.");
    sandbox.run("destroy --yes").succeeds().says(": 9 deleted.");
    sandbox.write("ecs-foundation.toml", &with_deployer("main"));
    sandbox
        .run("plan")
        .succeeds()
        .shows("Plan: 9 to create, 0 to update, 0 to delete, 2 unchanged.");
}

#[test]
fn the_policy_of_the_operator_covers_the_deployer() {
    let sandbox = Sandbox::with_config(&with_deployer("main"));
    for purpose in ["plan", "apply", "destroy"] {
        let policy = sandbox.run(&format!("policy --for {purpose}")).succeeds().stdout;
        for part in [
            "role/demo-dev-ecs-deployer-role",
            "oidc-provider/token.actions.githubusercontent.com",
            "iam:GetOpenIDConnectProvider",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
    }
    let policy = sandbox.run("policy --for deploy").succeeds().stdout;
    assert!(!policy.contains("deployer-role"), "{policy}");
}

#[test]
fn a_deployer_costs_nothing() {
    let sandbox = Sandbox::new();
    let without = sandbox.run("cost --tasks 2").succeeds().stdout;
    sandbox.write("ecs-foundation.toml", &with_deployer("main"));
    assert_eq!(sandbox.run("cost --tasks 2").succeeds().stdout, without);
}
