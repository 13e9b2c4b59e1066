//! `verify`: reads every attribute from AWS and compares it with the configuration.

use infra_core::engine::{Detail, Verdict};

use super::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::Shape;
use crate::render::{BAD, GOOD, VerifyJson, paint, table};

pub(super) async fn run(context: &Context<'_>) -> Result<Exit, Failure> {
    let session = context.open().await?;
    let observation = context.observe(&session, Detail::Contents).await?;
    let findings = session.stack.inspect(&observation);
    let printer = context.printer;
    if printer.is_json() {
        printer.json(&VerifyJson::new(&session.target, &findings), Shape::Document);
    } else {
        printer.show(&table(&session.stack.declarations(), &findings, printer.columns()));
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (ok, differs) = (count(Verdict::Ok), count(Verdict::Differs));
    if differs == 0 {
        let headline = paint(GOOD.bold(), "Verified:");
        printer.talk(&format!(
            "\n{headline} {ok} attributes match the configuration in {}.\n",
            session.target
        ));
        return Ok(Exit::Success);
    }
    let headline = paint(BAD.bold(), "Differs:");
    printer.talk(&format!(
        "\n{headline} {differs} of {} attributes in {}. Run `ecs-foundation plan` to see what apply would \
         change.\n",
        ok + differs,
        session.target
    ));
    Ok(Exit::Failure)
}
