//! QR codes as PNG images, for the seeds of virtual MFA devices.

use qrcodegen::{QrCode, QrCodeEcc};

/// The width of a module in pixels. Modules are the squares that make up a QR code.
const SCALE: i32 = 4;
/// The width of the blank border around the code, in modules:
/// <https://www.iso.org/standard/83389.html>.
const BORDER: i32 = 4;

/// Returns a PNG image of the QR code for a string, or an empty vector if the string is too long
/// for a QR code.
pub(super) fn png(text: &str) -> Vec<u8> {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return Vec::new() };
    let side = (code.size() + 2 * BORDER) * SCALE;
    let is_dark = |(x, y): (i32, i32)| code.get_module(x / SCALE - BORDER, y / SCALE - BORDER);
    let places = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
    let pixels: Vec<u8> = places.map(|place| if is_dark(place) { 0 } else { 0xff }).collect();
    written(side.unsigned_abs(), &pixels).unwrap_or_default()
}

fn written(side: u32, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut image = Vec::new();
    let mut encoder = png::Encoder::new(&mut image, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(pixels)?;
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::png;

    #[test]
    fn the_code_is_a_square_image_with_a_light_border() {
        let image = png("otpauth://totp/device@123456789012?secret=ABC");
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(image)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.width, info.height);
        // A QR code has a square with a dark outline in three of its corners. Each side of such a
        // square is seven modules long.
        let (width, at) = (info.width as usize, |module: usize| module * 4 + 1);
        let pixel = |x: usize, y: usize| pixels[at(y) * width + at(x)];
        assert!((0..11).all(|x| pixel(x, 3) == 0xff), "the border is light");
        assert!((4..11).all(|x| pixel(x, 4) == 0), "the top of the upper left square is dark");
    }
}
