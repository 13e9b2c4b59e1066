//! Plans that are saved, and applied or refused later.

use crate::sandbox::{Backend, CONFIG, Sandbox, on_each_backend};

on_each_backend! {
    a_saved_plan_is_applied,
    a_plan_overwrites_an_older_plan_but_no_other_file,
    an_outdated_saved_plan_is_refused,
    a_saved_plan_of_another_configuration_is_refused,
    a_file_that_is_not_a_plan_or_has_a_newer_format_is_refused,
}

fn a_saved_plan_is_applied(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    sandbox.run("plan --out plan.json").succeeds().says("ecs-foundation apply plan.json");
    let saved: serde_json::Value =
        serde_json::from_str(&sandbox.read("plan.json").unwrap()).unwrap();
    assert_eq!(saved["format_version"], "1.0");
    assert_eq!(saved["account_id"], "123456789012");
    assert_eq!(saved["plan"]["changes"].as_array().unwrap().len(), 9);
    sandbox.run("apply plan.json").fails().says("there is no terminal to ask on");
    sandbox.run("apply --yes plan.json").succeeds().says("9 created");
    sandbox.run("plan --detailed-exitcode").succeeds();
}

fn a_plan_overwrites_an_older_plan_but_no_other_file(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    sandbox.run("plan --out plan.json").succeeds();
    sandbox.run("plan --out plan.json").succeeds();
    let before = sandbox.read("ecs-foundation.toml");
    sandbox
        .run("plan --out ecs-foundation.toml")
        .fails()
        .says("ecs-foundation.toml is there, and is no saved plan");
    assert_eq!(sandbox.read("ecs-foundation.toml"), before);
}

fn an_outdated_saved_plan_is_refused(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    sandbox.run("plan --out plan.json").succeeds();
    sandbox.run("apply --yes").succeeds();
    let before = sandbox.state();
    sandbox
        .run("apply --yes plan.json")
        .fails()
        .says("the saved plan is out of date: nothing was done")
        .says("ecs_cluster.main: it says create, now it would be no-op");
    assert_eq!(sandbox.state(), before);
}

fn a_saved_plan_of_another_configuration_is_refused(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}[log_group]\nretention_in_days = 7\n"));
    sandbox.run("plan --out plan.json").succeeds();
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}[log_group]\nretention_in_days = 30\n"));
    let run = sandbox.run("apply --yes plan.json").fails();
    run.says("the configuration has changed since the plan was saved")
        .says("cloudwatch_log_group.ecs: another change of retention_in_days");
    let run = sandbox.run("apply --yes plan.json -e staging").fails();
    run.says("the saved plan is for demo-dev in account 123456789012, region us-east-1")
        .says("this run is for demo-staging");
    let json = sandbox.run("apply --yes --format json plan.json").fails();
    let error: serde_json::Value =
        serde_json::from_str(json.stderr.lines().last().unwrap()).unwrap();
    assert_eq!(error["error"]["kind"], "stale_plan");
}

fn a_file_that_is_not_a_plan_or_has_a_newer_format_is_refused(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    let before = sandbox.state();
    let table = [
        ("", "is not a saved plan"),
        ("{}", "is not a saved plan"),
        ("{\"format_version\": \"1.0\"}", "is not a saved plan"),
        ("{\"format_version\": \"9.9\"}", "is a plan of format 9.9"),
    ];
    for (text, message) in table {
        sandbox.write("plan.json", text);
        sandbox.run("apply --yes plan.json").fails().says(message).says("plan --out FILE");
        assert_eq!(sandbox.state(), before, "{text}");
    }
}
