//! What the program says of itself to other programs: the schema of its file to editors, its commands to shells
//! and to `man`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::Cli;
use crate::config;
use crate::exit::Exit;
use crate::failure::{Failure, Kind, Problem};
use crate::printer::{Printer, Shape};

/// The name by which shells and `man` know the program.
const NAME: &str = "ecs-foundation";

/// The arguments of `schema`.
#[derive(Debug, Args)]
#[command(after_help = "Example: ecs-foundation schema > ecs-foundation.schema.json\n\n\
        An editor with a TOML language server (Taplo, Even Better TOML) then completes and checks a file that \
        begins with #:schema ./ecs-foundation.schema.json")]
pub(crate) struct SchemaArgs {}

/// The arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        source <(ecs-foundation completions bash)\n  \
        ecs-foundation completions zsh > ~/.zfunc/_ecs-foundation\n  \
        ecs-foundation completions fish > ~/.config/fish/completions/ecs-foundation.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// The arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation man | man -l -\n  \
        ecs-foundation man --out ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Write a page for each command into this folder, instead of the first page to standard output
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

pub(super) fn schema(printer: &Printer) -> Exit {
    printer.json(&config::schema(), Shape::Document);
    Exit::Success
}

pub(super) fn completions(args: &CompletionsArgs, printer: &Printer) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), NAME, &mut script);
    let script = String::from_utf8_lossy(&script);
    // clap_complete 4.6 takes the hyphen of the name for the beginning of a command in one of two places, so that
    // bash would complete nothing behind a command.
    printer.data(&script.replace("ecs__subcmd__foundation", "ecs__foundation"));
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

/// The pages of a command and of all below it that are meant to be seen.
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

/// A page, by its name.
fn page(command: clap::Command) -> (String, String) {
    let name = command.get_display_name().unwrap_or(NAME).to_owned();
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = Man::new(command).render(&mut text);
    (name, String::from_utf8_lossy(&text).into_owned())
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    let problem = Problem::new(format!("cannot write {}: {error}", path.display()));
    Failure::new(
        Kind::File,
        problem.help("give a folder that can be written to, with --out FOLDER"),
    )
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
            assert!(text.contains("\\-\\-environment"), "{name} has the options of all: {text}");
        }
    }
}
