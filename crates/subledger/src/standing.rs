//! What is reported of an order or refund.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jiff::civil::Date;
use schemas::{EntityKey, LedgerKey};
use serde::Serialize;

use crate::{Balance, Family, Lifecycle, Rejection, Sent, due::Missing};

/// Where an order or refund is on its way into the ledger. Each is in exactly one
/// of these.
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
    /// All of them, in the order of their course.
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

    /// The name as views and reports have it.
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

/// An order or refund in figures. Values are in minor units.
#[derive(Debug, PartialEq, Eq)]
pub struct Standing {
    /// How far it has come.
    pub state: State,
    /// The day that it counts to.
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
    /// The ledger that it waits for; otherwise the one that it belongs to.
    pub ledger: Option<LedgerKey>,
    /// The event that put it where it is, while it is under way.
    pub since: Option<u64>,
}

/// A state, with what it follows from.
enum Stage<'a> {
    Settled(State),
    Waits(&'a LedgerKey),
    Sent(&'a LedgerKey, &'a Sent),
    Refused(&'a LedgerKey, &'a Rejection),
}

impl Family {
    /// What is reported of the order or of one of the refunds; none if it is not
    /// known.
    pub fn standing(&self, key: &EntityKey) -> Option<Standing> {
        let lifecycle = &self.member(key)?.lifecycle;
        let source = &lifecycle.source;
        let stage = self.stage(key, lifecycle);
        let state = match stage {
            Stage::Settled(state) => state,
            Stage::Waits(_) => State::Mapped,
            Stage::Sent(..) => State::Submitted,
            Stage::Refused(..) => State::Rejected,
        };
        let verdict = source.verdict_in_force();
        let store_value = match (&source.received, verdict) {
            (Some(received), _) => received.value,
            (None, Some(verdict)) if verdict.is_parked => verdict.value.unwrap_or(0),
            (None, _) => 0,
        };
        let in_store = source.received.is_some() || state == State::Parked;
        let accounted = verdict.and_then(|verdict| verdict.value);
        let figure = accounted
            .unwrap_or(store_value)
            .saturating_add(lifecycle.deviation);
        Some(Standing {
            state,
            day: source.day(),
            in_store,
            store_value,
            mapped_value: match state {
                State::Mapped | State::Submitted | State::Posted | State::Rejected => accounted,
                _ => None,
            },
            figure,
            differs: !in_store || store_value != figure || lifecycle.deviation != 0,
            exception: match stage {
                Stage::Refused(_, rejection) => Some(rejection.offset),
                _ if state == State::Parked => verdict.map(|verdict| verdict.offset),
                _ => source.contradiction(),
            },
            ledger: match stage {
                Stage::Settled(_) => lifecycle.ledger(),
                Stage::Waits(ledger) | Stage::Sent(ledger, _) | Stage::Refused(ledger, _) => {
                    Some(ledger)
                }
            }
            .cloned(),
            since: match stage {
                Stage::Settled(_) => None,
                Stage::Waits(ledger) => {
                    let holding = lifecycle.holding(ledger);
                    let retried = holding.and_then(|it| it.retried.as_ref());
                    verdict
                        .map(|verdict| verdict.offset)
                        .max(retried.map(|it| it.offset))
                        .max(holding.and_then(|it| it.released))
                }
                Stage::Sent(_, sent) => Some(sent.offset),
                Stage::Refused(_, rejection) => Some(rejection.offset),
            },
        })
    }

    fn stage<'a>(&'a self, key: &EntityKey, lifecycle: &'a Lifecycle) -> Stage<'a> {
        let Some(verdict) = lifecycle.source.verdict_in_force() else {
            return Stage::Settled(State::Received);
        };
        if verdict.is_parked {
            return Stage::Settled(State::Parked);
        }
        let Some(target) = &lifecycle.target else {
            return Stage::Settled(State::Held);
        };
        // The target's ledger first, then those that it has left.
        let left = lifecycle.holdings.keys().filter(|it| **it != target.ledger);
        let ledgers = || std::iter::once(&target.ledger).chain(left.clone());
        let lacking: BTreeSet<&LedgerKey> = ledgers()
            .filter(|ledger| self.lacks(key, lifecycle, ledger))
            .collect();
        for (ledger, holding) in &lifecycle.holdings {
            match &holding.rejection {
                Some(rejection) if lacking.contains(ledger) => {
                    return Stage::Refused(ledger, rejection);
                }
                _ => {}
            }
        }
        for (ledger, holding) in &lifecycle.holdings {
            match holding.in_flight() {
                Some(sent) if sent.target == target.id => return Stage::Sent(ledger, sent),
                _ => {}
            }
        }
        // Under a hold the value may have moved away from the target's.
        let has_moved = verdict.value != Some(target.value);
        if let Some(ledger) = ledgers().find(|ledger| lacking.contains(ledger)) {
            return Stage::Waits(ledger);
        }
        if has_moved {
            return Stage::Waits(lifecycle.ledger().unwrap_or(&target.ledger));
        }
        let stays_out = key.refund.is_some()
            && self.is_out(&target.ledger)
            && !target.balance.is_zero()
            && lifecycle.holdings.values().all(|it| it.balance.is_zero());
        Stage::Settled(match target.is_recognised && !stays_out {
            true => State::Posted,
            false => State::NotDue,
        })
    }

    /// A ledger does not hold the target, or one that it has left still holds
    /// something, whoever is to be waited for. Of a refund whose order no longer
    /// counts nothing is lacking: the order gives back what its refunds have not.
    fn lacks(&self, key: &EntityKey, lifecycle: &Lifecycle, ledger: &LedgerKey) -> bool {
        let taken = match key.refund {
            None => self.taken(ledger),
            Some(_) if self.is_out(ledger) => return false,
            Some(_) => Some(Balance::default()),
        };
        let missing = taken.and_then(|taken| lifecycle.missing(ledger, &taken));
        missing != Some(Missing::Nothing)
    }
}

#[cfg(test)]
mod tests;
