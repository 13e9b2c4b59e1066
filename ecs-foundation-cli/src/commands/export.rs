//! `export`: prints the foundation as a Terraform configuration or a CloudFormation template.

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
        ecs-foundation export terraform --no-import > main.tf    let Terraform create it\n  \
        ecs-foundation export cloudformation --account-id 123456789012 --region eu-central-1\n\n\
        Notes about what the target cannot express are printed on standard error.")]
pub(crate) struct ExportArgs {
    /// Format to export to
    #[arg(value_enum, value_name = "TARGET")]
    target: Target,

    /// Account ID to use instead of connecting to AWS; requires a region
    #[arg(long, value_name = "ID")]
    account_id: Option<AccountId>,

    /// Omit the `import` blocks, so that Terraform creates the resources
    #[arg(long)]
    no_import: bool,
}

/// The tool to export for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// HCL for the AWS provider, with `import` blocks
    Terraform,
    /// A YAML template, or JSON with --format json
    Cloudformation,
}

pub(super) async fn run(context: &Context<'_>, args: &ExportArgs) -> Result<Exit, Failure> {
    let printer = context.printer;
    match args.target {
        Target::Terraform if printer.is_json() => {
            let problem = Problem::new("Terraform export is only available as HCL, not as JSON");
            return Err(Failure::new(Kind::Usage, problem.help("remove --format json")));
        }
        Target::Cloudformation if args.no_import => {
            let problem = Problem::new("--no-import has no effect on cloudformation");
            let help = "remove the flag, or use `export terraform`; CloudFormation templates do not import resources";
            return Err(Failure::new(Kind::Usage, problem.help(help)));
        }
        Target::Terraform | Target::Cloudformation => {}
    }
    let foundation = match &args.account_id {
        Some(account_id) => context.place(account_id)?,
        None => context.open_and_confirm().await?.foundation,
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
