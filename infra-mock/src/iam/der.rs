//! Reads and writes the few DER and PEM structures that certificates and keys use.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_ID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// A reader of consecutive DER values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'d>(pub(super) &'d [u8]);

impl<'d> Reader<'d> {
    /// Returns the tag and the content of the next value.
    pub(super) fn value(&mut self) -> Option<(u8, &'d [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            // Two length bytes are enough for every certificate that IAM accepts.
            0x81 | 0x82 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// Returns the content of the next value if it has the given tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<&'d [u8]> {
        self.value().filter(|(its, _)| *its == tag).map(|(_, content)| content)
    }

    /// Returns the members of the next value if it is a sequence.
    pub(super) fn sequence(&mut self) -> Option<Self> {
        self.expect(SEQUENCE).map(Self)
    }

    /// If the next value is an integer, returns it without leading zeros.
    pub(super) fn integer(&mut self) -> Option<&'d [u8]> {
        self.expect(INTEGER).map(without_zeros)
    }

    /// Returns the bytes of the next value if it is a bit string.
    pub(super) fn bits(&mut self) -> Option<&'d [u8]> {
        // The first byte is the number of unused bits, which is zero for keys.
        self.expect(BIT_STRING)?.split_first().map(|(_, bits)| bits)
    }
}

/// Returns a big-endian number without leading zeros.
pub(super) fn without_zeros(number: &[u8]) -> &[u8] {
    &number[number.iter().take_while(|byte| **byte == 0).count()..]
}

/// Encodes a value in DER, with the given tag and the concatenated contents.
pub(super) fn encoded(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let content = contents.concat();
    let bytes = content.len().to_be_bytes();
    let length = without_zeros(&bytes);
    let mut value = vec![tag];
    if let Ok(short @ 0..=0x7f) = u8::try_from(content.len()) {
        value.push(short);
    } else {
        value.push(0x80 | u8::try_from(length.len()).unwrap_or_default());
        value.extend(length);
    }
    value.extend(content);
    value
}

/// Returns the content of the first PEM block with the given label.
pub(super) fn from_pem(text: &str, label: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let body: String = body.split_ascii_whitespace().collect();
    BASE64_STANDARD.decode(body).ok().filter(|content| !content.is_empty())
}

/// Returns a PEM block with lines of 64 characters, as in RFC 7468.
pub(super) fn to_pem(content: &[u8], label: &str) -> String {
    let mut pem = format!("-----BEGIN {label}-----\n");
    for (place, character) in BASE64_STANDARD.encode(content).chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem + &format!("\n-----END {label}-----\n")
}
