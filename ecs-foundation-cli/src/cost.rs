//! What a foundation costs a month under stated use. Pure: use and rates in, lines out, every number exact.

mod decimal;
mod rates;

#[cfg(test)]
mod tests;

use infra_core::arn::Region;
use infra_core::foundation::FoundationSpec;
use infra_core::provider::{ContainerInsights, LogGroupClass, Retention};
use serde::Serialize;

pub use decimal::Decimal;
pub use rates::{GivenRates, Rate};
pub(crate) use rates::{Known, Rates, each_rate, regions};

/// A month as AWS's calculator counts it.
pub(crate) const HOURS: i128 = 730;
/// How many digits of a cent are kept in lines for programs.
const FINE: u32 = 6;

/// What runs on a foundation in a month.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Use {
    pub(crate) tasks: u32,
    pub(crate) vcpu: Decimal,
    pub(crate) memory_gb: Decimal,
    pub(crate) hours: Decimal,
    pub(crate) image_gb: Decimal,
    pub(crate) log_gb: Decimal,
    /// What is kept; `None` follows from what is taken in and the retention.
    pub(crate) log_stored_gb: Option<Decimal>,
    pub(crate) insights_metrics: u32,
    pub(crate) insights_log_gb: Decimal,
}

/// One line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    /// What for.
    pub(crate) what: &'static str,
    /// How much of it.
    pub(crate) quantity: Decimal,
    /// In what.
    pub(crate) unit: &'static str,
    /// At which rate.
    pub(crate) rate: Known,
    /// What it comes to.
    pub(crate) usd: Decimal,
}

/// What a change would save.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Saving {
    pub(crate) change: &'static str,
    /// What it saves a month; `None` where the rates for it are not known.
    pub(crate) usd: Option<Decimal>,
    pub(crate) note: &'static str,
}

/// A month's bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Bill {
    pub(crate) lines: Vec<Line>,
    pub(crate) total_usd: Decimal,
    pub(crate) savings: Vec<Saving>,
    pub(crate) notes: Vec<String>,
}

/// Why there is no bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoBill {
    /// Rates are missing.
    Missing(Vec<Rate>),
    /// The numbers are beyond all bounds.
    TooLarge,
}

/// Makes a bill line by line, and remembers which rates are missing.
struct Teller<'a> {
    rates: &'a Rates,
    lines: Vec<Line>,
    missing: Vec<Rate>,
    too_large: bool,
}

impl Teller<'_> {
    fn line(
        &mut self,
        what: &'static str,
        quantity: Option<Decimal>,
        unit: &'static str,
        rate: Rate,
    ) {
        let Some(quantity) = quantity else {
            self.too_large = true;
            return;
        };
        if quantity.is_zero() {
            return;
        }
        let Some(known) = self.rates.get(rate) else {
            self.missing.push(rate);
            return;
        };
        match quantity.times(known.usd) {
            Some(usd) => self.lines.push(Line { what, quantity, unit, rate: known.clone(), usd }),
            None => self.too_large = true,
        }
    }
}

/// How the cluster's default strategy shares tasks out: those on Fargate, and those on Fargate Spot.
///
/// The base goes to its provider first, the rest by weight, as
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html> says; what does
/// not divide goes to Fargate, so that the bill is never too low. Without a strategy, tasks run where their
/// service says, which is taken to be Fargate.
fn shares(spec: &FoundationSpec, tasks: u32) -> (u32, u32) {
    let strategy = &spec.cluster.capacity.default_strategy;
    let of = |name: &str| strategy.iter().find(|item| item.capacity_provider == name);
    let (plain, spot) = (of("FARGATE"), of("FARGATE_SPOT"));
    let Some(spot) = spot else { return (tasks, 0) };
    let (plain_base, plain_weight) = plain.map_or((0, 0), |item| (item.base, item.weight));
    let based_plain = plain_base.min(tasks);
    let based_spot = spot.base.min(tasks - based_plain);
    let rest = u64::from(tasks - based_plain - based_spot);
    let weights = u64::from(plain_weight) + u64::from(spot.weight);
    let shared = (rest * u64::from(spot.weight)).checked_div(weights).unwrap_or(0);
    let on_spot = based_spot + u32::try_from(shared).unwrap_or(0);
    (tasks - on_spot, on_spot)
}

/// What is kept of the logs: of what is taken in evenly, as much as the retention spans. A log group that forgets
/// nothing is counted as after its first year.
fn stored(spec: &FoundationSpec, usage: &Use) -> Option<Decimal> {
    match (usage.log_stored_gb, spec.log_group.retention) {
        (Some(stored), _) => Some(stored),
        (None, Retention::Never) => usage.log_gb.times(Decimal::whole(12)),
        (None, Retention::Days(days)) => {
            let hours = Decimal::whole(i128::from(days.days()) * 24);
            usage.log_gb.times(hours)?.over(HOURS, FINE)
        }
    }
}

fn product(tasks: u32, size: Decimal, hours: Decimal) -> Option<Decimal> {
    Decimal::whole(i128::from(tasks)).times(size)?.times(hours)
}

/// The bill of a foundation in a region.
pub(crate) fn bill(spec: &FoundationSpec, usage: &Use, rates: &Rates) -> Result<Bill, NoBill> {
    let mut teller = Teller { rates, lines: Vec::new(), missing: Vec::new(), too_large: false };
    let (plain, spot) = shares(spec, usage.tasks);
    let Use { vcpu, memory_gb, hours, .. } = *usage;
    let compute = |tasks, size| product(tasks, size, hours);
    teller.line("Fargate CPU", compute(plain, vcpu), "vCPU-hours", Rate::FargateVcpuHour);
    teller.line("Fargate memory", compute(plain, memory_gb), "GB-hours", Rate::FargateGbHour);
    teller.line("Fargate Spot CPU", compute(spot, vcpu), "vCPU-hours", Rate::FargateSpotVcpuHour);
    teller.line(
        "Fargate Spot memory",
        compute(spot, memory_gb),
        "GB-hours",
        Rate::FargateSpotGbHour,
    );
    teller.line("Images in ECR", Some(usage.image_gb), "GB-months", Rate::EcrGbMonth);

    let (ingestion, storage) = match spec.log_group.class {
        LogGroupClass::InfrequentAccess => {
            (Rate::LogsInfrequentAccessIngestionGb, Rate::LogsInfrequentAccessStorageGbMonth)
        }
        _ => (Rate::LogsIngestionGb, Rate::LogsStorageGbMonth),
    };
    teller.line("Logs taken in", Some(usage.log_gb), "GB", ingestion);
    teller.line("Logs kept", stored(spec, usage), "GB-months", storage);

    let first_of_insights = teller.lines.len();
    let metric = match spec.cluster.container_insights {
        ContainerInsights::Disabled => None,
        ContainerInsights::Enhanced => Some(Rate::InsightsEnhancedMetricMonth),
        _ => Some(Rate::InsightsMetricMonth),
    };
    if let Some(metric) = metric {
        let metrics = Decimal::whole(i128::from(usage.insights_metrics));
        teller.line("Insights metrics", Some(metrics), "metrics", metric);
        // Its events are in a log group of their own, of the class STANDARD.
        let events = Some(usage.insights_log_gb);
        teller.line("Insights events", events, "GB", Rate::LogsIngestionGb);
    }
    let Teller { rates: _, lines, missing, too_large } = teller;
    if too_large {
        return Err(NoBill::TooLarge);
    }
    if !missing.is_empty() {
        return Err(NoBill::Missing(missing));
    }
    let sum =
        |lines: &[Line]| lines.iter().try_fold(Decimal::default(), |sum, line| sum.plus(line.usd));
    let total = sum(&lines).ok_or(NoBill::TooLarge)?;
    let mut savings = Vec::new();
    if metric.is_some() {
        savings.push(Saving {
            change: "cluster.container_insights = \"disabled\"",
            usd: sum(&lines[first_of_insights..]).map(|usd| usd.rounded(FINE)),
            note: "what Container Insights costs",
        });
    }
    if plain > 0 {
        savings.push(Saving {
            change: "all tasks on FARGATE_SPOT",
            usd: on_spot(usage, plain, rates).map(|usd| usd.rounded(FINE)),
            note: "AWS takes the capacity back with two minutes' notice",
        });
    }
    let lines = lines.into_iter().map(|line| Line { usd: line.usd.rounded(FINE), ..line });
    Ok(Bill {
        lines: lines.collect(),
        total_usd: total.rounded(2),
        savings,
        notes: notes(spec, usage, metric.is_some()),
    })
}

/// What the tasks on Fargate would cost less on Spot, where its rates are known.
fn on_spot(usage: &Use, tasks: u32, rates: &Rates) -> Option<Decimal> {
    let less = |size: Decimal, rate, spot| {
        let difference = rates.get(rate)?.usd.minus(rates.get(spot)?.usd)?;
        product(tasks, size, usage.hours)?.times(difference)
    };
    let cpu = less(usage.vcpu, Rate::FargateVcpuHour, Rate::FargateSpotVcpuHour)?;
    cpu.plus(less(usage.memory_gb, Rate::FargateGbHour, Rate::FargateSpotGbHour)?)
}

fn notes(spec: &FoundationSpec, usage: &Use, insights: bool) -> Vec<String> {
    let mut notes = vec![
        "cluster, roles, policies and an empty repository or log group cost nothing".to_owned(),
        "on-demand list prices in USD, without tax, free tier, traffic and NAT".to_owned(),
        "every product is exact; lines and total are rounded half up to a cent, each by itself"
            .to_owned(),
    ];
    if usage.log_stored_gb.is_none() && !usage.log_gb.is_zero() {
        notes.push(match spec.log_group.retention {
            Retention::Never => "the log group forgets nothing: what it keeps is counted as after a year, and \
                                 goes on growing"
                .to_owned(),
            Retention::Days(days) => format!(
                "logs kept: what {} days take in, uncompressed; AWS stores them compressed, so it will be less",
                days.days()
            ),
        });
    }
    if insights && usage.insights_metrics == 0 && usage.insights_log_gb.is_zero() {
        notes.push(
            "Container Insights is on, and its use is not in the bill: give --insights-metrics and \
             --insights-log-gb"
                .to_owned(),
        );
    }
    if usage.insights_metrics > 10_000 {
        notes.push("metrics beyond 10,000 cost less than the rate that is counted here".to_owned());
    }
    notes
}

/// The rates of a region, or why there can be no bill for it.
pub(crate) fn rates(region: &Region, given: &GivenRates) -> Rates {
    Rates::of(region, given)
}
