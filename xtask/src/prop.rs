//! Property tests for convergence and configurations. The tests run on the mock AWS in virtual
//! time.
//!
//! Each convergence case draws a foundation, external changes to that foundation, lag, and faults.
//! The program runs once or twice while the faults occur. Afterwards, the foundation must converge:
//! one apply must complete the work, the next plan must be empty, unmanaged resources must still
//! exist, and a destroy must leave no managed resource.

mod accepted;
mod case;
pub(crate) mod external_changes;
mod specs;

use std::cell::Cell;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::time::Instant;

use crate::process::{self, Result, say};

/// Options for the property tests.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Number of cases to draw.
    #[arg(long, default_value_t = 256)]
    cases: u32,
    /// Seed; the same seed draws the same cases.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Also run infra-core's property tests for policy documents, with the same seed and number of
    /// cases. The tasks `access-paths` and `differential` test sequences of calls.
    #[arg(long)]
    everywhere: bool,
}

/// A progress line is printed each time this many cases have run.
const LINE_EVERY: u32 = 10_000;

/// Draws and runs cases until one fails or all have passed.
pub(crate) fn run(options: &Options) -> Result<()> {
    let Options { cases, seed, everywhere } = *options;
    converge(cases, seed)?;
    accept(cases, seed)?;
    if everywhere {
        let mut command = process::cargo(["test", "--workspace", "--lib", "--"]);
        command.arg("policy::properties");
        command.env("PROPTEST_CASES", cases.to_string());
        command.env("PROPTEST_RNG_SEED", seed.to_string());
        return process::run(&mut command);
    }
    Ok(())
}

/// Returns a runner that draws the given number of cases from a seed.
fn runner(cases: u32, seed: u64) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Draws configurations, and checks that each one can be applied if the tool accepts it.
fn accept(cases: u32, seed: u64) -> Result<()> {
    let (accepted, begin) = (Cell::new(0_u32), Instant::now());
    runner(cases, seed)
        .run(&specs::drawn(), |drawn| {
            accepted.set(accepted.get() + u32::from(accepted::check(drawn)?));
            Ok(())
        })
        .map_err(|failure| format!("seed {seed}: {failure}"))?;
    let accepted = accepted.get();
    // This test proves nothing if the tool accepts hardly any of the drawn configurations.
    if accepted < cases / 5 {
        return Err(format!("only {accepted} of {cases} configurations were accepted"));
    }
    say(&format!(
        "configurations: {accepted} of {cases} from seed {seed} were accepted and then applied, in {:.1?}",
        begin.elapsed()
    ));
    Ok(())
}

fn converge(cases: u32, seed: u64) -> Result<()> {
    let mut runner = runner(cases, seed);
    let (count, begin) = (Cell::new(0_u32), Instant::now());
    runner
        .run(&case::strategy(), |case| {
            let number = count.replace(count.get().saturating_add(1)) + 1;
            if number.is_multiple_of(LINE_EVERY) {
                say(&format!("convergence: {number} cases in {:.0?}", begin.elapsed()));
            }
            case.check()
        })
        .map_err(|failure| format!("seed {seed}: {failure}"))?;
    say(&format!("convergence: {cases} cases passed with seed {seed} in {:.1?}", begin.elapsed()));
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_few_cases_converge() {
        assert_eq!(super::converge(12, 0), Ok(()));
    }

    #[test]
    fn what_a_plan_accepts_an_apply_does() {
        assert_eq!(super::accept(200, 0), Ok(()));
    }
}
