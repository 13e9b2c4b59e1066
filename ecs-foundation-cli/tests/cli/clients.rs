//! Tests that external clients work with `mock serve`. The scripts in `tests/clients` call every
//! operation of the mock with boto3 and the AWS CLI, and check every response against botocore's
//! service models.

#![expect(clippy::print_stdout, reason = "the test prints the calls that were made")]

use std::path::Path;
use std::process::{Command, Stdio};

use infra_core::foundation::Outputs;
use serde_json::Value;

use crate::export::configured;
use crate::sandbox::{Run, Sandbox, installed};
use crate::serve::Served;

/// Runs `tests/clients/main.py` with one client against a new mock.
#[track_caller]
fn drive(client: &str) {
    let sandbox = Sandbox::bare();
    let served = Served::start(&sandbox, "--quiet --clock frozen");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/main.py");
    let mut command = Command::new(installed("ECS_FOUNDATION_TEST_PYTHON"));
    sandbox.forget_environment(&mut command);
    command.arg(script).args([client, &served.url()]).stdin(Stdio::null());
    // Keep Python from writing bytecode next to the sources.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    let run = Run::of(&command.output().expect("Python starts"));
    println!("{}", run.stdout.trim_end());
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    served.stop("-TERM").succeeds();
}

#[test]
#[ignore = "needs boto3: `cargo xtask clients` installs it"]
fn boto3_supports_every_operation_member_and_error_of_the_models() {
    drive("boto3");
}

#[test]
#[ignore = "needs the AWS CLI: `cargo xtask clients` installs it"]
fn the_aws_cli_supports_every_operation() {
    drive("cli");
}

#[test]
#[ignore = "needs the AWS CLI: `cargo xtask clients` installs it"]
fn the_aws_cli_program_works_on_the_mock() {
    let sandbox = Sandbox::bare();
    let served = Served::start(&sandbox, "");
    let aws = |line: &str| {
        let mut command = Command::new(installed("ECS_FOUNDATION_TEST_AWS_CLI"));
        sandbox.forget_environment(&mut command);
        command.args(line.split_whitespace()).stdin(Stdio::null());
        command.env("AWS_ENDPOINT_URL", served.url()).env("AWS_DEFAULT_REGION", "eu-west-1");
        command.env("AWS_ACCESS_KEY_ID", "111122223333").env("AWS_SECRET_ACCESS_KEY", "test");
        Run::of(&command.output().expect("the AWS CLI starts"))
    };
    let identity = aws("sts get-caller-identity --query Account --output text").succeeds();
    assert_eq!(identity.stdout.trim(), "111122223333");
    let arn = "arn:aws:ecs:eu-west-1:111122223333:cluster/shop";
    aws("ecs create-cluster --cluster-name shop --tags key=Name,value=shop").succeeds().shows(arn);
    // After an error from a service, version 1 of the AWS CLI exits with 255, and version 2 with
    // 254.
    aws("ecs delete-cluster --cluster none").ends_with(255).says(
        "An error occurred (ClusterNotFoundException) when calling the DeleteCluster operation",
    );
    aws(
        "ecs register-task-definition --family app --requires-compatibilities FARGATE --network-mode awsvpc \
         --cpu 256 --memory 512 --container-definitions [{\"name\":\"web\",\"image\":\"nginx\"}]",
    )
    .succeeds();
    aws(
        "ecs create-service --cluster shop --service-name web --task-definition app --desired-count 2 \
         --launch-type FARGATE --network-configuration awsvpcConfiguration={subnets=[subnet-1]}",
    )
    .succeeds();
    aws("ecs wait services-stable --cluster shop --services web").succeeds();
    let running =
        "ecs describe-services --cluster shop --services web --query services[0].runningCount";
    assert_eq!(aws(running).succeeds().stdout.trim(), "2");
    aws("ecs discover-poll-endpoint --cluster shop").ends_with(255).says("NotImplemented");
    served.stop("-INT").succeeds().says("unsupported: ecs:DiscoverPollEndpoint");
}

/// Runs a Python program in the virtual environment that `cargo xtask clients` creates, and returns
/// its output.
#[track_caller]
fn python(sandbox: &Sandbox, program: &str, arguments: &[&Path]) -> String {
    let mut command = Command::new(installed("ECS_FOUNDATION_TEST_PYTHON"));
    sandbox.forget_environment(&mut command);
    command.args(["-c", program]).args(arguments).stdin(Stdio::null());
    Run::of(&command.output().expect("Python starts")).succeeds().stdout
}

#[test]
#[ignore = "needs cfn-lint: `cargo xtask clients` installs it"]
fn cfn_lint_accepts_every_template() {
    for (name, sandbox) in [
        ("the default", Sandbox::new()),
        ("the full one", configured("full.toml")),
        ("the bare one", configured("bare.toml")),
        ("one with services", configured("services.toml")),
        ("one with a deployer", configured("deployer.toml")),
        ("one with filters", Sandbox::with_config(FILTERS)),
    ] {
        for (form, file) in [("", "template.yaml"), ("--format json", "template.json")] {
            let template = sandbox.run(&format!("export cloudformation {form}")).succeeds();
            sandbox.write(file, &template.stdout);
            let mut command = Command::new(installed("ECS_FOUNDATION_TEST_CFN_LINT"));
            sandbox.forget_environment(&mut command);
            // Include informational rules, except I3042. That rule forbids regions and accounts in
            // ARNs, but the ARNs in these configurations contain both.
            command.args(["--include-checks", "I", "--ignore-checks", "I3042", "--", file]);
            let run = Run::of(&command.stdin(Stdio::null()).output().expect("cfn-lint starts"));
            assert_eq!(run.code, Some(0), "{name}: {}{}", run.stdout, run.stderr);
            assert_eq!(run.stdout, "", "{name}");
        }
        let same = "import json; from cfnlint.decode.cfn_yaml import loads; \
                    assert loads(open('template.yaml').read()) == json.load(open('template.json'))";
        python(&sandbox, same, &[]);
    }
}

#[test]
#[ignore = "needs PyYAML: `cargo xtask clients` installs it"]
fn the_compose_file_and_the_example_workflow_are_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let sandbox = Sandbox::bare();
    let read = |name: &str| -> Value {
        let program =
            "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
        let text = python(&sandbox, program, &[&root.join(name)]);
        serde_json::from_str(&text).unwrap_or_else(|why| panic!("{name}: {why}: {text}"))
    };

    let services = &read("compose.yaml")["services"];
    let (mock, apply) = (&services["mock"], &services["apply"]);
    assert_eq!(apply["depends_on"]["mock"]["condition"], "service_healthy");
    assert_eq!(mock["image"], apply["image"]);
    // The port is published only on the host's loopback address.
    assert_eq!(mock["ports"], serde_json::json!(["127.0.0.1:4566:4566"]));
    assert_eq!(mock["healthcheck"]["test"][1], "bash");

    let workflow = read("examples/github-actions.yml");
    assert_eq!(workflow["permissions"]["id-token"], "write");
    for (job, event, role) in
        [("plan", "pull_request", "PLAN_ROLE_ARN"), ("apply", "push", "APPLY_ROLE_ARN")]
    {
        let job = &workflow["jobs"][job];
        let condition = job["if"].as_str().expect("a condition");
        assert!(condition.contains(&format!("github.event_name == '{event}'")), "{condition}");
        let steps = job["steps"].as_array().expect("steps");
        let login = steps.iter().find(|step| {
            let uses = step["uses"].as_str().unwrap_or_default();
            uses.starts_with("aws-actions/configure-aws-credentials@")
        });
        let role_to_assume = &login.expect("a login")["with"]["role-to-assume"];
        assert_eq!(*role_to_assume, format!("${{{{ vars.{role} }}}}"));
    }
    let outputs = &workflow["jobs"]["apply"]["outputs"];
    for output in outputs.as_object().expect("outputs").values() {
        let output = output.as_str().expect("an expression");
        let name = output.split(['.', ' ']).rfind(|word| !word.is_empty() && *word != "}}");
        let name = name.expect("a name");
        assert!(Outputs::NAMES.contains(&name) || name == Outputs::DEPLOYER, "{output}");
    }
    let deploy = &workflow["jobs"]["deploy"];
    assert_eq!(deploy["needs"], "apply");
    // The deployer's trust policy names a branch. If the job used an environment, its token would
    // name that environment instead of the branch.
    assert!(deploy["environment"].is_null());
    let steps = deploy["steps"].as_array().expect("steps");
    let roles: Vec<&Value> = steps.iter().map(|step| &step["with"]["role-to-assume"]).collect();
    assert!(roles.contains(&&"${{ needs.apply.outputs.deployer_role_arn }}".into()), "{roles:?}");
}

/// A configuration with exclusion filters, which version 5 of the Terraform provider for AWS does
/// not support.
const FILTERS: &str = "\
project_name = \"shop\"
backend = \"memory\"
region = \"us-east-1\"
memory_file = \"memory.json\"
[repository]
image_tag_mutability = \"MUTABLE_WITH_EXCLUSION\"
image_tag_mutability_exclusion_filters = [\"latest\", \"dev-*\"]
";
