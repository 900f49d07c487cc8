//! `journal.retried`: what was refused is to be sent again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, Decision, EntityKey, EventId, JournalKey, LedgerKey, Reader, Writer, decision};

/// Rejections that no longer stand: their journals are due again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalRetried {
    /// The ledger that it is about.
    pub ledger: LedgerKey,
    /// What is tried again.
    pub which: Retry,
    /// Who decided it, why and when.
    pub decision: Decision,
}

/// Which of the journals that stand rejected are tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Retry {
    /// These journals.
    Journals {
        /// What they are called.
        keys: Vec<JournalKey>,
    },
    /// Those of an order with its refunds, or of a refund.
    Entity {
        /// The order, or the refund.
        entity: EntityKey,
    },
    /// All of the ledger that were refused with this code.
    Code {
        /// The code.
        code: String,
    },
}

impl JournalRetried {
    /// The id of the fact: this decision, by this person at this moment.
    pub fn event_id(&self) -> EventId {
        decision::id("journal.retried", self)
    }
}

impl Retry {
    fn told(&self) -> String {
        match self {
            Retry::Journals { keys } => match keys.as_slice() {
                [one] => format!("journal {one} is"),
                several => format!("{} journals are", several.len()),
            },
            Retry::Entity { entity } => format!("{entity} is"),
            Retry::Code { code } => format!("all that was refused with {code} is"),
        }
    }
}

/// The mark of `journal.retried`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = JournalRetried;
    type Key = LedgerKey;

    const TYPE: &'static str = "journal.retried";
    const TITLE: &'static str = "Rejected journals that are due again";
    const WRITERS: &'static [Writer] = &[Writer::Operator, Writer::Poster];
    const READERS: &'static [Reader] = &[Reader::Poster];

    fn key(data: &JournalRetried) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &JournalRetried) -> About {
        About::Ledger(data.ledger.clone())
    }

    fn id(data: &JournalRetried, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &JournalRetried) -> String {
        format!("{} tried again {}", data.which.told(), data.decision.told())
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<JournalRetried>> {
        use crate::example;

        let example = JournalRetried {
            ledger: example::ledger(),
            which: Retry::Journals {
                keys: vec![example::order_key().journal_key(2)],
            },
            decision: example::decision(),
        };
        vec![example.into()]
    }
}
