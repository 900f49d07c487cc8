//! What a person decides about journals: each with who, why and when. The poster
//! decides one thing by itself, to try again what it sees the cause gone of.
//!
//! An id is derived from all of it, the moment included: a command that is given
//! twice in one moment is one fact, the same command later is another.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, EntityKey, EventId, LedgerKey};

/// Who decided, why and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// A person's name, or `poster`.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
    /// When, to the second.
    pub at: Timestamp,
}

impl Decision {
    /// Who and why, in words.
    pub(crate) fn told(&self) -> String {
        format!("by {}: {}", self.by, self.reason)
    }
}

/// The id of the fact: this decision, by this person at this moment.
pub(crate) fn id(kind: &str, decision: &impl Serialize) -> EventId {
    let data = serde_json::to_vec(decision).expect("a decision has only string keys");
    EventId::derive(&[kind, &Digest::of(&data).to_string()])
}

/// What is held or released, in words.
pub(crate) fn held(entity: Option<&EntityKey>, ledger: &LedgerKey) -> String {
    entity.map_or_else(|| format!("ledger {ledger}"), EntityKey::to_string)
}
