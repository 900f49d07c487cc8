//! What several events are told in.

use crate::{Amount, BroughtBy, Currency, Money};

pub(crate) fn brought_by(way: BroughtBy) -> &'static str {
    match way {
        BroughtBy::Webhook => "webhook",
        BroughtBy::Poll => "poll",
        BroughtBy::Sweep => "sweep",
        BroughtBy::Backfill => "backfill",
    }
}

/// The amount with the currency's decimals, or as it is where it is finer.
pub(crate) fn money(amount: Amount, currency: Currency) -> String {
    match Money::exact(amount, currency) {
        Ok(money) => format!("{money} {currency}"),
        Err(_) => format!("{amount} {currency}"),
    }
}
