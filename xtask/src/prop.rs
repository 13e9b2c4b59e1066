//! Properties of convergence, on the in-memory AWS, in virtual time.
//!
//! A case draws a foundation, what somebody else did to it, and how slowly AWS settles. Then it has to
//! converge: after one apply a plan finds nothing to do, what others made is still there, and after a
//! destroy nothing of ours is left.

mod case;
mod meddling;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::process::{Result, say};

/// Options of the property tests.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many cases are drawn.
    #[arg(long, default_value_t = 256)]
    cases: u32,
    /// What they are drawn from; the same seed draws the same cases.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Draws cases until one fails or all have passed.
pub(crate) fn run(options: &Options) -> Result<()> {
    let Options { cases, seed } = *options;
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    runner
        .run(&case::strategy(), |case| case.check())
        .map_err(|failure| format!("seed {seed}: {failure}"))?;
    say(&format!("convergence: {cases} cases passed, drawn from seed {seed}"));
    Ok(())
}
