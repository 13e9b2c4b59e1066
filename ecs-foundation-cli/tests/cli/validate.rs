//! Tests of `validate`, which makes no AWS calls.

use crate::sandbox::{CONFIG, Sandbox};

#[test]
fn every_environment_of_the_file_is_checked_without_a_call() {
    let config = format!("{CONFIG}[environments.prod.log_group]\nretention_in_days = 90\n");
    let sandbox = Sandbox::with_config(&config.replace("\"memory\"", "\"aws\""));
    // Any AWS call would fail, because no server listens at this address and no credentials are
    // set.
    let line = "validate --endpoint-url http://127.0.0.1:9";
    let run = sandbox.run(line).succeeds();
    assert_eq!(run.stdout, "Valid: demo-dev, demo-prod in ecs-foundation.toml\n");
    let run = sandbox.run("validate -e prod").succeeds();
    assert_eq!(run.stdout, "Valid: demo-prod in ecs-foundation.toml\n");
    let json = sandbox.run("validate --format json").succeeds().json();
    assert_eq!(json["valid"], true);
    assert_eq!(json["environments"], serde_json::json!(["dev", "prod"]));
    assert_eq!(sandbox.read("memory.json"), None);
}

#[test]
fn what_is_wrong_in_any_environment_is_told_at_its_line() {
    let config = format!("{CONFIG}[environments.prod.log_group]\nretention_in_days = 15\n");
    let sandbox = Sandbox::with_config(&config);
    let run = sandbox.run("validate").fails();
    assert_eq!(run.stdout, "");
    run.says("ecs-foundation.toml:7").says("retention_in_days");
}
