//! `group.cleared`: a person has removed the rows of a group from the interface table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, Decision, EventId, LedgerKey, Writer, decision};

/// The rows that an abandoned attempt left in Fusion's interface table are gone:
/// somebody has removed them there, or seen that there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GroupCleared {
    /// The ledger that it is about.
    pub ledger: LedgerKey,
    /// The group id of the attempt in Fusion's interface table.
    pub group: u64,
    /// Who decided it, why and when.
    pub decision: Decision,
}

impl GroupCleared {
    /// The id of the fact: this decision, by this person at this moment.
    pub fn event_id(&self) -> EventId {
        decision::id("group.cleared", self)
    }
}

/// The mark of `group.cleared`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = GroupCleared;
    type Key = LedgerKey;

    const TYPE: &'static str = "group.cleared";
    const TITLE: &'static str =
        "What an abandoned attempt left in Fusion's interface table is removed";
    const WRITERS: &'static [Writer] = &[Writer::Operator];

    fn key(data: &GroupCleared) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &GroupCleared) -> About {
        About::Ledger(data.ledger.clone())
    }

    fn id(data: &GroupCleared, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &GroupCleared) -> String {
        format!(
            "group {} is cleared in the interface table {}",
            data.group,
            data.decision.told()
        )
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<GroupCleared>> {
        use crate::example;

        let example = GroupCleared {
            ledger: example::ledger(),
            group: 4_711_000_001,
            decision: example::decision(),
        };
        vec![example.into()]
    }
}
