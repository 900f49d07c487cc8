//! Why an order or refund got no journal.

use schemas::{Currency, Money, MoneyError, Role};

/// A reason to park, with what would release it. The wording is for a person
/// in finance.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum Problem {
    #[error("no route is for store `{store}`, channel {channel}, currency {currency}")]
    NoRoute {
        store: String,
        channel: u64,
        currency: Currency,
    },
    #[error("no rule gives segment `{segment}` of the {} account for {what}", role.as_str())]
    Unmapped {
        role: Role,
        segment: String,
        what: String,
    },
    #[error(
        "the rules `{rules}` all set segment `{segment}` for {what}, and none is more specific"
    )]
    SeveralRules {
        segment: String,
        rules: String,
        what: String,
    },
    #[error("the route books tax by rate, and the order came without its tax rates")]
    NoTaxRates,
    #[error("{rule} makes an account that cannot be: {reason}")]
    BadAccount { rule: String, reason: String },
    #[error("the order does not add up: {arithmetic}")]
    DoesNotClose { arithmetic: String },
    #[error("the tax does not add up: {arithmetic}")]
    TaxDoesNotClose { arithmetic: String },
    #[error(
        "store credit and gift certificates of {used} exceed the order's total of {total} {currency}"
    )]
    OverTendered {
        used: Money,
        total: Money,
        currency: Currency,
    },
    #[error("refunds of {refund} in all exceed the order's total of {total} {currency}")]
    RefundExceedsOrder {
        refund: Money,
        total: Money,
        currency: Currency,
    },
    #[error("the refund names {kind} {item}, which the order does not have")]
    UnknownItem { kind: String, item: u64 },
    #[error(
        "the refund of {refund} {currency} is spread over parts of the order that are worth nothing"
    )]
    NothingToRefund { refund: Money, currency: Currency },
    #[error("an amount is not money: {0}")]
    Money(#[from] MoneyError),
    #[error("an amount of the order has more than 28 digits")]
    Overflow,
}

impl Problem {
    /// The kind of cause, for grouping.
    pub fn code(&self) -> &'static str {
        match self {
            Problem::NoRoute { .. } => "no_route",
            Problem::Unmapped { .. } => "unmapped",
            Problem::SeveralRules { .. } => "several_rules",
            Problem::NoTaxRates => "no_tax_rates",
            Problem::BadAccount { .. } => "bad_account",
            Problem::DoesNotClose { .. } => "does_not_close",
            Problem::TaxDoesNotClose { .. } => "tax_does_not_close",
            Problem::OverTendered { .. } => "over_tendered",
            Problem::RefundExceedsOrder { .. } => "refund_exceeds_order",
            Problem::UnknownItem { .. } => "unknown_item",
            Problem::NothingToRefund { .. } => "nothing_to_refund",
            Problem::Money(_) | Problem::Overflow => "not_money",
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Problem::NoRoute { .. } => "add a [[routes]] entry for it to the rules",
            Problem::Unmapped { .. } => {
                "add an [[accounts]] rule that matches it, or give the product a category that has one"
            }
            Problem::SeveralRules { .. } => {
                "give one of the rules a higher priority, or choose another policy for several_categories"
            }
            Problem::NoTaxRates => {
                "set tax_rates = true for the store in the configuration, and read the order again"
            }
            Problem::BadAccount { .. } => "correct the segment values in the rules",
            Problem::DoesNotClose { .. } | Problem::TaxDoesNotClose { .. } => {
                "compare the order in the store: an edited or imported order may carry totals that contradict its lines; correct it there"
            }
            Problem::OverTendered { .. } | Problem::Money(_) | Problem::Overflow => {
                "correct the order's amounts in the store"
            }
            Problem::RefundExceedsOrder { .. } => {
                "check the refund in the store; book what was paid beyond the order by hand"
            }
            Problem::UnknownItem { .. } | Problem::NothingToRefund { .. } => {
                "check the refund in the store; if the order was edited after it, book the refund by hand"
            }
        }
    }
}
