//! Calculates the monthly cost of a foundation for a given usage. The calculation has no side
//! effects and uses exact decimal numbers.

mod decimal;
mod rates;

#[cfg(test)]
mod tests;

use infra_core::arn::Region;
use infra_core::foundation::{FoundationSpec, LogGroupSettings};
use infra_core::provider::{ContainerInsights, LogGroupClass, Retention};
use serde::Serialize;

pub use decimal::Decimal;
pub use rates::{GivenRates, Rate};
pub(crate) use rates::{Known, Rates, each_rate, regions};

/// The number of hours in a month, as in the AWS Pricing Calculator.
pub(crate) const HOURS: i128 = 730;
/// The number of decimal places to which all amounts except the total are rounded.
const FINE: u32 = 6;

/// The monthly usage of a foundation.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Use {
    pub(crate) tasks: u32,
    pub(crate) vcpu: Decimal,
    pub(crate) memory_gb: Decimal,
    pub(crate) hours: Decimal,
    pub(crate) image_gb: Decimal,
    pub(crate) log_gb: Decimal,
    /// The amount of stored logs, or `None` to calculate it from the ingested logs and the
    /// retention.
    pub(crate) log_stored_gb: Option<Decimal>,
    /// The number of Container Insights metrics, or `None` to estimate it.
    pub(crate) insights_metrics: Option<u32>,
    pub(crate) insights_log_gb: Decimal,
}

impl Use {
    /// Returns whether the usage has no billable items.
    pub(crate) fn is_nothing(&self) -> bool {
        let sizes = [self.image_gb, self.log_gb, self.insights_log_gb];
        self.tasks == 0
            && sizes.into_iter().chain(self.log_stored_gb).all(Decimal::is_zero)
            && self.insights_metrics.unwrap_or_default() == 0
    }
}

/// The number of Container Insights metrics for a cluster with one service and one task definition
/// family. The cluster, the service and the family have ten metrics each. The cluster has three
/// more, and the service has five more. The number does not depend on how many tasks run.
///
/// The metrics and their dimensions are those in
/// <https://github.com/awsdocs/amazon-cloudwatch-user-guide/blob/main/doc_source/Container-Insights-metrics-ECS.md>,
/// plus the reserved and used ephemeral storage on Fargate in
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html>. The
/// storage page lists no dimensions, so the storage metrics are assumed to have the same dimensions
/// as a task's CPU and memory metrics.
const INSIGHTS_METRICS: u32 = 3 * 10 + 3 + 5;

/// Returns the number of Container Insights metrics that the user specified, or an estimate.
///
/// The estimate is zero if there are no tasks. It is also zero for enhanced observability, because
/// the number of metrics then depends on the containers. If the rate is unknown, the estimate is
/// zero too, because any other number would cause an error about the missing rate.
fn insights_metrics(spec: &FoundationSpec, usage: &Use, rates: &Rates) -> u32 {
    let is_estimated = usage.tasks > 0
        && spec.cluster.container_insights == ContainerInsights::Enabled
        && rates.get(Rate::InsightsMetricMonth).is_some();
    usage.insights_metrics.unwrap_or(if is_estimated { INSIGHTS_METRICS } else { 0 })
}

/// One line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    /// The item.
    pub(crate) what: &'static str,
    /// The quantity, in `unit`.
    pub(crate) quantity: Decimal,
    /// The unit of the quantity.
    pub(crate) unit: &'static str,
    /// The price of one unit.
    pub(crate) rate: Known,
    /// The amount.
    pub(crate) usd: Decimal,
}

/// A change that would reduce the bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Saving {
    pub(crate) change: &'static str,
    /// The amount saved per month, or `None` if a rate is unknown.
    pub(crate) usd: Option<Decimal>,
    pub(crate) note: &'static str,
}

/// The bill for a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Bill {
    pub(crate) lines: Vec<Line>,
    pub(crate) total_usd: Decimal,
    pub(crate) savings: Vec<Saving>,
    pub(crate) notes: Vec<String>,
}

/// The reason why a bill cannot be calculated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoBill {
    /// Rates are missing.
    Missing(Vec<Rate>),
    /// The numbers are too large.
    TooLarge,
}

/// Builds a bill line by line and records missing rates.
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

/// Splits the tasks between Fargate and Fargate Spot according to the cluster's default strategy.
///
/// Each provider first gets its base, and the weights determine how the remaining tasks are split,
/// as described in
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html>.
/// If the tasks cannot be split exactly, Fargate's share is rounded up, so that the bill is never
/// too low. Without a strategy, all tasks are assumed to run on Fargate.
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

/// Returns the amount of stored logs that the user specified, or an estimate. The estimate is the
/// amount ingested during the retention period, or during one year if events never expire. Logs are
/// assumed to be ingested at a constant rate.
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

/// Calculates the bill for a foundation.
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
    teller.line("Logs ingested", Some(usage.log_gb), "GB", ingestion);
    teller.line("Logs stored", stored(spec, usage), "GB-months", storage);

    let first_of_insights = teller.lines.len();
    let metric = match spec.cluster.container_insights {
        ContainerInsights::Disabled => None,
        ContainerInsights::Enhanced => Some(Rate::InsightsEnhancedMetricMonth),
        _ => Some(Rate::InsightsMetricMonth),
    };
    let metrics = insights_metrics(spec, usage, rates);
    if let Some(metric) = metric {
        let metrics = Decimal::whole(i128::from(metrics));
        teller.line("Insights metrics", Some(metrics), "metrics", metric);
        // Container Insights writes performance events to its own log group, which has the class
        // STANDARD.
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
            note: "the cost of Container Insights",
        });
    }
    if plain > 0 {
        savings.push(Saving {
            change: "all tasks on FARGATE_SPOT",
            usd: on_spot(usage, plain, rates).map(|usd| usd.rounded(FINE)),
            note: "AWS can interrupt tasks with two minutes' notice",
        });
    }
    let lines = lines.into_iter().map(|line| Line { usd: line.usd.rounded(FINE), ..line });
    Ok(Bill {
        lines: lines.collect(),
        total_usd: total.rounded(2),
        savings,
        notes: notes(spec, usage, metric.map(|_| metrics)),
    })
}

/// Returns the amount saved by running the Fargate tasks on Spot, if the rates are known.
fn on_spot(usage: &Use, tasks: u32, rates: &Rates) -> Option<Decimal> {
    let less = |size: Decimal, rate, spot| {
        let difference = rates.get(rate)?.usd.minus(rates.get(spot)?.usd)?;
        product(tasks, size, usage.hours)?.times(difference)
    };
    let cpu = less(usage.vcpu, Rate::FargateVcpuHour, Rate::FargateSpotVcpuHour)?;
    cpu.plus(less(usage.memory_gb, Rate::FargateGbHour, Rate::FargateSpotGbHour)?)
}

/// Returns the notes that are printed below a bill. `insights` is the number of metrics, or `None`
/// if Container Insights is disabled.
fn notes(spec: &FoundationSpec, usage: &Use, insights: Option<u32>) -> Vec<String> {
    let mut notes = vec![
        "the cluster, roles, policies, empty repositories and empty log groups are free of charge"
            .to_owned(),
        "on-demand list prices in USD, excluding tax, free tier, data transfer and NAT gateways"
            .to_owned(),
        "each line and the total are rounded separately, so the lines may not add up to the total"
            .to_owned(),
    ];
    if usage.log_stored_gb.is_none() && !usage.log_gb.is_zero() {
        notes.push(match spec.log_group.retention {
            Retention::Never => "log events never expire: the stored logs are those after one year, and they keep \
                                 growing"
                .to_owned(),
            Retention::Days(days) => format!(
                "stored logs: the logs ingested in {} days, uncompressed; AWS stores them compressed, so the actual \
                 cost is lower",
                days.days()
            ),
        });
    }
    let is_other = |other: &LogGroupSettings| {
        (&other.class, other.retention) != (&spec.log_group.class, spec.log_group.retention)
    };
    let others = spec.services.iter().filter(|(_, settings)| is_other(&settings.log_group));
    let others: Vec<&str> = others.map(|(name, _)| name.as_str()).collect();
    if !others.is_empty() && !usage.log_gb.is_zero() {
        notes.push(format!(
            "all logs are priced like those in the default log group, although the log groups of these \
             services have a different class or retention: {}",
            others.join(", ")
        ));
    }
    let metrics = insights.unwrap_or_default();
    if insights.is_some() && metrics == 0 && usage.insights_log_gb.is_zero() {
        notes.push(
            "Container Insights is enabled, but its usage is not included: pass --insights-metrics and \
             --insights-log-gb"
                .to_owned(),
        );
    } else if usage.insights_metrics.is_none() && metrics > 0 {
        let events = if usage.insights_log_gb.is_zero() {
            "; its performance events are not included: pass --insights-log-gb"
        } else {
            ""
        };
        notes.push(format!(
            "Container Insights is estimated as {metrics} metrics for the cluster and one service, regardless of the \
             number of tasks{events}"
        ));
    }
    if metrics > 10_000 {
        notes.push(
            "AWS charges less than the rate used here for metrics beyond the first 10,000"
                .to_owned(),
        );
    }
    notes
}

/// Returns the rates for a region, including the configured rates.
pub(crate) fn rates(region: &Region, given: &GivenRates) -> Rates {
    Rates::of(region, given)
}
