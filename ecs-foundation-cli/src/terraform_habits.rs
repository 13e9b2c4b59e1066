//! Suggestions for users who type Terraform options and commands that this program does not have.

use std::ffi::OsString;

use crate::failure::{Failure, Kind, Problem};

/// Each Terraform option, without the leading dash, and the suggestion for it.
///
/// Source: <https://developer.hashicorp.com/terraform/cli/commands/plan> and the pages of the other
/// commands.
const OPTIONS: [(&str, &str); 30] = [
    ("auto-approve", "use --yes"),
    ("backend-config", "there is no state, so there is no state backend; every run reads from AWS"),
    ("chdir", "use --config DIR/ecs-foundation.toml"),
    ("compact-warnings", "omit the option; --quiet prints only results, prompts and errors"),
    ("destroy", "use `ecs-foundation plan --destroy`, or `ecs-foundation destroy`"),
    ("detailed-exitcode", "use --detailed-exitcode"),
    ("force", "use --force"),
    ("help", "use --help"),
    ("input", "omit the option; the program prompts only on a terminal"),
    ("json", "use --format json"),
    ("lock", "omit the option; there is no state to lock"),
    ("lock-timeout", "omit the option; there is no state to lock"),
    ("migrate-state", "there is no state to migrate; every run reads from AWS"),
    ("no-color", "use --color never"),
    ("out", "use --out FILE"),
    ("parallelism", "use --parallelism N"),
    ("raw", "use --format raw"),
    ("reconfigure", "there is no state, so there is no state backend; every run reads from AWS"),
    ("refresh", "omit the option; every run reads from AWS"),
    ("refresh-only", "use `ecs-foundation verify`, which compares AWS with the configuration"),
    ("replace", "delete the resource, then run `ecs-foundation apply` to create it again"),
    ("state", "there is no state file; every run reads from AWS"),
    ("state-out", "there is no state file; every run reads from AWS"),
    (
        "target",
        "every plan covers all resources; `ecs-foundation apply` changes only those that differ from the configuration",
    ),
    ("upgrade", "omit the option; there are no providers to upgrade"),
    (
        "var",
        "set the value in ecs-foundation.toml, or use an option such as --project-name or --region",
    ),
    (
        "var-file",
        "use --config FILE, or add a table for each environment to one file and select an environment with `-e NAME`",
    ),
    ("verbose", "use --verbose"),
    ("version", "use --version"),
    ("yes", "use --yes"),
];

/// Each Terraform command that this program does not have, and the suggestion for it.
const COMMANDS: [(&str, &str); 17] = [
    (
        "console",
        "use `ecs-foundation output` to print values, and `ecs-foundation plan` to preview changes",
    ),
    (
        "fmt",
        "use a TOML formatter such as taplo; `ecs-foundation validate` checks the configuration",
    ),
    ("force-unlock", "there is no state to lock; run the command again"),
    ("get", "there are no modules to download; start with `ecs-foundation plan`"),
    (
        "import",
        "use `ecs-foundation apply --adopt` to manage existing resources, or `ecs-foundation export terraform` \
         for Terraform's import blocks",
    ),
    ("login", "sign in with the AWS CLI, for example `aws sso login`"),
    ("logout", "sign out with the AWS CLI, for example `aws sso logout`"),
    ("modules", "there are no modules; `ecs-foundation graph` shows the resources"),
    ("providers", "there are no providers; `ecs-foundation --version` prints the version"),
    (
        "refresh",
        "there is no state to refresh; `ecs-foundation verify` compares AWS with the configuration",
    ),
    ("show", "use `ecs-foundation plan`, `ecs-foundation verify` or `ecs-foundation output`"),
    (
        "state",
        "there is no state file; `ecs-foundation verify` shows the current state of every resource",
    ),
    ("taint", "delete the resource, then run `ecs-foundation apply` to create it again"),
    ("test", "use `ecs-foundation apply --backend memory`, which uses the built-in mock"),
    ("untaint", "there is no state; `ecs-foundation plan` shows what would change"),
    ("version", "use `ecs-foundation --version`"),
    (
        "workspace",
        "add a table for each environment to ecs-foundation.toml and select an environment with `-e NAME`",
    ),
];

/// Returns the suggestion for a Terraform option with a single dash, which clap would parse as
/// several short options. Arguments after `--` are ignored.
pub(crate) fn single_dash(args: &[OsString]) -> Option<Failure> {
    let words = args.iter().skip(1).map_while(|arg| arg.to_str().filter(|arg| *arg != "--"));
    let options = words.filter(|word| !word.starts_with("--"));
    options.filter_map(|word| word.strip_prefix('-')).find_map(option)
}

/// Returns the suggestion for an option or command that clap did not recognize.
pub(crate) fn unknown(error: &clap::Error) -> Option<Failure> {
    use clap::error::{ContextKind, ContextValue, ErrorKind};

    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => option(text(ContextKind::InvalidArg)?.strip_prefix("--")?),
        ErrorKind::InvalidSubcommand => command(text(ContextKind::InvalidSubcommand)?),
        _ => None,
    }
}

fn option(word: &str) -> Option<Failure> {
    let name = word.split('=').next().unwrap_or(word);
    let (name, help) = OPTIONS.iter().find(|(known, _)| *known == name)?;
    let problem = Problem::new(format!("`-{name}` is a Terraform option"));
    Some(Failure::new(Kind::Usage, problem.help(*help)))
}

fn command(word: &str) -> Option<Failure> {
    let (name, help) = COMMANDS.iter().find(|(known, _)| *known == word)?;
    let problem = Problem::new(format!("`{name}` is a Terraform command"));
    Some(Failure::new(Kind::Usage, problem.help(*help)))
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, OPTIONS};
    use crate::args::Cli;

    #[test]
    fn suggestions_cover_no_existing_command_and_name_only_existing_options() {
        let cli = Cli::parser();
        for (name, help) in COMMANDS {
            assert!(cli.find_subcommand(name).is_none(), "{name}");
            assert!(!help.is_empty());
        }
        for (_, help) in OPTIONS {
            let Some(option) = help.strip_prefix("use --").and_then(|rest| rest.split(' ').next())
            else {
                continue;
            };
            let long = |command: &clap::Command| {
                let names = command.get_arguments().filter_map(clap::Arg::get_long);
                names.chain(["version"]).any(|long| long == option)
            };
            assert!(long(&cli) || cli.get_subcommands().any(long), "{option}");
        }
    }
}
