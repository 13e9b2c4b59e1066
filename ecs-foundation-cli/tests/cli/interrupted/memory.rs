//! Tests that kill the program while it uses the memory backend. The mock AWS runs inside the
//! program, so both are killed together.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::{assert_same, each, everything};
use crate::sandbox::{Backend, Sandbox};

/// Runs the program and kills it after the given number of events. Returns `None` if the program
/// exits before it has emitted that many events.
fn killed_after(sandbox: &Sandbox, line: &str, events: usize) -> Option<()> {
    let mut command = sandbox.command(&format!("{line} --format json -v"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let count = BufReader::new(child.stdout.take().unwrap()).lines().take(events).count();
    child.kill().unwrap();
    child.wait().unwrap();
    (count == events).then_some(())
}

/// Returns the number of events that a run emits.
fn events(sandbox: &Sandbox, line: &str) -> usize {
    sandbox.run(&format!("{line} --format json -v")).succeeds().stdout.lines().count()
}

fn names(sandbox: &Sandbox) -> BTreeSet<String> {
    let files = fs::read_dir(sandbox.path()).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

fn killed_anywhere(line: &str, prepared: fn() -> Sandbox) {
    let uninterrupted = prepared();
    let count = events(&uninterrupted, line);
    let (end, files) = (everything(&uninterrupted.mock()), names(&uninterrupted));
    let points: Vec<usize> = (1..count).collect();
    each(&format!("SIGKILL, {line} in memory"), &points, |&events| {
        let sandbox = prepared();
        killed_after(&sandbox, line, events).expect("the run emits as many events as before");
        // Check that the file can be read and is no longer locked.
        drop(sandbox.mock());
        sandbox.run(line).succeeds();
        assert_same(&everything(&sandbox.mock()), &end);
        assert_eq!(names(&sandbox), files, "no files are left over");
    });
}

#[test]
fn a_create_in_memory_killed_after_any_event_is_completed_by_the_next_run() {
    killed_anywhere("apply --yes", Sandbox::new);
}

#[test]
fn a_destroy_in_memory_killed_after_any_event_is_completed_by_the_next_run() {
    killed_anywhere("destroy --yes", || Sandbox::applied_on(Backend::Memory));
}
