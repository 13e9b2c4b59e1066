//! Runs every scenario of the conformance suite on every backend. Each combination is a separate
//! test named `BACKEND::GROUP::NAME`.
//!
//! If the backend lacks a capability that a scenario needs, the test is ignored, and the reason is
//! printed. If the scenario fails because of a known deviation from AWS, the test is also ignored.
//! If an environment variable requests a backend but no scenario runs on that backend, the run
//! fails. `cargo xtask conformance` and `cargo xtask localstack` set the environment variables
//! below. Each name starts with `ECS_FOUNDATION_CONFORMANCE_`:
//!
//! - `LOCALSTACK`: set to any value to start LocalStack with testcontainers;
//! - `MOTO`, `ENDPOINT`: the URL of that backend;
//! - `AWS`: set to any value to use the account that the current credentials belong to;
//! - `RUN`: the part that follows `conf-` in every resource name of this run;
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
    // Dropping `_started` at the end stops the LocalStack container.
    let (entries, _started) = backends::all();
    matrix::run(&entries)
}

/// Returns the value of `ECS_FOUNDATION_CONFORMANCE_{name}`, or `None` if it is unset or empty.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var(format!("ECS_FOUNDATION_CONFORMANCE_{name}")).ok();
    value.filter(|value| !value.is_empty())
}

#[expect(clippy::print_stderr, reason = "a test harness prints its messages to stderr")]
fn say(line: &str) {
    eprintln!("{line}");
}
