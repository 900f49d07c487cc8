//! One journal of a batch, as it is meant.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Conversion, EntityKey, EventId, Journal, JournalKey};

/// One journal of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Posting {
    /// What the journal is called.
    pub key: JournalKey,
    /// The order or refund that it is booked for.
    pub entity: EntityKey,
    /// What it does to what was booked.
    pub kind: PostingKind,
    /// The mapped event whose target this brings the books to.
    pub target: EventId,
    /// The date that it is to be booked on.
    pub accounting_date: Date,
    /// The ledger's period, by its name in Fusion.
    pub period: String,
    /// The journal category, by its user-facing name in Fusion.
    pub category: String,
    /// What it is told by in Fusion.
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
    /// Its lines.
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

/// What a journal does to what was booked.
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
    pub(crate) fn gives_back(self, entity: &EntityKey) -> bool {
        entity.refund.is_some() || self == PostingKind::Reversal
    }
}
