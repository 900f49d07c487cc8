//! The contract between the services: events, ids, subjects, journals and money.
//!
//! Everything that is written to the stream or the log is defined here, in
//! versioned modules ([`v1`]), so that an event written today can be read for
//! as long as the log is kept. No I/O, no clock, no runtime types.
#![forbid(unsafe_code)]

mod account;
mod amount;
mod causes;
pub mod codes;
mod envelope;
mod ids;
mod journal;
mod money;
mod payload;
pub mod v1;

pub use account::{Account, AccountError};
pub use amount::{Amount, AmountError};
pub use causes::{Causes, causes};
pub use envelope::{DecodeError, EncodedEvent, Event};
pub use ids::{
    BatchKey, Digest, EntityKey, EntityKeyError, EventId, JournalKey, KeyError, LedgerKey, OrderId,
    RefundId, StoreKey,
};
pub use journal::{Journal, JournalError, JournalLine, Role, Side};
pub use money::{Currency, Money, MoneyError};
pub use payload::{EventType, Payload};
pub use v1::*;
