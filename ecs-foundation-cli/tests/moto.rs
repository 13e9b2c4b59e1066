//! Tests the tool against a moto server and checks the result with the AWS CLI. `cargo xtask moto`
//! installs both and runs the tests.

use std::env;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

const NEEDS: &str = "`cargo xtask moto` sets this variable";

/// A freshly reset moto server, and the two programs that call it.
struct Moto {
    endpoint: String,
    folder: tempfile::TempDir,
}

impl Moto {
    fn reset() -> Self {
        let endpoint = env::var("ECS_FOUNDATION_TEST_MOTO").expect(NEEDS);
        let host = endpoint.strip_prefix("http://").expect("the URL has the form http://HOST:PORT");
        let mut connection = TcpStream::connect(host).expect("moto listens");
        let request = format!(
            "POST /moto-api/reset HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        connection.write_all(request.as_bytes()).expect("moto reads the request");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("moto answers");
        assert!(answer.contains(" 200 "), "{answer}");
        Self {
            endpoint,
            folder: tempfile::tempdir().expect("a temporary directory can be created"),
        }
    }

    fn program(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("AWS_") || text.starts_with("ECS_FOUNDATION_") {
                command.env_remove(&name);
            }
        }
        command.env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "testing");
        command.env("AWS_REGION", "us-east-1").env("AWS_DEFAULT_REGION", "us-east-1");
        command.env("AWS_CONFIG_FILE", "/dev/null");
        command.env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null").env("AWS_PAGER", "");
        command.current_dir(self.folder.path());
        command
    }

    fn tool(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = self.program(Path::new(env!("CARGO_BIN_EXE_ecs-foundation")));
        command.args(["--backend", "aws", "--endpoint-url", &self.endpoint]);
        command.args(["--project-name", "demo", "--environment", "dev"]).args(arguments);
        let Output { status, stdout, stderr } = command.output().expect("the tool runs");
        let text = |bytes| String::from_utf8(bytes).expect("output is text");
        (status.code().expect("the tool exits normally"), text(stdout), text(stderr))
    }

    /// Runs `aws SERVICE OPERATION ...` and parses its output.
    fn aws(&self, arguments: &[&str]) -> Value {
        serde_json::from_slice(&self.aws_without_output(arguments))
            .expect("the AWS CLI prints JSON")
    }

    /// Runs `aws SERVICE OPERATION ...` without parsing its output.
    fn aws_without_output(&self, arguments: &[&str]) -> Vec<u8> {
        let program = env::var_os("ECS_FOUNDATION_TEST_AWS_CLI").expect(NEEDS);
        let mut command = self.program(Path::new(&program));
        command.args(["--endpoint-url", &self.endpoint, "--output", "json"]).args(arguments);
        let output = command.output().expect("the AWS CLI runs");
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {problem}");
        output.stdout
    }
}

fn parsed(text: &Value) -> Value {
    serde_json::from_str(text.as_str().expect("a policy is a string")).expect("a policy is JSON")
}

fn trust() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "ecs-tasks.amazonaws.com" },
            "Action": "sts:AssumeRole",
        }],
    })
}

fn check_cluster(moto: &Moto) {
    let clusters = moto.aws(&[
        "ecs",
        "describe-clusters",
        "--clusters",
        "demo-dev-cluster",
        "--include",
        "SETTINGS",
        "TAGS",
    ]);
    let cluster = &clusters["clusters"][0];
    assert_eq!(cluster["settings"], json!([{ "name": "containerInsights", "value": "enabled" }]));
    assert_eq!(cluster["capacityProviders"], json!(["FARGATE", "FARGATE_SPOT"]));
    let strategy = json!([{ "capacityProvider": "FARGATE", "base": 1, "weight": 100 }]);
    assert_eq!(cluster["defaultCapacityProviderStrategy"], strategy);
    assert_eq!(cluster["tags"], json!([{ "key": "Name", "value": "demo-dev-cluster" }]));
}

fn check_roles(moto: &Moto) {
    for name in ["demo-dev-ecs-execution-role", "demo-dev-ecs-task-role"] {
        let role = moto.aws(&["iam", "get-role", "--role-name", name]);
        let role = &role["Role"];
        assert_eq!(role["AssumeRolePolicyDocument"], trust());
        assert_eq!(role["Tags"], json!([{ "Key": "Name", "Value": name }]));
        assert_eq!((&role["Path"], &role["MaxSessionDuration"]), (&json!("/"), &json!(3600)));
    }
    let attached = moto.aws(&[
        "iam",
        "list-attached-role-policies",
        "--role-name",
        "demo-dev-ecs-execution-role",
    ]);
    let arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
    let name = "AmazonECSTaskExecutionRolePolicy";
    let expected = json!([{ "PolicyName": name, "PolicyArn": arn }]);
    assert_eq!(attached["AttachedPolicies"], expected);
    let inline = moto.aws(&[
        "iam",
        "get-role-policy",
        "--role-name",
        "demo-dev-ecs-task-role",
        "--policy-name",
        "demo-dev-ecs-task-policy",
    ]);
    let expected = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev:*",
        }],
    });
    assert_eq!(inline["PolicyDocument"], expected);
}

fn check_repository(moto: &Moto) {
    let repositories =
        moto.aws(&["ecr", "describe-repositories", "--repository-names", "demo-dev-app"]);
    let repository = &repositories["repositories"][0];
    assert_eq!(repository["imageTagMutability"], "MUTABLE");
    assert_eq!(repository["imageScanningConfiguration"], json!({ "scanOnPush": true }));
    let arn = repository["repositoryArn"].as_str().expect("a repository has an ARN");
    let tags = moto.aws(&["ecr", "list-tags-for-resource", "--resource-arn", arn]);
    assert_eq!(tags["tags"], json!([{ "Key": "Name", "Value": "demo-dev-app-repo" }]));
    let policy = moto.aws(&["ecr", "get-repository-policy", "--repository-name", "demo-dev-app"]);
    let expected = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "AllowPull",
            "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::123456789012:role/demo-dev-ecs-execution-role" },
            "Action": [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
        }],
    });
    assert_eq!(parsed(&policy["policyText"]), expected);
}

fn check_log_group(moto: &Moto) {
    let groups =
        moto.aws(&["logs", "describe-log-groups", "--log-group-name-prefix", "/ecs/demo-dev"]);
    let group = &groups["logGroups"][0];
    assert_eq!(group["retentionInDays"], 14);
    let arn = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/demo-dev";
    let tags = moto.aws(&["logs", "list-tags-for-resource", "--resource-arn", arn]);
    assert_eq!(tags["tags"], json!({ "Name": "demo-dev-ecs-logs", "Environment": "dev" }));
}

#[test]
#[ignore = "needs a moto server and the AWS CLI: `cargo xtask moto` installs and runs both"]
fn apply_sets_every_attribute_and_a_second_run_has_no_changes() {
    let moto = Moto::reset();
    let (code, stdout, stderr) = moto.tool(&["apply", "--yes"]);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stdout.lines().count(), 8, "{stdout}");
    assert!(stdout.contains(
        "ecr_repository_url = \"123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-dev-app\""
    ));

    check_cluster(&moto);
    check_roles(&moto);
    check_repository(&moto);
    check_log_group(&moto);

    let (code, stdout, stderr) = moto.tool(&["plan", "--detailed-exitcode"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let (code, stdout, stderr) = moto.tool(&["verify"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
}

#[test]
#[ignore = "needs a moto server and the AWS CLI: `cargo xtask moto` installs and runs both"]
fn destroy_leaves_nothing() {
    let moto = Moto::reset();
    let (code, _, stderr) = moto.tool(&["apply", "--yes"]);
    assert_eq!(code, 0, "{stderr}");
    let (code, _, stderr) = moto.tool(&["destroy", "--yes"]);
    assert_eq!(code, 0, "{stderr}");

    let clusters = moto.aws(&["ecs", "describe-clusters", "--clusters", "demo-dev-cluster"]);
    assert_eq!(clusters["clusters"][0]["status"], "INACTIVE");
    assert_eq!(moto.aws(&["iam", "list-roles"])["Roles"], json!([]));
    assert_eq!(moto.aws(&["ecr", "describe-repositories"])["repositories"], json!([]));
    assert_eq!(moto.aws(&["logs", "describe-log-groups"])["logGroups"], json!([]));
    let (code, _, stderr) = moto.tool(&["plan", "--detailed-exitcode"]);
    assert_eq!(code, 2, "{stderr}");
}

#[test]
#[ignore = "needs a moto server and the AWS CLI: `cargo xtask moto` installs and runs both"]
fn drift_caused_with_the_aws_cli_is_detected_and_corrected() {
    let moto = Moto::reset();
    let (code, _, stderr) = moto.tool(&["apply", "--yes"]);
    assert_eq!(code, 0, "{stderr}");
    moto.aws_without_output(&[
        "logs",
        "put-retention-policy",
        "--log-group-name",
        "/ecs/demo-dev",
        "--retention-in-days",
        "30",
    ]);
    moto.aws(&[
        "ecs",
        "update-cluster",
        "--cluster",
        "demo-dev-cluster",
        "--settings",
        "name=containerInsights,value=disabled",
    ]);

    let (code, stdout, stderr) = moto.tool(&["plan", "--format", "json", "--detailed-exitcode"]);
    assert_eq!(code, 2, "{stderr}");
    let plan: Value = serde_json::from_str(&stdout).expect("the plan is JSON");
    let summary =
        json!({ "create": 0, "update": 2, "replace": 0, "delete": 0, "adopt": 0, "no_op": 7 });
    assert_eq!(plan["summary"], summary);
    let changes = plan["changes"].as_array().expect("changes are a list");
    let change = |address: &str| {
        let change = changes.iter().find(|change| change["address"] == address);
        change.expect("every resource is in the plan")["fields"].clone()
    };
    let fields = json!([{ "path": "retention_in_days", "before": 30, "after": 14 }]);
    assert_eq!(change("cloudwatch_log_group.ecs"), fields);
    let fields =
        json!([{ "path": "container_insights", "before": "disabled", "after": "enabled" }]);
    assert_eq!(change("ecs_cluster.main"), fields);

    let (code, _, stderr) = moto.tool(&["apply", "--yes"]);
    assert_eq!(code, 0, "{stderr}");
    let (code, ..) = moto.tool(&["plan", "--detailed-exitcode"]);
    assert_eq!(code, 0);
}

/// A function that breaks one piece of the foundation.
type Break = fn(&Moto);

const EXECUTION_ROLE: &str = "demo-dev-ecs-execution-role";
const MANAGED: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

fn distrust(moto: &Moto, role: &str) {
    let trust = trust().to_string().replace("ecs-tasks", "ec2");
    let arguments =
        ["iam", "update-assume-role-policy", "--role-name", role, "--policy-document", &trust];
    moto.aws_without_output(&arguments);
}

fn detach(moto: &Moto) {
    let detach =
        ["iam", "detach-role-policy", "--role-name", EXECUTION_ROLE, "--policy-arn", MANAGED];
    moto.aws_without_output(&detach);
}

/// The pieces of the foundation to break. `tests/cli/tasks.rs` breaks the same pieces on this
/// project's mock; there, the task stops or the call is refused.
const PIECES: [(&str, Break); 9] = [
    ("the execution role's trust policy", |moto| distrust(moto, EXECUTION_ROLE)),
    ("the task role's trust policy", |moto| distrust(moto, "demo-dev-ecs-task-role")),
    ("the attached policy", detach),
    ("the execution role", |moto| {
        detach(moto);
        moto.aws_without_output(&["iam", "delete-role", "--role-name", EXECUTION_ROLE]);
    }),
    ("the inline policy", |moto| {
        let names =
            ["--role-name", "demo-dev-ecs-task-role", "--policy-name", "demo-dev-ecs-task-policy"];
        moto.aws_without_output(&[&["iam", "delete-role-policy"], &names[..]].concat());
    }),
    ("the log group", |moto| {
        moto.aws_without_output(&["logs", "delete-log-group", "--log-group-name", "/ecs/demo-dev"]);
    }),
    ("the repository", |moto| {
        moto.aws(&["ecr", "delete-repository", "--repository-name", "demo-dev-app", "--force"]);
    }),
    ("the capacity providers", |moto| {
        let none = ["--capacity-providers", "[]", "--default-capacity-provider-strategy", "[]"];
        let put = ["ecs", "put-cluster-capacity-providers", "--cluster", "demo-dev-cluster"];
        moto.aws(&[&put[..], &none].concat());
    }),
    ("the cluster", |moto| {
        moto.aws(&["ecs", "delete-cluster", "--cluster", "demo-dev-cluster"]);
    }),
];

/// docs/conformance.md shows this result next to the mock's.
#[test]
#[ignore = "needs a moto server and the AWS CLI: `cargo xtask moto` installs and runs both"]
fn a_task_starts_on_moto_whatever_is_broken() {
    let moto = Moto::reset();
    let apply = || {
        let (code, _, stderr) = moto.tool(&["apply", "--yes"]);
        assert_eq!(code, 0, "{stderr}");
    };
    apply();
    let container = json!([{
        "name": "app", "cpu": 256, "memory": 512, "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/demo-dev-app:1",
        "logConfiguration": { "logDriver": "awslogs", "options": {
            "awslogs-group": "/ecs/demo-dev", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs" } },
    }]);
    let execution = format!("arn:aws:iam::123456789012:role/{EXECUTION_ROLE}");
    let mut register =
        vec!["ecs", "register-task-definition", "--family", "app", "--network-mode", "awsvpc"];
    let container = container.to_string();
    register.extend(["--requires-compatibilities", "FARGATE", "--cpu", "256", "--memory", "512"]);
    register.extend(["--execution-role-arn", &execution, "--container-definitions", &container]);
    register.extend(["--task-role-arn", "arn:aws:iam::123456789012:role/demo-dev-ecs-task-role"]);
    moto.aws(&register);
    let first = |what: &str, list: &str, id: &str| {
        moto.aws(&["ec2", what])[list][0][id]
            .as_str()
            .expect("moto provides a default network")
            .to_owned()
    };
    let network = json!({ "awsvpcConfiguration": {
        "subnets": [first("describe-subnets", "Subnets", "SubnetId")],
        "securityGroups": [first("describe-security-groups", "SecurityGroups", "GroupId")],
    } })
    .to_string();
    let mut run =
        vec!["ecs", "run-task", "--cluster", "demo-dev-cluster", "--task-definition", "app"];
    run.extend(["--launch-type", "FARGATE", "--network-configuration", &network]);
    for (piece, break_it) in PIECES {
        apply();
        break_it(&moto);
        // The task's image does not exist in any of these cases.
        let started = moto.aws(&run);
        assert_eq!(started["failures"], json!([]), "{piece}");
        assert_eq!(started["tasks"][0]["lastStatus"], "RUNNING", "{piece}: {started:#}");
    }
}
