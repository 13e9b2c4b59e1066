//! `--all-environments`: each of a file's environments, one after the other.

use serde_json::{Value, json};

use crate::sandbox::{Backend, CONFIG, Sandbox, on_each_backend};

on_each_backend! {
    every_environment_is_planned_and_applied,
    one_that_cannot_be_planned_keeps_none_from_being_shown_and_all_from_being_done,
    as_data_each_environment_has_its_plan_or_its_error,
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
    sandbox.run("apply --all-environments").fails().says("no terminal to ask on");
    let run = sandbox.run("apply --all-environments --yes").succeeds();
    assert_eq!(run.stderr.matches("9 created").count(), 3, "{run:#?}");
    for name in ["/ecs/demo-dev", "/ecs/demo-prod", "/ecs/demo-staging"] {
        assert!(run.stdout.contains(&format!("cloudwatch_log_group_name = {name:?}")), "{run:#?}");
    }
    let note = run.stderr.matches("nothing is created in AWS").count();
    assert_eq!(note, usize::from(backend == Backend::Memory), "it is said once: {run:#?}");
    let run = sandbox.run("plan --all-environments --detailed-exitcode").succeeds();
    assert_eq!(run.stdout.matches("No changes.").count(), 3, "{run:#?}");
    sandbox.run("verify -e prod").succeeds().shows("90 days");
}

fn one_that_cannot_be_planned_keeps_none_from_being_shown_and_all_from_being_done(
    backend: Backend,
) {
    let sandbox = sandbox(backend);
    let short = MORE.replace("90", "7");
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{short}"));
    let run = sandbox.run("plan --all-environments --detailed-exitcode").fails();
    assert_eq!(run.stdout.matches("Plan: 9 to create").count(), 2, "{run:#?}");
    let run = run.says("7 is too short for the environment prod");
    assert_eq!(run.stderr.matches("error").count(), 1, "{run:#?}");
    let before = sandbox.state();
    let run = sandbox.run("apply --all-environments --yes").fails();
    run.says("7 is too short").says("nothing was done: 1 of 3 environments have no plan");
    assert_eq!(sandbox.state(), before);
}

fn as_data_each_environment_has_its_plan_or_its_error(backend: Backend) {
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
fn the_first_that_fails_is_the_last_that_is_begun() {
    let mock = infra_mock::MockAws::builder();
    let rule: infra_mock::faults::Rule =
        "refuse=AccessDeniedException@logs:CreateLogGroup#2".parse().unwrap();
    let sandbox = Sandbox::served(mock.fault(rule));
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{MORE}"));
    let run = sandbox.run("apply --all-environments --yes").fails();
    let run = run.says("Apply failed:").says("Not begun: staging.\n");
    assert!(run.stdout.contains("/ecs/demo-dev") && !run.stdout.contains("staging"), "{run:#?}");
    let run = sandbox.run("apply --all-environments --yes --format json -q").succeeds();
    let last: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["environments"][2]["result"], "done");
}

#[test]
fn a_file_without_environments_has_its_own() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("plan --all-environments").succeeds();
    assert!(run.stdout.starts_with("== dev ==\ndemo-dev in account"), "{run:#?}");
    sandbox.write("ecs-foundation.toml", "this is no TOML");
    sandbox.run("plan --all-environments").fails().says("this is not TOML");
}

#[test]
fn a_variable_that_names_one_is_of_no_account() {
    let sandbox = sandbox(Backend::Memory);
    let mut command = sandbox.command("plan --all-environments -q");
    command.env("ECS_FOUNDATION_ENVIRONMENT", "prod");
    let run = crate::sandbox::Run::of(&command.output().unwrap()).succeeds();
    assert_eq!(run.stdout.matches("Plan: 9 to create").count(), 3, "{run:#?}");
}
