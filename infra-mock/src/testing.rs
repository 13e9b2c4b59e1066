//! Helpers for tests that call operations with JSON requests.

use std::time::Duration;

use infra_core::arn::Location;
use serde_json::Value;

use crate::access::Permissions;
use crate::api::{Call, Caller, Operation, World, perform, settle};
use crate::time::Timestamp;

/// The time at which a [`Bench`] starts, in milliseconds since the epoch: 2026-01-01T00:00:00Z.
pub(crate) const START: u64 = 1_767_225_600_000;

/// Runs operations in `world`, as `caller`, at the time `now`. Requests and responses use the
/// member names from AWS's protocols.
pub(crate) struct Bench {
    pub(crate) world: World,
    pub(crate) caller: Caller,
    pub(crate) now: Timestamp,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::within("us-east-1")
    }

    pub(crate) fn within(region: &str) -> Self {
        let account_id = "123456789012".parse().unwrap();
        let location = Location::new(account_id, region.parse().unwrap()).unwrap();
        let caller = Caller {
            arn: location.global_arn("iam", "user/ada").to_string(),
            user_id: "AIDAEXAMPLE".to_owned(),
            permissions: Permissions::default(),
            location,
        };
        Self { world: World::new(7), caller, now: Timestamp::from_millis(START) }
    }

    pub(crate) fn call(&mut self) -> Call<'_> {
        Call { caller: &self.caller, now: self.now, world: &mut self.world }
    }

    pub(crate) fn wait(&mut self, time: Duration) {
        self.now = self.now.after(time);
    }

    /// Runs an operation with a JSON request. If the operation fails or is read-only, also checks
    /// that the world has not changed.
    pub(crate) fn run<O: Operation>(&mut self, request: Value) -> Result<Value, String> {
        let operation: O = serde_json::from_value(request).unwrap();
        // The first access to any service in a region creates the state of all services in that
        // region.
        self.call().ecr();
        settle(O::SERVICE, &mut self.call());
        let before = self.world.clone();
        let result = perform(operation, &mut self.call());
        let unchanged = self.world == before;
        assert!(result.is_ok() && O::CHANGES || unchanged, "{} changed the world", O::NAME);
        result
            .map(|output| serde_json::to_value(output).unwrap())
            .map_err(|error| error.to_string())
    }

    pub(crate) fn ok<O: Operation>(&mut self, request: Value) -> Value {
        self.run::<O>(request).unwrap()
    }

    pub(crate) fn err<O: Operation>(&mut self, request: Value) -> String {
        self.run::<O>(request).unwrap_err()
    }
}
