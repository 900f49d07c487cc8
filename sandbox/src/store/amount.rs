//! Money as the store computes it: a whole number of ten-thousandths.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// An amount in ten-thousandths of the currency unit.
///
/// Both stores' currencies have two decimals, so whatever is really charged is
/// a multiple of 100; only the estimated tax column uses the finer places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

/// How many ten-thousandths make one cent.
const CENT: i64 = 100;

impl Amount {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// An amount of whole cents.
    #[must_use]
    pub const fn cents(cents: i64) -> Self {
        Self(cents * CENT)
    }

    /// An amount of ten-thousandths.
    #[must_use]
    pub const fn raw(ten_thousandths: i64) -> Self {
        Self(ten_thousandths)
    }

    /// The amount in ten-thousandths of the unit.
    #[must_use]
    pub const fn ten_thousandths(self) -> i64 {
        self.0
    }

    /// The amount in cents, rounded half away from zero.
    #[must_use]
    pub fn to_cents(self) -> i64 {
        divide(i128::from(self.0), i128::from(CENT))
    }

    /// True for exactly nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `self * quantity`.
    #[must_use]
    pub fn times(self, quantity: u32) -> Self {
        Self(self.0 * i64::from(quantity))
    }

    /// `self * numerator / denominator` to the ten-thousandth, half away from zero.
    #[must_use]
    pub fn scaled(self, numerator: i64, denominator: i64) -> Self {
        Self(divide(
            i128::from(self.0) * i128::from(numerator),
            i128::from(denominator),
        ))
    }

    /// `self * numerator / denominator` to the cent, half away from zero.
    #[must_use]
    pub fn scaled_to_cents(self, numerator: i64, denominator: i64) -> Self {
        let denominator = i128::from(denominator) * i128::from(CENT);
        Self::cents(divide(
            i128::from(self.0) * i128::from(numerator),
            denominator,
        ))
    }

    /// Splits the amount over weights by cents; what rounding leaves over goes
    /// to the largest remainders first, so that the parts add up again.
    #[must_use]
    pub fn spread(self, weights: &[i64]) -> Vec<Self> {
        let total: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        if total <= 0 {
            return vec![Self::ZERO; weights.len()];
        }
        let cents = i128::from(self.to_cents());
        let floor = |w: &i64| (cents * i128::from(*w)).div_euclid(total);
        let mut parts: Vec<i128> = weights.iter().map(floor).collect();
        let left = cents - parts.iter().sum::<i128>();
        let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
        by_remainder.sort_by_key(|&i| {
            std::cmp::Reverse((cents * i128::from(weights[i])).rem_euclid(total))
        });
        for &i in by_remainder.iter().take(usize::try_from(left).unwrap_or(0)) {
            parts[i] += 1;
        }
        parts
            .into_iter()
            .map(|c| Self::cents(i64::try_from(c).unwrap_or(i64::MAX / CENT)))
            .collect()
    }

    /// The amount as text with exactly two decimals, for people and oracles.
    #[must_use]
    pub fn plain(self) -> String {
        Styled(self, MoneyStyle::TwoPlaces).to_string()
    }
}

/// Division rounded half away from zero; amounts of this size always fit.
fn divide(numerator: i128, denominator: i128) -> i64 {
    let half = denominator / 2 * numerator.signum();
    i64::try_from((numerator + half) / denominator).unwrap_or(i64::MAX)
}

impl Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Amount {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Amount {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

/// How an order's money strings are written; the API is not of one mind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MoneyStyle {
    /// `"12.3400"`: nearly every order.
    #[default]
    FourPlaces,
    /// `"12.34"`: never more than two places.
    TwoPlaces,
    /// `"12.34"`, `"12.5"`, `"12"`: no trailing zeros.
    Trimmed,
}

/// An amount together with how it is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Styled(pub Amount, pub MoneyStyle);

impl fmt::Display for Styled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Amount(value), style) = *self;
        let value = match style {
            MoneyStyle::TwoPlaces => divide(i128::from(value), 100) * 100,
            MoneyStyle::FourPlaces | MoneyStyle::Trimmed => value,
        };
        let sign = if value < 0 { "-" } else { "" };
        let (whole, part) = (value.unsigned_abs() / 10_000, value.unsigned_abs() % 10_000);
        match style {
            MoneyStyle::FourPlaces => write!(f, "{sign}{whole}.{part:04}"),
            MoneyStyle::TwoPlaces => write!(f, "{sign}{whole}.{:02}", part / 100),
            MoneyStyle::Trimmed if part == 0 => write!(f, "{sign}{whole}"),
            MoneyStyle::Trimmed => {
                let digits = format!("{part:04}");
                write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_adds_up_and_favours_the_largest_remainder() {
        let parts = Amount::cents(1000).spread(&[1, 1, 1]);
        assert_eq!(parts.iter().copied().sum::<Amount>(), Amount::cents(1000));
        assert_eq!(parts[0], Amount::cents(334));
        let uneven = Amount::cents(100).spread(&[6, 3, 1, 0]);
        assert_eq!(uneven, [60, 30, 10, 0].map(Amount::cents).to_vec());
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        assert_eq!(Amount::cents(5).scaled_to_cents(1, 2), Amount::cents(3));
        assert_eq!(Amount::cents(-5).scaled_to_cents(1, 2), Amount::cents(-3));
        // The documented order 519: 2500.00 at 5.5 % included is 2369.6667 net.
        assert_eq!(
            Amount::cents(250_000)
                .scaled(1_000_000, 1_055_000)
                .ten_thousandths(),
            23_696_682
        );
    }

    #[test]
    fn styles_write_the_same_amount_differently() {
        let amount = Amount::cents(1250);
        let written = |style| Styled(amount, style).to_string();
        assert_eq!(written(MoneyStyle::FourPlaces), "12.5000");
        assert_eq!(written(MoneyStyle::TwoPlaces), "12.50");
        assert_eq!(written(MoneyStyle::Trimmed), "12.5");
        assert_eq!(
            Styled(Amount::cents(-800), MoneyStyle::Trimmed).to_string(),
            "-8"
        );
    }
}
