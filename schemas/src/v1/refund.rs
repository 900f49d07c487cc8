use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BroughtBy, OrderLine, OrderSnapshot};
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
    /// The digest of `order` and `earlier`, see [`RefundReceived::state_of`]: a
    /// refund is told again when one of them changes. It is part of the event's
    /// id; events without it were told once for each state of the refund alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Digest>,
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

impl RefundReceived {
    pub fn entity(&self) -> EntityKey {
        EntityKey::refund(
            self.order.store.clone(),
            self.refund.order,
            self.refund.refund,
        )
    }

    /// SHA-256 over the order and its refunds before: what is booked for a refund
    /// follows from them as much as from the refund itself.
    pub fn state_of(order: &OrderSnapshot, earlier: &[RefundSnapshot]) -> Digest {
        let earlier = serde_json::to_vec(earlier).expect("a snapshot has only string keys");
        Digest::of(&[order.digest().to_string().into_bytes(), earlier].concat())
    }

    /// When the refund or its order last changed: of two events of a refund, the
    /// one with the later time counts.
    pub fn modified(&self) -> Timestamp {
        self.refund.created.max(self.order.modified)
    }

    /// The id of the fact: this refund, in this state of its own and of its order.
    pub fn event_id(&self) -> EventId {
        let refund = serde_json::to_vec(&self.refund).expect("a snapshot has only string keys");
        let order = self.refund.order.to_string();
        let number = self.refund.refund.to_string();
        let refund = Digest::of(&refund).to_string();
        let store = self.order.store.as_str();
        let mut parts = vec!["refund.received", store, &order, &number, &refund];
        let state = self.state.as_ref().map(Digest::to_string);
        parts.extend(state.as_deref());
        EventId::derive(&parts)
    }
}
