//! Every scenario of the conformance suite on every backend, each a test of its own: `BACKEND::GROUP::NAME`.
//!
//! What a backend lacks is ignored, and says why. A backend that was asked for, by a variable of the
//! environment, and on which no scenario ran, fails the run.

mod backends;
mod matrix;

use std::process::ExitCode;

fn main() -> ExitCode {
    matrix::run(&backends::all())
}
