//! Applies a plan and reports the result, for `apply` and `destroy`.

use std::sync::Arc;
use std::time::Duration;

use infra_core::engine::{Events, Plan, Report};
use infra_core::error::Error;
use serde::Serialize;
use tokio::time::Instant;

use super::{Context, Session};
use crate::failure::{Failure, Kind, Problem};
use crate::printer::Shape;
use crate::progress::{JsonLines, Progress};
use crate::render::{
    BOLD, Counts, ErrorJson, GOOD, PlanJson, counts, is_stopped, outcome_word, outcomes, paint,
    time,
};

/// The first line of an event stream: the plan.
#[derive(Serialize)]
struct PlanLine<'a> {
    event: &'static str,
    #[serde(flatten)]
    plan: PlanJson<'a>,
}

/// The last line of an event stream: the result.
#[derive(Serialize)]
struct SummaryLine<O> {
    event: &'static str,
    result: &'static str,
    #[serde(flatten)]
    counts: Counts,
    elapsed: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ErrorJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outputs: Option<O>,
}

/// The step counts and the duration of a run in which all steps succeeded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done {
    counts: Counts,
    elapsed: Duration,
}

impl Done {
    /// The step counts and the duration for an empty plan.
    pub(super) const NOTHING: Self =
        Self { counts: Counts { done: 0, failed: 0, not_tried: 0 }, elapsed: Duration::ZERO };
}

/// If the format is JSON, writes the plan as the first event.
pub(super) fn announce(context: &Context<'_>, session: &Session, plan: &Plan) {
    if context.printer.is_json() {
        let plan = PlanJson::new(&session.target, plan);
        context.printer.json(&PlanLine { event: "plan", plan }, Shape::Line);
    }
}

/// If the format is JSON, writes the summary as the last event.
pub(super) fn conclude(context: &Context<'_>, done: Done, outputs: Option<impl Serialize>) {
    if context.printer.is_json() {
        let Done { counts, elapsed } = done;
        summary(context, "done", counts, elapsed, Vec::new(), outputs);
    }
}

fn summary(
    context: &Context<'_>,
    result: &'static str,
    counts: Counts,
    elapsed: Duration,
    errors: Vec<ErrorJson>,
    outputs: Option<impl Serialize>,
) {
    let elapsed = elapsed.as_secs_f64();
    let line = SummaryLine { event: "summary", result, counts, elapsed, errors, outputs };
    context.printer.json(&line, Shape::Line);
}

/// Applies a plan. `verb` names the command in messages, for example `Apply`.
pub(super) async fn carry_out(
    context: &Context<'_>,
    session: &Session,
    plan: &Plan,
    verb: &str,
) -> Result<Done, Failure> {
    let printer = context.printer;
    let events: Arc<dyn Events> = if printer.is_json() {
        Arc::new(JsonLines(Arc::clone(printer)))
    } else {
        Arc::new(Progress::new(printer, plan))
    };
    let options = context.options(events);
    let begin = Instant::now();
    context.interrupt.begin_changes();
    let report = session.stack.apply(plan, &options).await;
    let report = report.map_err(|errors| Failure::aws(&errors))?;
    // The options own the progress display. Drop them to end it before the next message.
    drop(options);
    let (counts, elapsed) = (counts(&report), begin.elapsed());
    if report.is_success() {
        let headline = paint(GOOD.bold(), format!("{verb} complete"));
        let what = outcome_word(plan);
        printer.talk(&format!("\n{headline} in {}: {what}.\n", time(elapsed)));
        return Ok(Done { counts, elapsed });
    }
    let stopped = context.interrupt.exit().is_some();
    if printer.is_json() {
        let errors = report.failures().map(|(_, error)| ErrorJson::of(error)).collect();
        let result = if stopped { "interrupted" } else { "failed" };
        summary(context, result, counts, elapsed, errors, None::<()>);
    }
    Err(failure(&report, counts, stopped, verb))
}

fn failure(report: &Report, counts: Counts, stopped: bool, verb: &str) -> Failure {
    let errors: Vec<&Error> = report.failures().map(|(_, error)| error).collect();
    let failure = Failure::aws(errors);
    let Counts { done, failed, not_tried: left } = counts;
    let failure = match failure.is_empty() {
        false => failure,
        true if done + failed == 0 => Failure::interrupted(),
        true => {
            Failure::new(Kind::Interrupted, Problem::new("stopped before all steps were completed"))
        }
    };
    let cut = report.failures().filter(|(_, error)| is_stopped(error)).count();
    let (how, midway) = if stopped {
        ("stopped", format!("{cut} interrupted, "))
    } else {
        ("failed", String::new())
    };
    failure.with_trailer(format!(
        "\n{}\n{} {done} of {} steps completed, {midway}{} failed, {left} not started. Run again to continue; \
         completed steps are skipped.\n",
        outcomes(report),
        paint(BOLD, format!("{verb} {how}:")),
        done + failed + left,
        failed - cut,
    ))
}
