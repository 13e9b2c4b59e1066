//! Tests of `--all-environments`, which runs a command concurrently for all environments in a file.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::sandbox::{Backend, CONFIG, Sandbox, on_each_backend};

on_each_backend! {
    every_environment_is_planned_and_applied,
    an_environment_that_cannot_be_planned_does_not_stop_the_others,
    all_environments_are_verified_and_destroyed,
    json_output_has_a_plan_or_an_error_for_each_environment,
}

const MORE: &str =
    "[environments.prod.log_group]\nretention_in_days = 90\n[environments.staging]\n";

fn sandbox(backend: Backend) -> Sandbox {
    let sandbox = Sandbox::on(backend);
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{MORE}"));
    sandbox
}

fn every_environment_is_planned_and_applied(backend: Backend) {
    let sandbox = sandbox(backend);
    let run = sandbox.run("plan --all-environments --detailed-exitcode").ends_with(2);
    let headings: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("==")).collect();
    assert_eq!(headings, ["== dev ==", "== prod ==", "== staging =="]);
    assert_eq!(run.stdout.matches("Plan: 9 to create").count(), 3, "{run:#?}");
    assert!(run.stdout.ends_with("\nEnvironments: 3 with changes.\n"), "{run:#?}");
    sandbox
        .run("apply --all-environments")
        .fails()
        .says("cannot ask for confirmation without a terminal");
    let run = sandbox.run("apply --all-environments --yes").succeeds();
    assert_eq!(run.stderr.matches("9 created.").count(), 3, "{run:#?}");
    for name in ["/ecs/demo-dev", "/ecs/demo-prod", "/ecs/demo-staging"] {
        assert!(run.stdout.contains(&format!("cloudwatch_log_group_name = {name:?}")), "{run:#?}");
    }
    let note = run.stderr.matches("nothing is created in AWS").count();
    assert_eq!(note, usize::from(backend == Backend::Memory), "the note is printed once: {run:#?}");
    let run = sandbox.run("plan --all-environments --detailed-exitcode").succeeds();
    assert_eq!(run.stdout.matches("No changes.").count(), 3, "{run:#?}");
    sandbox.run("verify -e prod").succeeds().shows("90 days");
}

fn an_environment_that_cannot_be_planned_does_not_stop_the_others(backend: Backend) {
    let sandbox = sandbox(backend);
    let short = MORE.replace("90", "7");
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{short}"));
    let run = sandbox.run("plan --all-environments --detailed-exitcode").fails();
    assert_eq!(run.stdout.matches("Plan: 9 to create").count(), 2, "{run:#?}");
    let run = run.says("7 is not a valid retention for production");
    assert_eq!(run.stderr.matches("error").count(), 1, "{run:#?}");
    let (_, summary) = run.stdout.split_once("\nSummary\n").unwrap();
    assert_eq!(
        summary,
        "  dev      9 to create\n  prod     failed: ecs-foundation.toml:7:21: 7 is not a valid retention for production\n  \
         staging  9 to create\nEnvironments: 2 with changes, 1 failed.\n"
    );
    let run = sandbox.run("apply --all-environments --yes").fails();
    assert_eq!(run.stderr.matches("9 created.").count(), 2, "{run:#?}");
    run.says("7 is not a valid retention for production")
        .says("Environments: 2 applied, 1 failed.\n");
    sandbox.run("plan -e staging --detailed-exitcode").succeeds().shows("No changes.");
}

fn all_environments_are_verified_and_destroyed(backend: Backend) {
    let sandbox = sandbox(backend);
    sandbox.run("apply -e dev --yes").succeeds();
    sandbox.run("apply -e prod --yes").succeeds();
    let run = sandbox.run("verify --all-environments").fails();
    let headings: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("==")).collect();
    assert_eq!(headings, ["== dev ==", "== prod ==", "== staging =="]);
    let (_, summary) = run.stdout.split_once("\nSummary\n").unwrap();
    let rows: Vec<&str> = summary.lines().collect();
    assert!(rows[0].starts_with("  dev ") && rows[0].ends_with(" attributes match"), "{rows:#?}");
    assert!(rows[2].starts_with("  staging ") && rows[2].ends_with(" differ"), "{rows:#?}");
    assert_eq!(rows[3], "Environments: 1 differ, 2 verified.");
    let verified = sandbox.run("verify --all-environments --format json -q").fails().json();
    let oks: Vec<&Value> =
        verified["environments"].as_array().unwrap().iter().map(|it| &it["ok"]).collect();
    assert_eq!(
        (verified["ok"].as_bool(), oks),
        (Some(false), vec![&json!(true), &json!(true), &json!(false)])
    );
    let alone = sandbox.run("verify --format json -q -e prod").succeeds().json();
    assert_eq!(verified["environments"][1], alone);

    let run = sandbox.run("plan --all-environments --destroy").succeeds();
    assert_eq!(run.stdout.matches("9 to delete").count(), 4, "{run:#?}");
    sandbox
        .run("destroy --all-environments")
        .fails()
        .says("cannot ask for confirmation without a terminal");
    let run = sandbox.run("destroy --all-environments --yes").succeeds();
    assert_eq!(run.stdout, "", "destroy prints its results to standard error");
    assert_eq!(run.stderr.matches("9 deleted.").count(), 2, "{run:#?}");
    run.says("  staging  no changes\nEnvironments: 2 destroyed, 1 unchanged.\n");
    let run = sandbox.run("destroy --all-environments --format json -q --yes").succeeds();
    let last: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["environments"][0], json!({ "environment": "dev", "result": "done" }));
}

fn json_output_has_a_plan_or_an_error_for_each_environment(backend: Backend) {
    let sandbox = sandbox(backend);
    let plans = sandbox.run("plan --all-environments --format json -q").succeeds().json();
    assert_eq!(plans["format_version"], "1.0");
    assert_eq!(plans["summary"]["create"], 27);
    let names: Vec<&Value> =
        plans["environments"].as_array().unwrap().iter().map(|plan| &plan["environment"]).collect();
    assert_eq!(names, ["dev", "prod", "staging"]);
    let alone = sandbox.run("plan --format json -q -e prod").succeeds().json();
    assert_eq!(plans["environments"][1], alone);

    let run = sandbox.run("apply --all-environments --yes --format json -q").succeeds();
    let events: Vec<Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = |event: &str| events.iter().filter(|line| line["event"] == event).count();
    assert_eq!((count("plan"), count("summary"), count("environments")), (3, 3, 1));
    let done = |name: &str| json!({ "environment": name, "result": "done" });
    assert_eq!(
        events.last().unwrap()["environments"],
        json!([done("dev"), done("prod"), done("staging")])
    );

    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{}", MORE.replace("90", "7")));
    let plans = sandbox.run("plan --all-environments --format json -q").fails().json();
    assert_eq!(plans["environments"][1]["environment"], "prod");
    assert_eq!(plans["environments"][1]["error"]["kind"], "configuration");
    assert_eq!(plans["summary"]["no_op"], 18);
}

#[test]
fn a_failing_environment_does_not_stop_the_others() {
    let mock = infra_mock::MockAws::builder();
    let rule: infra_mock::faults::Rule =
        "refuse=AccessDeniedException@logs:CreateLogGroup#1".parse().unwrap();
    let sandbox = Sandbox::served(mock.fault(rule));
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{MORE}"));
    let run = sandbox.run("apply --all-environments --yes").fails();
    let run = run.says("Apply failed:").says("Environments: 2 applied, 1 failed.\n");
    assert_eq!(run.stderr.matches("9 created.").count(), 2, "{run:#?}");
    assert_eq!(run.stderr.matches("error: ").count(), 1, "{run:#?}");
    let run = sandbox.run("apply --all-environments --yes --format json -q").succeeds();
    let last: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["environments"][2]["result"], "done");
}

/// Counts the calls to each operation during a run.
fn counted(sandbox: &Sandbox, line: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    sandbox.calls();
    sandbox.run(line);
    for call in sandbox.calls() {
        *counts.entry(call.operation.into_owned()).or_insert(0) += 1;
    }
    counts
}

#[test]
fn environments_with_the_same_credentials_share_one_identity_call() {
    let sandbox = sandbox(Backend::Http);
    let alone = counted(&sandbox, "plan -e dev");
    assert_eq!(alone["GetCallerIdentity"], 1);
    for line in ["plan", "plan --destroy", "verify", "apply --yes", "destroy --yes"] {
        let all = counted(&sandbox, &format!("{line} --all-environments"));
        assert_eq!(all["GetCallerIdentity"], 1, "{line}: {all:#?}");
    }
    let all = counted(&sandbox, "plan --all-environments");
    let expected = alone.into_iter().map(|(operation, count)| match operation.as_str() {
        "GetCallerIdentity" => (operation, count),
        _ => (operation, 3 * count),
    });
    assert_eq!(
        all,
        expected.collect(),
        "the calls for an environment do not depend on the other environments"
    );

    // Environments with the same profile share one identity call, even if their regions differ. An
    // environment with another profile makes its own identity call.
    let regions = MORE
        .replace("[environments.staging]\n", "[environments.staging]\nregion = \"eu-west-1\"\n");
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{regions}"));
    assert_eq!(counted(&sandbox, "plan --all-environments")["GetCallerIdentity"], 1);
    let profiles = format!("{regions}profile = \"other\"\n");
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{profiles}"));
    sandbox.write(
        "none",
        "[profile other]\naws_access_key_id = key\naws_secret_access_key = secret\n",
    );
    assert_eq!(counted(&sandbox, "plan --all-environments")["GetCallerIdentity"], 2);
}

#[test]
fn credentials_that_are_refused_are_tried_once_and_reported_for_each_environment() {
    let rule: infra_mock::faults::Rule =
        "refuse=ExpiredToken@sts:GetCallerIdentity".parse().unwrap();
    let sandbox = Sandbox::served(infra_mock::MockAws::builder().fault(rule));
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{MORE}"));
    let run = sandbox.run("plan --all-environments").fails();
    assert_eq!(run.stderr.matches("error: ").count(), 3, "{run:#?}");
    run.shows("Environments: 3 failed.\n");
    assert_eq!(sandbox.calls().len(), 1);
}

#[test]
fn output_has_the_order_of_the_file_whatever_finishes_first() {
    let slow: infra_mock::faults::Rule = "delay=5ms-200ms@logs:DescribeLogGroups".parse().unwrap();
    let sandbox = Sandbox::served(infra_mock::MockAws::builder().fault(slow));
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{MORE}"));
    let run = sandbox.run("plan --all-environments").succeeds();
    let lines =
        run.stdout.lines().filter(|line| line.starts_with("==") || line.starts_with("demo-"));
    let names: Vec<&str> =
        lines.map(|line| line.split(' ').find(|word| word.len() > 2).unwrap()).collect();
    assert_eq!(names, ["dev", "demo-dev", "prod", "demo-prod", "staging", "demo-staging"]);
}

#[cfg(target_os = "linux")]
#[test]
fn progress_is_shown_on_a_terminal_and_removed_at_the_end() {
    let slow: infra_mock::faults::Rule = "delay=300ms@ecs:DescribeClusters".parse().unwrap();
    let sandbox = Sandbox::served(infra_mock::MockAws::builder().fault(slow));
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{MORE}"));
    for (line, doing) in
        [("plan", "planning"), ("apply --yes", "applying"), ("verify", "verifying")]
    {
        let line = format!("{line} --all-environments");
        let seen = crate::terminal::on_terminal(sandbox.command(&line), 100, "");
        let progress = format!("{doing}: 0 of 3 environments done");
        assert!(seen.raw.contains(&progress), "{seen:#?}");
        assert!(!seen.screen.contains("environments done"), "{seen:#?}");
    }
}

#[test]
fn one_call_at_a_time_is_enough() {
    let sandbox = sandbox(Backend::Http);
    let run = sandbox.run("apply --all-environments --yes --parallelism 1").succeeds();
    assert_eq!(run.stderr.matches("9 created").count(), 6, "{run:#?}");
}

#[test]
fn a_file_without_environments_is_run_for_its_own_environment() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("plan --all-environments").succeeds();
    assert!(run.stdout.starts_with("== dev ==\ndemo-dev in account"), "{run:#?}");
    sandbox.write("ecs-foundation.toml", "this is not TOML");
    sandbox.run("plan --all-environments").fails().says("this is not valid TOML");
}

#[test]
fn the_environment_variable_is_ignored() {
    let sandbox = sandbox(Backend::Memory);
    let mut command = sandbox.command("plan --all-environments -q");
    command.env("ECS_FOUNDATION_ENVIRONMENT", "prod");
    let run = crate::sandbox::Run::of(&command.output().unwrap()).succeeds();
    assert_eq!(run.stdout.matches("Plan: 9 to create").count(), 3, "{run:#?}");
}
