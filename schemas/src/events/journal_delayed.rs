//! `journal.delayed`: a journal waits for something in Fusion.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, BatchKey, EventId, LedgerKey, Reader, Writer};

/// A batch that was imported longer ago than the configuration allows, and is
/// not posted yet: it waits for approval, for AutoPost or for its period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalDelayed {
    /// The ledger that it is about.
    pub ledger: LedgerKey,
    /// The batch, by what it is called here and in Fusion.
    pub batch: BatchKey,
    /// Which attempt of the batch it is, counted from 1.
    pub attempt: u32,
    /// Fusion's id of the batch.
    pub batch_id: u64,
    /// The name of the batch in Fusion.
    pub batch_name: String,
    /// How many of its journals wait.
    pub journals: u32,
    /// When it was found in the ledger.
    pub imported: Timestamp,
    /// What Fusion says of the batch: its status, its approval, its error.
    pub state: String,
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

/// The mark of `journal.delayed`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = JournalDelayed;
    type Key = LedgerKey;

    const TYPE: &'static str = "journal.delayed";
    const TITLE: &'static str = "A batch that was imported long ago and is still not posted";
    const WRITERS: &'static [Writer] = &[Writer::Poster];
    const READERS: &'static [Reader] = &[Reader::Poster];

    fn key(data: &JournalDelayed) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &JournalDelayed) -> About {
        About::batch(&data.ledger, &data.batch)
    }

    fn id(data: &JournalDelayed, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &JournalDelayed) -> String {
        format!(
            "batch `{}` is imported since {} and not posted ({})",
            data.batch_name, data.imported, data.state
        )
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<JournalDelayed>> {
        use crate::example;

        let example = JournalDelayed {
            ledger: example::ledger(),
            batch: example::batch(),
            attempt: 1,
            batch_id: example::BATCH_ID,
            batch_name: example::BATCH_NAME.into(),
            journals: 1,
            imported: "2026-11-01T10:00:00Z".parse().unwrap(),
            state: "status U, approval In process".into(),
        };
        vec![example.into()]
    }
}
