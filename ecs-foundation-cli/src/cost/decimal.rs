//! Exact decimal numbers. Floating-point numbers would not be exact enough, because rates have many
//! decimal places and bills must add up.

use std::fmt;
use std::str::FromStr;

use infra_core::names::InvalidValue;
use serde::{Serialize, Serializer};

/// A decimal number: `digits` divided by ten to the power of `scale`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    /// Converts a whole number.
    pub(crate) const fn whole(number: i128) -> Self {
        Self { digits: number, scale: 0 }
    }

    /// Returns the product, or `None` if it is too large.
    pub(super) fn times(self, other: Self) -> Option<Self> {
        let digits = self.digits.checked_mul(other.digits)?;
        Some(Self { digits, scale: self.scale + other.scale })
    }

    /// Returns the sum, or `None` if it is too large.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let digits = self.at(scale)?.checked_add(other.at(scale)?)?;
        Some(Self { digits, scale })
    }

    /// Returns the difference, or `None` if it is too large.
    pub(super) fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self { digits: -other.digits, ..other })
    }

    /// Returns the quotient, rounded half up to `scale` decimal places, or `None` if it is too large.
    pub(super) fn over(self, divisor: i128, scale: u32) -> Option<Self> {
        let divisor = divisor.checked_mul(10_i128.checked_pow(self.scale)?)?;
        let doubled = self.digits.checked_mul(10_i128.checked_pow(scale)?)?.checked_mul(2)?;
        let digits = doubled.checked_add(divisor)?.div_euclid(divisor.checked_mul(2)?);
        Some(Self { digits, scale })
    }

    /// Returns the number with `scale` decimal places, rounded half up if necessary.
    pub(crate) fn rounded(self, scale: u32) -> Self {
        self.over(1, scale).unwrap_or(self)
    }

    /// Returns whether the number is zero.
    pub(crate) const fn is_zero(self) -> bool {
        self.digits == 0
    }

    fn at(self, scale: u32) -> Option<i128> {
        self.digits.checked_mul(10_i128.checked_pow(scale - self.scale)?)
    }

    /// Returns the number without trailing zeros after the decimal point.
    fn shortest(mut self) -> Self {
        while self.scale > 0 && self.digits % 10 == 0 {
            self = Self { digits: self.digits / 10, scale: self.scale - 1 };
        }
        self
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        let (this, other) = (self.shortest(), other.shortest());
        (this.digits, this.scale) == (other.digits, other.scale)
    }
}

impl Eq for Decimal {}

impl infra_core::values::Value for Decimal {
    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,9})?$" })
    }
}

impl FromStr for Decimal {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let holds = !whole.is_empty()
            && whole.len() <= 12
            && part.len() <= 9
            && digits(whole)
            && digits(part)
            && !text.ends_with('.');
        let rule = "a number with up to 12 digits before the decimal point and up to 9 after it, such as 0.04048";
        let wrong = || InvalidValue::new("number", text, rule, None);
        if !holds {
            return Err(wrong());
        }
        let scale = u32::try_from(part.len()).map_err(|_| wrong())?;
        let digits = format!("{whole}{part}").parse().map_err(|_| wrong())?;
        Ok(Self { digits, scale })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { digits, scale } = *self;
        let sign = if digits < 0 { "-" } else { "" };
        let width = usize::try_from(scale).unwrap_or(0) + 1;
        let text = format!("{:0>width$}", digits.unsigned_abs());
        let (whole, part) = text.split_at(text.len() + 1 - width);
        let point = if part.is_empty() { "" } else { "." };
        f.pad(&format!("{sign}{whole}{point}{part}"))
    }
}

/// A decimal number is serialized as a string, because most programs would read a JSON number as an
/// inexact floating-point number.
impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn sums_and_products_are_exact() {
        let tenth = number("0.1");
        let third = tenth.plus(tenth).and_then(|sum| sum.plus(tenth)).unwrap();
        assert_eq!(third, number("0.3"));
        assert_eq!(number("0.04048").times(number("0.25")).unwrap().to_string(), "0.0101200");
        assert_eq!(number("0.5").minus(number("2")).unwrap().to_string(), "-1.5");
        assert_eq!(number("1.50"), number("1.5"));
    }

    #[test]
    fn numbers_are_rounded_half_up_once() {
        assert_eq!(number("0.005").rounded(2).to_string(), "0.01");
        assert_eq!(number("0.00499").rounded(2).to_string(), "0.00");
        assert_eq!(number("7").rounded(2).to_string(), "7.00");
        assert_eq!(number("2").over(3, 4).unwrap().to_string(), "0.6667");
        assert_eq!(number("1").over(3, 2).unwrap().to_string(), "0.33");
    }

    #[test]
    fn what_is_no_plain_number_is_refused_and_what_is_too_large_is_not_wrong() {
        for text in ["", "-1", "1e3", ".5", "1.", "1,5", " 1", "0.1234567891", "1234567890123"] {
            assert!(text.parse::<Decimal>().is_err(), "{text:?}");
        }
        let most = number("999999999999.999999999");
        assert!(most.times(most).and_then(|product| product.times(most)).is_none());
    }
}
