//! Daily conversion rates: one per pair and day, the same for the same seed.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

/// Mid value of each currency in ten-thousandths of a US dollar.
const MID: [(&str, i64); 9] = [
    ("USD", 10_000),
    ("EUR", 10_800),
    ("GBP", 12_700),
    ("CAD", 7_300),
    ("AUD", 6_600),
    ("CHF", 11_300),
    ("SEK", 950),
    ("JPY", 67),
    ("KWD", 32_500),
];
/// Decimal places a stored rate has.
const RATE_PLACES: u32 = 6;

/// The daily rates table. Only the type `Corporate` is loaded.
#[derive(Debug)]
pub(crate) struct Rates {
    /// What the day-to-day movement is derived from.
    seed: u64,
    /// Days on which nobody loaded the rates from a currency.
    gaps: BTreeSet<(String, Date)>,
}

impl Rates {
    /// Rates of every day.
    pub(crate) fn new(seed: u64) -> Self {
        let gaps = BTreeSet::new();
        Self { seed, gaps }
    }

    /// Loads the rates from a currency on a day, or takes them away.
    pub(crate) fn set(&mut self, from: &str, day: Date, stored: bool) {
        let gap = (from.to_string(), day);
        if stored {
            self.gaps.remove(&gap);
        } else {
            self.gaps.insert(gap);
        }
    }

    /// The stored rate from one currency to another on a day, if there is one.
    pub(crate) fn rate(
        &self,
        from: &str,
        to: &str,
        conversion_type: &str,
        day: Date,
    ) -> Option<Decimal> {
        let is_gap = self.gaps.contains(&(from.to_string(), day));
        if conversion_type != "Corporate" || from == to || is_gap {
            return None;
        }
        let cross = self.dollars(from, day)? / self.dollars(to, day)?;
        Some(cross.round_dp(RATE_PLACES))
    }

    /// A currency's value on a day: its mid value, moved by up to two per cent.
    fn dollars(&self, currency: &str, day: Date) -> Option<Decimal> {
        let (_, mid) = MID.iter().find(|(code, _)| *code == currency)?;
        if currency == "USD" {
            return Some(Decimal::ONE);
        }
        let digest = Sha256::digest(format!("{}/{currency}/{day}", self.seed));
        let move_in_ten_thousandths = i64::from(digest[0]) * 400 / 255 - 200;
        Some(Decimal::new(mid * (10_000 + move_in_ten_thousandths), 8))
    }
}
