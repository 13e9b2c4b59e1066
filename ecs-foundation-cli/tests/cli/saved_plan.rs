//! Tests that save a plan and then apply it, and tests of saved plans that `apply` refuses.

use crate::sandbox::{Backend, CONFIG, Sandbox, on_each_backend};

on_each_backend! {
    a_saved_plan_is_applied,
    a_saved_plan_is_applied_once,
    a_saved_destroy_plan_is_applied,
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
    // There is no prompt, because the user saw the plan when it was saved.
    sandbox.run("apply plan.json").succeeds().says("9 created");
    sandbox.run("plan --detailed-exitcode").succeeds();
}

fn a_saved_plan_is_applied_once(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    sandbox.run("plan --out plan.json").succeeds();
    sandbox.run("apply plan.json").succeeds();
    sandbox.run("destroy --yes").succeeds();
    let before = sandbox.state();
    let run = sandbox.run("apply plan.json").fails();
    run.says("the saved plan has already been applied; nothing was changed")
        .says("plan --out FILE");
    assert_eq!(sandbox.state(), before);
    sandbox.run("plan --out plan.json").succeeds();
    sandbox.run("apply plan.json").succeeds().says("9 created");
}

fn a_saved_destroy_plan_is_applied(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    sandbox.run("plan --destroy --out plan.json").succeeds().shows("9 to delete");
    sandbox.run("apply plan.json").succeeds().says("9 deleted");
    sandbox.run("plan --destroy").succeeds().shows("Nothing to destroy.");
    sandbox.run("apply --yes").succeeds();
    sandbox.run("apply plan.json").fails().says("the saved plan has already been applied");
}

#[test]
fn a_saved_plan_of_another_endpoint_or_backend_is_refused() {
    let (first, second) = (Sandbox::on(Backend::Http), Sandbox::on(Backend::Http));
    first.run("plan --out plan.json").succeeds();
    second.write("plan.json", &first.read("plan.json").unwrap());
    let run = second.run("apply plan.json").fails();
    run.says(&format!("the saved plan is for backend aws at {}", first.url())).says(&second.url());
    assert!(second.calls().iter().all(|call| !call.changes));
    let memory = Sandbox::new();
    memory.write("plan.json", &first.read("plan.json").unwrap());
    memory.run("apply plan.json").fails().says("this run is for backend memory");
}

/// Simulates a full disk by limiting the size of the files that the program can write.
#[cfg(unix)]
#[test]
fn a_plan_that_cannot_be_written_leaves_the_one_before() {
    let sandbox = Sandbox::new();
    sandbox.run("plan --out plan.json").succeeds();
    let before = sandbox.read("plan.json").unwrap();
    let mut command = std::process::Command::new("bash");
    sandbox.forget_environment(&mut command);
    let program = env!("CARGO_BIN_EXE_ecs-foundation");
    let script = format!("trap '' XFSZ; ulimit -f 1; exec {program} plan --out plan.json");
    let output = command.args(["-c", &script]).output().unwrap();
    let run = crate::sandbox::Run::of(&output).fails();
    run.says("cannot write the plan to plan.json");
    assert_eq!(sandbox.read("plan.json"), Some(before));
    let files = std::fs::read_dir(sandbox.path()).unwrap();
    let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{names:?}");
}

fn a_plan_overwrites_an_older_plan_but_no_other_file(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    sandbox.run("plan --out plan.json").succeeds();
    sandbox.run("plan --out plan.json").succeeds();
    let before = sandbox.read("ecs-foundation.toml");
    sandbox
        .run("plan --out ecs-foundation.toml")
        .fails()
        .says("ecs-foundation.toml already exists and is not a saved plan");
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
        .says("the saved plan is out of date; nothing was changed")
        .says("ecs_cluster.main: was create, is now no-op");
    assert_eq!(sandbox.state(), before);
}

fn a_saved_plan_of_another_configuration_is_refused(backend: Backend) {
    let sandbox = Sandbox::applied_on(backend);
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}[log_group]\nretention_in_days = 7\n"));
    sandbox.run("plan --out plan.json").succeeds();
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}[log_group]\nretention_in_days = 30\n"));
    let run = sandbox.run("apply --yes plan.json").fails();
    run.says("the configuration has changed since the plan was saved")
        .says("cloudwatch_log_group.ecs: the planned change to retention_in_days is different now");
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
        ("{\"format_version\": \"9.9\"}", "has plan format 9.9"),
    ];
    for (text, message) in table {
        sandbox.write("plan.json", text);
        sandbox.run("apply --yes plan.json").fails().says(message).says("plan --out FILE");
        assert_eq!(sandbox.state(), before, "{text}");
    }
}
