//! `webhook.received`: the store told that something has changed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, Digest, EntityKey, EventId, OrderId, Reader, RefundId, StoreKey, Writer};

/// A verified delivery of a webhook. It only says that something about an
/// entity changed; what, is fetched from the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookReceived {
    /// The store, by its key in the configuration.
    pub store: StoreKey,
    /// The delivery's `webhook-id`, or the body's `hash` where there is none. A
    /// retry has the same.
    pub delivery: String,
    /// The scope of the hook, as the store writes it: `store/order/updated`.
    pub scope: String,
    /// What it is about.
    pub entity: WebhookEntity,
    /// What was checked of the delivery's origin.
    pub signature: Check,
    /// What was checked of the secret header.
    pub header: Check,
    /// SHA-256 of the body as it came.
    pub body: Digest,
}

/// What a webhook is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WebhookEntity {
    /// An order.
    Order {
        /// Its number in the store.
        order: OrderId,
    },
    /// A refund.
    Refund {
        /// Its order's number in the store.
        order: OrderId,
        /// Its number in the store.
        refund: RefundId,
    },
    /// Nothing that accounting needs; kept for the record.
    Other,
}

/// The outcome of one check of a delivery that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// It is what the store alone could send.
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

/// The mark of `webhook.received`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = WebhookReceived;
    type Key = StoreKey;

    const TYPE: &'static str = "webhook.received";
    const TITLE: &'static str = "A verified webhook delivery, written before it is answered";
    const WRITERS: &'static [Writer] = &[Writer::Ingest];
    const READERS: &'static [Reader] = &[Reader::Ingest];

    fn key(data: &WebhookReceived) -> &StoreKey {
        &data.store
    }

    fn about(data: &WebhookReceived) -> About {
        let store = data.store.clone();
        match data.entity {
            WebhookEntity::Order { order } => About::Entity(EntityKey::order(store, order)),
            WebhookEntity::Refund { order, refund } => {
                About::Entity(EntityKey::refund(store, order, refund))
            }
            WebhookEntity::Other => About::Store(store),
        }
    }

    fn id(data: &WebhookReceived, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &WebhookReceived) -> String {
        let about = match &data.entity {
            WebhookEntity::Order { order } => format!("order {order}"),
            WebhookEntity::Refund { order, refund } => format!("refund {refund} of order {order}"),
            WebhookEntity::Other => "nothing that is booked".to_owned(),
        };
        let checked = |check: Check| match check {
            Check::Verified => "verified",
            Check::Absent => "absent",
        };
        format!(
            "webhook {} about {about}: signature {}, header {}",
            data.scope,
            checked(data.signature),
            checked(data.header)
        )
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<WebhookReceived>> {
        let example = WebhookReceived {
            store: crate::example::store(),
            delivery: "msg_1".into(),
            scope: "store/order/refund/created".into(),
            entity: WebhookEntity::Refund {
                order: OrderId(1001),
                refund: RefundId(7),
            },
            signature: Check::Verified,
            header: Check::Absent,
            body: Digest::of(b"webhook"),
        };
        vec![example.into()]
    }
}
