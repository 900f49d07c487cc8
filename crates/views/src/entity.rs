//! An order or refund: what is known of it, and the state that follows.

use jiff::{Timestamp, civil::Date};
use schemas::{Currency, EventId, LedgerKey, Recognition};
use serde::{Deserialize, Serialize};

use super::{
    net::{Books, Net},
    state::State,
};

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
    /// The last decision by which it was tried again after a rejection.
    pub retried: Option<u64>,
    /// The ledger of its target.
    pub ledger: Option<LedgerKey>,
    /// What the ledgers hold for it, by the journals that were meant.
    pub books: Books,
    /// What the ledgers hold for the refunds of this order.
    pub refund_books: Books,
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
    /// Its status tells of refunds, and the store has none.
    pub lacks_refund: bool,
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
    pub ledger: LedgerKey,
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
    /// The event that put it where it is, while it is under way.
    pub since: Option<u64>,
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
                _ => self.contradiction(),
            },
            since: match state {
                State::Rejected => self.rejected.as_ref().map(|rejected| rejected.offset),
                State::Submitted => self.submitted.as_ref().map(|submitted| submitted.offset),
                State::Mapped => {
                    let mapped = self.verdict_in_force().map(|verdict| verdict.offset);
                    mapped.max(self.retried)
                }
                _ => None,
            },
        }
    }

    /// The event by which the store contradicts itself. The books are what they
    /// should be as far as it says, so this is no state of its own.
    fn contradiction(&self) -> Option<u64> {
        let received = self.received.as_ref()?;
        received.lacks_refund.then_some(received.offset)
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
            (Some(rejected), submitted) if Some(rejected) > submitted => {
                match self.retried > Some(rejected) {
                    true => State::Mapped,
                    false => State::Rejected,
                }
            }
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

    /// The ledger holds the target, and no other holds anything. An order that no longer counts is settled
    /// when it and its refunds come to nothing together: what the refunds have
    /// taken back already is not taken back again.
    fn is_settled(&self, target: &Target) -> bool {
        match target.recognised {
            true => self.books.are(&target.ledger, &target.net),
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

#[cfg(test)]
mod tests {
    use super::*;

    const EARLY: &str = "2026-11-02T10:00:00Z";
    const LATE: &str = "2026-11-02T11:00:00Z";

    fn received(modified: &str, value: i64) -> Received {
        Received {
            id: EventId::derive(&[modified, &value.to_string()]),
            offset: 1,
            modified: modified.parse().unwrap(),
            date: "2026-11-02".parse().unwrap(),
            value,
            status: Some(11),
            lacks_refund: false,
        }
    }

    fn verdict(on: &Received, parked: bool) -> Verdict {
        Verdict {
            offset: 2,
            cause: Some(on.id),
            modified: Some(on.modified),
            parked,
            value: Some(on.value),
            date: None,
        }
    }

    fn target(on: &Received, net: Net) -> Target {
        Target {
            id: EventId::derive(&["target", &on.id.to_string()]),
            ledger: ledger("us"),
            recognised: false,
            value: on.value,
            net,
        }
    }

    fn ledger(key: &str) -> LedgerKey {
        key.parse().unwrap()
    }

    fn books(minor: i64) -> Books {
        let mut books = Books::default();
        books.add(&ledger("us"), &net(minor));
        books
    }

    fn net(minor: i64) -> Net {
        serde_json::from_str(&format!(r#"{{"1.1":{minor},"1.2":{}}}"#, -minor)).unwrap()
    }

    /// Received and mapped.
    fn mapped(recognition: Recognition) -> Facts {
        let mut facts = Facts::default();
        let order = received(EARLY, 500);
        assert!(facts.judge(verdict(&order, false)));
        facts.aim(recognition, target(&order, net(500)));
        facts.receive(order);
        facts
    }

    #[test]
    fn an_older_state_replaces_nothing() {
        let mut facts = Facts::default();
        facts.receive(received(LATE, 200));
        facts.receive(received(EARLY, 100));
        assert_eq!(facts.standing().store_value, 200);
        assert!(facts.judge(verdict(&received(LATE, 200), false)));
        assert!(!facts.judge(verdict(&received(EARLY, 100), true)));
        assert_eq!(facts.standing().state, State::Held);
    }

    #[test]
    fn a_newer_state_is_open_until_it_has_a_verdict_of_its_own() {
        let mut facts = mapped(Recognition::Recognised);
        facts.books = books(500);
        assert_eq!(facts.standing().state, State::Posted);
        facts.receive(received(LATE, 700));
        let standing = facts.standing();
        assert_eq!((standing.state, standing.figure), (State::Received, 700));
    }

    #[test]
    fn posted_means_that_the_books_are_the_target() {
        let mut facts = mapped(Recognition::Recognised);
        assert_eq!(facts.standing().state, State::Mapped);
        facts.submitted = facts.target.as_ref().map(|target| Journaled {
            offset: 5,
            target: target.id,
        });
        assert_eq!(facts.standing().state, State::Submitted);
        facts.books = books(499);
        assert_eq!(facts.standing().state, State::Submitted);
        facts.books = books(500);
        assert_eq!(facts.standing().state, State::Posted);
        assert!(!facts.standing().differs);
    }

    #[test]
    fn a_rejection_stands_until_the_journal_is_submitted_again() {
        let mut facts = mapped(Recognition::Recognised);
        let id = facts.target.as_ref().unwrap().id;
        facts.submitted = Some(Journaled {
            offset: 5,
            target: id,
        });
        facts.rejected = Some(Journaled {
            offset: 6,
            target: id,
        });
        let standing = facts.standing();
        assert_eq!(
            (standing.state, standing.exception),
            (State::Rejected, Some(6))
        );
        facts.submitted = Some(Journaled {
            offset: 7,
            target: id,
        });
        assert_eq!(facts.standing().state, State::Submitted);
    }

    #[test]
    fn a_rejection_is_taken_back_by_a_later_decision_only() {
        let mut facts = mapped(Recognition::Recognised);
        let id = facts.target.as_ref().unwrap().id;
        let rejected = |offset| Some(Journaled { offset, target: id });
        facts.submitted = rejected(5);
        facts.rejected = rejected(6);
        facts.retried = Some(8);
        let standing = facts.standing();
        assert_eq!((standing.state, standing.since), (State::Mapped, Some(8)));
        facts.rejected = rejected(9);
        assert_eq!(facts.standing().state, State::Rejected);
    }

    #[test]
    fn a_rejection_of_an_older_target_does_not_stand() {
        let mut facts = mapped(Recognition::Recognised);
        let other = EventId::derive(&["another target"]);
        facts.rejected = Some(Journaled {
            offset: 6,
            target: other,
        });
        assert_eq!(facts.standing().state, State::Mapped);
    }

    #[test]
    fn a_hold_keeps_the_books_and_an_edit_under_it_is_open() {
        let mut facts = mapped(Recognition::Recognised);
        facts.books = books(500);
        let held = received(LATE, 500);
        facts.judge(verdict(&held, false));
        facts.aim(Recognition::Hold, target(&held, Net::default()));
        facts.receive(held);
        assert_eq!(facts.standing().state, State::Posted);
        let edited = received(LATE, 600);
        facts.judge(verdict(&edited, false));
        facts.receive(edited);
        assert_eq!(facts.standing().state, State::Mapped);
        assert_eq!(facts.standing().figure, 600);
    }

    #[test]
    fn what_no_longer_counts_is_open_until_it_is_taken_back() {
        let mut facts = mapped(Recognition::NotRecognised);
        facts.books = books(500);
        assert_eq!(facts.standing().state, State::Mapped);
        facts.refund_books = books(-500);
        assert_eq!(facts.standing().state, State::NotDue);
    }

    #[test]
    fn an_unreadable_answer_stands_until_a_newer_one_can_be_read() {
        let mut facts = mapped(Recognition::Recognised);
        facts.books = books(500);
        facts.unreadable = Some(Verdict {
            offset: 9,
            cause: None,
            modified: None,
            parked: true,
            value: None,
            date: None,
        });
        let standing = facts.standing();
        assert_eq!(
            (standing.state, standing.exception),
            (State::Parked, Some(9))
        );
        assert_eq!((standing.figure, standing.differs), (500, false));
        facts.receive(received(EARLY, 500));
        assert_eq!(facts.standing().state, State::Posted);
    }

    #[test]
    fn what_went_to_another_ledger_is_posted_once_the_first_holds_nothing() {
        let mut facts = mapped(Recognition::Recognised);
        facts.books = books(500);
        let moved = received(LATE, 500);
        facts.judge(verdict(&moved, false));
        let target = Target {
            ledger: ledger("eu"),
            ..target(&moved, net(500))
        };
        facts.aim(Recognition::Recognised, target);
        facts.receive(moved);
        assert_eq!(facts.standing().state, State::Mapped);
        facts.books.add(&ledger("eu"), &net(500));
        assert_eq!(facts.standing().state, State::Mapped);
        facts.books.add(&ledger("us"), &net(-500));
        assert_eq!(facts.standing().state, State::Posted);
    }

    #[test]
    fn opposite_deviations_do_not_hide_each_other() {
        let mut facts = mapped(Recognition::Recognised);
        facts.books = books(500);
        facts.ledger_error = 3;
        facts.received.as_mut().unwrap().value = 503;
        let standing = facts.standing();
        assert_eq!((standing.store_value, standing.figure), (503, 503));
        assert!(standing.differs);
    }
}
