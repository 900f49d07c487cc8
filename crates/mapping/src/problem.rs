//! Why an order or refund got no journal.

use schemas::{Currency, Money, MoneyError, Role, codes};

/// A reason to park, with what would release it. The wording is for a person
/// in finance.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum Problem {
    #[error("no route is for store `{store}`, channel {channel}, currency {currency}")]
    /// No `[[routes]]` entry of the rules matches the order.
    NoRoute {
        /// The store as the configuration calls it.
        store: String,
        /// BigCommerce's number of the sales channel (V2 orders, `channel_id`).
        channel: u64,
        /// The currency that was charged.
        currency: Currency,
    },
    #[error("no rule gives segment `{segment}` of the {} account for {what}", role.as_str())]
    /// Nothing sets a segment of an account, and a segment is never guessed.
    Unmapped {
        /// The role that an account was asked for.
        role: Role,
        /// The segment as the chart of accounts calls it.
        segment: String,
        /// What was to be booked: a line by its SKU and categories, a tax rate by
        /// its name, or the order.
        what: String,
    },
    #[error(
        "the rules `{rules}` all set segment `{segment}` for {what}, and none is more specific"
    )]
    /// Equally specific rules set a segment differently, and the policy for
    /// `several_categories` is to park.
    SeveralRules {
        /// The segment as the chart of accounts calls it.
        segment: String,
        /// The rules' names, joined with "`, `": the message puts the outer backquotes.
        rules: String,
        /// What was to be booked, as in [`Problem::Unmapped`].
        what: String,
    },
    #[error("the route books tax by rate, and the order came without its tax rates")]
    /// The store's tax records (V2 `orders/{id}/taxes`) were not read with the order.
    NoTaxRates,
    #[error("{rule} makes an account that cannot be: {reason}")]
    /// The segments that the rules set do not make an account.
    BadAccount {
        /// The names of the rules that set them, joined with ` + `.
        rule: String,
        /// What is wrong with the account.
        reason: String,
    },
    #[error("the order does not add up: {arithmetic}")]
    /// The parts and the tax miss the order's total by more than rounding can explain.
    DoesNotClose {
        /// The sum as a person can check it, in the order's currency.
        arithmetic: String,
    },
    #[error("the tax does not add up: {arithmetic}")]
    /// The parts' taxes miss the order's tax by more than rounding can explain.
    TaxDoesNotClose {
        /// Both sums, in the order's currency.
        arithmetic: String,
    },
    #[error(
        "store credit and gift certificates of {used} exceed the order's total of {total} {currency}"
    )]
    /// Store credit and gift certificates paid more than the order costs.
    OverTendered {
        /// What the two paid together.
        used: Money,
        /// What the order costs, tax included.
        total: Money,
        /// The currency of both.
        currency: Currency,
    },
    #[error("refunds of {refund} in all exceed the order's total of {total} {currency}")]
    /// The refunds of an order come to more than was charged for it.
    RefundExceedsOrder {
        /// This refund and those before it together, less what was declined of them.
        refund: Money,
        /// What was charged, tax included.
        total: Money,
        /// The currency of both.
        currency: Currency,
    },
    #[error("the refund names {kind} {item}, which the order does not have")]
    /// A refund takes a line or charge that the snapshot of its order does not have.
    UnknownItem {
        /// BigCommerce's `item_type`: `PRODUCT`, `FEE`, `SHIPPING` …
        kind: String,
        /// BigCommerce's `item_id`: the order product's or fee's.
        item: u64,
    },
    #[error(
        "the refund of {refund} {currency} is spread over parts of the order that are worth nothing"
    )]
    /// A refund of money falls on parts that come to nothing, so no proportion says
    /// how much of it each bears.
    NothingToRefund {
        /// What is refunded, without its tax.
        refund: Money,
        /// The currency of the order, and so of the refund.
        currency: Currency,
    },
    #[error("an amount is not money: {0}")]
    /// An amount cannot be rounded to the minor units of its currency.
    Money(#[from] MoneyError),
    #[error("an amount of the order has more than 28 digits")]
    /// An amount, or an intermediate result, is beyond what sums are safe with: more
    /// than 9.2 million million minor units, or than 28 digits.
    Overflow,
    #[error("its target is an event of {bytes} bytes, which is more than the stream takes")]
    /// The target has too many lines to be written as one event.
    TooLarge {
        /// What the event would have.
        bytes: usize,
    },
}

impl Problem {
    /// The kind of cause, for grouping: `code` of an event that parks.
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
            Problem::TooLarge { .. } => "TOO_LARGE",
        }
    }

    /// What to do about it, as the page of its code says.
    pub fn remedy(&self) -> &'static str {
        codes::remedy(self.code())
    }
}
