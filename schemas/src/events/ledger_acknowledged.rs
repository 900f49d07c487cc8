//! `ledger.acknowledged`: a person has put right what an alarm was about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, Decision, EventId, LedgerKey, Reader, Writer, decision};

/// A person has looked at an alarm and put things right in Fusion: the ledger's
/// work goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerAcknowledged {
    /// The ledger that it is about.
    pub ledger: LedgerKey,
    /// The event that told of the alarm.
    pub alarm: EventId,
    /// Who decided it, why and when.
    pub decision: Decision,
}

impl LedgerAcknowledged {
    /// The id of the fact: this decision, by this person at this moment.
    pub fn event_id(&self) -> EventId {
        decision::id("ledger.acknowledged", self)
    }
}

/// The mark of `ledger.acknowledged`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = LedgerAcknowledged;
    type Key = LedgerKey;

    const TYPE: &'static str = "ledger.acknowledged";
    const TITLE: &'static str = "A person has put an alarm right, and the work goes on";
    const WRITERS: &'static [Writer] = &[Writer::Operator];
    const READERS: &'static [Reader] = &[Reader::Poster];

    fn key(data: &LedgerAcknowledged) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &LedgerAcknowledged) -> About {
        About::Ledger(data.ledger.clone())
    }

    fn id(data: &LedgerAcknowledged, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &LedgerAcknowledged) -> String {
        format!(
            "the alarm {} is acknowledged {}",
            data.alarm,
            data.decision.told()
        )
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<LedgerAcknowledged>> {
        use crate::example;

        let example = LedgerAcknowledged {
            ledger: example::ledger(),
            alarm: super::ledger_alarmed::example().event_id(),
            decision: example::decision(),
        };
        vec![example.into()]
    }
}
