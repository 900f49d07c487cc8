//! `journal.imported`: a batch is in the ledger, unposted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, Amount, BatchKey, EventId, JournalKey, LedgerKey, Reader, Writer};

/// A batch that was found in Fusion with the journals it should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalImported {
    /// The ledger that it is about.
    pub ledger: LedgerKey,
    /// The batch, by what it is called here and in Fusion.
    pub batch: BatchKey,
    /// Which attempt of the batch it is, counted from 1.
    pub attempt: u32,
    /// The group id that the attempt's rows have in Fusion's interface table.
    pub group: u64,
    /// Fusion's id and name of the batch.
    pub batch_id: u64,
    /// The name of the batch in Fusion.
    pub batch_name: String,
    /// Its journals, as read back.
    pub journals: Vec<ImportedJournal>,
}

/// A journal as read back. A summary is one journal here, by its own name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportedJournal {
    /// What the journal is called in Fusion.
    pub key: JournalKey,
    /// The sum of its debits, in the journal's currency.
    pub debits: Amount,
    /// The sum of its credits, in the journal's currency.
    pub credits: Amount,
}

impl JournalImported {
    /// The id of the fact: this batch was found once it was imported.
    pub fn event_id(&self) -> EventId {
        EventId::derive(&[
            "journal.imported",
            self.ledger.as_str(),
            self.batch.as_str(),
            &self.batch_id.to_string(),
        ])
    }
}

/// The mark of `journal.imported`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = JournalImported;
    type Key = LedgerKey;

    const TYPE: &'static str = "journal.imported";
    const TITLE: &'static str = "A batch read back from Fusion, unposted";
    const WRITERS: &'static [Writer] = &[Writer::Poster];
    const READERS: &'static [Reader] = &[Reader::Poster];

    fn key(data: &JournalImported) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &JournalImported) -> About {
        About::batch(&data.ledger, &data.batch)
    }

    fn id(data: &JournalImported, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &JournalImported) -> String {
        format!(
            "batch {} found in Fusion unposted as `{}` (id {}) with {} journals",
            data.batch,
            data.batch_name,
            data.batch_id,
            data.journals.len()
        )
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<JournalImported>> {
        use crate::example;

        let example = JournalImported {
            ledger: example::ledger(),
            batch: example::batch(),
            attempt: 1,
            group: 4_711_000_001,
            batch_id: example::BATCH_ID,
            batch_name: example::BATCH_NAME.into(),
            journals: vec![ImportedJournal {
                key: example::order_key().journal_key(2),
                debits: example::amount("108"),
                credits: example::amount("108"),
            }],
        };
        vec![example.into()]
    }
}
