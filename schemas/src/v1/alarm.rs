//! What a person has to look at in Fusion.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{BatchKey, EventId, LedgerKey};

/// The ledger holds what it must not, such as a batch twice. Nothing more is
/// posted to it until a person has acknowledged this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerAlarmed {
    pub ledger: LedgerKey,
    pub batch: BatchKey,
    pub attempt: u32,
    /// The kind of alarm, one of ours: `BATCH_TWICE`.
    pub code: String,
    pub cause: String,
    pub remedy: String,
    /// The last alarm of the ledger that was acknowledged: what is still there
    /// after it is an alarm anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<EventId>,
}

/// A batch that was imported longer ago than the configuration allows, and is
/// not posted yet: it waits for approval, for AutoPost or for its period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalDelayed {
    pub ledger: LedgerKey,
    pub batch: BatchKey,
    pub attempt: u32,
    pub batch_id: u64,
    pub batch_name: String,
    /// How many of its journals wait.
    pub journals: u32,
    pub imported: Timestamp,
    /// What Fusion says of the batch: its status, its approval, its error.
    pub state: String,
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

impl JournalDelayed {
    /// The id of the fact: this batch is late. It is said once.
    pub fn event_id(&self) -> EventId {
        EventId::derive(&[
            "journal.delayed",
            self.ledger.as_str(),
            self.batch.as_str(),
            &self.batch_id.to_string(),
        ])
    }
}
