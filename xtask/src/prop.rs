//! Properties of convergence, on the in-memory AWS, in virtual time.
//!
//! A case draws a foundation, what somebody else did to it, how slowly AWS settles, what goes wrong with which call,
//! and what happens at the same time. Then it has to converge: once nothing goes wrong any more, one apply does what
//! is to be done, a plan after it finds nothing, what others made is still there, and after a destroy nothing of
//! ours is left.

mod case;
pub(crate) mod external_changes;

use std::cell::Cell;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::time::Instant;

use crate::process::{self, Result, say};

/// Options of the property tests.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many cases are drawn.
    #[arg(long, default_value_t = 256)]
    cases: u32,
    /// What they are drawn from; the same seed draws the same cases.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Runs those of infra-core as well, on documents of policies, with as many cases. Sequences of calls and
    /// damaged requests have tasks of their own, `access-paths` and `differential`.
    #[arg(long)]
    everywhere: bool,
}

/// A line for whoever waits comes after so many cases.
const LINE_EVERY: u32 = 10_000;

/// Draws cases until one fails or all have passed.
pub(crate) fn run(options: &Options) -> Result<()> {
    let Options { cases, seed, everywhere } = *options;
    converge(cases, seed)?;
    if everywhere {
        let mut command = process::cargo(["test", "--workspace", "--lib", "--"]);
        command.arg("policy::properties");
        command.env("PROPTEST_CASES", cases.to_string());
        command.env("PROPTEST_RNG_SEED", seed.to_string());
        return process::run(&mut command);
    }
    Ok(())
}

fn converge(cases: u32, seed: u64) -> Result<()> {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let (played, begin) = (Cell::new(0_u32), Instant::now());
    runner
        .run(&case::strategy(), |case| {
            let number = played.replace(played.get().saturating_add(1)) + 1;
            if number.is_multiple_of(LINE_EVERY) {
                say(&format!("convergence: {number} cases in {:.0?}", begin.elapsed()));
            }
            case.check()
        })
        .map_err(|failure| format!("seed {seed}: {failure}"))?;
    say(&format!(
        "convergence: {cases} cases passed, drawn from seed {seed}, in {:.1?}",
        begin.elapsed()
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_few_cases_converge() {
        assert_eq!(super::converge(12, 0), Ok(()));
    }
}
