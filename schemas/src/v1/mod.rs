//! Version 1 of what events say.
//!
//! These types are written to a log that is kept for ever: a field may be added
//! with a default, but never changed or removed. Anything else is a `v2`.

mod alarm;
mod decision;
mod mapped;
mod order;
mod parked;
mod posting;
mod refund;
mod webhook;

pub use alarm::{JournalDelayed, LedgerAlarmed};
pub use decision::{
    Decision, GroupCleared, JournalHeld, JournalReleased, JournalRetried, LedgerAcknowledged, Retry,
};
pub use mapped::{Conversion, Mapped, Recognition, SummaryRule};
pub use order::{
    BroughtBy, ChargeClasses, Consignment, ConsignmentKind, Discount, DiscountTarget, Fee,
    LineKind, OrderLine, OrderReceived, OrderSnapshot, TaxLine, Taxed,
};
pub use parked::{Parked, Stage};
pub use posting::{
    ImportedJournal, JournalImported, JournalRejected, JournalSubmitted, LeftRows, Posted, Posting,
    PostingKind, Step, Summary,
};
pub use refund::{RefundItem, RefundPayment, RefundReceived, RefundSnapshot};
pub use webhook::{Check, WebhookEntity, WebhookReceived};
