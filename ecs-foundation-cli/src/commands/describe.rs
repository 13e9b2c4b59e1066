//! `schema` and `man`: print the JSON Schema for the configuration file, and print or save manual
//! pages.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::completions::NAME;
use crate::args::Cli;
use crate::config;
use crate::exit::Exit;
use crate::failure::{Failure, Kind, Problem};
use crate::printer::{Printer, Shape};

/// The arguments of `schema`.
#[derive(Debug, Args)]
#[command(after_help = "Example: ecs-foundation schema > ecs-foundation.schema.json\n\n\
        Editors with a TOML language server (Taplo, Even Better TOML) then complete and check files that \
        begin with #:schema ./ecs-foundation.schema.json")]
pub(crate) struct SchemaArgs {}

/// The arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation man | man -l -\n  \
        ecs-foundation man --out ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Write one page per command to this directory, instead of printing the main page
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn schema(printer: &Printer) -> Exit {
    printer.json(&config::schema(), Shape::Document);
    Exit::Success
}

pub(super) fn man(args: &ManArgs, printer: &Printer) -> Result<Exit, Failure> {
    let mut command = Cli::command();
    command.build();
    let Some(folder) = &args.out else {
        printer.data(&page(command).1);
        return Ok(Exit::Success);
    };
    let mut pages = Vec::new();
    collect(command, &mut pages);
    fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
    for (name, text) in pages {
        let file = folder.join(format!("{name}.1"));
        fs::write(&file, text).map_err(|error| cannot_write(&file, &error))?;
        printer.talk(&format!("wrote {}\n", file.display()));
    }
    Ok(Exit::Success)
}

/// Adds the manual pages of a command and its visible subcommands to `pages`.
fn collect(command: clap::Command, pages: &mut Vec<(String, String)>) {
    let below: Vec<_> = command.get_subcommands().filter(|it| seen(it)).cloned().collect();
    pages.push(page(command));
    for command in below {
        collect(command, pages);
    }
}

fn seen(command: &clap::Command) -> bool {
    !command.is_hide_set() && command.get_name() != "help"
}

/// Returns the name and text of a command's manual page.
fn page(command: clap::Command) -> (String, String) {
    let name = command.get_display_name().unwrap_or(NAME).to_owned();
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = Man::new(command).render(&mut text);
    (name, String::from_utf8_lossy(&text).into_owned())
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    let problem = Problem::new(format!("cannot write {}: {error}", path.display()));
    Failure::new(Kind::File, problem.help("pass a writable directory with --out DIR"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{collect, seen};
    use crate::args::Cli;

    #[test]
    fn every_command_has_a_manual_page_with_its_options_and_example() {
        let mut command = Cli::command();
        command.build();
        let mut pages = Vec::new();
        collect(command.clone(), &mut pages);
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[0], "ecs-foundation");
        for command in command.get_subcommands().filter(|command| seen(command)) {
            assert!(names.contains(&format!("ecs-foundation-{}", command.get_name()).as_str()));
        }
        assert!(names.contains(&"ecs-foundation-mock-serve"), "{names:?}");
        for (name, text) in &pages {
            assert!(text.contains(".SH SYNOPSIS") && text.contains("xample"), "{name}: {text}");
            assert!(text.contains("\\-\\-environment"), "{name} lacks the global options: {text}");
        }
    }
}
