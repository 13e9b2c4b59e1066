//! Tests of self-signed certificates, with a TLS server on this machine.

use std::io::{ErrorKind as IoErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

use infra_core::error::{Effect, Error, ErrorKind};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::connect::{ConnectOptions, connect};
use crate::testing::of;

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// Returns a self-signed certificate for a host, like one from `openssl req -x509`.
fn authority(host: &str, change: impl FnOnce(&mut CertificateParams)) -> Issuer {
    let mut params = CertificateParams::new([host.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    change(&mut params);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// An HTTPS server that answers every request with a `GetCallerIdentity` response.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key);
        let config = Arc::new(config.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = connections.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                let connection = ServerConnection::new(config.clone()).unwrap();
                let result = answer(StreamOwned::new(connection, stream.unwrap()));
                // rustls returns `InvalidData` if the client rejects the certificate.
                let rejected = |error: &std::io::Error| error.kind() == IoErrorKind::InvalidData;
                assert!(result.as_ref().err().is_none_or(rejected), "{result:?}");
            }
        });
        Self { port, connections }
    }

    /// Connects to the server under the name `host`, and requests the caller's identity `times`
    /// times.
    async fn calls(&self, host: &str, bundle: &[&Issuer], times: usize) -> Result<(), Error> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bundle.pem");
        fs::write(&file, bundle.iter().map(|issuer| issuer.pem()).collect::<String>()).unwrap();
        let options = ConnectOptions {
            region: Some(of("eu-central-1")),
            endpoint_url: Some(format!("https://{host}:{}", self.port)),
            ca_bundle: Some(file),
            max_attempts: Some(1.try_into().unwrap()),
            placeholder_keys: true,
            ..ConnectOptions::default()
        };
        let providers = connect(&options).await.unwrap();
        for _ in 0..times {
            let identity = providers.identity().caller_identity().await?;
            assert_eq!(identity.account_id, of("123456789012"));
        }
        Ok(())
    }
}

fn answer(mut stream: StreamOwned<ServerConnection, TcpStream>) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"Version=2011-06-15") {
        let mut part = [0; 4096];
        match stream.read(&mut part)? {
            0 => return Ok(()),
            length => request.extend_from_slice(&part[..length]),
        }
    }
    let body = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
        <Account>123456789012</Account><UserId>AIDAEXAMPLE</UserId>\
        <Arn>arn:aws:iam::123456789012:user/alice</Arn>\
        </GetCallerIdentityResult></GetCallerIdentityResponse>";
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )?;
    stream.conn.send_close_notify();
    stream.flush()
}

#[tokio::test]
async fn self_signed_certificate_of_the_bundle_is_accepted() {
    let authority = authority("localhost", |_| ());
    let server = Server::start(authority.der().clone(), authority.key());
    server.calls("localhost", &[&authority], 2).await.unwrap();
    // The first call connects twice, because webpki first rejects the certificate. The second call
    // connects once, because the client remembers the host.
    assert_eq!(server.connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn certificate_signed_by_one_of_the_bundle_is_accepted_at_once() {
    let authority = authority("authority.example", |_| ());
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let server = Server::start(certificate.der().clone(), &key);
    server.calls("localhost", &[&authority], 2).await.unwrap();
    assert_eq!(server.connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn other_self_signed_certificates_are_rejected() {
    let trusted = authority("localhost", |_| ());
    let expired = authority("localhost", |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    let unknown = authority("localhost", |_| ());
    for (presented, host, what) in [
        (&trusted, "127.0.0.1", "is not valid for this host"),
        (&expired, "localhost", "has expired"),
        (&unknown, "localhost", "belongs to a certificate authority, not to a server"),
    ] {
        let server = Server::start(presented.der().clone(), presented.key());
        let error = server.calls(host, &[&trusted, &expired], 1).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Connection, Effect::None));
        assert_eq!(error.message(), format!("the server has a certificate that {what}"));
    }
}
