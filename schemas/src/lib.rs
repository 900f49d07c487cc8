//! The contract between the services: events, ids, subjects, journals and money.
//!
//! Everything that is written to the stream or the log is defined here: each event
//! in a file of its own ([`Definition`]), under the name that is current. An event
//! written today can be read for as long as the log is kept ([`versions`]). No I/O,
//! no clock, no runtime types.
#![cfg_attr(
    not(test),
    warn(
        missing_docs,
        unreachable_pub,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::float_arithmetic,
        clippy::get_unwrap,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

mod about;
mod account;
mod amount;
mod causes;
pub mod codes;
mod concern;
mod decision;
mod decode_error;
mod envelope;
mod event_type;
mod events;
mod excerpt;
mod ids;
mod journal;
mod money;
mod order;
mod posting;
mod reader;
mod refund;
mod schema_names;
mod subjects;
#[cfg(feature = "test-versions")]
pub mod v0;
pub mod versions;
mod words;
mod writer;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod example;

pub use about::About;
pub use account::{Account, AccountError};
pub use amount::{Amount, AmountError};
pub use causes::{Causes, causes};
pub use decision::Decision;
pub use decode_error::{DecodeError, Versions};
pub use envelope::{EncodedEvent, Event};
pub use events::*;
pub use excerpt::cut;
pub use ids::{
    BatchKey, Digest, EntityKey, EntityKeyError, EventId, JournalKey, KeyError, LedgerKey, OrderId,
    RefundId, StoreKey,
};
pub use journal::{Journal, JournalError, JournalLine, Role, Side};
pub use money::{Currency, Money, MoneyError};
pub use order::{
    BroughtBy, ChargeClasses, Consignment, ConsignmentKind, Discount, DiscountTarget, Fee,
    LineKind, OrderLine, OrderSnapshot, TaxLine, Taxed,
};
pub use posting::{Posting, PostingKind, Summary};
pub use reader::Reader;
pub use refund::{RefundItem, RefundPayment, RefundSnapshot};
pub use subjects::{SubjectKey, Subjects};
pub use versions::Older;
pub use writer::Writer;
