//! Tests that run the program in two regions of one account, against a mock server.

use crate::sandbox::{Backend, CONFIG, Run, Sandbox};

/// Runs the program once in us-east-1 and once in eu-west-1.
fn in_regions(sandbox: &Sandbox, line: &str) -> [Run; 2] {
    ["us-east-1", "eu-west-1"].map(|region| sandbox.run(&format!("{line} --region {region}")))
}

#[test]
fn roles_of_another_region_are_refused_and_left() {
    let sandbox = Sandbox::on(Backend::Http);
    sandbox.run("apply --yes").succeeds();
    let before = sandbox.state();
    for line in ["plan", "apply --yes", "apply --yes --adopt", "destroy --yes"] {
        let run = sandbox.run(&format!("{line} --region eu-west-1")).fails();
        let all = format!("{}{}", run.stdout, run.stderr);
        assert!(all.contains("us-east-1"), "{line}: {all}");
        let way_out = if line.starts_with("destroy") {
            "or pass --force"
        } else {
            "or set role_names_include_region = true"
        };
        assert!(all.contains(way_out), "{line}: {all}");
        assert_eq!(sandbox.state(), before, "{line}");
    }
    sandbox.run("destroy --yes --force --region eu-west-1").succeeds();
    assert_eq!(sandbox.state(), before);
}

#[test]
fn both_regions_live_side_by_side_if_role_names_include_the_region() {
    let sandbox = Sandbox::on(Backend::Http);
    sandbox.write("ecs-foundation.toml", &format!("role_names_include_region = true\n{CONFIG}"));
    for run in in_regions(&sandbox, "apply --yes") {
        run.succeeds();
    }
    for line in ["plan --detailed-exitcode", "verify"] {
        for run in in_regions(&sandbox, line) {
            run.succeeds();
        }
    }
    sandbox.run("destroy --yes --region eu-west-1").succeeds();
    sandbox.run("plan --detailed-exitcode").succeeds();
    sandbox.run("apply --yes --region eu-west-1").succeeds();
    sandbox.run("destroy --yes").succeeds();
    sandbox.run("plan --detailed-exitcode --region eu-west-1").succeeds();
}
