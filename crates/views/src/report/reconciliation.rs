//! The reconciliation: what the stores sold and refunded, beside what became
//! of it in the ledgers.
//!
//! Every order and refund in the store's events is in exactly one column:
//! not due, posted, open, parked or rejected. *Received* has the store's
//! figures (the order's total with tax; the refund's total). The other columns
//! have the figure the order is accounted for with: the store's until it is
//! mapped, the mapped one from then on, and with it what the journals, as read
//! back from the ledger, deviate from those that were meant. So
//!
//! > received = not due + posted + open + parked + rejected + difference
//!
//! and the difference shows an order that was mapped with another value, a
//! journal that has another total in the ledger, one that is there twice, and
//! one for an order that the store never told of. *Posted* further demands that
//! the ledger's journals come to the target, account by account. Because
//! differences of opposite sign would hide each other in a sum, each row also
//! counts the orders that differ by themselves, and these are listed.

mod text;

use std::{collections::BTreeMap, fmt};

use jiff::civil::Date;
use rusqlite::{Row as SqlRow, params};
use schemas::{Currency, StoreKey};
use subledger::State;

use crate::{Views, ViewsError, column::day_of};

/// The most orders that are listed as differing; all of them are counted.
const MAX_GAPS: i64 = 100;

const ROWS: &str = "
    SELECT store, currency, day, refund_id IS NULL AS is_order, state,
           COUNT(*), SUM(in_store), SUM(store_value), COUNT(mapped_value),
           SUM(mapped_value), SUM(figure), SUM(differs)
    FROM entities INDEXED BY entities_by_day
    WHERE (?1 IS NULL OR store = ?1) AND day >= ?2 AND day <= ?3
    GROUP BY store, currency, day, is_order, state
    ORDER BY store, currency, day, is_order DESC";

const GAPS: &str = "
    SELECT key, store, currency, day, in_store, store_value, figure
    FROM entities
    WHERE differs AND (?1 IS NULL OR store = ?1) AND day >= ?2 AND day <= ?3
    ORDER BY key LIMIT ?4";

/// What is reported on; by default everything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// One store only.
    pub store: Option<StoreKey>,
    /// The first day, included.
    pub from: Option<Date>,
    /// The last day, included.
    pub to: Option<Date>,
}

/// The reconciliation as of an offset in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// The events up to this offset in the log are in it.
    pub offset: u64,
    /// By store, currency, day and kind.
    pub rows: Vec<Row>,
    /// Over all days, by store, currency and kind.
    pub totals: Vec<Row>,
    /// The orders and refunds that differ, at most 100 of them.
    pub gaps: Vec<Gap>,
}

/// Orders or refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What was sold.
    Orders,
    /// What was given back.
    Refunds,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Orders => "orders",
            Kind::Refunds => "refunds",
        })
    }
}

/// A number of orders or refunds and what they come to, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: i64,
    /// What they come to.
    pub value: i64,
}

/// What is left over, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Difference {
    /// Received, less what is accounted for, counted.
    pub count: i64,
    /// Received, less what is accounted for, in money.
    pub value: i64,
    /// Orders or refunds that differ by themselves.
    pub differing: i64,
}

impl Difference {
    /// Every order is accounted for, and to the cent.
    pub fn is_zero(&self) -> bool {
        *self == Difference::default()
    }
}

/// One day (or all of them) of one store and currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The store, by its key.
    pub store: String,
    /// None for orders that could not be read, and so have no value either.
    pub currency: Option<Currency>,
    /// The accounting date, or the day of the order (UTC) until it has one;
    /// none in a total.
    pub day: Option<Date>,
    /// Whether these are orders or refunds.
    pub kind: Kind,
    /// In the store's events.
    pub received: Tally,
    /// Of these, what does not count in the books, such as cancelled orders.
    pub not_due: Tally,
    /// Has a target; all that is posted or rejected and a part of what is open.
    pub mapped: Tally,
    /// The ledger holds their targets, as read back.
    pub posted: Tally,
    /// On its way.
    pub open: Tally,
    /// Could not be read or mapped.
    pub parked: Tally,
    /// Refused by the ledger or by the check before it.
    pub rejected: Tally,
    /// Received, less all the columns they may be in.
    pub difference: Difference,
}

/// An order or refund on which the store, the mapping and the ledger disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// `us/1001` or `us/1001/refund/7`.
    pub entity: String,
    /// The day that it is reported on.
    pub day: Date,
    /// What its values are in; none if that is not known.
    pub currency: Option<Currency>,
    /// What the store says, in minor units; none if its events do not have it.
    pub store_value: Option<i64>,
    /// What it is accounted for with, in minor units.
    pub figure: i64,
}

/// Makes the reconciliation, all of it as of one moment.
pub fn reconciliation(views: &Views, filter: &Filter) -> Result<Reconciliation, ViewsError> {
    // One read transaction, so that the parts belong to the same offset.
    let tx = views.connection.unchecked_transaction()?;
    let store = filter.store.as_ref().map(StoreKey::as_str);
    let from = filter.from.unwrap_or(Date::MIN).to_string();
    let to = filter
        .to
        .map_or("9999-12-31".to_owned(), |to| to.to_string());

    let mut rows: Vec<Row> = Vec::new();
    let mut query = tx.prepare_cached(ROWS)?;
    let mut found = query.query(params![store, from, to])?;
    while let Some(part) = found.next()? {
        let row = Row::empty(part)?;
        if !rows.last().is_some_and(|last| last.is_same_day(&row)) {
            rows.push(row);
        }
        if let Some(row) = rows.last_mut() {
            row.take(part)?;
        }
    }
    for row in &mut rows {
        row.balance();
    }
    let gaps = tx
        .prepare_cached(GAPS)?
        .query_and_then(params![store, from, to, MAX_GAPS], gap)?
        .collect::<Result<_, _>>()?;
    Ok(Reconciliation {
        offset: views.offset()?,
        totals: totals(&rows),
        rows,
        gaps,
    })
}

impl Reconciliation {
    /// Every order and refund is accounted for, and to the cent.
    pub fn agrees(&self) -> bool {
        self.totals.iter().all(|row| row.difference.is_zero())
    }
}

impl Row {
    fn empty(part: &SqlRow) -> Result<Row, ViewsError> {
        let is_order: bool = part.get(3)?;
        Ok(Row {
            store: part.get(0)?,
            currency: currency(part.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?,
            day: Some(day_of(&part.get::<_, String>(2)?)?),
            kind: if is_order {
                Kind::Orders
            } else {
                Kind::Refunds
            },
            received: Tally::default(),
            not_due: Tally::default(),
            mapped: Tally::default(),
            posted: Tally::default(),
            open: Tally::default(),
            parked: Tally::default(),
            rejected: Tally::default(),
            difference: Difference::default(),
        })
    }

    fn is_same_day(&self, other: &Row) -> bool {
        self.key() == other.key() && self.day == other.day
    }

    fn key(&self) -> (&str, Option<Currency>, Kind) {
        (&self.store, self.currency, self.kind)
    }

    /// Adds the orders of one state.
    fn take(&mut self, part: &SqlRow) -> Result<(), ViewsError> {
        let name: String = part.get(4)?;
        let state: State = name.parse().map_err(|_| ViewsError::Value {
            column: "state",
            found: name,
        })?;
        let accounted = Tally {
            count: part.get(5)?,
            value: part.get(10)?,
        };
        self.received.add(Tally {
            count: part.get(6)?,
            value: part.get(7)?,
        });
        self.mapped.add(Tally {
            count: part.get(8)?,
            value: part.get::<_, Option<i64>>(9)?.unwrap_or(0),
        });
        self.difference.differing += part.get::<_, i64>(11)?;
        let column = match state {
            State::NotDue | State::Held => &mut self.not_due,
            State::Posted => &mut self.posted,
            State::Received | State::Mapped | State::Submitted => &mut self.open,
            State::Parked => &mut self.parked,
            State::Rejected => &mut self.rejected,
        };
        column.add(accounted);
        Ok(())
    }

    fn balance(&mut self) {
        let mut accounted = self.not_due;
        for column in [self.posted, self.open, self.parked, self.rejected] {
            accounted.add(column);
        }
        self.difference.count = self.received.count.saturating_sub(accounted.count);
        self.difference.value = self.received.value.saturating_sub(accounted.value);
    }

    fn add(&mut self, other: &Row) {
        self.received.add(other.received);
        self.not_due.add(other.not_due);
        self.mapped.add(other.mapped);
        self.posted.add(other.posted);
        self.open.add(other.open);
        self.parked.add(other.parked);
        self.rejected.add(other.rejected);
        self.difference.differing += other.difference.differing;
        self.balance();
    }
}

impl Tally {
    fn add(&mut self, other: Tally) {
        // Beyond 64 bits of cents a figure stays at the limit, and differs.
        self.count = self.count.saturating_add(other.count);
        self.value = self.value.saturating_add(other.value);
    }
}

fn totals(rows: &[Row]) -> Vec<Row> {
    let mut totals: BTreeMap<_, Row> = BTreeMap::new();
    for row in rows {
        totals
            .entry(row.key())
            .and_modify(|total| total.add(row))
            .or_insert_with(|| Row {
                day: None,
                ..row.clone()
            });
    }
    totals.into_values().collect()
}

fn gap(row: &SqlRow) -> Result<Gap, ViewsError> {
    let in_store: bool = row.get(4)?;
    let code: String = row.get(2)?;
    Ok(Gap {
        entity: row.get(0)?,
        currency: currency(&code)?,
        day: day_of(&row.get::<_, String>(3)?)?,
        store_value: in_store.then_some(row.get(5)?),
        figure: row.get(6)?,
    })
}

/// The currency in a column, in which an unknown one is empty.
fn currency(code: &str) -> Result<Option<Currency>, ViewsError> {
    if code.is_empty() {
        return Ok(None);
    }
    let currency = Currency::from_code(code).map_err(|_| ViewsError::Value {
        column: "currency",
        found: code.to_owned(),
    })?;
    Ok(Some(currency))
}
