//! `graph`: the resources and what is made before what, coloured by the plan.

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

/// The account that a graph is drawn for where nobody is asked: no name in it depends on the account.
const NO_ACCOUNT: &str = "000000000000";

/// The arguments of `graph`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation graph                                   Mermaid, coloured by what apply would do\n  \
        ecs-foundation graph --format svg > foundation.svg\n  \
        ecs-foundation graph --no-plan --format dot | dot -Tpng -o foundation.png")]
pub(crate) struct GraphArgs {
    /// mermaid (for Markdown), dot (for Graphviz), svg (a picture), json (nodes and edges)
    // The flag of all commands, which this one gives other values.
    #[arg(long, value_name = "FORMAT", default_value = "mermaid", value_parser = formats())]
    pub(crate) format: Format,

    /// Draw what the configuration says, without colours, and connect to nothing
    #[arg(long, conflicts_with = "destroy")]
    no_plan: bool,

    /// Colour by what `destroy` would do
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
        // Nothing of it is called: the stack says what it consists of by itself.
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
