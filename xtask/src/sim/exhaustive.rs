//! Every fault at every call, and every pair of faults.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;

use infra_mock::api::Lag;
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::attributes::unvaried;
use super::fault::{CallFault, Strike};
use super::recorder::Called;
use super::runner::{Norm, Rig, runtime};
use super::scenario::{self, Scenario};
use crate::process::{Result, say};

/// Which pairs of faults are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pairs {
    /// In brief: those of making and removing, and of the other scenarios only single faults at the calls that change
    /// something and those that follow.
    Central,
    /// All but those that come to what another case comes to; see [`adds`].
    Telling,
    /// Without that exception.
    Every,
}

/// What has been tried, and what did not hold.
#[derive(Debug)]
struct Tally {
    which: Pairs,
    singles: AtomicU64,
    /// How many pairs there are, and how many of them were tried.
    all_pairs: AtomicU64,
    pairs: AtomicU64,
    calls: AtomicU64,
    stop: AtomicBool,
    failures: Mutex<Vec<String>>,
}

/// How many failures are shown before the rest is not tried.
const SHOWN: usize = 40;

/// Tries every single fault, and those pairs; of the scenarios whose names contain that, if anything is given.
pub(super) fn run(which: Pairs, name: Option<&str>) -> Result<()> {
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
            if which == Pairs::Central && !scenario.is_central && is_first_look(&norm.calls, at) {
                continue;
            }
            let faults = CallFault::of(call.operation).iter();
            units.extend(faults.map(|fault| (*scenario, norm, call.strike(*fault))));
        }
    }
    let (tally, next) = (Tally::new(which), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let runtime = runtime();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((scenario, norm, strike)) = units.get(at) else { break };
                    if tally.stop.load(Ordering::Relaxed) {
                        break;
                    }
                    tally.unit(&rig, &runtime, scenario, norm, strike);
                    tally.tell(at + 1, units.len());
                }
            });
        }
    });
    let Tally { singles, all_pairs, pairs, calls, failures, .. } = tally;
    let [singles, all_pairs, pairs, calls] =
        [singles, all_pairs, pairs, calls].map(AtomicU64::into_inner);
    let failures = failures.into_inner().unwrap_or_default().len();
    say(&format!(
        "simulation: {} scenarios, {singles} single faults, {pairs} of {all_pairs} pairs, {calls} calls in {:.1?}",
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
/// - Of faults of a read that take the same time and end the same way, one stands for all.
fn adds(calls: &[Called], at: usize, fault: CallFault, time_matters: bool) -> bool {
    if calls[at].operation.changes {
        return true;
    }
    let takes_no_time = matches!(fault, CallFault::Refused | CallFault::CrashBefore);
    let adds_time = time_matters && !takes_no_time;
    !fault.has_a_twin() && (adds_time || !is_first_look(calls, at))
}

impl Tally {
    fn new(which: Pairs) -> Self {
        let zero = AtomicU64::default;
        let (stop, failures) = (AtomicBool::default(), Mutex::default());
        let [singles, all_pairs, pairs, calls] = [zero(), zero(), zero(), zero()];
        Self { which, singles, all_pairs, pairs, calls, stop, failures }
    }

    /// One fault, and after it every other.
    fn unit(&self, rig: &Rig, runtime: &Runtime, scenario: &Scenario, norm: &Norm, first: &Strike) {
        let single = [first.clone()];
        let played = rig.play(runtime, scenario, &single, Some(norm), false);
        self.singles.fetch_add(1, Ordering::Relaxed);
        self.calls.fetch_add(played.calls.len() as u64, Ordering::Relaxed);
        if let Some(wrong) = played.wrong {
            // A pair with it would fail as well, and say less.
            return self.fail(scenario, &single, &wrong);
        }
        let struck = played.calls.iter().position(|call| call.fault.is_some());
        let struck = struck.unwrap_or_default();
        let seconds = || {
            let later = played.calls.iter().enumerate().skip(struck + 1);
            later.flat_map(|(at, call)| {
                CallFault::of(call.operation).iter().map(move |fault| (at, call, *fault))
            })
        };
        self.all_pairs.fetch_add(seconds().count() as u64, Ordering::Relaxed);
        if self.which == Pairs::Central && !scenario.is_central {
            return;
        }
        let time_matters =
            scenario.lag != Lag::default() || matches!(first.fault, CallFault::Stale(_));
        let tells = |at: usize, fault: CallFault| {
            self.which == Pairs::Every || adds(&played.calls, at, fault, time_matters)
        };
        if !tells(struck, first.fault) {
            return;
        }
        for (_, call, fault) in seconds().filter(|(at, _, fault)| tells(*at, *fault)) {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let both = [first.clone(), call.strike(fault)];
            let played = rig.play(runtime, scenario, &both, Some(norm), false);
            self.pairs.fetch_add(1, Ordering::Relaxed);
            self.calls.fetch_add(played.calls.len() as u64, Ordering::Relaxed);
            if let Some(wrong) = played.wrong {
                self.fail(scenario, &both, &wrong);
            }
        }
    }

    /// A line for whoever waits, at every twentieth of the first faults.
    fn tell(&self, done: usize, of: usize) {
        if done * 20 / of != (done - 1) * 20 / of {
            let pairs = self.pairs.load(Ordering::Relaxed);
            say(&format!("simulation: {done} of {of} single faults, with {pairs} pairs so far"));
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
