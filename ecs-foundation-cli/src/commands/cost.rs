//! `cost`: estimates the monthly cost of this foundation for a given usage.

use clap::Args;
use infra_core::arn::Region;
use serde::Serialize;

use super::Context;
use crate::cost::{
    Bill, Decimal, GivenRates, HOURS, Known, NoBill, Rate, Rates, Use, bill, rates, regions,
};
use crate::exit::Exit;
use crate::failure::{Failure, Kind, Problem};
use crate::printer::{Printer, Shape};
use crate::render::{BOLD, DIM, paint};

/// The arguments of `cost`. Usage that is not given counts as zero. If no usage is given at all,
/// the command prints the rates.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        ecs-foundation cost                           the rates of the region\n  \
        ecs-foundation cost --tasks 2 --vcpu 0.5 --memory-gb 1 --image-gb 5 --log-gb 10\n  \
        ecs-foundation cost --tasks 4 --hours 240 --region ap-northeast-1 --format json\n\n\
        The `rates` table of the configuration overrides or supplements the AWS list prices.")]
pub(crate) struct CostArgs {
    /// Number of tasks running at the same time
    #[arg(long, value_name = "N", default_value_t = 0)]
    tasks: u32,

    /// vCPUs per task
    #[arg(long, value_name = "N", default_value = "0.25")]
    vcpu: Decimal,

    /// Memory per task
    #[arg(long, value_name = "GB", default_value = "0.5")]
    memory_gb: Decimal,

    /// Hours per month that the tasks run [default: 730]
    #[arg(long, value_name = "H")]
    hours: Option<Decimal>,

    /// Size of the images in the repository
    #[arg(long, value_name = "GB", default_value = "0")]
    image_gb: Decimal,

    /// Logs ingested per month
    #[arg(long, value_name = "GB", default_value = "0")]
    log_gb: Decimal,

    /// Stored logs, compressed [default: logs ingested over the retention period]
    #[arg(long, value_name = "GB")]
    log_stored_gb: Option<Decimal>,

    /// Number of Container Insights metrics [default: estimated if there are tasks]
    #[arg(long, value_name = "N")]
    insights_metrics: Option<u32>,

    /// Container Insights performance events ingested per month
    #[arg(long, value_name = "GB", default_value = "0")]
    insights_log_gb: Decimal,
}

/// The JSON output of `cost` for a given usage. Amounts are strings with six decimal places.
#[derive(Serialize)]
struct CostJson<'a> {
    format_version: &'static str,
    project_name: &'a str,
    environment: &'a str,
    region: &'a Region,
    currency: &'static str,
    usage: &'a Use,
    #[serde(flatten)]
    bill: &'a Bill,
}

/// The JSON output of `cost` without any usage.
#[derive(Serialize)]
struct RatesJson<'a> {
    format_version: &'static str,
    region: &'a Region,
    currency: &'static str,
    rates: Vec<&'a Known>,
    /// The unknown rates.
    missing: Vec<Rate>,
}

pub(super) fn run(context: &Context<'_>, args: &CostArgs) -> Result<Exit, Failure> {
    let Some(region) = &context.config.region else {
        let problem = Problem::new("no region is set, and rates differ between regions");
        let help = "pass --region, set AWS_REGION, or set `region` in the configuration";
        return Err(Failure::new(Kind::Usage, problem.help(help)));
    };
    let spec = &context.config.spec;
    let usage = Use {
        tasks: args.tasks,
        vcpu: args.vcpu,
        memory_gb: args.memory_gb,
        hours: args.hours.unwrap_or(Decimal::whole(HOURS)),
        image_gb: args.image_gb,
        log_gb: args.log_gb,
        log_stored_gb: args.log_stored_gb,
        insights_metrics: args.insights_metrics,
        insights_log_gb: args.insights_log_gb,
    };
    let given: &GivenRates = &context.config.rates;
    let rates = rates(region, given);
    if usage.is_nothing() {
        return show_rates(context.printer, region, &rates);
    }
    let bill = bill(spec, &usage, &rates).map_err(|why| failure(&why, region, &rates))?;
    if context.printer.is_json() {
        let document = CostJson {
            format_version: "1.0",
            project_name: spec.project_name.as_str(),
            environment: spec.environment.as_str(),
            region,
            currency: "USD",
            usage: &usage,
            bill: &bill,
        };
        context.printer.json(&document, Shape::Document);
    } else {
        let printer = context.printer;
        printer.show(&text(&spec.base_name(), region, &bill, printer.terminal()));
    }
    Ok(Exit::Success)
}

/// Prints the rates of a region.
fn show_rates(printer: &Printer, region: &Region, rates: &Rates) -> Result<Exit, Failure> {
    let (known, missing): (Vec<Rate>, Vec<Rate>) =
        Rate::ALL.into_iter().partition(|rate| rates.get(*rate).is_some());
    if known.is_empty() {
        return Err(failure(&NoBill::Missing(missing), region, rates));
    }
    if printer.is_json() {
        let rates = known.into_iter().filter_map(|rate| rates.get(rate)).collect();
        let document = RatesJson { format_version: "1.0", region, currency: "USD", rates, missing };
        printer.json(&document, Shape::Document);
        return Ok(Exit::Success);
    }
    let mut text = paint(BOLD, format!("Rates in {region}, in USD")) + "\n\n";
    let width = Rate::ALL.map(|rate| rate.about().len()).into_iter().max().unwrap_or_default();
    for rate in Rate::ALL {
        let about = rate.about();
        let Some(known) = rates.get(rate) else {
            text.extend([format!("{about:width$}  {}\n", paint(DIM, "unknown"))]);
            continue;
        };
        let row = format!("{about:width$}  {:<9}", known.usd);
        let source = source(known);
        match printer.terminal() {
            Some(columns) if row.len() + 3 + source.len() > columns => {
                let row = format!("{}\n    {}\n", row.trim_end(), paint(DIM, source));
                text.push_str(&row);
            }
            _ => text.extend([row, format!("   {source}\n")]),
        }
    }
    text.push_str("\n- on-demand list prices, excluding tax and free tier\n");
    if !missing.is_empty() {
        text.push_str("- unknown rates can be added to the `rates` table of the configuration\n");
    }
    text.push_str(
        "- for an estimate, give the usage, such as --tasks 2 --vcpu 0.5 --memory-gb 1\n",
    );
    printer.show(&text);
    Ok(Exit::Success)
}

/// Returns the source of a rate, with the date on which the rate was checked.
fn source(rate: &Known) -> String {
    let seen = rate.as_of.as_deref().map_or_else(String::new, |day| format!(", {day}"));
    format!("{}{seen}", rate.source)
}

fn failure(why: &NoBill, region: &Region, rates: &Rates) -> Failure {
    let missing = match why {
        NoBill::TooLarge => {
            let problem = Problem::new("cannot calculate the cost: the usage values are too large");
            return Failure::new(Kind::Usage, problem.help("use smaller numbers"));
        }
        NoBill::Missing(missing) => missing,
    };
    let names: Vec<&str> = missing.iter().map(|rate| rate.key()).collect();
    let message = if rates.has_region {
        format!("no rates are known for {} in {region}", names.join(", "))
    } else {
        let known = regions().join(" and ");
        format!(
            "no rates are known for {region}, only for {known}; required rates: {}",
            names.join(", ")
        )
    };
    let mut pages: Vec<&str> = missing.iter().map(|rate| rate.page()).collect();
    pages.dedup();
    let lines: Vec<String> =
        missing.iter().map(|rate| format!("{} = \"0.00\"", rate.key())).collect();
    let help = format!(
        "look them up at {} and add them to the configuration:\n[rates]\n{}",
        pages.join(" and "),
        lines.join("\n")
    );
    Failure::new(Kind::Configuration, Problem::new(message).help(help))
}

/// Formats the bill as text. On a narrow terminal, the source of each rate is on a separate line.
fn text(name: &str, region: &Region, bill: &Bill, terminal: Option<usize>) -> String {
    let mut lines =
        vec![paint(BOLD, format!("Monthly cost of {name} in {region}, in USD")), String::new()];
    for line in &bill.lines {
        let rate = &line.rate;
        let quantity = line.quantity.rounded(2);
        let sum = line.usd.rounded(2);
        let source = source(rate);
        let (what, unit, usd) = (line.what, line.unit, rate.usd);
        let row = format!("{what:<20} {quantity:>12} {unit:<10} x {usd:<9} {sum:>10}");
        match terminal {
            Some(columns) if row.len() > columns => {
                lines.push(format!("{what}: {quantity} {unit} x {usd} = {sum}"));
                lines.push(paint(DIM, format!("    {source}")));
            }
            Some(columns) if row.len() + 3 + source.len() > columns => {
                lines.push(row);
                lines.push(paint(DIM, format!("    {source}")));
            }
            _ => lines.push(format!("{row}   {source}")),
        }
    }
    let total = paint(BOLD, "Total");
    lines.push(match terminal {
        Some(columns) if columns < 67 => format!("{total}: {}", bill.total_usd),
        _ => format!("{total}{:>62}", bill.total_usd),
    });
    if !bill.savings.is_empty() {
        lines.push(String::new());
        lines.push(paint(BOLD, "Possible savings"));
        for saving in &bill.savings {
            let amount = saving.usd.map_or_else(
                || {
                    let rates = [Rate::FargateSpotVcpuHour, Rate::FargateSpotGbHour];
                    let keys = rates.map(Rate::key).join(" and ");
                    format!("up to 70% off Fargate prices, according to AWS; set {keys} to see the amount")
                },
                |usd| usd.rounded(2).to_string(),
            );
            lines.push(format!("  {}: {amount} ({})", saving.change, saving.note));
        }
    }
    lines.push(String::new());
    lines.extend(bill.notes.iter().map(|note| format!("- {note}")));
    lines.join("\n") + "\n"
}
