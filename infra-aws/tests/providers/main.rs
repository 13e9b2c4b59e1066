//! Every method of every provider trait, through the SDK's own clients onto the mock AWS: each request is
//! signed, written and read as on its way to AWS, and so is each answer.
//!
//! What a correct AWS does not send (torn and lost answers, failures, throttling) is for the unit tests.

mod clusters;
mod identity;
mod log_groups;
mod repositories;
mod roles;

use std::fmt::Debug;
use std::str::FromStr;
use std::time::Duration;

use infra_core::error::{Effect, Error, ErrorKind};
use infra_core::operation::Operation;
use infra_core::provider::Providers;
use infra_core::tags::Tags;
use infra_mock::MockAws;
use infra_mock::api::{Call, Lag};
use infra_mock::time::{ManualClock, Timestamp};

/// A mock AWS in Ireland, so that nothing is right by default, and the providers that call it.
struct Aws {
    mock: MockAws,
    clock: ManualClock,
    providers: Providers,
}

impl Aws {
    /// One that settles at once.
    fn new() -> Self {
        Self::lagging(Lag::default())
    }

    /// One that settles slowly, by a clock that [`pass`](Self::pass) moves.
    fn lagging(lag: Lag) -> Self {
        let clock = ManualClock::at(Timestamp::from_millis(1_767_225_600_000));
        let mock = MockAws::builder().seed(5).region(of("eu-west-1")).clock(clock.clone());
        let mock = mock.lag(lag).build();
        let providers = infra_aws::providers(&mock.sdk_config()).unwrap();
        Self { mock, clock, providers }
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
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

    /// Checks that each of the operations was called.
    #[track_caller]
    fn assert_called(&self, operations: &[Operation]) {
        for &operation in operations {
            assert_ne!(self.calls(operation), 0, "{operation} was not called");
        }
    }
}

/// A valid name, ARN or the like.
fn of<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn tags<const N: usize>(pairs: [(&str, &str); N]) -> Tags {
    Tags::observed(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())))
}

/// So many tags, each of its own.
fn many_tags(count: usize) -> Tags {
    Tags::observed((0..count).map(|n| (format!("key-{n}"), n.to_string())))
}

fn owned<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}

/// Checks that AWS refused a request, what the refusal is to the engine, and all that AWS said: status, code
/// and words.
#[track_caller]
fn refused<T: Debug>(
    outcome: Result<T, Error>,
    operation: Operation,
    kind: ErrorKind,
    answer: &str,
) {
    let error = outcome.unwrap_err();
    let (code, status) = (error.code().unwrap_or("-"), error.status().unwrap_or_default());
    assert_eq!(format!("{status} {code}: {}", error.message()), answer, "{error:?}");
    assert_eq!((error.operation(), error.kind()), (Some(operation), kind), "{error:?}");
    assert_eq!(error.effect(), Effect::None, "{error:?}");
    assert!(error.request_id().is_some_and(|id| id.len() == 36), "{error:?}");
}
