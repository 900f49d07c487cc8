//! `refund.received`: a state of a refund in the store.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{
    About, BroughtBy, Digest, EntityKey, EventId, OrderSnapshot, Reader, RefundSnapshot, StoreKey,
    Writer, words,
};

/// A refund and its order, as they stood when the refund was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundReceived {
    /// The refund.
    pub refund: RefundSnapshot,
    /// Its order.
    pub order: OrderSnapshot,
    /// The order's refunds before this one, in the order of their ids: what is
    /// left of a part to refund depends on them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<RefundSnapshot>,
    /// How it came here.
    pub brought_by: BroughtBy,
    /// SHA-256 of the refund as the store answered it.
    pub body: Digest,
    /// The digest of `order` and `earlier`, see [`RefundReceived::state_of`]: a
    /// refund is told again when one of them changes. It is part of the event's
    /// id; events without it were told once for each state of the refund alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Digest>,
    /// The event of the refund's state before this one, read or parked by ingest:
    /// absent for the first, and in events from before it was noted. It is part of
    /// the event's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<EventId>,
}

impl RefundReceived {
    /// The refund that it is about.
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

    /// The id of the fact: this refund, in this state of its own and of its order,
    /// after that one. A state that comes back follows another than the first time.
    pub fn event_id(&self) -> EventId {
        let refund = serde_json::to_vec(&self.refund).expect("a snapshot has only string keys");
        let order = self.refund.order.to_string();
        let number = self.refund.refund.to_string();
        let refund = Digest::of(&refund).to_string();
        let store = self.order.store.as_str();
        let mut parts = vec!["refund.received", store, &order, &number, &refund];
        let state = self.state.as_ref().map(Digest::to_string);
        parts.extend(state.as_deref());
        let follows = self.follows.map(|id| id.to_string());
        parts.extend(follows.as_deref());
        EventId::derive(&parts)
    }
}

/// The mark of `refund.received`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = RefundReceived;
    type Key = StoreKey;

    const TYPE: &'static str = "refund.received";
    const TITLE: &'static str = "A refund and the snapshot of its order";
    const WRITERS: &'static [Writer] = &[Writer::Ingest];
    const READERS: &'static [Reader] = &[Reader::Mapper, Reader::Ingest];

    fn key(data: &RefundReceived) -> &StoreKey {
        &data.order.store
    }

    fn about(data: &RefundReceived) -> About {
        About::Entity(data.entity())
    }

    fn id(data: &RefundReceived, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &RefundReceived) -> String {
        format!(
            "refund of {} read after a {}",
            words::money(data.refund.total, data.order.currency),
            words::brought_by(data.brought_by),
        )
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<RefundReceived>> {
        vec![example().into()]
    }
}

#[cfg(test)]
pub(super) fn example() -> RefundReceived {
    use crate::example;

    RefundReceived {
        refund: example::refund(),
        order: example::order(),
        earlier: vec![RefundSnapshot {
            refund: crate::RefundId(6),
            ..example::refund()
        }],
        brought_by: BroughtBy::Poll,
        body: Digest::of(b"refund"),
        state: None,
        follows: None,
    }
}
