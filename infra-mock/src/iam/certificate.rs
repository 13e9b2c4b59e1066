//! X.509 certificates and private keys in PEM format. IAM reads a certificate's expiration time and
//! checks that the certificate and its private key match.

use crate::time::Timestamp;

use super::der::{self, OBJECT_ID, OCTET_STRING, Reader};
use super::rsa_key::{RSA, RsaKey};

/// The tag of the version field. Only certificates of version 1 omit this field.
const VERSION: u8 = 0xa0;
/// The tag of the public key inside an elliptic curve private key.
const EC_POINT: u8 = 0xa1;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The public half of a key pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PublicKey {
    Rsa(RsaKey),
    /// The public key as a point on the elliptic curve, or `None` if a private key does not contain
    /// it.
    Ec(Option<Vec<u8>>),
}

impl PublicKey {
    /// Returns whether the two keys can belong to the same key pair.
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
    /// Parses a certificate: <https://www.rfc-editor.org/rfc/rfc5280#section-4.1>.
    pub(super) fn parse(pem: &str) -> Option<Self> {
        let der = der::from_pem(pem, "CERTIFICATE")?;
        let mut fields = Reader(&der).sequence()?.sequence()?;
        let rest = fields;
        if fields.expect(VERSION).is_none() {
            fields = rest;
        }
        let (_serial, _algorithm, _issuer) =
            (fields.integer()?, fields.sequence()?, fields.sequence()?);
        let mut validity = fields.sequence()?;
        let (_begins, expires) = (time(validity.value()?)?, time(validity.value()?)?);
        let _subject = fields.sequence()?;
        let mut info = fields.sequence()?;
        let is_rsa = info.sequence()?.expect(OBJECT_ID)? == RSA;
        let bits = info.bits()?;
        let key = if is_rsa {
            PublicKey::Rsa(RsaKey::from_der(bits)?)
        } else {
            PublicKey::Ec(Some(bits.to_vec()))
        };
        Some(Self { expires, key })
    }
}

/// Parses a time with a two-digit or four-digit year:
/// <https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5>.
fn time((tag, text): (u8, &[u8])) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?;
    let text = match tag {
        UTC_TIME => format!("{}{text}", if text < "50" { "20" } else { "19" }),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let digits = text.strip_suffix('Z')?;
    let is_time = digits.len() == 14 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let [year, month, day, hour, minute, second] =
        [0..4, 4..6, 6..8, 8..10, 10..12, 12..14].map(|range| digits.get(range).unwrap_or("00"));
    is_time.then(|| format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().ok())?
}

/// Returns the public half of a private key in PKCS #1, SEC 1 or PKCS #8 format.
pub(super) fn public_half(pem: &str) -> Option<PublicKey> {
    if let Some(der) = der::from_pem(pem, "RSA PRIVATE KEY") {
        return rsa(&der);
    }
    if let Some(der) = der::from_pem(pem, "EC PRIVATE KEY") {
        return ec(&der);
    }
    let der = der::from_pem(pem, "PRIVATE KEY")?;
    let mut key = Reader(&der).sequence()?;
    key.integer()?;
    let is_rsa = key.sequence()?.expect(OBJECT_ID)? == RSA;
    let inner = key.expect(OCTET_STRING)?;
    if is_rsa { rsa(inner) } else { ec(inner) }
}

/// Parses an RSA private key in PKCS #1 format:
/// <https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2>.
fn rsa(der: &[u8]) -> Option<PublicKey> {
    let mut key = Reader(der).sequence()?;
    key.integer()?;
    let modulus = key.integer()?.to_vec();
    Some(PublicKey::Rsa(RsaKey { exponent: key.integer()?.to_vec(), modulus }))
}

/// Parses the form of SEC 1: <https://www.rfc-editor.org/rfc/rfc5915#section-3>.
fn ec(der: &[u8]) -> Option<PublicKey> {
    let mut key = Reader(der).sequence()?;
    key.integer()?;
    key.expect(OCTET_STRING)?;
    let mut point = None;
    while let Some((tag, content)) = key.value() {
        if tag == EC_POINT {
            point = Some(Reader(content).bits()?.to_vec());
        }
    }
    Some(PublicKey::Ec(point))
}
