//! `journal.posted`, and the journal as read back that `refund.reversed` carries too.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{
    About, Amount, BatchKey, Currency, EntityKey, EventId, JournalKey, LedgerKey, PostingKind,
    Reader, Writer, words,
};

/// One journal, posted in Fusion, with its figures as read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Posted {
    /// The ledger that it is about.
    pub ledger: LedgerKey,
    /// The order or refund that it is about.
    pub entity: EntityKey,
    /// What the journal is called.
    pub key: JournalKey,
    /// What it does to what was booked.
    pub kind: PostingKind,
    /// The event whose target it brings the books to.
    pub target: EventId,
    /// The entity's earlier journal that it reverses or adjusts; for a refund, its order's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<JournalKey>,
    /// The batch, by what it is called here and in Fusion.
    pub batch: BatchKey,
    /// Fusion's id of the batch.
    pub batch_id: u64,
    /// The name of the batch in Fusion.
    pub batch_name: String,
    /// The ledger's period that it is in, by its name in Fusion.
    pub period: String,
    /// The date that it is booked on.
    pub accounting_date: Date,
    /// The currency of the figures.
    pub currency: Currency,
    /// The journal of the ledger that it is part of, together with others. The
    /// figures are then its share: read back are the sums of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<JournalKey>,
    /// The sum of the debits, in that currency.
    pub debits: Amount,
    /// The sum of the credits, in that currency.
    pub credits: Amount,
    /// When Fusion posted it, as it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posted: Option<Timestamp>,
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

    pub(super) fn summary(&self) -> String {
        let kind = match self.kind {
            PostingKind::Original => "journal",
            PostingKind::Adjustment => "adjustment",
            PostingKind::Reversal => "reversal",
            PostingKind::Refund => "refund journal",
        };
        let part = self.summary.as_ref();
        let part = part.map_or(String::new(), |summary| format!(" as part of {summary}"));
        format!(
            "{kind} {} posted{part} in batch `{}` (id {}), period {}, debits {}, credits {}",
            self.key,
            self.batch_name,
            self.batch_id,
            self.period,
            words::money(self.debits, self.currency),
            words::money(self.credits, self.currency),
        )
    }
}

/// The mark of `journal.posted`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = Posted;
    type Key = LedgerKey;

    const TYPE: &'static str = "journal.posted";
    const TITLE: &'static str = "An order's journal is posted in Fusion, as read back, by itself or as part of a day's summary";
    const WRITERS: &'static [Writer] = &[Writer::Poster];
    const READERS: &'static [Reader] = &[Reader::Poster];

    fn key(data: &Posted) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &Posted) -> About {
        About::Entity(data.entity.clone())
    }

    fn cause(data: &Posted) -> Option<EventId> {
        Some(data.target)
    }

    fn id(data: &Posted, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &Posted) -> String {
        data.summary()
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<Posted>> {
        let summarised = Posted {
            summary: Some(crate::example::summary_key()),
            ..example()
        };
        vec![example().into(), summarised.into()]
    }
}

#[cfg(test)]
pub(super) fn example() -> Posted {
    use crate::example;

    Posted {
        ledger: example::ledger(),
        key: example::order_key().journal_key(2),
        original: Some(example::order_key().journal_key(1)),
        entity: example::order_key(),
        kind: PostingKind::Adjustment,
        target: example::order_target(),
        batch: example::batch(),
        batch_id: example::BATCH_ID,
        batch_name: example::BATCH_NAME.into(),
        period: "Nov-26".into(),
        accounting_date: "2026-11-02".parse().unwrap(),
        currency: example::usd(),
        summary: None,
        debits: example::amount("108"),
        credits: example::amount("108"),
        posted: Some("2026-11-02T10:05:00Z".parse().unwrap()),
    }
}
