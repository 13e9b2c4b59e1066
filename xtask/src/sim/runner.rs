//! Plays a case: runs of the program one after the other, until one finds nothing to do.

use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
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
use super::fault::{CallFault, FOR_GOOD, Strike};
use super::recorder::{Called, Recorder};
use super::scenario::Scenario;
use super::world_summary::world_summary;

/// The program under test: what of it a test can take a part out of.
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

/// What came of a case.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) calls: Vec<Called>,
    pub(crate) runs: Vec<Ended>,
    /// The world in the end.
    pub(crate) world: World,
    /// What it looks like.
    pub(crate) end: String,
    /// Every request, where that was asked for.
    pub(crate) journal: Vec<JournalEntry>,
    /// What is not as it has to be.
    pub(crate) wrong: Option<String>,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The process died.
    Crashed,
    /// It could not read what is there.
    Unread(String),
    /// It read, planned, and reported on every step.
    Reported(Plan, Report),
}

impl Ended {
    fn is_success(&self) -> bool {
        matches!(self, Self::Reported(plan, report) if plan.is_executable() && report.is_success())
    }

    /// Whether there was nothing to do.
    fn is_idle(&self) -> bool {
        matches!(self, Self::Reported(plan, _) if plan.is_executable() && plan.steps.is_empty())
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crashed => f.write_str("the process died"),
            Self::Unread(why) => write!(f, "nothing could be planned: {why}"),
            Self::Reported(plan, _) if !plan.is_executable() => {
                write!(f, "not executable: {:?} {:?}", plan.conflicts, plan.blockers)
            }
            Self::Reported(plan, _) if plan.steps.is_empty() => f.write_str("nothing to do"),
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

/// What a case has to come to: how it goes where nothing goes wrong.
#[derive(Debug)]
pub(crate) struct Norm {
    pub(crate) end: String,
    /// The calls of the run and of the one after it, which finds nothing to do.
    pub(crate) calls: Vec<Called>,
    /// How many requests that change something AWS accepted, by operation.
    accepted: BTreeMap<String, u32>,
}

/// No run takes longer: the longest waits of these cases are a stale read of 30 s and five requests of one call,
/// and a slow AWS settles within a minute.
const LONGEST_RUN: Duration = Duration::from_mins(8);

/// After that all has settled and every read sees the newest state.
const SETTLED: Duration = Duration::from_mins(3);

/// A case that has not come to an end by then hangs.
const HANGS: Duration = Duration::from_hours(24);

impl Rig {
    /// How a scenario goes where nothing goes wrong.
    ///
    /// # Errors
    /// It does not go well even then.
    pub(crate) fn norm(&self, runtime: &Runtime, scenario: &Scenario) -> Result<Norm, String> {
        let Played { calls, end, world, wrong, .. } =
            self.play(runtime, scenario, &[], None, false);
        if let Some(wrong) = wrong {
            return Err(format!("{}: {wrong}", scenario.name));
        }
        // Cases end as this does, so that here is the place to see that nothing of others was touched.
        let (before, after) = (scenario.strangers(&scenario.start), scenario.strangers(&world));
        if before != after {
            let what = difference(&before.join("\n"), &after.join("\n"));
            return Err(format!("{}: what is not ours was touched: {what}", scenario.name));
        }
        Ok(Norm { end, accepted: accepted(&calls), calls })
    }

    /// Plays a case and judges it by how it should have gone.
    pub(crate) fn play(
        &self,
        runtime: &Runtime,
        scenario: &Scenario,
        strikes: &[Strike],
        norm: Option<&Norm>,
        with_journal: bool,
    ) -> Played {
        runtime.block_on(async {
            let case = Case::new(self, scenario, strikes, with_journal);
            let mut runs = Vec::new();
            let played = timeout(HANGS, case.play(&mut runs)).await;
            let mut wrong = match played {
                Ok(result) => result.err(),
                Err(_) => Some("it hangs: nothing happens any more".to_owned()),
            };
            let calls = case.recorder.calls();
            let world = case.mock.world();
            let end = world_summary(&world);
            if let (None, Some(norm)) = (&wrong, norm) {
                wrong = case.judge_end(&calls, &end, norm).err();
            }
            Played { calls, runs, world, end, journal: case.mock.take_journal(), wrong }
        })
    }
}

/// A case under way.
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
        let providers = mock.directed_by(Arc::clone(&recorder) as _);
        let stack = (rig.stack)(&scenario.foundation, &providers);
        let (events, retry) = (Arc::clone(&recorder) as _, Some(rig.retry.clone()));
        let options = RunOptions { events, retry, ..RunOptions::default() };
        Self { scenario, strikes, clock, mock, providers, stack, recorder, options, rig }
    }

    /// Run after run; each failure has to have its reason, and the last finds nothing to do.
    async fn play(&self, runs: &mut Vec<Ended>) -> Result<(), String> {
        let mut all_done = false;
        // Each strike can spoil one run. One more does the work, and one finds nothing to do.
        for number in 0..self.strikes.len() + 2 {
            self.recorder.next_run();
            let (begin, first) = (Instant::now(), self.recorder.look(<[_]>::len));
            let ended = self.run().await;
            let took = begin.elapsed();
            let struck = self.recorder.look(|calls| {
                calls[first..].iter().filter_map(|call| call.fault).collect::<Vec<_>>()
            });
            let what = self.judge_run(&ended, first, &struck).await;
            let (success, idle) = (ended.is_success(), ended.is_idle());
            let unread = !matches!(ended, Ended::Reported(..));
            let shown = if what.is_err() || struck.is_empty() && !success {
                ended.to_string()
            } else {
                String::new()
            };
            runs.push(ended);
            what.map_err(|what| {
                format!("the report of run {number} is not true: {what}; {shown}")
            })?;
            if took > LONGEST_RUN {
                return Err(format!("run {number} took {took:?}"));
            }
            if struck.is_empty() && !success {
                return Err(format!(
                    "run {number} failed, though nothing went wrong in it: {shown}"
                ));
            }
            if idle {
                return Ok(());
            }
            if all_done && !unread {
                return Err(format!(
                    "a run said that all was done, and run {number} found more to do"
                ));
            }
            if success {
                all_done = true;
                sleep(SETTLED).await;
            }
        }
        let last = runs.last().map(ToString::to_string).unwrap_or_default();
        Err(format!("it does not come to an end: after {} runs: {last}", runs.len()))
    }

    /// One run of the program, which ends where it ends or where the process dies.
    async fn run(&self) -> Ended {
        until_crash(&self.recorder, self.uninterrupted()).await.unwrap_or(Ended::Crashed)
    }

    async fn uninterrupted(&self) -> Ended {
        // As the command line does: who calls, then everything at once, then the plan.
        if let Err(error) = self.providers.location().await {
            return Ended::Unread(error.to_string());
        }
        let observation = match self.stack.observe(self.detail(), &self.options).await {
            Ok(observation) => observation,
            Err(errors) => return Ended::Unread(errors.to_string()),
        };
        let plan = self.stack.plan(&observation, self.scenario.goal);
        // A plan that cannot be applied has no step that was done.
        let report = self.stack.apply(&plan, &self.options).await.unwrap_or_default();
        Ended::Reported(plan, report)
    }

    fn detail(&self) -> Detail {
        match self.scenario.goal {
            Goal::Absent { .. } => Detail::Contents,
            _ => Detail::Attributes,
        }
    }

    /// Whether the report is true: of each step it says what was done or may have been done, and what it says was
    /// done was done.
    async fn judge_run(
        &self,
        ended: &Ended,
        first: usize,
        struck: &[CallFault],
    ) -> Result<(), String> {
        let Ended::Reported(plan, report) = ended else { return Ok(()) };
        if !plan.is_executable() {
            return Ok(());
        }
        let calls = self.recorder.look(|calls| calls[first..].to_vec());
        let waits = self.waits()
            || self.strikes.iter().any(|strike| matches!(strike.fault, CallFault::Stale(_)));
        judge_report(report, &calls, waits)?;
        // What was done is not to be done again: a look at the world past all faults has to agree. After a run
        // that was done whole, the next one shows it.
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
                        "{operation} for {address} is said to be done, and is not"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Whether AWS takes its time in this scenario.
    fn waits(&self) -> bool {
        self.scenario.lag != Lag::default()
    }

    /// What is left to do, by a look at a copy of the world past all faults.
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

    /// Whether all ended as it has to, and no more was done than the faults explain.
    fn judge_end(&self, calls: &[Called], end: &str, norm: &Norm) -> Result<(), String> {
        if end != norm.end {
            let difference = difference(&norm.end, end);
            return Err(format!("the world is not what it is without faults: {difference}"));
        }
        for (operation, accepted) in accepted(calls) {
            let normal = norm.accepted.get(&operation).copied().unwrap_or_default();
            let allowed = normal + self.allowance(&operation, normal, calls);
            if accepted > allowed {
                return Err(format!(
                    "{operation} took effect {accepted} times, where the faults explain {allowed}"
                ));
            }
        }
        Ok(())
    }

    /// How many more changes of an operation the faults explain than there are without them.
    fn allowance(&self, operation: &str, normal: u32, calls: &[Called]) -> u32 {
        let of_faults = calls.iter().filter(|call| call.operation.changes).map(|call| {
            match call.fault {
                // The SDK asked again for what had been done.
                Some(CallFault::Lost(n) | CallFault::FailedAfter(n))
                    if call.operation.to_string() == operation =>
                {
                    u32::from(n.min(FOR_GOOD - 1))
                }
                // A run that does not see what another did does it once more.
                Some(CallFault::Stale(_)) => normal.max(1),
                _ => 0,
            }
        });
        // So does a run that finds what another has begun and AWS has not settled yet.
        let runs = u32::try_from(self.strikes.len()).unwrap_or(u32::MAX);
        let unsettled = if self.waits() { normal.saturating_mul(runs) } else { 0 };
        of_faults.sum::<u32>() + unsettled
    }
}

/// A run to its end; none where the process dies before, and nothing happens after that.
pub(crate) async fn until_crash<T>(recorder: &Recorder, run: impl Future<Output = T>) -> Option<T> {
    let mut run = pin!(run);
    poll_fn(|context| match run.as_mut().poll(context) {
        Poll::Ready(ended) => Poll::Ready(Some(ended)),
        Poll::Pending if recorder.has_crashed() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// Whether a report says of each step what was done or may have been done. Where there is something to wait for, a
/// call can be made more than once for one step.
pub(crate) fn judge_report(report: &Report, calls: &[Called], waits: bool) -> Result<(), String> {
    let mut keys: Vec<_> =
        report.steps.iter().map(|step| (&step.address, step.operation)).collect();
    keys.sort();
    keys.dedup();
    for (address, operation) in keys {
        let named = (operation.service(), operation.name());
        let of_step: Vec<&Called> =
            calls.iter().filter(|call| call.is_for(address, named)).collect();
        let is_of = |step: &&StepReport| step.address == *address && step.operation == operation;
        let steps: Vec<&StepReport> = report.steps.iter().filter(is_of).collect();
        judge_steps(&steps, &of_step)
            .map_err(|what| format!("{operation} for {address}: {what}"))?;
        if !waits && of_step.len() > steps.len() {
            let (made, planned) = (of_step.len(), steps.len());
            return Err(format!(
                "{operation} for {address}: called {made} times for {planned} steps, with nothing to \
                 wait for"
            ));
        }
    }
    Ok(())
}

/// Whether the reports on steps of one operation at one resource agree with the calls that were made for them.
fn judge_steps(steps: &[&StepReport], calls: &[&Called]) -> Result<(), String> {
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
        return Err("said not to have been tried, but it was called".to_owned());
    }
    let accepted = calls.iter().filter(|call| call.accepted > 0).count();
    let admits = |error: &Error| error.effect() != Effect::None;
    // Of an answer that belongs to another's resource, the engine knows that it changed nothing.
    let foreign = |error: &Error| error.kind() == ErrorKind::NotOurs;
    let said = done + errors().filter(|error| admits(error) || foreign(error)).count();
    if accepted.min(steps.len()) > said {
        return Err(
            "it took effect, and the report does not say that it did or may have".to_owned()
        );
    }
    let certain = errors().filter(|error| error.effect() == Effect::Done).count();
    if certain > accepted {
        return Err("said to have been changed, though AWS accepted nothing".to_owned());
    }
    let doubtful = errors().any(|error| error.effect() == Effect::Unknown);
    let reasons = calls.iter().any(|call| {
        call.accepted > 0 || call.refused > 0 || call.fault.is_some_and(CallFault::leaves_doubt)
    });
    if doubtful && !reasons {
        return Err("said to be in doubt, though AWS answered clearly".to_owned());
    }
    if calls.is_empty() && steps.iter().any(|step| failed(&step)) && errors().any(admits) {
        return Err("said to have had an effect, though it was never called".to_owned());
    }
    Ok(())
}

/// The requests that change something and that AWS accepted, by operation.
fn accepted(calls: &[Called]) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for call in calls.iter().filter(|call| call.operation.changes && call.accepted > 0) {
        *counts.entry(call.operation.to_string()).or_default() += call.accepted;
    }
    counts
}

/// Where two texts part, with a little of what is around.
fn difference(expected: &str, found: &str) -> String {
    let same = expected.bytes().zip(found.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        let bytes = &text.as_bytes()[same.saturating_sub(120)..(same + 120).min(text.len())];
        String::from_utf8_lossy(bytes).into_owned()
    };
    format!("...{}... instead of ...{}...", around(found), around(expected))
}

/// A runtime whose time passes while nobody waits for it.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing of the machine")
}
