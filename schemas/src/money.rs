//! Money: a whole number of minor units of one currency.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Amount;

/// An ISO 4217 currency, as its three-letter code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[A-Z]{3}$"))]
pub struct Currency(iso_currency::Currency);

/// A currency or an amount that cannot be money.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MoneyError {
    /// No currency has this code.
    #[error("`{0}` is not an ISO 4217 currency code")]
    UnknownCurrency(String),
    /// The amount has more decimals than the currency is paid in.
    #[error("{amount} {currency} is finer than the currency's {exponent} decimals")]
    TooFine {
        /// The amount.
        amount: Amount,
        /// The currency.
        currency: Currency,
        /// The currency's decimals.
        exponent: u32,
    },
    /// The amount is too large to be counted in minor units.
    #[error("{0} does not fit into 64-bit minor units")]
    TooLarge(String),
    /// Two currencies were to be added.
    #[error("{left} and {right} cannot be added: they are different currencies")]
    Mixed {
        /// The one.
        left: Currency,
        /// The other.
        right: Currency,
    },
}

impl Currency {
    /// The currency of a three-letter code in upper case.
    pub fn from_code(code: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(code)
            .map(Currency)
            .ok_or_else(|| MoneyError::UnknownCurrency(code.to_owned()))
    }

    /// The three letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals the currency is paid in: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }

    /// `minor` units of this currency.
    pub fn minor(self, minor: i64) -> Money {
        Money {
            minor,
            currency: self,
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(code: String) -> Result<Self, MoneyError> {
        Currency::from_code(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A whole number of minor units (cents) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Money {
    currency: Currency,
    minor: i64,
}

impl Money {
    /// The amount as money, if it has no part finer than the minor unit.
    pub fn exact(amount: Amount, currency: Currency) -> Result<Money, MoneyError> {
        let money = Money::round(amount, currency)?;
        if money.amount() == amount {
            Ok(money)
        } else {
            Err(MoneyError::TooFine {
                amount,
                currency,
                exponent: currency.exponent(),
            })
        }
    }

    /// The amount rounded to the minor unit, half away from zero, as tills and
    /// tax authorities round.
    pub fn round(amount: Amount, currency: Currency) -> Result<Money, MoneyError> {
        let too_large = || MoneyError::TooLarge(format!("{amount} {currency}"));
        let scale = Decimal::from(10u64.pow(currency.exponent()));
        let minor = amount
            .decimal()
            .checked_mul(scale)
            .ok_or_else(too_large)?
            .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        let minor = i64::try_from(minor).map_err(|_| too_large())?;
        Ok(Money { currency, minor })
    }

    /// Minor units: cents for EUR, yen for JPY, fils for KWD.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency that it is in.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The same value as a decimal number.
    pub fn amount(self) -> Amount {
        Amount::from(Decimal::new(self.minor, self.currency.exponent()))
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The sum. Fails for two currencies, and where it is too large.
    pub fn checked_add(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed {
                left: self.currency,
                right: other.currency,
            });
        }
        self.minor
            .checked_add(other.minor)
            .map(|minor| self.currency.minor(minor))
            .ok_or_else(|| MoneyError::TooLarge(format!("{self} + {other}")))
    }
}

/// The decimal number with all its decimals and no currency: `12.50`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Decimal::new(self.minor, self.currency.exponent()), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str, code: &str) -> Result<Money, MoneyError> {
        Money::exact(text.parse().unwrap(), Currency::from_code(code).unwrap())
    }

    #[test]
    fn currencies_of_zero_two_and_three_decimals() {
        assert_eq!(money("1250", "JPY").unwrap().minor(), 1250);
        assert_eq!(money("12.5", "EUR").unwrap().minor(), 1250);
        assert_eq!(money("1.25", "KWD").unwrap().minor(), 1250);
        assert_eq!(money("12.5", "EUR").unwrap().to_string(), "12.50");
    }

    #[test]
    fn a_finer_amount_is_not_exact() {
        assert!(matches!(
            money("0.005", "EUR"),
            Err(MoneyError::TooFine { .. })
        ));
        assert!(matches!(
            money("0.5", "JPY"),
            Err(MoneyError::TooFine { .. })
        ));
    }

    #[test]
    fn halves_round_away_from_zero() {
        let eur = Currency::from_code("EUR").unwrap();
        let round = |text: &str| Money::round(text.parse().unwrap(), eur).unwrap().minor();
        assert_eq!(
            [round("0.005"), round("-0.005"), round("0.0049")],
            [1, -1, 0]
        );
    }

    #[test]
    fn unknown_codes_and_mixed_sums_are_errors() {
        assert!(Currency::from_code("eur").is_err());
        assert!(Currency::from_code("EURO").is_err());
        let sum = money("1", "EUR")
            .unwrap()
            .checked_add(money("1", "USD").unwrap());
        assert!(matches!(sum, Err(MoneyError::Mixed { .. })));
        let full = Currency::from_code("EUR").unwrap().minor(i64::MAX);
        assert!(full.checked_add(money("0.01", "EUR").unwrap()).is_err());
    }
}
