//! The mapper's verdict on one snapshot of an order or refund.

use jiff::{Timestamp, civil::Date};
use schemas::{
    Account, Currency, EntityKey, Event, EventId, LedgerKey, Mapped, Parked, Recognition, Stage,
};

/// An account of a ledger, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountKey {
    /// The ledger as the configuration calls it.
    pub ledger: LedgerKey,
    /// The currency of the journals, which need not be the ledger's own.
    pub currency: Currency,
    /// The account combination, segment by segment.
    pub account: Account,
}

schemas::concern! {
    /// The events that are verdicts.
    pub(crate) enum VerdictEvent { OrderMapped, RefundMapped, OrderParked, RefundParked }
}

/// What a verdict says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The ledger should hold this, in minor units, debits positive; nothing if
    /// the order does not count.
    Target {
        date: Date,
        nets: Vec<(AccountKey, i64)>,
    },
    /// It decides nothing: the books stay as they are.
    Hold,
    /// There is no target, for this reason: the books stay as they are.
    Parked(String),
}

/// What mapping came to for one snapshot of an order or refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The event with the snapshot.
    pub cause: EventId,
    pub entity: EntityKey,
    /// When the snapshot was changed in its store.
    pub modified: Timestamp,
    pub outcome: Outcome,
}

impl Verdict {
    /// What an event of the mapper says; `None` for all other events.
    pub(crate) fn of(event: Event) -> Option<Verdict> {
        let cause = event.causation?;
        match VerdictEvent::of(&event.payload)? {
            VerdictEvent::OrderMapped(mapped) | VerdictEvent::RefundMapped(mapped) => {
                Some(Verdict {
                    cause,
                    entity: mapped.entity.clone(),
                    modified: mapped.modified,
                    outcome: Outcome::mapped(mapped),
                })
            }
            VerdictEvent::OrderParked(parked) | VerdictEvent::RefundParked(parked) => {
                if parked.stage != Stage::Mapper {
                    return None;
                }
                Some(Verdict {
                    cause,
                    entity: parked.entity.clone(),
                    modified: parked.modified.unwrap_or(event.time),
                    outcome: Outcome::parked(parked),
                })
            }
        }
    }
}

impl Outcome {
    fn mapped(mapped: &Mapped) -> Outcome {
        if mapped.recognition == Recognition::Hold {
            return Outcome::Hold;
        }
        let nets = mapped.journal.net_by_account().into_iter();
        let key = |account| AccountKey {
            ledger: mapped.ledger.clone(),
            currency: mapped.journal.currency(),
            account,
        };
        Outcome::Target {
            date: mapped.accounting_date,
            nets: nets.map(|(account, net)| (key(account), net)).collect(),
        }
    }

    fn parked(parked: &Parked) -> Outcome {
        Outcome::Parked(format!("{}: {}", parked.code, parked.reason))
    }
}
