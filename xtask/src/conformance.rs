//! Runs the conformance suite on backends outside this workspace: moto, an emulator or a real account.
//!
//! Unlike moto, an emulator or an AWS account still exists after the run, so a cleanup is needed.
//! The cleanup finds leftover resources by name and deletes them. It runs no matter how the suite
//! ended: normally, with a panic, with Ctrl-C or at the time limit. The suite has its own process
//! group, so that it can be stopped before the cleanup starts. The cleanup also deletes the
//! resources of runs that started more than 24 hours ago.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{self, Result, cannot, cargo, say};
use crate::python::{self, Environment, Moto};

/// The credentials and the region for emulators. These values override the values in the
/// environment.
pub(crate) const KEYS: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "testing"),
    ("AWS_SECRET_ACCESS_KEY", "testing"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];

/// Options for the conformance run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Backend to test, in addition to the built-in backends, which are always tested.
    #[arg(long, value_enum, required_unless_present = "endpoint_url")]
    backend: Option<Backend>,
    /// URL of a running emulator, such as `https://127.0.0.1:9297` for AWS Emulator.
    #[arg(long, value_name = "URL", conflicts_with = "backend")]
    endpoint_url: Option<String>,
    /// File with the certificates to trust when connecting to the emulator. AWS Emulator stores its
    /// certificate in ~/.aws/emulator/9297/.
    #[arg(long, value_name = "FILE", requires = "endpoint_url")]
    ca_bundle: Option<PathBuf>,
    /// Confirm that a run on a real account may create resources there, which can incur costs.
    #[arg(long)]
    i_know_this_costs: bool,
    /// Time limit in minutes for a run on an endpoint or an account.
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    at_most: u64,
    /// File that contains the table to update (docs/conformance.md).
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Additional arguments for the tests, such as a filter.
    #[arg(last = true)]
    arguments: Vec<String>,
    #[command(flatten)]
    python: python::Options,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Backend {
    /// moto, which is installed and started for the run.
    Moto,
    /// The AWS account to which the current credentials belong.
    Aws,
}

/// Runs the suite on the selected backend.
pub(crate) fn run(options: &Options) -> Result<()> {
    match (options.backend, &options.endpoint_url) {
        (Some(Backend::Moto), _) => on_moto(options),
        (Some(Backend::Aws), _) if !options.i_know_this_costs => Err(
            "a run on a real account creates and deletes resources there, which can incur costs; pass \
             --i-know-this-costs to confirm"
                .to_owned(),
        ),
        (Some(Backend::Aws), _) => guarded(options, &[("AWS", "yes")]),
        (None, Some(url)) => guarded(options, &[("ENDPOINT", url)]),
        (None, None) => Err("pass --backend or --endpoint-url".to_owned()),
    }
}

fn on_moto(options: &Options) -> Result<()> {
    let environment = Environment::install(&options.python)?;
    let moto = Moto::start(&environment)?;
    let mut tests = named(options, &[("MOTO", &moto.url())], &run_id());
    for (name, value) in KEYS {
        tests.env(name, value);
    }
    process::run(&mut tests)
}

/// Returns the command that runs the suite. If a table is given, the command also updates the
/// table. The command builds the entire workspace, because building a single package would rebuild
/// the package's dependencies with different features.
pub(crate) fn suite(
    arguments: &[String],
    table: Option<&Path>,
    variables: &[(&str, &str)],
) -> Command {
    let mut tests = cargo(["test", "--workspace", "--test", "conformance", "--"]);
    tests.args(arguments);
    for (name, value) in variables {
        tests.env(format!("ECS_FOUNDATION_CONFORMANCE_{name}"), value);
    }
    if let Some(table) = table {
        tests.env("ECS_FOUNDATION_CONFORMANCE_TABLE", process::root().join(table));
    }
    tests
}

/// Returns the command from [`suite`], configured for a run with the given name and options.
fn named(options: &Options, variables: &[(&str, &str)], run: &str) -> Command {
    let variables: Vec<_> = variables.iter().copied().chain([("RUN", run)]).collect();
    let mut tests = suite(&options.arguments, options.table.as_deref(), &variables);
    if let Some(bundle) = &options.ca_bundle {
        tests.env("AWS_CA_BUNDLE", bundle);
    }
    tests
}

/// Runs the suite with a time limit and then deletes leftover resources, even if the run failed.
fn guarded(options: &Options, variables: &[(&str, &str)]) -> Result<()> {
    // The build runs first, so that it does not count towards the time limit.
    process::run(&mut cargo(["test", "--workspace", "--test", "conformance", "--no-run"]))?;
    let run = run_id();
    say(&format!("resource names begin with conf-{run}-; time limit: {} minutes", options.at_most));
    let mut tests = named(options, variables, &run);
    let limit = Duration::from_secs(options.at_most.saturating_mul(60));
    let ended = supervised(&mut tests, limit);
    // Scenarios delete their own resources, but a killed process leaves resources behind.
    let mut sweep = named(options, variables, &run);
    sweep.env("ECS_FOUNDATION_CONFORMANCE_SWEEP", "yes").process_group(0);
    let swept = process::run(&mut sweep);
    ended.and(swept)
}

/// Runs a program in its own process group until the program ends, reaches its time limit, or is
/// stopped with Ctrl-C.
fn supervised(command: &mut Command, limit: Duration) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let mut command = tokio::process::Command::from(std::mem::replace(command, cargo([""; 0])));
        let mut child = command.process_group(0).spawn().map_err(cannot("cargo test"))?;
        let group = child.id();
        let why = tokio::select! {
            status = child.wait() => {
                let status = status.map_err(cannot("cargo test"))?;
                return if status.success() { Ok(()) } else { Err(format!("the suite failed: {status}")) };
            }
            _ = tokio::signal::ctrl_c() => "interrupted",
            () = tokio::time::sleep(limit) => "the time limit was reached",
        };
        say(&format!("stopping the suite: {why}"));
        if let Some(group) = group {
            let mut kill = Command::new("kill");
            process::run(kill.args(["-KILL", "--", &format!("-{group}")]))?;
        }
        // After the signal, the exit status does not matter.
        let _ = child.wait().await;
        Err(why.to_owned())
    })
}

/// Returns this run's ID, which is part of the names of the run's resources. The ID contains the
/// minute in which the run started, and a suffix that distinguishes runs that started in the same
/// minute. The minute shows how old a leftover resource is.
#[expect(clippy::disallowed_methods, reason = "the run ID contains the wall-clock time")]
fn run_id() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let minutes = since.map_or(0, |since| since.as_secs() / 60);
    let suffix = u64::from(std::process::id()) % 36_u64.pow(3);
    format!("{}{}", base36(minutes, 5), base36(suffix, 3))
}

fn base36(mut number: u64, digits: usize) -> String {
    let mut text = vec![b'0'; digits];
    for digit in text.iter_mut().rev() {
        *digit = b"0123456789abcdefghijklmnopqrstuvwxyz"[(number % 36) as usize];
        number /= 36;
    }
    String::from_utf8_lossy(&text).into_owned()
}
