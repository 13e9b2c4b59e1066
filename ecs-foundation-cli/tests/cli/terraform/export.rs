//! What `export terraform` writes: clean for `terraform fmt` and `validate`, and after its import nothing is left
//! to change.

use crate::export::configured;
use crate::sandbox::Sandbox;
use crate::terraform::Comparison;

/// What stands for an account here; Terraform lays it over the file.
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
    // What it would have laid out otherwise, it names.
    assert_eq!(both.terraform("fmt -check main.tf", 0), "");
}

/// Takes the foundation over from ours, and finds nothing to do then; nor does ours after that.
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
#[ignore = "needs Terraform 1.11 with the AWS provider 5.100: `cargo xtask clients` looks for them"]
fn the_export_takes_over_what_ours_made_and_makes_it_anew() {
    // The one change is `force_delete`, which is in Terraform's state alone.
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
#[ignore = "needs Terraform 1.11 with the AWS provider 5.100: `cargo xtask clients` looks for them"]
fn the_export_of_every_setting_takes_over_what_ours_made() {
    let both = imports(
        configured("full.toml"),
        "Plan: 18 to import, 0 to add, 1 to change, 0 to destroy.",
    );
    both.served.stop("-TERM").succeeds();
}

#[test]
#[ignore = "needs Terraform 1.11 with the AWS provider 5.100: `cargo xtask clients` looks for them"]
fn the_export_of_the_least_takes_over_what_ours_made() {
    let both = imports(
        configured("bare.toml"),
        "Plan: 12 to import, 0 to add, 0 to change, 0 to destroy.",
    );
    both.served.stop("-TERM").succeeds();
}
