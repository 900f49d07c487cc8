//! What the store and the mapper said of an order or refund.

use jiff::{Timestamp, civil::Date};
use schemas::{Currency, EventId};
use serde::{Deserialize, Serialize};

use crate::target::is_false;

/// All that is known of it beside the ledgers. The poster, which reads nothing of
/// the store, keeps none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The day that it was first heard of (UTC).
    pub heard: Date,
    /// The currency of its figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// The newest state in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Received>,
    /// The store's answer since then that could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<Verdict>,
    /// The mapper's verdict on the newest state that it has seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// A state in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The received event, and its offset.
    pub id: EventId,
    /// The offset of that event.
    pub offset: u64,
    /// When it changed in the store.
    pub modified: Timestamp,
    /// The day that the store has it from (UTC).
    pub date: Date,
    /// The total, in minor units.
    pub value: i64,
    /// The store's number for its status; none for a refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u32>,
    /// Its status tells of refunds, and the store has none.
    #[serde(default, skip_serializing_if = "is_false")]
    pub lacks_refund: bool,
}

/// What became of a state: mapped, or parked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The offset of the event that says so.
    pub offset: u64,
    /// The received event that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<EventId>,
    /// When the state came about in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// It could not be mapped.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_parked: bool,
    /// In minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// The day that it is booked on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
}

impl Source {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Source::default()
    }

    /// Takes a state of the store unless a newer one is known.
    pub(crate) fn receive(&mut self, received: Received) {
        let known = self.received.as_ref().map(|known| known.modified);
        if known.is_none_or(|known| known <= received.modified) {
            self.received = Some(received);
            self.unreadable = None;
        }
    }

    /// Takes the mapper's verdict unless there is one on a newer state.
    pub(crate) fn judge(&mut self, verdict: Verdict) {
        let known = self.verdict.as_ref().and_then(|known| known.modified);
        let is_newer = match (known, verdict.modified) {
            (Some(known), Some(modified)) => known <= modified,
            _ => true,
        };
        if is_newer {
            self.verdict = Some(verdict);
        }
    }

    /// The verdict on the newest state in the store, if there is one.
    pub(crate) fn verdict_in_force(&self) -> Option<&Verdict> {
        if self.unreadable.is_some() {
            return self.unreadable.as_ref();
        }
        let verdict = self.verdict.as_ref()?;
        let Some(received) = &self.received else {
            return Some(verdict);
        };
        let is_in_force = match (verdict.cause, verdict.modified) {
            (Some(cause), _) => cause == received.id,
            (None, Some(modified)) => modified >= received.modified,
            (None, None) => verdict.offset > received.offset,
        };
        is_in_force.then_some(verdict)
    }

    /// The event by which the store contradicts itself. The books are what they
    /// should be as far as it says, so this is no state of its own.
    pub(crate) fn contradiction(&self) -> Option<u64> {
        let received = self.received.as_ref()?;
        received.lacks_refund.then_some(received.offset)
    }

    /// The day it is reported on: the accounting date once it is mapped, until
    /// then the day of the order or refund (UTC).
    pub(crate) fn day(&self) -> Date {
        let judged = [&self.verdict, &self.unreadable]
            .into_iter()
            .find_map(|verdict| verdict.as_ref()?.date);
        let received = self.received.as_ref().map(|received| received.date);
        judged.or(received).unwrap_or(self.heard)
    }
}
