//! What the poster says. One import of a batch is one *attempt*: a group id of
//! its own, and the steps upload, load, import, each with its request's id.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Conversion;
use crate::{
    Amount, BatchKey, Currency, Digest, EntityKey, EventId, Journal, JournalKey, LedgerKey,
};

/// The intent to import a batch, or a step of the import that was begun or
/// finished. All of a ledger's are on one subject, and each is written with the
/// sequence it expects there, so of two posters only one can go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalSubmitted {
    pub ledger: LedgerKey,
    pub batch: BatchKey,
    /// Counted from 1; another attempt of the same batch has another group id.
    pub attempt: u32,
    pub group: u64,
    pub step: Step,
}

/// The steps of an import, in their order. "Requested" is written before the
/// call, "started" when its answer came: a crash between the two leaves an
/// unknown outcome that can be told from all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Step {
    /// Nothing was sent yet: these journals are to go.
    Intended {
        postings: Vec<Posting>,
    },
    /// The file is in Fusion's document store. Repeating an upload is harmless.
    Uploaded {
        document: String,
    },
    /// The load into the interface table is about to be called. If its outcome
    /// stays unknown, the group id is given up: loading twice would double lines.
    LoadRequested,
    LoadStarted {
        request: u64,
    },
    /// The rows are in the interface table, under this group id only.
    Loaded,
    /// The import is about to be called, for the `round`-th time. Repeating it is
    /// safe for one group id: once imported, no rows are left.
    ImportRequested {
        round: u32,
    },
    ImportStarted {
        round: u32,
        request: u64,
    },
    /// This attempt is over without a batch in the ledger.
    Abandoned {
        reason: String,
        /// What it left in Fusion's interface table; none where its load was
        /// never begun.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<LeftRows>,
    },
}

/// Rows that stay in Fusion's interface table under an attempt's group until
/// somebody removes them there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftRows {
    /// The journal source that they are under, by its user-facing name.
    pub source: String,
    pub journals: u32,
    /// At most so many: a load that failed may have left some of them only.
    pub rows: u32,
}

/// One journal of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Posting {
    pub key: JournalKey,
    pub entity: EntityKey,
    pub kind: PostingKind,
    /// The mapped event whose target this brings the books to.
    pub target: EventId,
    pub accounting_date: Date,
    /// The ledger's period, by its name in Fusion.
    pub period: String,
    /// The journal category, by its user-facing name in Fusion.
    pub category: String,
    pub description: String,
    /// The entity's earlier journal that this one reverses or adjusts; for a refund, its order's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<JournalKey>,
    /// How the ledger converts it, where a rule says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// The journal of the ledger that it goes into together with others; absent
    /// where it is one by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    pub journal: Journal,
}

/// A journal of the ledger that sums up a day: one line per account and side of
/// the postings that name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// What it is called in Fusion, at most 25 characters: `us-261102USDo-7h3k9` for
    /// orders of store `us` in US dollars, with `r` for what gives money back. The
    /// end is derived from the postings, for a day may have several.
    pub journal: JournalKey,
    /// The day that is summed up. The accounting date is a later one where the
    /// day's period is closed.
    pub day: Date,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostingKind {
    /// The first journal of an order.
    Original,
    /// The difference to a changed target.
    Adjustment,
    /// Takes back all that the books hold of an order.
    Reversal,
    /// The first journal of a refund.
    Refund,
}

/// A batch that was found in Fusion with the journals it should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalImported {
    pub ledger: LedgerKey,
    pub batch: BatchKey,
    pub attempt: u32,
    pub group: u64,
    /// Fusion's id and name of the batch.
    pub batch_id: u64,
    pub batch_name: String,
    pub journals: Vec<ImportedJournal>,
}

/// A journal as read back. A summary is one journal here, by its own name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportedJournal {
    pub key: JournalKey,
    pub debits: Amount,
    pub credits: Amount,
}

/// One journal, posted in Fusion, with its figures as read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Posted {
    pub ledger: LedgerKey,
    pub entity: EntityKey,
    pub key: JournalKey,
    pub kind: PostingKind,
    pub target: EventId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<JournalKey>,
    pub batch: BatchKey,
    pub batch_id: u64,
    pub batch_name: String,
    pub period: String,
    pub accounting_date: Date,
    pub currency: Currency,
    /// The journal of the ledger that it is part of, together with others. The
    /// figures are then its share: read back are the sums of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<JournalKey>,
    pub debits: Amount,
    pub credits: Amount,
    /// When Fusion posted it, as it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posted: Option<Timestamp>,
}

/// A journal that does not reach the ledger until its cause is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalRejected {
    pub ledger: LedgerKey,
    pub entity: EntityKey,
    pub key: JournalKey,
    pub target: EventId,
    /// The batch and attempt that it was refused in; none when it was never sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Fusion's code (`EF04`), or one of ours.
    pub code: String,
    pub cause: String,
    pub remedy: String,
    /// The decision after which it was tried again, if it was refused before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<EventId>,
}

impl JournalSubmitted {
    /// The id of the fact: this step of this attempt.
    pub fn event_id(&self) -> EventId {
        let step = serde_json::to_vec(&self.step).expect("a step has only string keys");
        EventId::derive(&[
            "journal.submitted",
            self.ledger.as_str(),
            self.batch.as_str(),
            &self.attempt.to_string(),
            &Digest::of(&step).to_string(),
        ])
    }
}

impl Step {
    /// The name as it is written in events.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Intended { .. } => "intended",
            Step::Uploaded { .. } => "uploaded",
            Step::LoadRequested => "load_requested",
            Step::LoadStarted { .. } => "load_started",
            Step::Loaded => "loaded",
            Step::ImportRequested { .. } => "import_requested",
            Step::ImportStarted { .. } => "import_started",
            Step::Abandoned { .. } => "abandoned",
        }
    }
}

impl Posting {
    /// The journal of the ledger that it is in: its own, or a summary's.
    pub fn journal_in_ledger(&self) -> &JournalKey {
        match &self.summary {
            None => &self.key,
            Some(summary) => &summary.journal,
        }
    }

    /// Whether it gives money back, as refunds and reversals do.
    pub fn gives_back(&self) -> bool {
        self.kind.gives_back(&self.entity)
    }
}

impl PostingKind {
    fn gives_back(self, entity: &EntityKey) -> bool {
        entity.refund.is_some() || self == PostingKind::Reversal
    }
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

impl Posted {
    /// Whether it gives money back, as refunds and reversals do.
    pub fn gives_back(&self) -> bool {
        self.kind.gives_back(&self.entity)
    }

    /// The id of the fact: this journal is posted in this batch.
    pub fn event_id(&self) -> EventId {
        EventId::derive(&[
            "journal.posted",
            self.ledger.as_str(),
            self.key.as_str(),
            &self.batch_id.to_string(),
        ])
    }
}

impl JournalRejected {
    /// The id of the fact: this target, refused in this attempt for this code,
    /// and once more after each time that it was tried again.
    pub fn event_id(&self) -> EventId {
        let target = self.target.to_string();
        let attempt = self.attempt.map(|attempt| attempt.to_string());
        let after = self.after.map(|id| id.to_string());
        let mut parts = vec![
            "journal.rejected",
            self.ledger.as_str(),
            self.key.as_str(),
            &target,
            self.batch.as_ref().map_or("", BatchKey::as_str),
            attempt.as_deref().unwrap_or_default(),
            &self.code,
        ];
        // Not an empty part where there is none: ids of old must stay.
        parts.extend(after.as_deref());
        EventId::derive(&parts)
    }
}
