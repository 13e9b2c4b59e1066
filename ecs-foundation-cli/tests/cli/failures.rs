//! What AWS refuses, and what keeps resources from being removed.

use infra_mock::ecr::PutImageRequest;
use infra_mock::ecs::Service;

use crate::sandbox::{Backend, CONFIG, Sandbox, on_each_backend};

/// A foundation that is there, and a configuration with two changes: a policy that does not exist and
/// so cannot be attached, and a retention that can be set.
fn with_a_policy_that_is_not_there(backend: Backend) -> Sandbox {
    let sandbox = Sandbox::applied_on(backend);
    let config = format!(
        "{CONFIG}\
         [task_role]\n\
         additional_managed_policies = [\"arn:aws:iam::123456789012:policy/missing\"]\n\
         [log_group]\n\
         retention_in_days = 30\n"
    );
    sandbox.write("ecs-foundation.toml", &config);
    sandbox
}

on_each_backend! {
    a_step_that_fails_is_told_and_the_rest_is_done,
    a_failure_as_json_keeps_what_aws_said,
    what_runs_on_the_cluster_is_named_before_anything_is_deleted,
    what_would_be_lost_is_shown_before_anything_is_deleted,
}

fn a_step_that_fails_is_told_and_the_rest_is_done(backend: Backend) {
    let sandbox = with_a_policy_that_is_not_there(backend);
    let run = sandbox.run("apply --yes").fails();
    assert_eq!(run.stdout, "");
    run.says("error: iam:AttachRolePolicy for iam_role_policy_attachment.ecs_task_role_policy")
        .says("NoSuchEntity")
        .says("cloudwatch_log_group.ecs: updated")
        .says(
            "Apply failed: 1 of 2 steps done, 1 failed, 0 not tried. Run again to go on from here",
        );
    sandbox.run("plan").succeeds().shows("Plan: 1 to create, 0 to update");
}

fn a_failure_as_json_keeps_what_aws_said(backend: Backend) {
    let sandbox = with_a_policy_that_is_not_there(backend);
    let run = sandbox.run("apply --yes --format json").fails();
    let last: serde_json::Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "summary");
    assert_eq!(last["result"], "failed");
    assert_eq!(last["failed"], 1);
    assert_eq!(last["errors"][0]["code"], "NoSuchEntity");
    assert_eq!(last.get("outputs"), None);
    let error: serde_json::Value =
        serde_json::from_str(run.stderr.lines().last().unwrap()).unwrap();
    assert_eq!(error["error"]["kind"], "aws");
    assert_eq!(error["error"]["errors"][0]["operation"], "iam:AttachRolePolicy");
}

fn what_runs_on_the_cluster_is_named_before_anything_is_deleted(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    sandbox
        .mock()
        .with_world(|call| call.ecs().add_service("demo-dev-cluster", "web", Service::default()))
        .unwrap();
    let before = sandbox.state();
    let run = sandbox.run("destroy --yes").fails();
    run.says("error: ecs_cluster.main: ").says("web").says("help:");
    assert_eq!(sandbox.state(), before);
    let json = sandbox.run("destroy --yes --format json").fails();
    let error: serde_json::Value =
        serde_json::from_str(json.stderr.lines().last().unwrap()).unwrap();
    assert_eq!(error["error"]["kind"], "blocked");
    assert_eq!(error["error"]["errors"][0]["address"], "ecs_cluster.main");
}

fn what_would_be_lost_is_shown_before_anything_is_deleted(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    let image = PutImageRequest {
        repository_name: Some("demo-dev-app".to_owned()),
        image_manifest: Some(
            "{\"schemaVersion\": 2, \"mediaType\": \
             \"application/vnd.docker.distribution.manifest.v2+json\"}"
                .to_owned(),
        ),
        image_tag: Some("latest".to_owned()),
        ..PutImageRequest::default()
    };
    sandbox.mock().call(image).unwrap();
    sandbox.run("destroy").fails().says("note: ecr_repository.app: ").says("1 image");
    sandbox.run("destroy --yes").succeeds().says("9 deleted");
}
