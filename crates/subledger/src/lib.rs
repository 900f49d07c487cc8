//! The subledger: what becomes of each order and refund on its way into the ledgers.
//!
//! An event says something of orders and refunds ([`facts`]). Each keeps what was
//! said of it ([`Lifecycle`]): what the store and the mapper say, its target, and for
//! each ledger what is booked ([`Balance`]), what is on its way, what was refused and
//! what a person holds back ([`Holding`]). An order and its refunds are a [`Family`],
//! since what is to post of one depends on the others: from it follow the journals
//! that are due in a ledger ([`Family::due`]) and what is reported of each
//! ([`Family::standing`]). Postings of a day can share a journal of the ledger
//! ([`summary`]).
//!
//! Pure: no clock, no I/O. The poster keeps lifecycles in its books, the projector in
//! its views; on the same events both come to the same. A fact that comes twice
//! changes nothing, but for what people decide: that each decision is told once is up
//! to who keeps the lifecycles.
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

mod balance;
mod due;
mod fact;
mod family;
mod holding;
mod lifecycle;
mod progress;
mod source;
mod standing;
pub mod summary;
mod target;
#[cfg(test)]
mod testing;

pub use balance::{Balance, BalanceError};
pub use due::{Draft, Due, summary_on};
pub use fact::{Fact, FactError, Scope, facts, utc_date};
pub use family::{Family, Member};
pub use holding::{Holding, Rejection, Retried, Sent};
pub use lifecycle::{Booked, Lifecycle};
pub use progress::Progress;
pub use source::{Received, Source, Verdict};
pub use standing::{Standing, State, UnknownState};
pub use target::{Target, Undecided};
