//! Tests of Terraform options and commands that users may type out of habit.

use crate::sandbox::Sandbox;

#[test]
fn options_of_terraform_are_answered_with_what_to_use() {
    let sandbox = Sandbox::new();
    for (line, help) in [
        ("apply -auto-approve", "use --yes"),
        ("plan -out=plan.json", "use --out FILE"),
        ("plan -out plan.json", "use --out FILE"),
        ("plan -destroy", "plan --destroy"),
        ("output -json", "use --format json"),
        ("output --json", "use --format json"),
        ("plan -target=ecs_cluster.main", "every plan covers all resources"),
        ("plan --target ecs_cluster.main", "every plan covers all resources"),
        ("plan -var region=us-east-1", "ecs-foundation.toml"),
        ("plan -var-file=prod.tfvars", "--config FILE"),
        ("-chdir=infra plan", "--config DIR/ecs-foundation.toml"),
        ("-version", "use --version"),
        ("plan -no-color", "use --color never"),
    ] {
        let run = sandbox.run(line).fails();
        assert_eq!(run.stdout, "", "{line}");
        run.says("is a Terraform option").says(help);
    }
    let run = sandbox.run("plan -json --format json").fails();
    let error: serde_json::Value = serde_json::from_str(run.stderr.trim()).unwrap();
    assert_eq!(error["error"]["kind"], "usage");
    assert_eq!(error["error"]["help"], "use --format json");
    // `--auto-approve` is an alias for `--yes`.
    sandbox.run("apply --auto-approve").succeeds();
}

#[test]
fn commands_of_terraform_are_answered_with_what_to_use() {
    let sandbox = Sandbox::new();
    for (command, help) in [
        ("show", "ecs-foundation plan"),
        ("state list", "there is no state"),
        ("import aws_ecs_cluster.main x", "apply --adopt"),
        ("fmt", "ecs-foundation validate"),
        ("refresh", "ecs-foundation verify"),
        ("taint x", "ecs-foundation apply"),
        ("workspace select prod", "-e NAME"),
        ("console", "ecs-foundation output"),
        ("version", "ecs-foundation --version"),
    ] {
        let run = sandbox.run(command).fails();
        run.says("is a Terraform command").says(help);
    }
}

#[test]
fn the_plan_of_a_destruction_is_shown_and_nothing_is_done() {
    let sandbox = Sandbox::new();
    sandbox.run("plan --destroy").succeeds().shows("Nothing to destroy.");
    sandbox.run("apply --yes").succeeds();
    let before = sandbox.state();
    sandbox.run("plan --destroy").succeeds().shows("will be deleted").shows("9 to delete");
    let json = sandbox.run("plan --destroy --format json").succeeds().json();
    assert_eq!(json["summary"]["delete"], 9);
    sandbox.run("plan --destroy --detailed-exitcode").ends_with(2);
    sandbox.run("plan --destroy --adopt").fails();
    assert_eq!(sandbox.state(), before);
}
