//! The simulation: runs of the program on an AWS where things go wrong to a plan.
//!
//! A case is a scenario (a world to begin with, a foundation, a goal) and a fault plan: which fault strikes which
//! call. It is played on the in-memory AWS in virtual time: the program runs, and runs again after every crash and
//! failure, until a run finds nothing to do. Then the world has to look as it does where nothing went wrong, and
//! every report on the way has to have been true.

mod attributes;
pub(crate) mod clock;
mod exhaustive;
pub(crate) mod fault;
mod random;
pub(crate) mod recorder;
pub(crate) mod runner;
mod scenario;
#[cfg(test)]
mod tests;
mod world_summary;

use crate::process::Result;

/// Options of the simulation.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Tries every fault at every call of every scenario, and every pair of faults.
    #[arg(long)]
    exhaustive: bool,
    /// Leaves most of the pairs out, as far as CI has the time.
    #[arg(long, requires = "exhaustive")]
    brief: bool,
    /// Leaves no pair out, not even those that come to what another case comes to.
    #[arg(long, requires = "exhaustive", conflicts_with = "brief")]
    every_pair: bool,
    /// Only scenarios whose names contain this.
    #[arg(long, requires = "exhaustive")]
    scenario: Option<String>,
    /// How many cases are drawn, of up to six faults each.
    #[arg(long, default_value_t = 1000, conflicts_with = "exhaustive")]
    cases: u64,
    /// The seed of the first of them; each that follows has the next.
    #[arg(long, default_value_t = 0, conflicts_with = "exhaustive")]
    from: u64,
    /// Plays the one case that this seed draws, and tells every call of it.
    #[arg(long, conflicts_with_all = ["exhaustive", "cases", "from"])]
    seed: Option<u64>,
    /// Plays a case that is written down, as `create: lost=1@iam:CreateRole#2`, and tells every call of it.
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
                _ => exhaustive::Pairs::Telling,
            };
            exhaustive::run(which, scenario.as_deref())
        }
    }
}
