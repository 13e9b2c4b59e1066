//! Tests of input that the program refuses without changing anything.

use crate::sandbox::{Backend, CONFIG, Sandbox, on_each_backend};

#[test]
fn bad_input_is_refused_with_a_message_and_changes_nothing() {
    let sandbox = Sandbox::applied();
    let before = sandbox.read("memory.json");
    let table = [
        ("", "Usage"),
        ("deploy", "unrecognized subcommand 'deploy'"),
        ("plan --frobnicate", "--frobnicate"),
        ("plan --format xml", "xml"),
        ("plan --format raw", "use text or json"),
        ("plan --backend azure", "azure"),
        ("plan --parallelism 0", "parallelism"),
        ("plan --parallelism many", "many"),
        ("plan -v -q", "cannot be used with"),
        ("plan --config missing.toml", "missing.toml"),
        ("plan --project-name Shop", "Shop"),
        ("plan --environment Prod!", "Prod!"),
        ("plan --region mars", "mars"),
        ("plan --region xx-north-1", "name its partition with --partition"),
        ("plan --partition aws-mars", "aws-eusc"),
        ("policy --account-id 123456789012 --region xx-north-1", "--partition"),
        ("plan --out missing/plan.json", "missing/plan.json"),
        ("apply --yes missing.json", "missing.json"),
        ("apply --yes ecs-foundation.toml", "is not a saved plan"),
        ("apply --adopt plan.json", "cannot be used with"),
        ("output ecs_cluster", "there is no output \"ecs_cluster\""),
        ("output --format raw", "--format raw prints a single value: name an output"),
        ("destroy everything", "everything"),
    ];
    for (line, message) in table {
        let run = sandbox.run(line).fails();
        assert_eq!(run.stdout, "", "{line}");
        run.says(message);
        assert_eq!(sandbox.read("memory.json"), before, "{line}");
    }
}

#[test]
fn an_unknown_region_works_in_the_named_partition() {
    let sandbox = Sandbox::new();
    let line = "--region xx-north-1 --partition aws-iso-b";
    sandbox.run(&format!("apply --yes {line}")).succeeds();
    let outputs = sandbox.run(&format!("output {line}")).succeeds();
    outputs
        .shows("arn:aws-iso-b:ecs:xx-north-1:123456789012:cluster/")
        .shows("123456789012.dkr.ecr.xx-north-1.sc2s.sgov.gov/");
    sandbox.run(&format!("plan --detailed-exitcode {line}")).succeeds();
    sandbox.run(&format!("destroy --yes {line}")).succeeds();
}

#[test]
fn a_partition_other_than_the_account_s_is_refused() {
    let sandbox = Sandbox::on(Backend::Http);
    let run = sandbox.run("plan --partition aws-cn").fails();
    run.says("the account is in partition aws, not aws-cn");
}

#[test]
fn all_errors_of_a_configuration_are_reported_together() {
    let sandbox = Sandbox::with_config(&format!(
        "{CONFIG}colour = \"red\"\n[log_group]\nretention_in_days = 15\n"
    ));
    let run = sandbox.run("apply --yes").fails();
    assert_eq!(run.stdout, "");
    run.says("colour").says("15").says("ecs-foundation.toml:");
    assert_eq!(sandbox.read("memory.json"), None);

    let run = sandbox.run("apply --yes --format json").fails();
    let error: serde_json::Value = serde_json::from_str(run.stderr.trim()).unwrap();
    assert_eq!(error["error"]["kind"], "configuration");
    assert_eq!(error["error"]["errors"].as_array().unwrap().len(), 2);
}

#[test]
fn usage_errors_are_json_with_format_json() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("plan --format json --frobnicate").fails();
    let error: serde_json::Value = serde_json::from_str(run.stderr.trim()).unwrap();
    assert_eq!(error["error"]["kind"], "usage");
}

on_each_backend! {
    without_a_terminal_and_without_yes_nothing_is_changed,
}

fn without_a_terminal_and_without_yes_nothing_is_changed(backend: Backend) {
    let sandbox = Sandbox::on(backend);
    let before = sandbox.state();
    let run = sandbox.run("apply").fails();
    assert_eq!(run.stdout, "");
    run.says("cannot ask for confirmation without a terminal")
        .says("--yes")
        .says("Plan: 9 to create");
    assert_eq!(sandbox.state(), before);
    sandbox.run("plan").succeeds().shows("Plan: 9 to create");

    sandbox.run("apply --yes").succeeds();
    let before = sandbox.state();
    sandbox
        .run("destroy")
        .fails()
        .says("cannot ask for confirmation without a terminal")
        .says("9 to delete");
    assert_eq!(sandbox.state(), before);
}

#[test]
fn an_unusable_snapshot_is_refused_and_left_unchanged() {
    let table = [
        ("", "the file is damaged"),
        ("{", "the file is damaged"),
        ("[]", "the file is damaged"),
        ("{\"format\": \"something-else\", \"version\": 1}", "the file is damaged"),
        ("{\"format\": \"infra-mock-snapshot\", \"version\": 99}", "the file is version 99"),
    ];
    for (text, message) in table {
        let sandbox = Sandbox::new();
        sandbox.write("memory.json", text);
        for line in ["plan", "apply --yes", "output", "verify", "destroy --yes"] {
            let run = sandbox.run(line).fails();
            assert_eq!(run.stdout, "", "{line}");
            run.says(message).says("help:");
            assert_eq!(sandbox.read("memory.json").as_deref(), Some(text), "{line}");
        }
    }
}

#[test]
fn a_snapshot_in_use_by_another_process_is_refused() {
    let sandbox = Sandbox::applied();
    let before = sandbox.read("memory.json");
    let held = sandbox.providers();
    sandbox.run("destroy --yes").fails().says("another process is using the file");
    assert_eq!(sandbox.read("memory.json"), before);
    drop(held);
    sandbox.run("destroy --yes").succeeds();
}

#[test]
fn help_and_version_are_written_to_standard_output() {
    let sandbox = Sandbox::new();
    for line in ["--help", "help plan", "plan --help", "output -h", "--version"] {
        let run = sandbox.run(line).succeeds().shows("ecs-foundation");
        assert_eq!(run.stderr, "", "{line}");
    }
    sandbox.run("output --help").succeeds().shows("github");
}
