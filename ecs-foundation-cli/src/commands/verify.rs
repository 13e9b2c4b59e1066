//! `verify`: reads every attribute from AWS and compares it with the configuration.

use infra_core::engine::{Detail, Finding, Verdict};
use serde_json::Value;

use super::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::Shape;
use crate::render::{BAD, GOOD, Target, VerifyJson, paint, table};

/// The findings, and the counts of matching and differing attributes.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) ok: usize,
    pub(super) differs: usize,
    target: Target,
    findings: Vec<Finding>,
}

impl Verified {
    pub(super) fn document(&self) -> Value {
        let document = VerifyJson::new(&self.target, &self.findings);
        serde_json::to_value(document).unwrap_or_default()
    }
}

pub(super) async fn run(context: &Context<'_>) -> Result<Exit, Failure> {
    let verified = verify(context).await?;
    if context.printer.is_json() {
        let document = VerifyJson::new(&verified.target, &verified.findings);
        context.printer.json(&document, Shape::Document);
    }
    Ok(if verified.differs == 0 { Exit::Success } else { Exit::Failure })
}

/// Verifies every attribute and prints the headline. Unless the output is JSON, also prints the
/// table.
pub(super) async fn verify(context: &Context<'_>) -> Result<Verified, Failure> {
    let session = context.open().await?;
    let observation = context.observe(&session, Detail::Contents).await?;
    let findings = session.stack.inspect(&observation);
    let printer = context.printer;
    if !printer.is_json() {
        printer.show(&table(&session.stack.declarations(), &findings, printer.columns()));
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (ok, differs) = (count(Verdict::Ok), count(Verdict::Differs));
    let target = session.target;
    if differs == 0 {
        let headline = paint(GOOD.bold(), "Verified:");
        let text = format!("\n{headline} {ok} attributes match the configuration in {target}.\n");
        printer.talk(&text);
    } else {
        let headline = paint(BAD.bold(), "Differs:");
        printer.talk(&format!(
            "\n{headline} {differs} of {} attributes in {target}. Run `ecs-foundation plan` to see what apply would \
             change.\n",
            ok + differs,
        ));
    }
    Ok(Verified { ok, differs, target, findings })
}
