//! Compares how fast the mock's access paths, canned answers and a moto server are. The benchmark
//! measures single calls, the startup time and a complete foundation.
//!
//! `cargo xtask bench` runs this benchmark with a moto server and prints a table.

mod calls;
mod canned;
mod foundation;
mod start;

use std::future::Future;
use std::sync::OnceLock;

use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use infra_mock::MockAws;
use infra_mock::server::MockServer;
use tokio::runtime::Runtime;

fn main() {
    divan::main();
    // Only without further arguments, because divan's filters do not apply to the comparison.
    if std::env::args().skip(1).eq(["--bench"]) {
        canned::compare();
    }
}

/// Returns the runtime that clients and servers share.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime can be built"))
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    runtime().block_on(future)
}

/// Returns the URL of the moto server, if one is configured.
fn moto() -> Option<String> {
    std::env::var("ECS_FOUNDATION_TEST_MOTO").ok()
}

/// Returns the mock's client configuration with `url` as its endpoint, a real HTTP client and no
/// retries.
fn over_http(mock: &MockAws, url: &str) -> SdkConfig {
    let sockets = Builder::new().build_with_connector_fn(|settings, _| {
        let mut connector = Connector::builder();
        connector.set_connector_settings(settings.cloned());
        connector.build_http()
    });
    without_retries(&mock.sdk_config()).to_builder().http_client(sockets).endpoint_url(url).build()
}

/// Returns the configuration with retries turned off, because a retry would hide a failed call.
fn without_retries(config: &SdkConfig) -> SdkConfig {
    config.to_builder().retry_config(RetryConfig::disabled()).build()
}

/// A way to call a mock AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AccessPath {
    /// SDK clients that use the in-process HTTP client.
    InProcess,
    /// SDK clients that call the mock server.
    Server,
    /// SDK clients that call a moto server.
    Moto,
}

impl AccessPath {
    /// Opens the access path. Returns `None` for [`Self::Moto`] if no moto server is configured.
    /// The caller must keep the returned server until the last call has finished, because dropping
    /// the server stops it.
    fn open(self) -> Option<(SdkConfig, MockAws, Option<MockServer>)> {
        let mock = MockAws::new();
        Some(match self {
            Self::InProcess => (without_retries(&mock.sdk_config()), mock, None),
            Self::Server => {
                let server = wait(MockServer::start(mock.clone())).expect("a port is free");
                (over_http(&mock, &server.url()), mock, Some(server))
            }
            Self::Moto => (over_http(&mock, &moto()?), mock, None),
        })
    }
}
