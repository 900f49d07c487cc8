//! An order or refund, as all events about it have it.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use schemas::{EventId, LedgerKey, Recognition};
use serde::{Deserialize, Serialize};

use crate::{
    Balance, Fact, Holding, Rejection, Retried, Sent, Source, Target, Undecided,
    fact::{Again, Aimed, Booking, Refused, Released},
    target::Aim,
};

/// All that is known of an order or refund. Its state is never kept: it follows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// What the store and the mapper said.
    #[serde(default, skip_serializing_if = "Source::is_empty")]
    pub source: Source,
    /// What a ledger should hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// A newer status than the target's, which decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undecided: Option<Undecided>,
    /// Targets of the same change that the newest has replaced, as other rules do: a
    /// copy of one that comes late must not replace it in turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    replaced: Vec<EventId>,
    /// By ledger.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub holdings: BTreeMap<LedgerKey, Holding>,
    /// How far the journals as read back are from those that were meant, in minor
    /// units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deviation: i64,
}

/// What came of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booked {
    /// It was known, or it is older than what is.
    Nothing,
    /// It is taken into account.
    Taken,
    /// It is a journal that is in the ledger already, in another batch.
    Twice,
    /// It is a journal that nobody meant.
    Unmeant,
    /// It is a journal with which a sum leaves 64 bits, and is not booked.
    TooLarge,
}

impl Lifecycle {
    /// One that was first heard of on this day (UTC).
    pub fn heard_on(heard: Date) -> Lifecycle {
        let mut lifecycle = Lifecycle::default();
        lifecycle.source.heard = heard;
        lifecycle
    }

    /// Takes what is said of it.
    pub fn fold(&mut self, fact: Fact) -> Booked {
        match fact {
            Fact::Received(currency, received) => {
                self.source.currency = Some(currency);
                self.source.receive(received);
                Booked::Taken
            }
            Fact::Unreadable(currency, verdict) => {
                self.source.currency = self.source.currency.or(currency);
                self.source.unreadable = Some(verdict);
                Booked::Taken
            }
            Fact::Judged(currency, verdict) => {
                self.source.currency = self.source.currency.or(currency);
                self.source.judge(verdict);
                Booked::Taken
            }
            Fact::Aimed(aimed) => self.aim(aimed),
            Fact::Sent(ledger, sent) => self.send(ledger, sent),
            Fact::Released(released) => self.release(&released),
            Fact::Posted(booking) => self.book(booking),
            Fact::Rejected(refused) => self.reject(refused),
            Fact::Held(ledger, is_held) => {
                self.holdings.entry(ledger).or_default().is_held = is_held;
                Booked::Taken
            }
            Fact::Retried(ledger, again) => self.retry(&ledger, &again),
        }
    }

    /// Takes a target or a status that decides nothing, unless what it has is as new
    /// or newer. What was refused before is of no account then.
    fn aim(
        &mut self,
        Aimed {
            aim,
            conversion,
            summary,
        }: Aimed,
    ) -> Booked {
        if let Some((id, modified)) = self.newest() {
            if id == aim.id() || self.replaced.contains(&aim.id()) || aim.modified() < modified {
                return Booked::Nothing;
            }
            match aim.modified() > modified {
                true => self.replaced.clear(),
                false => self.replaced.push(id),
            }
        }
        for holding in self.holdings.values_mut() {
            holding.rejection = None;
            holding.retried = None;
        }
        // A ledger that it leaves keeps how it was converted and summed up there.
        let has_terms = conversion.is_some() || summary.is_some();
        if has_terms || self.holdings.contains_key(aim.ledger()) {
            let holding = self.holdings.entry(aim.ledger().clone()).or_default();
            holding.conversion = conversion;
            holding.summary = summary;
        }
        match aim {
            Aim::Decided(target) => {
                self.target = Some(target);
                self.undecided = None;
            }
            Aim::Undecided(status) => self.undecided = Some(status),
        }
        Booked::Taken
    }

    /// A journal goes: a rejection before it is of no account any more.
    fn send(&mut self, ledger: LedgerKey, sent: Sent) -> Booked {
        let holding = self.holdings.entry(ledger).or_default();
        if holding.is_posted(&sent.journal) {
            return Booked::Nothing;
        }
        holding.rejection = None;
        holding.sent = Some(sent);
        Booked::Taken
    }

    fn release(&mut self, released: &Released) -> Booked {
        let Some(holding) = self.holdings.get_mut(&released.ledger) else {
            return Booked::Nothing;
        };
        let is_of = |sent: &Sent| sent.batch == released.batch && sent.attempt == released.attempt;
        if !holding.sent.as_ref().is_some_and(is_of) {
            return Booked::Nothing;
        }
        if holding.is_in_flight() {
            holding.released = Some(released.offset);
        }
        holding.sent = None;
        Booked::Taken
    }

    /// Of a journal that is in the ledger twice, or that nobody meant, all is
    /// deviation.
    fn book(&mut self, booking: Booking) -> Booked {
        if !self.source.is_empty() {
            self.source.currency.get_or_insert(booking.currency);
        }
        let holding = self.holdings.entry(booking.ledger).or_default();
        let place = (booking.journal, booking.batch_id);
        if holding.journals.contains(&place) || holding.unmeant.contains(&place) {
            return Booked::Nothing;
        }
        let is_of = |sent: &Sent| sent.journal == place.0 && sent.batch == booking.batch;
        let is_twice = holding.is_posted(&place.0);
        let sent = holding.sent.take_if(|sent| !is_twice && is_of(sent));
        let Some(sent) = sent else {
            holding.unmeant.push(place);
            let deviation = deviation(booking.debits, booking.credits, 0);
            self.deviation = self.deviation.saturating_add(deviation);
            return match is_twice {
                true => Booked::Twice,
                false => Booked::Unmeant,
            };
        };
        let expected = match sent.currency == booking.currency {
            true => sent.total,
            false => 0,
        };
        let deviation = deviation(booking.debits, booking.credits, expected);
        self.deviation = self.deviation.saturating_add(deviation);
        let Some(balance) = holding.balance.plus(&sent.balance) else {
            return Booked::TooLarge;
        };
        holding.balance = balance;
        holding.journals.push(place);
        holding.rejection = None;
        holding.released = None;
        Booked::Taken
    }

    /// A rejection of a journal that is elsewhere by now, or of a target that was
    /// replaced or tried again meanwhile, comes late.
    fn reject(&mut self, refused: Refused) -> Booked {
        let is_of_newest = self.newest().is_some_and(|(id, _)| id == refused.target);
        let nothing = Holding::default();
        let known = self.holdings.get(&refused.ledger).unwrap_or(&nothing);
        let is_in_time = match &refused.sent {
            Some((batch, attempt)) => known.in_flight().is_some_and(|sent| {
                sent.batch == *batch && attempt.is_none_or(|it| sent.attempt == it)
            }),
            None => {
                let retried = known.retried.as_ref().map(|it| it.by);
                is_of_newest && !known.is_in_flight() && retried == refused.after
            }
        };
        if !is_in_time {
            return Booked::Nothing;
        }
        let holding = self.holdings.entry(refused.ledger).or_default();
        if let Some(sent) = &mut holding.sent {
            sent.is_refused = true;
        }
        if is_of_newest {
            holding.rejection = Some(Rejection {
                offset: refused.offset,
                journal: refused.journal,
                code: refused.code,
                at: refused.at,
            });
        }
        Booked::Taken
    }

    /// Takes a rejection back. What is on its way, posted or never refused is left
    /// as it is.
    fn retry(&mut self, ledger: &LedgerKey, again: &Again) -> Booked {
        let Some(holding) = self.holdings.get_mut(ledger) else {
            return Booked::Nothing;
        };
        if holding.rejection.take().is_none() {
            return Booked::Nothing;
        }
        let before = holding.retried.as_ref().map_or(0, |it| it.times);
        holding.retried = Some(Retried {
            offset: again.offset,
            by: again.by,
            times: match again.is_by_poster {
                true => before + 1,
                false => 0,
            },
        });
        Booked::Taken
    }

    /// The newest mapped event and when what it is about changed in the store.
    pub fn newest(&self) -> Option<(EventId, Timestamp)> {
        let undecided = self.undecided.as_ref().map(|it| (it.id, it.modified));
        undecided.or(self.target.as_ref().map(|it| (it.id, it.modified)))
    }

    /// Whether it counts in the books, as last told.
    pub fn recognition(&self) -> Option<Recognition> {
        match (&self.undecided, &self.target) {
            (Some(_), _) => Some(Recognition::Hold),
            (None, target) => target.as_ref().map(Target::recognition),
        }
    }

    /// The ledger that it was last told to belong to.
    pub fn ledger(&self) -> Option<&LedgerKey> {
        let undecided = self.undecided.as_ref().map(|it| &it.ledger);
        undecided.or(self.target.as_ref().map(|it| &it.ledger))
    }

    /// It was told for another ledger than this one.
    pub fn is_elsewhere(&self, ledger: &LedgerKey) -> bool {
        self.ledger().is_some_and(|it| it != ledger)
    }

    /// What it is in a ledger; nothing is there of which nothing was said.
    pub fn holding(&self, ledger: &LedgerKey) -> Option<&Holding> {
        self.holdings.get(ledger)
    }

    /// What a ledger has booked for it.
    pub fn balance(&self, ledger: &LedgerKey) -> Balance {
        let holding = self.holdings.get(ledger);
        holding.map(|it| it.balance.clone()).unwrap_or_default()
    }

    /// Forgets the rejection that stands in a ledger, to see what would be due
    /// without it.
    pub fn forget_rejection(&mut self, ledger: &LedgerKey) {
        if let Some(holding) = self.holdings.get_mut(ledger) {
            holding.rejection = None;
        }
    }
}

/// How far a journal as read back is from what was expected.
fn deviation(debits: i64, credits: i64, expected: i64) -> i64 {
    match debits.saturating_sub(expected) {
        0 => credits.saturating_sub(expected),
        deviation => deviation,
    }
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

#[cfg(test)]
mod tests;
