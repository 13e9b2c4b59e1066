//! Runs every scenario of the conformance suite on every backend. Each combination is a separate
//! test named `BACKEND::GROUP::NAME`.
//!
//! If the backend lacks a capability that a scenario needs, the test is ignored, and the reason is
//! printed. If the backend has a known deviation from AWS in a scenario, the test is also ignored
//! as long as the deviation occurs. If an environment variable requests a backend but no scenario
//! runs on that backend, the run fails. `cargo xtask conformance` sets the environment variables.
//! All of their names have the prefix `ECS_FOUNDATION_CONFORMANCE_`:
//!
//! - `LOCALSTACK`: set to any value to start LocalStack with testcontainers;
//! - `MOTO`, `ENDPOINT`: the URL of that backend;
//! - `AWS`: set to any value to use the account of the current credentials;
//! - `RUN`: the prefix of every resource name in this run, after `conf-`;
//! - `TABLE`: the file whose table this run updates;
//! - `SWEEP`: set to any value to delete leftover resources instead of running the tests.

mod backends;
mod deviations;
mod matrix;
mod sweep;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    if variable("SWEEP").is_some() {
        return sweep::run();
    }
    // When `_started` is dropped at the end, everything that was started for the run is stopped.
    let (entries, _started) = backends::all();
    matrix::run(&entries)
}

/// Returns the value of `ECS_FOUNDATION_CONFORMANCE_{name}`, or `None` if it is unset or empty.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var(format!("ECS_FOUNDATION_CONFORMANCE_{name}")).ok();
    value.filter(|value| !value.is_empty())
}

#[expect(clippy::print_stderr, reason = "the test harness prints messages")]
fn say(line: &str) {
    eprintln!("{line}");
}
