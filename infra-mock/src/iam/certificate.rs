//! X.509 certificates and private keys in PEM format. IAM reads a certificate's expiration time and
//! checks that the certificate and its private key match.

use pkcs1::RsaPrivateKey;
use pkcs8::PrivateKeyInfo;
use sec1::EcPrivateKey;
use x509_cert::der::Decode as _;

use crate::time::Timestamp;

use super::rsa_key::{self, RsaKey};

/// The public half of a key pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PublicKey {
    Rsa(RsaKey),
    /// The point on the elliptic curve, or `None` if the private key was provided without its
    /// public key.
    Ec(Option<Vec<u8>>),
}

impl PublicKey {
    /// Returns whether the two keys might be equal. An elliptic curve key whose point is unknown
    /// might be equal to any other elliptic curve key.
    pub(super) fn may_match(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ec(None), Self::Ec(_)) | (Self::Ec(_), Self::Ec(None)) => true,
            _ => self == other,
        }
    }
}

/// The certificate properties that IAM uses.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pub(super) expires: Timestamp,
    pub(super) key: PublicKey,
}

impl Certificate {
    pub(super) fn parse(pem: &str) -> Option<Self> {
        let der = rsa_key::from_pem(pem, "CERTIFICATE")?;
        let fields = x509_cert::Certificate::from_der(&der).ok()?.tbs_certificate;
        let expires = fields.validity.not_after.to_unix_duration().as_millis();
        let info = fields.subject_public_key_info;
        let bits = info.subject_public_key.raw_bytes();
        let key = if info.algorithm.oid == pkcs1::ALGORITHM_OID {
            PublicKey::Rsa(RsaKey::from_der(bits)?)
        } else {
            PublicKey::Ec(Some(bits.to_vec()))
        };
        Some(Self { expires: Timestamp::from_millis(expires.try_into().ok()?), key })
    }
}

/// Returns the public half of a private key in PKCS #1, SEC 1 or PKCS #8 format.
pub(super) fn public_half(pem: &str) -> Option<PublicKey> {
    if let Some(der) = rsa_key::from_pem(pem, "RSA PRIVATE KEY") {
        return rsa(&der);
    }
    if let Some(der) = rsa_key::from_pem(pem, "EC PRIVATE KEY") {
        return ec(&der);
    }
    let der = rsa_key::from_pem(pem, "PRIVATE KEY")?;
    let key = PrivateKeyInfo::try_from(&der[..]).ok()?;
    let is_rsa = key.algorithm.oid == pkcs1::ALGORITHM_OID;
    if is_rsa { rsa(key.private_key) } else { ec(key.private_key) }
}

fn rsa(der: &[u8]) -> Option<PublicKey> {
    let key = RsaPrivateKey::from_der(der).ok()?;
    Some(PublicKey::Rsa(RsaKey::from(key.public_key())))
}

fn ec(der: &[u8]) -> Option<PublicKey> {
    let key = EcPrivateKey::from_der(der).ok()?;
    Some(PublicKey::Ec(key.public_key.map(<[u8]>::to_vec)))
}
