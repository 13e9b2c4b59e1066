//! Tries every fault at every call, and combinations of two faults.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;

use infra_mock::api::Lag;
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::fault::{CallFault, Strike};
use super::recorder::CallRecord;
use super::runner::{Baseline, Rig, runtime};
use super::scenario::{self, Scenario};
use crate::process::{Result, say};
use infra_core::conformance::attributes::unvaried;

/// The pairs of faults to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pairs {
    /// The pairs for `--brief`: all distinct pairs in the scenarios `create` and `destroy`. In all
    /// other scenarios, only single faults are tried, and none before the first write of a run.
    Central,
    /// All pairs except those that have the same result as another case; see [`adds`].
    Distinct,
    /// All pairs.
    Every,
}

/// Counters and failures.
#[derive(Debug)]
struct Tally {
    which: Pairs,
    singles: AtomicU64,
    /// The number of all possible pairs. The field `pairs` counts only the pairs that were tried.
    all_pairs: AtomicU64,
    pairs: AtomicU64,
    calls: AtomicU64,
    stop: AtomicBool,
    failures: Mutex<Vec<String>>,
}

/// The number of failures after which the remaining cases are skipped.
const SHOWN: usize = 40;

/// Tries single faults and the selected pairs on every scenario. If `name` is given, uses only the
/// scenarios whose names contain this text.
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
    let mut work: Vec<(&Scenario, Baseline)> = Vec::new();
    for scenario in &scenarios {
        work.push((scenario, rig.baseline(&first, scenario)?));
    }
    // A unit of work consists of a scenario and a first fault. Units are this small so that every
    // core stays busy until the end.
    let mut units: Vec<(&Scenario, &Baseline, Strike)> = Vec::new();
    for (scenario, baseline) in &work {
        for (at, call) in baseline.calls.iter().enumerate() {
            if which == Pairs::Central
                && !scenario.is_central
                && is_initial_read(&baseline.calls, at)
            {
                continue;
            }
            let faults = CallFault::of(call.operation).iter();
            units.extend(faults.map(|fault| (*scenario, baseline, call.strike(*fault))));
        }
    }
    let (tally, next) = (Tally::new(which), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let runtime = runtime();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((scenario, baseline, strike)) = units.get(at) else { break };
                    if tally.stop.load(Ordering::Relaxed) {
                        break;
                    }
                    tally.unit(&rig, &runtime, scenario, baseline, strike);
                    tally.report_progress(at + 1, units.len());
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
        say("simulation: every case passed");
        return Ok(());
    }
    Err(format!("{failures} cases failed; after {SHOWN} failures, the remaining cases are skipped"))
}

/// Returns whether a call is a read that comes before the first change in its run.
fn is_initial_read(calls: &[CallRecord], at: usize) -> bool {
    let run = calls[at].run;
    !calls[..=at].iter().any(|call| call.run == run && call.operation.changes)
}

/// Returns whether a pair that contains this fault can have a new result. A result is not new if
/// the other fault alone or another tried pair has the same result.
///
/// - A run reads everything before it makes changes. A fault at one of these initial reads can only
///   delay the changes. If the read succeeds in the end, the run continues as usual. If the read
///   fails or the process crashes, the next run starts from the same state. A delay matters only in
///   a scenario with lag or together with a stale read. If the delay does not matter, or if the
///   fault causes no delay ([`CallFault::Refused`] and [`CallFault::CrashBefore`]), the pair has
///   the same result as the other fault alone.
/// - If several faults at a read cause the same delay and have the same result, only one of them is
///   tried.
fn adds(calls: &[CallRecord], at: usize, fault: CallFault, time_matters: bool) -> bool {
    if calls[at].operation.changes {
        return true;
    }
    let takes_no_time = matches!(fault, CallFault::Refused | CallFault::CrashBefore);
    let adds_time = time_matters && !takes_no_time;
    !fault.is_redundant_for_reads() && (adds_time || !is_initial_read(calls, at))
}

impl Tally {
    fn new(which: Pairs) -> Self {
        let zero = AtomicU64::default;
        let (stop, failures) = (AtomicBool::default(), Mutex::default());
        let [singles, all_pairs, pairs, calls] = [zero(), zero(), zero(), zero()];
        Self { which, singles, all_pairs, pairs, calls, stop, failures }
    }

    /// Tries one fault alone, and then together with each later fault.
    fn unit(
        &self,
        rig: &Rig,
        runtime: &Runtime,
        scenario: &Scenario,
        baseline: &Baseline,
        first: &Strike,
    ) {
        let single = [first.clone()];
        let result = rig.run_case(runtime, scenario, &single, Some(baseline), false);
        self.singles.fetch_add(1, Ordering::Relaxed);
        self.calls.fetch_add(result.calls.len() as u64, Ordering::Relaxed);
        if let Some(wrong) = result.wrong {
            // Skip pairs that include this fault. They would also fail, but their failures would be
            // harder to understand.
            return self.fail(scenario, &single, &wrong);
        }
        let struck = result.calls.iter().position(|call| call.fault.is_some());
        let struck = struck.unwrap_or_default();
        let seconds = || {
            let later = result.calls.iter().enumerate().skip(struck + 1);
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
        let is_distinct = |at: usize, fault: CallFault| {
            self.which == Pairs::Every || adds(&result.calls, at, fault, time_matters)
        };
        if !is_distinct(struck, first.fault) {
            return;
        }
        for (_, call, fault) in seconds().filter(|(at, _, fault)| is_distinct(*at, *fault)) {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let both = [first.clone(), call.strike(fault)];
            let result = rig.run_case(runtime, scenario, &both, Some(baseline), false);
            self.pairs.fetch_add(1, Ordering::Relaxed);
            self.calls.fetch_add(result.calls.len() as u64, Ordering::Relaxed);
            if let Some(wrong) = result.wrong {
                self.fail(scenario, &both, &wrong);
            }
        }
    }

    /// Prints a progress line each time another 5% of the units of work are done.
    fn report_progress(&self, done: usize, of: usize) {
        if done * 20 / of != (done - 1) * 20 / of {
            let pairs = self.pairs.load(Ordering::Relaxed);
            say(&format!("simulation: {done} of {of} single faults, {pairs} pairs so far"));
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
