//! Whole numbers with a minimum and a maximum.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::Value;
use crate::names::InvalidValue;

/// Defines types for whole numbers with a minimum and a maximum.
macro_rules! numbers {
    ($($(#[$doc:meta])* $type:ident($what:literal, $range:expr);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $type(u32);

        impl $type {
            /// The range of valid values.
            pub const RANGE: std::ops::RangeInclusive<u32> = $range;

            /// Checks a number.
            ///
            /// # Errors
            /// Returns an error if the number is out of range. The error suggests the nearest valid
            /// number.
            pub fn new(number: u32) -> Result<Self, InvalidValue> {
                number.to_string().parse()
            }

            /// Returns the number.
            pub const fn get(self) -> u32 {
                self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$type> for u32 {
            fn from(value: $type) -> Self {
                value.0
            }
        }

        impl FromStr for $type {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                within($what, text, Self::RANGE).map(Self)
            }
        }

        impl Value for $type {
            fn schema() -> Json {
                json!({ "type": "integer", "minimum": Self::RANGE.start(), "maximum": Self::RANGE.end() })
            }
        }
    )+};
}

/// Parses a number and checks its range. A number that does not fit into an `i64` is always
/// out of range.
fn within(
    what: &'static str,
    text: &str,
    range: std::ops::RangeInclusive<u32>,
) -> Result<u32, InvalidValue> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let beyond = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    let number = is_number.then(|| text.parse::<i64>().unwrap_or(beyond));
    if let Some(Ok(number)) = number.map(u32::try_from)
        && range.contains(&number)
    {
        return Ok(number);
    }
    let (least, most) = (*range.start(), *range.end());
    let nearest = number.map(|number| number.clamp(least.into(), most.into()).to_string());
    let rule = format!("use a whole number from {least} to {most}");
    Err(InvalidValue::new(what, text, rule, nearest))
}

numbers! {
    /// The maximum duration of a role's sessions, in seconds.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
    SessionDuration("session duration in seconds", 3600..=43_200);

    /// The number of tasks that are placed on a capacity provider before weights apply.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html>.
    #[derive(Default)]
    StrategyBase("base", 0..=100_000);

    /// A capacity provider's relative share of the tasks that remain once every base has been met.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html>.
    #[derive(Default)]
    StrategyWeight("weight", 0..=1000);

    /// The number of images or days that a lifecycle rule specifies.
    ///
    /// AWS documents no maximum. Source:
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>.
    LifecycleCount("number of images or days", 1..=i32::MAX as u32);

    /// The maximum number of operations that run at the same time.
    Parallelism("parallelism", 1..=1000);
}

impl SessionDuration {
    /// One hour, the default in IAM.
    pub const HOUR: Self = Self(3600);
}

impl Default for SessionDuration {
    fn default() -> Self {
        Self::HOUR
    }
}
