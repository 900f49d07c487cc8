//! `order.parked`, and the reasons that `refund.parked` carries too.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, Amount, Currency, Digest, EntityKey, EventId, Reader, StoreKey, Writer};

/// An order or refund that got no target: why, and what would release it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parked {
    /// The order or refund that it is about.
    pub entity: EntityKey,
    /// Where it was parked.
    pub stage: Stage,
    /// The kind of cause, for grouping: `unmapped_category`, `malformed`, …
    pub code: String,
    /// What is wrong and where, with the figures.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
    /// The state of the entity this is about; absent when it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// The day that it would have been booked on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// What was charged or refunded, in `currency`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Amount>,
    /// The currency that was charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// The rules it failed under; absent when it never reached them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_set: Option<Digest>,
    /// The version of the mapping that it failed under; absent when it never got there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// SHA-256 of what the store answered, where that is what could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Digest>,
    /// The event of the state before, read or parked by ingest, where ingest parks
    /// it: absent for the first, and in events from before it was noted. It is part
    /// of the event's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<EventId>,
}

/// Where it was parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The store's answer could not be read.
    Ingest,
    /// It could be read, but not mapped.
    Mapper,
}

impl Parked {
    /// The id of the fact: this state of the entity, refused for this cause, after
    /// that one. `cause` is the event that could not be mapped; none for an unreadable
    /// answer.
    pub fn event_id(&self, cause: Option<EventId>) -> EventId {
        let cause = cause.map(|id| id.to_string());
        let rule_set = self.rule_set.as_ref().map(Digest::to_string);
        let body = self.body.as_ref().map(Digest::to_string);
        let entity = self.entity.to_string();
        let mut parts = vec![
            "parked",
            &entity,
            cause.as_deref().unwrap_or_default(),
            rule_set.as_deref().unwrap_or_default(),
            body.as_deref().unwrap_or_default(),
            &self.code,
        ];
        // Not an empty part where there is none: ids of old must stay.
        parts.extend(self.engine.as_deref());
        let follows = self.follows.map(|id| id.to_string());
        parts.extend(follows.as_deref());
        EventId::derive(&parts)
    }
}

impl Parked {
    /// What could not be read is the same fact whatever asked for it.
    pub(super) fn id(&self, cause: Option<EventId>) -> EventId {
        match self.stage {
            Stage::Ingest => self.event_id(None),
            Stage::Mapper => self.event_id(cause),
        }
    }

    pub(super) fn summary(&self) -> String {
        format!("parked [{}]: {}", self.code, self.reason)
    }
}

/// The mark of `order.parked`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = Parked;
    type Key = StoreKey;

    const TYPE: &'static str = "order.parked";
    const TITLE: &'static str =
        "An order that could not be read or mapped, and what would release it";
    #[cfg(feature = "test-versions")]
    const OLDER: &'static [crate::Older<Parked>] = &[crate::Older {
        version: 0,
        read: crate::versions::read_previous::<crate::v0::OrderParked>,
    }];
    const WRITERS: &'static [Writer] = &[Writer::Mapper, Writer::Ingest];
    const READERS: &'static [Reader] = &[Reader::Ingest];

    fn key(data: &Parked) -> &StoreKey {
        &data.entity.store
    }

    fn about(data: &Parked) -> About {
        About::Entity(data.entity.clone())
    }

    fn id(data: &Parked, cause: Option<EventId>) -> EventId {
        data.id(cause)
    }

    fn summary(data: &Parked) -> String {
        data.summary()
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<Parked>> {
        let cause = super::order_received::example().event_id();
        vec![crate::example::Example::after(cause, example())]
    }
}

#[cfg(test)]
pub(super) fn example() -> Parked {
    use crate::example;

    Parked {
        entity: example::order_key(),
        stage: Stage::Mapper,
        code: "unmapped".into(),
        reason: "no rule gives segment `product`".into(),
        remedy: "add a rule".into(),
        modified: Some("2026-11-02T09:59:00Z".parse().unwrap()),
        date: Some("2026-11-02".parse().unwrap()),
        value: Some(example::amount("108")),
        currency: Some(example::usd()),
        rule_set: Some(Digest::of(b"rules")),
        engine: Some("1".to_owned()),
        body: None,
        follows: None,
    }
}
