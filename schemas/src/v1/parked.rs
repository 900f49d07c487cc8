use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Amount, Currency, Digest, EntityKey, EventId};

/// An order or refund that got no target: why, and what would release it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parked {
    pub entity: EntityKey,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Amount>,
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
    /// The id of the fact: this state of the entity, refused for this cause.
    /// `cause` is the event that could not be mapped; none for an unreadable answer.
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
        EventId::derive(&parts)
    }
}
