//! The HTTP client under all SDK clients.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use infra_core::error::{Error, ErrorKind, Result};

use super::bounded::bounded;
use super::trust::{self, Bundle};

/// One HTTP client that makes ready for https when something is first reached by it.
///
/// Reading and checking some hundred certificates takes longer than a whole plan against an emulator on
/// plain http, which needs none of it; and the SDK would do it once for each of its clients. Proxies are
/// those of the environment, as in the SDK's own client, but for this machine itself. `Clone` shares the
/// connections.
#[derive(Clone, Debug)]
pub(super) struct Transport(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    local: SharedHttpClient,
    plain: SharedHttpClient,
    bundle: Option<Bundle>,
    tls: OnceLock<SharedHttpClient>,
}

impl Transport {
    /// A client that trusts `bundle`, or else the machine's certificates.
    pub(super) fn new(bundle: Option<Bundle>) -> Self {
        Self(Arc::new(Inner {
            local: client(ProxyConfig::disabled, ConnectorBuilder::build_http),
            plain: client(ProxyConfig::from_env, ConnectorBuilder::build_http),
            bundle,
            tls: OnceLock::new(),
        }))
    }

    /// Makes ready for https now, so that what is wrong with the certificates shows before any call.
    pub(super) fn prepare_tls(&self) -> Result<()> {
        self.tls().map(drop)
    }

    fn tls(&self) -> Result<&SharedHttpClient> {
        if let Some(ready) = self.0.tls.get() {
            return Ok(ready);
        }
        let store = self.0.bundle.as_ref().map_or_else(trust::native, Bundle::store)?;
        let context = TlsContext::builder().with_trust_store(store).build().map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "https cannot be set up").with_source(source)
        })?;
        let made = client(ProxyConfig::from_env, move |connector| {
            connector
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(context.clone())
                .build()
        });
        Ok(self.0.tls.get_or_init(|| made))
    }

    fn client_for(&self, uri: &str) -> Result<&SharedHttpClient> {
        if super::has_scheme(uri, "https://") {
            self.tls()
        } else if is_local(uri) {
            Ok(&self.0.local)
        } else {
            Ok(&self.0.plain)
        }
    }
}

impl HttpClient for Transport {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(ByScheme {
            transport: self.clone(),
            settings: settings.clone(),
            components: components.clone(),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.plain.connector_metadata()
    }
}

/// Hands each request to the client that its URI wants. The clients keep the connections.
#[derive(Debug)]
struct ByScheme {
    transport: Transport,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for ByScheme {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match self.transport.client_for(request.uri()) {
            Ok(client) => {
                let sent = client.http_connector(&self.settings, &self.components).call(request);
                HttpConnectorFuture::new(async { sent.await.map(bounded) })
            }
            Err(error) => HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        }
    }
}

fn client(
    proxies: fn() -> ProxyConfig,
    finish: impl Fn(ConnectorBuilder) -> Connector + Send + Sync + 'static,
) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxies());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        finish(connector)
    })
}

/// Whether a URI leads to this machine, where no proxy can be of use.
fn is_local(uri: &str) -> bool {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => host.split(':').next().unwrap_or(host),
    };
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn loopback_is_told_from_everything_else() {
        for local in [
            "http://127.0.0.1:4566/",
            "http://127.8.9.1",
            "http://localhost:4566",
            "http://logs.localhost/x",
            "http://user:secret@[::1]:80/",
        ] {
            assert!(is_local(local), "{local}");
        }
        for far in [
            "http://169.254.169.254/latest",
            "http://localhost.example.org",
            "http://localstack:4566",
            "http://127.0.0.1@example.org/",
        ] {
            assert!(!is_local(far), "{far}");
        }
    }
}
