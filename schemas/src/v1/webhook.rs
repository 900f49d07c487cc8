use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, EventId, OrderId, RefundId, StoreKey};

/// A verified delivery of a webhook. It only says that something about an
/// entity changed; what, is fetched from the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookReceived {
    pub store: StoreKey,
    /// The delivery's `webhook-id`, or the body's `hash` where there is none. A
    /// retry has the same.
    pub delivery: String,
    pub scope: String,
    pub entity: WebhookEntity,
    /// What was checked of the delivery's origin.
    pub signature: Check,
    pub header: Check,
    /// SHA-256 of the body as it came.
    pub body: Digest,
}

/// What a webhook is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WebhookEntity {
    Order {
        order: OrderId,
    },
    Refund {
        order: OrderId,
        refund: RefundId,
    },
    /// Nothing that accounting needs; kept for the record.
    Other,
}

/// The outcome of one check of a delivery that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    Verified,
    /// Not sent by the store, and not required by the configuration.
    Absent,
}

impl WebhookReceived {
    /// The id of the fact: one delivery, however often it is retried.
    pub fn event_id(&self) -> EventId {
        EventId::derive(&[
            "webhook.received",
            self.store.as_str(),
            &self.delivery,
            &self.scope,
            &self.body.to_string(),
        ])
    }
}
