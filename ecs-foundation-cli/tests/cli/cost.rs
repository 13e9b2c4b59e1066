//! Tests of `cost`: text and JSON estimates, and the error for a missing rate.

use crate::sandbox::{CONFIG, Sandbox};

const USE: &str =
    "cost --tasks 2 --vcpu 0.5 --memory-gb 1 --image-gb 5 --log-gb 10 --insights-metrics 20";

#[test]
fn an_estimate_lists_each_rate_with_its_source_and_date_and_suggests_savings() {
    let run = Sandbox::new().run(USE).succeeds();
    assert_eq!(run.stderr, "", "no connection is made");
    run.shows("Monthly cost of demo-dev in us-east-1, in USD")
        .shows("Fargate CPU")
        .shows("x 0.04048        29.55   https://aws.amazon.com/fargate/pricing/, 2026-06-01")
        .shows("Logs stored                  4.60 GB-months")
        .shows("47.68")
        .shows("cluster.container_insights = \"disabled\": 6.00")
        .shows("all tasks on FARGATE_SPOT: up to 70% off Fargate prices, according to AWS")
        .shows("stored logs: the logs ingested in 14 days, uncompressed");
}

#[test]
fn json_output_has_exact_amounts() {
    let document = Sandbox::new().run(&format!("{USE} --format json")).succeeds().json();
    assert_eq!(document["format_version"], "1.0");
    assert_eq!(document["region"], "us-east-1");
    assert_eq!(document["total_usd"], "47.68");
    let cpu = &document["lines"][0];
    assert_eq!(cpu["usd"], "29.550400");
    assert_eq!(cpu["rate"]["rate"], "fargate_vcpu_hour");
    assert_eq!(cpu["rate"]["as_of"], "2026-06-01");
    assert_eq!(document["usage"]["hours"], "730");
}

#[test]
fn configured_rates_override_built_in_rates() {
    let config = format!("{CONFIG}[rates]\nfargate_vcpu_hour = \"0.01\"\necr_gb_month = \"0\"\n");
    let run = Sandbox::with_config(&config).run(USE).succeeds();
    run.shows("x 0.01            7.30   the configuration").shows("Images in ECR");
    let config = format!("{CONFIG}[rates]\nfargate_vcpu_hour = \"cheap\"\n");
    let run = Sandbox::with_config(&config).run(USE).fails();
    run.says("fargate_vcpu_hour").says("a number with up to 12 digits before the decimal point");
}

#[test]
fn tokyo_has_its_own_rates() {
    let run = Sandbox::new().run(&format!("{USE} --region ap-northeast-1")).succeeds();
    run.shows("x 0.05056").shows("x 0.76").shows("2026-09-23");
}

#[test]
fn the_error_for_a_region_without_rates_says_how_to_configure_them() {
    let sandbox = Sandbox::new();
    let run = sandbox.run("cost --tasks 1 --region eu-central-1").fails();
    run.says("no rates are known for eu-central-1, only for us-east-1 and ap-northeast-1")
        .says("https://aws.amazon.com/fargate/pricing/")
        .says("[rates]")
        .says("fargate_gb_hour = \"0.00\"");
    let rates = "[rates]\nfargate_vcpu_hour = \"0.04656\"\nfargate_gb_hour = \"0.00511\"\n";
    sandbox.write("ecs-foundation.toml", &format!("{CONFIG}{rates}"));
    sandbox.run("cost --tasks 1 --region eu-central-1").succeeds().shows("the configuration");
    sandbox.write("ecs-foundation.toml", "project_name = \"demo\"\nenvironment = \"dev\"\n");
    sandbox
        .run("cost --tasks 1")
        .fails()
        .says("no region is set, and rates differ between regions")
        .says("pass --region");
    sandbox
        .run("cost --tasks 1 --vcpu half")
        .fails()
        .says("a number with up to 12 digits before the decimal point");
}

#[test]
fn the_rates_of_the_region_are_printed_without_usage() {
    let config = format!("{CONFIG}[rates]\necr_gb_month = \"0.2\"\n");
    let sandbox = Sandbox::with_config(&config);
    let run = sandbox.run("cost").succeeds();
    assert_eq!(run.stderr, "", "no connection is made");
    let row = |about: &str| {
        let row = run.stdout.lines().find(|line| line.starts_with(about));
        let row = row.unwrap_or_else(|| panic!("{about}: {run:#?}"));
        row[about.len()..].split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(run.stdout.starts_with("Rates in us-east-1, in USD\n\n"), "{run:#?}");
    assert_eq!(
        row("Fargate, per vCPU-hour"),
        "0.04048 https://aws.amazon.com/fargate/pricing/, 2026-06-01"
    );
    assert_eq!(row("ECR, per GB-month of images"), "0.2 the configuration");
    assert_eq!(row("Fargate Spot, per vCPU-hour"), "unknown");
    let rates = sandbox.run("cost --format json").succeeds().json();
    assert_eq!(rates["rates"][0]["usd"], "0.04048");
    assert_eq!(rates["missing"][0], "fargate_spot_vcpu_hour");
    assert!(rates.get("total_usd").is_none());
    sandbox.write("ecs-foundation.toml", CONFIG);
    sandbox
        .run("cost --region eu-central-1")
        .fails()
        .says("no rates are known for eu-central-1, only for us-east-1 and ap-northeast-1");
}

#[test]
fn tasks_come_with_an_estimate_of_container_insights() {
    let run = Sandbox::new().run("cost --tasks 2").succeeds();
    run.shows("Insights metrics            38.00 metrics    x 0.30           11.40")
        .shows("estimated as 38 metrics");
}
