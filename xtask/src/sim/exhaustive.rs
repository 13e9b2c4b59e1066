//! Every fault at every call, and every pair of faults.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;

use infra_mock::api::Lag;
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::attributes::unvaried;
use super::play::{Norm, Rig, runtime};
use super::scenario::{self, Scenario};
use super::stage::Called;
use super::trouble::{Strike, Trouble};
use crate::process::{Result, say};

/// What has been tried, and what did not hold.
#[derive(Debug, Default)]
struct Tally {
    singles: AtomicU64,
    pairs: AtomicU64,
    calls: AtomicU64,
    stop: AtomicBool,
    failures: Mutex<Vec<String>>,
}

/// How many failures are shown before the rest is not tried.
const SHOWN: usize = 40;

/// A line for whoever waits comes after so many pairs.
const LINE_EVERY: u64 = 50_000;

/// Tries all there is; in brief, the pairs of making and removing alone, and of the other scenarios only the calls
/// that change something, with those that follow.
pub(super) fn run(brief: bool, name: Option<&str>) -> Result<()> {
    let missing = unvaried();
    if !missing.is_empty() {
        return Err(format!("no scenario changes {}", missing.join(", ")));
    }
    let begin = Instant::now();
    let rig = Rig::default();
    let first = runtime();
    let mut scenarios = first.block_on(scenario::all());
    scenarios.retain(|scenario| name.is_none_or(|name| scenario.name.contains(name)));
    let mut work: Vec<(&Scenario, Norm)> = Vec::new();
    for scenario in &scenarios {
        work.push((scenario, rig.norm(&first, scenario)?));
    }
    // The unit of work is a scenario and a first fault: small enough to keep every core busy to the end.
    let mut units: Vec<(&Scenario, &Norm, Strike)> = Vec::new();
    for (scenario, norm) in &work {
        for (at, call) in norm.calls.iter().enumerate() {
            if brief && !scenario.is_central && is_first_look(&norm.calls, at) {
                continue;
            }
            let troubles = Trouble::of(call.operation).iter();
            units.extend(troubles.map(|trouble| (*scenario, norm, call.strike(*trouble))));
        }
    }
    let (tally, next) = (Tally::default(), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let runtime = runtime();
                while let Some((scenario, norm, strike)) =
                    units.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    if tally.stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let with_pairs = !brief || scenario.is_central;
                    tally.unit(&rig, &runtime, scenario, norm, strike, with_pairs);
                }
            });
        }
    });
    let Tally { singles, pairs, calls, failures, .. } = tally;
    let (singles, pairs, calls) = (singles.into_inner(), pairs.into_inner(), calls.into_inner());
    let failures = failures.into_inner().unwrap_or_default().len();
    say(&format!(
        "simulation: {} scenarios, {singles} single faults and {pairs} pairs, {calls} calls in {:.1?}",
        scenarios.len(),
        begin.elapsed()
    ));
    if failures == 0 {
        say("simulation: every case ended as it does without faults");
        return Ok(());
    }
    Err(format!("{failures} cases did not, before the rest was left"))
}

/// Whether a call reads before its run has changed anything.
fn is_first_look(calls: &[Called], at: usize) -> bool {
    let run = calls[at].run;
    !calls[..=at].iter().any(|call| call.run == run && call.operation.changes)
}

/// Whether two faults of which this is one can come to something else than the other of them alone, or than a pair
/// that is tried instead.
///
/// - A run looks at everything at first and changes only then. Where one of these looks goes wrong for good, or the
///   process dies, the run has done nothing, and the next begins where this one began, only later; where it goes
///   right in the end, the run goes on as it would have, only later. How late makes a difference only while AWS has
///   not settled or reads are stale. So where neither is the case, such a fault adds nothing to another, which has
///   been tried alone; and where one is, those that take no time add nothing.
/// - Of troubles of a read that take the same time and end the same way, one stands for all.
fn adds(calls: &[Called], at: usize, trouble: Trouble, time_matters: bool) -> bool {
    if calls[at].operation.changes {
        return true;
    }
    let takes_no_time = matches!(trouble, Trouble::Refused | Trouble::CrashBefore);
    let adds_time = time_matters && !takes_no_time;
    !trouble.has_a_twin() && (adds_time || !is_first_look(calls, at))
}

impl Tally {
    /// One fault, and after it every other.
    fn unit(
        &self,
        rig: &Rig,
        runtime: &Runtime,
        scenario: &Scenario,
        norm: &Norm,
        first: &Strike,
        with_pairs: bool,
    ) {
        let single = [first.clone()];
        let played = rig.play(runtime, scenario, &single, Some(norm), false);
        self.singles.fetch_add(1, Ordering::Relaxed);
        self.calls.fetch_add(played.calls.len() as u64, Ordering::Relaxed);
        if let Some(wrong) = played.wrong {
            // A pair with it would fail as well, and say less.
            return self.fail(scenario, &single, &wrong);
        }
        if !with_pairs {
            return;
        }
        let struck = played.calls.iter().position(|call| call.trouble.is_some());
        let struck = struck.unwrap_or_default();
        let time_matters =
            scenario.lag != Lag::default() || matches!(first.trouble, Trouble::Stale(_));
        if !adds(&played.calls, struck, first.trouble, time_matters) {
            return;
        }
        for (at, call) in played.calls.iter().enumerate().skip(struck + 1) {
            let troubles = Trouble::of(call.operation).iter();
            for trouble in troubles.filter(|it| adds(&played.calls, at, **it, time_matters)) {
                let both = [first.clone(), call.strike(*trouble)];
                let played = rig.play(runtime, scenario, &both, Some(norm), false);
                let before = self.pairs.fetch_add(1, Ordering::Relaxed);
                if (before + 1).is_multiple_of(LINE_EVERY) {
                    say(&format!("simulation: {} pairs so far", before + 1));
                }
                self.calls.fetch_add(played.calls.len() as u64, Ordering::Relaxed);
                if let Some(wrong) = played.wrong {
                    self.fail(scenario, &both, &wrong);
                }
            }
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    fn fail(&self, scenario: &Scenario, strikes: &[Strike], wrong: &str) {
        let strikes: Vec<String> = strikes.iter().map(ToString::to_string).collect();
        let failure = format!("{}: {}: {wrong}", scenario.name, strikes.join(", "));
        say(&failure);
        let mut failures = self.failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        failures.push(failure);
        if failures.len() >= SHOWN {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}
