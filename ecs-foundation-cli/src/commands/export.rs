//! `export`: the foundation in the language of another tool.

use clap::{Args, ValueEnum};
use infra_core::arn::AccountId;

use super::Context;
use crate::exit::Exit;
use crate::export::{Export, Import, cloudformation, terraform, yaml};
use crate::failure::{Failure, Kind, Problem};
use crate::printer::Shape;

/// The arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation export terraform > main.tf\n  \
        ecs-foundation export terraform --no-import > main.tf    for Terraform to make it anew\n  \
        ecs-foundation export cloudformation --account-id 123456789012 --region eu-central-1\n\n\
        What the target cannot say is told on standard error.")]
pub(crate) struct ExportArgs {
    /// The language
    #[arg(value_enum, value_name = "TARGET")]
    target: Target,

    /// The account; with it, and a region, nothing is connected to
    #[arg(long, value_name = "ID")]
    account_id: Option<AccountId>,

    /// Terraform is to make the resources, not to take over those that are there
    #[arg(long)]
    no_import: bool,
}

/// The tool that is to have the foundation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// HCL for the AWS provider, with `import` blocks
    Terraform,
    /// A template in YAML, or with --format json in JSON
    Cloudformation,
}

pub(super) async fn run(context: &Context<'_>, args: &ExportArgs) -> Result<Exit, Failure> {
    let printer = context.printer;
    match args.target {
        Target::Terraform if printer.is_json() => {
            let problem = Problem::new("Terraform's language is not written as JSON here");
            return Err(Failure::new(Kind::Usage, problem.help("leave --format json out")));
        }
        Target::Cloudformation if args.no_import => {
            let problem = Problem::new("--no-import says nothing about cloudformation");
            let help =
                "use it with terraform, or leave it out: a template imports nothing by itself";
            return Err(Failure::new(Kind::Usage, problem.help(help)));
        }
        Target::Terraform | Target::Cloudformation => {}
    }
    let foundation = match &args.account_id {
        Some(account_id) => context.place(account_id)?,
        None => context.open().await?.foundation,
    };
    let notes = match args.target {
        Target::Terraform => {
            let import = if args.no_import { Import::None } else { Import::Blocks };
            let Export { document, notes } = terraform(&foundation, import);
            printer.data(&document);
            notes
        }
        Target::Cloudformation => {
            let Export { document, notes } = cloudformation(&foundation);
            if printer.is_json() {
                printer.json(&document, Shape::Document);
            } else {
                printer.data(&yaml(&document));
            }
            notes
        }
    };
    for note in notes {
        printer.talk(&format!("note: {note}\n"));
    }
    Ok(Exit::Success)
}
