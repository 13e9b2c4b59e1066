//! `destroy`: shows what would be lost, asks for confirmation and deletes the managed resources.

use infra_core::engine::{Goal, Plan};
use infra_core::text::{changes, notices, summary};

use super::change::{Done, announce, carry_out, conclude};
use super::{Context, Session, ensure_executable};
use crate::args::DestroyArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{BOLD, paint, tone};

pub(super) async fn run(context: &Context<'_>, args: &DestroyArgs) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let goal = Goal::Absent { force: args.force };
    let mut plan = context.plan(&session, goal).await?;
    show(context, &session, &plan, args.yes);
    ensure_executable(&plan)?;
    if !plan.steps.is_empty() {
        let (question, answer) = question(context, &session);
        plan = context.confirm(&session, (goal, plan), &question, &answer, args.yes).await?;
    }
    carry_out_and_conclude(context, &session, &plan).await
}

/// Applies a confirmed plan.
pub(super) async fn carry_out_and_conclude(
    context: &Context<'_>,
    session: &Session,
    plan: &Plan,
) -> Result<Exit, Failure> {
    let done = if plan.steps.is_empty() {
        Done::NOTHING
    } else {
        context.printer.talk("\n");
        carry_out(context, session, plan, "Destroy").await?
    };
    if let Some(name) =
        context.service.filter(|name| context.config.spec.services.contains_key(*name))
    {
        context.printer.talk(&format!(
            "\nThe service {name} is still configured: remove [services.{name}] from the file, or the next apply creates it \
             again.\n"
        ));
    }
    conclude(context, done, None::<()>);
    Ok(Exit::Success)
}

pub(super) fn show(context: &Context<'_>, session: &Session, plan: &Plan, yes: bool) {
    let printer = context.printer;
    announce(context, session, plan);
    if printer.is_json() {
        printer.talk(&notices(&plan.notices, tone));
    } else if plan.is_empty() {
        printer.talk(&text(session, plan));
    } else {
        context.propose(&text(session, plan), yes);
    }
}

/// Formats a destroy plan as text: the deletions, notices and a summary.
pub(super) fn text(session: &Session, plan: &Plan) -> String {
    let notices = notices(&plan.notices, tone);
    let target = &session.target;
    if plan.is_empty() {
        let headline = paint(BOLD, "Nothing to destroy.");
        return format!("{notices}{headline} No resources of {target} exist.\n");
    }
    format!(
        "{}\n\n{}\n{notices}{}\n",
        paint(BOLD, target),
        changes(plan, tone),
        summary(plan.summary(), tone)
    )
}

/// Returns the confirmation prompt and the answer that the user must type. For production, the
/// answer is the name of the foundation.
fn question(context: &Context<'_>, session: &Session) -> (String, String) {
    let title = paint(BOLD, format!("Delete these resources from {}?", session.target));
    let warning = "This cannot be undone.";
    if context.config.is_production() {
        let name = session.foundation.spec().base_name();
        let ask = format!("This is production. Type {name} to confirm: ");
        (format!("\n{title} {warning}\n  {ask}"), name)
    } else {
        (format!("\n{title} {warning}\n  Type 'yes' to confirm: "), "yes".to_owned())
    }
}
