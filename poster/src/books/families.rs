//! The orders with their refunds that a transaction touches: each is read once and
//! written once, however many events are about it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};
use schemas::{EntityKey, Journal, LedgerKey};
use subledger::{Booked, Due, Fact, Family, Lifecycle, Member};

use super::{
    BooksError, day,
    rows::{self, refund_column, signed},
    seal::Place,
};

const SAVE: &str = "
    INSERT INTO lifecycle (
        store, order_id, refund_id, lifecycle, journal,
        rejected_key, rejected_code, rejected_at, due_offset, due_at, day_ends
    ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    ON CONFLICT DO UPDATE SET
        lifecycle = excluded.lifecycle, journal = coalesce(excluded.journal, journal),
        rejected_key = excluded.rejected_key, rejected_code = excluded.rejected_code,
        rejected_at = excluded.rejected_at,
        due_offset = CASE WHEN excluded.due_offset IS NULL THEN NULL ELSE coalesce(due_offset, excluded.due_offset) END,
        due_at = CASE WHEN excluded.due_at IS NULL THEN NULL ELSE coalesce(due_at, excluded.due_at) END,
        day_ends = excluded.day_ends";

pub(super) struct Families<'a> {
    ledger: &'a LedgerKey,
    transaction: &'a Transaction<'a>,
    /// By their orders.
    read: BTreeMap<EntityKey, Family>,
    /// The orders of which something changed since they were written.
    touched: BTreeSet<EntityKey>,
    /// The journals of new targets.
    journals: BTreeMap<EntityKey, String>,
}

impl<'a> Families<'a> {
    pub(super) fn new(ledger: &'a LedgerKey, transaction: &'a Transaction<'a>) -> Families<'a> {
        Families {
            ledger,
            transaction,
            read: BTreeMap::new(),
            touched: BTreeSet::new(),
            journals: BTreeMap::new(),
        }
    }

    /// Takes what is said of an order or refund.
    pub(super) fn fold(&mut self, key: &EntityKey, fact: Fact) -> Result<Booked, BooksError> {
        let order = key.parent();
        if !self.read.contains_key(&order) {
            let family = load(self.transaction, key)?;
            self.read.insert(order.clone(), family);
        }
        let family = self.read.entry(order.clone()).or_default();
        let booked = match family.member_mut(key) {
            Some(member) => member.lifecycle.fold(fact),
            None => {
                let mut lifecycle = Lifecycle::default();
                let booked = lifecycle.fold(fact);
                if booked == Booked::Taken {
                    let key = key.clone();
                    family.insert(Member { key, lifecycle });
                }
                booked
            }
        };
        if booked != Booked::Nothing {
            self.touched.insert(order);
        }
        Ok(booked)
    }

    /// Keeps the journal of a target that was taken.
    pub(super) fn keep_journal(
        &mut self,
        key: &EntityKey,
        journal: &Journal,
    ) -> Result<(), BooksError> {
        let journal = Place::of_journal(key).seal(journal)?;
        self.journals.insert(key.clone(), journal);
        Ok(())
    }

    /// Writes what was touched, and what is due of it as of an offset.
    pub(super) fn save(&mut self, offset: u64, now: Timestamp) -> Result<(), BooksError> {
        for order in std::mem::take(&mut self.touched) {
            let Some(family) = self.read.get(&order) else {
                continue;
            };
            let due = due(family, self.ledger, &order)?;
            for member in family.members() {
                let due = due.iter().find(|due| due.entity == member.key);
                let journal = self.journals.remove(&member.key);
                self.write(member, journal, due, (offset, now))?;
            }
        }
        Ok(())
    }

    fn write(
        &self,
        member: &Member,
        journal: Option<String>,
        due: Option<&Due>,
        (offset, now): (u64, Timestamp),
    ) -> Result<(), BooksError> {
        let holding = member.lifecycle.holding(self.ledger);
        let rejection = holding.and_then(|it| it.rejection.as_ref());
        let day_ends = due.and_then(|due| {
            let rule = due.summary.as_ref()?;
            Some(day::end(rule, due.date).as_microsecond())
        });
        let lifecycle = Place::of_lifecycle(&member.key).seal(&member.lifecycle)?;
        self.transaction
            .prepare_cached(SAVE)
            .and_then(|mut statement| {
                statement.execute(params![
                    member.key.store.as_str(),
                    signed(member.key.order.0),
                    refund_column(&member.key),
                    lifecycle,
                    journal,
                    rejection.map(|it| it.journal.as_str()),
                    rejection.map(|it| it.code.as_str()),
                    rejection.map(|it| it.at.as_microsecond()),
                    due.map(|_| signed(offset)),
                    due.map(|_| now.as_microsecond()),
                    day_ends,
                ])
            })
            .map(|_| ())
            .map_err(BooksError::Write)
    }
}

/// An order with its refunds.
pub(super) fn load(connection: &Connection, of: &EntityKey) -> Result<Family, BooksError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT store, order_id, refund_id, lifecycle FROM lifecycle
             WHERE store = ?1 AND order_id = ?2 ORDER BY refund_id",
        )
        .map_err(BooksError::Read)?;
    let rows = statement
        .query_map(params![of.store.as_str(), signed(of.order.0)], |row| {
            Ok((rows::entity_key(row)?, row.get::<_, String>(3)?))
        })
        .map_err(BooksError::Read)?;
    let mut family = Family::default();
    for row in rows {
        let (key, lifecycle) = row.map_err(BooksError::Read)?;
        let key = rows::key(key)?;
        let lifecycle = Place::of_lifecycle(&key).open(&lifecycle)?;
        family.insert(Member { key, lifecycle });
    }
    Ok(family)
}

/// What is due of an order and its refunds.
pub(super) fn due(
    family: &Family,
    ledger: &LedgerKey,
    of: &EntityKey,
) -> Result<Vec<Due>, BooksError> {
    family.due(ledger).map_err(|source| BooksError::Due {
        entity: of.to_string(),
        source,
    })
}
