//! Tests the SDK-based providers against the mock AWS. The tests cover the content of requests, the
//! number of pages that are read, and the region in which calls are made.
//!
//! The conformance suite covers the behavior of every method; the workspace's `tests` crate runs
//! the suite against these providers. Unit tests cover the responses that the mock does not produce
//! by default (truncated and lost responses, failures, throttling).

mod identity;
mod pages;
mod requests;

use std::fmt::Debug;
use std::str::FromStr;

use infra_core::operation::Operation;
use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
use infra_core::provider::{
    CapacityProviders, ClusterConfiguration, ClusterSpec, ContainerInsights, Providers, RoleSpec,
};
use infra_core::tags::Tags;
use infra_mock::MockAws;
use infra_mock::api::Call;
use infra_mock::time::{ManualClock, Timestamp};

/// A mock AWS and the providers that call it. The mock's region is not the default region of any
/// tool.
struct Aws {
    mock: MockAws,
    providers: Providers,
}

impl Aws {
    fn new() -> Self {
        let clock = ManualClock::at(Timestamp::from_millis(1_767_225_600_000));
        let mock = MockAws::builder().seed(5).region(of("eu-west-1")).clock(clock).build();
        let providers = infra_aws::providers(&mock.sdk_config()).unwrap();
        Self { mock, providers }
    }

    /// Changes the mock directly, without a request.
    fn change_directly<T>(&self, act: impl FnOnce(&mut Call<'_>) -> T) -> T {
        self.mock.with_world(act).unwrap()
    }

    /// Returns how many times an operation was called.
    fn calls(&self, operation: Operation) -> usize {
        self.mock.call_counts().get(&operation.to_string()).copied().unwrap_or_default()
    }

    /// Returns the last request that the mock received, with null for omitted members.
    fn last_request(&self) -> serde_json::Value {
        self.mock.journal().pop().expect("a call was made").request
    }
}

/// Parses a valid name, ARN or similar value.
fn of<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Returns a cluster that has only a name.
fn cluster() -> ClusterSpec {
    ClusterSpec {
        name: of("main"),
        container_insights: ContainerInsights::Disabled,
        configuration: ClusterConfiguration::default(),
        service_connect_namespace: None,
        capacity: CapacityProviders::default(),
        tags: Tags::new(),
    }
}

/// Returns a role that has only a name and a trust policy.
fn role() -> RoleSpec {
    let tasks = PrincipalSet::service(["ecs-tasks.amazonaws.com"]);
    RoleSpec {
        name: of("app"),
        path: of("/"),
        trust: PolicyDocument::new([Statement::allow(["sts:AssumeRole"]).with_principal(tasks)]),
        description: None,
        max_session_duration: 3_600,
        permissions_boundary: None,
        tags: Tags::new(),
    }
}
