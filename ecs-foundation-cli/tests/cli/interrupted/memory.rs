//! The memory backend, whose AWS dies with the program, killed in its midst.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::{assert_same, each, everything};
use crate::sandbox::{Backend, Sandbox};

/// Runs, and kills the program when it has told that many events. `None` where it has told fewer.
fn killed_after(sandbox: &Sandbox, line: &str, events: usize) -> Option<()> {
    let mut command = sandbox.command(&format!("{line} --format json -v"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let told = BufReader::new(child.stdout.take().unwrap()).lines().take(events).count();
    child.kill().unwrap();
    child.wait().unwrap();
    (told == events).then_some(())
}

/// How many events a run tells.
fn events(sandbox: &Sandbox, line: &str) -> usize {
    sandbox.run(&format!("{line} --format json -v")).succeeds().stdout.lines().count()
}

fn names(sandbox: &Sandbox) -> BTreeSet<String> {
    let files = fs::read_dir(sandbox.path()).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

fn killed_anywhere(line: &str, prepared: fn() -> Sandbox) {
    let whole = prepared();
    let told = events(&whole, line);
    let (end, files) = (everything(&whole.mock()), names(&whole));
    let points: Vec<usize> = (1..told).collect();
    each(&format!("SIGKILL, {line} in memory"), &points, |&events| {
        let sandbox = prepared();
        killed_after(&sandbox, line, events).expect("it tells as much as before");
        // It can be read, and nobody holds it any more.
        drop(sandbox.mock());
        sandbox.run(line).succeeds();
        assert_same(&everything(&sandbox.mock()), &end);
        assert_eq!(names(&sandbox), files, "nothing is left over");
    });
}

#[test]
fn create_in_memory_killed_at_any_moment_is_completed_by_the_next_run() {
    killed_anywhere("apply --yes", Sandbox::new);
}

#[test]
fn destroy_in_memory_killed_at_any_moment_is_completed_by_the_next_run() {
    killed_anywhere("destroy --yes", || Sandbox::applied_on(Backend::Memory));
}
