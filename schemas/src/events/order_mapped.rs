//! `order.mapped`, and the target that `refund.mapped` carries too.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, Amount, Digest, EntityKey, EventId, Journal, LedgerKey, Reader, Writer};

/// The target of an order or refund: what the ledger should hold for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mapped {
    /// The order or refund that it is about.
    pub entity: EntityKey,
    /// The ledger that it is about.
    pub ledger: LedgerKey,
    /// When the entity last changed in its store: an older target never replaces a newer one.
    pub modified: Timestamp,
    /// The day the order came to count or the refund happened, in the ledger's time
    /// zone: the date of its first journal.
    pub accounting_date: Date,
    /// The day of the change behind this target: the date of an adjustment or reversal.
    pub change_date: Date,
    /// Whether it counts.
    pub recognition: Recognition,
    /// The store's status of the order.
    pub status: u32,
    /// What was charged or refunded, as the store says it: decimal, in the journal's currency.
    pub value: Amount,
    /// What the ledger should hold.
    pub journal: Journal,
    /// How the ledger converts it, where a rule says so; otherwise as the ledger's
    /// configuration has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// From when on its journals go into the ledger by day; absent where each goes
    /// by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<SummaryRule>,
    /// The rules that it was mapped by, by their digest.
    pub rule_set: Digest,
    /// The version of the mapping itself.
    pub engine: String,
}

/// How a journal in a foreign currency is converted into the ledger's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conversion {
    /// The conversion type, by its user-facing name in Fusion: `Corporate`, or
    /// `User` for a rate that is given.
    pub kind: String,
    /// Units of the ledger's currency for one of the journal's; only with `User`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Amount>,
}

/// The journals of a route share one journal in the ledger for each day. What the
/// ledger should hold is the same with and without: only how it is told differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SummaryRule {
    /// The first day that is summed up; journals of earlier days go one by one.
    pub from: Date,
    /// The time zone that a day ends in, `America/New_York`.
    pub time_zone: String,
}

/// Whether the order's state counts in the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recognition {
    /// It counts: the journal is what the ledger should hold.
    Recognised,
    /// It does not count, or no longer: the ledger should hold nothing.
    NotRecognised,
    /// It decides nothing: the books stay as they are.
    Hold,
}

impl Mapped {
    /// The id of the fact: this cause under this rule set and this engine. The
    /// engine is part of it, or a corrected engine's target would be taken for a
    /// copy of the wrong one.
    pub fn event_id(&self, cause: EventId) -> EventId {
        self.id(Some(cause))
    }

    /// A target always has a cause; its id says so where none is given.
    pub(super) fn id(&self, cause: Option<EventId>) -> EventId {
        EventId::derive(&[
            "mapped",
            &cause.map(|id| id.to_string()).unwrap_or_default(),
            &self.rule_set.to_string(),
            &self.engine,
        ])
    }
}

impl Mapped {
    pub(super) fn summary(&self) -> String {
        let rules = self.rule_set.short();
        match self.recognition {
            Recognition::Recognised => format!(
                "target in ledger {} on {}: {} lines, {} {} on each side (rules {rules})",
                self.ledger,
                self.accounting_date,
                self.journal.lines().len(),
                self.journal.total(),
                self.journal.currency(),
            ),
            Recognition::NotRecognised => format!(
                "status {} does not count: ledger {} should hold nothing (rules {rules})",
                self.status, self.ledger
            ),
            Recognition::Hold => format!(
                "status {} decides nothing: ledger {} stays as it is (rules {rules})",
                self.status, self.ledger
            ),
        }
    }
}

/// The mark of `order.mapped`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = Mapped;
    type Key = LedgerKey;

    const TYPE: &'static str = "order.mapped";
    const TITLE: &'static str = "What the ledger should hold for an order";
    #[cfg(feature = "test-versions")]
    const OLDER: &'static [crate::Older<Mapped>] = &[crate::Older {
        version: 0,
        read: crate::versions::read_previous::<crate::v0::OrderMapped>,
    }];
    const WRITERS: &'static [Writer] = &[Writer::Mapper];
    const READERS: &'static [Reader] = &[Reader::Poster];

    fn key(data: &Mapped) -> &LedgerKey {
        &data.ledger
    }

    fn about(data: &Mapped) -> About {
        About::Entity(data.entity.clone())
    }

    fn id(data: &Mapped, cause: Option<EventId>) -> EventId {
        data.id(cause)
    }

    fn summary(data: &Mapped) -> String {
        data.summary()
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<Mapped>> {
        use crate::example::{Example, mapped, order_key};

        let cause = super::order_received::example().event_id();
        let summarised = Mapped {
            summary: Some(SummaryRule {
                from: "2026-11-01".parse().unwrap(),
                time_zone: "America/New_York".into(),
            }),
            ..mapped(order_key())
        };
        vec![
            Example::after(cause, mapped(order_key())),
            Example::after(cause, summarised),
        ]
    }
}
