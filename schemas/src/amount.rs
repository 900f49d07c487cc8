//! A decimal number as a store reports it: exact, and not yet rounded.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An exact decimal amount, in the currency named beside it.
///
/// BigCommerce reports amounts with up to four decimals, which is finer than
/// any currency is paid in: an `Amount` keeps them all, and only [`crate::Money`]
/// rounds. Trailing zeros carry no meaning and are dropped, so that "8", "8.0"
/// and "8.0000" are one value with one hash. In JSON it is always a string: a
/// JSON number would pass through a float in most readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, JsonSchema)]
#[schemars(with = "String", extend("pattern" = r"^-?[0-9]+(\.[0-9]+)?$"))]
pub struct Amount(Decimal);

/// The text is not a decimal number.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not an exact decimal amount")]
pub struct AmountError {
    text: String,
    #[source]
    source: rust_decimal::Error,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(Decimal::ZERO);

    /// The amount as a decimal, without trailing zeros.
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The sum, or `None` beyond 28 digits.
    pub fn checked_add(self, other: Amount) -> Option<Amount> {
        self.0.checked_add(other.0).map(Amount::from)
    }

    /// The difference, or `None` beyond 28 digits.
    pub fn checked_sub(self, other: Amount) -> Option<Amount> {
        self.0.checked_sub(other.0).map(Amount::from)
    }
}

impl From<Decimal> for Amount {
    fn from(value: Decimal) -> Self {
        Amount(value.normalize())
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Decimal::from_str_exact(text.trim())
            .map(Amount::from)
            .map_err(|source| AmountError {
                text: text.to_owned(),
                source,
            })
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A string and nothing else: a number here would mean that somebody
        // wrote money as a float.
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_text() {
        for text in ["8", "8.0", "8.0000", "+8"] {
            assert_eq!(text.parse::<Amount>().unwrap().to_string(), "8");
        }
        assert_eq!("-0.0".parse::<Amount>().unwrap().to_string(), "0");
    }

    #[test]
    fn a_json_number_is_refused() {
        assert!(serde_json::from_str::<Amount>("8.5").is_err());
        assert!(serde_json::from_str::<Amount>("\"8.5\"").is_ok());
    }

    #[test]
    fn nothing_is_rounded_silently() {
        assert!(
            "0.12345678901234567890123456789012345"
                .parse::<Amount>()
                .is_err()
        );
        assert!("1e3".parse::<Amount>().is_err());
        assert!("".parse::<Amount>().is_err());
    }
}
