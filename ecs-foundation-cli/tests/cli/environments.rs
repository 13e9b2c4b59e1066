//! Tests of `--all-environments`, which runs a command for each environment of a file, one after
//! another.

use serde_json::{Value, json};

use crate::sandbox::{Backend, CONFIG, Sandbox, on_each_backend};

on_each_backend! {
    every_environment_is_planned_and_applied,
    an_environment_that_cannot_be_planned_does_not_hide_other_plans_but_prevents_apply,
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
    sandbox
        .run("apply --all-environments")
        .fails()
        .says("cannot ask for confirmation without a terminal");
    let run = sandbox.run("apply --all-environments --yes").succeeds();
    assert_eq!(run.stderr.matches("9 created").count(), 3, "{run:#?}");
    for name in ["/ecs/demo-dev", "/ecs/demo-prod", "/ecs/demo-staging"] {
        assert!(run.stdout.contains(&format!("cloudwatch_log_group_name = {name:?}")), "{run:#?}");
    }
    let note = run.stderr.matches("nothing is created in AWS").count();
    assert_eq!(note, usize::from(backend == Backend::Memory), "the note is printed once: {run:#?}");
    let run = sandbox.run("plan --all-environments --detailed-exitcode").succeeds();
    assert_eq!(run.stdout.matches("No changes.").count(), 3, "{run:#?}");
    sandbox.run("verify -e prod").succeeds().shows("90 days");
}

fn an_environment_that_cannot_be_planned_does_not_hide_other_plans_but_prevents_apply(
    backend: Backend,
) {
    let sandbox = sandbox(backend);
    let short = MORE.replace("90", "7");
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{short}"));
    let run = sandbox.run("plan --all-environments --detailed-exitcode").fails();
    assert_eq!(run.stdout.matches("Plan: 9 to create").count(), 2, "{run:#?}");
    let run = run.says("7 is not a valid retention for production");
    assert_eq!(run.stderr.matches("error").count(), 1, "{run:#?}");
    let before = sandbox.state();
    let run = sandbox.run("apply --all-environments --yes").fails();
    run.says("7 is not a valid retention for production")
        .says("1 of 3 environments cannot be planned; nothing was changed");
    assert_eq!(sandbox.state(), before);
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
fn no_environment_is_started_after_one_fails() {
    let mock = infra_mock::MockAws::builder();
    let rule: infra_mock::faults::Rule =
        "refuse=AccessDeniedException@logs:CreateLogGroup#2".parse().unwrap();
    let sandbox = Sandbox::served(mock.fault(rule));
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{MORE}"));
    let run = sandbox.run("apply --all-environments --yes").fails();
    let run = run.says("Apply failed:").says("Not started: staging.\n");
    assert!(run.stdout.contains("/ecs/demo-dev") && !run.stdout.contains("staging"), "{run:#?}");
    let run = sandbox.run("apply --all-environments --yes --format json -q").succeeds();
    let last: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["environments"][2]["result"], "done");
}

#[test]
fn a_file_without_environments_is_run_for_its_own_environment() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("plan --all-environments").succeeds();
    assert!(run.stdout.starts_with("== dev ==\ndemo-dev in account"), "{run:#?}");
    sandbox.write("ecs-foundation.toml", "this is no TOML");
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
