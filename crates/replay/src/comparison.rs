//! An order or refund under two sets of rules: what it was booked as, and what it
//! would be. In numbers, so that many of them take little room.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use schemas::{EventId, OrderId, RefundId};
use serde::{Deserialize, Serialize};

use crate::{AccountKey, Outcome, Verdict};

/// An order or refund, in a few bytes: the store by its number here.
pub(crate) type ShortKey = (u32, OrderId, Option<RefundId>);

/// An account by its number here, and minor units on it.
pub(crate) type Nets = Box<[(u32, i64)]>;

/// The newest snapshot's two bookings.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Comparison {
    /// The event with the snapshot.
    pub cause: EventId,
    /// When the snapshot was changed in its store.
    modified: Timestamp,
    pub was: Booking,
    /// None: the same as it was.
    would: Option<Booking>,
}

/// What the ledger should hold of it by one set of rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Booking {
    pub nets: Nets,
    /// The accounting date.
    pub date: Option<Date>,
    /// Why there is no newer target.
    pub parked: Option<Box<str>>,
}

/// The accounts met so far, each with its number here.
#[derive(Debug, Default)]
pub(crate) struct Accounts(BTreeMap<AccountKey, u32>);

impl Accounts {
    fn number(&mut self, key: AccountKey) -> u32 {
        let next =
            u32::try_from(self.0.len()).expect("no chart has four thousand million accounts");
        *self.0.entry(key).or_insert(next)
    }

    /// In the order of the accounts, each with its number.
    pub(crate) fn sorted(&self) -> impl Iterator<Item = (&AccountKey, u32)> {
        self.0.iter().map(|(key, number)| (key, *number))
    }

    /// In the order of the numbers.
    pub(crate) fn numbered(&self) -> Vec<&AccountKey> {
        let mut keys: Vec<_> = self.sorted().collect();
        keys.sort_by_key(|(_, number)| *number);
        keys.into_iter().map(|(key, _)| key).collect()
    }
}

impl Booking {
    fn take(&mut self, outcome: Outcome, accounts: &mut Accounts) {
        self.parked = None;
        match outcome {
            Outcome::Hold => {}
            Outcome::Parked(reason) => self.parked = Some(reason.into()),
            Outcome::Target { date, nets } => {
                self.date = Some(date);
                let nets = nets
                    .into_iter()
                    .map(|(key, net)| (accounts.number(key), net));
                self.nets = nets.collect();
            }
        }
    }

    /// What is debited, which is what is credited.
    pub(crate) fn total(&self) -> i128 {
        let nets = self.nets.iter().map(|&(_, net)| i128::from(net));
        nets.filter(|net| *net > 0).sum()
    }
}

impl Comparison {
    /// Of a snapshot that nothing is known of yet.
    pub(crate) fn of(verdict: &Verdict) -> Comparison {
        Comparison {
            cause: verdict.cause,
            modified: verdict.modified,
            was: Booking::default(),
            would: None,
        }
    }

    /// What it would be by the other rules.
    pub(crate) fn would(&self) -> &Booking {
        self.would.as_ref().unwrap_or(&self.was)
    }

    /// Takes the two verdicts on a snapshot; false if a newer one is known, which an
    /// older never replaces.
    pub(crate) fn take(&mut self, was: Verdict, would: Verdict, accounts: &mut Accounts) -> bool {
        if was.modified < self.modified {
            return false;
        }
        (self.cause, self.modified) = (was.cause, was.modified);
        let mut booking = self.would().clone();
        booking.take(would.outcome, accounts);
        self.was.take(was.outcome, accounts);
        self.would = (booking != self.was).then_some(booking);
        true
    }

    /// Takes another verdict of the log on the same snapshot.
    pub(crate) fn take_again(&mut self, was: Verdict, accounts: &mut Accounts) {
        let would = self.would().clone();
        self.was.take(was.outcome, accounts);
        self.would = (would != self.was).then_some(would);
    }

    pub(crate) fn is_booked_otherwise(&self) -> bool {
        self.would
            .as_ref()
            .is_some_and(|would| would.nets != self.was.nets || would.date != self.was.date)
    }

    /// What goes from some accounts to others. Both journals balance, so it is
    /// half of all differences.
    pub(crate) fn moved(&self) -> i128 {
        if self.would.is_none() {
            return 0;
        }
        let sums = self.sums();
        sums.values()
            .map(|(was, would)| (would - was).abs())
            .sum::<i128>()
            / 2
    }

    /// By account: what it was and what it would be.
    pub(crate) fn sums(&self) -> BTreeMap<u32, (i128, i128)> {
        let mut sums: BTreeMap<u32, (i128, i128)> = BTreeMap::new();
        for &(account, net) in &self.was.nets {
            sums.entry(account).or_default().0 += i128::from(net);
        }
        for &(account, net) in &self.would().nets {
            sums.entry(account).or_default().1 += i128::from(net);
        }
        sums
    }
}
