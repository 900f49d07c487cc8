//! Turns what a store reports into what the ledger should hold.
//!
//! [`map_order`] and [`map_refund`] are pure functions of the snapshot and the
//! rule set: no clock, no network, no state. The same event under the same rules
//! gives the same bytes, years later.
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

mod context;
mod deferral;
mod entries;
mod event;
mod explain;
mod order;
mod parts;
mod problem;
mod refund;
mod refund_sum;
pub mod rules;
mod tax;

pub use entries::Explained;
pub use event::{Cause, map_event, park_oversized};
pub use explain::{explain_order, explain_refund};
pub use order::map_order;
pub use problem::Problem;
pub use refund::map_refund;
pub use rules::{RuleSet, RulesError};

/// The version of the mapping. It changes when the same snapshot under the same
/// rules would give another journal.
pub const ENGINE: &str = "2";
