//! `plan`: shows what `apply` would change or, with `--destroy`, what `destroy` would delete.

use infra_core::engine::{Goal, Plan};
use infra_core::text::{changes, notices, summary};

use super::{Context, Session, destroy, ensure_executable};
use crate::args::PlanArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::Shape;
use crate::render::{BOLD, PlanJson, paint, shell_word, tone};
use crate::saved_plan::SavedPlan;

pub(super) async fn run(context: &Context<'_>, args: &PlanArgs) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let goal = args.goal();
    let plan = context.plan(&session, goal).await?;
    let printer = context.printer;
    let text = || match goal {
        Goal::Absent { .. } => destroy::text(&session, &plan),
        _ => text(&session, &plan),
    };
    if let Err(failure) = ensure_executable(&plan) {
        // Do not print JSON here. A plan in JSON does not list conflicts, so this plan would look
        // executable.
        if !printer.is_json() {
            printer.show(&text());
        }
        return Err(failure);
    }
    if let Some(file) = &args.out {
        let Session { foundation, target, .. } = &session;
        SavedPlan::new(context.config, foundation, target, &plan, goal).write(file)?;
    }
    if printer.is_json() {
        printer.json(&PlanJson::new(&session.target, &plan), Shape::Document);
        printer.talk(&notices(&plan.notices, tone));
    } else {
        printer.show(&text());
    }
    if let Some(file) = &args.out {
        // `apply` needs the same options to find the same foundation.
        let word = shell_word(&file.to_string_lossy());
        printer.talk(&format!(
            "saved to {word}; to apply it, run with the same options: ecs-foundation apply {word}\n"
        ));
    }
    let changes = args.detailed_exitcode && !plan.steps.is_empty();
    Ok(if changes { Exit::Changes } else { Exit::Success })
}

/// Formats a plan as text: the target, the changes, notices and a summary.
pub(super) fn text(session: &Session, plan: &Plan) -> String {
    let notices = notices(&plan.notices, tone);
    if plan.is_empty() {
        return format!("{notices}{}\n", nothing_to_do(session));
    }
    let changes = changes(plan, tone);
    let gap = if changes.is_empty() { "" } else { "\n" };
    let gap_after_notices = if notices.is_empty() { "" } else { "\n" };
    format!(
        "{}\n\n{changes}{gap}{notices}{gap_after_notices}{}\n",
        paint(BOLD, &session.target),
        summary(plan.summary(), tone)
    )
}

/// Returns the message for a plan without changes.
pub(super) fn nothing_to_do(session: &Session) -> String {
    format!("{} {} matches the configuration.", paint(BOLD, "No changes."), session.target)
}
