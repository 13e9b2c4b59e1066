//! CloudWatch Logs as a client sees it: requests and answers by their names on the wire.

mod events;
mod groups;

use std::time::Duration;

use infra_core::arn::{AccountId, Location, Partition};
use serde_json::{Value, json};

use crate::api::{Call, Caller, Operation, World};
use crate::time::Timestamp;

use super::CreateLogGroupRequest;

/// A world, a caller in it, and the time.
struct Bench {
    world: World,
    caller: Caller,
    now: Timestamp,
}

/// 2026-01-01T00:00:00Z.
const START: u64 = 1_767_225_600_000;

fn invalid(words: &str) -> String {
    format!("InvalidParameterException: {words}")
}

/// The words of one broken constraint.
fn broken(value: &str, member: &str, rule: &str) -> String {
    invalid(&format!(
        "1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: {rule}"
    ))
}

fn no_group() -> String {
    "ResourceNotFoundException: The specified log group does not exist.".to_owned()
}

impl Bench {
    fn new() -> Self {
        let account_id: AccountId = "123456789012".parse().unwrap();
        let region = "us-east-1".parse().unwrap();
        let caller = Caller {
            arn: "arn:aws:iam::123456789012:user/ada".to_owned(),
            user_id: "AIDAEXAMPLE".to_owned(),
            location: Location { partition: Partition::Aws, account_id, region },
        };
        Self { world: World::new(7), caller, now: Timestamp::from_millis(START) }
    }

    /// With a log group `/ecs/demo`.
    fn with_group() -> Self {
        let mut bench = Self::new();
        bench.ok::<CreateLogGroupRequest>(json!({"logGroupName": "/ecs/demo"}));
        bench
    }

    fn call(&mut self) -> Call<'_> {
        Call { caller: &self.caller, now: self.now, world: &mut self.world }
    }

    fn wait(&mut self, time: Duration) {
        self.now = self.now.after(time);
    }

    /// Does an operation on the wire's own terms. A refusal, or a look, leaves the world as it was.
    fn run<O: Operation>(&mut self, request: Value) -> Result<Value, String> {
        let request: O = serde_json::from_value(request).unwrap();
        // The first look at a service makes room for it.
        self.call().logs();
        let before = self.world.clone();
        let result = request.run(&mut self.call());
        assert!(
            result.is_ok() && O::CHANGES || self.world == before,
            "{} changed the world",
            O::NAME
        );
        result
            .map(|output| serde_json::to_value(output).unwrap())
            .map_err(|error| error.to_string())
    }

    fn ok<O: Operation>(&mut self, request: Value) -> Value {
        self.run::<O>(request).unwrap()
    }

    fn err<O: Operation>(&mut self, request: Value) -> String {
        self.run::<O>(request).unwrap_err()
    }
}

#[test]
fn the_state_survives_a_snapshot() {
    let mut bench = Bench::with_group();
    let now = bench.now;
    let stored = bench.call().logs().add_stream("/ecs/demo", "s", [(now, "hello")], now);
    assert_eq!(stored, Some(31));
    assert_eq!(bench.call().logs().add_stream("/other", "s", [], now), None);
    let text = serde_json::to_string(bench.call().logs()).unwrap();
    let read: super::State = serde_json::from_str(&text).unwrap();
    assert_eq!(read, *bench.call().logs());
}

#[test]
fn every_operation_is_on_the_list_once() {
    let names: std::collections::BTreeSet<_> = super::OPERATIONS.iter().collect();
    assert_eq!((names.len(), super::OPERATIONS.len()), (18, 18));
}
