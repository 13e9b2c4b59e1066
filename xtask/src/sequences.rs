//! Runs random sequences of calls to compare the mock's three access paths with each other, and to
//! compare the mock with moto.

use crate::process::{self, Result, cargo};
use crate::python::{self, Environment, Moto};

/// Options for comparing the access paths.
#[derive(Debug, clap::Args)]
pub(crate) struct AccessPathsOptions {
    #[command(flatten)]
    draw: Draw,
}

/// Options for comparing the mock with moto.
#[derive(Debug, clap::Args)]
pub(crate) struct DifferentialOptions {
    #[command(flatten)]
    draw: Draw,
    /// List every difference that is not in the table of accepted differences, instead of failing
    /// at the first one.
    #[arg(long)]
    survey: bool,
    #[command(flatten)]
    python: python::Options,
}

/// Options that select the sequences to draw.
#[derive(Clone, Copy, Debug, clap::Args)]
#[group(skip)]
struct Draw {
    /// Number of sequences to draw.
    #[arg(long, default_value_t = 1000)]
    cases: u32,
    /// Seed; the same seed draws the same sequences.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Returns the command that runs the sequence tests.
fn tests(draw: Draw, arguments: &[&str]) -> std::process::Command {
    let Draw { cases, seed } = draw;
    // Builds the entire workspace, because building a single package would rebuild the package's
    // dependencies with different features.
    let mut tests = cargo(["test", "--workspace", "--test", "sequences", "--"]);
    tests.args(arguments);
    tests.env("ECS_FOUNDATION_TEST_CASES", cases.to_string());
    tests.env("ECS_FOUNDATION_TEST_SEED", seed.to_string());
    tests
}

/// Draws sequences and runs each sequence through every access path of the mock.
pub(crate) fn access_paths(options: &AccessPathsOptions) -> Result<()> {
    process::run(&mut tests(options.draw, &["access_paths::"]))
}

/// Installs and starts moto, draws sequences, and runs each sequence on the mock and on moto.
pub(crate) fn differential(options: &DifferentialOptions) -> Result<()> {
    let environment = Environment::install(&options.python)?;
    let moto = Moto::start(&environment)?;
    let mut tests = tests(options.draw, &["moto::", "--ignored", "--nocapture"]);
    tests.env("ECS_FOUNDATION_TEST_MOTO", moto.url());
    if options.survey {
        tests.env("ECS_FOUNDATION_TEST_SURVEY", "1");
    }
    process::run(&mut tests)
}
