//! Replays of the log, which write nothing: what other rules would change
//! ([`what_if()`]), and whether what was mapped follows from its cause ([`verify()`]).
//!
//! Records are read, decoded and mapped by as many threads as there are cores,
//! and taken together in the order of the log: the outcome does not depend on
//! which thread was faster.

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

mod comparison;
mod comparisons;
mod difference;
mod scan;
mod text;
mod verdict;
mod verify;
mod what_if;

pub use comparisons::ComparisonsError;
pub use difference::{AccountChange, Difference, EntityChange, Told, Total, decimal};
pub use verdict::AccountKey;
use verdict::{Outcome, Verdict};
pub use verify::{Deviation, RuleSets, Verification, verify};
pub use what_if::{WhatIf, what_if};

use eventlog::{EventLog, LogError};

/// A part of the log, by offsets, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// At least 1, the log's first offset.
    pub from: u64,
    /// Below `from` where nothing is in it, as in an empty log.
    pub to: u64,
}

impl Range {
    /// From `from` to `to`, or to the end of the log.
    pub fn of(log: &EventLog, from: u64, to: Option<u64>) -> Range {
        let last = log.last_offset().0;
        Range {
            from: from.max(1),
            to: to.map_or(last, |to| to.min(last)),
        }
    }

    /// How many records are in it.
    pub fn len(&self) -> u64 {
        (self.to + 1).saturating_sub(self.from)
    }

    /// Whether no record is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The replay could not be brought to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A record of the log cannot be read, or its bytes are not those that were written.
    #[error("the log cannot be read")]
    Log(#[from] LogError),
    #[error("the orders cannot be kept for the comparison")]
    /// The temporary file of a what-if fails.
    Comparisons(#[from] ComparisonsError),
}
