//! `output`: prints ARNs, names and the repository URL, for use by other tools.

use infra_core::engine::{Address, ChangeKind, Goal, Plan};
use infra_core::foundation::Outputs;

use super::Context;
use crate::args::{Format, OutputArgs};
use crate::exit::Exit;
use crate::failure::{Failure, Kind, Problem};
use crate::printer::Shape;
use crate::render::{env_line, github_line, outputs_json, text_line};

pub(super) async fn run(context: &Context<'_>, args: &OutputArgs) -> Result<Exit, Failure> {
    let known = Outputs::names(&context.config.spec);
    if let Some(name) = &args.name
        && !known.contains(name)
    {
        return Err(unknown(name, &known));
    }
    let session = context.open().await?;
    let plan = context.plan(&session, Goal::Present { adopt: false }).await?;
    let outputs = session.foundation.outputs();
    let asked: Vec<(&str, &str)> = outputs
        .iter()
        .filter(|(name, _)| args.name.as_deref().is_none_or(|asked| asked == *name))
        .collect();
    missing(&plan, &outputs, &asked)?;
    print(context, args, &outputs, &asked);
    Ok(Exit::Success)
}

fn print(context: &Context<'_>, args: &OutputArgs, outputs: &Outputs, asked: &[(&str, &str)]) {
    let printer = context.printer;
    let lines = |line: fn(&str, &str) -> String| {
        asked.iter().map(|(name, value)| line(name, value)).collect::<String>()
    };
    match (printer.format(), &args.name) {
        (Format::Json, None) => printer.json(&outputs_json(outputs), Shape::Document),
        // If one output is requested, print only its value, as Terraform does.
        (Format::Json, Some(_)) => {
            for (_, value) in asked {
                printer.json(value, Shape::Line);
            }
        }
        (Format::Raw, _) => asked.iter().for_each(|(_, value)| printer.data(value)),
        (Format::Text | Format::Mermaid | Format::Dot | Format::Svg, Some(_)) => {
            for (_, value) in asked {
                printer.data(&format!("{value:?}\n"));
            }
        }
        // `Cli::check` has already rejected the formats that only `graph` supports.
        (Format::Text | Format::Mermaid | Format::Dot | Format::Svg, None) => {
            printer.data(&lines(text_line));
        }
        (Format::Env, _) => printer.data(&lines(env_line)),
        (Format::Github, _) => printer.data(&lines(github_line)),
    }
}

/// Returns an error if a requested output refers to a missing or unmanaged resource. Scripts must
/// not use the ARN of such a resource.
fn missing(plan: &Plan, outputs: &Outputs, asked: &[(&str, &str)]) -> Result<(), Failure> {
    let mut seen: Vec<&Address> = Vec::new();
    let mut problems = Vec::new();
    for (output, _) in asked {
        let Some(address) = outputs.address(output).filter(|address| !seen.contains(address))
        else {
            continue;
        };
        if let Some(conflict) = plan.conflicts.iter().find(|one| one.address == *address) {
            let text = format!(
                "{output}: {address} is not managed by ecs-foundation: {}",
                conflict.reason
            );
            problems.push(
                Problem::new(text).help("adopt the resource with: ecs-foundation apply --adopt"),
            );
        } else if plan.change(address.as_str()).is_some_and(|it| it.action == ChangeKind::Create) {
            let text = format!("{output}: {address} does not exist");
            problems
                .push(Problem::new(text).help("create the resource with: ecs-foundation apply"));
        }
        seen.push(address);
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::several(Kind::Incomplete, problems)) }
}

fn unknown(name: &str, known: &[String]) -> Failure {
    let known = known.join(", ");
    let problem = Problem::new(format!("there is no output {name:?}"));
    Failure::new(Kind::Usage, problem.help(format!("the outputs are {known}")))
}
