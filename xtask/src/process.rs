//! Runs programs and prints messages.

use std::ffi::OsStr;
use std::fmt::Display;
use std::path::PathBuf;
use std::process::Command;

/// The result of a task. The error is the message to print.
pub(crate) type Result<T, E = String> = std::result::Result<T, E>;

/// Prints a line to standard error.
#[expect(clippy::print_stderr, reason = "a task prints messages")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// Returns a Cargo command that runs in the workspace root.
///
/// Removes the variables that `cargo run` sets for this package. Some build scripts, such as
/// ring's, run again whenever one of these variables changes. If the variables remained set, each
/// switch between `cargo test` and a task would rebuild everything that depends on those scripts.
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

/// Returns the workspace root.
pub(crate) fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or_else(|| here.clone(), PathBuf::from)
}

/// Runs a program. Returns an error if the program does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    say(&format!("$ {shown}"));
    let status = command.status().map_err(cannot(&shown))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed: {status}")) }
}

/// Returns a function that formats the error for a program that could not be started.
pub(crate) fn cannot<E: Display>(shown: &str) -> impl Fn(E) -> String {
    move |error| format!("cannot run `{shown}`: {error}")
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
