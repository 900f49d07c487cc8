//! What a ledger should hold of an order or refund.

use jiff::{Timestamp, civil::Date};
use schemas::{EventId, LedgerKey, Recognition};
use serde::{Deserialize, Serialize};

use crate::Balance;

/// The newest target that decides something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The mapped event.
    pub id: EventId,
    /// When the order or refund changed in its store.
    pub modified: Timestamp,
    /// The ledger that should hold it; any other should hold nothing of it.
    pub ledger: LedgerKey,
    /// It counts in the books; otherwise they should hold nothing of it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_recognised: bool,
    /// The day of its first journal.
    pub date: Date,
    /// The day of the change behind it, of later journals.
    pub change_date: Date,
    /// What was charged or refunded, in minor units.
    pub value: i64,
    /// What its journal comes to.
    #[serde(default, skip_serializing_if = "Balance::is_zero")]
    pub balance: Balance,
    /// Its journal has lines, which come to nothing on each account.
    #[serde(default, skip_serializing_if = "is_false")]
    pub nets_to_nothing: bool,
}

/// A status after the target's that decides nothing: the books stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undecided {
    /// The mapped event.
    pub id: EventId,
    /// When the order or refund changed in its store.
    pub modified: Timestamp,
    /// The ledger that holds it.
    pub ledger: LedgerKey,
}

/// What the mapper said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Aim {
    Decided(Target),
    Undecided(Undecided),
}

impl Aim {
    pub(crate) fn id(&self) -> EventId {
        match self {
            Aim::Decided(target) => target.id,
            Aim::Undecided(status) => status.id,
        }
    }

    pub(crate) fn modified(&self) -> Timestamp {
        match self {
            Aim::Decided(target) => target.modified,
            Aim::Undecided(status) => status.modified,
        }
    }

    pub(crate) fn ledger(&self) -> &LedgerKey {
        match self {
            Aim::Decided(target) => &target.ledger,
            Aim::Undecided(status) => &status.ledger,
        }
    }
}

impl Target {
    /// Whether the order counts in the books.
    pub fn recognition(&self) -> Recognition {
        match self.is_recognised {
            true => Recognition::Recognised,
            false => Recognition::NotRecognised,
        }
    }
}

pub(crate) fn is_false(value: &bool) -> bool {
    !value
}
