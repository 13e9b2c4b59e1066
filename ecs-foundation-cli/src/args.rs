//! The command line: its commands, flags and help.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{
    Arg, ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
};

use crate::commands::cost::CostArgs;
use crate::commands::describe::{CompletionsArgs, ManArgs, SchemaArgs};
use crate::commands::export::ExportArgs;
use crate::commands::graph::GraphArgs;
use crate::commands::init::InitArgs;
use crate::commands::mock::MockArgs;
use crate::commands::policy::PolicyArgs;
use crate::commands::validate::ValidateArgs;

#[cfg(test)]
mod tests;

const GLOBAL: &str = "Global options";

/// Creates, checks and removes the base on which containers run in AWS ECS on Fargate.
///
/// A cluster, two IAM roles, an ECR repository and a CloudWatch log group. There is no state file: what
/// is there is read from AWS each time.
#[derive(Debug, Parser)]
#[command(
    name = "ecs-foundation",
    bin_name = "ecs-foundation",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  \
        ecs-foundation init                       write a configuration\n  \
        ecs-foundation plan                       show what apply would do\n  \
        ecs-foundation apply --backend memory     try it without an account\n  \
        ecs-foundation apply -e prod --yes        create or update, without asking\n\n\
        Environment: ECS_FOUNDATION_CONFIG, ECS_FOUNDATION_BACKEND and so on stand for the options up to \
        --parallelism; NO_COLOR.\n\
        Exit codes: 0 done, 1 error, 2 changes (plan --detailed-exitcode), 129 SIGHUP, 130 Ctrl-C, \
        143 SIGTERM."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes, before or after its name.
#[derive(Debug, Args)]
#[command(next_help_heading = GLOBAL)]
pub(crate) struct GlobalArgs {
    /// The file [default: ecs-foundation.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The environment, which is part of every name
    #[arg(short, long, global = true, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// The project, with which every name begins
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) project_name: Option<String>,

    /// Where to: aws, memory (a mock in this process) or localstack
    // That names the values, and a line more would not fit a screen; so below.
    #[arg(long, global = true, value_enum, value_name = "BACKEND", hide_possible_values = true)]
    pub(crate) backend: Option<BackendArg>,

    /// Another endpoint for all services, such as an emulator's
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,

    /// A PEM file of the certificates to trust, instead of the system's
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_bundle: Option<PathBuf>,

    /// The AWS region
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) region: Option<String>,

    /// The profile of the AWS configuration files
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// What LocalStack lacks: an error, or from memory (a mock)
    #[arg(long, global = true, value_enum, value_name = "WAY", hide_possible_values = true)]
    pub(crate) missing_services: Option<MissingServicesArg>,

    /// The mock's state [default: .ecs-foundation/memory.json]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) memory_file: Option<PathBuf>,

    /// How many calls to AWS may be under way at once
    #[arg(long, global = true, value_name = "N")]
    pub(crate) parallelism: Option<NonZeroUsize>,

    /// Form of data and errors
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    pub(crate) format: Format,

    /// Colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorArg::Auto)]
    pub(crate) color: ColorArg,

    /// Say more: each call to AWS as it is made
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Say nothing but data, questions and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a configuration to begin with: asks, or takes flags
    Init(InitArgs),
    /// Check the configuration of every environment, without connecting to AWS
    Validate(ValidateArgs),
    /// Show what apply would do, field by field
    Plan(PlanArgs),
    /// Plan, ask, create or update, and print the outputs
    Apply(ApplyArgs),
    /// Print the outputs: ARNs, URL and names for other tools
    Output(OutputArgs),
    /// Read everything back and compare it with the configuration, row by row
    Verify(VerifyArgs),
    /// Remove what is ours, after showing what would be lost
    Destroy(DestroyArgs),
    /// Print the least IAM policy that this foundation needs, with exact ARNs
    Policy(PolicyArgs),
    /// Draw the resources and what is made before what, coloured by the plan
    Graph(GraphArgs),
    /// Write this foundation as Terraform's HCL or a CloudFormation template
    Export(ExportArgs),
    /// Work out what this foundation costs a month under stated use
    Cost(Box<CostArgs>),
    /// The mock AWS, for other programs
    Mock(MockArgs),
    /// Print the JSON Schema of the configuration, for editors
    Schema(SchemaArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Write the manual pages
    #[command(hide = true)]
    Man(ManArgs),
}

/// The arguments of `plan`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation plan --detailed-exitcode --out plan.json\n  \
        ecs-foundation plan --all-environments --format json")]
pub(crate) struct PlanArgs {
    /// End with 2 where there is something to do, 0 where there is nothing
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,

    /// Plan every environment of the file
    #[arg(long, conflicts_with = "out")]
    pub(crate) all_environments: bool,

    /// Save the plan for `apply FILE`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Plan to take over resources of our names that are there but not ours
    #[arg(long)]
    pub(crate) adopt: bool,

    /// Show what destroy would remove
    #[arg(long, conflicts_with_all = ["adopt", "all_environments"])]
    pub(crate) destroy: bool,

    /// With --destroy: also what others put on our roles, as `destroy --force`
    #[arg(long, requires = "destroy")]
    pub(crate) force: bool,
}

/// The arguments of `apply`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation apply -e dev --yes\n  \
        ecs-foundation apply --all-environments     one after the other, asked once")]
pub(crate) struct ApplyArgs {
    /// Do not ask; needed where there is no terminal to ask on, except with a PLANFILE, which is never asked about
    #[arg(short = 'y', long, alias = "auto-approve")]
    pub(crate) yes: bool,

    /// Take over resources of our names that are there but not ours
    #[arg(long, conflicts_with = "plan_file")]
    pub(crate) adopt: bool,

    /// Apply every environment of the file, until one fails
    #[arg(long, conflicts_with = "plan_file")]
    pub(crate) all_environments: bool,

    /// A plan saved with `plan --out`, applied without a question; refused where a new plan would do something else
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
    /// One output, such as `ecr_repository_url` [default: all]
    pub(crate) name: Option<String>,

    /// text, json (as `terraform output -json`), raw (one value and nothing else), env (for a
    /// shell), github (for a workflow)
    // The flag of all commands, which this one gives more values. Clap hands the value of a global
    // flag to all levels, so both have to be of one type.
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
#[command(after_help = "Example: ecs-foundation verify --format json")]
pub(crate) struct VerifyArgs {}

/// The arguments of `destroy`.
#[derive(Debug, Args)]
#[command(after_help = "Example: ecs-foundation destroy -e dev")]
pub(crate) struct DestroyArgs {
    /// Do not ask; needed where there is no terminal to ask on
    #[arg(short = 'y', long, alias = "auto-approve")]
    pub(crate) yes: bool,

    /// Also remove what others put on our roles, where it keeps them from being deleted
    #[arg(long)]
    pub(crate) force: bool,
}

/// Where resources are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackendArg {
    /// AWS, or an emulator of it at --endpoint-url
    Aws,
    /// A mock in this process, kept in --memory-file; nothing is created in AWS
    Memory,
    /// LocalStack on port 4566 of this machine, or at --endpoint-url
    Localstack,
}

/// What becomes of services that LocalStack lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MissingServicesArg {
    /// Say which they are, and do nothing
    Error,
    /// Have them from a mock in this process, kept in --memory-file
    Memory,
}

/// The form of the data on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// One value as it is.
    #[value(hide = true)]
    Raw,
    /// Lines for a shell.
    #[value(hide = true)]
    Env,
    /// Lines for the file `$GITHUB_OUTPUT`.
    #[value(hide = true)]
    Github,
    /// A graph for Markdown.
    #[value(hide = true)]
    Mermaid,
    /// A graph for Graphviz.
    #[value(hide = true)]
    Dot,
    /// A picture.
    #[value(hide = true)]
    Svg,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorArg {
    /// On a terminal, unless `NO_COLOR` is set.
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

/// What the help of a command says of the options that all commands have.
const GLOBAL_HELP: &str =
    "Options of every command, such as -e, --backend and --format: ecs-foundation --help";

/// The same for commands that have nothing to do with a foundation.
const FEWER_HELP: &str = "More options, such as --format, --color and -v: ecs-foundation --help";

impl Cli {
    /// Reads a command line; the matches tell what was given from what is default.
    pub(crate) fn read(
        args: impl IntoIterator<Item = OsString>,
    ) -> Result<(Self, ArgMatches), clap::Error> {
        let mut args: Vec<OsString> = args.into_iter().collect();
        // `help COMMAND`, as other tools have it.
        if args.get(1).is_some_and(|word| word == "help") {
            args.remove(1);
            args.push("--help".into());
        }
        let matches = Self::parser().try_get_matches_from(args)?;
        let cli = Self::from_arg_matches(&matches)?;
        cli.check()?;
        Ok((cli, matches))
    }

    /// The commands as they are parsed. The help of each shows its own options alone and points to where the
    /// others are, so that it fits a screen; completions and manual pages know them all.
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

    /// What clap's own rules do not cover.
    fn check(&self) -> Result<(), clap::Error> {
        let refuse = |kind, message: &str| Err(Self::parser().error(kind, message));
        let all = match &self.command {
            Command::Plan(args) => args.all_environments,
            Command::Apply(args) => args.all_environments,
            _ => false,
        };
        if all && self.global.environment.is_some() {
            return refuse(
                clap::error::ErrorKind::ArgumentConflict,
                "--all-environments and --environment exclude each other: give one of them",
            );
        }
        match (&self.command, self.global.format) {
            (_, Format::Text | Format::Json)
            | (Command::Output(OutputArgs { name: Some(_), .. }), Format::Raw)
            | (Command::Output(_), Format::Env | Format::Github)
            | (Command::Graph(_), Format::Mermaid | Format::Dot | Format::Svg) => Ok(()),
            (Command::Output(_), Format::Raw) => refuse(
                clap::error::ErrorKind::MissingRequiredArgument,
                "--format raw prints one value: name the output, such as ecr_repository_url",
            ),
            (_, Format::Raw | Format::Env | Format::Github) => refuse(
                clap::error::ErrorKind::InvalidValue,
                "the formats raw, env and github are for the command output: use text or json",
            ),
            (_, Format::Mermaid | Format::Dot | Format::Svg) => refuse(
                clap::error::ErrorKind::InvalidValue,
                "the formats mermaid, dot and svg are for the command graph: use text or json",
            ),
        }
    }
}

/// The same with one kind of help, whether it is asked for by `-h` or by `--help`.
fn with_help_flag(command: clap::Command) -> clap::Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::HelpShort);
    command.disable_help_flag(true).arg(help.help("Print help"))
}

fn with_own_help(command: clap::Command, global: &[Arg]) -> clap::Command {
    let own: Vec<_> = command.get_arguments().map(|arg| arg.get_id().clone()).collect();
    let others = global.iter().filter(|arg| !own.contains(arg.get_id())).cloned();
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let more = match command.get_name() {
        "mock" | "serve" | "schema" | "completions" | "man" => FEWER_HELP,
        _ => GLOBAL_HELP,
    };
    with_help_flag(command.args(others))
        .after_help(format!("{examples}\n\n{more}"))
        .mut_subcommands(|command| with_own_help(command, global))
}
