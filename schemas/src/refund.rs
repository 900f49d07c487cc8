//! A refund as accounting needs it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Amount, OrderId, OrderLine, RefundId};

/// A refund in the charged currency of its order. The store says only the
/// total and the tax in it; neither per item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundSnapshot {
    /// Its number in the store.
    pub refund: RefundId,
    /// Its order's number in the store.
    pub order: OrderId,
    /// When it was made.
    pub created: Timestamp,
    /// What was given back, tax included.
    pub total: Amount,
    /// May be negative.
    pub tax: Amount,
    /// The merchant set the amounts; the store left the order's tax as it was.
    pub merchant_override: bool,
    /// Empty for a correction of tax alone.
    pub items: Vec<RefundItem>,
    /// By which ways the money went back.
    pub payments: Vec<RefundPayment>,
}

/// A part of what was refunded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundItem {
    /// `PRODUCT`, `SHIPPING`, `ORDER`, … as the store writes it.
    pub kind: String,
    /// The order line for a product, the order address for shipping, the order for an amount.
    pub item: u64,
    /// How many pieces came back, where the store says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
    /// The amount that was asked for, where it was not pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested: Option<Amount>,
    /// Negative amounts kept back from the item.
    pub adjustments: Vec<Amount>,
}

/// One way that money went back by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundPayment {
    /// `storecredit`, `custom`, or the gateway's key.
    pub provider: String,
    /// How much went back by it.
    pub amount: Amount,
    /// It is settled outside of the store.
    pub offline: bool,
    /// The provider declined it: no money moved.
    pub declined: bool,
}

impl RefundSnapshot {
    /// A refund that every payment provider declined moved no money.
    pub fn is_declined(&self) -> bool {
        !self.payments.is_empty() && self.payments.iter().all(|payment| payment.declined)
    }

    /// How many pieces of a line came back. An amount that was asked for is an
    /// allowance: the piece stays with the customer.
    pub fn pieces_of(&self, line: &OrderLine) -> u64 {
        let pieces = self.items.iter().map(|item| {
            let is_of = item.kind == "PRODUCT" && item.item == line.line;
            match item.requested {
                None if is_of => item.quantity.unwrap_or(line.quantity),
                _ => 0,
            }
        });
        pieces.fold(0, u64::saturating_add).min(line.quantity)
    }
}
