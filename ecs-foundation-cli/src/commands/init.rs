//! `init`: asks for what has to be known, and writes a configuration to begin with.

use std::fmt::Display;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use clap::Args;
use infra_core::arn::Region;
use infra_core::names::{EnvironmentName, InvalidValue, ProjectName};
use serde::Serialize;

use crate::config::{self, Backend, Given, Origin, Overrides, Setting, Template};
use crate::exit::Exit;
use crate::failure::{Failure, Kind, Problem};
use crate::interrupt::Interrupt;
use crate::printer::{Printer, Shape};
use crate::render::{BOLD, paint, shell_word};

/// The arguments of `init`: the settings that it asks for are flags of every command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation init                                    asks for each\n  \
        ecs-foundation init --project-name shop -e dev --region eu-central-1 --backend memory")]
pub(crate) struct InitArgs {}

/// The document for programs.
#[derive(Serialize)]
struct InitJson<'a> {
    format_version: &'static str,
    file: &'a Path,
    project_name: &'a ProjectName,
    environment: &'a EnvironmentName,
    region: &'a Region,
    backend: &'a str,
}

/// Writes the file, over nothing.
pub(super) async fn run(
    file: &Path,
    overrides: &Overrides,
    printer: &Printer,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    // Before anything is asked; whether it is still so is seen when the file is made.
    if fs::symlink_metadata(file).is_ok() {
        return Err(in_use(file));
    }
    let starter = ask(file, overrides, printer, interrupt).await?;
    let text = starter.text();
    // What only the whole can tell, such as a role's name that gets too long, is not found out by `plan`.
    config::parse(&text, file, &Overrides::default())?;
    write(file, &text)?;
    let Template { project_name, environment, region, backend } = &starter;
    if printer.is_json() {
        let document = InitJson {
            format_version: "1.0",
            file,
            project_name,
            environment,
            region,
            backend: backend.as_str(),
        };
        printer.json(&document, Shape::Document);
    }
    let flag = if file == Path::new(config::DEFAULT_FILE) {
        String::new()
    } else {
        format!(" --config {}", shell_word(&file.to_string_lossy()))
    };
    // A line between it and the questions.
    let gap = if printer.can_ask() { "\n" } else { "" };
    printer.talk_unfolded(&format!(
        "{gap}{}\n\nNext:\n  ecs-foundation plan{flag}    shows what would be created\n  \
         ecs-foundation apply{flag}   creates it, after asking\n",
        paint(BOLD, format!("Wrote {}.", file.display())),
    ));
    Ok(Exit::Success)
}

/// Collects what has to be known, from flags, variables and answers.
async fn ask(
    file: &Path,
    overrides: &Overrides,
    printer: &Printer,
    interrupt: &Interrupt,
) -> Result<Template, Failure> {
    let mut asker = Asker { overrides, printer, interrupt, missing: Vec::new() };
    if printer.can_ask() {
        printer.alert(&format!(
            "This writes {}. Enter takes what stands in brackets.\n\n",
            file.display()
        ));
    }
    let project_name = Question {
        setting: Setting::ProjectName,
        text: "Project, with which every name begins",
        proposal: folder_name(),
        otherwise: None,
    };
    let project_name = asker.value(project_name).await?;
    let environment = Question {
        setting: Setting::Environment,
        text: "Environment, with which every name goes on",
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
        text: "Backend: aws, memory (a mock, nothing is created in AWS) or localstack",
        proposal: Some(Backend::Aws),
        otherwise: Some(Backend::Aws),
    };
    let backend = asker.value(backend).await?;
    match (project_name, environment, region, backend) {
        (Some(project_name), Some(environment), Some(region), Some(backend)) => {
            Ok(Template { project_name, environment, region, backend })
        }
        _ => Err(unanswered(&asker.missing)),
    }
}

/// What is asked for one setting.
struct Question<T> {
    setting: Setting,
    text: &'static str,
    /// What Enter takes.
    proposal: Option<T>,
    /// What holds where nobody can be asked; `None` is an error then.
    otherwise: Option<T>,
}

struct Asker<'a> {
    overrides: &'a Overrides,
    printer: &'a Printer,
    interrupt: &'a Interrupt,
    /// What nobody could be asked for.
    missing: Vec<Setting>,
}

impl Asker<'_> {
    /// A flag is an answer. So is a variable where nobody can be asked; elsewhere Enter takes it.
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

    /// Asks until an answer keeps the rule.
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
                Some(Ok(None)) => return Err(no_answer("the input has ended")),
                Some(Err(error)) => return Err(no_answer(&format!("cannot read: {error}"))),
                None => {
                    // The terminal stands behind the question.
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

/// What is wrong with an answer, and what would do.
fn again(error: &InvalidValue) -> String {
    let meant = error.suggestion().map(|value| format!("; {value} would do")).unwrap_or_default();
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

/// The folder's name, or one close to it that would do.
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
        "nothing was written: there is no terminal to ask on, and {} {} not given",
        flags.join(" and "),
        if flags.len() == 1 { "was" } else { "were" }
    );
    let help = format!("give all that is asked for: ecs-foundation init {}", values.join(" "));
    Failure::new(Kind::Usage, Problem::new(text).help(help))
}

fn in_use(file: &Path) -> Failure {
    let problem = Problem::new(format!("{} is there already, and stays as it is", file.display()));
    let help = "change it by hand, or write another one with --config FILE";
    Failure::new(Kind::File, problem.help(help))
}

/// Makes the file with that text, or none.
fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let failure = |error: &io::Error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            return in_use(file);
        }
        let problem = Problem::new(format!("cannot write {}: {error}", file.display()));
        let help =
            "give a file in a folder that is there and can be written to, with --config FILE";
        Failure::new(Kind::File, problem.help(help))
    };
    let mut made =
        OpenOptions::new().write(true).create_new(true).open(file).map_err(|why| failure(&why))?;
    made.write_all(text.as_bytes()).map_err(|error| {
        // Half a configuration would stand in the way of the next run.
        let _ = fs::remove_file(file);
        failure(&error)
    })
}
