//! Cases that are drawn, shrunk to the least that fails, and told call by call.

use infra_mock::JournalEntry;
use tokio::runtime::Runtime;

use super::fault::{CallFault, Strike};
use super::recorder::Called;
use super::runner::{Norm, Played, Rig, runtime};
use super::scenario::{self, Scenario};
use crate::process::{Result, say};

/// A case as text: the scenario's name, a colon, and the strikes with commas between.
fn written(scenario: &Scenario, strikes: &[Strike]) -> String {
    let strikes: Vec<String> = strikes.iter().map(ToString::to_string).collect();
    format!("{}: {}", scenario.name, strikes.join(", "))
}

/// The most that goes wrong in a drawn case.
const MOST: usize = 6;

/// Draws a scenario and what goes wrong in it. Each strike is drawn from the calls of the case as far as it is
/// drawn, so that it does come up.
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
        let calls = rig.play(runtime, scenario, &strikes, None, false).calls;
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

/// The least of the strikes that still fails: fewer of them, then less of each.
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

/// Plays that many cases, drawn from one seed after the other.
pub(super) fn run(from: u64, cases: u64) -> Result<()> {
    let (rig, runtime) = (Rig::default(), runtime());
    let scenarios = runtime.block_on(scenario::all());
    for seed in from..from.saturating_add(cases) {
        let (scenario, strikes) = draw(seed, &rig, &runtime, &scenarios);
        let norm = rig.norm(&runtime, scenario)?;
        if let Some(wrong) = rig.play(&runtime, scenario, &strikes, Some(&norm), false).wrong {
            let least = least(&rig, &runtime, scenario, &norm, &strikes);
            return Err(format!(
                "seed {seed}: {wrong}\n  drawn:  {}\n  shrunk: {}\n  \
                 to see it: cargo xtask sim --seed {seed}, or --case '{}'",
                written(scenario, &strikes),
                written(scenario, &least),
                written(scenario, &least)
            ));
        }
    }
    say(&format!("simulation: {cases} cases passed, drawn from seeds {from} on"));
    Ok(())
}

fn least(
    rig: &Rig,
    runtime: &Runtime,
    scenario: &Scenario,
    norm: &Norm,
    strikes: &[Strike],
) -> Vec<Strike> {
    shrunk(strikes, |strikes| {
        rig.play(runtime, scenario, strikes, Some(norm), false).wrong.is_some()
    })
}

/// Plays the case that a seed draws, and tells it.
pub(super) fn replay_seed(seed: u64) -> Result<()> {
    let (rig, runtime) = (Rig::default(), runtime());
    let scenarios = runtime.block_on(scenario::all());
    let (scenario, strikes) = draw(seed, &rig, &runtime, &scenarios);
    tell(&rig, &runtime, scenario, &strikes)
}

/// Plays a case that is written down, and tells it.
pub(super) fn replay(text: &str) -> Result<()> {
    let (rig, runtime) = (Rig::default(), runtime());
    let scenarios = runtime.block_on(scenario::all());
    let (name, strikes) = text.split_once(": ").unwrap_or((text, ""));
    let scenario = scenarios.iter().find(|scenario| scenario.name == name).ok_or_else(|| {
        let names: Vec<&str> = scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
        format!("there is no scenario {name:?}; there are: {}", names.join("; "))
    })?;
    let strikes = strikes.split(", ").filter(|strike| !strike.is_empty()).map(str::parse);
    tell(&rig, &runtime, scenario, &strikes.collect::<Result<Vec<_>>>()?)
}

/// Plays a case and tells every call of it.
fn tell(rig: &Rig, runtime: &Runtime, scenario: &Scenario, strikes: &[Strike]) -> Result<()> {
    let norm = rig.norm(runtime, scenario)?;
    let Played { calls, runs, journal, wrong, .. } =
        rig.play(runtime, scenario, strikes, Some(&norm), true);
    say(&written(scenario, strikes));
    for (number, ended) in runs.iter().enumerate() {
        say(&format!("run {number}"));
        for call in calls.iter().filter(|call| call.run == number) {
            say(&format!("  {}", line(call)));
        }
        say(&format!("  {ended}"));
    }
    let refused: Vec<String> = journal.iter().filter_map(refusal).collect();
    if !refused.is_empty() {
        say(&format!("refused, of {} requests: {}", journal.len(), refused.join(", ")));
    }
    match wrong {
        None => {
            say("it ended as it does without faults");
            Ok(())
        }
        Some(wrong) => {
            let least = least(rig, runtime, scenario, &norm, strikes);
            Err(format!("{wrong}\nthe least that fails: {}", written(scenario, &least)))
        }
    }
}

/// A call in a line: when, what, for whom, what went wrong, what AWS said.
fn line(call: &Called) -> String {
    let Called { run: _, at, operation, nth, address, fault, accepted, refused } = call;
    let address = address.as_ref().map_or("-", |address| address.as_str());
    let fault = fault.map(|fault| format!("  {fault}")).unwrap_or_default();
    let said = match (accepted, refused) {
        (0, 0) => "  did not arrive".to_owned(),
        (1, 0) => String::new(),
        (accepted, 0) => format!("  accepted {accepted} times"),
        (0, _) => "  refused".to_owned(),
        (accepted, refused) => format!("  accepted {accepted} times, refused {refused} times"),
    };
    #[expect(clippy::cast_precision_loss, reason = "seconds for the eye")]
    let seconds = *at as f64 / 1000.0;
    format!("{seconds:>8.3} s  {operation}#{nth} for {address}{fault}{said}")
}

fn refusal(entry: &JournalEntry) -> Option<String> {
    let code = entry.refused.as_ref().filter(|_| entry.fault.is_none())?;
    Some(format!("{}:{} {code}", entry.service, entry.operation))
}
