//! Shared code for the IAM tests: a world, a caller, and a check that a failed request changes
//! nothing.

mod account;
mod account_details;
mod documents;
mod groups;
mod identity_providers;
mod instance_profiles;
mod managed_policies;
mod mfa_devices;
mod others;
mod policy_versions;
mod principals;
mod recorded;
mod reports;
mod role_policies;
mod roles;
mod server_certificates;
mod simulate;
mod tags;
mod user_credentials;
mod users;
mod wire;

use std::time::Duration;

use infra_core::arn::Location;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{CreatePolicyRequest, CreateRoleRequest, GetRoleRequest, Role};
use crate::access::Permissions;
use crate::api::{ApiError, ApiResult, Call, Caller, Operation, World, perform};
use crate::time::Timestamp;

const ACCOUNT: &str = "123456789012";
const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:PutLogEvents","Resource":"*"}]}"#;
const EXECUTION: &str = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

#[derive(Debug)]
pub(super) struct Fixture {
    world: World,
    caller: Caller,
    now: Timestamp,
}

impl Fixture {
    pub(super) fn new() -> Self {
        Self::at("us-east-1")
    }

    fn at(region: &str) -> Self {
        let location = Location::new(ACCOUNT.parse().unwrap(), region.parse().unwrap()).unwrap();
        let arn = location.global_arn("iam", "user/ops/admin").to_string();
        let caller = Caller {
            location,
            arn,
            user_id: "AIDAADMIN".to_owned(),
            permissions: Permissions::default(),
        };
        Self { world: World::new(7), caller, now: START }
    }

    fn lagging(lag: Duration) -> Self {
        let mut fixture = Self::new();
        fixture.world.lag.iam_propagation = lag;
        fixture
    }

    fn call(&mut self) -> Call<'_> {
        Call { caller: &self.caller, now: self.now, world: &mut self.world }
    }

    fn run<O: Operation>(&mut self, operation: O) -> ApiResult<O::Output> {
        let before = self.world.clone();
        let result = perform(operation, &mut self.call());
        if result.is_err() || !O::CHANGES {
            assert_eq!(self.world, before, "{} left a trace", O::NAME);
        }
        result
    }

    fn ok<O: Operation>(&mut self, operation: O) -> O::Output {
        self.run(operation).unwrap()
    }

    /// Runs an operation that must fail, and returns the error's code, status and message.
    fn refused<O: Operation>(&mut self, operation: O) -> (String, u16, String) {
        let ApiError { code, status, message } = self.run(operation).unwrap_err();
        (code.into_owned(), status, message)
    }

    /// Runs an operation with a JSON request, and returns its response as JSON.
    #[track_caller]
    pub(super) fn does<O: Operation>(&mut self, request: Value) -> Value {
        let request: O = serde_json::from_value(request).unwrap();
        serde_json::to_value(self.ok(request)).unwrap()
    }

    /// Runs a request that must fail, and returns the error's code, status and message as one
    /// string, such as `NoSuchEntity 404: ...`.
    pub(super) fn says<O: Operation>(&mut self, request: Value) -> String {
        let (code, status, words) = self.refused::<O>(serde_json::from_value(request).unwrap());
        format!("{code} {status}: {words}")
    }

    fn role(&mut self, name: &str) -> Role {
        self.ok(create(name)).role
    }

    fn get(&mut self, name: &str) -> Role {
        self.ok(GetRoleRequest { role_name: Some(name.to_owned()) }).role
    }

    fn policy(&mut self, name: &str) -> String {
        let policy_name = Some(name.to_owned());
        let policy_document = Some(ALLOW.to_owned());
        self.ok(CreatePolicyRequest { policy_name, policy_document, ..Default::default() })
            .policy
            .arn
    }
}

fn create(name: &str) -> CreateRoleRequest {
    CreateRoleRequest {
        role_name: Some(name.to_owned()),
        assume_role_policy_document: Some(TRUST.to_owned()),
        ..Default::default()
    }
}

fn trusting(name: &str, trust: &str) -> CreateRoleRequest {
    CreateRoleRequest { assume_role_policy_document: Some(trust.to_owned()), ..create(name) }
}

#[expect(clippy::unnecessary_wraps, reason = "request members are optional")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn decoded(document: &str) -> String {
    percent_decode_str(document).decode_utf8().unwrap().into_owned()
}

fn refusal(code: &str, status: u16, message: impl Into<String>) -> (String, u16, String) {
    (code.to_owned(), status, message.into())
}

fn no_role(name: &str) -> (String, u16, String) {
    refusal("NoSuchEntity", 404, format!("The role with name {name} cannot be found."))
}

fn protected() -> (String, u16, String) {
    refusal(
        "UnmodifiableEntity",
        400,
        "Cannot perform the operation on the protected role 'AWSServiceRoleForECS' - this role is only \
         modifiable by AWS",
    )
}
