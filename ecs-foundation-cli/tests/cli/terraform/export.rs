//! Tests that the output of `export terraform` passes `terraform fmt` and `validate`, and that
//! Terraform plans no changes after the import.

use crate::export::configured;
use crate::sandbox::Sandbox;
use crate::terraform::Comparison;

/// A provider configuration for the mock. It overrides the provider configuration in the exported
/// file.
const OVERRIDE: &str = r#"
provider "aws" {
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    ecs  = var.endpoint
    iam  = var.endpoint
    ecr  = var.endpoint
    logs = var.endpoint
    sts  = var.endpoint
  }
}
"#;

fn exported(sandbox: Sandbox) -> Comparison {
    let mut both = Comparison::start_in(sandbox);
    both.sandbox.write("test.tf", "variable \"endpoint\" { type = string }\n");
    both.sandbox.write("test_override.tf", OVERRIDE);
    write(&mut both, "export terraform");
    both.terraform("init", 0);
    both.terraform("validate", 0);
    both
}

fn write(both: &mut Comparison, line: &str) {
    let file = both.ours(line);
    both.sandbox.write("main.tf", &file);
    // If the formatting were wrong, the command would print the file name.
    assert_eq!(both.terraform("fmt -check main.tf", 0), "");
}

/// Creates a foundation with ecs-foundation and imports it into Terraform. Then checks that neither
/// tool plans changes.
fn imports(sandbox: Sandbox, plan: &str) -> Comparison {
    let mut both = exported(sandbox);
    both.ours("apply --yes");
    let planned = both.terraform("plan -detailed-exitcode", 2);
    assert!(planned.contains(plan), "{planned}");
    let applied = both.terraform("apply -auto-approve", 0);
    assert!(applied.contains("0 added"), "{applied}");
    let planned = both.terraform("plan -detailed-exitcode", 0);
    assert!(planned.contains("No changes."), "{planned}");
    both.ours("plan --detailed-exitcode");
    both
}

#[test]
#[ignore = "needs Terraform 1.11 and AWS provider 5.100: `cargo xtask clients` runs this test if both are installed"]
fn the_export_imports_the_foundation_and_can_create_it_again() {
    // The only planned change sets `force_delete`. AWS has no such attribute, so Terraform stores
    // the value only in its state.
    let mut both =
        imports(Sandbox::new(), "Plan: 9 to import, 0 to add, 1 to change, 0 to destroy.");
    let outputs = both.terraform("output -json", 0);
    let outputs: serde_json::Value = serde_json::from_str(&outputs).expect("outputs in JSON");
    let ours: serde_json::Value =
        serde_json::from_str(&both.ours("output --format json")).expect("outputs in JSON");
    assert_eq!(outputs, ours);
    let destroyed = both.terraform("destroy -auto-approve", 0);
    assert!(destroyed.contains("9 destroyed"), "{destroyed}");

    write(&mut both, "export terraform --no-import");
    let applied = both.terraform("apply -auto-approve", 0);
    assert!(applied.contains("9 added, 0 changed, 0 destroyed"), "{applied}");
    both.ours("plan --detailed-exitcode");
    both.served.stop("-TERM").succeeds();
}

#[test]
#[ignore = "needs Terraform 1.11 and AWS provider 5.100: `cargo xtask clients` runs this test if both are installed"]
fn the_export_with_every_setting_imports_the_foundation() {
    let both = imports(
        configured("full.toml"),
        "Plan: 18 to import, 0 to add, 1 to change, 0 to destroy.",
    );
    both.served.stop("-TERM").succeeds();
}

#[test]
#[ignore = "needs Terraform 1.11 and AWS provider 5.100: `cargo xtask clients` runs this test if both are installed"]
fn the_export_with_every_feature_off_imports_the_foundation() {
    let both = imports(
        configured("bare.toml"),
        "Plan: 12 to import, 0 to add, 0 to change, 0 to destroy.",
    );
    both.served.stop("-TERM").succeeds();
}

#[test]
#[ignore = "needs Terraform 1.11 and AWS provider 5.100: `cargo xtask clients` runs this test if both are installed"]
fn the_export_with_services_imports_the_foundation() {
    let both = imports(
        configured("services.toml"),
        "Plan: 21 to import, 0 to add, 2 to change, 0 to destroy.",
    );
    both.served.stop("-TERM").succeeds();
}

#[test]
#[ignore = "needs Terraform 1.11 and AWS provider 5.100: `cargo xtask clients` runs this test if both are installed"]
fn the_export_with_a_deployer_imports_the_foundation() {
    let both = imports(
        configured("deployer.toml"),
        "Plan: 17 to import, 0 to add, 2 to change, 0 to destroy.",
    );
    both.served.stop("-TERM").succeeds();
}
