//! `destroy`: shows what would be lost, asks, and removes what is ours.

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
    let plan = context.plan(&session, Goal::Absent { force: args.force }).await?;
    show(context, &session, &plan, args.yes);
    ensure_executable(&plan)?;
    if plan.steps.is_empty() {
        conclude(context, Done::NOTHING, None::<()>);
        return Ok(Exit::Success);
    }
    let (question, answer) = question(context, &session);
    context.confirm(&question, &answer, args.yes).await?;
    context.printer.talk("\n");
    let done = carry_out(context, &session, &plan, "Destroy").await?;
    conclude(context, done, None::<()>);
    Ok(Exit::Success)
}

fn show(context: &Context<'_>, session: &Session, plan: &Plan, yes: bool) {
    let printer = context.printer;
    announce(context, session, plan);
    let notices = notices(&plan.notices, tone);
    if printer.is_json() {
        printer.talk(&notices);
        return;
    }
    if plan.is_empty() {
        let headline = paint(BOLD, "Nothing to destroy.");
        let target = &session.target;
        printer.talk(&format!("{notices}{headline} Nothing of {target} is there.\n"));
        return;
    }
    let text = format!(
        "{}\n\n{}\n{notices}{}\n",
        paint(BOLD, &session.target),
        changes(plan, tone),
        summary(plan.summary(), tone)
    );
    context.propose(&text, yes);
}

/// The question and the only answer that goes ahead. Production wants its name typed.
fn question(context: &Context<'_>, session: &Session) -> (String, String) {
    let title = paint(BOLD, format!("Delete all of this from {}?", session.target));
    let warning = "There is no way back.";
    if context.config.is_production() {
        let name = session.foundation.spec().base_name();
        let ask = format!("This is production: type its name, {name}, to go ahead: ");
        (format!("\n{title} {warning}\n  {ask}"), name)
    } else {
        (format!("\n{title} {warning}\n  Only 'yes' is accepted: "), "yes".to_owned())
    }
}
