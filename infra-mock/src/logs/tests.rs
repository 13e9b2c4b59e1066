//! Tests for CloudWatch Logs. Requests and responses use the member names of AWS's protocol.

mod anomaly_detectors;
mod deliveries;
mod destinations;
mod events;
mod filters;
mod groups;
mod index_policies;
mod policies;
mod queries;
mod recorded;

use serde_json::json;

use crate::testing::Bench;

use super::CreateLogGroupRequest;

fn invalid(words: &str) -> String {
    format!("InvalidParameterException: {words}")
}

/// Returns the message for one violated constraint.
fn broken(member: &str, rule: &str) -> String {
    invalid(&format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: {rule}"
    ))
}

/// Returns the message for an out-of-range number. The message includes the number.
fn out_of_range(value: &str, member: &str, rule: &str) -> String {
    invalid(&format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {rule}"
    ))
}

fn no_group() -> String {
    "ResourceNotFoundException: The specified log group does not exist.".to_owned()
}

/// Returns a test bench with the log group `/ecs/demo`.
fn with_group() -> Bench {
    let mut bench = Bench::new();
    bench.ok::<CreateLogGroupRequest>(json!({"logGroupName": "/ecs/demo"}));
    bench
}

#[test]
fn the_state_survives_a_snapshot() {
    let mut bench = with_group();
    let now = bench.now;
    let stored = bench.call().logs().add_stream("/ecs/demo", "s", [(now, "hello")], now);
    assert_eq!(stored, Some(31));
    assert_eq!(bench.call().logs().add_stream("/other", "s", [], now), None);
    let text = serde_json::to_string(bench.call().logs()).unwrap();
    let read: super::State = serde_json::from_str(&text).unwrap();
    assert_eq!(read, *bench.call().logs());
}

#[test]
fn every_operation_is_implemented_once() {
    let names: std::collections::BTreeSet<_> = super::OPERATIONS.iter().collect();
    assert_eq!((names.len(), super::OPERATIONS.len()), (78, 78));
}
