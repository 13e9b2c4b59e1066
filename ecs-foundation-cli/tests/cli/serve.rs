//! Tests of `mock serve`, which runs the mock AWS for other programs. Most of the tests send HTTP
//! requests without an AWS client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::sandbox::{Run, Sandbox};

/// A running `mock serve` process.
pub(crate) struct Served {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: String,
}

impl Served {
    pub(crate) fn start(sandbox: &Sandbox, flags: &str) -> Self {
        let mut command = sandbox.command(&format!("mock serve --listen 127.0.0.1:0 {flags}"));
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let address = line.trim_end().strip_prefix("listening on http://").map(str::to_owned);
        let Some(address) = address else {
            panic!("{line:?}: {:#?}", Run::of(&child.wait_with_output().expect("an end")))
        };
        Self { child, stdout, address }
    }

    fn ask(&self, request: &str, headers: &str, body: &str) -> (u16, String) {
        self.ask_host("localhost", request, headers, body)
    }

    fn ask_host(&self, host: &str, request: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("the server listens");
        let length = body.len();
        write!(
            stream,
            "{request} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
        )
        .expect("the server reads");
        let mut answer = String::new();
        // If an injected fault cuts the connection, there is no response.
        let _ = stream.read_to_string(&mut answer);
        let Some((head, body)) = answer.split_once("\r\n\r\n") else { return (0, answer) };
        (head[9..12].parse().expect("a status"), body.to_owned())
    }

    /// Sends one request to the mock's own control API.
    pub(crate) fn control(&self, request: &str, body: &str) -> (u16, Value) {
        let (method, path) = request.split_once(' ').expect("METHOD PATH");
        let (status, body) = self.ask(&format!("{method} /_mock/{path}"), "", body);
        (status, serde_json::from_str(&body).unwrap_or_else(|why| panic!("{why}: {body}")))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the number of calls that the server has received since its last reset.
    pub(crate) fn calls(&self) -> usize {
        self.control("GET calls", "").1.as_array().expect("a list").len()
    }

    /// Makes one ECS call, and returns the status and the body of the response.
    fn ecs(&self, operation: &str, body: &str) -> (u16, String) {
        let headers = format!(
            "content-type: application/x-amz-json-1.1\r\nx-amz-target: AmazonEC2ContainerServiceV20141113.\
             {operation}\r\nx-amz-date: 20260101T000000Z\r\nauthorization: AWS4-HMAC-SHA256 \
             Credential=mock/20260101/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=0\r\n"
        );
        self.ask("POST /", &headers, body)
    }

    /// Stops the server with a signal, and returns its exit code and its remaining output.
    pub(crate) fn stop(mut self, signal: &str) -> Run {
        let kill = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(kill.expect("kill").success());
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).expect("its output");
        let mut pipe = self.child.stderr.take().expect("a pipe");
        pipe.read_to_string(&mut stderr).expect("its messages");
        let code = self.child.wait().expect("an end").code();
        Run { code, stdout, stderr }
    }
}

impl Drop for Served {
    /// Stops the server even if the test fails.
    fn drop(&mut self) {
        // Ignore errors: if the test stopped the server, the process has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_server_runs_until_a_signal_and_exits_successfully() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let sandbox = Sandbox::bare();
        let served = Served::start(&sandbox, "");
        let (status, health) = served.control("GET health", "");
        assert_eq!((status, &health["status"]), (200, &json!("ok")));
        assert_eq!(served.ecs("CreateCluster", r#"{"clusterName":"main"}"#).0, 200);
        let run = served.stop(signal).succeeds();
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
        assert_eq!(std::fs::read_dir(sandbox.path()).unwrap().count(), 0, "no file is left behind");
    }
}

#[test]
fn unsupported_operations_are_logged_and_with_v_every_call() {
    let sandbox = Sandbox::bare();
    let served = Served::start(&sandbox, "");
    served.ecs("CreateCluster", "{}");
    let (status, body) = served.ecs("DiscoverPollEndpoint", "{}");
    let expected = r#"{"__type":"NotImplemented","message":"infra-mock does not implement ecs:DiscoverPollEndpoint"}"#;
    assert_eq!((status, body.as_str()), (501, expected));
    assert_eq!(served.stop("-INT").succeeds().stderr, "unsupported: ecs:DiscoverPollEndpoint\n");

    let served = Served::start(&sandbox, "-v --fault throttle@ecs:ListClusters");
    served.ecs("CreateCluster", "{}");
    served.ecs("DeleteCluster", r#"{"cluster":"none"}"#);
    served.ecs("ListClusters", "{}");
    served.ecs("DiscoverPollEndpoint", "{}");
    let expected = "ecs:CreateCluster\necs:DeleteCluster, rejected with ClusterNotFoundException\n\
                    ecs:ListClusters, rejected with ThrottlingException, injected fault: throttle\n\
                    unsupported: ecs:DiscoverPollEndpoint\n";
    assert_eq!(served.stop("-INT").succeeds().stderr, expected);

    let served = Served::start(&sandbox, "-q");
    served.ecs("DiscoverPollEndpoint", "{}");
    assert_eq!(served.stop("-INT").succeeds().stderr, "");
}

#[test]
fn flags_set_faults_latency_lag_clock_account_and_limits() {
    let served = Served::start(
        &Sandbox::bare(),
        "--fault throttle@ecs:ListClusters#1 --fault cut-after@ecs:DeleteCluster --latency 1ms-2ms \
         --lag iam-propagation=30s --lag log-group=1500ms --clock 2026-11-24T09:30:00Z \
         --account 111122223333 --limit body-bytes=100 --limit connections=4 --region eu-west-1 --seed 7",
    );
    let (_, faults) = served.control("GET faults", "");
    let expected =
        json!(["throttle@ecs:ListClusters#1", "cut-after@ecs:DeleteCluster", "delay=1ms-2ms@*"]);
    assert_eq!(faults, expected);
    let (_, lag) = served.control("GET lag", "");
    assert_eq!((&lag["iam-propagation"], &lag["log-group"]), (&json!("30s"), &json!("1s 500ms")));
    assert_eq!(served.control("GET clock", "").1["now"], "2026-11-24T09:30:00Z");
    let (_, made) = served.ecs("CreateCluster", r#"{"clusterName":"main"}"#);
    assert!(made.contains("arn:aws:ecs:us-east-1:111122223333:cluster/main"), "{made}");
    assert_eq!(served.ecs("ListClusters", "{}").0, 400);
    assert_eq!(served.ecs("ListClusters", "{}").0, 200);
    assert_eq!(served.ecs("DeleteCluster", r#"{"cluster":"main"}"#).0, 0);
    assert_eq!(served.ecs("ListClusters", &format!("{{{}}}", " ".repeat(99))).0, 413);
    served.stop("-INT").succeeds();
}

#[test]
fn a_snapshot_is_loaded_at_start_and_saved_at_exit() {
    let sandbox = Sandbox::bare();
    let served = Served::start(&sandbox, "--snapshot deep/world.json");
    served.ecs("CreateCluster", r#"{"clusterName":"first"}"#);
    assert!(
        sandbox.read("deep/world.json").is_none(),
        "the snapshot is not saved after each change"
    );
    let (status, saved) = served.control("POST save", "");
    assert_eq!((status, &saved["status"]), (200, &json!("saved")));
    assert!(sandbox.read("deep/world.json").unwrap().contains("first"));
    let second = sandbox.run("mock serve --listen 127.0.0.1:0 --snapshot deep/world.json").fails();
    second.says("another process is using the file");

    served.ecs("CreateCluster", r#"{"clusterName":"second"}"#);
    assert_eq!(served.control("POST load", "").0, 200);
    assert!(!served.ecs("ListClusters", "{}").1.contains("second"));
    served.ecs("CreateCluster", r#"{"clusterName":"third"}"#);
    served.stop("-TERM").succeeds().says("saved to ");

    let served = Served::start(&sandbox, "--snapshot deep/world.json");
    served.ecs("CreateCluster", r#"{"clusterName":"fourth"}"#);
    served.stop("-HUP").succeeds().says("saved to ");
    assert!(sandbox.read("deep/world.json").unwrap().contains("fourth"));

    let served = Served::start(&sandbox, "--snapshot deep/world.json");
    let (_, clusters) = served.ecs("ListClusters", "{}");
    assert!(clusters.contains("first") && clusters.contains("third"), "{clusters}");
    served.stop("-INT").succeeds();
}

#[test]
fn the_program_itself_works_on_the_server() {
    let sandbox = Sandbox::new();
    let served = Served::start(&sandbox, "");
    let on_it = |line: &str| {
        let line = format!("{line} --backend aws --endpoint-url http://{}", served.address);
        let mut command = sandbox.command(&line);
        command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        Run::of(&command.output().unwrap())
    };
    on_it("apply --yes").succeeds().says("9 created");
    on_it("plan --detailed-exitcode").succeeds();
    let task = r#"{"task":{"cluster":"demo-dev-cluster","id":"one"}}"#;
    assert_eq!(served.control("POST seed", task).0, 200);
    on_it("destroy --yes").fails().says("has tasks: one");
    served.stop("-INT").succeeds();
}

#[test]
fn invalid_flags_are_refused_with_a_suggestion() {
    let sandbox = Sandbox::bare();
    let refused = |line: &str, words: &[&str]| {
        let run = sandbox.run(&format!("mock serve {line}")).fails();
        assert_eq!(run.stdout, "", "{line}");
        words.iter().fold(run, |run, word| run.says(word));
    };
    refused(
        "--fault throtle",
        &["\"throtle\"", "unknown fault, expected throttle,", "the format is FAULT["],
    );
    refused(
        "--fault throttle@ecs:DiscoverPollEndpoint",
        &["the mock does not implement this operation"],
    );
    refused("--latency soon", &["20ms-80ms"]);
    refused("--latency 20ms@reads", &["20ms-80ms"]);
    refused("--lag iam=3s", &["iam-propagation", "for example"]);
    refused("--limit body=3", &["body-bytes", "for example"]);
    refused("--limit connections=0", &["not a whole number of at least 1"]);
    refused("--clock yesterday", &["expected real, frozen or a time"]);
    refused("--listen 4566", &["HOST:PORT"]);
    refused("--account 12", &["--account"]);
    refused("--backend memory", &["--backend has no effect on `mock serve`"]);
    refused("--parallelism 3", &["--parallelism has no effect"]);
    refused("--region atlantis", &["atlantis"]);
    refused("--listen 127.0.0.1:0 --snapshot ..", &["snapshot"]);

    let served = Served::start(&sandbox, "");
    refused(
        &format!("--listen {}", served.address),
        &[
            "cannot listen on 127.0.0.1:",
            "another program is using this address",
            "--listen 127.0.0.1:0",
        ],
    );
    served.stop("-INT").succeeds();
}

#[test]
fn a_non_loopback_address_causes_a_warning() {
    let sandbox = Sandbox::bare();
    let mut child = sandbox
        .command("mock serve --listen 0.0.0.0:0 --format json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["event"], "listening");
    let kill = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success());
    Run::of(&child.wait_with_output().unwrap()).succeeds().says("is not a loopback address");
}

#[test]
fn a_name_by_which_others_call_it_is_allowed_by_a_flag() {
    let sandbox = Sandbox::bare();
    for (flags, expected) in [("", 403), ("--allow-host other --allow-host mock", 200)] {
        let served = Served::start(&sandbox, flags);
        let (status, body) = served.ask_host("mock:4566", "GET /_mock/health", "", "");
        assert_eq!(status, expected, "{body}");
        assert_eq!(body.contains("mock serve --allow-host mock"), expected == 403, "{body}");
        served.stop("-INT").succeeds();
    }
    let run = sandbox.run("mock serve --allow-host http://mock").fails();
    run.says("expected a host name without a scheme or port");
}

#[test]
fn nobody_who_reads_its_messages_is_not_waited_for() {
    let served = Served::start(&Sandbox::bare(), "-v");
    // Nobody reads the server's messages, and the pipe's buffer cannot hold all of them.
    let long = "x".repeat(4000);
    for _ in 0..64 {
        served.ecs(&long, "{}");
    }
    for _ in 0..4000 {
        assert_eq!(served.ecs("ListClusters", "{}").0, 200);
    }
    served.stop("-TERM").succeeds();
}
