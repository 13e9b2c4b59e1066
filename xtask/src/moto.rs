//! Tests the command-line tool against moto, a Python mock of AWS, and checks the result with the
//! AWS CLI.

use crate::process::{self, Result, cargo};
use crate::python::{self, Environment, Moto};

/// Options for the moto tests.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    python: python::Options,
}

/// Installs missing packages, starts a moto server, runs the moto tests, and stops the server.
pub(crate) fn run(options: &Options) -> Result<()> {
    let environment = Environment::install(&options.python)?;
    let moto = Moto::start(&environment)?;
    // Builds the entire workspace, because building a single package would rebuild the package's
    // dependencies with different features.
    let mut tests = cargo(["test", "--workspace", "--test", "moto"]);
    tests.args(["--", "--ignored", "--test-threads", "1"]);
    tests.env("ECS_FOUNDATION_TEST_MOTO", moto.url());
    tests.env("ECS_FOUNDATION_TEST_AWS_CLI", environment.program("aws"));
    process::run(&mut tests)
}
