//! Where an order or refund stands on its way into the ledger.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// Each order and refund is in exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its newest state in the store has no target yet.
    Received,
    /// It has a target that the ledger does not hold yet.
    Mapped,
    /// A journal that brings the ledger to the target is on its way.
    Submitted,
    /// The ledger holds the target, as read back.
    Posted,
    /// It does not count in the books, and they hold nothing of it.
    NotDue,
    /// Its status decides nothing, and nothing of it was ever due.
    Held,
    /// It could not be read or mapped.
    Parked,
    /// Its journal was refused.
    Rejected,
}

impl State {
    /// All of them.
    pub const ALL: [State; 8] = [
        State::Received,
        State::Mapped,
        State::Submitted,
        State::Posted,
        State::NotDue,
        State::Held,
        State::Parked,
        State::Rejected,
    ];

    /// The name that stands in the views and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Received => "received",
            State::Mapped => "mapped",
            State::Submitted => "submitted",
            State::Posted => "posted",
            State::NotDue => "not_due",
            State::Held => "held",
            State::Parked => "parked",
            State::Rejected => "rejected",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no state: another version wrote it.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a state of an order")]
pub struct UnknownState(String);

impl FromStr for State {
    type Err = UnknownState;
    fn from_str(text: &str) -> Result<State, UnknownState> {
        let found = State::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownState(text.to_owned()))
    }
}
