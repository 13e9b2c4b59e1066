//! Formats the results of a run: which steps were completed, which failed, and which were not
//! started.

use std::error::Error as StdError;
use std::time::Duration;

use infra_core::engine::{ChangeKind, Outcome, Plan, Report, StepReport};
use infra_core::error::{Effect, Error, ErrorKind};
use infra_core::operation::Operation;
use serde::Serialize;

use super::hints::error_hint;
use super::style::plain;

/// An error from the engine or from AWS, with all its details.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorJson {
    kind: ErrorKind,
    message: String,
    operation: Option<Operation>,
    resource: Option<String>,
    code: Option<String>,
    status: Option<u16>,
    request_id: Option<String>,
    effect: Effect,
    hint: Option<String>,
    causes: Vec<String>,
}

impl ErrorJson {
    pub(crate) fn of(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            message: plain(error.message()),
            operation: error.operation(),
            resource: error.resource().map(plain),
            code: error.code().map(plain),
            status: error.status(),
            request_id: error.request_id().map(plain),
            effect: error.effect(),
            hint: error_hint(error),
            causes: causes(error),
        }
    }
}

/// Returns the causes of an error, outermost first. A cause is omitted if an earlier message
/// already contains its text. The causes of an AWS error response are also omitted, because they
/// only repeat the response.
pub(crate) fn causes(error: &(dyn StdError + 'static)) -> Vec<String> {
    let answered = |error: &(dyn StdError + 'static)| {
        error.downcast_ref::<Error>().is_some_and(|error| error.code().is_some())
    };
    let outer = plain(&error.to_string());
    let mut causes: Vec<String> = Vec::new();
    let mut next = error.source().filter(|_| !answered(error));
    while let Some(cause) = next {
        let text = plain(cause.to_string().trim());
        let said = std::iter::once(&outer).chain(&causes).any(|before| before.contains(&text));
        if !said {
            causes.push(text);
        }
        next = cause.source().filter(|_| !answered(cause));
    }
    causes
}

/// The number of steps in a run, by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    /// Completed.
    pub(crate) done: usize,
    /// Failed.
    pub(crate) failed: usize,
    /// Not started.
    pub(crate) not_tried: usize,
}

/// Counts the steps in a run, by outcome.
pub(crate) fn counts(report: &Report) -> Counts {
    let mut counts = Counts::default();
    for StepReport { outcome, .. } in &report.steps {
        match outcome {
            Outcome::Done => counts.done += 1,
            Outcome::Failed { .. } => counts.failed += 1,
            Outcome::NotTried { .. } => counts.not_tried += 1,
        }
    }
    counts
}

/// Returns one line for each step that was completed, stopped or not started.
pub(crate) fn outcomes(report: &Report) -> String {
    let line = |report: &StepReport| {
        let StepReport { step: _, address, also, operation, outcome } = report;
        let all: Vec<_> = std::iter::once(address).chain(also).map(ToString::to_string).collect();
        let what = format!("{operation} for {}", all.join(" and "));
        match outcome {
            Outcome::Done => Some(format!("done: {what}\n")),
            Outcome::Failed { error } if is_stopped(error) => {
                let effect = match error.effect() {
                    Effect::None => "nothing was changed",
                    Effect::Unknown => "the resource may have been changed",
                    Effect::Done => "the resource was changed, but had not stabilized yet",
                };
                Some(format!("stopped: {what}: {effect}\n"))
            }
            Outcome::Failed { .. } => None,
            Outcome::NotTried { because: None } => {
                Some(format!("not started: {what}, because the run was stopped\n"))
            }
            Outcome::NotTried { because: Some(other) } if other == address => {
                Some(format!("not started: {what}, because an earlier step failed\n"))
            }
            Outcome::NotTried { because: Some(other) } => {
                Some(format!("not started: {what}, because {other} failed\n"))
            }
        }
    };
    report.steps.iter().filter_map(line).collect()
}

/// Returns whether a step failed only because the run was stopped.
pub(crate) fn is_stopped(error: &Error) -> bool {
    error.kind() == ErrorKind::Cancelled
}

/// Formats the changes of an applied plan, for example `7 created, 1 updated`.
pub(crate) fn outcome_word(plan: &Plan) -> String {
    let summary = plan.summary();
    let parts = [
        (summary.create, ChangeKind::Create),
        (summary.update, ChangeKind::Update),
        (summary.replace, ChangeKind::Replace),
        (summary.delete, ChangeKind::Delete),
        (summary.adopt, ChangeKind::Adopt),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts.map(|(count, kind)| format!("{count} {}", past(kind))).collect();
    parts.join(", ")
}

/// Returns the word for a completed change, such as `created`.
pub(crate) const fn past(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Create => "created",
        ChangeKind::Update => "updated",
        ChangeKind::Replace => "replaced",
        ChangeKind::Delete => "deleted",
        ChangeKind::Adopt => "adopted",
        ChangeKind::NoOp => "unchanged",
    }
}

/// Returns the word for a change in progress, such as `creating`.
pub(crate) const fn present(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Create => "creating",
        ChangeKind::Update => "updating",
        ChangeKind::Replace => "replacing",
        ChangeKind::Delete => "deleting",
        ChangeKind::Adopt => "adopting",
        ChangeKind::NoOp => "checking",
    }
}

/// Formats a duration for people.
pub(crate) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 if duration.as_millis() < 10 => format!("{:.1} ms", duration.as_secs_f64() * 1e3),
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!("{:.1} s", duration.as_secs_f64()),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use infra_core::error::{Error, ErrorKind};
    use infra_core::operation::iam;

    use super::{ErrorJson, causes, time};

    #[test]
    fn causes_are_not_repeated() {
        let innermost = Error::new(ErrorKind::Other, "connection refused");
        let middle = Error::new(ErrorKind::Other, "connection refused").with_source(innermost);
        let outer = Error::new(ErrorKind::Connection, "no answer").with_source(middle);
        assert_eq!(causes(&outer), ["connection refused"]);
        let wrapping = Error::new(ErrorKind::Other, "no answer: connection refused");
        let wrapping = wrapping.with_source(Error::new(ErrorKind::Other, "connection refused"));
        assert!(causes(&wrapping).is_empty());
    }

    #[test]
    fn error_json_keeps_all_details_from_aws() {
        let error = Error::from_aws(iam::CREATE_ROLE, "AccessDenied", "no", Some(403))
            .for_resource("iam_role.ecs_task_role")
            .with_request_id(Some("r-1"));
        let json = serde_json::to_value(ErrorJson::of(&error)).unwrap();
        assert_eq!(json["kind"], "access_denied");
        assert_eq!(json["operation"], "iam:CreateRole");
        assert_eq!(json["code"], "AccessDenied");
        assert_eq!(json["status"], 403);
        assert_eq!(json["request_id"], "r-1");
        assert_eq!(json["effect"], "none");
    }

    #[test]
    fn durations_are_readable_at_every_magnitude() {
        for (millis, text) in [
            (2, "2.0 ms"),
            (340, "340 ms"),
            (2_340, "2.3 s"),
            (120_000, "2 min"),
            (95_000, "1 min 35 s"),
        ] {
            assert_eq!(time(Duration::from_millis(millis)), text);
        }
    }
}
