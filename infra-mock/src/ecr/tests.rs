//! ECR as a client sees it: requests and answers by their names on the wire.

mod images;
mod policies;
mod repositories;

use std::time::Duration;

use infra_core::arn::{AccountId, Location, Region};
use serde_json::Value;

use crate::api::{Call, Caller, Operation, World};
use crate::time::Timestamp;

/// A world, a caller in it, and the time.
struct Bench {
    world: World,
    caller: Caller,
    now: Timestamp,
}

/// What stands before the words of a refusal in a test, since the code is half of it.
fn refused(code: &str, message: &str) -> String {
    format!("{code}: {message}")
}

impl Bench {
    fn new() -> Self {
        Self::within("us-east-1")
    }

    fn within(region: &str) -> Self {
        let region: Region = region.parse().unwrap();
        let account_id: AccountId = "123456789012".parse().unwrap();
        let partition = region.partition();
        let caller = Caller {
            arn: format!("arn:{partition}:iam::{account_id}:user/ada"),
            user_id: "AIDAEXAMPLE".to_owned(),
            location: Location { partition, account_id, region },
        };
        Self { world: World::new(7), caller, now: Timestamp::from_millis(1_767_225_600_000) }
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
        self.call().ecr();
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
    let mut bench = Bench::new();
    let request = serde_json::json!({
        "repositoryName": "app",
        "tags": [{"Key": "a", "Value": "1"}],
        "encryptionConfiguration": {"encryptionType": "KMS"},
    });
    bench.ok::<super::CreateRepositoryRequest>(request);
    let policy = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"ecr:*"}}"#;
    let request = serde_json::json!({"repositoryName": "app", "policyText": policy});
    bench.ok::<super::SetRepositoryPolicyRequest>(request);
    let now = bench.now;
    bench.call().ecr().push_image("app", Some("latest"), now).unwrap();
    let text = serde_json::to_string(bench.call().ecr()).unwrap();
    let read: super::State = serde_json::from_str(&text).unwrap();
    assert_eq!(read, *bench.call().ecr());
}

#[test]
fn every_operation_is_on_the_list_once() {
    let names: std::collections::BTreeSet<_> = super::OPERATIONS.iter().collect();
    assert_eq!((names.len(), super::OPERATIONS.len()), (19, 19));
}
