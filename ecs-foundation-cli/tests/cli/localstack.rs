//! Tests of the localstack backend with a fake LocalStack. The fake LocalStack answers health
//! checks with a list of its services, and forwards all other requests to a mock AWS.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

use infra_mock::MockAws;
use infra_mock::server::MockServer;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::sandbox::{Run, Sandbox};

const CONFIG: &str = "\
project_name = \"demo\"
environment = \"dev\"
backend = \"localstack\"
region = \"us-east-1\"
";

/// The services that LocalStack provides without an auth token.
const FREE: &[&str] = &["iam", "logs", "sts"];
const EVERY: &[&str] = &["ecs", "ecr", "iam", "logs", "sts"];

/// Part of a repository's URL in AWS, and the text that replaces it in LocalStack. Both texts have
/// the same length, so the length of a response does not change.
const REGISTRY: [&[u8]; 2] = [b".amazonaws.com/demo", b".localstack:45/demo"];

struct LocalStack {
    url: String,
    mock: MockAws,
    _server: (MockServer, Runtime),
}

impl LocalStack {
    fn with(services: &[&str]) -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().expect("a thread");
        let mock = MockAws::builder().account("000000000000".parse().expect("an account")).build();
        let server = runtime.block_on(MockServer::start(mock.clone())).expect("a server");
        let (behind, listener) = (server.addr(), TcpListener::bind("127.0.0.1:0").expect("a port"));
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let states = services.iter().map(|name| (*name, "available"));
        let health = json!({
            "services": states.collect::<std::collections::BTreeMap<_, _>>(),
            "edition": "community",
            "version": "4.14.0",
        });
        let health = health.to_string();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let health = health.clone();
                thread::spawn(move || answer(client, behind, &health));
            }
        });
        Self { url, mock, _server: (server, runtime) }
    }

    /// Runs the program against this fake LocalStack.
    fn run(&self, sandbox: &Sandbox, line: &str) -> Run {
        sandbox.run(&format!("{line} --endpoint-url {}", self.url))
    }

    /// Returns the services that were called.
    fn called(&self) -> Vec<String> {
        let mut called: Vec<_> =
            self.mock.journal().iter().map(|call| call.service.to_string()).collect();
        called.sort();
        called.dedup();
        called
    }
}

/// Handles one connection: answers a health check, and forwards everything else to the mock.
fn answer(mut client: TcpStream, behind: SocketAddr, health: &str) {
    let mut start = [0; 24];
    if client
        .peek(&mut start)
        .is_ok_and(|read| start[..read].starts_with(b"GET /_localstack/health"))
    {
        let mut request = [0; 4096];
        let _ = client.read(&mut request);
        let length = health.len();
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{health}");
        let _ = client.write_all(answer.as_bytes());
        return;
    }
    let mut server = TcpStream::connect(behind).expect("the mock listens");
    let (mut requests, mut onward) =
        (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
    thread::spawn(move || {
        let _ = std::io::copy(&mut requests, &mut onward);
        let _ = onward.shutdown(Shutdown::Write);
    });
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = server.read(&mut buffer) {
        let [aws_s, own] = REGISTRY;
        for at in 0..length.saturating_sub(aws_s.len()) {
            if &buffer[at..at + aws_s.len()] == aws_s {
                buffer[at..at + own.len()].copy_from_slice(own);
            }
        }
        if client.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Write);
}

#[test]
fn missing_services_are_named_and_nothing_is_changed() {
    let (localstack, sandbox) = (LocalStack::with(FREE), Sandbox::with_config(CONFIG));
    for line in ["plan", "apply --yes", "destroy --yes", "verify", "output"] {
        let run = localstack.run(&sandbox, line).fails();
        assert_eq!(run.stdout, "", "{line}");
        let url = &localstack.url;
        run.says(&format!("error: LocalStack 4.14.0 at {url} does not provide ECS and ECR\n"))
            .says("note: without an auth token, LocalStack provides IAM, CloudWatch Logs and STS")
            .says("--missing-services memory")
            .says("LOCALSTACK_AUTH_TOKEN");
    }
    assert_eq!(localstack.called(), [""; 0]);
    assert!(!sandbox.file(".ecs-foundation").exists());
}

#[test]
fn missing_services_can_run_in_memory() {
    let (localstack, sandbox) = (LocalStack::with(FREE), Sandbox::with_config(CONFIG));
    let run = |line: &str| localstack.run(&sandbox, &format!("{line} --missing-services memory"));
    let applied = run("apply --yes").succeeds().says("9 created");
    applied.says("note: backend localstack: nothing is created in AWS; ECS and ECR run in memory, with their state saved in");
    assert_eq!(localstack.called(), ["iam", "logs", "sts"]);
    assert!(sandbox.file(".ecs-foundation/localstack.json").exists());

    let place = "demo-dev in account 000000000000, region us-east-1 (ECS and ECR in memory)";
    run("plan --detailed-exitcode").succeeds().shows(place);
    run("verify").succeeds().says(place);
    let plan = run("plan --format json").succeeds().json();
    assert_eq!(plan["in_memory"], json!(["ecs", "ecr"]));
    let found = run("verify --format json").succeeds().json();
    assert_eq!(found["in_memory"], json!(["ecs", "ecr"]));
    let outputs = run("output --format json").succeeds().says("ECS and ECR run in memory").json();
    assert_eq!(
        outputs["ecs_cluster_arn"]["value"],
        "arn:aws:ecs:us-east-1:000000000000:cluster/demo-dev-cluster"
    );
    run("destroy --yes").succeeds().says("9 deleted");
    run("plan --detailed-exitcode").ends_with(2).shows("9 to create");
}

#[test]
fn a_repository_policy_in_memory_is_set_again_after_its_role_is_replaced_in_localstack() {
    let (localstack, sandbox) = (LocalStack::with(FREE), Sandbox::with_config(CONFIG));
    let run = |line: &str| localstack.run(&sandbox, &format!("{line} --missing-services memory"));
    run("apply --yes").succeeds();
    let roles = localstack.mock.providers();
    let (name, policy) = (
        "demo-dev-ecs-execution-role".parse().expect("a name"),
        "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
    );
    crate::sandbox::wait(async {
        roles.roles().detach_role_policy(&name, policy).await?;
        roles.roles().delete_role(&name).await
    })
    .expect("the role is deleted");
    let again = run("apply --yes").succeeds();
    again.says("ecr_repository_policy.app");
    run("plan --detailed-exitcode").succeeds();
}

#[test]
fn missing_services_can_be_set_in_the_file_and_the_environment() {
    let (localstack, sandbox) = (LocalStack::with(FREE), Sandbox::with_config(CONFIG));
    let mut command = sandbox.command(&format!("plan --endpoint-url {}", localstack.url));
    command.env("ECS_FOUNDATION_MISSING_SERVICES", "memory");
    Run::of(&command.output().expect("the program starts")).succeeds().says("in memory");
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}missing_services = \"memory\"\n"));
    localstack.run(&sandbox, "plan").succeeds().says("in memory");
}

#[test]
fn a_localstack_with_every_service_is_used_for_everything_and_has_its_own_registry() {
    let (localstack, sandbox) = (LocalStack::with(EVERY), Sandbox::with_config(CONFIG));
    let applied = localstack.run(&sandbox, "apply --yes").succeeds().says("9 created");
    applied
        .says("note: backend localstack: nothing is created in AWS; all services run in LocalStack 4.14.0");
    assert_eq!(localstack.called(), ["ecr", "ecs", "iam", "logs", "sts"]);
    let verified = localstack.run(&sandbox, "verify").succeeds();
    assert!(verified.stdout.contains(".localstack:45/demo-dev-app"), "{verified:#?}");
    let plan = localstack.run(&sandbox, "plan --format json").succeeds().json();
    assert_eq!(plan.get("in_memory"), None);
    assert!(!sandbox.file(".ecs-foundation").exists());
}

#[test]
fn an_unreachable_localstack_is_reported_with_the_command_that_starts_it() {
    let sandbox = Sandbox::with_config(CONFIG);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let run = sandbox.run(&format!("plan --endpoint-url {url}")).fails();
    assert_eq!(run.stdout, "");
    run.says(&format!("error: cannot reach LocalStack at {url}\n"))
        .says("docker run --rm -p 4566:4566 localstack/localstack:4.14.0")
        .says("--endpoint-url");
}

#[test]
fn another_server_is_not_mistaken_for_localstack() {
    let sandbox = Sandbox::with_config(CONFIG);
    let aws = Sandbox::on(crate::sandbox::Backend::Http);
    let url = aws.url();
    let run = sandbox.run(&format!("plan --endpoint-url {url}")).fails();
    run.says(&format!("error: the server at {url} is not LocalStack"));
}
