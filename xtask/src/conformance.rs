//! The conformance suite against backends outside this workspace: moto, any emulator, a real account.
//!
//! Against what goes on after the run (an emulator of somebody's, an account), the suite runs in a process group of
//! its own, and whatever ends it (its end, a panic, Ctrl-C, the cap on its time), what it has left is looked for by
//! name and removed, and so is what earlier runs have left that were killed.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{self, Result, cannot, cargo, say};
use crate::python::{self, Environment, Moto};

/// The keys and the region that emulators are called with; whatever else the environment says is for other places.
pub(crate) const KEYS: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "testing"),
    ("AWS_SECRET_ACCESS_KEY", "testing"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];

/// Options of the run.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The backend, besides those within the workspace, which always run.
    #[arg(long, value_enum, required_unless_present = "endpoint_url")]
    backend: Option<Backend>,
    /// The URL of an emulator that runs, for instance `https://127.0.0.1:9297` of AWS Emulator.
    #[arg(long, value_name = "URL", conflicts_with = "backend")]
    endpoint_url: Option<String>,
    /// The certificates that the emulator's vouches by, for instance those of AWS Emulator in
    /// ~/.aws/emulator/9297/.
    #[arg(long, value_name = "FILE", requires = "endpoint_url")]
    ca_bundle: Option<PathBuf>,
    /// Says that a run on a real account may make resources there, which can cost something.
    #[arg(long)]
    i_know_this_costs: bool,
    /// For how many minutes a run on an endpoint or account may go on.
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    at_most: u64,
    /// The file whose table is brought up to date: docs/conformance.md.
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// What else the tests are told, for instance a filter.
    #[arg(last = true)]
    arguments: Vec<String>,
    #[command(flatten)]
    python: python::Options,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Backend {
    /// moto, which is installed and started for the run.
    Moto,
    /// The account that the credentials lead to.
    Aws,
}

/// Runs the suite.
pub(crate) fn run(options: &Options) -> Result<()> {
    match (options.backend, &options.endpoint_url) {
        (Some(Backend::Moto), _) => on_moto(options),
        (Some(Backend::Aws), _) if !options.i_know_this_costs => Err(
            "a run on a real account makes and removes resources there, which can cost something; say \
             --i-know-this-costs"
                .to_owned(),
        ),
        (Some(Backend::Aws), _) => guarded(options, &[("AWS", "yes")]),
        (None, Some(url)) => guarded(options, &[("ENDPOINT", url)]),
        (None, None) => Err("say --backend or --endpoint-url".to_owned()),
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

/// The command that runs the suite, and brings a table up to date where one is named. The whole workspace: one package
/// alone would have its dependencies built anew with other features.
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

/// The same for a run of that name, as these options have it.
fn named(options: &Options, variables: &[(&str, &str)], run: &str) -> Command {
    let variables: Vec<_> = variables.iter().copied().chain([("RUN", run)]).collect();
    let mut tests = suite(&options.arguments, options.table.as_deref(), &variables);
    if let Some(bundle) = &options.ca_bundle {
        tests.env("AWS_CA_BUNDLE", bundle);
    }
    tests
}

/// Runs the suite for so long at most, and then removes what is left of it, whatever ended it.
fn guarded(options: &Options, variables: &[(&str, &str)]) -> Result<()> {
    // Built before the time is counted.
    process::run(&mut cargo(["test", "--workspace", "--test", "conformance", "--no-run"]))?;
    let run = run_id();
    say(&format!("names begin with conf-{run}-; at most {} minutes", options.at_most));
    let mut tests = named(options, variables, &run);
    let limit = Duration::from_secs(options.at_most.saturating_mul(60));
    let ended = supervised(&mut tests, limit);
    // The scenarios have removed what is theirs, unless they were ended.
    let mut sweep = named(options, variables, &run);
    sweep.env("ECS_FOUNDATION_CONFORMANCE_SWEEP", "yes").process_group(0);
    let swept = process::run(&mut sweep);
    ended.and(swept)
}

/// Runs a program in a process group of its own, until it ends, its time is over, or somebody says Ctrl-C.
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
                return if status.success() { Ok(()) } else { Err(format!("the suite ended with {status}")) };
            }
            _ = tokio::signal::ctrl_c() => "it was interrupted",
            () = tokio::time::sleep(limit) => "its time is over",
        };
        say(&format!("ending the suite: {why}"));
        if let Some(group) = group {
            let mut kill = Command::new("kill");
            process::run(kill.args(["-KILL", "--", &format!("-{group}")]))?;
        }
        // It has been told to end; how it did is no matter.
        let _ = child.wait().await;
        Err(why.to_owned())
    })
}

/// What the names of this run begin with: the minute in which it began, so that leftovers show their age, and
/// something to tell apart runs that begin together.
#[expect(clippy::disallowed_methods, reason = "the age of leftovers is told by the wall clock")]
fn run_id() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let minutes = since.map_or(0, |since| since.as_secs() / 60);
    let ours = u64::from(std::process::id()) % 36_u64.pow(3);
    format!("{}{}", base36(minutes, 5), base36(ours, 3))
}

fn base36(mut number: u64, digits: usize) -> String {
    let mut text = vec![b'0'; digits];
    for digit in text.iter_mut().rev() {
        *digit = b"0123456789abcdefghijklmnopqrstuvwxyz"[(number % 36) as usize];
        number /= 36;
    }
    String::from_utf8_lossy(&text).into_owned()
}
