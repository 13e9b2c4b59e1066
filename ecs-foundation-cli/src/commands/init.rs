//! `init`: asks for the required settings and writes a configuration file.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use clap::Args;
use infra_core::arn::Region;
use infra_core::names::{EnvironmentName, InvalidValue, ProjectName, ServiceName};
use serde::Serialize;

use crate::config::{self, Backend, Given, Origin, Overrides, Setting, Template};
use crate::exit::Exit;
use crate::failure::{Failure, Kind, Problem};
use crate::interrupt::Interrupt;
use crate::printer::{Printer, Shape};
use crate::render::{BOLD, paint, shell_word};

/// The arguments of `init`. The settings that `init` asks for can also be given as global options.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation init                                    ask for each setting\n  \
        ecs-foundation init --project-name shop -e dev --region eu-central-1 --backend memory\n  \
        ecs-foundation init --service worker --service mail")]
pub(crate) struct InitArgs {
    /// Add a service with its own task role, repository and log group; can be repeated
    #[arg(long = "service", value_name = "NAME")]
    services: Vec<ServiceName>,
}

/// The JSON output of `init`.
#[derive(Serialize)]
struct InitJson<'a> {
    format_version: &'static str,
    file: &'a Path,
    project_name: &'a ProjectName,
    environment: &'a EnvironmentName,
    region: &'a Region,
    backend: &'a str,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    services: &'a BTreeSet<ServiceName>,
}

/// Collects the settings and writes the file. An existing file is never overwritten.
pub(super) async fn run(
    args: &InitArgs,
    file: &Path,
    overrides: &Overrides,
    printer: &Printer,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    // If the file exists, fail before the first prompt. `write` checks again when it creates the
    // file.
    if fs::symlink_metadata(file).is_ok() {
        return Err(in_use(file));
    }
    let template = Template {
        services: args.services.iter().cloned().collect(),
        ..ask(file, overrides, printer, interrupt).await?
    };
    let text = template.text();
    // Check the whole file before writing it. Settings that are valid on their own can break a rule
    // together, for example by making a role name too long.
    config::parse(&text, file, &Overrides::default())?;
    write(file, &text)?;
    let Template { project_name, environment, region, backend, services } = &template;
    if printer.is_json() {
        let document = InitJson {
            format_version: "1.0",
            file,
            project_name,
            environment,
            region,
            backend: backend.as_str(),
            services,
        };
        printer.json(&document, Shape::Document);
    }
    let flag = if file == Path::new(config::DEFAULT_FILE) {
        String::new()
    } else {
        format!(" --config {}", shell_word(&file.to_string_lossy()))
    };
    // The empty line separates the message from the prompts.
    let gap = if printer.can_ask() { "\n" } else { "" };
    printer.talk_unfolded(&format!(
        "{gap}{}\n\nNext:\n  ecs-foundation plan{flag}    show what would be created\n  \
         ecs-foundation apply{flag}   create it after confirmation\n",
        paint(BOLD, format!("Wrote {}.", file.display())),
    ));
    Ok(Exit::Success)
}

/// Collects the settings from options, environment variables and prompts.
async fn ask(
    file: &Path,
    overrides: &Overrides,
    printer: &Printer,
    interrupt: &Interrupt,
) -> Result<Template, Failure> {
    let mut asker = Asker { overrides, printer, interrupt, missing: Vec::new() };
    if printer.can_ask() {
        printer.alert(&format!(
            "This command writes {}. Press Enter to accept the default.\n\n",
            file.display()
        ));
    }
    let project_name = Question {
        setting: Setting::ProjectName,
        text: "Project name (first part of every resource name)",
        proposal: folder_name(),
        otherwise: None,
    };
    let project_name = asker.value(project_name).await?;
    let environment = Question {
        setting: Setting::Environment,
        text: "Environment name (second part of every resource name)",
        proposal: "dev".parse().ok(),
        otherwise: "dev".parse().ok(),
    };
    let environment = asker.value(environment).await?;
    let region = Question {
        setting: Setting::Region,
        text: "Region",
        proposal: "us-east-1".parse().ok(),
        otherwise: None,
    };
    let region = asker.value(region).await?;
    let backend = Question {
        setting: Setting::Backend,
        text: "Backend: aws, memory (built-in mock; nothing is created in AWS) or localstack",
        proposal: Some(Backend::Aws),
        otherwise: Some(Backend::Aws),
    };
    let backend = asker.value(backend).await?;
    match (project_name, environment, region, backend) {
        (Some(project_name), Some(environment), Some(region), Some(backend)) => {
            Ok(Template { project_name, environment, region, backend, services: BTreeSet::new() })
        }
        _ => Err(unanswered(&asker.missing)),
    }
}

/// The prompt for one setting.
struct Question<T> {
    setting: Setting,
    text: &'static str,
    /// The value to use if the user presses Enter.
    proposal: Option<T>,
    /// The value to use if the setting was not given and there is no terminal. If this is `None`,
    /// `init` fails in that case.
    otherwise: Option<T>,
}

struct Asker<'a> {
    overrides: &'a Overrides,
    printer: &'a Printer,
    interrupt: &'a Interrupt,
    /// The required settings that were not given and cannot be asked for, because there is no
    /// terminal.
    missing: Vec<Setting>,
}

impl Asker<'_> {
    /// Returns the value of a setting. If an option sets it, there is no prompt. Otherwise, a value
    /// from an environment variable is the default at the prompt, or is used directly if there is
    /// no terminal.
    async fn value<T: FromStr<Err = InvalidValue> + Display>(
        &mut self,
        question: Question<T>,
    ) -> Result<Option<T>, Failure> {
        let Question { setting, text, proposal, otherwise } = question;
        let given = self.overrides.get(setting).map(|given| (given.origin, parse::<T>(given)));
        let (by_flag, given) = match given {
            Some((origin, value)) => (matches!(origin, Origin::Flag(_)), Some(value?)),
            None => (false, None),
        };
        if by_flag {
            return Ok(given);
        }
        if !self.printer.can_ask() {
            let value = given.or(otherwise);
            if value.is_none() {
                self.missing.push(setting);
            }
            return Ok(value);
        }
        self.answer(text, given.or(proposal)).await.map(Some)
    }

    /// Prompts until the answer is valid.
    async fn answer<T: FromStr<Err = InvalidValue> + Display>(
        &self,
        text: &str,
        proposal: Option<T>,
    ) -> Result<T, Failure> {
        let brackets = proposal.as_ref().map(|value| format!(" [{value}]")).unwrap_or_default();
        let question = format!("{text}{brackets}: ");
        loop {
            let ask = self.printer.ask(&question);
            let given = match self.interrupt.unless_stopped(ask).await {
                Some(Ok(Some(given))) => given,
                Some(Ok(None)) => return Err(no_answer("the input ended")),
                Some(Err(error)) => {
                    return Err(no_answer(&format!("cannot read the answer: {error}")));
                }
                None => {
                    // Start a new line after the prompt.
                    self.printer.alert("\n");
                    return Err(Failure::interrupted());
                }
            };
            let proposed = proposal.as_ref().filter(|_| given.is_empty()).map(T::to_string);
            match proposed.unwrap_or(given).parse() {
                Ok(value) => return Ok(value),
                Err(error) => self.printer.alert(&again(&error)),
            }
        }
    }
}

/// Describes an invalid answer, with a suggestion if there is one.
fn again(error: &InvalidValue) -> String {
    let meant = error.suggestion().map(|value| format!("; try {value}")).unwrap_or_default();
    format!("  {error}{meant}\n")
}

fn parse<T: FromStr<Err = InvalidValue>>(given: &Given) -> Result<T, Failure> {
    let text = given.value.to_string_lossy();
    text.parse().map_err(|error: InvalidValue| {
        let problem = Problem::new(format!("{}: {error}", given.origin));
        let problem = match (error.suggestion(), given.origin) {
            (Some(value), Origin::Flag(flag)) => problem.help(format!("write {flag} {value}")),
            (Some(value), Origin::Variable(name)) => problem.help(format!("write {name}={value}")),
            (None, _) => problem,
        };
        Failure::new(Kind::Usage, problem)
    })
}

/// Returns the name of the current directory, adjusted if necessary to make it a valid project
/// name.
fn folder_name() -> Option<ProjectName> {
    let folder = std::env::current_dir().ok()?;
    let name = folder.file_name()?.to_string_lossy().into_owned();
    name.parse().or_else(|error: InvalidValue| error.suggestion().unwrap_or_default().parse()).ok()
}

fn no_answer(why: &str) -> Failure {
    Failure::new(Kind::Unconfirmed, Problem::new(format!("nothing was written: {why}")))
}

fn unanswered(missing: &[Setting]) -> Failure {
    let flags: Vec<&str> = missing.iter().map(|setting| setting.flag()).collect();
    let values = missing.iter().map(|setting| match setting {
        Setting::Region => format!("{} us-east-1", setting.flag()),
        _ => format!("{} NAME", setting.flag()),
    });
    let values: Vec<String> = values.collect();
    let text = format!(
        "nothing was written: without a terminal, {} {} required",
        flags.join(" and "),
        if flags.len() == 1 { "is" } else { "are" }
    );
    let help = format!("pass all required values: ecs-foundation init {}", values.join(" "));
    Failure::new(Kind::Usage, Problem::new(text).help(help))
}

fn in_use(file: &Path) -> Failure {
    let problem = Problem::new(format!("{} already exists", file.display()));
    let help = "edit the file, or pass --config FILE to write another file";
    Failure::new(Kind::File, problem.help(help))
}

/// Creates the file with the given text, and leaves no partial file behind on failure.
fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let failure = |error: &io::Error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            return in_use(file);
        }
        let problem = Problem::new(format!("cannot write {}: {error}", file.display()));
        let help = "pass a file in an existing, writable directory with --config FILE";
        Failure::new(Kind::File, problem.help(help))
    };
    let mut made =
        OpenOptions::new().write(true).create_new(true).open(file).map_err(|why| failure(&why))?;
    made.write_all(text.as_bytes()).map_err(|error| {
        // Remove the partial file, because the next run of `init` would refuse to overwrite it.
        let _ = fs::remove_file(file);
        failure(&error)
    })
}
