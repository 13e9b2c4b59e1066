//! Tests that compare bills with amounts calculated by hand.

use infra_core::foundation::{FoundationSpec, ServiceSettings};
use infra_core::provider::{ContainerInsights, LogGroupClass, Retention, StrategyItem};

use super::{Bill, Decimal, GivenRates, NoBill, Rate, Rates, Use, bill};

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn spec() -> FoundationSpec {
    FoundationSpec::new("demo".parse().unwrap(), "dev".parse().unwrap())
}

/// Returns the usage for a month with two tasks, images, logs and Container Insights.
fn usage() -> Use {
    Use {
        tasks: 2,
        vcpu: number("0.5"),
        memory_gb: number("1"),
        hours: number("730"),
        image_gb: number("5"),
        log_gb: number("10"),
        log_stored_gb: None,
        insights_metrics: Some(20),
        insights_log_gb: number("1"),
    }
}

fn rates(given: &GivenRates) -> Rates {
    Rates::of(&"us-east-1".parse().unwrap(), given)
}

fn lines(bill: &Bill) -> Vec<String> {
    let shown =
        |line: &super::Line| format!("{} {} {}", line.what, line.quantity, line.usd.rounded(4));
    bill.lines.iter().map(shown).collect()
}

#[test]
fn bill_is_the_sum_of_its_lines() {
    let bill = bill(&spec(), &usage(), &rates(&GivenRates::new())).unwrap();
    assert_eq!(
        lines(&bill),
        [
            // 2 x 0.5 x 730 = 730 vCPU-hours at 0.04048
            "Fargate CPU 730.0 29.5504",
            // 2 x 1 x 730 = 1460 GB-hours at 0.004445
            "Fargate memory 1460 6.4897",
            "Images in ECR 5 0.5000",
            "Logs ingested 10 5.0000",
            // 10 x 14 x 24 / 730 = 4.602740 at 0.03
            "Logs stored 4.602740 0.1381",
            "Insights metrics 20 6.0000",
            "Insights events 1 0.5000",
        ]
    );
    // 29.5504 + 6.4897 + 0.5 + 5 + 0.1380822 + 6 + 0.5 = 48.1781822
    assert_eq!(bill.total_usd.to_string(), "48.18");
    assert_eq!(bill.savings[0].usd, Some(number("6.5")));
    assert_eq!(bill.savings[1].usd, None, "Spot has no known rate");
}

#[test]
fn bill_depends_on_the_configuration() {
    let none = GivenRates::new();
    let mut quiet = spec();
    quiet.cluster.container_insights = ContainerInsights::Disabled;
    quiet.log_group.retention = Retention::Never;
    let bill_of_quiet = bill(&quiet, &usage(), &rates(&none)).unwrap();
    let shown = lines(&bill_of_quiet);
    assert!(shown.contains(&"Logs stored 120 3.6000".to_owned()), "{shown:?}");
    assert!(!shown.iter().any(|line| line.starts_with("Insights")), "{shown:?}");

    let mut rare = spec();
    rare.log_group.class = LogGroupClass::InfrequentAccess;
    let missing = bill(&rare, &usage(), &rates(&none)).unwrap_err();
    assert_eq!(missing, NoBill::Missing(vec![Rate::LogsInfrequentAccessStorageGbMonth]));
    let given = [(Rate::LogsInfrequentAccessStorageGbMonth, number("0.02"))].into();
    let shown = lines(&bill(&rare, &usage(), &rates(&given)).unwrap());
    assert!(shown.contains(&"Logs ingested 10 2.5000".to_owned()), "{shown:?}");

    let mut enhanced = spec();
    enhanced.cluster.container_insights = ContainerInsights::Enhanced;
    let missing = bill(&enhanced, &usage(), &rates(&none)).unwrap_err();
    assert_eq!(missing, NoBill::Missing(vec![Rate::InsightsEnhancedMetricMonth]));
}

#[test]
fn container_insights_is_estimated_if_tasks_run() {
    let none = GivenRates::new();
    let insights = |spec: &FoundationSpec, usage: &Use| {
        let bill = bill(spec, usage, &rates(&none)).unwrap();
        let lines = lines(&bill).into_iter().filter(|line| line.starts_with("Insights metrics"));
        (lines.collect::<Vec<_>>(), bill.notes.concat())
    };
    let usage = Use { insights_metrics: None, insights_log_gb: Decimal::default(), ..usage() };
    // 38 x 0.30
    let estimate = vec!["Insights metrics 38 11.4000".to_owned()];
    let (lines, notes) = insights(&spec(), &usage);
    assert_eq!(lines, estimate);
    assert!(notes.contains("estimated as 38 metrics"), "{notes}");
    assert!(notes.contains("pass --insights-log-gb"), "{notes}");
    let many = Use { tasks: 50, ..usage.clone() };
    assert_eq!(insights(&spec(), &many).0, estimate, "the number of tasks does not matter");
    let given = Use { insights_metrics: Some(0), ..usage.clone() };
    assert!(insights(&spec(), &given).0.is_empty());
    let idle = Use { tasks: 0, ..usage.clone() };
    assert!(insights(&spec(), &idle).0.is_empty());
    let mut enhanced = spec();
    enhanced.cluster.container_insights = ContainerInsights::Enhanced;
    let (lines, notes) = insights(&enhanced, &usage);
    assert!(lines.is_empty() && notes.contains("its usage is not included"), "{notes}");
}

#[test]
fn a_service_with_another_class_or_retention_is_noted() {
    let note = |change: fn(&mut ServiceSettings)| {
        let mut spec = spec();
        let mut settings = ServiceSettings::new(&spec.environment);
        change(&mut settings);
        spec.services.insert("worker".parse().unwrap(), settings);
        let notes = bill(&spec, &usage(), &rates(&GivenRates::new())).unwrap().notes;
        notes.into_iter().find(|note| note.contains("worker"))
    };
    assert_eq!(note(|_| ()), None);
    let expected = "all logs are priced like those in the default log group, although the log \
                    groups of these services have a different class or retention: worker";
    assert_eq!(note(|it| it.log_group.retention = Retention::Never).as_deref(), Some(expected));
    assert_eq!(
        note(|it| it.log_group.class = LogGroupClass::InfrequentAccess).as_deref(),
        Some(expected)
    );
}

#[test]
fn tasks_are_split_according_to_the_strategy() {
    let item = |name: &str, base, weight| StrategyItem {
        capacity_provider: name.to_owned(),
        base,
        weight,
    };
    let cases = [
        (vec![item("FARGATE", 1, 100)], 5, (5, 0)),
        (vec![item("FARGATE_SPOT", 0, 1)], 5, (0, 5)),
        (vec![item("FARGATE", 1, 1), item("FARGATE_SPOT", 0, 3)], 9, (3, 6)),
        // Three tasks cannot be split evenly, so Fargate gets the extra task.
        (vec![item("FARGATE", 0, 1), item("FARGATE_SPOT", 0, 1)], 3, (2, 1)),
        (vec![item("FARGATE", 0, 1), item("FARGATE_SPOT", 2, 0)], 5, (3, 2)),
        (Vec::new(), 5, (5, 0)),
    ];
    for (items, tasks, expected) in cases {
        let mut spec = spec();
        spec.cluster.capacity.default_strategy = items.into_iter().collect();
        assert_eq!(super::shares(&spec, tasks), expected, "{:?}", spec.cluster.capacity);
    }
}

#[test]
fn spot_saving_is_calculated_from_configured_rates() {
    let given: GivenRates =
        [(Rate::FargateSpotVcpuHour, number("0.02")), (Rate::FargateSpotGbHour, number("0.002"))]
            .into();
    let bill = bill(&spec(), &usage(), &rates(&given)).unwrap();
    // 730 x 0.02048 + 1460 x 0.002445 = 14.9504 + 3.5697
    assert_eq!(bill.savings[1].usd, Some(number("18.5201")));
}

#[test]
fn unused_items_need_no_rate_and_huge_usage_is_an_error() {
    let idle = Use {
        tasks: 0,
        image_gb: Decimal::default(),
        log_gb: Decimal::default(),
        insights_metrics: None,
        insights_log_gb: Decimal::default(),
        ..usage()
    };
    let anywhere = Rates::of(&"eu-central-1".parse().unwrap(), &GivenRates::new());
    assert_eq!(bill(&spec(), &idle, &anywhere).unwrap().total_usd.to_string(), "0.00");
    let most = number("999999999999.999999999");
    let endless = Use { tasks: u32::MAX, vcpu: most, hours: most, ..usage() };
    assert_eq!(bill(&spec(), &endless, &rates(&GivenRates::new())), Err(NoBill::TooLarge));
}
