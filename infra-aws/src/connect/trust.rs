//! Loads the certificates to trust for HTTPS, from this machine or from a bundle.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_smithy_http_client::tls::TrustStore;
use aws_smithy_types::base64;
use infra_core::error::{Error, ErrorKind, Result};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The trusted certificates, in the forms that the SDK's HTTP client and rustls need.
#[derive(Clone, Debug)]
pub(super) struct Trusted {
    pub(super) store: TrustStore,
    pub(super) roots: Arc<RootCertStore>,
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

/// A certificate file that might not have been read yet.
#[derive(Clone, Debug)]
pub(super) enum Bundle {
    Read(Trusted),
    Later { file: PathBuf, origin: String },
}

impl Bundle {
    /// Reads `file` immediately. `origin` is the setting that specifies the file.
    pub(super) fn read(file: &Path, origin: &str) -> Result<Self> {
        read(file, origin).map(Self::Read)
    }

    /// Creates a bundle whose file is not read until the certificates are needed.
    pub(super) fn later(file: impl Into<PathBuf>, origin: impl Into<String>) -> Self {
        Self::Later { file: file.into(), origin: origin.into() }
    }

    pub(super) fn trusted(&self) -> Result<Trusted> {
        match self {
            Self::Read(trusted) => Ok(trusted.clone()),
            Self::Later { file, origin } => read(file, origin),
        }
    }
}

/// Returns the machine's certificates.
///
/// aws-smithy-http-client would load them too, but if there are none, it panics in a debug build
/// and trusts no certificate in a release build.
pub(super) fn native() -> Result<Trusted> {
    let found = rustls_native_certs::load_native_certs();
    trusted(found.certs).ok_or_else(|| {
        let error = Error::new(
            ErrorKind::InvalidInput,
            "HTTPS requires trusted certificates, but this machine has none",
        );
        let error = error.with_hint(
            "install certificates (often in the package ca-certificates), or pass --ca-bundle FILE",
        );
        match found.errors.into_iter().next() {
            Some(source) => error.with_source(source),
            None => error,
        }
    })
}

fn read(file: &Path, origin: &str) -> Result<Trusted> {
    let invalid = |what: &str| {
        Error::new(
            ErrorKind::InvalidInput,
            format!("the certificate file {} ({origin}) {what}", file.display()),
        )
    };
    let pem = fs::read(file).map_err(|source| {
        invalid("cannot be read")
            .with_hint(format!("set {origin} to a readable file that contains PEM certificates"))
            .with_source(source)
    })?;
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|source| {
            invalid("is damaged")
                .with_hint(
                    "make sure that each certificate is complete, from BEGIN CERTIFICATE to END CERTIFICATE",
                )
                .with_source(source)
        })?;
    trusted(certificates).ok_or_else(|| {
        invalid("contains no usable certificate").with_hint(
            "the file must contain at least one X.509 version 3 certificate (-----BEGIN CERTIFICATE-----)",
        )
    })
}

/// Returns the certificates that rustls accepts, or `None` if it accepts none.
///
/// Obsolete certificates, which are common on machines and in bundles, are skipped, because
/// aws-smithy-http-client panics on them.
fn trusted(mut certificates: Vec<CertificateDer<'static>>) -> Option<Trusted> {
    let mut roots = RootCertStore::empty();
    certificates.retain(|certificate| roots.add(certificate.clone()).is_ok());
    let mut store = TrustStore::empty();
    for certificate in &certificates {
        store.add_pem_certificate(pem_of(certificate));
    }
    (!roots.is_empty()).then(|| Trusted { store, roots: Arc::new(roots), certificates })
}

fn pem_of(certificate: &CertificateDer<'_>) -> Vec<u8> {
    let body = base64::encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n").into_bytes()
}
