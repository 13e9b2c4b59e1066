//! Connects to servers whose certificate is itself a trusted CA certificate.
//!
//! Emulators often use a certificate that was created with `openssl req -x509`. By default, this
//! command marks the certificate as a CA certificate (`CA:TRUE`). OpenSSL, and therefore the AWS
//! CLI, accepts such a server certificate if the CA bundle contains it. webpki never accepts a CA
//! certificate as a server certificate, and aws-smithy-http-client does not support other
//! verifiers.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme,
};

use super::CONNECT_TIMEOUT;
use super::trust::Trusted;
use crate::error::is_authority;

/// A client for servers whose certificate is itself a trusted CA certificate.
#[derive(Debug)]
pub(super) struct SelfSigned {
    client: Client<HttpsConnector<HttpConnector>, SdkBody>,
    /// The hosts and ports of servers that have presented a trusted CA certificate as their server
    /// certificate.
    hosts: Mutex<BTreeSet<String>>,
}

impl SelfSigned {
    pub(super) fn new(
        trusted: &Trusted,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync + 'static>> {
        let provider = Arc::new(ring::default_provider());
        let webpki =
            WebPkiServerVerifier::builder_with_provider(trusted.roots.clone(), provider.clone());
        let verifier =
            Verifier { webpki: webpki.build()?, certificates: trusted.certificates.clone() };
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1();
        let client = Client::builder(TokioExecutor::new()).build(https.wrap_connector(tcp));
        Ok(Self { client, hosts: Mutex::default() })
    }

    /// Returns whether the server for this request has already presented a trusted CA certificate
    /// as its server certificate.
    pub(super) fn presented_by(&self, request: &HttpRequest) -> bool {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        authority(request.uri()).is_some_and(|authority| hosts.contains(&authority))
    }

    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let host = authority(request.uri());
        let request =
            request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let response = self.client.request(request).await;
        let response = response.map_err(|error| ConnectorError::io(error.into()))?;
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner).extend(host);
        HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }
}

fn authority(uri: &str) -> Option<String> {
    uri.parse::<http::Uri>().ok()?.authority().map(ToString::to_string)
}

/// Accepts the server certificates that webpki accepts. Also accepts a CA certificate as a server
/// certificate if the CA certificate is trusted.
#[derive(Debug)]
struct Verifier {
    webpki: Arc<WebPkiServerVerifier>,
    certificates: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        presented: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let webpki = self.webpki.as_ref();
        let rejected =
            match webpki.verify_server_cert(presented, intermediates, host, ocsp_response, now) {
                Err(rejected) if self.certificates.iter().any(|trusted| trusted == presented) => {
                    rejected
                }
                result => return result,
            };
        // When webpki rejects a CA certificate, it has already checked the dates, but not the host.
        match &rejected {
            TlsError::InvalidCertificate(problem) if is_authority(problem) => {}
            _ => return Err(rejected),
        }
        let certificate = webpki::EndEntityCert::try_from(presented).map_err(|_| rejected)?;
        match certificate.verify_is_valid_for_subject_name(host) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(_) => Err(CertificateError::NotValidForName.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.webpki.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.webpki.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}
