//! Random sequences of calls on the mock: its three access paths side by side, and beside moto.

use crate::process::{self, Result, cargo};
use crate::python::{self, Environment, Moto};

/// Options of the run by the three access paths.
#[derive(Debug, clap::Args)]
pub(crate) struct AccessPathsOptions {
    #[command(flatten)]
    draw: Draw,
}

/// Options of the run beside moto.
#[derive(Debug, clap::Args)]
pub(crate) struct DifferentialOptions {
    #[command(flatten)]
    draw: Draw,
    /// Lists every difference that the table does not accept, in place of failing at the first.
    #[arg(long)]
    survey: bool,
    #[command(flatten)]
    python: python::Options,
}

/// What is drawn.
#[derive(Clone, Copy, Debug, clap::Args)]
#[group(skip)]
struct Draw {
    /// How many sequences are drawn.
    #[arg(long, default_value_t = 1000)]
    cases: u32,
    /// What they are drawn from; the same seed draws the same sequences.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// The test binary of the sequences, with the tests that a filter names.
fn tests(draw: Draw, arguments: &[&str]) -> std::process::Command {
    let Draw { cases, seed } = draw;
    // The whole workspace: one package alone would have its dependencies built anew with other features.
    let mut tests = cargo(["test", "--workspace", "--test", "sequences", "--"]);
    tests.args(arguments);
    tests.env("ECS_FOUNDATION_TEST_CASES", cases.to_string());
    tests.env("ECS_FOUNDATION_TEST_SEED", seed.to_string());
    tests
}

/// Draws sequences, and runs each by every access path of the mock.
pub(crate) fn access_paths(options: &AccessPathsOptions) -> Result<()> {
    process::run(&mut tests(options.draw, &["access_paths::"]))
}

/// Installs and starts moto, draws sequences, and runs each on the mock and on moto.
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
