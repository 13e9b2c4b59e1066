//! Tests the SDK-based providers against the mock AWS. The tests check the content of requests, the
//! number of pages that are read, and the account and region that are used.
//!
//! The conformance suite checks the behavior of every method. The workspace's `tests` crate runs
//! the suite against these providers. Unit tests cover situations that do not occur with the mock
//! by default, such as throttling, failures, and truncated or lost responses.

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

/// A mock AWS and the providers that call it. No tool uses the mock's region by default, so the
/// tests notice if a provider ignores the configured region.
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

    /// Changes the mock's state directly, without an AWS request.
    fn change_directly<T>(&self, act: impl FnOnce(&mut Call<'_>) -> T) -> T {
        self.mock.with_world(act).unwrap()
    }

    /// Returns how many times an operation was called.
    fn calls(&self, operation: Operation) -> usize {
        self.mock.call_counts().get(&operation.to_string()).copied().unwrap_or_default()
    }

    /// Returns the last request that the mock received. Members that the request omits are null.
    fn last_request(&self) -> serde_json::Value {
        self.mock.journal().pop().expect("a call was made").request
    }
}

/// Parses a name, an ARN or another value. Panics if the text is invalid.
fn of<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Returns the specification of a minimal cluster.
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

/// Returns the specification of a minimal role, which has only a name and a trust policy.
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
