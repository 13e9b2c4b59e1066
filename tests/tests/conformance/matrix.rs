//! Makes a test of each scenario on each backend, and runs them.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use infra_core::conformance::{Backend, Scenario, scenarios};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

use super::backends::Entry;

/// How many scenarios have run on each backend.
type Ran = Arc<Mutex<BTreeMap<&'static str, usize>>>;

/// Runs what the arguments of the process name.
pub(crate) fn run(entries: &[Entry]) -> ExitCode {
    let arguments = Arguments::from_args();
    let ran = Ran::default();
    let trials = entries.iter().flat_map(|entry| trials(entry, &ran)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    // Whoever names one test has the others run elsewhere: cargo-nextest gives each a process of its own.
    if arguments.list || arguments.exact || conclusion.has_failed() {
        return conclusion.exit_code();
    }
    let ran = ran.lock().unwrap_or_else(PoisonError::into_inner);
    let idle = entries.iter().filter(|entry| entry.required && !ran.contains_key(entry.name));
    let idle: Vec<_> = idle.map(|entry| entry.name).collect();
    // Whoever asks for some tests by their names may leave out a backend that is always there.
    if idle.is_empty() || arguments.filter.is_some() || !arguments.skip.is_empty() {
        return conclusion.exit_code();
    }
    say(&format!("error: no scenario ran on {}", idle.join(", ")));
    ExitCode::FAILURE
}

#[expect(clippy::print_stderr, reason = "a test harness talks to the person who runs it")]
fn say(line: &str) {
    eprintln!("{line}");
}

/// The tests of a backend.
fn trials(entry: &Entry, ran: &Ran) -> Vec<Trial> {
    let backend = match &entry.backend {
        Ok(backend) => backend,
        Err(why) => return vec![absent(entry, why.clone())],
    };
    let trial = |(number, scenario): (usize, &'static Scenario)| {
        let (entry, backend, ran) = (entry.clone(), Arc::clone(backend), Arc::clone(ran));
        let name = format!("{}::{scenario}", entry.name);
        if let Some(why) = backend.lacks_for(scenario) {
            return ignored(name, why);
        }
        Trial::ignorable_test(name, move || {
            *ran.lock().unwrap_or_else(PoisonError::into_inner).entry(entry.name).or_default() += 1;
            let prefix = format!("conf-{number}");
            run_one(&entry, &*backend, scenario, &prefix)?;
            Ok(Completion::Completed)
        })
    };
    scenarios().enumerate().map(trial).collect()
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
