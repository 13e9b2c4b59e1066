//! Tests of a foundation with a second service, from the user's perspective.

use crate::sandbox::{Backend, CONFIG, Sandbox, on_each_backend};

on_each_backend! {
    a_service_is_added_changed_and_destroyed,
    the_outputs_of_a_service_are_available,
    a_removed_service_is_reported_and_left,
    a_removed_service_can_be_destroyed,
    one_of_several_services_can_be_destroyed,
}

/// Returns a configuration with the service `worker`, which has the given settings.
fn with_worker(settings: &str) -> String {
    format!("{CONFIG}[services.worker]\n{settings}")
}

fn a_service_is_added_changed_and_destroyed(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    sandbox.write("ecs-foundation.toml", &with_worker(""));
    sandbox
        .run("plan")
        .succeeds()
        .shows("Plan: 5 to create, 0 to update, 0 to delete, 9 unchanged.")
        .shows("iam_role.worker_task_role")
        .shows("demo-dev-worker-task-role");
    sandbox
        .run("apply --yes")
        .succeeds()
        .says(": 5 created.")
        .says("ecr_repository.worker: created");
    sandbox.run("plan --detailed-exitcode").succeeds().shows("No changes.");
    let verified = sandbox.run("verify").succeeds();
    assert!(verified.stdout.contains("cloudwatch_log_group.worker"), "{}", verified.stdout);

    sandbox.write("ecs-foundation.toml", &with_worker("log_group.retention_in_days = 30\n"));
    sandbox
        .run("plan")
        .succeeds()
        .shows("Plan: 0 to create, 1 to update, 0 to delete, 13 unchanged.")
        .shows("cloudwatch_log_group.worker");
    sandbox.run("verify").fails().shows("14 days");
    sandbox.run("apply --yes").succeeds().says("1 updated");
    let graph = sandbox.run("graph --format json").succeeds().json();
    assert_eq!(graph["nodes"].as_array().map(Vec::len), Some(14));
    sandbox.run("destroy --yes").succeeds().says(": 14 deleted.");
    sandbox.run("destroy --yes").succeeds().says("Nothing to destroy.");
}

fn the_outputs_of_a_service_are_available(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    let default = sandbox.run("output").succeeds().stdout;
    sandbox.write("ecs-foundation.toml", &with_worker(""));
    sandbox
        .run("output ecr_repository_url_worker")
        .fails()
        .says("ecr_repository_url_worker: ecr_repository.worker does not exist");
    let applied = sandbox.run("apply --yes").succeeds().stdout;
    let expected = "\
ecs_task_role_arn_worker = \"arn:aws:iam::123456789012:role/demo-dev-worker-task-role\"
ecr_repository_url_worker = \"123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-dev-worker\"
ecr_repository_arn_worker = \"arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-worker\"
cloudwatch_log_group_name_worker = \"/ecs/demo-dev/worker\"
cloudwatch_log_group_arn_worker = \"arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev/worker\"
";
    assert_eq!(applied, format!("{default}{expected}"));
    assert_eq!(sandbox.run("output").succeeds().stdout, applied);
    let raw = sandbox.run("output --format raw cloudwatch_log_group_name_worker").succeeds();
    assert_eq!(raw.stdout, "/ecs/demo-dev/worker");
    let json = sandbox.run("output --format json").succeeds().json();
    assert_eq!(json.as_object().map(serde_json::Map::len), Some(13));
    sandbox
        .run("output nothing")
        .fails()
        .says("cloudwatch_log_group_arn, ecs_task_role_arn_worker, ecr_repository_url_worker");
}

fn a_removed_service_is_reported_and_left(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    sandbox.write("ecs-foundation.toml", &with_worker(""));
    sandbox.run("apply --yes").succeeds();
    sandbox.write("ecs-foundation.toml", CONFIG);
    sandbox
        .run("plan --detailed-exitcode")
        .succeeds()
        .shows("No changes.")
        .shows("the configuration has no service worker; destroy the service worker to delete");
    let destroyed = sandbox.run("destroy --yes").succeeds().says(": 9 deleted.");
    assert!(destroyed.stderr.contains("/ecs/demo-dev/worker also exists"), "{}", destroyed.stderr);
    sandbox.write("ecs-foundation.toml", &with_worker(""));
    // The worker's repository policy names the execution role. That role has to be created again,
    // so the policy has to be updated.
    sandbox
        .run("plan")
        .succeeds()
        .shows("Plan: 9 to create, 1 to update, 0 to delete, 4 unchanged.")
        .shows("ecr_repository_policy.worker (demo-dev-worker) will be updated in place");
}

fn a_removed_service_can_be_destroyed(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    sandbox.write("ecs-foundation.toml", &with_worker(""));
    sandbox.run("apply --yes").succeeds();
    sandbox.write("ecs-foundation.toml", CONFIG);
    sandbox
        .run("destroy --service worker --yes")
        .succeeds()
        .says("service worker of demo-dev in account 123456789012")
        .says("iam_role_policy.worker_task_role_policy")
        .says(": 5 deleted.");
    let left = sandbox.run("plan --detailed-exitcode").succeeds().shows("No changes.");
    assert!(!left.stdout.contains("worker"), "{}", left.stdout);
    sandbox.run("destroy --service worker --yes").succeeds().says("Nothing to destroy.");
    sandbox.run("destroy --service Worker --yes").fails().says("lower-case");
}

fn one_of_several_services_can_be_destroyed(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    let own = "repository.name = \"demo/worker\"\n[services.mail]\n";
    sandbox.write("ecs-foundation.toml", &with_worker(own));
    sandbox.run("apply --yes").succeeds();
    sandbox
        .run("destroy --service worker --yes")
        .succeeds()
        .says("demo/worker")
        .says(": 5 deleted.")
        .says("remove [services.worker] from the file");
    sandbox
        .run("plan")
        .succeeds()
        .shows("Plan: 5 to create, 0 to update, 0 to delete, 14 unchanged.");
}

#[test]
fn the_policy_covers_services() {
    let sandbox = Sandbox::with_config(&with_worker(""));
    let policy = sandbox.run("policy --for apply").succeeds().stdout;
    for resource in [
        "role/demo-dev-worker-task-role",
        "repository/demo-dev-worker",
        "log-group:/ecs/demo-dev/worker:*",
    ] {
        assert!(policy.contains(resource), "{policy}");
    }
}
