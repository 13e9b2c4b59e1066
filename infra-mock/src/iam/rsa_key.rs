//! RSA public keys in the two encodings that IAM accepts: OpenSSH and PEM.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::der::{self, BIT_STRING, OBJECT_ID, Reader, SEQUENCE};

const ALGORITHM: &str = "ssh-rsa";

/// The object identifier of RSA, 1.2.840.113549.1.1.1: <https://www.rfc-editor.org/rfc/rfc3279#section-2.3.1>.
pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// The reason why a string is not an RSA public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotAKey {
    /// The text uses neither of the two encodings.
    UnknownEncoding,
    /// The text uses one of the encodings but is malformed.
    Malformed,
}

/// An RSA public key. Both numbers are big-endian and have no leading zeros.
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
        let number = |field| der::without_zeros(field).to_vec();
        Some(Self { exponent: number(exponent), modulus: number(modulus) })
    }

    /// Parses a PEM key in X.509 or PKCS #1 format.
    fn from_pem(text: &str) -> Option<Self> {
        if let Some(der) = der::from_pem(text, "PUBLIC KEY") {
            let mut info = Reader(&der).sequence()?;
            (info.sequence()?.expect(OBJECT_ID)? == RSA).then_some(())?;
            return Self::from_der(info.bits()?);
        }
        Self::from_der(&der::from_pem(text, "RSA PUBLIC KEY")?)
    }

    /// Parses a key in PKCS #1 format: <https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1>.
    pub(super) fn from_der(der: &[u8]) -> Option<Self> {
        let mut key = Reader(der).sequence()?;
        let modulus = key.integer()?.to_vec();
        Some(Self { exponent: key.integer()?.to_vec(), modulus })
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
        let number = |number: &[u8]| der::encoded(der::INTEGER, &[&signed(number)]);
        let key = der::encoded(SEQUENCE, &[&number(&self.modulus), &number(&self.exponent)]);
        let algorithm = der::encoded(SEQUENCE, &[&der::encoded(OBJECT_ID, &[RSA]), &[0x05, 0x00]]);
        let bits = der::encoded(BIT_STRING, &[&[0], &key]);
        der::to_pem(&der::encoded(SEQUENCE, &[&algorithm, &bits]), "PUBLIC KEY")
    }
}

/// Returns the bytes of a number, with a leading zero byte if they would otherwise be read as a
/// negative number.
fn signed(number: &[u8]) -> Vec<u8> {
    let is_negative = number.first().is_none_or(|byte| *byte >= 0x80);
    [if is_negative { &[0_u8][..] } else { &[] }, number].concat()
}
