//! RSA public keys in the two encodings that IAM accepts: OpenSSH and PEM.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use pem::{EncodeConfig, LineEnding, Pem};
use pkcs1::{RsaPublicKey, UintRef};
use x509_cert::der::asn1::BitStringRef;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};

const ALGORITHM: &str = "ssh-rsa";

/// Why a string is not an RSA public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotAKey {
    /// The text uses neither of the two encodings.
    UnknownEncoding,
    /// The text uses one of the encodings but is malformed.
    Malformed,
}

/// An RSA public key. The exponent and the modulus are big-endian and have no leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RsaKey {
    pub(super) exponent: Vec<u8>,
    pub(super) modulus: Vec<u8>,
}

impl RsaKey {
    pub(super) fn parse(text: &str) -> Result<Self, NotAKey> {
        let mut words = text.split_ascii_whitespace();
        match words.next() {
            Some(ALGORITHM) => {
                let wire = words.next().and_then(|word| BASE64_STANDARD.decode(word).ok());
                wire.and_then(|wire| Self::from_wire(&wire)).ok_or(NotAKey::Malformed)
            }
            Some("-----BEGIN") => Self::from_pem(text).ok_or(NotAKey::Malformed),
            _ => Err(NotAKey::UnknownEncoding),
        }
    }

    /// Parses a key in SSH's wire format: <https://www.rfc-editor.org/rfc/rfc4253#section-6.6>.
    fn from_wire(mut wire: &[u8]) -> Option<Self> {
        let mut field = || {
            let (length, rest) = wire.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            let (field, rest) = rest.split_at_checked(length)?;
            wire = rest;
            Some(field)
        };
        (field()? == ALGORITHM.as_bytes()).then_some(())?;
        let (exponent, modulus) = (field()?, field()?);
        let number = |field| UintRef::new(field).ok().map(|number| number.as_bytes().to_vec());
        Some(Self { exponent: number(exponent)?, modulus: number(modulus)? })
    }

    /// Parses a PEM key in X.509 or PKCS #1 format.
    fn from_pem(text: &str) -> Option<Self> {
        if let Some(der) = from_pem(text, "PUBLIC KEY") {
            let info = SubjectPublicKeyInfoRef::try_from(&der[..]).ok()?;
            (info.algorithm.oid == pkcs1::ALGORITHM_OID).then_some(())?;
            return Self::from_der(info.subject_public_key.raw_bytes());
        }
        Self::from_der(&from_pem(text, "RSA PUBLIC KEY")?)
    }

    /// Parses a key in PKCS #1 format.
    pub(super) fn from_der(der: &[u8]) -> Option<Self> {
        RsaPublicKey::from_der(der).ok().map(Self::from)
    }

    /// Returns the length of the modulus in bits.
    pub(super) fn bits(&self) -> usize {
        let unused = self.modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
        8 * self.modulus.len() - unused
    }

    pub(super) fn to_wire(&self) -> Vec<u8> {
        let field = |content: &[u8]| {
            let length = u32::try_from(content.len()).unwrap_or_default();
            [&length.to_be_bytes(), content].concat()
        };
        let number = |number: &[u8]| field(&signed(number));
        [field(ALGORITHM.as_bytes()), number(&self.exponent), number(&self.modulus)].concat()
    }

    pub(super) fn to_ssh(&self) -> String {
        format!("{ALGORITHM} {}", BASE64_STANDARD.encode(self.to_wire()))
    }

    pub(super) fn to_pem(&self) -> String {
        let block = Pem::new("PUBLIC KEY", self.to_spki().unwrap_or_default());
        pem::encode_config(&block, EncodeConfig::new().set_line_ending(LineEnding::LF))
    }

    /// Encodes the key in X.509 format. Fails only if the key is too large for DER.
    fn to_spki(&self) -> Result<Vec<u8>, x509_cert::der::Error> {
        let modulus = UintRef::new(&self.modulus)?;
        let key =
            RsaPublicKey { modulus, public_exponent: UintRef::new(&self.exponent)? }.to_der()?;
        let subject_public_key = BitStringRef::from_bytes(&key)?;
        SubjectPublicKeyInfo { algorithm: pkcs1::ALGORITHM_ID, subject_public_key }.to_der()
    }
}

impl From<RsaPublicKey<'_>> for RsaKey {
    fn from(key: RsaPublicKey<'_>) -> Self {
        Self {
            exponent: key.public_exponent.as_bytes().to_vec(),
            modulus: key.modulus.as_bytes().to_vec(),
        }
    }
}

/// Returns the content of the first PEM block with the given label.
pub(super) fn from_pem(text: &str, label: &str) -> Option<Vec<u8>> {
    let blocks = pem::parse_many(text).ok()?;
    blocks.into_iter().find(|block| block.tag() == label).map(Pem::into_contents)
}

/// Encodes a positive number as a signed integer. If the highest bit is set, a leading zero byte
/// keeps the number from being read as negative.
fn signed(number: &[u8]) -> Vec<u8> {
    let is_negative = number.first().is_none_or(|byte| *byte >= 0x80);
    [if is_negative { &[0_u8][..] } else { &[] }, number].concat()
}
