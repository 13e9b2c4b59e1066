//! `graph`: draws the resources and their dependencies, colored by the plan.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use infra_core::arn::AccountId;
use infra_core::engine::Goal;
use infra_mock::MockAws;

use super::Context;
use crate::args::Format;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::Shape;
use crate::render::Graph;

/// The placeholder account ID for `--no-plan`. It does not appear in the graph.
const NO_ACCOUNT: &str = "000000000000";

/// The arguments of `graph`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation graph                                   Mermaid, colored by what apply would change\n  \
        ecs-foundation graph --format svg > foundation.svg\n  \
        ecs-foundation graph --no-plan --format dot | dot -Tpng -o foundation.png")]
pub(crate) struct GraphArgs {
    /// Output format: mermaid (for Markdown), dot (for Graphviz), svg (image), json (nodes and
    /// edges)
    // This option replaces the global `--format`, because `graph` has its own formats.
    #[arg(long, value_name = "FORMAT", default_value = "mermaid", value_parser = formats())]
    pub(crate) format: Format,

    /// Draw the configuration without colors and without connecting to AWS
    #[arg(long, conflicts_with = "destroy")]
    no_plan: bool,

    /// Color the graph by what `destroy` would change
    #[arg(long)]
    destroy: bool,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(["mermaid", "dot", "svg", "json"]).map(|given| match given.as_str() {
        "dot" => Format::Dot,
        "svg" => Format::Svg,
        "json" => Format::Json,
        _ => Format::Mermaid,
    })
}

pub(super) async fn run(context: &Context<'_>, args: &GraphArgs) -> Result<Exit, Failure> {
    let printer = context.printer;
    let graph = if args.no_plan {
        let account: Result<AccountId, _> = NO_ACCOUNT.parse();
        let foundation = context.place(&account.expect("twelve digits"))?;
        // The providers are never called, because the graph needs only the stack's declarations.
        let stack = foundation.stack(&MockAws::new().providers());
        Graph::new(&foundation.spec().base_name(), &stack.declarations(), None)
    } else {
        let session = context.open().await?;
        let goal = if args.destroy {
            Goal::Absent { force: false }
        } else {
            Goal::Present { adopt: false }
        };
        let plan = context.plan(&session, goal).await?;
        let name = session.foundation.spec().base_name();
        Graph::new(&name, &session.stack.declarations(), Some(&plan))
    };
    match printer.format() {
        Format::Json => printer.json(&graph, Shape::Document),
        Format::Dot => printer.data(&graph.dot()),
        Format::Svg => printer.data(&graph.svg()),
        _ => printer.data(&graph.mermaid()),
    }
    Ok(Exit::Success)
}
