//! Tests of errors returned by AWS, and of resources that cannot be deleted because of their
//! contents.

use std::collections::BTreeSet;

use infra_mock::MockAws;
use infra_mock::api::ApiError;
use infra_mock::ecr::PutImageRequest;
use infra_mock::ecs::ServiceFixture;
use infra_mock::faults::{Fault, Rule};
use serde_json::Value;

use crate::sandbox::{Backend, CONFIG, Sandbox, on_each_backend};

/// Returns a sandbox with an existing foundation and two changes to apply. Changing the log
/// retention succeeds, but attaching a policy fails because that policy does not exist.
fn with_a_nonexistent_policy(backend: Backend) -> Sandbox {
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
    a_failed_step_is_reported_and_the_rest_is_done,
    a_json_failure_keeps_the_error_of_aws,
    services_on_the_cluster_are_named_before_anything_is_deleted,
    contents_that_would_be_lost_are_shown_before_anything_is_deleted,
}

fn a_failed_step_is_reported_and_the_rest_is_done(backend: Backend) {
    let sandbox = with_a_nonexistent_policy(backend);
    let run = sandbox.run("apply --yes").fails();
    assert_eq!(run.stdout, "");
    run.says("error: iam:AttachRolePolicy for iam_role_policy_attachment.ecs_task_role_policy")
        .says("NoSuchEntity")
        .says("cloudwatch_log_group.ecs: updated")
        .says(
            "Apply failed: 1 of 2 steps completed, 1 failed, 0 not started. Run again to continue",
        );
    sandbox.run("plan").succeeds().shows("Plan: 1 to create, 0 to update");
}

fn a_json_failure_keeps_the_error_of_aws(backend: Backend) {
    let sandbox = with_a_nonexistent_policy(backend);
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

fn services_on_the_cluster_are_named_before_anything_is_deleted(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    sandbox
        .mock()
        .with_world(|call| {
            call.ecs().add_service("demo-dev-cluster", "web", ServiceFixture::default())
        })
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

fn contents_that_would_be_lost_are_shown_before_anything_is_deleted(backend: Backend) {
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

/// Returns a sandbox in which three AWS operations fail, each with a different error.
fn with_many_failures() -> Sandbox {
    let denied = "User: arn:aws:iam::123456789012:user/mock is not authorized to perform: iam:CreateRole \
                  because no identity-based policy allows the iam:CreateRole action";
    let full = "You have reached the maximum number of resources that can be created.";
    let refuse = |operation, error| Rule::new(Fault::Refuse(error)).on(operation).unwrap();
    let builder = MockAws::builder()
        .fault(
            Rule::new(Fault::ServerError { took_effect: false }).on("ecs:CreateCluster").unwrap(),
        )
        .fault(refuse("iam:CreateRole", ApiError::new("AccessDenied", denied).with_status(403)))
        .fault(refuse("logs:CreateLogGroup", ApiError::new("LimitExceededException", full)));
    Sandbox::served(builder)
}

/// Replaces request IDs, which differ in every run, with `~`.
fn without_request_ids(text: &str) -> String {
    let mut parts = text.split("request id ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let end = part.find(|c: char| c != '-' && !c.is_ascii_hexdigit()).unwrap_or(part.len());
        assert_eq!(end, 36, "{part}");
        format!("{text}request id ~{}", &part[end..])
    })
}

#[test]
fn every_failure_of_a_run_is_reported_with_the_state_of_each_step() {
    let sandbox = with_many_failures();
    let run = sandbox.run("apply --yes").fails();
    assert_eq!(run.stdout, "");
    let told = &run.stderr[run.stderr.find("error: ").unwrap()..];
    let denied = "User: arn:aws:iam::123456789012:user/mock is not authorized to perform: iam:CreateRole \
                  because no identity-based policy allows the iam:CreateRole action (AccessDenied, request id ~)";
    let expected = format!(
        "\
error: ecs:CreateCluster for ecs_cluster.main: Service Unavailable (ServerException, request id ~)
  note: the call may have taken effect; the next run detects whether it did
  help: AWS failed to process the request; run again, completed steps are skipped
error: iam:CreateRole for iam_role.ecs_execution_role: {denied}
error: iam:CreateRole for iam_role.ecs_task_role: {denied}
  help: grant the caller permission for this action on the resource, then run again; `ecs-foundation policy` prints the required permissions
error: logs:CreateLogGroup for cloudwatch_log_group.ecs: You have reached the maximum number of resources that can be created. (LimitExceededException, request id ~)
  help: request a higher quota in Service Quotas, or delete unused resources

not started: iam:AttachRolePolicy for iam_role_policy_attachment.ecs_execution_role_policy, because iam_role.ecs_execution_role failed
not started: iam:PutRolePolicy for iam_role_policy.ecs_task_role_policy, because iam_role.ecs_task_role failed
done: ecr:CreateRepository for ecr_repository.app
not started: ecr:SetRepositoryPolicy for ecr_repository_policy.app, because iam_role.ecs_execution_role failed
not started: logs:PutRetentionPolicy for cloudwatch_log_group.ecs, because an earlier step failed

Apply failed: 1 of 9 steps completed, 4 failed, 4 not started. Run again to continue; completed steps are skipped.
"
    );
    assert_eq!(without_request_ids(told), expected);

    sandbox.mock().clear_faults();
    sandbox.run("apply --yes").succeeds().says("8 created");
    sandbox.run("plan --detailed-exitcode").succeeds();
}

#[test]
fn json_output_reports_every_failure_with_the_details_from_aws() {
    let sandbox = with_many_failures();
    let run = sandbox.run("apply --yes --format json").fails();
    let line = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let events: Vec<Value> = run.stdout.lines().map(line).collect();
    let summary = events.last().unwrap();
    assert_eq!(summary["result"], "failed");
    let counts = ["done", "failed", "not_tried"].map(|name| summary[name].as_u64().unwrap());
    assert_eq!(counts, [1, 4, 4]);

    let errors = summary["errors"].as_array().unwrap();
    let told = |error: &Value| {
        let text = |name: &str| error[name].as_str().unwrap_or("none").to_owned();
        assert_eq!(text("request_id").len(), 36, "{error:#}");
        assert!(!text("hint").is_empty() && !text("message").is_empty(), "{error:#}");
        ["operation", "resource", "code", "kind", "effect"].map(text).join(" ")
    };
    assert_eq!(
        errors.iter().map(told).collect::<Vec<_>>(),
        [
            "ecs:CreateCluster ecs_cluster.main ServerException service unknown",
            "iam:CreateRole iam_role.ecs_execution_role AccessDenied access_denied none",
            "iam:CreateRole iam_role.ecs_task_role AccessDenied access_denied none",
            "logs:CreateLogGroup cloudwatch_log_group.ecs LimitExceededException limit_exceeded none",
        ]
    );
    let ids: BTreeSet<_> = errors.iter().map(|error| error["request_id"].to_string()).collect();
    assert_eq!(ids.len(), 4, "each request has its own ID: {ids:?}");

    let mut untried: Vec<_> = events
        .iter()
        .filter(|event| event["event"] == "not_tried")
        .map(|event| format!("{} {}", event["address"], event["because"]).replace('"', ""))
        .collect();
    untried.sort();
    assert_eq!(
        untried,
        [
            "cloudwatch_log_group.ecs cloudwatch_log_group.ecs",
            "ecr_repository_policy.app iam_role.ecs_execution_role",
            "iam_role_policy.ecs_task_role_policy iam_role.ecs_task_role",
            "iam_role_policy_attachment.ecs_execution_role_policy iam_role.ecs_execution_role",
        ]
    );

    let failure = line(run.stderr.lines().last().unwrap());
    assert_eq!(failure["error"]["message"], "4 errors");
    assert_eq!(failure["error"]["errors"], summary["errors"]);
}

#[test]
fn every_failed_read_is_reported_and_nothing_is_changed() {
    let sandbox = Sandbox::served(MockAws::builder());
    let denied = |code| Rule::new(Fault::Refuse(ApiError::new(code, "not yours to see")));
    sandbox.mock().add_fault(denied("AccessDenied").on("iam:GetRole").unwrap());
    sandbox.mock().add_fault(denied("AccessDeniedException").on("logs:DescribeLogGroups").unwrap());
    for line in ["plan", "apply --yes", "destroy --yes", "verify", "output"] {
        let run = sandbox.run(line).fails();
        assert_eq!(run.stdout, "", "{line}");
        assert_eq!(
            without_request_ids(&run.stderr),
            "\
error: iam:GetRole for iam_role.ecs_execution_role: not yours to see (AccessDenied, request id ~)
error: iam:GetRole for iam_role.ecs_task_role: not yours to see (AccessDenied, request id ~)
error: logs:DescribeLogGroups for cloudwatch_log_group.ecs: not yours to see (AccessDeniedException, request id ~)
  help: grant the caller permission for this action on the resource, then run again; `ecs-foundation policy` prints the required permissions

Nothing was changed.
",
            "{line}"
        );
    }
}
