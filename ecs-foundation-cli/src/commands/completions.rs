//! `completions`: prints a shell completion script.
//!
//! Clap generates the script from the command line's definition. This module adds suggested
//! values for some arguments. Regions and output names come from fixed lists. Environments come
//! from the configuration file: the bash, zsh and fish scripts run the program to list them.

use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use infra_core::foundation::Outputs;

use crate::args::Cli;
use crate::config::{self, Sources};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::Printer;

/// The program name in completion scripts.
pub(super) const NAME: &str = "ecs-foundation";

/// The shell command that lists the environments and hides errors.
const ASK: &str = "ecs-foundation environments 2>/dev/null";

/// The regions in `partitions.json` of botocore 1.44.8, without the pseudo-regions of global services.
const REGIONS: [&str; 48] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "me-west-1",
    "mx-central-1",
    "sa-east-1",
    "sa-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "cn-north-1",
    "cn-northwest-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "eu-isoe-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-gov-east-1",
    "us-gov-west-1",
];

/// The arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        source <(ecs-foundation completions bash)\n  \
        ecs-foundation completions zsh > ~/.zfunc/_ecs-foundation\n  \
        ecs-foundation completions fish > ~/.config/fish/completions/ecs-foundation.fish")]
pub(crate) struct CompletionsArgs {
    /// Shell to complete for
    #[arg(value_enum)]
    shell: Shell,
}

/// The arguments of `environments`.
#[derive(Debug, Args)]
#[command(after_help = "Example: ecs-foundation environments")]
pub(crate) struct EnvironmentsArgs {}

pub(super) fn run(args: &CompletionsArgs, printer: &Printer) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), NAME, &mut script);
    let script = String::from_utf8_lossy(&script);
    // The bash script that clap_complete 4.6 generates contains the identifier of each command in
    // two places. The identifiers should be equal, but one of them encodes the hyphen in the
    // program name like the space before a subcommand. Without this correction, bash would complete
    // nothing after a command.
    let script = script.replace("ecs__subcmd__foundation", "ecs__foundation");
    printer.data(&with_environments(args.shell, &script));
    Exit::Success
}

/// Prints the environments in the file, one per line.
pub(super) fn environments(sources: &Sources, printer: &Printer) -> Result<Exit, Failure> {
    let names = config::environments(sources)?;
    for name in names {
        printer.data(&format!("{name}\n"));
    }
    Ok(Exit::Success)
}

/// Returns the definition of the command line, with the values that shells can complete. The parser
/// does not use this definition: the program also accepts regions that are not in the list, and it
/// has its own error message for an invalid output name.
fn command() -> clap::Command {
    Cli::command()
        .mut_arg("region", |arg| arg.value_parser(PossibleValuesParser::new(REGIONS)))
        .mut_subcommand("output", |output| {
            output
                .mut_arg("name", |arg| arg.value_parser(PossibleValuesParser::new(Outputs::NAMES)))
        })
}

/// Changes a completion script so that it runs the program to list the values of `--environment`.
fn with_environments(shell: Shell, script: &str) -> String {
    match shell {
        Shell::Bash => {
            let files = "COMPREPLY=($(compgen -f \"${cur}\"))";
            let names = format!("COMPREPLY=($(compgen -W \"$({ASK})\" -- \"${{cur}}\"))");
            let mut is_environment = false;
            let line = |line: &str| {
                let before = is_environment;
                is_environment = matches!(line.trim(), "--environment)" | "-e)");
                let line = if before { line.replace(files, &names) } else { line.to_owned() };
                line + "\n"
            };
            script.lines().map(line).collect()
        }
        Shell::Zsh => {
            let line = |line: &str| {
                let is_environment = ["'--environment=", "'-e+["];
                let is_environment = is_environment.iter().any(|start| line.starts_with(start));
                let names = ":NAME:_ecs_foundation_environments'";
                let line = if is_environment {
                    line.replace(":NAME:_default'", names)
                } else {
                    line.to_owned()
                };
                line + "\n"
            };
            let script: String = script.lines().map(line).collect();
            let function = format!(
                "_ecs_foundation_environments() {{\n    compadd -- ${{(f)\"$({ASK})\"}}\n}}\n\n"
            );
            // The last lines of the script run the completion, so the function must come before them.
            match script.rfind("if [ \"$funcstack[1]\"") {
                Some(end) => format!("{}{function}{}", &script[..end], &script[end..]),
                None => script + &function,
            }
        }
        Shell::Fish => {
            let line = |line: &str| {
                let is_environment =
                    line.starts_with("complete ") && line.contains(" -l environment ");
                let names =
                    if is_environment { format!(" -f -a \"({ASK})\"") } else { String::new() };
                format!("{line}{names}\n")
            };
            let script: String = script.lines().map(line).collect();
            // Clap generates no fish completions for positional arguments.
            let outputs = Outputs::NAMES.join(" ");
            let is_output = "__fish_ecs_foundation_using_subcommand output";
            format!("{script}complete -c {NAME} -n \"{is_output}\" -f -a \"{outputs}\"\n")
        }
        _ => script.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use infra_core::arn::Region;

    use super::REGIONS;

    #[test]
    fn every_region_to_complete_is_one_of_a_known_partition() {
        for name in REGIONS {
            let region: Region = name.parse().unwrap();
            assert!(region.partition().is_some(), "{name}");
        }
    }
}
