//! `apply`: shows a plan, asks for confirmation, applies the plan and prints the outputs.

use std::path::Path;

use infra_core::engine::{Goal, Plan};
use infra_core::text::notices;

use super::change::{Done, announce, carry_out, conclude};
use super::plan::{nothing_to_do, text};
use super::{Context, Session, destroy, ensure_executable};
use crate::args::ApplyArgs;
use crate::config::Backend;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::{BOLD, WARN, outputs_json, paint, text_line, tone};
use crate::saved_plan::{Agreed, SavedPlan};

pub(super) async fn run(context: &Context<'_>, args: &ApplyArgs) -> Result<Exit, Failure> {
    if let Some(file) = &args.plan_file {
        return saved(context, file).await;
    }
    let session = context.open().await?;
    let goal = Goal::Present { adopt: args.adopt };
    let mut plan = context.plan(&session, goal).await?;
    show(context, &session, &plan, args.yes);
    ensure_executable(&plan)?;
    if !plan.steps.is_empty() {
        let question = format!(
            "\n{}\n  Type 'yes' to confirm: ",
            paint(BOLD, format!("Apply these changes to {}?", session.target))
        );
        plan = context.confirm(&session, (goal, plan), &question, "yes", args.yes).await?;
    }
    apply(context, &session, &plan).await
}

/// Applies a saved plan. There is no prompt, because the plan was shown when it was saved.
async fn saved(context: &Context<'_>, file: &Path) -> Result<Exit, Failure> {
    let saved = SavedPlan::read(file)?;
    saved.check_unused()?;
    let session = context.open().await?;
    saved.check_target(&session.target, context.config)?;
    let goal = saved.goal();
    let plan = context.plan(&session, goal).await?;
    saved.check_plan(&session.foundation, &plan, Agreed::Saved)?;
    let destroys = matches!(goal, Goal::Absent { .. });
    if destroys {
        destroy::show(context, &session, &plan, true);
    } else {
        show(context, &session, &plan, true);
    }
    ensure_executable(&plan)?;
    if !plan.steps.is_empty()
        && let Err(error) = saved.mark_applied(file)
    {
        context.printer.alert(&format!(
            "{} cannot mark {} as applied: {error}; the plan could be applied again\n",
            paint(WARN, "warning:"),
            file.display()
        ));
    }
    if destroys {
        return destroy::carry_out_and_conclude(context, &session, &plan).await;
    }
    apply(context, &session, &plan).await
}

async fn apply(context: &Context<'_>, session: &Session, plan: &Plan) -> Result<Exit, Failure> {
    carry_out_and_conclude(context, session, plan).await?;
    if !plan.steps.is_empty() && !context.printer.is_json() {
        // The text is not wrapped, so that the commands can be copied.
        context.printer.talk_unfolded(&next_steps(context, session));
    }
    Ok(Exit::Success)
}

/// Applies a confirmed plan and prints the outputs.
pub(super) async fn carry_out_and_conclude(
    context: &Context<'_>,
    session: &Session,
    plan: &Plan,
) -> Result<(), Failure> {
    let done = if plan.steps.is_empty() {
        Done::NOTHING
    } else {
        context.printer.talk("\n");
        carry_out(context, session, plan, "Apply").await?
    };
    let outputs = session.foundation.outputs();
    conclude(context, done, Some(outputs_json(&outputs)));
    if !context.printer.is_json() {
        context.printer.talk(&format!("\n{}\n", paint(BOLD, "Outputs:")));
        let lines: String = outputs.iter().map(|(name, value)| text_line(name, value)).collect();
        context.printer.data(&lines);
    }
    Ok(())
}

/// Prints the plan: in JSON as an event, otherwise on standard error, because only the outputs
/// belong on standard output.
fn show(context: &Context<'_>, session: &Session, plan: &Plan, yes: bool) {
    let printer = context.printer;
    if printer.is_json() {
        announce(context, session, plan);
        printer.talk(&notices(&plan.notices, tone));
    } else if plan.is_empty() {
        let notices = notices(&plan.notices, tone);
        printer.talk(&format!("{notices}{}\n", nothing_to_do(session)));
    } else {
        context.propose(&text(session, plan), yes);
    }
}

/// Returns the commands that push the first image.
fn next_steps(context: &Context<'_>, session: &Session) -> String {
    let outputs = session.foundation.outputs();
    let url = outputs.get("ecr_repository_url").unwrap_or_default();
    let host = url.split('/').next().unwrap_or_default();
    let region = &session.target.region;
    let profile = context.config.profile.as_ref();
    let profile = profile.map(|name| format!(" --profile {name}")).unwrap_or_default();
    let title = match context.config.backend {
        Backend::Memory => "With --backend aws, the next step is to push an image:",
        Backend::Aws | Backend::LocalStack => "Next, push an image:",
    };
    format!(
        "\n{}\n  aws ecr get-login-password --region {region}{profile} | \
         docker login --username AWS --password-stdin {host}\n  \
         docker tag IMAGE {url}:latest\n  docker push {url}:latest\n",
        paint(BOLD, title)
    )
}
