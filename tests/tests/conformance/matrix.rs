//! Creates a test for each combination of scenario and backend, and runs the tests.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use infra_core::conformance::{Backend, Scenario, scenarios};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

use super::backends::Entry;
use super::deviations::{self, Deviation};
use super::table::{self, Cell, Table};
use super::{say, variable};

/// The results of all scenarios on all backends.
type Records = Arc<Mutex<Vec<Record>>>;

/// The result of a scenario on a backend.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) backend: &'static str,
    pub(crate) scenario: &'static Scenario,
    pub(crate) cell: Cell,
}

/// Runs the tests that the command-line arguments select.
pub(crate) fn run(entries: &[Entry]) -> ExitCode {
    let arguments = Arguments::from_args();
    let records = Records::default();
    let each = entries.iter().zip('a'..);
    let mut trials: Vec<_> = each.flat_map(|(entry, its)| trials(entry, its, &records)).collect();
    trials.extend(table::trials(entries));
    let conclusion = libtest_mimic::run(&arguments, trials);
    // With `--exact`, which cargo-nextest always sets, this process runs only one test. The checks
    // below would not make sense for a single test.
    if arguments.list || arguments.exact {
        return conclusion.exit_code();
    }
    let records = records.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(file) = variable("TABLE") {
        if conclusion.num_filtered_out > 0 {
            say("error: --table requires a run of all scenarios; remove the filter");
            return ExitCode::FAILURE;
        }
        if let Err(problem) = Table::update(file.as_ref(), &records) {
            say(&format!("error: {file}: {problem}"));
            return ExitCode::FAILURE;
        }
    }
    let ran = |name| records.iter().any(|it| it.backend == name && it.cell.has_run());
    // A test filter may exclude all tests of a built-in backend, but must not exclude all tests of
    // a requested backend.
    let chosen = arguments.filter.is_some() || !arguments.skip.is_empty();
    let wanted = |entry: &Entry| entry.required && (!chosen || entry.requested);
    let idle = entries.iter().filter(|entry| wanted(entry) && !ran(entry.name));
    let idle: Vec<_> = idle.map(|entry| entry.name).collect();
    if idle.is_empty() {
        return conclusion.exit_code();
    }
    say(&format!("error: no scenario ran on {}", idle.join(", ")));
    ExitCode::FAILURE
}

/// Returns the tests for a backend. Resource names contain a letter that identifies the backend,
/// because two backends can use the same account.
fn trials(entry: &Entry, letter: char, records: &Records) -> Vec<Trial> {
    let backend = match &entry.backend {
        Ok(backend) => backend,
        Err(why) => return vec![unavailable(entry, why.clone())],
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

/// Converts a verdict to a test result, taking known deviations into account.
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
            let stale = "the scenario passes, so remove its known deviation from";
            (Cell::Failed, Err(format!("{stale} deviations.rs: {}", deviation.does).into()))
        }
    }
}

/// Returns the single test that represents an unavailable backend. The test fails if scenarios must
/// run on the backend.
fn unavailable(entry: &Entry, why: String) -> Trial {
    let name = format!("{}::is_available", entry.name);
    if entry.required { Trial::test(name, || Err(why.into())) } else { ignored(name, why) }
}

/// Returns an ignored test. The reason becomes the test's kind, which the harness prints in
/// brackets.
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
