//! Draws random cases, shrinks failing cases, and traces cases call by call.

use infra_mock::JournalEntry;
use tokio::runtime::Runtime;

use super::fault::{CallFault, Strike};
use super::recorder::CallRecord;
use super::runner::{Baseline, CaseResult, Rig, runtime};
use super::scenario::{self, Scenario};
use crate::process::{Result, say};

/// Returns the text form of a case: the scenario's name, a colon, and the strikes, separated by
/// commas.
fn case_text(scenario: &Scenario, strikes: &[Strike]) -> String {
    let strikes: Vec<String> = strikes.iter().map(ToString::to_string).collect();
    format!("{}: {}", scenario.name, strikes.join(", "))
}

/// The maximum number of faults in a drawn case.
const MOST: usize = 6;

/// Draws a scenario and strikes. To draw the next strike, runs the case with the strikes drawn so
/// far and picks one of the calls that the program made. This way, every strike actually occurs.
fn draw<'s>(
    seed: u64,
    rig: &Rig,
    runtime: &Runtime,
    scenarios: &'s [Scenario],
) -> (&'s Scenario, Vec<Strike>) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let scenario = &scenarios[rng.usize(..scenarios.len())];
    let mut strikes = Vec::new();
    let mut from = 0;
    for _ in 0..rng.usize(1..=MOST) {
        let calls = rig.run_case(runtime, scenario, &strikes, None, false).calls;
        if from >= calls.len() {
            break;
        }
        let at = rng.usize(from..calls.len());
        let faults = CallFault::of(calls[at].operation);
        strikes.push(calls[at].strike(faults[rng.usize(..faults.len())]));
        from = at + 1;
    }
    (scenario, strikes)
}

/// Removes and weakens strikes as long as the case still fails, and returns the remaining strikes.
pub(super) fn shrunk(strikes: &[Strike], fails: impl Fn(&[Strike]) -> bool) -> Vec<Strike> {
    let mut least = strikes.to_vec();
    loop {
        let fewer = (0..least.len()).map(|without| {
            let mut fewer = least.clone();
            fewer.remove(without);
            fewer
        });
        let weaker = (0..least.len()).flat_map(|at| {
            let least = &least;
            least[at].fault.weaker().into_iter().map(move |fault| {
                let mut weaker = least.clone();
                weaker[at].fault = fault;
                weaker
            })
        });
        match fewer.chain(weaker).find(|strikes| fails(strikes)) {
            Some(smaller) => least = smaller,
            None => return least,
        }
    }
}

/// Runs `cases` cases, drawn from consecutive seeds.
pub(super) fn run(from: u64, cases: u64) -> Result<()> {
    let (rig, runtime) = (Rig::default(), runtime());
    let scenarios = runtime.block_on(scenario::all());
    for seed in from..from.saturating_add(cases) {
        let (scenario, strikes) = draw(seed, &rig, &runtime, &scenarios);
        let baseline = rig.baseline(&runtime, scenario)?;
        if let Some(wrong) =
            rig.run_case(&runtime, scenario, &strikes, Some(&baseline), false).wrong
        {
            let least = least(&rig, &runtime, scenario, &baseline, &strikes);
            return Err(format!(
                "seed {seed}: {wrong}\n  drawn:  {}\n  shrunk: {}\n  \
                 to reproduce: cargo xtask sim --seed {seed}, or --case '{}'",
                case_text(scenario, &strikes),
                case_text(scenario, &least),
                case_text(scenario, &least)
            ));
        }
    }
    say(&format!("simulation: {cases} cases passed, starting at seed {from}"));
    Ok(())
}

fn least(
    rig: &Rig,
    runtime: &Runtime,
    scenario: &Scenario,
    baseline: &Baseline,
    strikes: &[Strike],
) -> Vec<Strike> {
    shrunk(strikes, |strikes| {
        rig.run_case(runtime, scenario, strikes, Some(baseline), false).wrong.is_some()
    })
}

/// Runs and traces the case that is drawn from a seed.
pub(super) fn replay_seed(seed: u64) -> Result<()> {
    let (rig, runtime) = (Rig::default(), runtime());
    let scenarios = runtime.block_on(scenario::all());
    let (scenario, strikes) = draw(seed, &rig, &runtime, &scenarios);
    trace(&rig, &runtime, scenario, &strikes)
}

/// Runs and traces a case that is given in text form.
pub(super) fn replay(text: &str) -> Result<()> {
    let (rig, runtime) = (Rig::default(), runtime());
    let scenarios = runtime.block_on(scenario::all());
    let (name, strikes) = text.split_once(": ").unwrap_or((text, ""));
    let scenario = scenarios.iter().find(|scenario| scenario.name == name).ok_or_else(|| {
        let names: Vec<&str> = scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
        format!("no scenario named {name:?}; available scenarios: {}", names.join("; "))
    })?;
    let strikes = strikes.split(", ").filter(|strike| !strike.is_empty()).map(str::parse);
    trace(&rig, &runtime, scenario, &strikes.collect::<Result<Vec<_>>>()?)
}

/// Runs a case and prints every call.
fn trace(rig: &Rig, runtime: &Runtime, scenario: &Scenario, strikes: &[Strike]) -> Result<()> {
    let baseline = rig.baseline(runtime, scenario)?;
    let CaseResult { calls, runs, journal, wrong, .. } =
        rig.run_case(runtime, scenario, strikes, Some(&baseline), true);
    say(&case_text(scenario, strikes));
    for (number, ended) in runs.iter().enumerate() {
        say(&format!("run {number}"));
        for call in calls.iter().filter(|call| call.run == number) {
            say(&format!("  {}", line(call)));
        }
        say(&format!("  {ended}"));
    }
    let refused: Vec<String> = journal.iter().filter_map(refusal).collect();
    if !refused.is_empty() {
        let (count, of) = (refused.len(), journal.len());
        say(&format!("{count} of {of} requests were refused: {}", refused.join(", ")));
    }
    match wrong {
        None => {
            say("the case passed");
            Ok(())
        }
        Some(wrong) => {
            let least = least(rig, runtime, scenario, &baseline, strikes);
            Err(format!("{wrong}\nsmallest failing case: {}", case_text(scenario, &least)))
        }
    }
}

/// Formats a call on one line: time, operation, resource, fault, and AWS's response.
fn line(call: &CallRecord) -> String {
    let CallRecord { run: _, at, operation, nth, address, fault, accepted, refused } = call;
    let address = address.as_ref().map_or("-", |address| address.as_str());
    let fault = fault.map(|fault| format!("  {fault}")).unwrap_or_default();
    let answer = match (accepted, refused) {
        (0, 0) => "  did not arrive".to_owned(),
        (1, 0) => String::new(),
        (accepted, 0) => format!("  accepted {accepted} times"),
        (0, _) => "  refused".to_owned(),
        (accepted, refused) => format!("  accepted {accepted} times, refused {refused} times"),
    };
    #[expect(clippy::cast_precision_loss, reason = "the value is only displayed")]
    let seconds = *at as f64 / 1000.0;
    format!("{seconds:>8.3} s  {operation}#{nth} for {address}{fault}{answer}")
}

fn refusal(entry: &JournalEntry) -> Option<String> {
    let code = entry.refused.as_ref().filter(|_| entry.fault.is_none())?;
    Some(format!("{}:{} {code}", entry.service, entry.operation))
}
