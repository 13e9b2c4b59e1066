//! Makes a test of each scenario on each backend, and runs them.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use infra_core::conformance::{Backend, Scenario, scenarios};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

use super::backends::Entry;
use super::deviations::{self, Deviation};
use super::table::{self, Cell, Table};
use super::{say, variable};

/// What came of each scenario on each backend.
type Records = Arc<Mutex<Vec<Record>>>;

/// What came of a scenario on a backend.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) backend: &'static str,
    pub(crate) scenario: &'static Scenario,
    pub(crate) cell: Cell,
}

/// Runs what the arguments of the process name.
pub(crate) fn run(entries: &[Entry]) -> ExitCode {
    let arguments = Arguments::from_args();
    let records = Records::default();
    let each = entries.iter().zip('a'..);
    let mut trials: Vec<_> = each.flat_map(|(entry, its)| trials(entry, its, &records)).collect();
    trials.extend(table::trials(entries));
    let conclusion = libtest_mimic::run(&arguments, trials);
    // Whoever names one test has the others run external_actor: cargo-nextest gives each a process of its own.
    if arguments.list || arguments.exact {
        return conclusion.exit_code();
    }
    let records = records.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(file) = variable("TABLE") {
        if conclusion.num_filtered_out > 0 {
            say("error: a table is made by a run of all scenarios");
            return ExitCode::FAILURE;
        }
        if let Err(problem) = Table::update(file.as_ref(), &records) {
            say(&format!("error: {file}: {problem}"));
            return ExitCode::FAILURE;
        }
    }
    let ran = |name| records.iter().any(|it| it.backend == name && it.cell.has_run());
    // Whoever asks for some tests by their names may leave out what is always there, but not what was asked for.
    let chosen = arguments.filter.is_some() || !arguments.skip.is_empty();
    let wanted = |entry: &Entry| entry.required && (!chosen || entry.asked);
    let idle = entries.iter().filter(|entry| wanted(entry) && !ran(entry.name));
    let idle: Vec<_> = idle.map(|entry| entry.name).collect();
    if idle.is_empty() {
        return conclusion.exit_code();
    }
    say(&format!("error: no scenario ran on {}", idle.join(", ")));
    ExitCode::FAILURE
}

/// The tests of a backend. Names have a letter that is its own: two backends can be of one account.
fn trials(entry: &Entry, letter: char, records: &Records) -> Vec<Trial> {
    let backend = match &entry.backend {
        Ok(backend) => backend,
        Err(why) => return vec![absent(entry, why.clone())],
    };
    let run = variable("RUN").unwrap_or_else(|| format!("{:08}", std::process::id()));
    let trial = |(number, scenario): (usize, &'static Scenario)| {
        let (entry, backend, records) = (entry.clone(), Arc::clone(backend), Arc::clone(records));
        let name = format!("{}::{scenario}", entry.name);
        let record = move |cell| {
            let record = Record { backend: entry.name, scenario, cell };
            records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
        };
        if let Some(why) = backend.lacks_for(scenario) {
            record(Cell::Ignored(why.clone()));
            return ignored(name, why);
        }
        let prefix = format!("conf-{run}-{letter}{number}");
        let deviation = deviations::of(entry.name, scenario);
        Trial::ignorable_test(name, move || {
            let verdict = run_one(&entry, &*backend, scenario, &prefix);
            let (cell, outcome) = judged(verdict, deviation);
            record(cell);
            outcome
        })
    };
    scenarios().enumerate().map(trial).collect()
}

/// What a verdict is worth on a backend that is known to do otherwise than AWS, or is not.
fn judged(
    verdict: Result<(), Failed>,
    deviation: Option<&'static Deviation>,
) -> (Cell, Result<Completion, Failed>) {
    match (verdict, deviation) {
        (Ok(()), None) => (Cell::Passed, Ok(Completion::Completed)),
        (Err(failed), None) => (Cell::Failed, Err(failed)),
        (Err(_), Some(deviation)) => {
            let why = format!("differs: {}; AWS: {}", deviation.does, deviation.document);
            (Cell::Differs(deviation), Ok(Completion::ignored_with(why)))
        }
        (Ok(()), Some(deviation)) => {
            let stale = "it is listed to differ from AWS and now passes: remove it from";
            (Cell::Failed, Err(format!("{stale} deviations.rs: {}", deviation.does).into()))
        }
    }
}

/// A backend that is not there shows as one test, which fails where somebody asked for it.
fn absent(entry: &Entry, why: String) -> Trial {
    let name = format!("{}::is_there", entry.name);
    if entry.required { Trial::test(name, || Err(why.into())) } else { ignored(name, why) }
}

/// A test that is ignored, with the reason in brackets.
fn ignored(name: String, why: String) -> Trial {
    let kind = why.clone();
    let run = move || Ok(Completion::ignored_with(why));
    Trial::ignorable_test(name, run).with_kind(kind).with_ignored_flag(true)
}

fn run_one(
    entry: &Entry,
    backend: &dyn Backend,
    scenario: &Scenario,
    prefix: &str,
) -> Result<(), Failed> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(entry.virtual_time).build()?;
    runtime.block_on(async {
        let fixture = backend.fixture(scenario, prefix).await;
        let fixture = fixture.map_err(|error| format!("{}: {error:?}", entry.name))?;
        Ok(scenario.run(fixture).await?)
    })
}
