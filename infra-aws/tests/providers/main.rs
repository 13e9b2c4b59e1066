//! What only the providers on the SDK's clients can show, on the mock AWS: what is in a request, how many pages are
//! read, where calls go.
//!
//! What every method does, the conformance suite says, which the workspace's `tests` run on these providers. What a
//! correct AWS does not send (torn and lost answers, failures, throttling) is for the unit tests.

mod identity;
mod pages;
mod requests;

use std::fmt::Debug;
use std::str::FromStr;

use infra_core::operation::Operation;
use infra_core::policy::{PolicyDocument, PrincipalSet, Statement};
use infra_core::provider::{
    CapacityProviders, ClusterSpec, ContainerInsights, Providers, RoleSpec,
};
use infra_core::tags::Tags;
use infra_mock::MockAws;
use infra_mock::api::Call;
use infra_mock::time::{ManualClock, Timestamp};

/// A mock AWS in Ireland, so that nothing is right by default, and the providers that call it.
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

    /// Does with the world what somebody else does.
    fn elsewhere<T>(&self, act: impl FnOnce(&mut Call<'_>) -> T) -> T {
        self.mock.with_world(act).unwrap()
    }

    /// How often an operation was called.
    fn calls(&self, operation: Operation) -> usize {
        self.mock.call_counts().get(&operation.to_string()).copied().unwrap_or_default()
    }

    /// The last request, as the service read it; null is what it left out.
    fn last_request(&self) -> serde_json::Value {
        self.mock.journal().pop().expect("there was a call").request
    }
}

/// A valid name, ARN or the like.
fn of<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A cluster with nothing but its name.
fn cluster() -> ClusterSpec {
    ClusterSpec {
        name: of("main"),
        container_insights: ContainerInsights::Disabled,
        capacity: CapacityProviders::default(),
        tags: Tags::new(),
    }
}

/// A role with nothing but its name and a trust policy.
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
