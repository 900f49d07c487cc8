//! An order or refund: what is known of it, and the state that follows.

use jiff::{Timestamp, civil::Date};
use schemas::{Currency, EventId, v1::Recognition};
use serde::{Deserialize, Serialize};

use super::{net::Net, state::State};

/// All that events have said about an order or refund. The state is never
/// stored as a fact: it is derived by [`Facts::standing`].
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// The day that it was first heard of (UTC).
    pub heard: Date,
    pub currency: Option<Currency>,
    pub received: Option<Received>,
    /// The store's answer since then that could not be read.
    pub unreadable: Option<Verdict>,
    pub verdict: Option<Verdict>,
    pub target: Option<Target>,
    pub submitted: Option<Journaled>,
    pub rejected: Option<Journaled>,
    /// What the ledger holds for it, by the journals that were meant.
    pub books: Net,
    /// What the ledger holds for the refunds of this order.
    pub refund_books: Net,
    /// How far the journals as read back are from those that were meant.
    pub ledger_error: i64,
}

/// The newest state in the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Received {
    pub id: EventId,
    pub offset: u64,
    pub modified: Timestamp,
    pub date: Date,
    pub value: i64,
    pub status: Option<u32>,
}

/// What became of a state: mapped, or parked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Verdict {
    pub offset: u64,
    /// The received event that it is about.
    pub cause: Option<EventId>,
    pub modified: Option<Timestamp>,
    pub parked: bool,
    pub value: Option<i64>,
    pub date: Option<Date>,
}

/// What the ledger should hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Target {
    pub id: EventId,
    pub recognised: bool,
    pub value: i64,
    pub net: Net,
}

/// A journal that was submitted or rejected, and the target it was for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Journaled {
    pub offset: u64,
    pub target: EventId,
}

/// What is reported of an order or refund. Values are in minor units.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub state: State,
    pub day: Date,
    /// The store's events have it.
    pub in_store: bool,
    /// What the store says it comes to.
    pub store_value: i64,
    /// What it was mapped with.
    pub mapped_value: Option<i64>,
    /// What it is accounted for with in its state: the store's value until it is
    /// mapped, then the mapped one, and the ledger's deviation added to it.
    pub figure: i64,
    /// The store, the mapping and the ledger do not agree on it.
    pub differs: bool,
    /// The exception that it stands under, by its event's offset.
    pub exception: Option<u64>,
}

impl Facts {
    pub fn heard_on(heard: Date) -> Facts {
        Facts {
            heard,
            ..Facts::default()
        }
    }

    /// Takes a received state unless a newer one is known.
    pub fn receive(&mut self, received: Received) {
        let known = self.received.as_ref().map(|known| known.modified);
        if known.is_none_or(|known| known <= received.modified) {
            self.received = Some(received);
            self.unreadable = None;
        }
    }

    /// Takes the mapper's verdict unless there is one on a newer state; says
    /// whether it did.
    pub fn judge(&mut self, verdict: Verdict) -> bool {
        let known = self.verdict.as_ref().and_then(|known| known.modified);
        let newer = match (known, verdict.modified) {
            (Some(known), Some(modified)) => known <= modified,
            _ => true,
        };
        if newer {
            self.verdict = Some(verdict);
        }
        newer
    }

    /// Takes a target, which a hold is not: under it the last one stays.
    pub fn aim(&mut self, recognition: Recognition, mut target: Target) {
        target.recognised = match recognition {
            Recognition::Recognised => true,
            Recognition::NotRecognised => false,
            Recognition::Hold => return,
        };
        self.target = Some(target);
    }

    /// Derives the state and the figures of the reports.
    pub fn standing(&self) -> Standing {
        let state = self.state();
        let store_value = match (&self.received, self.verdict_in_force()) {
            (Some(received), _) => received.value,
            (None, Some(verdict)) if verdict.parked => verdict.value.unwrap_or(0),
            (None, _) => 0,
        };
        let in_store = self.received.is_some() || state == State::Parked;
        let mapped_value = match state {
            State::Mapped | State::Submitted | State::Posted | State::Rejected => {
                self.verdict_in_force().and_then(|verdict| verdict.value)
            }
            _ => None,
        };
        let accounted = self.verdict_in_force().and_then(|verdict| verdict.value);
        let figure = accounted
            .unwrap_or(store_value)
            .saturating_add(self.ledger_error);
        Standing {
            state,
            day: self.day(),
            in_store,
            store_value,
            mapped_value,
            figure,
            differs: !in_store || store_value != figure || self.ledger_error != 0,
            exception: match state {
                State::Parked => self.verdict_in_force().map(|verdict| verdict.offset),
                State::Rejected => self.rejected.as_ref().map(|rejected| rejected.offset),
                _ => None,
            },
        }
    }

    fn state(&self) -> State {
        let Some(verdict) = self.verdict_in_force() else {
            return State::Received;
        };
        if verdict.parked {
            return State::Parked;
        }
        let Some(target) = &self.target else {
            return State::Held;
        };
        // Under a hold the value may have moved away from the target's.
        let held_back = verdict.value != Some(target.value);
        if self.is_settled(target) && !held_back {
            return match target.recognised {
                true => State::Posted,
                false => State::NotDue,
            };
        }
        let offset_for_target = |journaled: &Option<Journaled>| {
            let journaled = journaled.as_ref()?;
            (journaled.target == target.id).then_some(journaled.offset)
        };
        let submitted = offset_for_target(&self.submitted);
        match (offset_for_target(&self.rejected), submitted) {
            (Some(rejected), submitted) if Some(rejected) > submitted => State::Rejected,
            (_, Some(_)) => State::Submitted,
            _ => State::Mapped,
        }
    }

    /// The verdict on the newest state in the store, if there is one.
    fn verdict_in_force(&self) -> Option<&Verdict> {
        if self.unreadable.is_some() {
            return self.unreadable.as_ref();
        }
        let verdict = self.verdict.as_ref()?;
        let Some(received) = &self.received else {
            return Some(verdict);
        };
        let in_force = match (verdict.cause, verdict.modified) {
            (Some(cause), _) => cause == received.id,
            (None, Some(modified)) => modified >= received.modified,
            (None, None) => verdict.offset > received.offset,
        };
        in_force.then_some(verdict)
    }

    /// The ledger holds the target. An order that no longer counts is settled
    /// when it and its refunds come to nothing together: what the refunds have
    /// taken back already is not taken back again.
    fn is_settled(&self, target: &Target) -> bool {
        match target.recognised {
            true => self.books == target.net,
            false => self.books.plus(&self.refund_books).is_zero(),
        }
    }

    /// The day it is reported on: the accounting date once it is mapped, until
    /// then the day of the order or refund (UTC).
    fn day(&self) -> Date {
        let judged = [&self.verdict, &self.unreadable]
            .into_iter()
            .find_map(|verdict| verdict.as_ref()?.date);
        let received = self.received.as_ref().map(|received| received.date);
        judged.or(received).unwrap_or(self.heard)
    }
}
