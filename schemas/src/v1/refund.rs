use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BroughtBy, OrderSnapshot};
use crate::{Amount, Digest, EntityKey, EventId, OrderId, RefundId};

/// A refund and its order, as they stood when the refund was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundReceived {
    pub refund: RefundSnapshot,
    pub order: OrderSnapshot,
    /// The order's refunds before this one, in the order of their ids: what is
    /// left of a part to refund depends on them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<RefundSnapshot>,
    pub brought_by: BroughtBy,
    /// SHA-256 of the refund as the store answered it.
    pub body: Digest,
}

/// A refund in the charged currency of its order. The store says only the
/// total and the tax in it; neither per item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundSnapshot {
    pub refund: RefundId,
    pub order: OrderId,
    pub created: Timestamp,
    pub total: Amount,
    /// May be negative.
    pub tax: Amount,
    /// The merchant set the amounts; the store left the order's tax as it was.
    pub merchant_override: bool,
    /// Empty for a correction of tax alone.
    pub items: Vec<RefundItem>,
    pub payments: Vec<RefundPayment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundItem {
    /// `PRODUCT`, `SHIPPING`, `ORDER`, … as the store writes it.
    pub kind: String,
    /// The order line for a product, the order address for shipping, the order for an amount.
    pub item: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested: Option<Amount>,
    /// Negative amounts kept back from the item.
    pub adjustments: Vec<Amount>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundPayment {
    /// `storecredit`, `custom`, or the gateway's key.
    pub provider: String,
    pub amount: Amount,
    pub offline: bool,
    pub declined: bool,
}

impl RefundReceived {
    pub fn entity(&self) -> EntityKey {
        EntityKey::refund(
            self.order.store.clone(),
            self.refund.order,
            self.refund.refund,
        )
    }

    /// The id of the fact: this refund in this state. The order's snapshot is
    /// not part of it: an order that changes later does not change the refund.
    pub fn event_id(&self) -> EventId {
        let refund = serde_json::to_vec(&self.refund).expect("a snapshot has only string keys");
        EventId::derive(&[
            "refund.received",
            self.order.store.as_str(),
            &self.refund.order.to_string(),
            &self.refund.refund.to_string(),
            &Digest::of(&refund).to_string(),
        ])
    }
}
