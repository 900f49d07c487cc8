//! The events, each in a file of its own: what it says, what it is called, what it
//! is about, how its id is derived and how it is told in a line.
//!
//! To add one: its file, and three lines here. `docs/guides/add-an-event.md` has the
//! whole recipe.

mod definition;
mod group_cleared;
mod journal_delayed;
mod journal_held;
mod journal_imported;
mod journal_posted;
mod journal_rejected;
mod journal_released;
mod journal_retried;
mod journal_submitted;
mod ledger_acknowledged;
mod ledger_alarmed;
mod order_mapped;
mod order_parked;
mod order_received;
mod refund_mapped;
mod refund_parked;
mod refund_received;
mod refund_reversed;
mod registry;
mod webhook_received;

pub use definition::Definition;
pub use group_cleared::GroupCleared;
pub use journal_delayed::JournalDelayed;
pub use journal_held::JournalHeld;
pub use journal_imported::{ImportedJournal, JournalImported};
pub use journal_posted::Posted;
pub use journal_rejected::JournalRejected;
pub use journal_released::JournalReleased;
pub use journal_retried::{JournalRetried, Retry};
pub use journal_submitted::{JournalSubmitted, LeftRows, Step};
pub use ledger_acknowledged::LedgerAcknowledged;
pub use ledger_alarmed::LedgerAlarmed;
pub use order_mapped::{Conversion, Mapped, Recognition, SummaryRule};
pub use order_parked::{Parked, Stage};
pub use order_received::OrderReceived;
pub use refund_received::RefundReceived;
pub use webhook_received::{Check, WebhookEntity, WebhookReceived};

registry::events! {
    WebhookReceived: webhook_received,
    OrderReceived: order_received,
    RefundReceived: refund_received,
    OrderMapped: order_mapped shared,
    RefundMapped: refund_mapped shared,
    OrderParked: order_parked shared,
    RefundParked: refund_parked shared,
    JournalSubmitted: journal_submitted,
    JournalImported: journal_imported,
    JournalPosted: journal_posted shared,
    RefundReversed: refund_reversed shared,
    JournalRejected: journal_rejected,
    JournalHeld: journal_held,
    JournalReleased: journal_released,
    JournalRetried: journal_retried,
    JournalDelayed: journal_delayed,
    GroupCleared: group_cleared,
    LedgerAlarmed: ledger_alarmed,
    LedgerAcknowledged: ledger_acknowledged,
}

// What two events say alike tells by itself which of them it is.

impl From<Mapped> for Payload {
    fn from(data: Mapped) -> Payload {
        match data.entity.refund {
            None => Payload::OrderMapped(data),
            Some(_) => Payload::RefundMapped(data),
        }
    }
}

impl From<Parked> for Payload {
    fn from(data: Parked) -> Payload {
        match data.entity.refund {
            None => Payload::OrderParked(data),
            Some(_) => Payload::RefundParked(data),
        }
    }
}

impl From<Posted> for Payload {
    fn from(data: Posted) -> Payload {
        match data.gives_back() {
            false => Payload::JournalPosted(data),
            true => Payload::RefundReversed(data),
        }
    }
}
