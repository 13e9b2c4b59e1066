//! QR codes as PNG images, for the seeds of virtual MFA devices.

use miniz_oxide::deflate::compress_to_vec_zlib;
use qrcodegen::{QrCode, QrCodeEcc};

/// The number of pixels per module.
const SCALE: i32 = 4;
/// The width of the blank border around the code, in modules:
/// <https://www.iso.org/standard/83389.html>.
const BORDER: i32 = 4;

/// Returns a PNG image of the QR code for a string, or no bytes if the text is too long for a QR
/// code.
pub(super) fn png(text: &str) -> Vec<u8> {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return Vec::new() };
    let side = (code.size() + 2 * BORDER) * SCALE;
    let mut pixels = Vec::new();
    for y in 0..side {
        pixels.push(0); // the lines are not filtered
        let is_dark = |x: i32| code.get_module(x / SCALE - BORDER, y / SCALE - BORDER);
        pixels.extend((0..side).map(|x| if is_dark(x) { 0_u8 } else { 0xff }));
    }
    // The image is grayscale, with eight bits per pixel: https://www.w3.org/TR/png-3/#11IHDR
    let header = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let mut image = b"\x89PNG\r\n\x1a\n".to_vec();
    let level = 6;
    chunk(&mut image, *b"IHDR", &header);
    chunk(&mut image, *b"IDAT", &compress_to_vec_zlib(&pixels, level));
    chunk(&mut image, *b"IEND", &[]);
    image
}

/// Adds a chunk: <https://www.w3.org/TR/png-3/#5Chunk-layout>.
fn chunk(image: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    image.extend(u32::try_from(content.len()).unwrap_or_default().to_be_bytes());
    let start = image.len();
    image.extend(kind);
    image.extend(content);
    let sum = crc(&image[start..]);
    image.extend(sum.to_be_bytes());
}

/// Returns the checksum of a PNG chunk: <https://www.w3.org/TR/png-3/#5CRC-algorithm>.
fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { 0xedb8_8320 ^ sum >> 1 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::{crc, png};

    #[test]
    fn the_checksum_and_the_header_are_those_of_png() {
        // https://www.w3.org/TR/png-3/#11IEND: the checksum of an empty IEND chunk is always the same.
        assert_eq!(crc(b"IEND"), 0xae42_6082);
        let image = png("otpauth://totp/device@123456789012?secret=ABC");
        assert!(image.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"));
        assert!(image.ends_with(b"IEND\xae\x42\x60\x82"));
    }
}
