//! Runs the program repeatedly in a case, until a run finds nothing to do.

use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use infra_core::engine::{
    Detail, Goal, Outcome, Plan, Report, RetryTable, RunOptions, Stack, StepReport,
};
use infra_core::error::{Effect, Error, ErrorKind};
use infra_core::foundation::{Foundation, retry_table};
use infra_core::provider::Providers;
use infra_mock::api::{Lag, World};
use infra_mock::{JournalEntry, MockAws};
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep, timeout};

use super::clock::VirtualClock;
use super::fault::{CallFault, PERMANENT, Strike};
use super::recorder::{CallRecord, Recorder};
use super::scenario::Scenario;
use super::world_summary::world_summary;

/// The program under test. Tests can replace parts of the program.
#[derive(Clone, Debug)]
pub(crate) struct Rig {
    pub(crate) retry: RetryTable,
    pub(crate) stack: fn(&Foundation, &Providers) -> Stack,
}

impl Default for Rig {
    fn default() -> Self {
        Self { retry: retry_table(), stack: Foundation::stack }
    }
}

/// The result of a case.
#[derive(Debug)]
pub(crate) struct CaseResult {
    pub(crate) calls: Vec<CallRecord>,
    pub(crate) runs: Vec<RunEnd>,
    /// The final world.
    pub(crate) world: World,
    /// The summary of the final world.
    pub(crate) end: String,
    /// Every request, if the journal was enabled.
    pub(crate) journal: Vec<JournalEntry>,
    /// The violated expectation, if any.
    pub(crate) wrong: Option<String>,
}

/// The way in which a run of the program ended.
#[derive(Debug)]
pub(crate) enum RunEnd {
    /// The process crashed.
    Crashed,
    /// The current state could not be read.
    ReadFailed(String),
    /// The run read the state, made a plan, and reported every step.
    Reported(Plan, Report),
}

impl RunEnd {
    fn is_success(&self) -> bool {
        matches!(self, Self::Reported(plan, report) if plan.is_executable() && report.is_success())
    }

    /// Returns whether the run found nothing to do.
    fn is_idle(&self) -> bool {
        matches!(self, Self::Reported(plan, _) if plan.is_executable() && plan.steps.is_empty())
    }
}

impl fmt::Display for RunEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crashed => f.write_str("the process crashed"),
            Self::ReadFailed(why) => write!(f, "cannot read the current state: {why}"),
            Self::Reported(plan, _) if !plan.is_executable() => {
                write!(f, "the plan is not executable: {:?} {:?}", plan.conflicts, plan.blockers)
            }
            Self::Reported(plan, _) if plan.steps.is_empty() => f.write_str("no changes"),
            Self::Reported(_, report) => {
                let (done, of) = (report.done(), report.steps.len());
                write!(f, "{done} of {of} steps done")?;
                for step in &report.steps {
                    let StepReport { address, operation, .. } = step;
                    match &step.outcome {
                        Outcome::Done => {}
                        Outcome::Failed { error } => {
                            let effect = error.effect();
                            write!(
                                f,
                                "\n    {operation} for {address} failed ({effect:?}): {error}"
                            )?;
                        }
                        Outcome::NotTried { because: Some(root) } => {
                            write!(f, "\n    {operation} for {address} not tried: {root}")?;
                        }
                        Outcome::NotTried { because: None } => {
                            write!(f, "\n    {operation} for {address} not tried")?;
                        }
                    }
                }
                Ok(())
            }
        }
    }
}

/// The expected result of a scenario, from a case without faults.
#[derive(Debug)]
pub(crate) struct Baseline {
    pub(crate) end: String,
    /// The calls from all runs. The last run finds nothing to do.
    pub(crate) calls: Vec<CallRecord>,
    /// The number of accepted requests for each operation that changes something.
    accepted: BTreeMap<String, u32>,
}

/// An upper bound on the duration of a run. The program waits longest while reads are stale (up to
/// 30 s) and while it retries a call. Any lag ends within a minute.
const LONGEST_RUN: Duration = Duration::from_mins(8);

/// After this time, all lag has ended and every read sees the latest state.
const SETTLED: Duration = Duration::from_mins(3);

/// The time after which a case is considered to hang.
const HANGS: Duration = Duration::from_hours(24);

impl Rig {
    /// Runs a scenario without faults.
    ///
    /// # Errors
    /// Returns an error if an expectation is violated even without faults.
    pub(crate) fn baseline(
        &self,
        runtime: &Runtime,
        scenario: &Scenario,
    ) -> Result<Baseline, String> {
        let CaseResult { calls, end, world, wrong, .. } =
            self.run_case(runtime, scenario, &[], None, false);
        if let Some(wrong) = wrong {
            return Err(format!("{}: {wrong}", scenario.name));
        }
        // Every other case of this scenario must end with the same world as this one, so unmanaged
        // resources need to be checked only here.
        let (before, after) = (scenario.unmanaged(&scenario.start), scenario.unmanaged(&world));
        if before != after {
            let what = difference(&before.join("\n"), &after.join("\n"));
            return Err(format!("{}: unmanaged resources were changed: {what}", scenario.name));
        }
        Ok(Baseline { end, accepted: accepted(&calls), calls })
    }

    /// Runs a case and, if a baseline is given, compares the result with the baseline.
    pub(crate) fn run_case(
        &self,
        runtime: &Runtime,
        scenario: &Scenario,
        strikes: &[Strike],
        baseline: Option<&Baseline>,
        with_journal: bool,
    ) -> CaseResult {
        runtime.block_on(async {
            let case = Case::new(self, scenario, strikes, with_journal);
            let mut runs = Vec::new();
            let outcome = timeout(HANGS, case.run_until_idle(&mut runs)).await;
            let mut wrong = match outcome {
                Ok(result) => result.err(),
                Err(_) => Some("the case hangs".to_owned()),
            };
            let calls = case.recorder.calls();
            let world = case.mock.world();
            let end = world_summary(&world);
            if let (None, Some(baseline)) = (&wrong, baseline) {
                wrong = case.check_end(&calls, &end, baseline).err();
            }
            CaseResult { calls, runs, world, end, journal: case.mock.take_journal(), wrong }
        })
    }
}

/// A running case.
struct Case<'a> {
    scenario: &'a Scenario,
    strikes: &'a [Strike],
    clock: VirtualClock,
    mock: MockAws,
    providers: Providers,
    stack: Stack,
    recorder: Arc<Recorder>,
    options: RunOptions,
    rig: &'a Rig,
    /// Whether the scenario's external changes between planning and applying have been made. `true`
    /// if the scenario has no such changes.
    disturbed: AtomicBool,
}

impl<'a> Case<'a> {
    fn new(rig: &'a Rig, scenario: &'a Scenario, strikes: &'a [Strike], journal: bool) -> Self {
        let clock = VirtualClock::start();
        let builder = MockAws::builder()
            .world(scenario.start.clone())
            .lag(scenario.lag.clone())
            .clock(clock.clone());
        let mock = if journal { builder } else { builder.without_journal() }.build();
        let recorder = Arc::new(Recorder::new(strikes));
        let providers = mock.intercepted_by(Arc::clone(&recorder) as _);
        let stack = (rig.stack)(&scenario.foundation, &providers);
        let (events, retry) = (Arc::clone(&recorder) as _, Some(rig.retry.clone()));
        let options = RunOptions { events, retry, ..RunOptions::default() };
        let disturbed = AtomicBool::new(scenario.meanwhile.is_none());
        Self { scenario, strikes, clock, mock, providers, stack, recorder, options, rig, disturbed }
    }

    /// Runs the program repeatedly, until a run finds nothing to do. A run may fail only if a fault
    /// or an external change occurs during that run.
    async fn run_until_idle(&self, runs: &mut Vec<RunEnd>) -> Result<(), String> {
        let mut all_done = false;
        // Each strike can make one run fail, and an external change can make one more run fail.
        // After all failures, one run does the work, and the next run finds nothing to do.
        let disturbed = usize::from(self.scenario.meanwhile.is_some());
        for number in 0..self.strikes.len() + 2 + disturbed {
            self.recorder.next_run();
            let undisturbed = self.disturbed.load(Ordering::Relaxed);
            let (begin, first) = (Instant::now(), self.recorder.look(<[_]>::len));
            let ended = self.run().await;
            let took = begin.elapsed();
            let struck = self.recorder.look(|calls| {
                calls[first..].iter().filter_map(|call| call.fault).collect::<Vec<_>>()
            });
            let what = self.check_run(&ended, first, &struck).await;
            let (success, idle) = (ended.is_success(), ended.is_idle());
            let unread = !matches!(ended, RunEnd::Reported(..));
            let shown = if what.is_err() || struck.is_empty() && !success {
                ended.to_string()
            } else {
                String::new()
            };
            runs.push(ended);
            what.map_err(|what| format!("the report of run {number} is wrong: {what}; {shown}"))?;
            if took > LONGEST_RUN {
                return Err(format!("run {number} took {took:?}, more than {LONGEST_RUN:?}"));
            }
            if struck.is_empty() && !success && undisturbed {
                return Err(format!("run {number} failed without a fault: {shown}"));
            }
            if idle {
                return Ok(());
            }
            if all_done && !unread {
                return Err(format!(
                    "run {number} planned changes after an earlier run had reported success"
                ));
            }
            if success {
                all_done = true;
                sleep(SETTLED).await;
            }
        }
        let last = runs.last().map(ToString::to_string).unwrap_or_default();
        Err(format!("work remains after {} runs; the last run: {last}", runs.len()))
    }

    /// Runs the program once, until it ends or crashes.
    async fn run(&self) -> RunEnd {
        until_crash(&self.recorder, self.run_to_end()).await.unwrap_or(RunEnd::Crashed)
    }

    async fn run_to_end(&self) -> RunEnd {
        // Like the command-line tool, look up the identity, read everything concurrently, and then
        // plan.
        if let Err(error) = self.providers.location().await {
            return RunEnd::ReadFailed(error.to_string());
        }
        let observation = match self.stack.observe(self.detail(), &self.options).await {
            Ok(observation) => observation,
            Err(errors) => return RunEnd::ReadFailed(errors.to_string()),
        };
        let plan = self.stack.plan(&observation, self.scenario.goal);
        if let (Some(meanwhile), false) =
            (self.scenario.meanwhile, self.disturbed.swap(true, Ordering::Relaxed))
        {
            meanwhile(&self.mock);
        }
        // If the plan cannot be applied, the report is empty.
        let report = self.stack.apply(&plan, &self.options).await.unwrap_or_default();
        RunEnd::Reported(plan, report)
    }

    fn detail(&self) -> Detail {
        match self.scenario.goal {
            Goal::Absent { .. } => Detail::Contents,
            _ => Detail::Attributes,
        }
    }

    /// Checks that the report is true. The report must mention every change that was made or may
    /// have been made. Every change that is reported as done must have been made.
    async fn check_run(
        &self,
        ended: &RunEnd,
        first: usize,
        struck: &[CallFault],
    ) -> Result<(), String> {
        let RunEnd::Reported(plan, report) = ended else { return Ok(()) };
        if !plan.is_executable() {
            return Ok(());
        }
        let calls = self.recorder.look(|calls| calls[first..].to_vec());
        let waits = self.waits()
            || self.strikes.iter().any(|strike| matches!(strike.fault, CallFault::Stale(_)));
        check_report(report, &calls, waits)?;
        // A step that is reported as done must not be planned again. To check this, make a separate
        // plan without faults. After a fully successful run, this plan is unnecessary, because the
        // next run must find nothing to do.
        if report.done() > 0 && !report.is_success() && !struck.is_empty() {
            let left = self.left().await?;
            for step in report.steps.iter().filter(|step| matches!(step.outcome, Outcome::Done)) {
                let action = plan.steps.iter().find(|planned| planned.id == step.step);
                let again = left.steps.iter().find(|again| {
                    again.address == step.address
                        && again.operation == step.operation
                        && Some(&again.action) == action.map(|planned| &planned.action)
                });
                if again.is_some() {
                    let StepReport { operation, address, .. } = step;
                    return Err(format!(
                        "{operation} for {address} is reported as done but was not done"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Returns whether this scenario has lag.
    fn waits(&self) -> bool {
        self.scenario.lag != Lag::default()
    }

    /// Plans the remaining work on a copy of the world, without faults.
    async fn left(&self) -> Result<Plan, String> {
        let mock = MockAws::builder()
            .world(self.mock.world())
            .lag(self.scenario.lag.clone())
            .clock(self.clock.clone())
            .without_journal()
            .build();
        let stack = (self.rig.stack)(&self.scenario.foundation, &mock.providers());
        let observation = stack.observe(self.detail(), &RunOptions::default()).await;
        let observation = observation.map_err(|errors| errors.to_string())?;
        Ok(stack.plan(&observation, self.scenario.goal))
    }

    /// Checks that the final world is as expected, and that faults or lag explain every repeated
    /// change.
    fn check_end(
        &self,
        calls: &[CallRecord],
        end: &str,
        baseline: &Baseline,
    ) -> Result<(), String> {
        if end != baseline.end {
            let difference = difference(&baseline.end, end);
            return Err(format!("the world differs from the fault-free baseline: {difference}"));
        }
        for (operation, accepted) in accepted(calls) {
            let normal = baseline.accepted.get(&operation).copied().unwrap_or_default();
            let allowed = normal + self.allowance(&operation, normal, calls);
            if accepted > allowed {
                return Err(format!(
                    "{operation} took effect {accepted} times, but the faults explain only {allowed}"
                ));
            }
        }
        Ok(())
    }

    /// Returns how many additional times an operation may take effect because of faults and lag.
    fn allowance(&self, operation: &str, normal: u32, calls: &[CallRecord]) -> u32 {
        let of_faults = calls.iter().filter(|call| call.operation.changes).map(|call| {
            match call.fault {
                // The SDK retried a request that had taken effect.
                Some(CallFault::Lost(n) | CallFault::FailedAfter(n))
                    if call.operation.to_string() == operation =>
                {
                    u32::from(n.min(PERMANENT - 1))
                }
                // If a run does not see an earlier change, it makes the change again.
                Some(CallFault::Stale(_)) => normal.max(1),
                _ => 0,
            }
        });
        // With lag, a run can also repeat an earlier change that has not propagated yet.
        let runs = u32::try_from(self.strikes.len()).unwrap_or(u32::MAX);
        let unsettled = if self.waits() { normal.saturating_mul(runs) } else { 0 };
        of_faults.sum::<u32>() + unsettled
    }
}

/// Runs a future to completion, or returns `None` if the process crashes.
pub(crate) async fn until_crash<T>(recorder: &Recorder, run: impl Future<Output = T>) -> Option<T> {
    let mut run = pin!(run);
    poll_fn(|context| match run.as_mut().poll(context) {
        Poll::Ready(ended) => Poll::Ready(Some(ended)),
        Poll::Pending if recorder.has_crashed() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// Checks that a report mentions every change that was made or may have been made. If `waits` is
/// `true`, a step may make several calls.
pub(crate) fn check_report(
    report: &Report,
    calls: &[CallRecord],
    waits: bool,
) -> Result<(), String> {
    let mut keys: Vec<_> =
        report.steps.iter().map(|step| (&step.address, step.operation)).collect();
    keys.sort();
    keys.dedup();
    for (address, operation) in keys {
        let named = (operation.service(), operation.name());
        let of_step: Vec<&CallRecord> =
            calls.iter().filter(|call| call.is_for(address, named)).collect();
        let is_of = |step: &&StepReport| step.address == *address && step.operation == operation;
        let steps: Vec<&StepReport> = report.steps.iter().filter(is_of).collect();
        check_steps(&steps, &of_step)
            .map_err(|what| format!("{operation} for {address}: {what}"))?;
        if !waits && of_step.len() > steps.len() {
            let (made, planned) = (of_step.len(), steps.len());
            return Err(format!(
                "{operation} for {address}: called {made} times for {planned} steps without any \
                 lag"
            ));
        }
    }
    Ok(())
}

/// Checks that the reported outcomes of all steps for one resource and operation agree with the
/// calls that were made.
fn check_steps(steps: &[&StepReport], calls: &[&CallRecord]) -> Result<(), String> {
    let failed = |step: &&&StepReport| matches!(step.outcome, Outcome::Failed { .. });
    let errors = || {
        steps.iter().filter_map(|step| match &step.outcome {
            Outcome::Failed { error } => Some(error),
            _ => None,
        })
    };
    let done = steps.iter().filter(|step| matches!(step.outcome, Outcome::Done)).count();
    let not_tried =
        steps.iter().filter(|step| matches!(step.outcome, Outcome::NotTried { .. })).count();
    if not_tried == steps.len() && !calls.is_empty() {
        return Err("the step is reported as not tried, but calls were made".to_owned());
    }
    let accepted = calls.iter().filter(|call| call.accepted > 0).count();
    let admits = |error: &Error| error.effect() != Effect::None;
    // If a step fails because the resource is not managed, AWS may have accepted a request without
    // changing anything.
    let foreign = |error: &Error| error.kind() == ErrorKind::NotManaged;
    let reported = done + errors().filter(|error| admits(error) || foreign(error)).count();
    if accepted.min(steps.len()) > reported {
        return Err("the change took effect, but the report does not mention it".to_owned());
    }
    let certain = errors().filter(|error| error.effect() == Effect::Done).count();
    if certain > accepted {
        return Err("the change is reported as made, but AWS accepted no request".to_owned());
    }
    let doubtful = errors().any(|error| error.effect() == Effect::Unknown);
    let reasons = calls.iter().any(|call| {
        call.accepted > 0 || call.refused > 0 || call.fault.is_some_and(CallFault::leaves_doubt)
    });
    if doubtful && !reasons {
        return Err("the effect is reported as unknown, but AWS gave a definite answer".to_owned());
    }
    if calls.is_empty() && steps.iter().any(|step| failed(&step)) && errors().any(admits) {
        return Err("the step is reported as having an effect, but no calls were made".to_owned());
    }
    Ok(())
}

/// Counts the accepted requests for each operation that changes something.
fn accepted(calls: &[CallRecord]) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for call in calls.iter().filter(|call| call.operation.changes && call.accepted > 0) {
        *counts.entry(call.operation.to_string()).or_default() += call.accepted;
    }
    counts
}

/// Formats the first difference between two texts, with some context.
fn difference(expected: &str, found: &str) -> String {
    let same = expected.bytes().zip(found.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        let bytes = &text.as_bytes()[same.saturating_sub(120)..(same + 120).min(text.len())];
        String::from_utf8_lossy(bytes).into_owned()
    };
    format!("...{}... instead of ...{}...", around(found), around(expected))
}

/// Returns a runtime with paused time. Time advances only when every task is waiting.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime can be built")
}
