//! `apply --all-environments` and `destroy --all-environments`.
//!
//! First, the command makes and shows a plan for each environment. A single prompt then asks for
//! confirmation of all the plans. If planning fails for an environment, the command does not
//! change that environment.

use std::sync::Arc;

use infra_core::engine::{Goal, Plan};
use infra_core::names::EnvironmentName;
use serde::Serialize;
use serde_json::json;

use super::slot::Slot;
use super::summary::{self, Row, Verdict, Words};
use super::{Environment, Environments, Planned, Shared, heading, reported, text, title};
use crate::commands::change::announce;
use crate::commands::{Answer, Session, apply, confirm, destroy, propose};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::Shape;
use crate::render::{BOLD, outcome_word, paint};

/// The maximum number of environments that a prompt lists by name.
const NAMED: usize = 6;

/// An `apply` or `destroy` command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) goal: Goal,
    pub(super) yes: bool,
}

/// The result for one environment in the JSON output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum EnvironmentResult {
    Done,
    Failed,
    NotStarted,
}

impl EnvironmentResult {
    fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Same | Verdict::Changed => Self::Done,
            Verdict::Failed => Self::Failed,
            Verdict::NotStarted => Self::NotStarted,
        }
    }
}

impl Environments {
    pub(super) async fn change(self, change: &Change) -> Result<Exit, Failure> {
        let Self { shared, each } = self;
        let Change { goal, yes } = *change;
        let plan = |environment: Environment, slot: Slot| {
            let shared = Arc::clone(&shared);
            async move {
                let name = environment.name.clone();
                if !slot.printer.is_json() {
                    slot.printer.talk(&title(&name));
                }
                let show = |session: &Session, plan: &Plan| {
                    if !slot.printer.is_json() {
                        let text = text(goal, session, plan);
                        propose(&slot.printer, &text, yes || plan.is_empty());
                    }
                };
                let planned = shared.plan(environment, goal, &slot, show).await;
                (name, reported(planned, &slot.printer))
            }
        };
        let planned = shared.concurrently("planning", each, plan).await;
        let (mut ready, mut rows) = (Vec::new(), Vec::new());
        for (name, planned) in planned {
            match planned {
                Ok(planned) => {
                    rows.push(None);
                    ready.push((name, planned));
                }
                Err(failure) => rows.push(Some(Row::failed(name, &failure)?)),
            }
        }
        let answer = shared.confirm(change, &ready, rows.len()).await?;
        let doing = if matches!(goal, Goal::Absent { .. }) { "destroying" } else { "applying" };
        let change = |(name, planned), slot: Slot| {
            let shared = Arc::clone(&shared);
            async move { Box::pin(shared.change(goal, answer, name, planned, &slot)).await }
        };
        let changed = shared.concurrently(doing, ready, change).await;
        let mut changed = changed.into_iter();
        let rows: Vec<Row> =
            rows.into_iter().filter_map(|row| row.or_else(|| changed.next())).collect();
        shared.conclude(goal, &rows);
        let all =
            rows.iter().all(|row| EnvironmentResult::of(row.verdict) == EnvironmentResult::Done);
        Ok(if all { Exit::Success } else { Exit::Failure })
    }
}

impl Shared {
    /// Asks once for confirmation of the changes to all environments in `ready`. `all` is the
    /// number of environments in the file, including those for which planning failed.
    async fn confirm(
        &self,
        change: &Change,
        ready: &[(EnvironmentName, Planned)],
        all: usize,
    ) -> Result<Answer, Failure> {
        let changing: Vec<_> =
            ready.iter().filter(|(_, planned)| !planned.plan.steps.is_empty()).collect();
        if changing.is_empty() {
            return Ok(Answer::Given);
        }
        let names: Vec<&str> = changing.iter().map(|(name, _)| name.as_str()).collect();
        let names = match names.len() {
            few if few <= NAMED => names.join(", "),
            many => format!("{many} environments"),
        };
        let others = match all - ready.len() {
            0 => String::new(),
            1 => " The environment without a plan will not be changed.".to_owned(),
            some => {
                format!(" The {some} environments without a plan will not be changed.")
            }
        };
        let production = changing.iter().filter(|(_, planned)| planned.config.is_production());
        let production: Vec<String> =
            production.map(|(_, planned)| planned.config.spec.base_name()).collect();
        let (title, ask, answer) = if let Goal::Absent { .. } = change.goal {
            let title = format!("Delete these resources from {names}?");
            let title = format!("{} This cannot be undone.", paint(BOLD, title));
            if production.is_empty() {
                (title, "Type 'yes' to confirm: ".to_owned(), "yes".to_owned())
            } else {
                let answer = production.join(" ");
                let ask = format!("This includes production. Type {answer} to confirm: ");
                (title, ask, answer)
            }
        } else {
            let title = paint(BOLD, format!("Apply these changes to {names}?"));
            (title, "Type 'yes' to confirm: ".to_owned(), "yes".to_owned())
        };
        let question = format!("\n{title}{others}\n  {ask}");
        confirm(&self.printer, &self.interrupt, &question, &answer, change.yes).await
    }

    /// Applies the plan for one environment.
    async fn change(
        &self,
        goal: Goal,
        answer: Answer,
        name: EnvironmentName,
        planned: Planned,
        slot: &Slot,
    ) -> Row {
        let printer = &slot.printer;
        if self.interrupt.token().is_cancelled() {
            return Row { name, verdict: Verdict::NotStarted, text: "not started".to_owned() };
        }
        let destroys = matches!(goal, Goal::Absent { .. });
        if destroys {
            if !printer.is_json() {
                printer.talk(&title(&name));
            }
        } else {
            heading(printer, &name);
        }
        let Planned { config, session, plan } = planned;
        let context = self.context(&config, slot);
        let changed = async {
            let plan = match answer {
                Answer::Typed if !plan.steps.is_empty() => {
                    context.plan_again(&session, (goal, &plan)).await?
                }
                _ => plan,
            };
            announce(&context, &session, &plan);
            if destroys {
                destroy::carry_out_and_conclude(&context, &session, &plan).await?;
            } else {
                apply::carry_out_and_conclude(&context, &session, &plan).await?;
            }
            Ok(plan)
        };
        match reported(changed.await, printer) {
            Ok(plan) if plan.steps.is_empty() => {
                Row { name, verdict: Verdict::Same, text: "no changes".to_owned() }
            }
            Ok(plan) => Row { name, verdict: Verdict::Changed, text: outcome_word(&plan) },
            Err(failure) => {
                let text = format!("failed: {}", failure.headline());
                Row { name, verdict: Verdict::Failed, text }
            }
        }
    }

    /// Prints the summary as text, or as the last event of the JSON output.
    fn conclude(&self, goal: Goal, rows: &[Row]) {
        if self.printer.is_json() {
            let fates = rows.iter().map(|Row { name, verdict, text: _ }| {
                json!({ "environment": name, "result": EnvironmentResult::of(*verdict) })
            });
            let line =
                json!({ "event": "environments", "environments": fates.collect::<Vec<_>>() });
            self.printer.json(&line, Shape::Line);
        } else {
            let words = match goal {
                Goal::Absent { .. } => Words::DESTROY,
                _ => Words::APPLY,
            };
            self.printer.talk(&summary::text(rows, words));
        }
    }
}
