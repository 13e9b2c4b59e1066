//! Tests that the program finds credentials, the region and the endpoint in the same way as the AWS
//! CLI.
//!
//! The files in `tests/credentials` list situations. A situation consists of environment variables,
//! configuration files, flags and the expected result: either an account, region and endpoint, or
//! parts of an error message. One test runs the program in every situation. Another test does the
//! same with the AWS CLI, if it is installed. Both tests start a local server ([`server`]), which
//! records the account, region and endpoint of the last call to `GetCallerIdentity`.

mod server;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use self::server::Server;
use crate::sandbox::{Run, Sandbox, installed};

const CONFIG: &str = "project_name = \"demo\"\nenvironment = \"dev\"\nbackend = \"aws\"\n";

/// A file in `tests/credentials`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    situation: Vec<Situation>,
}

/// A situation. Its settings and error messages may contain these placeholders:
///
/// - `{main}` and `{other}`: the URLs of two endpoints
/// - `{main-host}` and `{other-host}`: the host and port of each endpoint
/// - `{closed}`: the URL of a port that nothing listens on
/// - `{home}`: the home folder
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Situation {
    name: String,
    /// Additional environment variables for this situation. An empty value removes the variable.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// The content of `~/.aws/config`.
    config: Option<String>,
    /// The content of `~/.aws/credentials`.
    credentials: Option<String>,
    /// Other files in the home folder.
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    flags: Vec<String>,
    /// The final call: `ACCOUNT in REGION at ENDPOINT`.
    called: Option<String>,
    /// The texts that standard error must contain. The list is empty if no error is expected.
    #[serde(default)]
    error: Vec<String>,
    /// Calls that the server must have recorded, for example calls that obtain credentials.
    #[serde(default)]
    calls: Vec<String>,
    /// Why the AWS CLI is skipped or is expected to produce a different result.
    aws_cli: Option<AwsCli>,
}

/// An exception for the AWS CLI in one situation.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum AwsCli {
    /// The AWS CLI is not run; `skipped` is the reason.
    Skipped { skipped: String },
    /// The AWS CLI is expected to produce a different result; `because` is the reason.
    Differs { called: Option<String>, because: String },
}

fn situations() -> Vec<Situation> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/credentials");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let table = |file: &std::path::PathBuf| {
        let text = fs::read_to_string(file).unwrap();
        toml::from_str::<Table>(&text).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
    };
    files.iter().flat_map(|file| table(file).situation).collect()
}

impl Situation {
    /// Runs a program in this situation, with a separate home folder.
    fn run(&self, server: &Server, program: &Path, arguments: &[&str]) -> Run {
        let sandbox = Sandbox::bare();
        let home = sandbox.path().to_str().expect("a path in UTF-8").to_owned();
        let filled = |text: &str| server.fill(text).replace("{home}", &home);
        sandbox.write("ecs-foundation.toml", CONFIG);
        fs::create_dir(sandbox.file(".aws")).unwrap();
        let aws = [(".aws/config", &self.config), (".aws/credentials", &self.credentials)];
        let aws = aws.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?)));
        let files = self.files.iter().map(|(name, text)| (name.as_str(), text));
        for (name, text) in aws.chain(files) {
            fs::create_dir_all(sandbox.file(name).parent().unwrap()).unwrap();
            sandbox.write(name, &filled(text));
        }
        let mut command = Command::new(program);
        sandbox.forget_environment(&mut command);
        for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            command.env_remove(name);
        }
        for (name, _) in std::env::vars() {
            if name.to_lowercase().ends_with("_proxy") || name == "REQUESTS_CA_BUNDLE" {
                command.env_remove(name);
            }
        }
        command.env("HOME", &home).env("AWS_EC2_METADATA_DISABLED", "true");
        command.env("AWS_ENDPOINT_URL", server.fill("{main}"));
        for (name, value) in &self.environment {
            match value.as_str() {
                "" => command.env_remove(name),
                value => command.env(name, filled(value)),
            };
        }
        command.args(arguments).args(self.flags.iter().map(|flag| filled(flag)));
        let mut run = Run::of(&command.stdin(Stdio::null()).output().expect("the program starts"));
        run.stderr = run.stderr.replace(&home, "{home}");
        run
    }

    /// Describes how a run differs from the expected result. Returns `None` if it does not differ.
    fn fault(&self, run: &Run, expected: Option<&str>, server: &Server) -> Option<String> {
        let (calls, called) = server.take();
        let fault = match expected {
            Some(expected) if run.code != Some(0) || called.as_deref() != Some(expected) => {
                format!("expected the caller {expected}, found {called:?}")
            }
            Some(expected) if !run.stdout.contains(&expected[..12]) => {
                "the account is not shown".to_owned()
            }
            Some(_) => {
                let missing = self.calls.iter().find(|call| !calls.contains(call))?;
                format!("the call {missing:?} was not made")
            }
            None if run.code == Some(0) => "there is no error".to_owned(),
            None if run.stderr.contains("panicked") => "it panics".to_owned(),
            None => return None,
        };
        Some(format!("{}: {fault}\ncalls: {calls:#?}\n{run:#?}\n", self.name))
    }
}

#[test]
fn every_situation_leads_where_the_table_says() {
    let server = Server::start();
    let mut faults = String::new();
    for situation in situations() {
        let program = Path::new(env!("CARGO_BIN_EXE_ecs-foundation"));
        let run = situation.run(&server, program, &["policy", "--format", "json"]);
        assert_eq!(situation.called.is_none(), !situation.error.is_empty(), "{}", situation.name);
        faults.extend(situation.fault(&run, situation.called.as_deref(), &server));
        // The error is JSON, so its quotes are escaped.
        let said = run.stderr.replace("\\\"", "\"");
        for text in situation.error.iter().filter(|text| !said.contains(&server.fill(text))) {
            let _ = writeln!(faults, "{}: {text:?} is not in {run:#?}", situation.name);
        }
    }
    assert_eq!(faults, "");
}

#[test]
#[ignore = "needs the AWS CLI: `cargo xtask clients` installs it"]
fn the_aws_cli_is_led_to_the_same_account_region_and_endpoint() {
    let program = installed("ECS_FOUNDATION_TEST_AWS_CLI");
    let server = Server::start();
    let mut faults = String::new();
    let mut compared = 0;
    for situation in situations() {
        let expected = match &situation.aws_cli {
            Some(AwsCli::Skipped { skipped }) => {
                assert!(!skipped.is_empty(), "{}: a reason", situation.name);
                continue;
            }
            Some(AwsCli::Differs { called, because }) => {
                assert!(!because.is_empty(), "{}: a reason", situation.name);
                called.as_deref()
            }
            None => situation.called.as_deref(),
        };
        let run = situation.run(&server, &program, &["sts", "get-caller-identity"]);
        faults.extend(situation.fault(&run, expected, &server));
        compared += 1;
    }
    assert_eq!(faults, "");
    assert!(compared >= 30, "{compared} situations were compared");
}
