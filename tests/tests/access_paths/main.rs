//! Tests that the mock's three access paths behave identically.

mod access;
mod calls;
mod clients;
mod faults;
mod foundation;

use std::fmt;

use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_types::retry::RetryConfig;
use infra_core::arn::Region;
use infra_core::error::Error;
use infra_core::operation::logs::DESCRIBE_LOG_GROUPS;
use infra_core::provider::Providers;
use infra_mock::MockAws;
use infra_mock::server::MockServer;
use infra_mock::time::{ManualClock, Timestamp};

/// Returns a mock in eu-west-1. This is not the default region, so the tests can detect code that
/// ignores the region.
fn mock() -> MockAws {
    let region: Region = "eu-west-1".parse().unwrap();
    let clock = ManualClock::at(Timestamp::from_millis(1_767_225_600_000));
    MockAws::builder().seed(11).region(region).clock(clock).build()
}

/// Providers that reach a mock through one of its access paths.
struct AccessPath {
    name: &'static str,
    mock: MockAws,
    providers: Providers,
    /// The mock's server, or `None` if the access path needs no server. The server stops when this
    /// value is dropped.
    _server: Option<MockServer>,
}

/// Returns the three access paths, each with a new mock.
async fn access_paths() -> [AccessPath; 3] {
    access_paths_with(&RetryConfig::standard()).await
}

/// Returns the same access paths as [`access_paths`], but with the given retry configuration for
/// SDK clients.
async fn access_paths_with(retries: &RetryConfig) -> [AccessPath; 3] {
    let (first, second, third) = (mock(), mock(), mock());
    let config = second.sdk_config().to_builder().retry_config(retries.clone()).build();
    let in_process = infra_aws::providers(&config).unwrap();
    let server = MockServer::start(third.clone()).await.unwrap();
    let sockets = Builder::new().build_with_connector_fn(|settings, _| {
        let mut connector = Connector::builder();
        connector.set_connector_settings(settings.cloned());
        connector.build_http()
    });
    let config = third
        .sdk_config()
        .to_builder()
        .retry_config(retries.clone())
        .http_client(sockets)
        .endpoint_url(server.url())
        .build();
    let over_http = infra_aws::providers(&config).unwrap();
    [
        AccessPath { name: "traits", providers: first.providers(), mock: first, _server: None },
        AccessPath {
            name: "in-process client",
            providers: in_process,
            mock: second,
            _server: None,
        },
        AccessPath { name: "server", providers: over_http, mock: third, _server: Some(server) },
    ]
}

/// Formats a result without the parts that differ in every response, such as the request ID.
fn shown<T: fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        // `DescribeLogGroups` does not fail if the log group is missing, so the provider itself
        // creates the error. Only the error's kind is compared.
        Err(error) if error.operation() == Some(DESCRIBE_LOG_GROUPS) => {
            format!("{:?}", error.kind())
        }
        Err(error) => format!(
            "{:?} {:?} {:?} {:?} {:?}",
            error.operation(),
            error.kind(),
            error.code(),
            error.status(),
            error.message()
        ),
    }
}
