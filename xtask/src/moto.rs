//! The command-line tool against moto, a mock of AWS in Python, driven and checked by the AWS CLI.

use crate::process::{self, Result, cargo};
use crate::python::{self, Environment, Moto};

/// Options of the run against moto.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    python: python::Options,
}

/// Installs what is missing, starts a server, runs the tests that need it, and stops it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let environment = Environment::install(&options.python)?;
    let moto = Moto::start(&environment)?;
    // The whole workspace: one package alone would have its dependencies built anew with other features.
    let mut tests = cargo(["test", "--workspace", "--test", "moto"]);
    tests.args(["--", "--ignored", "--test-threads", "1"]);
    tests.env("ECS_FOUNDATION_TEST_MOTO", moto.url());
    tests.env("ECS_FOUNDATION_TEST_AWS_CLI", environment.program("aws"));
    process::run(&mut tests)
}
