//! Time-based one-time passwords, as displayed by MFA devices: RFC 6238 with SHA-1, six digits and
//! 30-second steps.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use crate::time::Timestamp;

const STEP_MILLIS: u64 = 30_000;

/// How many steps a device's clock may be ahead or behind. AWS enables a device even if its codes
/// are old, so that the device can be synchronized later
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html>). AWS does not
/// document how old the codes can be, so the mock lets the clock be off by up to one hour.
const WINDOW: u64 = 120;

/// Returns the code that a device shows during a step.
///
/// <https://www.rfc-editor.org/rfc/rfc4226#section-5.3>
fn code(seed: &[u8], step: u64) -> String {
    // This never fails, because HMAC accepts keys of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(seed) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let start = usize::from(digest.last().copied().unwrap_or_default() & 0x0f);
    let number = digest.iter().skip(start).take(4).fold(0, |all, byte| all << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// Returns whether `codes` are a device's codes for two consecutive steps close to `now`.
pub(super) fn are_consecutive(seed: &[u8], codes: [&str; 2], now: Timestamp) -> bool {
    let step = now.millis() / STEP_MILLIS;
    let [first, second] = codes;
    (step.saturating_sub(WINDOW)..=step + WINDOW)
        .any(|step| code(seed, step) == first && code(seed, step + 1) == second)
}

/// Returns a device's previous and current codes at the time `now`.
#[cfg(test)]
pub(super) fn codes(seed: &[u8], now: Timestamp) -> [String; 2] {
    let step = now.millis() / STEP_MILLIS;
    [code(seed, step - 1), code(seed, step)]
}

#[cfg(test)]
mod tests {
    use super::{are_consecutive, code};
    use crate::time::Timestamp;

    #[test]
    fn codes_are_those_of_the_standard() {
        // https://www.rfc-editor.org/rfc/rfc6238#appendix-B, the last six digits
        for (seconds, expected) in
            [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]
        {
            assert_eq!(code(b"12345678901234567890", seconds / 30), expected);
        }
    }

    #[test]
    fn codes_must_be_consecutive_and_recent() {
        let seed = b"12345678901234567890";
        let [before, first, second, third] =
            [9_999, 10_000, 10_001, 10_002].map(|step| code(seed, step));
        let at = |step: u64| Timestamp::from_millis(step * 30_000);
        assert!(are_consecutive(seed, [&first, &second], at(10_001)));
        assert!(are_consecutive(seed, [&before, &first], at(10_001)));
        assert!(are_consecutive(seed, [&second, &third], at(10_120)));
        assert!(!are_consecutive(seed, [&first, &third], at(10_001)));
        assert!(!are_consecutive(seed, [&second, &first], at(10_001)));
        assert!(!are_consecutive(seed, [&first, &second], at(10_200)));
    }
}
