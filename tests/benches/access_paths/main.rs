//! What the mock costs by each of its access paths, beside a moto server: single calls, starting, and a whole foundation.
//!
//! `cargo xtask bench` runs it with a moto server and makes a table of it.

mod calls;
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
}

/// One runtime for clients and server.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime needs nothing"))
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    runtime().block_on(future)
}

/// Where a moto server listens, if one does.
fn moto() -> Option<String> {
    std::env::var("ECS_FOUNDATION_TEST_MOTO").ok()
}

/// Clients that send what `mock` would be sent to another address.
fn over_http(mock: &MockAws, url: &str) -> SdkConfig {
    let sockets = Builder::new().build_with_connector_fn(|settings, _| {
        let mut connector = Connector::builder();
        connector.set_connector_settings(settings.cloned());
        connector.build_http()
    });
    without_retries(&mock.sdk_config()).to_builder().http_client(sockets).endpoint_url(url).build()
}

/// A call that fails is to be seen.
fn without_retries(config: &SdkConfig) -> SdkConfig {
    config.to_builder().retry_config(RetryConfig::disabled()).build()
}

/// A way to an AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AccessPath {
    /// SDK clients on the in-process client.
    InProcess,
    /// SDK clients on the mock's server.
    Server,
    /// SDK clients on a moto server.
    Moto,
}

impl AccessPath {
    /// Clients on an AWS of their own; none where it does not run. The server has to be kept.
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
