//! `ledger.alarmed`: the ledger holds what it must not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, BatchKey, EventId, LedgerKey, Reader, Writer};

/// The ledger holds what it must not, such as a batch twice. Nothing more is
/// posted to it until a person has acknowledged this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerAlarmed {
    /// The ledger that it is about.
    pub ledger: LedgerKey,
    /// The batch, by what it is called here and in Fusion.
    pub batch: BatchKey,
    /// The attempt of the batch that it was found in.
    pub attempt: u32,
    /// The kind of alarm, one of ours: `BATCH_TWICE`.
    pub code: String,
    /// What the ledger holds, in words.
    pub cause: String,
    /// What to do about it.
    pub remedy: String,
    /// The last alarm of the ledger that was acknowledged: what is still there
    /// after it is an alarm anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<EventId>,
}

impl LedgerAlarmed {
    /// The id of the fact: this alarm, found after that acknowledgement.
    pub fn event_id(&self) -> EventId {
        let after = self.after.map(|id| id.to_string());
        EventId::derive(&[
            "ledger.alarmed",
            self.ledger.as_str(),
            self.batch.as_str(),
            &self.attempt.to_string(),
            &self.code,
            &self.cause,
            after.as_deref().unwrap_or_default(),
        ])
    }
}

/// The mark of `ledger.alarmed`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = LedgerAlarmed;
    type Key = LedgerKey;

    const TYPE: &'static str = "ledger.alarmed";
    const TITLE: &'static str = "The ledger holds what it must not, and its work has stopped";
    const WRITERS: &'static [Writer] = &[Writer::Poster];
    const READERS: &'static [Reader] = &[Reader::Poster];

    fn key(data: &LedgerAlarmed) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &LedgerAlarmed) -> About {
        About::batch(&data.ledger, &data.batch)
    }

    fn id(data: &LedgerAlarmed, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &LedgerAlarmed) -> String {
        format!("alarm [{}]: {}", data.code, data.cause)
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<LedgerAlarmed>> {
        vec![example().into()]
    }
}

#[cfg(test)]
pub(super) fn example() -> LedgerAlarmed {
    LedgerAlarmed {
        ledger: crate::example::ledger(),
        batch: crate::example::batch(),
        attempt: 1,
        code: "BATCH_TWICE".into(),
        cause: "the batch is in the ledger more than once".into(),
        remedy: "reverse one of them in Fusion, then acknowledge the alarm".into(),
        after: Some(EventId::derive(&["an earlier alarm"])),
    }
}
