//! The command line: its commands, flags and help.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{
    Arg, ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
};
use infra_core::engine::Goal;
use infra_core::names::ServiceName;

use crate::commands::completions::{CompletionsArgs, EnvironmentsArgs};
use crate::commands::cost::CostArgs;
use crate::commands::describe::{ManArgs, SchemaArgs};
use crate::commands::export::ExportArgs;
use crate::commands::graph::GraphArgs;
use crate::commands::init::InitArgs;
use crate::commands::mock::MockArgs;
use crate::commands::policy::PolicyArgs;
use crate::commands::validate::ValidateArgs;

#[cfg(test)]
mod tests;

const GLOBAL: &str = "Global options";

/// Creates, verifies and removes the AWS resources that ECS services on Fargate depend on.
///
/// The resources are a cluster, two IAM roles, an ECR repository and a CloudWatch log group. There
/// is no state file: every run reads the current state from AWS.
#[derive(Debug, Parser)]
#[command(
    name = "ecs-foundation",
    bin_name = "ecs-foundation",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  \
        ecs-foundation init                       write a configuration file\n  \
        ecs-foundation apply --backend memory     try it without an AWS account\n  \
        ecs-foundation apply -e prod --yes        create or update without a prompt\n\n\
        Environment variables: ECS_FOUNDATION_<OPTION> for each option up to --parallelism; NO_COLOR.\n\
        Exit codes: 0 success, 1 error, 2 changes (plan --detailed-exitcode), 129, 130, 143 signals."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The options that every command accepts, before or after the command name.
#[derive(Debug, Args)]
#[command(next_help_heading = GLOBAL)]
pub(crate) struct GlobalArgs {
    /// Configuration file [default: ecs-foundation.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Environment name (second part of every resource name)
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// Project name (first part of every resource name)
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) project_name: Option<String>,

    /// Backend to use: aws, memory (built-in mock) or localstack
    // The help text already lists the values; clap's own list of values would make the help too
    // long.
    #[arg(long, global = true, value_enum, value_name = "BACKEND", hide_possible_values = true)]
    pub(crate) backend: Option<BackendArg>,

    /// Endpoint URL for all services, such as an emulator's
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,

    /// PEM file with CA certificates to trust instead of the system's
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_bundle: Option<PathBuf>,

    /// AWS region
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) region: Option<String>,

    /// Partition (such as aws) of a region that ecs-foundation does not know
    // Hidden because few users need this option. The error for an unknown region mentions
    // this option.
    #[arg(long, global = true, value_name = "PARTITION", hide = true)]
    pub(crate) partition: Option<String>,

    /// Profile from the AWS configuration files
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// If LocalStack lacks a service: error, or memory (built-in mock)
    #[arg(long, global = true, value_enum, value_name = "MODE", hide_possible_values = true)]
    pub(crate) missing_services: Option<MissingServicesArg>,

    /// State file of the mock [default: .ecs-foundation/memory.json]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) memory_file: Option<PathBuf>,

    /// Maximum number of concurrent AWS calls
    #[arg(long, global = true, value_name = "N")]
    pub(crate) parallelism: Option<NonZeroUsize>,

    /// Output format
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    pub(crate) format: Format,

    /// Color the output
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorArg::Auto)]
    pub(crate) color: ColorArg,

    /// Print each AWS call as it is made
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Print only results, prompts and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a configuration file, from prompts or options
    Init(InitArgs),
    /// Check the configuration of every environment without connecting to AWS
    Validate(ValidateArgs),
    /// Show what apply would change, field by field
    Plan(PlanArgs),
    /// Show the plan, ask for confirmation, create or update, and print the outputs
    Apply(ApplyArgs),
    /// Print the outputs, such as ARNs, for other tools
    Output(OutputArgs),
    /// Compare every attribute in AWS with the configuration
    Verify(VerifyArgs),
    /// Delete the resources, after showing what would be lost
    Destroy(DestroyArgs),
    /// Print the minimal IAM policy for this foundation, with exact ARNs
    Policy(PolicyArgs),
    /// Draw the resources and their dependencies, colored by the plan
    Graph(GraphArgs),
    /// Export this foundation as Terraform HCL or a CloudFormation template
    Export(ExportArgs),
    /// Estimate the monthly cost for a given usage
    Cost(Box<CostArgs>),
    /// Run the mock AWS for other programs
    Mock(MockArgs),
    /// Print the JSON Schema of the configuration file, for editors
    Schema(SchemaArgs),
    /// Print a shell completion script
    Completions(CompletionsArgs),
    /// Write the manual pages
    Man(ManArgs),
    /// Print the environments in the file, for shell completion
    #[command(hide = true)]
    Environments(EnvironmentsArgs),
}

impl Command {
    /// Returns whether `--all-environments` is set.
    pub(crate) fn is_for_all_environments(&self) -> bool {
        match self {
            Self::Plan(args) => args.all_environments,
            Self::Apply(args) => args.all_environments,
            Self::Verify(args) => args.all_environments,
            Self::Destroy(args) => args.all_environments,
            _ => false,
        }
    }

    /// Returns the argument of `--service`.
    pub(crate) fn selected_service(&self) -> Option<&ServiceName> {
        match self {
            Self::Destroy(args) => args.service.as_ref(),
            _ => None,
        }
    }
}

/// The arguments of `plan`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation plan --detailed-exitcode --out plan.json\n  \
        ecs-foundation plan --all-environments --format json")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct PlanArgs {
    /// Exit with code 2 if there are changes and 0 if there are none
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,

    /// Plan every environment in the file
    #[arg(long, conflicts_with = "out")]
    pub(crate) all_environments: bool,

    /// Save the plan for `apply FILE`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Plan to adopt existing resources that are not managed by ecs-foundation
    #[arg(long)]
    pub(crate) adopt: bool,

    /// Show what destroy would delete
    #[arg(long, conflicts_with = "adopt")]
    pub(crate) destroy: bool,

    /// With --destroy: also remove unmanaged policies from the roles, as `destroy --force` does
    #[arg(long, requires = "destroy")]
    pub(crate) force: bool,
}

impl PlanArgs {
    /// Returns the goal of the plan.
    pub(crate) fn goal(&self) -> Goal {
        if self.destroy {
            Goal::Absent { force: self.force }
        } else {
            Goal::Present { adopt: self.adopt }
        }
    }
}

/// The arguments of `apply`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation apply -e dev --yes\n  \
        ecs-foundation apply --all-environments     all at the same time, with one prompt")]
pub(crate) struct ApplyArgs {
    /// Skip the confirmation prompt; required without a terminal. A PLANFILE is applied without a prompt
    #[arg(short = 'y', long, alias = "auto-approve")]
    pub(crate) yes: bool,

    /// Adopt existing resources that are not managed by ecs-foundation
    #[arg(long, conflicts_with = "plan_file")]
    pub(crate) adopt: bool,

    /// Apply every environment in the file; a failure does not stop the others
    #[arg(long, conflicts_with = "plan_file")]
    pub(crate) all_environments: bool,

    /// Plan saved with `plan --out`; applied without a prompt, and refused if it is out of date
    #[arg(value_name = "PLANFILE")]
    pub(crate) plan_file: Option<PathBuf>,
}

/// The arguments of `output`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation output --format raw ecr_repository_url\n  \
        eval \"$(ecs-foundation output --format env)\"\n  \
        ecs-foundation output --format github >> \"$GITHUB_OUTPUT\"")]
pub(crate) struct OutputArgs {
    /// Name of one output, such as `ecr_repository_url` [default: all]
    pub(crate) name: Option<String>,

    /// Output format: text, json (like `terraform output -json`), raw (a single value), env (for a
    /// shell), github (for a workflow)
    // This option replaces the global `--format` to accept more values. Clap passes the value of a
    // global option to every subcommand, so this option must have the same type as the global one.
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        value_parser = every_format(),
    )]
    pub(crate) format: Format,
}

/// The arguments of `verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation verify --format json\n  \
        ecs-foundation verify --all-environments")]
pub(crate) struct VerifyArgs {
    /// Verify every environment in the file
    #[arg(long)]
    pub(crate) all_environments: bool,
}

/// The arguments of `destroy`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation destroy -e dev\n  \
        ecs-foundation destroy -e dev --service worker")]
pub(crate) struct DestroyArgs {
    /// Skip the confirmation prompt; required without a terminal
    #[arg(short = 'y', long, alias = "auto-approve")]
    pub(crate) yes: bool,

    /// Also remove unmanaged policies that prevent a role from being deleted
    #[arg(long)]
    pub(crate) force: bool,

    /// Destroy only the resources of this service, even if it was removed from the file
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Option<ServiceName>,

    /// Destroy every environment in the file, with one prompt; a failure does not stop the others
    #[arg(long)]
    pub(crate) all_environments: bool,
}

/// The backend that holds the resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackendArg {
    /// AWS, or an emulator at --endpoint-url
    Aws,
    /// The built-in mock, saved in --memory-file; nothing is created in AWS
    Memory,
    /// LocalStack on local port 4566, or at --endpoint-url
    Localstack,
}

/// How to handle services that LocalStack does not provide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MissingServicesArg {
    /// Fail and list the missing services
    Error,
    /// Provide the missing services with the built-in mock, saved in --memory-file
    Memory,
}

/// The format of the results on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people.
    Text,
    /// JSON for programs.
    Json,
    /// A single value without quotes or a newline.
    #[value(hide = true)]
    Raw,
    /// Assignments for a shell.
    #[value(hide = true)]
    Env,
    /// Lines for the `$GITHUB_OUTPUT` file.
    #[value(hide = true)]
    Github,
    /// A Mermaid graph, for Markdown.
    #[value(hide = true)]
    Mermaid,
    /// A DOT graph, for Graphviz.
    #[value(hide = true)]
    Dot,
    /// An SVG image.
    #[value(hide = true)]
    Svg,
}

/// When to use colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorArg {
    /// Use colors on a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

fn every_format() -> impl TypedValueParser<Value = Format> {
    const NAMES: [(&str, Format); 5] = [
        ("text", Format::Text),
        ("json", Format::Json),
        ("raw", Format::Raw),
        ("env", Format::Env),
        ("github", Format::Github),
    ];
    PossibleValuesParser::new(NAMES.map(|(name, _)| name)).map(|given| {
        let known = NAMES.into_iter().find(|(name, _)| *name == given);
        known.map_or(Format::Text, |(_, format)| format)
    })
}

/// The last line of a command's help. This line tells users how to list the other global options.
const GLOBAL_HELP: &str =
    "For other global options, such as --backend and --region, run: ecs-foundation --help";

/// The global options listed in the help of every command that uses a foundation.
const SHOWN: [&str; 2] = ["environment", "format"];

/// The last line of the help for commands that do not use a foundation, such as `man`.
const FEWER_HELP: &str =
    "For global options such as --format, --color and -v, run: ecs-foundation --help";

impl Cli {
    /// Parses a command line. The returned matches record which values were given and which are
    /// defaults.
    pub(crate) fn read(
        args: impl IntoIterator<Item = OsString>,
    ) -> Result<(Self, ArgMatches), clap::Error> {
        let mut args: Vec<OsString> = args.into_iter().collect();
        // Accept `help COMMAND`, as other tools do.
        if args.get(1).is_some_and(|word| word == "help") {
            args.remove(1);
            args.push("--help".into());
        }
        let matches = Self::parser().try_get_matches_from(args)?;
        let cli = Self::from_arg_matches(&matches)?;
        cli.check()?;
        Ok((cli, matches))
    }

    /// Returns the parser. The help of each command must fit on a screen, so it lists only the
    /// command's own options and at most the two most common global options. For the other global
    /// options, the help refers to `ecs-foundation --help`. Completions and manual pages include
    /// all options.
    pub(crate) fn parser() -> clap::Command {
        let top = Self::command();
        let global: Vec<Arg> = top
            .get_arguments()
            .filter(|arg| arg.is_global_set())
            .map(|arg| arg.clone().hide(true))
            .collect();
        with_help_flag(top.disable_help_subcommand(true))
            .mut_subcommands(|command| with_own_help(command, &global))
    }

    /// Checks rules that clap cannot express.
    fn check(&self) -> Result<(), clap::Error> {
        let refuse = |kind, message: &str| Err(Self::parser().error(kind, message));
        if self.command.is_for_all_environments() && self.global.environment.is_some() {
            return refuse(
                clap::error::ErrorKind::ArgumentConflict,
                "--all-environments cannot be used with --environment",
            );
        }
        match (&self.command, self.global.format) {
            (_, Format::Text | Format::Json)
            | (Command::Output(OutputArgs { name: Some(_), .. }), Format::Raw)
            | (Command::Output(_), Format::Env | Format::Github)
            | (Command::Graph(_), Format::Mermaid | Format::Dot | Format::Svg) => Ok(()),
            (Command::Output(_), Format::Raw) => refuse(
                clap::error::ErrorKind::MissingRequiredArgument,
                "--format raw prints a single value: name an output, such as ecr_repository_url",
            ),
            (_, Format::Raw | Format::Env | Format::Github) => refuse(
                clap::error::ErrorKind::InvalidValue,
                "the formats raw, env and github are available only for `output`: use text or json",
            ),
            (_, Format::Mermaid | Format::Dot | Format::Svg) => refuse(
                clap::error::ErrorKind::InvalidValue,
                "the formats mermaid, dot and svg are available only for `graph`: use text or json",
            ),
        }
    }
}

/// Makes `-h` and `--help` print the same help.
fn with_help_flag(command: clap::Command) -> clap::Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::HelpShort);
    command.disable_help_flag(true).arg(help.help("Print help"))
}

fn with_own_help(command: clap::Command, global: &[Arg]) -> clap::Command {
    let own: Vec<_> = command.get_arguments().map(|arg| arg.get_id().clone()).collect();
    let others = global.iter().filter(|arg| !own.contains(arg.get_id())).cloned();
    let uses_foundation =
        !matches!(command.get_name(), "mock" | "serve" | "schema" | "completions" | "man");
    let others = others.map(|arg| {
        let is_shown = uses_foundation && SHOWN.contains(&arg.get_id().as_str());
        arg.hide(!is_shown)
    });
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let more = if uses_foundation { GLOBAL_HELP } else { FEWER_HELP };
    with_help_flag(command.args(others))
        .after_help(format!("{examples}\n\n{more}"))
        .mut_subcommands(|command| with_own_help(command, global))
}
