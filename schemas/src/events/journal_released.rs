//! `journal.released`: a person takes a hold back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, Decision, EntityKey, EventId, LedgerKey, Reader, Writer, decision};

/// The end of a hold on exactly this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalReleased {
    /// The ledger that it is about.
    pub ledger: LedgerKey,
    /// As it was held; none for the whole ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<EntityKey>,
    /// Who decided it, why and when.
    pub decision: Decision,
}

impl JournalReleased {
    /// The id of the fact: this decision, by this person at this moment.
    pub fn event_id(&self) -> EventId {
        decision::id("journal.released", self)
    }
}

/// The mark of `journal.released`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = JournalReleased;
    type Key = LedgerKey;

    const TYPE: &'static str = "journal.released";
    const TITLE: &'static str = "The end of a hold";
    const WRITERS: &'static [Writer] = &[Writer::Operator];
    const READERS: &'static [Reader] = &[Reader::Poster];

    fn key(data: &JournalReleased) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &JournalReleased) -> About {
        About::entity_or_ledger(data.entity.as_ref(), &data.ledger)
    }

    fn id(data: &JournalReleased, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &JournalReleased) -> String {
        let what = decision::held(data.entity.as_ref(), &data.ledger);
        format!("{what} is released {}", data.decision.told())
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<JournalReleased>> {
        use crate::example;

        let example = JournalReleased {
            ledger: example::ledger(),
            entity: Some(example::order_key()),
            decision: example::decision(),
        };
        vec![example.into()]
    }
}
