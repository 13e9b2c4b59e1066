//! The HTTP client that all SDK clients share.

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
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use infra_core::error::{Error, ErrorKind, Result};

use super::bounded::bounded;
use super::has_scheme;
use super::proxies::{Proxies, Proxy, ThroughProxy};
use super::self_signed::SelfSigned;
use super::trust::{self, Bundle};
use crate::error::{certificate_error, is_authority};

/// An HTTP client that prepares TLS on first use.
///
/// Plain HTTP needs no certificates, and reading hundreds of certificates takes longer than a
/// complete `plan` against an emulator. All services share this client, because otherwise the SDK
/// would read the certificates again for each service. Clones share their connections.
#[derive(Clone, Debug)]
pub(super) struct Transport(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    proxies: Proxies,
    plain: Routes,
    bundle: Option<Bundle>,
    tls: OnceLock<Routes>,
}

/// The clients for direct connections, for connections through a proxy, and for servers with a
/// self-signed certificate.
#[derive(Debug)]
struct Routes {
    direct: SharedHttpClient,
    proxied: Option<SharedHttpClient>,
    self_signed: Option<SelfSigned>,
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
        let trusted = self.0.bundle.as_ref().map_or_else(trust::native, Bundle::trusted)?;
        let cannot = || Error::new(ErrorKind::InvalidInput, "TLS cannot be set up");
        let store = trusted.store.clone();
        let context = TlsContext::builder().with_trust_store(store).build();
        let context = context.map_err(|source| cannot().with_source(source))?;
        let mut made = Routes::new(self.0.proxies.each()[1], move |connector| {
            connector
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(context.clone())
                .build()
        });
        let self_signed = SelfSigned::new(&trusted);
        made.self_signed = Some(self_signed.map_err(|source| cannot().with_source(source))?);
        Ok(self.0.tls.get_or_init(|| made))
    }

    /// Returns the clients for a URI.
    fn routes(&self, uri: &str) -> Result<&Routes> {
        if has_scheme(uri, "https://") { self.tls() } else { Ok(&self.0.plain) }
    }

    async fn send(
        &self,
        request: HttpRequest,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> std::result::Result<HttpResponse, ConnectorError> {
        let routes =
            self.routes(request.uri()).map_err(|error| ConnectorError::user(error.into()))?;
        let through = |client: &SharedHttpClient, request| {
            client.http_connector(settings, components).call(request)
        };
        if let (Some(proxy), Some(client)) = (self.0.proxies.of(request.uri()), &routes.proxied) {
            let sent = through(client, request).await;
            return sent.map_err(|error| ThroughProxy::wrap(error, proxy));
        }
        let Some(self_signed) = &routes.self_signed else {
            return through(&routes.direct, request).await;
        };
        if self_signed.presented_by(&request) {
            return self_signed.send(request).await;
        }
        let again = request.try_clone();
        match (through(&routes.direct, request).await, again) {
            (Err(error), Some(again)) if certificate_error(&error).is_some_and(is_authority) => {
                self_signed.send(again).await
            }
            (sent, _) => sent,
        }
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
            self_signed: None,
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

/// Sends each request with the client for its URI. The clients keep their connections open for
/// later requests.
#[derive(Clone, Debug)]
struct ByRoute {
    transport: Transport,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for ByRoute {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { transport, settings, components } = self.clone();
        HttpConnectorFuture::new(async move {
            transport.send(request, &settings, &components).await.map(bounded)
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
