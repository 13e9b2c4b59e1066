//! `export`: the foundation for Terraform and for CloudFormation, to the byte.

use std::path::Path;

use crate::graph::golden;
use crate::sandbox::Sandbox;

/// A folder with one of the configurations of `tests/export`.
pub(crate) fn configured(name: &str) -> Sandbox {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export").join(name);
    Sandbox::with_config(&std::fs::read_to_string(path).expect("a configuration"))
}

#[test]
fn each_foundation_is_written_as_it_was() {
    let plain = ("default", Sandbox::new());
    for (name, sandbox) in
        [plain, ("full", configured("full.toml")), ("bare", configured("bare.toml"))]
    {
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
fn with_an_account_and_a_region_nothing_is_connected_to() {
    let sandbox = Sandbox::new();
    let nowhere = "--account-id 123456789012 --backend aws --endpoint-url http://127.0.0.1:1";
    for target in ["terraform", "cloudformation"] {
        let connected = sandbox.run(&format!("export {target}")).succeeds();
        let run = sandbox.run(&format!("export {target} {nowhere}")).succeeds();
        assert_eq!(run.stdout, connected.stdout, "{target}");
    }
    sandbox.write("ecs-foundation.toml", "project_name = \"demo\"\n");
    sandbox.run("export terraform --account-id 123456789012").fails().says("no region is named");
}

#[test]
fn what_terraform_is_to_make_anew_has_no_import() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("export terraform --no-import").succeeds();
    assert!(!run.stdout.contains("import"), "{}", run.stdout);
    assert!(!run.stderr.contains("force_delete"), "{}", run.stderr);
}

#[test]
fn a_template_as_json_is_the_one_in_yaml() {
    let sandbox = Sandbox::new();
    let template = sandbox.run("export cloudformation --format json").succeeds().json();
    assert_eq!(template["Resources"].as_object().map(serde_json::Map::len), Some(6));
    assert_eq!(template["Outputs"].as_object().map(serde_json::Map::len), Some(8));
    assert_eq!(template["Outputs"]["EcrRepositoryUrl"]["Value"]["Fn::GetAtt"][1], "RepositoryUri");
}

#[test]
fn what_makes_no_sense_is_refused_with_a_way_out() {
    let sandbox = Sandbox::new();
    sandbox.run("export terraform --format json").fails().says("leave --format json out");
    sandbox.run("export cloudformation --no-import").fails().says("use it with terraform");
    sandbox.run("export pulumi").fails().says("terraform, cloudformation");
}
