//! The `ecs-foundation` program as a library, so that tests can run it in-process.
//!
//! [`main`] takes the arguments, streams and signals from the process. [`run`] takes them from its
//! caller.

mod args;
mod backend;
mod commands;
pub mod config;
mod cost;
#[cfg(test)]
mod documented_commands;
mod exit;
mod export;
mod failure;
mod files;
mod interrupt;
mod printer;
mod progress;
mod render;
mod saved_plan;
mod terraform_habits;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

pub use exit::Exit;
pub use interrupt::Interrupt;
pub use printer::Io;

use args::{Cli, ColorArg, Format};
use failure::{Failure, Kind, Problem};
use printer::{Printer, Style};

/// Runs the program with the arguments, streams and signals of the process.
pub fn main() -> ExitCode {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let problem = Problem::of(&error).note("cannot start the worker threads");
            Failure::new(Kind::Backend, problem)
                .report(&Printer::new(Io::of_process(), Style::default()));
            return Exit::Failure.into();
        }
    };
    let exit =
        runtime.block_on(run(std::env::args_os(), Io::of_process(), Interrupt::of_process()));
    // Do not wait for a thread that is still blocked reading an answer from the terminal.
    runtime.shutdown_background();
    exit.into()
}

/// Runs one command line. The first element of `args` is the program name.
pub async fn run(args: impl IntoIterator<Item = OsString>, io: Io, interrupt: Interrupt) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(failure) = terraform_habits::single_dash(&args) {
        failure.report(&printer_of(&args, io));
        return Exit::Failure;
    }
    let (cli, matches) = match Cli::read(args.iter().cloned()) {
        Ok(read) => read,
        Err(error) => return not_a_command(&error, &args, io),
    };
    let style = Style {
        color: cli.global.color,
        format: cli.global.format,
        verbose: cli.global.verbose > 0,
        quiet: cli.global.quiet,
    };
    let printer = Arc::new(Printer::new(io, style));
    interrupt.listen(&printer);
    // The future is large because it contains every command, so box it to keep it off the stack.
    let result = Box::pin(commands::run(&cli, &matches, &printer, &interrupt)).await;
    let exit = result.unwrap_or_else(|failure| {
        failure.report(&printer);
        failure.exit()
    });
    let exit = interrupt.exit().unwrap_or(exit);
    match printer.finish() {
        Ok(()) => exit,
        Err(error) => {
            let problem = Problem::new("cannot write to standard output").note(error.to_string());
            Failure::new(Kind::File, problem).report(&printer);
            Exit::Failure
        }
    }
}

/// Returns a printer for a command line that cannot be parsed. The printer respects `--format` and
/// `--color` if they are present.
fn printer_of(args: &[OsString], io: Io) -> Printer {
    let given = |flag: &str, value: &str| {
        args.iter().any(|arg| *arg == *format!("{flag}={value}"))
            || args.windows(2).any(|pair| pair[0] == flag && pair[1] == value)
    };
    let format = if given("--format", "json") { Format::Json } else { Format::Text };
    let color = if given("--color", "never") { ColorArg::Never } else { ColorArg::Auto };
    Printer::new(io, Style { color, format, ..Style::default() })
}

/// Prints the help or the version to standard output, or reports a usage error.
fn not_a_command(error: &clap::Error, args: &[OsString], io: Io) -> Exit {
    let printer = printer_of(args, io);
    let text = error.render();
    if !error.use_stderr() {
        printer.data(&text.ansi().to_string());
        return match printer.finish() {
            Ok(()) => Exit::Success,
            Err(_) => Exit::Failure,
        };
    }
    if let Some(failure) = terraform_habits::unknown(error) {
        failure.report(&printer);
    } else if printer.is_json() {
        let text = text.to_string();
        let message = text.trim().strip_prefix("error: ").unwrap_or(text.trim());
        Failure::new(Kind::Usage, Problem::new(message)).report(&printer);
    } else {
        printer.alert(&text.ansi().to_string());
    }
    Exit::Failure
}
