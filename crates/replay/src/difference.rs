//! The outcome of a comparison: by account, by order, and in total.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use jiff::civil::Date;
use schemas::{Currency, EntityKey};

use crate::{AccountKey, ReplayError, comparison::ShortKey, what_if::WhatIf};

/// What other rules would change. Amounts are minor units, debits positive.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// Orders and refunds that were compared.
    pub compared: u64,
    /// Those of them that would be booked otherwise, on other accounts or days.
    pub changed: u64,
    /// By account, only where the sum changes.
    pub accounts: Vec<AccountChange>,
    /// By order and refund, those that most is moved of first; no more than asked for.
    pub entities: Vec<EntityChange>,
    /// Would be parked, and are not; with the reason.
    pub parked_now: Told,
    /// Are parked, and would not be; with the reason that would be gone.
    pub released: Told,
    /// By currency, those that do not change included.
    pub totals: Vec<Total>,
    /// Snapshots that the part of the log has no verdict on: left out.
    pub unmapped: u64,
    /// Offsets of events that cannot be read: left out.
    pub unreadable: Vec<u64>,
}

/// Orders and refunds with a reason each: the first of them, no more than asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// How many they are in all.
    pub count: u64,
    /// By store, in the order in which the log first names them, and then by id.
    pub first: Vec<(EntityKey, String)>,
}

impl Told {
    fn add(&mut self, most: usize, entity: EntityKey, reason: &str) {
        self.count += 1;
        if self.first.len() < most {
            self.first.push((entity, reason.to_owned()));
        }
    }
}

/// What changes on an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountChange {
    /// Whose sum changes.
    pub key: AccountKey,
    /// Debits less credits as the log has them, in minor units of the key's currency.
    pub was: i128,
    /// The same by the other rules.
    pub would: i128,
}

/// What changes for an order or refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityChange {
    /// The order, or one of its refunds.
    pub entity: EntityKey,
    /// What goes from some accounts to others, in minor units of its currency.
    pub moved: i128,
    /// The accounting dates, as the log has it and by the other rules, if they differ.
    /// One is `None` where no target was ever made: only parked, or on hold.
    pub dates: Option<(Option<Date>, Option<Date>)>,
    /// Its own accounts, only where the sum changes; empty if only the date does.
    pub accounts: Vec<AccountChange>,
}

impl AccountChange {
    /// An amount in minor units as a decimal, in the currency of the account's.
    pub fn decimal(&self, minor: i128) -> String {
        decimal(minor, self.key.currency)
    }
}

impl EntityChange {
    /// The accounting dates in words, if they differ: `2026-11-02 to no day`.
    pub fn days(&self) -> Option<String> {
        let (was, would) = self.dates?;
        let day = |date: Option<Date>| date.map_or("no day".to_owned(), |it| it.to_string());
        Some(format!("{} to {}", day(was), day(would)))
    }
}

/// What changes in a currency, over all orders and refunds that are booked in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// Whose minor units the amounts are.
    pub currency: Currency,
    /// The sum of all targets' debits, as the log has them.
    pub was: i128,
    /// The same by the other rules.
    pub would: i128,
    /// What goes from some accounts to others.
    pub moved: i128,
}

impl WhatIf {
    /// The difference so far, with at most `most` orders and refunds one by one.
    pub fn difference(&self, most: usize) -> Result<Difference, ReplayError> {
        let keys = self.accounts.numbered();

        let mut sums = vec![(0i128, 0i128); keys.len()];
        let mut totals: BTreeMap<Currency, Total> = BTreeMap::new();
        let mut largest = BinaryHeap::new();
        let mut difference = Difference {
            compared: self.comparisons.count(),
            unmapped: self.waiting.len() as u64,
            unreadable: self.unreadable.clone(),
            ..Difference::default()
        };
        self.comparisons.each(|key, comparison| {
            let would = comparison.would();
            for &(account, net) in &comparison.was.nets {
                sums[account as usize].0 += i128::from(net);
            }
            for &(account, net) in &would.nets {
                sums[account as usize].1 += i128::from(net);
            }
            let moved = comparison.moved();
            if let Some(&(account, _)) = comparison.was.nets.first().or(would.nets.first()) {
                let currency = keys[account as usize].currency;
                let total = totals.entry(currency).or_insert(Total {
                    currency,
                    was: 0,
                    would: 0,
                    moved: 0,
                });
                total.was += comparison.was.total();
                total.would += would.total();
                total.moved += moved;
            }
            match (&comparison.was.parked, &would.parked) {
                (None, Some(reason)) => difference.parked_now.add(most, self.long(key), reason),
                (Some(reason), None) => difference.released.add(most, self.long(key), reason),
                _ => {}
            }
            if comparison.is_booked_otherwise() {
                difference.changed += 1;
                // The least of those kept goes first: most moved, then the lower key.
                largest.push((Reverse(moved), key));
                if largest.len() > most {
                    largest.pop();
                }
            }
        })?;
        for (Reverse(moved), key) in largest.into_sorted_vec() {
            difference.entities.extend(self.row(key, moved, &keys)?);
        }
        difference.totals = totals.into_values().collect();
        difference.accounts = changes(
            self.accounts
                .sorted()
                .map(|(key, number)| (key, sums[number as usize])),
        );
        Ok(difference)
    }

    fn row(
        &self,
        key: ShortKey,
        moved: i128,
        keys: &[&AccountKey],
    ) -> Result<Option<EntityChange>, ReplayError> {
        let Some(comparison) = self.comparisons.get(key)? else {
            return Ok(None);
        };
        let would = comparison.would();
        let sums = comparison.sums();
        let accounts = sums
            .into_iter()
            .map(|(account, sums)| (keys[account as usize], sums));
        let mut accounts = changes(accounts);
        accounts.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Some(EntityChange {
            entity: self.long(key),
            moved,
            dates: (comparison.was.date != would.date).then_some((comparison.was.date, would.date)),
            accounts,
        }))
    }
}

fn changes<'a>(sums: impl Iterator<Item = (&'a AccountKey, (i128, i128))>) -> Vec<AccountChange> {
    sums.filter(|(_, (was, would))| was != would)
        .map(|(key, (was, would))| AccountChange {
            key: key.clone(),
            was,
            would,
        })
        .collect()
}

/// Minor units as a decimal number with all the currency's decimals: `12.50`.
pub fn decimal(minor: i128, currency: Currency) -> String {
    let decimals = currency.exponent();
    rust_decimal::Decimal::try_from_i128_with_scale(minor, decimals).map_or_else(
        // Beyond 28 digits.
        |_| format!("{minor}e-{decimals}"),
        |decimal| decimal.to_string(),
    )
}
