//! Programs that a task runs, and what it says.

use std::ffi::OsStr;
use std::fmt::Display;
use std::path::PathBuf;
use std::process::Command;

/// Why a task failed, in one line.
pub(crate) type Result<T, E = String> = std::result::Result<T, E>;

/// Says something to the person at the terminal.
#[expect(clippy::print_stderr, reason = "a task talks to the person who runs it")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// Cargo, as it was started, at the root of the workspace.
///
/// What `cargo run` told this process of its own package is not passed on: build scripts that look at such variables
/// (ring's does) would be run anew, and all that depends on them built anew, at each change between `cargo test` and
/// a task.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    for (name, _) in std::env::vars_os() {
        let is_of_package = name
            .to_str()
            .is_some_and(|it| it.starts_with("CARGO_PKG_") || it.starts_with("CARGO_MANIFEST_"));
        if is_of_package {
            command.env_remove(name);
        }
    }
    command
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or_else(|| here.clone(), PathBuf::from)
}

/// Runs a program to its end; it has to succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    say(&format!("$ {shown}"));
    let status = command.status().map_err(cannot(&shown))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` ended with {status}")) }
}

/// The error for a program that could not be started.
pub(crate) fn cannot<E: Display>(shown: &str) -> impl Fn(E) -> String {
    move |error| format!("`{shown}` could not be run: {error}")
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
