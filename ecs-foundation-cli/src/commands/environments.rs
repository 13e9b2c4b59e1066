//! `plan --all-environments` and `apply --all-environments`.
//!
//! Each environment is a separate foundation with its own connection, possibly in another account and region.
//! Every environment is planned, even if another one fails. `apply` asks once, after all plans, and starts only
//! if every plan succeeded. It then applies the environments in the order of the file and stops at the first
//! failure. Each environment is planned again right before it is applied, and refused if the plan has changed.

use std::sync::Arc;

use infra_core::engine::{Goal, Plan, Summary};
use infra_core::names::EnvironmentName;
use serde::Serialize;
use serde_json::{Value, json};

use super::change::announce;
use super::{Context, Session, apply, ensure_executable, plan};
use crate::args::{ApplyArgs, PlanArgs};
use crate::config::{self, Setting, Sources};
use crate::exit::Exit;
use crate::failure::{Failure, Kind, Problem};
use crate::interrupt::Interrupt;
use crate::printer::{Printer, Shape};
use crate::render::{BOLD, PlanJson, paint};
use crate::saved_plan::{Agreed, SavedPlan};

/// Every environment in the file.
#[derive(Debug)]
pub(super) struct Environments<'a> {
    printer: &'a Arc<Printer>,
    interrupt: &'a Interrupt,
    sources: Sources,
    names: Vec<EnvironmentName>,
}

/// The document of `plan` for programs.
#[derive(Serialize)]
struct PlansJson {
    format_version: &'static str,
    /// For each environment, the plan document, or the name and the error.
    environments: Vec<Value>,
    summary: Summary,
}

/// The result of applying one environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Fate {
    Done,
    Failed,
    NotBegun,
}

impl<'a> Environments<'a> {
    pub(super) fn of(
        sources: Sources,
        printer: &'a Arc<Printer>,
        interrupt: &'a Interrupt,
    ) -> Result<Self, Failure> {
        let names = config::environments(&sources)?;
        Ok(Self { printer, interrupt, sources, names })
    }

    fn context(&self, name: &EnvironmentName) -> Result<Context<'a>, Failure> {
        let Sources { file, overrides } = self.sources.clone();
        let overrides = overrides.with_flag(Setting::Environment, name.as_str());
        let config = config::load(&Sources { file, overrides })?;
        Ok(Context { printer: self.printer, interrupt: self.interrupt, config })
    }

    /// Plans one environment; its connection is closed afterwards.
    async fn look(&self, name: &EnvironmentName, adopt: bool) -> Result<(Session, Plan), Failure> {
        if self.interrupt.token().is_cancelled() {
            return Err(Failure::interrupted());
        }
        let context = self.context(name)?;
        let session = context.open().await?;
        let plan = context.plan(&session, Goal::Present { adopt }).await?;
        Ok((session, plan))
    }

    pub(super) async fn plan(&self, args: &PlanArgs) -> Result<Exit, Failure> {
        let mut documents = Vec::new();
        let mut summary = Summary::default();
        let (mut failed, mut changes) = (false, false);
        for name in &self.names {
            self.heading(name);
            let made = self.look(name, args.adopt).await.and_then(|(session, plan)| {
                if !self.printer.is_json() {
                    self.printer.show(&plan::text(&session, &plan));
                }
                ensure_executable(&plan)?;
                Ok((session, plan))
            });
            match made {
                Ok((session, plan)) => {
                    changes |= !plan.steps.is_empty();
                    add(&mut summary, plan.summary());
                    let document = serde_json::to_value(PlanJson::new(&session.target, &plan));
                    documents.push(document.unwrap_or_default());
                }
                Err(failure) if failure.exit() != Exit::Failure => return Err(failure),
                Err(failure) => {
                    failed = true;
                    failure.report(self.printer);
                    let error = failure.data()["error"].take();
                    documents.push(json!({ "environment": name, "error": error }));
                }
            }
        }
        if self.printer.is_json() {
            let document = PlansJson { format_version: "1.0", environments: documents, summary };
            self.printer.json(&document, Shape::Document);
        }
        Ok(match (failed, changes && args.detailed_exitcode) {
            (true, _) => Exit::Failure,
            (false, true) => Exit::Changes,
            (false, false) => Exit::Success,
        })
    }

    pub(super) async fn apply(&self, args: &ApplyArgs) -> Result<Exit, Failure> {
        let mut saved = Vec::new();
        let mut problems = 0;
        let mut changes = false;
        for name in &self.names {
            if !self.printer.is_json() {
                self.printer.talk(&heading(name));
            }
            let made = self.look(name, args.adopt).await.and_then(|(session, plan)| {
                if !self.printer.is_json() {
                    super::propose(self.printer, &plan::text(&session, &plan), args.yes);
                }
                ensure_executable(&plan)?;
                Ok((session, plan))
            });
            match made {
                Ok((session, plan)) => {
                    changes |= !plan.steps.is_empty();
                    let Session { foundation, target, stack: _ } = session;
                    let (config, goal) =
                        (self.context(name)?.config, Goal::Present { adopt: args.adopt });
                    saved.push((name, SavedPlan::new(&config, &foundation, &target, &plan, goal)));
                }
                Err(failure) if failure.exit() != Exit::Failure => return Err(failure),
                Err(failure) => {
                    problems += 1;
                    failure.report(self.printer);
                }
            }
        }
        if problems > 0 {
            let all = self.names.len();
            let text =
                format!("{problems} of {all} environments cannot be planned; nothing was changed");
            let help = "fix them, or apply the other environments one at a time with -e NAME";
            return Err(Failure::new(Kind::Incomplete, Problem::new(text).help(help)));
        }
        if changes {
            self.confirm(args.yes).await?;
        }
        self.carry_out(&saved).await
    }

    async fn confirm(&self, yes: bool) -> Result<(), Failure> {
        let names: Vec<&str> = self.names.iter().map(EnvironmentName::as_str).collect();
        let title = paint(BOLD, format!("Apply these changes to {}?", names.join(", ")));
        let question = format!("\n{title}\n  Type 'yes' to confirm: ");
        super::confirm(self.printer, self.interrupt, &question, "yes", yes).await.map(drop)
    }

    /// Applies the plans in order and stops at the first failure.
    async fn carry_out(&self, saved: &[(&EnvironmentName, SavedPlan)]) -> Result<Exit, Failure> {
        let mut fates = Vec::new();
        let mut end = Ok(Exit::Success);
        for (name, saved) in saved {
            let fate = if end.is_err() {
                Fate::NotBegun
            } else {
                self.heading(name);
                match self.carry_out_one(name, saved).await {
                    Ok(()) => Fate::Done,
                    Err(failure) => {
                        end = Err(failure);
                        Fate::Failed
                    }
                }
            };
            fates.push((*name, fate));
        }
        if self.printer.is_json() {
            let fates: Vec<Value> = fates
                .iter()
                .map(|(name, fate)| json!({ "environment": name, "result": fate }))
                .collect();
            let line = json!({ "event": "environments", "environments": fates });
            self.printer.json(&line, Shape::Line);
        }
        let left: Vec<&str> = fates
            .iter()
            .filter(|(_, fate)| *fate == Fate::NotBegun)
            .map(|(name, _)| name.as_str())
            .collect();
        end.map_err(|failure| {
            if left.is_empty() {
                return failure;
            }
            let more = format!("Not started: {}.\n", left.join(", "));
            failure.with_more(&more)
        })
    }

    async fn carry_out_one(
        &self,
        name: &EnvironmentName,
        saved: &SavedPlan,
    ) -> Result<(), Failure> {
        if self.interrupt.token().is_cancelled() {
            return Err(Failure::interrupted());
        }
        let context = self.context(name)?;
        let session = context.open().await?;
        saved.check_target(&session.target, &context.config)?;
        let plan = context.plan(&session, saved.goal()).await?;
        saved.check_plan(&session.foundation, &plan, Agreed::Shown)?;
        announce(&context, &session, &plan);
        apply::carry_out_and_conclude(&context, &session, &plan).await
    }

    fn heading(&self, name: &EnvironmentName) {
        if !self.printer.is_json() {
            self.printer.data(&heading(name));
        }
    }
}

/// Returns the heading of an environment.
fn heading(name: &EnvironmentName) -> String {
    format!("{}\n", paint(BOLD, format!("== {name} ==")))
}

fn add(sum: &mut Summary, more: Summary) {
    let Summary { create, update, replace, delete, adopt, no_op } = more;
    sum.create += create;
    sum.update += update;
    sum.replace += replace;
    sum.delete += delete;
    sum.adopt += adopt;
    sum.no_op += no_op;
}
