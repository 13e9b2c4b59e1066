//! Tests of `export`, with golden files of the Terraform and CloudFormation output.

use std::path::Path;

use crate::graph::golden;
use crate::sandbox::Sandbox;

/// Returns a sandbox with one of the configurations in `tests/export`.
pub(crate) fn configured(name: &str) -> Sandbox {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export").join(name);
    Sandbox::with_config(&std::fs::read_to_string(path).expect("a configuration"))
}

#[test]
fn exports_match_the_golden_files() {
    let plain = ("default", Sandbox::new());
    for (name, sandbox) in [
        plain,
        ("full", configured("full.toml")),
        ("bare", configured("bare.toml")),
        ("services", configured("services.toml")),
        ("deployer", configured("deployer.toml")),
    ] {
        for (target, ending) in [("terraform", "tf"), ("cloudformation", "yaml")] {
            let run = sandbox.run(&format!("export {target}")).succeeds();
            golden(&format!("export-{name}.{ending}"), &run.stdout);
            let notes = run.stderr.lines().filter(|line| !line.contains("backend memory"));
            let notes: Vec<String> = notes.map(|line| format!("{line}\n")).collect();
            golden(&format!("export-{name}.{target}.notes"), &notes.concat());
            assert_eq!(sandbox.run(&format!("export {target} -q")).stderr, "");
        }
    }
}

#[test]
fn no_connection_is_made_if_account_and_region_are_given() {
    let sandbox = Sandbox::new();
    let nowhere = "--account-id 123456789012 --backend aws --endpoint-url http://127.0.0.1:1";
    for target in ["terraform", "cloudformation"] {
        let connected = sandbox.run(&format!("export {target}")).succeeds();
        let run = sandbox.run(&format!("export {target} {nowhere}")).succeeds();
        assert_eq!(run.stdout, connected.stdout, "{target}");
    }
    sandbox.write("ecs-foundation.toml", "project_name = \"demo\"\n");
    sandbox
        .run("export terraform --account-id 123456789012")
        .fails()
        .says("no region is set, and ARNs require one");
}

#[test]
fn an_export_without_import_has_no_import_blocks() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("export terraform --no-import").succeeds();
    assert!(!run.stdout.contains("import"), "{}", run.stdout);
    assert!(!run.stderr.contains("force_delete"), "{}", run.stderr);
}

#[test]
fn the_template_is_also_available_as_json() {
    let sandbox = Sandbox::new();
    let template = sandbox.run("export cloudformation --format json").succeeds().json();
    assert_eq!(template["Resources"].as_object().map(serde_json::Map::len), Some(6));
    assert_eq!(template["Outputs"].as_object().map(serde_json::Map::len), Some(8));
    assert_eq!(template["Outputs"]["EcrRepositoryUrl"]["Value"]["Fn::GetAtt"][1], "RepositoryUri");
}

#[test]
fn invalid_combinations_are_refused_with_a_suggestion() {
    let sandbox = Sandbox::new();
    sandbox.run("export terraform --format json").fails().says("remove --format json");
    sandbox.run("export cloudformation --no-import").fails().says("use `export terraform`");
    sandbox.run("export pulumi").fails().says("terraform, cloudformation");
}
