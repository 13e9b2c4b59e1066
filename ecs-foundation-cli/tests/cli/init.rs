//! Tests of `init` without a terminal, where answers come from flags and environment variables.

use std::fs;

use crate::sandbox::{Run, Sandbox};

const FLAGS: &str = "init --project-name shop --region eu-central-1 --backend memory";

#[test]
fn the_new_file_can_be_planned_applied_and_verified() {
    let sandbox = Sandbox::bare();
    let run = sandbox.run(FLAGS).succeeds();
    assert_eq!(run.stdout, "");
    run.says("Wrote ecs-foundation.toml.").says("ecs-foundation plan");
    sandbox.run("plan").succeeds().shows("Plan: 9 to create").shows("shop-dev-cluster");
    sandbox.run("apply --yes").succeeds();
    sandbox.run("verify").succeeds();
    sandbox.run("plan --detailed-exitcode").succeeds().shows("region eu-central-1");
}

#[test]
fn services_are_written_to_the_new_file() {
    let sandbox = Sandbox::bare();
    let run = sandbox.run(&format!("{FLAGS} --service worker --service mail-2 --service worker"));
    run.succeeds();
    let plan = sandbox.run("plan").succeeds();
    plan.shows("Plan: 19 to create").shows("shop-dev-worker-task-role").shows("shop-dev-mail-2");
    let sandbox = Sandbox::bare();
    sandbox
        .run(&format!("{FLAGS} --service app"))
        .fails()
        .says("\"app\" is not a valid service name");
    assert_eq!(sandbox.read("ecs-foundation.toml"), None);
}

#[test]
fn the_built_in_mock_needs_no_configuration() {
    let sandbox = Sandbox::bare();
    sandbox.run("apply --backend memory --yes").succeeds();
    sandbox.run("plan --backend memory").succeeds().shows("No changes.");
    // Only the memory backend has a default project name.
    sandbox.run("plan --backend aws").fails().says("the project name is missing");
}

#[test]
fn another_account_is_refused_before_any_change() {
    let sandbox = Sandbox::bare();
    let text =
        "project_name = 'shop'\nbackend = 'memory'\nallowed_account_ids = ['210987654321']\n";
    sandbox.write("ecs-foundation.toml", text);
    for command in ["plan", "apply --yes", "destroy --yes", "verify"] {
        let run = sandbox.run(command).fails();
        run.says("the credentials belong to account 123456789012").says("allows only 210987654321");
    }
    sandbox.write("ecs-foundation.toml", &text.replace("2109", "123456789012', '2109"));
    sandbox.run("apply --yes").succeeds();
}

#[test]
fn existing_files_are_not_overwritten() {
    let sandbox = Sandbox::bare();
    for (name, text) in [("ecs-foundation.toml", "project_name = \"mine\"\n"), ("other.toml", "")] {
        sandbox.write(name, text);
        let run = sandbox.run(&format!("{FLAGS} --config {name}")).fails();
        run.says(&format!("{name} already exists")).says("--config FILE");
        assert_eq!(sandbox.read(name).as_deref(), Some(text));
    }
    fs::create_dir(sandbox.file("folder")).unwrap();
    sandbox.run(&format!("{FLAGS} --config folder")).fails().says("already exists");
    sandbox.run(&format!("{FLAGS} --config none/x.toml")).fails().says("cannot write none/x.toml");
}

#[cfg(unix)]
#[test]
fn a_dangling_symlink_is_not_followed() {
    let sandbox = Sandbox::bare();
    std::os::unix::fs::symlink("elsewhere.toml", sandbox.file("ecs-foundation.toml")).unwrap();
    sandbox.run(FLAGS).fails().says("already exists");
    assert_eq!(sandbox.read("elsewhere.toml"), None);
}

#[test]
fn without_a_terminal_missing_answers_are_named() {
    let sandbox = Sandbox::bare();
    let run = sandbox.run("init").fails();
    assert_eq!(run.stdout, "");
    let run = run.says("without a terminal, --project-name and --region are required");
    run.says("ecs-foundation init --project-name NAME --region us-east-1");
    sandbox
        .run("init --region us-east-1")
        .fails()
        .says("without a terminal, --project-name is required");
    assert_eq!(sandbox.read("ecs-foundation.toml"), None);
}

#[test]
fn environment_variables_provide_answers() {
    let sandbox = Sandbox::bare();
    let mut command = sandbox.command("init --format json -q");
    command.env("ECS_FOUNDATION_PROJECT_NAME", "shop").env("AWS_REGION", "ap-northeast-1");
    let run = Run::of(&command.output().unwrap()).succeeds();
    assert_eq!(run.stderr, "");
    assert_eq!(
        run.json(),
        serde_json::json!({
            "format_version": "1.0",
            "file": "ecs-foundation.toml",
            "project_name": "shop",
            "environment": "dev",
            "region": "ap-northeast-1",
            "backend": "aws",
        })
    );
    let mut command = sandbox.command("init --region us-east-1 --config other.toml");
    command.env("ECS_FOUNDATION_PROJECT_NAME", "My Shop");
    let run = Run::of(&command.output().unwrap()).fails();
    run.says("ECS_FOUNDATION_PROJECT_NAME: \"My Shop\" is not a valid project name")
        .says("write ECS_FOUNDATION_PROJECT_NAME=my-shop");
}

#[test]
fn names_that_are_too_long_are_refused_before_the_file_is_written() {
    let sandbox = Sandbox::bare();
    let long = "a".repeat(40);
    let line = format!("init --project-name {long} -e {long} --region us-east-1");
    sandbox.run(&line).fails().says("is not a valid role name").says("at most 64 are allowed");
    assert_eq!(sandbox.read("ecs-foundation.toml"), None);
}
