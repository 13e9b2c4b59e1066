//! X.509 certificates in PEM. IAM reads their validity.

use crate::time::Timestamp;

use super::der::{self, Reader};

/// The tag of the version, which only version 1 omits.
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The properties of a certificate that IAM uses.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pub(super) expires: Timestamp,
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
        Some(Self { expires })
    }
}

/// Parses a time, whose year has two or four digits: <https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5>.
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
