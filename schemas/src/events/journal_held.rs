//! `journal.held`: a person keeps an order, a refund or a ledger from being sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, Decision, EntityKey, EventId, LedgerKey, Reader, Writer, decision};

/// From now on nothing new is sent of it, whatever its target. What is on its way
/// already is not affected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalHeld {
    /// The ledger that it is about.
    pub ledger: LedgerKey,
    /// An order with its refunds, or a refund; none for the whole ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<EntityKey>,
    /// Who decided it, why and when.
    pub decision: Decision,
}

impl JournalHeld {
    /// The id of the fact: this decision, by this person at this moment.
    pub fn event_id(&self) -> EventId {
        decision::id("journal.held", self)
    }
}

/// The mark of `journal.held`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = JournalHeld;
    type Key = LedgerKey;

    const TYPE: &'static str = "journal.held";
    const TITLE: &'static str = "Nothing new is sent of an order, a refund or a whole ledger";
    const WRITERS: &'static [Writer] = &[Writer::Operator];
    const READERS: &'static [Reader] = &[Reader::Poster];

    fn key(data: &JournalHeld) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &JournalHeld) -> About {
        About::entity_or_ledger(data.entity.as_ref(), &data.ledger)
    }

    fn id(data: &JournalHeld, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &JournalHeld) -> String {
        let what = decision::held(data.entity.as_ref(), &data.ledger);
        format!("{what} is held {}", data.decision.told())
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<JournalHeld>> {
        use crate::example;

        let example = JournalHeld {
            ledger: example::ledger(),
            entity: Some(example::order_key()),
            decision: example::decision(),
        };
        vec![example.into()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JournalReleased;

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
