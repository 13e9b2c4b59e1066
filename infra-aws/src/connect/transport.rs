//! The HTTP client of all SDK clients.

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
use super::has_scheme;
use super::proxies::{Proxies, Proxy, ThroughProxy};
use super::trust::{self, Bundle};

/// An HTTP client that prepares TLS on first use.
///
/// Reading hundreds of certificates takes longer than a whole plan against an emulator over plain
/// HTTP, which needs no certificates, and the SDK would read them once per client. Clones share the
/// connections.
#[derive(Clone, Debug)]
pub(super) struct Transport(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    proxies: Proxies,
    plain: Routes,
    bundle: Option<Bundle>,
    tls: OnceLock<Routes>,
}

/// The client for direct connections, and the one for connections through a proxy.
#[derive(Debug)]
struct Routes {
    direct: SharedHttpClient,
    proxied: Option<SharedHttpClient>,
}

impl Transport {
    /// Creates a client that trusts `bundle`, or the machine's certificates if there is no bundle.
    pub(super) fn new(proxies: Proxies, bundle: Option<Bundle>) -> Self {
        let plain = Routes::new(proxies.each()[0], ConnectorBuilder::build_http);
        Self(Arc::new(Inner { proxies, plain, bundle, tls: OnceLock::new() }))
    }

    /// Prepares TLS now, so that problems with certificates are reported before any call.
    pub(super) fn prepare_tls(&self) -> Result<()> {
        self.tls().map(drop)
    }

    fn tls(&self) -> Result<&Routes> {
        if let Some(ready) = self.0.tls.get() {
            return Ok(ready);
        }
        let store = self.0.bundle.as_ref().map_or_else(trust::native, Bundle::store)?;
        let context = TlsContext::builder().with_trust_store(store).build().map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "TLS cannot be set up").with_source(source)
        })?;
        let made = Routes::new(self.0.proxies.each()[1], move |connector| {
            connector
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(context.clone())
                .build()
        });
        Ok(self.0.tls.get_or_init(|| made))
    }

    /// Returns the client for a URI, and the proxy that it uses.
    fn route(&self, uri: &str) -> Result<(&SharedHttpClient, Option<&Proxy>)> {
        let routes = if has_scheme(uri, "https://") { self.tls()? } else { &self.0.plain };
        Ok(match (self.0.proxies.of(uri), &routes.proxied) {
            (Some(proxy), Some(client)) => (client, Some(proxy)),
            _ => (&routes.direct, None),
        })
    }
}

impl Routes {
    fn new(
        proxy: Option<&Proxy>,
        finish: impl Fn(ConnectorBuilder) -> Connector + Clone + Send + Sync + 'static,
    ) -> Self {
        Self {
            direct: client(ProxyConfig::disabled(), finish.clone()),
            proxied: proxy.map(|proxy| client(proxy.config(), finish)),
        }
    }
}

impl HttpClient for Transport {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(ByRoute {
            transport: self.clone(),
            settings: settings.clone(),
            components: components.clone(),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.plain.direct.connector_metadata()
    }
}

/// Passes each request to the client for its URI. The clients keep their connections open.
#[derive(Debug)]
struct ByRoute {
    transport: Transport,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for ByRoute {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (client, proxy) = match self.transport.route(request.uri()) {
            Ok(route) => route,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        let sent = client.http_connector(&self.settings, &self.components).call(request);
        let proxy = proxy.cloned();
        HttpConnectorFuture::new(async move {
            match (sent.await, proxy) {
                (Ok(answer), _) => Ok(bounded(answer)),
                (Err(error), Some(proxy)) => Err(ThroughProxy::wrap(error, &proxy)),
                (Err(error), None) => Err(error),
            }
        })
    }
}

fn client(
    proxy: ProxyConfig,
    finish: impl Fn(ConnectorBuilder) -> Connector + Send + Sync + 'static,
) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        finish(connector)
    })
}
