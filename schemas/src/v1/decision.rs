//! What a person decides about journals: each with who, why and when. The poster
//! decides one thing by itself, to try again what it sees the cause gone of.
//!
//! An id is derived from all of it, the moment included: a command that is given
//! twice in one moment is one fact, the same command later is another.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, EntityKey, EventId, JournalKey, LedgerKey};

/// Who decided, why and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// A person's name, or `poster`.
    pub by: String,
    pub reason: String,
    pub at: Timestamp,
}

/// From now on nothing new is sent of it, whatever its target. What is on its way
/// already is not affected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalHeld {
    pub ledger: LedgerKey,
    /// An order with its refunds, or a refund; none for the whole ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<EntityKey>,
    pub decision: Decision,
}

/// The end of a hold on exactly this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalReleased {
    pub ledger: LedgerKey,
    /// As it was held; none for the whole ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<EntityKey>,
    pub decision: Decision,
}

/// Rejections that no longer stand: their journals are due again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalRetried {
    pub ledger: LedgerKey,
    pub which: Retry,
    pub decision: Decision,
}

/// Which of the journals that stand rejected are tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Retry {
    Journals {
        keys: Vec<JournalKey>,
    },
    /// Those of an order with its refunds, or of a refund.
    Entity {
        entity: EntityKey,
    },
    /// All of the ledger that were refused with this code.
    Code {
        code: String,
    },
}

/// The rows that an abandoned attempt left in Fusion's interface table are gone:
/// somebody has removed them there, or seen that there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GroupCleared {
    pub ledger: LedgerKey,
    pub group: u64,
    pub decision: Decision,
}

/// A person has looked at an alarm and put things right in Fusion: the ledger's
/// work goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerAcknowledged {
    pub ledger: LedgerKey,
    /// The event that told of the alarm.
    pub alarm: EventId,
    pub decision: Decision,
}

macro_rules! identified {
    ($($type:ty = $name:literal,)*) => {
        $(impl $type {
            /// The id of the fact: this decision, by this person at this moment.
            pub fn event_id(&self) -> EventId {
                let data = serde_json::to_vec(self).expect("a decision has only string keys");
                EventId::derive(&[$name, &Digest::of(&data).to_string()])
            }
        })*
    };
}

identified! {
    JournalHeld = "journal.held",
    JournalReleased = "journal.released",
    JournalRetried = "journal.retried",
    GroupCleared = "group.cleared",
    LedgerAcknowledged = "ledger.acknowledged",
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(at: &str) -> JournalHeld {
        JournalHeld {
            ledger: "us".parse().unwrap(),
            entity: None,
            decision: Decision {
                by: "controller".into(),
                reason: "year end".into(),
                at: at.parse().unwrap(),
            },
        }
    }

    #[test]
    fn the_same_command_in_one_moment_is_one_fact_and_later_another() {
        let now = held("2026-11-02T10:00:00Z");
        assert_eq!(now.event_id(), now.clone().event_id());
        assert_ne!(now.event_id(), held("2026-11-02T10:00:01Z").event_id());
        let released = JournalReleased {
            ledger: now.ledger.clone(),
            entity: None,
            decision: now.decision.clone(),
        };
        assert_ne!(now.event_id(), released.event_id());
    }
}
