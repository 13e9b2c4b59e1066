//! The mock AWS, reached through each of its three access paths. Each scenario uses a new mock.

use async_trait::async_trait;
use aws_smithy_http_client::{Builder, Connector};
use infra_core::conformance::{Backend, Capability, Fixture, Scenario};
use infra_core::error::{Error, ErrorKind, Result};
use infra_mock::MockAws;
use infra_mock::server::MockServer;
use tests::ScenarioMock;

/// The mock, called through the provider traits.
#[derive(Debug)]
pub(super) struct Memory;

/// The mock, called by SDK clients through the in-process HTTP client, without a socket.
#[derive(Debug)]
pub(super) struct InProcess;

/// The mock's server, called by SDK clients over a socket.
#[derive(Debug)]
pub(super) struct OverServer;

#[async_trait]
impl Backend for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn lacks(&self, _: Capability) -> Option<String> {
        None
    }

    async fn fixture(&self, scenario: &Scenario, prefix: &str) -> Result<Fixture> {
        let backend = ScenarioMock::new(scenario);
        let fixture = backend.fixture(backend.mock.providers(), prefix);
        Ok(fixture.with_second_region(backend.in_second_region().providers()))
    }
}

#[async_trait]
impl Backend for InProcess {
    fn name(&self) -> &'static str {
        "sdk-in-process"
    }

    fn lacks(&self, _: Capability) -> Option<String> {
        None
    }

    async fn fixture(&self, scenario: &Scenario, prefix: &str) -> Result<Fixture> {
        let backend = ScenarioMock::new(scenario);
        let providers = infra_aws::providers(&backend.mock.sdk_config())?;
        let second = infra_aws::providers(&backend.in_second_region().sdk_config())?;
        Ok(backend.fixture(providers, prefix).with_second_region(second))
    }
}

#[async_trait]
impl Backend for OverServer {
    fn name(&self) -> &'static str {
        "sdk-over-server"
    }

    fn lacks(&self, _: Capability) -> Option<String> {
        None
    }

    async fn fixture(&self, scenario: &Scenario, prefix: &str) -> Result<Fixture> {
        let backend = ScenarioMock::new(scenario);
        let server = MockServer::start(backend.mock.clone()).await;
        let server =
            server.map_err(|error| Error::new(ErrorKind::Connection, error.to_string()))?;
        let sockets = Builder::new().build_with_connector_fn(|settings, _| {
            let mut connector = Connector::builder();
            connector.set_connector_settings(settings.cloned());
            connector.build_http()
        });
        let providers = |mock: &MockAws| {
            let config = mock.sdk_config().to_builder().http_client(sockets.clone());
            infra_aws::providers(&config.endpoint_url(server.url()).build())
        };
        let (first, second) = (providers(&backend.mock)?, providers(&backend.in_second_region())?);
        Ok(backend.fixture(first, prefix).with_second_region(second).keeping(server))
    }
}
