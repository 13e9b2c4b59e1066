//! `policy`: what it prints, and that the program runs under it, and not without any part of it.

use infra_core::policy::PolicyDocument;
use infra_mock::MockAws;

use crate::sandbox::{Backend, Run, Sandbox};

fn document(run: &Run) -> PolicyDocument {
    PolicyDocument::parse(&run.stdout).expect("a policy")
}

/// A sandbox whose AWS lets the program do what this policy allows.
fn under(policy: &PolicyDocument) -> Sandbox {
    let sandbox = Sandbox::served(MockAws::builder());
    sandbox.mock().add_access_key("test", "operator", [policy.clone()]).unwrap();
    sandbox
}

#[test]
fn the_policy_for_apply_is_explained_with_exact_arns() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("policy --account-id 123456789012").succeeds();
    assert_eq!(run.stderr, "", "nothing is connected to");
    run.shows("The least IAM policy to apply demo-dev in account 123456789012, region us-east-1.")
        .shows("on arn:aws:ecs:us-east-1:123456789012:cluster/demo-dev-cluster")
        .shows("on arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev:*")
        .shows("where iam:AWSServiceName is ecs.amazonaws.com")
        .shows("because the action takes no resource: it lists log groups")
        .shows("sts:GetCallerIdentity, by which the account is found, needs no permission")
        .shows("iam:PassRole is not needed")
        .shows("of the 6144 characters that a managed policy may have");
}

#[test]
fn with_and_without_connecting_it_is_the_same_policy() {
    let sandbox = Sandbox::on(Backend::Http);
    let asked = document(&sandbox.run("policy --format json").succeeds());
    let calls = sandbox.calls();
    assert_eq!(calls.len(), 1, "{calls:#?}");
    let offline = sandbox.run("policy --format json --account-id 123456789012").succeeds();
    assert_eq!(document(&offline), asked);
    assert_eq!(sandbox.calls(), []);
}

#[test]
fn the_program_runs_under_the_policies_it_prints() {
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
fn what_is_missing_from_the_policy_is_named_in_the_error() {
    let text = Sandbox::new().run("policy --format json --account-id 123456789012").stdout;
    for action in ["ecs:DescribeClusters", "iam:TagRole", "ecr:SetRepositoryPolicy"] {
        let less = text.replace(&format!("\"{action}\""), "\"sts:GetSessionToken\"");
        assert_ne!(less, text);
        let sandbox = under(&PolicyDocument::parse(&less).unwrap());
        let run = sandbox.run("apply --yes").fails();
        let words = format!("because no identity-based policy allows the {action} action");
        assert!(run.stderr.replace('\n', " ").contains(&words), "{run:#?}");
        run.says("user/operator").says("help: allow the caller the named action");
    }
}

#[test]
fn what_does_not_fit_together_is_refused_with_the_way_out() {
    let sandbox = Sandbox::new();
    sandbox
        .run("policy --force")
        .fails()
        .says("--force says nothing about apply")
        .says("--for destroy");
    sandbox.run("policy --for destroy --no-replace").fails().says("--no-replace says nothing");
    sandbox.run("policy --account-id 12").fails().says("an account id is twelve digits");
    sandbox.write("ecs-foundation.toml", "project_name = \"demo\"\nenvironment = \"dev\"\n");
    let run = sandbox.run("policy --account-id 123456789012").fails();
    run.says("no region is named").says("pass --region");
}

#[test]
fn replacing_and_forcing_are_apart() {
    let sandbox = Sandbox::new();
    let print = |flags: &str| {
        sandbox.run(&format!("policy --format json --account-id 123456789012 {flags}")).stdout
    };
    assert!(print("").contains("ecr:DeleteRepository"));
    assert!(!print("--no-replace").contains("ecr:DeleteRepository"));
    assert!(print("--for destroy").contains("iam:PolicyARN"));
    assert!(!print("--for destroy --force").contains("iam:PolicyARN"));
}
