//! The simulation runs the program on a mock AWS that injects faults.
//!
//! A case consists of a scenario (an initial world, a foundation and a goal) and a fault plan,
//! which assigns faults to calls. The case runs on the mock AWS in virtual time. The program runs
//! again after every crash and every failure, until a run finds nothing to do. At the end, the
//! world must be the same as without faults, and every run's report must be true.

pub(crate) mod clock;
mod exhaustive;
pub(crate) mod fault;
mod owners;
mod random;
pub(crate) mod recorder;
pub(crate) mod runner;
mod scenario;
#[cfg(test)]
mod tests;
mod world_summary;

use crate::process::Result;

/// Options for the simulation.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Try every fault at every call of every scenario, alone and in pairs.
    #[arg(long)]
    exhaustive: bool,
    /// Skip most pairs and some single faults, so that the run is short enough for CI.
    #[arg(long, requires = "exhaustive")]
    brief: bool,
    /// Also try pairs that have the same result as another case.
    #[arg(long, requires = "exhaustive", conflicts_with = "brief")]
    every_pair: bool,
    /// Run only scenarios whose names contain this text.
    #[arg(long, requires = "exhaustive")]
    scenario: Option<String>,
    /// Number of cases to draw, with up to six faults each.
    #[arg(long, default_value_t = 1000, conflicts_with = "exhaustive")]
    cases: u64,
    /// Seed of the first case; each following case uses the next seed.
    #[arg(long, default_value_t = 0, conflicts_with = "exhaustive")]
    from: u64,
    /// Run the case that is drawn from this seed, and trace every call.
    #[arg(long, conflicts_with_all = ["exhaustive", "cases", "from"])]
    seed: Option<u64>,
    /// Run the case with this text form, such as `create: lost=1@iam:CreateRole#2`, and trace every
    /// call.
    #[arg(long, conflicts_with_all = ["exhaustive", "cases", "from", "seed"])]
    case: Option<String>,
}

/// Runs the simulation.
pub(crate) fn run(options: &Options) -> Result<()> {
    match options {
        Options { case: Some(case), .. } => random::replay(case),
        Options { seed: Some(seed), .. } => random::replay_seed(*seed),
        Options { exhaustive: false, from, cases, .. } => random::run(*from, *cases),
        Options { brief, every_pair, scenario, .. } => {
            let which = match (brief, every_pair) {
                (true, _) => exhaustive::Pairs::Central,
                (_, true) => exhaustive::Pairs::Every,
                _ => exhaustive::Pairs::Distinct,
            };
            exhaustive::run(which, scenario.as_deref())
        }
    }
}
