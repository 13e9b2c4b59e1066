//! Tests of the output of `policy`. The tests also check that the program works with the printed
//! policies. If a policy lacks a permission, the program's error must name that permission.

use infra_core::policy::PolicyDocument;
use infra_mock::MockAws;

use crate::sandbox::{Backend, Run, Sandbox};

fn document(run: &Run) -> PolicyDocument {
    PolicyDocument::parse(&run.stdout).expect("a policy")
}

/// Returns a sandbox in which the program has only the permissions in this policy.
fn under(policy: &PolicyDocument) -> Sandbox {
    let sandbox = Sandbox::served(MockAws::builder());
    sandbox.mock().add_access_key("test", "operator", [policy.clone()]).unwrap();
    sandbox
}

#[test]
fn the_policy_for_apply_is_explained_with_exact_arns() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("policy --account-id 123456789012").succeeds();
    assert_eq!(run.stderr, "", "no connection is made");
    run.shows(
        "The minimal IAM policy to apply demo-dev in account 123456789012, region us-east-1.",
    )
    .shows("on arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster")
    .shows("on arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev:*")
    .shows("where iam:AWSServiceName is ecs.amazonaws.com")
    .shows("because the action cannot be limited to a resource: it lists log groups by name")
    .shows("sts:GetCallerIdentity, which returns the account id, requires no permission")
    .shows("iam:PassRole is not required")
    .shows("of the 6144 characters allowed in a managed policy");
}

#[test]
fn the_policy_is_the_same_with_and_without_a_connection() {
    let sandbox = Sandbox::on(Backend::Http);
    let asked = document(&sandbox.run("policy --format json").succeeds());
    let calls = sandbox.calls();
    assert_eq!(calls.len(), 1, "{calls:#?}");
    let offline = sandbox.run("policy --format json --account-id 123456789012").succeeds();
    assert_eq!(document(&offline), asked);
    assert_eq!(sandbox.calls(), []);
}

#[test]
fn the_program_works_with_the_policies_it_prints() {
    let printed = Sandbox::new();
    let print = |command: &str| {
        let line = format!("policy --format json --account-id 123456789012 --for {command}");
        document(&printed.run(&line).succeeds())
    };
    let (plan, apply, destroy) = (print("plan"), print("apply"), print("destroy"));

    let sandbox = under(&plan);
    sandbox.run("plan").succeeds();
    sandbox.run("verify").fails().shows("absent");
    sandbox.run("apply --yes").fails().says("AccessDenied").says("is not authorized to perform:");

    let sandbox = under(&apply);
    sandbox.run("apply --yes").succeeds().says("9 created");
    sandbox.run("verify").succeeds();
    sandbox.run("output").succeeds();
    sandbox.run("plan --detailed-exitcode").succeeds();
    sandbox.run("destroy --yes").fails().says("iam:DeleteRole");

    let sandbox = under(&apply);
    sandbox.run("apply --yes").succeeds();
    sandbox.mock().add_access_key("test", "operator", [destroy]).unwrap();
    sandbox.run("destroy --yes").succeeds();
}

#[test]
fn a_missing_permission_is_named_in_the_error() {
    let text = Sandbox::new().run("policy --format json --account-id 123456789012").stdout;
    for action in ["ecs:DescribeClusters", "iam:TagRole", "ecr:SetRepositoryPolicy"] {
        let less = text.replace(&format!("\"{action}\""), "\"sts:GetSessionToken\"");
        assert_ne!(less, text);
        let sandbox = under(&PolicyDocument::parse(&less).unwrap());
        let run = sandbox.run("apply --yes").fails();
        let words = format!("because no identity-based policy allows the {action} action");
        assert!(run.stderr.replace('\n', " ").contains(&words), "{run:#?}");
        run.says("user/operator").says("help: grant the caller permission for this action");
    }
}

#[test]
fn invalid_combinations_are_refused_with_a_suggestion() {
    let sandbox = Sandbox::new();
    sandbox
        .run("policy --force")
        .fails()
        .says("--force has no effect with --for apply")
        .says("--for destroy");
    sandbox.run("policy --for destroy --no-replace").fails().says("--no-replace has no effect");
    sandbox.run("policy --account-id 12").fails().says("an account id consists of twelve digits");
    sandbox.write("ecs-foundation.toml", "project_name = \"demo\"\nenvironment = \"dev\"\n");
    let run = sandbox.run("policy --account-id 123456789012").fails();
    run.says("no region is set, and ARNs require one").says("pass --region");
}

#[test]
fn a_pipeline_has_policies_to_push_and_to_deploy() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("policy --account-id 123456789012 --for push").succeeds();
    run.shows("The minimal IAM policy to push images to demo-dev in account 123456789012")
        .shows("on arn:aws:ecr:us-east-1:123456789012:repository/demo-dev-app")
        .shows("    ecr:PutImage\n");
    let run = sandbox.run("policy --account-id 123456789012 --for deploy").succeeds();
    run.shows("The minimal IAM policy to deploy to demo-dev in account 123456789012")
        .shows("on arn:aws:iam::123456789012:role/demo-dev-ecs-task-role")
        .shows("where iam:PassedToService is ecs-tasks.amazonaws.com")
        .shows("on arn:aws:ecs:us-east-1:123456789012:service/demo-dev-cluster/*");
    sandbox.run("policy --for push --force").fails().says("--force has no effect with --for push");
}

#[test]
fn permissions_for_replace_and_force_are_separate() {
    let sandbox = Sandbox::new();
    let print = |flags: &str| {
        sandbox.run(&format!("policy --format json --account-id 123456789012 {flags}")).stdout
    };
    assert!(print("").contains("ecr:DeleteRepository"));
    assert!(!print("--no-replace").contains("ecr:DeleteRepository"));
    assert!(print("--for destroy").contains("iam:PolicyARN"));
    assert!(!print("--for destroy --force").contains("iam:PolicyARN"));
}
