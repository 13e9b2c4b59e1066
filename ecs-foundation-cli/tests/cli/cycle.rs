//! Tests of the life cycle of a foundation from the user's perspective.

use crate::sandbox::{Backend, CONFIG, Sandbox, on_each_backend, wait};
use serde_json::json;

const OUTPUTS: &str = "\
ecs_cluster_id = \"arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster\"
ecs_cluster_arn = \"arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster\"
ecs_execution_role_arn = \"arn:aws:iam::123456789012:role/demo-dev-ecs-execution-role\"
ecs_task_role_arn = \"arn:aws:iam::123456789012:role/demo-dev-ecs-task-role\"
ecr_repository_url = \"123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-dev-app\"
ecr_repository_arn = \"arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-app\"
cloudwatch_log_group_name = \"/ecs/demo-dev\"
cloudwatch_log_group_arn = \"arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev\"
";

on_each_backend! {
    a_foundation_is_planned_created_verified_and_destroyed,
    a_json_plan_has_the_documented_form,
    events_are_json_lines_and_the_last_one_is_a_summary,
    outputs_are_available_in_the_formats_of_other_tools,
    #[cfg(unix)]
    a_shell_can_source_the_env_format,
    drift_is_shown_and_corrected,
    a_plan_mentions_what_has_a_default_name_after_a_rename,
    outputs_of_absent_resources_are_refused,
    an_unmanaged_resource_is_refused_kept_and_adopted_on_request,
    destroy_keeps_unmanaged_resources_and_reports_them,
}

fn a_foundation_is_planned_created_verified_and_destroyed(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    sandbox.run("plan").succeeds().shows("Plan: 9 to create, 0 to update, 0 to delete.");
    sandbox.run("plan --detailed-exitcode").ends_with(2);

    let applied = sandbox.run("apply --yes").succeeds();
    assert_eq!(applied.stdout, OUTPUTS);
    let applied = applied
        .says("Apply complete in ")
        .says(": 9 created.")
        .says("ecs_cluster.main: created")
        .says("ecs_cluster_capacity_providers.main: created")
        .says("docker push 123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-dev-app:latest");
    assert!(!applied.stderr.contains('\u{1b}'), "{}", applied.stderr);

    let again = sandbox.run("apply --yes").succeeds().says("No changes.");
    assert_eq!(again.stdout, OUTPUTS);
    sandbox.run("plan --detailed-exitcode").succeeds().shows("No changes.");
    let verified = sandbox.run("verify").succeeds().says("attributes match the configuration");
    assert!(!verified.stdout.contains("differs"), "{}", verified.stdout);

    sandbox.run("destroy --yes").succeeds().says(": 9 deleted.");
    sandbox.run("plan").succeeds().shows("Plan: 9 to create");
    sandbox.run("destroy --yes").succeeds().says("Nothing to destroy.");
}

fn a_plan_mentions_what_has_a_default_name_after_a_rename(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    let config = format!("{CONFIG}repository.name = \"shop\"\nlog_group.name = \"/shop/api\"\n");
    sandbox.write("ecs-foundation.toml", &config);
    let run = sandbox.run("plan").succeeds();
    assert!(!run.stdout.contains("also exists"), "nothing was renamed: {run:#?}");
    sandbox.write("ecs-foundation.toml", CONFIG);
    sandbox.run("apply --yes").succeeds();
    sandbox.write("ecs-foundation.toml", &config);
    let notice = "note: cloudwatch_log_group.ecs: the log group /ecs/demo-dev also exists; it has the default name,";
    let images = "note: ecr_repository.app: the repository demo-dev-app also exists; it has the default name,";
    for line in ["plan", "plan --destroy"] {
        sandbox.run(line).succeeds().shows(notice).shows(images);
    }
    sandbox.run("apply --yes").succeeds().says(notice);
    sandbox.run("plan --detailed-exitcode").succeeds().shows("No changes.").shows(notice);
}

fn a_json_plan_has_the_documented_form(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    let plan = sandbox.run("plan --format json").succeeds();
    let positions: Vec<_> = [
        "format_version",
        "project_name",
        "environment",
        "account_id",
        "region",
        "changes",
        "summary",
    ]
    .iter()
    .map(|key| plan.stdout.find(&format!("\n  \"{key}\":")).expect(key))
    .collect();
    assert!(positions.is_sorted(), "{}", plan.stdout);
    let plan = plan.json();
    assert_eq!(plan.as_object().unwrap().len(), 7);
    assert_eq!(
        plan["summary"],
        json!({"create": 9, "update": 0, "replace": 0, "delete": 0, "adopt": 0, "no_op": 0})
    );
    let cluster = &plan["changes"][0];
    assert_eq!(cluster["address"], "ecs_cluster.main");
    assert_eq!(cluster["type"], "ecs_cluster");
    assert_eq!(cluster["name"], "demo-dev-cluster");
    assert_eq!(cluster["action"], "create");
    assert_eq!(
        cluster["fields"][0],
        json!({"path": "container_insights", "before": null, "after": "enabled"})
    );
}

fn events_are_json_lines_and_the_last_one_is_a_summary(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    let applied = sandbox.run("apply --yes --format json").succeeds();
    let events: Vec<serde_json::Value> =
        applied.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kind = |event: &serde_json::Value| event["event"].as_str().unwrap().to_owned();
    assert_eq!(kind(&events[0]), "plan");
    assert_eq!(events[0]["summary"]["create"], 9);
    assert!(events.iter().any(|event| kind(event) == "started"));
    let finished: Vec<_> = events.iter().filter(|event| kind(event) == "finished").collect();
    assert!(finished.iter().all(|event| event["outcome"] == "done"), "{finished:#?}");
    let last = events.last().unwrap();
    assert_eq!(kind(last), "summary");
    assert_eq!(last["result"], "done");
    assert_eq!(last["done"], finished.len());
    assert_eq!(last["outputs"]["cloudwatch_log_group_name"]["value"], "/ecs/demo-dev");

    let again = sandbox.run("apply --yes --format json").succeeds();
    assert_eq!(again.stdout.lines().count(), 2, "{}", again.stdout);
}

fn outputs_are_available_in_the_formats_of_other_tools(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    assert_eq!(sandbox.run("output").succeeds().stdout, OUTPUTS);
    let json = sandbox.run("output --format json").succeeds().json();
    assert_eq!(json.as_object().unwrap().len(), 8);
    assert_eq!(
        json["ecr_repository_url"],
        json!({
            "sensitive": false,
            "type": "string",
            "value": "123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-dev-app",
        })
    );
    let of = |line: &str| sandbox.run(line).succeeds().stdout;
    assert_eq!(of("output cloudwatch_log_group_name"), "\"/ecs/demo-dev\"\n");
    assert_eq!(of("output --format json cloudwatch_log_group_name"), "\"/ecs/demo-dev\"\n");
    assert_eq!(of("output --format raw cloudwatch_log_group_name"), "/ecs/demo-dev");
    assert_eq!(
        of("output --format env cloudwatch_log_group_name"),
        "export CLOUDWATCH_LOG_GROUP_NAME=/ecs/demo-dev\n"
    );
    let github = of("output --format github");
    assert_eq!(github.lines().count(), 8);
    assert!(github.contains("cloudwatch_log_group_name=/ecs/demo-dev\n"), "{github}");
}

#[cfg(unix)]
fn a_shell_can_source_the_env_format(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    let env = sandbox.run("output --format env").succeeds().stdout;
    let script = format!("{env}\nprintf %s \"$ECS_CLUSTER_ARN\"");
    let shell = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(
        String::from_utf8(shell.stdout).unwrap(),
        "arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster"
    );
}

fn drift_is_shown_and_corrected(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    let name = "/ecs/demo-dev".parse().unwrap();
    {
        let providers = sandbox.providers();
        let days = infra_core::provider::RetentionDays::new(30).unwrap();
        wait(providers.log_groups().put_retention_policy(&name, days)).unwrap();
    }
    let plan = sandbox.run("plan --detailed-exitcode").ends_with(2);
    let plan = plan.shows(
        "~ cloudwatch_log_group.ecs (/ecs/demo-dev) will be updated in place\n    \
         ~ retention_in_days = 30 -> 14\n",
    );
    plan.shows("Plan: 0 to create, 1 to update, 0 to delete, 8 unchanged.");
    sandbox.run("verify").fails().shows("differs  Retention").says("1 of ");
    let json = sandbox.run("verify --format json").fails().json();
    assert_eq!(json["ok"], false);
    sandbox.run("apply --yes").succeeds().says("1 updated");
    sandbox.run("verify").succeeds();
}

fn outputs_of_absent_resources_are_refused(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    let run = sandbox.run("output").fails();
    assert_eq!(run.stdout, "");
    run.says("ecs_cluster.main does not exist").says("ecs-foundation apply");
    let run = sandbox.run("output --format raw ecr_repository_url").fails();
    assert_eq!(run.stdout, "");
    run.says("ecr_repository.app does not exist");
}

fn an_unmanaged_resource_is_refused_kept_and_adopted_on_request(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    {
        let providers = sandbox.providers();
        let spec = infra_core::provider::LogGroupSpec {
            name: "/ecs/demo-dev".parse().unwrap(),
            class: infra_core::provider::LogGroupClass::Standard,
            kms_key: None,
            tags: infra_core::tags::Tags::new(),
        };
        wait(providers.log_groups().create_log_group(&spec)).unwrap();
    }
    let before = sandbox.state();
    for line in ["plan", "apply --yes"] {
        let run = sandbox.run(line).fails();
        run.says("cloudwatch_log_group.ecs: /ecs/demo-dev already exists but is not managed by ecs-foundation")
            .says("--adopt");
    }
    let json = sandbox.run("plan --format json").fails();
    assert_eq!(json.stdout, "");
    let error = json.stderr.lines().last().unwrap();
    let error: serde_json::Value = serde_json::from_str(error).unwrap();
    assert_eq!(error["error"]["kind"], "conflict");
    assert_eq!(error["error"]["errors"][0]["address"], "cloudwatch_log_group.ecs");
    assert_eq!(sandbox.state(), before);

    sandbox.run("plan --adopt").succeeds().shows("> cloudwatch_log_group.ecs").shows("1 to adopt");
    sandbox.run("apply --adopt --yes").succeeds().says("8 created, 1 adopted");
    sandbox.run("plan --detailed-exitcode").succeeds();
}

fn destroy_keeps_unmanaged_resources_and_reports_them(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    {
        let providers = sandbox.providers();
        let location = wait(providers.location()).unwrap();
        let arn = location.arn("logs", "log-group:/ecs/demo-dev");
        let keys = ["Name".to_owned()];
        wait(providers.log_groups().untag_log_group(&arn, &keys)).unwrap();
    }
    let run = sandbox.run("destroy --yes").succeeds();
    run.says("note: cloudwatch_log_group.ecs: skipped, not managed by this configuration: its Name tag is missing")
        .says("8 deleted");
    sandbox.run("destroy --yes").succeeds().says("skipped, not managed by this configuration");
}

#[test]
fn every_run_on_the_memory_backend_notes_that_nothing_is_created_in_aws() {
    let sandbox = Sandbox::new();
    for line in ["plan", "apply --yes", "output", "verify", "destroy --yes"] {
        sandbox.run(line).succeeds().says("nothing is created in AWS");
    }
}
