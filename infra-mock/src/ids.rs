//! Ids in AWS's formats, generated from a seed so that runs are repeatable.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Builder;

/// A generator of ids. The same seed always produces the same ids in the same order. Snapshots
/// include the generator's position, so a mock restored from a snapshot never repeats an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ids {
    seed: u64,
    drawn: u64,
}

impl Ids {
    /// Creates a generator with the given seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    fn rng(&mut self) -> fastrand::Rng {
        self.drawn += 1;
        // Each id comes from a new random number generator. Its seed is computed from `seed` and
        // `drawn`, so the state consists of only these two numbers. Multiplying by a large odd
        // constant gives consecutive ids very different seeds.
        fastrand::Rng::with_seed(self.seed ^ self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Returns an IAM unique id: `prefix` (`AROA` for roles, `ANPA` for policies) followed by 17
    /// base-32 characters.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>.
    pub fn iam(&mut self, prefix: &str) -> String {
        const BASE_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut rng = self.rng();
        let tail = (0..17).map(|_| char::from(BASE_32[rng.usize(..32)]));
        prefix.chars().chain(tail).collect()
    }

    /// Returns a random UUID (version 4), as used for request ids and the ids of ECS service
    /// events.
    pub fn uuid(&mut self) -> String {
        let mut rng = self.rng();
        let (high, low) = (rng.u64(..), rng.u64(..));
        let bytes = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// Returns `digits` random hexadecimal digits, as used for ECS task ids.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut rng = self.rng();
        (0..digits).filter_map(|_| char::from_digit(rng.u32(..16), 16)).collect()
    }
}

/// Returns the SHA-256 hash of `content` in hexadecimal.
pub(crate) fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn seed_is_repeatable_and_ids_have_aws_formats() {
        let (mut one, mut two) = (Ids::new(7), Ids::new(7));
        let role = one.iam("AROA");
        assert_eq!(role, two.iam("AROA"));
        assert_eq!(role.len(), 21);
        assert_ne!(role, one.iam("AROA"));
        let uuid = one.uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
        assert_eq!(one.hex(64).len(), 64);
    }
}
