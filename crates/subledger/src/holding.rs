//! What one ledger holds of an order or refund, and what is on its way there.

use jiff::Timestamp;
use schemas::{BatchKey, Conversion, Currency, EventId, JournalKey, SummaryRule};
use serde::{Deserialize, Serialize};

use crate::{Balance, target::is_false};

/// An order or refund in one ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// What is booked.
    #[serde(default, skip_serializing_if = "Balance::is_zero")]
    pub balance: Balance,
    /// The journals that are posted, in their order, each with its batch by the
    /// ledger's id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journals: Vec<(JournalKey, u64)>,
    /// Those that are in the ledger and should not be: a second time, or meant by
    /// nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmeant: Vec<(JournalKey, u64)>,
    /// The journal that was sent last, until it is posted or its attempt given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Sent>,
    /// The newest target was refused, and that was not taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
    /// The newest target was refused and is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retried: Option<Retried>,
    /// The event that gave up the last attempt with a journal of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<u64>,
    /// A person holds it back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_held: bool,
    /// How the ledger converts its journals, where a rule says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// The rule that its journals are summed up by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<SummaryRule>,
}

/// A journal that was sent in an attempt to import a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The intent's offset.
    pub offset: u64,
    /// What it is called.
    pub journal: JournalKey,
    /// The batch that it was sent with.
    pub batch: BatchKey,
    /// Which try it was of the batch.
    pub attempt: u32,
    /// The mapped event that it brings the ledger to.
    pub target: EventId,
    /// The currency of its lines.
    pub currency: Currency,
    /// The sum of its debits, in minor units.
    pub total: i64,
    /// What it books.
    pub balance: Balance,
    /// Refused: it is not on its way any more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_refused: bool,
}

/// A journal that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The rejection's offset.
    pub offset: u64,
    /// The journal that was refused.
    pub journal: JournalKey,
    /// The kind of rejection.
    pub code: String,
    /// When it was refused.
    pub at: Timestamp,
}

/// The decision that took a rejection back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    /// The decision's offset.
    pub offset: u64,
    /// The decision's event.
    pub by: EventId,
    /// How often the poster has decided so by itself since a person last did.
    pub times: u32,
}

impl Holding {
    /// A journal of it is on its way.
    pub fn is_in_flight(&self) -> bool {
        self.in_flight().is_some()
    }

    /// The journal of it that is on its way.
    pub fn in_flight(&self) -> Option<&Sent> {
        self.sent.as_ref().filter(|sent| !sent.is_refused)
    }

    /// The journal that was posted first.
    pub fn first_journal(&self) -> Option<&JournalKey> {
        self.journals.first().map(|(journal, _)| journal)
    }

    pub(crate) fn is_posted(&self, journal: &JournalKey) -> bool {
        self.journals.iter().any(|(posted, _)| posted == journal)
    }
}
