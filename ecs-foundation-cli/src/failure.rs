//! The failures of a run, and how they are printed.

use infra_core::engine::{Blocker, Conflict};
use infra_core::error::{Effect, Error, Errors};
use infra_core::foundation::{SpecError, SpecErrors};
use serde::Serialize;

use crate::config::{ConfigError, ConfigErrors};
use crate::exit::Exit;
use crate::printer::Printer;
use crate::render::{
    BAD, BOLD, ErrorJson, blocker_hint, causes, error_hint, is_stopped, paint, plain, plain_json,
};

/// The problems that made a run fail, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    exit: Exit,
    problems: Vec<Problem>,
    /// The text of the problems, if another module has already formatted them.
    laid_out: Option<String>,
    /// The text printed after the problems. JSON output omits it.
    trailer: String,
}

/// The kind of a failure, which programs can read from the JSON output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The command line is invalid.
    Usage,
    /// The configuration breaks a rule.
    Configuration,
    /// A file cannot be read or written.
    File,
    /// The backend cannot be reached or used.
    Backend,
    /// A call to AWS failed.
    Aws,
    /// A resource already exists but is not managed by ecs-foundation.
    Conflict,
    /// Something prevents the plan from being applied.
    Blocked,
    /// The change was not confirmed.
    Unconfirmed,
    /// The current state no longer matches the plan.
    StalePlan,
    /// Resources are missing.
    Incomplete,
    /// The run was stopped.
    Interrupted,
}

/// One error message with its causes, notes and help.
#[derive(Debug)]
pub(crate) struct Problem {
    message: String,
    causes: Vec<String>,
    notes: Vec<String>,
    help: Option<String>,
    details: Option<Details>,
}

/// The details of a problem, for JSON output.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Details {
    Aws(Box<ErrorJson>),
    Setting(Box<ConfigError>),
    Conflict(Conflict),
    Blocker(Blocker),
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            causes: Vec::new(),
            notes: Vec::new(),
            help: None,
            details: None,
        }
    }

    /// Converts an error and its causes into a problem.
    pub(crate) fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        Self { causes: causes(error), ..Self::new(plain(&error.to_string())) }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    fn aws(error: &Error) -> Self {
        let mut problem = Self::of(error);
        problem.help = error_hint(error);
        problem.details = Some(Details::Aws(Box::new(ErrorJson::of(error))));
        let changes = error.operation().is_some_and(infra_core::operation::Operation::changes);
        match error.effect() {
            Effect::Unknown if changes => {
                problem.note("the call may have taken effect; the next run detects whether it did")
            }
            Effect::Done => problem.note("the change was made, but the step failed afterwards"),
            Effect::Unknown | Effect::None => problem,
        }
    }
}

/// The JSON form of a failure.
#[derive(Debug, Serialize)]
struct FailureJson<'a> {
    kind: Kind,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    causes: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemJson<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ProblemJson<'a> {
    Details(&'a Details),
    Message { message: &'a str },
}

#[derive(Debug, Serialize)]
struct Envelope<'a> {
    error: FailureJson<'a>,
}

impl Failure {
    pub(crate) fn new(kind: Kind, problem: Problem) -> Self {
        Self::several(kind, vec![problem])
    }

    pub(crate) fn several(kind: Kind, problems: Vec<Problem>) -> Self {
        Self { kind, exit: Exit::Failure, problems, laid_out: None, trailer: String::new() }
    }

    /// Creates a failure from errors returned by AWS or the engine.
    pub(crate) fn aws<'a>(errors: impl IntoIterator<Item = &'a Error>) -> Self {
        let problems = errors.into_iter().filter(|error| !is_stopped(error));
        Self::several(Kind::Aws, problems.map(Problem::aws).collect())
    }

    /// Creates a failure from conflicts, which are existing resources that ecs-foundation does not
    /// manage.
    pub(crate) fn conflicts(conflicts: &[Conflict]) -> Self {
        let problem = |conflict: &Conflict| {
            let Conflict { address, name, reason } = conflict;
            let text = format!(
                "{address}: {} already exists but is not managed by ecs-foundation: {}",
                plain(name),
                plain(reason)
            );
            let help = "pass --adopt to adopt the resource, or use another name";
            let details = Some(Details::Conflict(conflict.clone()));
            Problem { details, ..Problem::new(text).help(help) }
        };
        Self::several(Kind::Conflict, conflicts.iter().map(problem).collect())
    }

    /// Creates a failure from blockers, which prevent a plan from being applied.
    pub(crate) fn blockers(blockers: &[Blocker]) -> Self {
        let problem = |blocker: &Blocker| {
            let Blocker { address, message, .. } = blocker;
            let (text, hint) = (format!("{address}: {}", plain(message)), blocker_hint(blocker));
            let details = Some(Details::Blocker(Blocker { hint: hint.clone(), ..blocker.clone() }));
            Problem { details, ..Problem::new(text).help(hint) }
        };
        Self::several(Kind::Blocked, blockers.iter().map(problem).collect())
    }

    /// Returns the failure of a run that was stopped before it changed anything.
    pub(crate) fn interrupted() -> Self {
        let problem = Problem::new("stopped before anything was changed");
        Self { exit: Exit::Interrupted, ..Self::new(Kind::Interrupted, problem) }
    }

    /// Sets the text printed after the problems. JSON output omits it.
    pub(crate) fn with_trailer(mut self, trailer: impl Into<String>) -> Self {
        self.trailer = trailer.into();
        self
    }

    /// Adds a note to the first problem.
    pub(crate) fn with_note(mut self, note: String) -> Self {
        if let Some(problem) = self.problems.first_mut() {
            problem.notes.push(note);
        }
        self
    }

    /// Returns whether there are no problems, for example because every error was caused by
    /// stopping the run.
    pub(crate) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Returns the problem's message if there is only one problem, and the number of problems
    /// otherwise.
    pub(crate) fn headline(&self) -> String {
        match self.problems.as_slice() {
            [only] => only.message.clone(),
            all => format!("{} errors", all.len()),
        }
    }

    /// Returns the exit code.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Prints the failure to standard error.
    pub(crate) fn report(&self, printer: &Printer) {
        if printer.is_json() {
            printer.alert(&format!("{}\n", plain_json(&self.json())));
        } else {
            match &self.laid_out {
                Some(report) => printer.alert_report(&format!("{report}\n{}", self.trailer)),
                None => printer.alert(&self.text()),
            }
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (index, problem) in self.problems.iter().enumerate() {
            let Problem { message, causes, notes, help, details: _ } = problem;
            text.push_str(&line(&paint(BAD.bold(), "error:"), message));
            if !causes.is_empty() {
                text.push_str(&line("  caused by:", &causes.join(": ")));
            }
            for note in notes {
                text.push_str(&line(&format!("  {}", paint(BOLD, "note:")), note));
            }
            // If consecutive problems have the same help, print it only after the last of them.
            let next = self.problems.get(index + 1).and_then(|next| next.help.as_deref());
            if let Some(help) = help.as_deref().filter(|help| next != Some(help)) {
                text.push_str(&line(&format!("  {}", paint(BOLD, "help:")), help));
            }
        }
        text.push_str(&self.trailer);
        text
    }

    /// Returns the failure as JSON, for inclusion in another document.
    pub(crate) fn data(&self) -> serde_json::Value {
        serde_json::from_str(&self.json()).unwrap_or_default()
    }

    fn json(&self) -> String {
        let (message, first) = (self.headline(), self.problems.first());
        let first = first.filter(|_| self.problems.len() == 1);
        let errors = self.problems.iter().filter_map(|problem| match &problem.details {
            Some(details) => Some(ProblemJson::Details(details)),
            None if self.problems.len() > 1 => {
                Some(ProblemJson::Message { message: &problem.message })
            }
            None => None,
        });
        let error = FailureJson {
            kind: self.kind,
            message: &message,
            help: first.and_then(|problem| problem.help.as_deref()),
            causes: first.map_or(&[], |problem| &problem.causes),
            notes: first.map_or(&[], |problem| &problem.notes),
            errors: errors.collect(),
        };
        serde_json::to_string(&Envelope { error }).unwrap_or_else(|error| error.to_string())
    }
}

/// Formats a label and a message, and indents the continuation lines of the message.
fn line(label: &str, message: &str) -> String {
    format!("{label} {}\n", message.trim_end().replace('\n', "\n    "))
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        let problem = |error: &ConfigError| Problem {
            details: Some(Details::Setting(Box::new(error.clone()))),
            ..Problem::new(error.to_string())
        };
        let problems = errors.iter().map(problem).collect();
        // The printer strips the colors if the stream does not support them.
        let laid_out = Some(errors.render(true));
        Self { laid_out, ..Self::several(Kind::Configuration, problems) }
    }
}

/// Creates the failure of a run that could not read the current state, and therefore changed
/// nothing.
impl From<Errors> for Failure {
    fn from(errors: Errors) -> Self {
        Self::aws(&errors).with_trailer("\nNothing was changed.\n")
    }
}

impl From<SpecErrors> for Failure {
    fn from(errors: SpecErrors) -> Self {
        let problem = |SpecError { path, error }: SpecError| {
            let problem = Problem::new(format!("{path}: {error}"));
            match error.suggestion() {
                Some(suggestion) => problem.help(format!("write {suggestion:?}")),
                None => problem,
            }
        };
        Self::several(Kind::Configuration, errors.into_iter().map(problem).collect())
    }
}

#[cfg(test)]
mod tests {
    use infra_core::engine::{Address, Conflict};
    use infra_core::error::{Error, ErrorKind};
    use infra_core::operation::iam;

    use super::{Failure, Kind, Problem};

    fn text(failure: &Failure) -> String {
        anstream::adapter::strip_str(&failure.text()).to_string()
    }

    fn denied(role: &str) -> Error {
        Error::from_aws(iam::CREATE_ROLE, "AccessDenied", "not authorized", Some(403))
            .for_resource(role)
            .with_request_id(Some("r-1"))
    }

    #[test]
    fn help_shared_by_several_errors_is_printed_once() {
        let failure = Failure::aws(&[denied("iam_role.a"), denied("iam_role.b")]);
        assert_eq!(
            text(&failure),
            "\
error: iam:CreateRole for iam_role.a: not authorized (AccessDenied, request id r-1)
error: iam:CreateRole for iam_role.b: not authorized (AccessDenied, request id r-1)
  help: grant the caller permission for this action on the resource, then run again; `ecs-foundation policy` prints the required permissions
"
        );
    }

    #[test]
    fn unknown_effect_of_a_call_is_reported() {
        let lost = Error::new(ErrorKind::Connection, "the answer was lost")
            .with_operation(iam::CREATE_ROLE)
            .with_source(Error::new(ErrorKind::Other, "connection reset by peer"));
        let text = text(&Failure::aws(&[lost]));
        assert!(text.contains("  caused by: connection reset by peer\n"), "{text}");
        assert!(text.contains("  note: the call may have taken effect"), "{text}");
    }

    #[test]
    fn all_conflicts_are_listed_with_help() {
        let conflict = |name: &str| Conflict {
            address: Address::new("ecs_cluster", name),
            name: "demo-dev-cluster".to_owned(),
            reason: "it has no Name tag".to_owned(),
        };
        let failure = Failure::conflicts(&[conflict("a"), conflict("b")]);
        assert_eq!(
            text(&failure),
            "\
error: ecs_cluster.a: demo-dev-cluster already exists but is not managed by ecs-foundation: it has no Name tag
error: ecs_cluster.b: demo-dev-cluster already exists but is not managed by ecs-foundation: it has no Name tag
  help: pass --adopt to adopt the resource, or use another name
"
        );
        let json: serde_json::Value = serde_json::from_str(&failure.json()).unwrap();
        assert_eq!(json["error"]["kind"], "conflict");
        assert_eq!(json["error"]["errors"][1]["address"], "ecs_cluster.b");
    }

    #[test]
    fn every_kind_is_documented() {
        let kinds = [
            Kind::Usage,
            Kind::Configuration,
            Kind::File,
            Kind::Backend,
            Kind::Aws,
            Kind::Conflict,
            Kind::Blocked,
            Kind::Unconfirmed,
            Kind::StalePlan,
            Kind::Incomplete,
            Kind::Interrupted,
        ];
        let rows: Vec<&str> = include_str!("../../docs/output.md")
            .split("| `kind` |")
            .nth(1)
            .unwrap()
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(kind, _)| kind))
            .collect();
        let kinds = kinds.map(|kind| serde_json::to_value(kind).unwrap());
        assert_eq!(rows, kinds.iter().map(|kind| kind.as_str().unwrap()).collect::<Vec<_>>());
    }

    #[test]
    fn json_is_one_line_with_all_details() {
        let failure = Failure::aws(&[denied("iam_role.a")]);
        let json: serde_json::Value = serde_json::from_str(&failure.json()).unwrap();
        assert_eq!(json["error"]["kind"], "aws");
        assert_eq!(json["error"]["errors"][0]["request_id"], "r-1");
        assert!(!failure.json().contains('\n'));
        let plain = Failure::new(Kind::Usage, Problem::new("no").help("yes")).json();
        assert_eq!(plain, r#"{"error":{"kind":"usage","message":"no","help":"yes"}}"#);
    }
}
