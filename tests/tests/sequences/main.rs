//! Tests that use random sequences of calls. The mock's three access paths must produce equal
//! answers and equal worlds. Each difference from moto must be listed in a table, with a source
//! that proves the mock right. Every malformed request must get an answer that AWS clients can
//! read.

mod access_paths;
mod fuzz;
mod model;
mod moto;
mod tree;

use std::fmt::Write as _;

use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use infra_mock::MockAws;
use infra_mock::api::Call;
use infra_mock::time::Timestamp;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::runtime::{Builder as Runtimes, Runtime};

use self::model::AnyStep;

/// Returns a test runner. Environment variables set by `cargo xtask` override the seed and the
/// number of cases.
fn runner(cases: u32) -> TestRunner {
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        Some(text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text:?}")))
    };
    let cases = number("ECS_FOUNDATION_TEST_CASES").unwrap_or(cases.into());
    let seed: u64 = number("ECS_FOUNDATION_TEST_SEED").unwrap_or(0);
    let config = Config {
        cases: u32::try_from(cases).unwrap_or(u32::MAX),
        failure_persistence: None,
        // The limit is low because each iteration runs an entire sequence on every access path,
        // including a real server.
        max_shrink_iters: 400,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn runtime() -> Runtime {
    Runtimes::new_current_thread().enable_all().build().expect("a runtime can be built")
}

/// Returns an HTTP client that connects without TLS.
fn sockets() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, _| {
        let mut connector = Connector::builder();
        connector.set_connector_settings(settings.cloned());
        connector.build_http()
    })
}

/// Returns the current time of a mock.
fn now(mock: &MockAws) -> Timestamp {
    let time = |call: &mut Call<'_>| call.now;
    mock.with_world(time).expect("a mock without a snapshot file has nothing to save")
}

/// Formats a sequence with one step per line.
fn listed(steps: &[AnyStep]) -> String {
    steps.iter().enumerate().fold(String::new(), |mut text, (at, step)| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{at:>3}  {step:?}");
        text
    })
}
