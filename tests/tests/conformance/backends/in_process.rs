//! The mock AWS by each of its three access paths; each scenario has a mock of its own.

use async_trait::async_trait;
use aws_smithy_http_client::{Builder, Connector};
use infra_core::conformance::{Backend, Capability, Fixture, Scenario};
use infra_core::error::{Error, ErrorKind, Result};
use infra_mock::server::MockServer;
use tests::Place;

/// By the provider traits.
#[derive(Debug)]
pub(super) struct Memory;

/// By the SDK's clients over the HTTP client that opens no socket.
#[derive(Debug)]
pub(super) struct InProcess;

/// By the SDK's clients over a socket to the local server.
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
        let place = Place::new(scenario);
        Ok(place.fixture(place.mock.providers(), prefix))
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
        let place = Place::new(scenario);
        let providers = infra_aws::providers(&place.mock.sdk_config())?;
        Ok(place.fixture(providers, prefix))
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
        let place = Place::new(scenario);
        let server = MockServer::start(place.mock.clone()).await;
        let server =
            server.map_err(|error| Error::new(ErrorKind::Connection, error.to_string()))?;
        let sockets = Builder::new().build_with_connector_fn(|settings, _| {
            let mut connector = Connector::builder();
            connector.set_connector_settings(settings.cloned());
            connector.build_http()
        });
        let config = place.mock.sdk_config().to_builder().http_client(sockets);
        let config = config.endpoint_url(server.url()).build();
        Ok(place.fixture(infra_aws::providers(&config)?, prefix).keeping(server))
    }
}
