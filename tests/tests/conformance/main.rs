//! Every scenario of the conformance suite on every backend, each a test of its own: `BACKEND::GROUP::NAME`.
//!
//! What a backend lacks is ignored, and says why; so is what it is known to do otherwise than AWS, as long as it
//! does. A backend that was asked for, by a variable of the environment, and on which no scenario ran, fails the
//! run. Variables that begin with `ECS_FOUNDATION_CONFORMANCE_`, which `cargo xtask conformance` sets:
//!
//! - `LOCALSTACK`: anything, for a LocalStack that testcontainers starts;
//! - `MOTO`, `ENDPOINT`: the URL of such a backend; `AWS`: anything, for the account that the credentials lead to;
//! - `RUN`: what every name of this run begins with, after `conf-`;
//! - `TABLE`: the file whose table is brought up to date by this run;
//! - `SWEEP`: instead of running anything, removes what runs have left behind.

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
    // What was started for the run ends with this.
    let (entries, _started) = backends::all();
    matrix::run(&entries)
}

/// What a variable of this run says.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var(format!("ECS_FOUNDATION_CONFORMANCE_{name}")).ok();
    value.filter(|value| !value.is_empty())
}

#[expect(clippy::print_stderr, reason = "a test harness talks to the person who runs it")]
fn say(line: &str) {
    eprintln!("{line}");
}
