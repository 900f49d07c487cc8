//! The whole life of an order: each event, up to the batch and the journals in
//! the ledger.
//!
//! A trace is made from the one-line summaries that the views keep of events,
//! and not from the log: the log has one owner, which holds it while it runs.
//! Summaries rather than the events themselves, because the trace is then as
//! quick for ten million events, and the views a fraction of the log's size.

mod query;
mod text;

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Row as SqlRow, Transaction, params};
use schemas::{EntityKey, EventId};
use serde::Serialize;

pub use query::{TraceQuery, TraceQueryError};

use super::text::amount;
use crate::{
    Views, ViewsError,
    column::{blob_id, time_of},
};

/// A life, as of an offset in the log. Empty if nothing is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// What was asked for.
    pub subject: String,
    /// The events up to this offset in the log are in it.
    pub offset: u64,
    /// The summary that was asked for; the journals are then those in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<TracedSummary>,
    /// The order and its refunds, or those that a batch or summary is for.
    pub entities: Vec<TracedEntity>,
    /// Their journals.
    pub journals: Vec<TracedJournal>,
    /// In the order of the log.
    pub events: Vec<TracedEvent>,
}

/// A journal of the ledger that sums up a day, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TracedSummary {
    /// Its name in the ledger.
    pub journal: String,
    /// How many journals of orders and refunds are in it.
    pub journals: i64,
    /// The currency, by its ISO code.
    pub currency: String,
    /// What they come to on each side, decimal.
    pub total: String,
}

/// An order or refund and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TracedEntity {
    /// `us/1001` or `us/1001/refund/7`.
    pub entity: String,
    /// The day that it is reported on.
    pub day: String,
    /// The currency, by its ISO code.
    pub currency: String,
    /// Where it stands, as [`State`](crate::State) names it.
    pub state: String,
    /// The store's value, decimal.
    pub store_value: String,
    /// What it is accounted for with, decimal.
    pub accounted: String,
    /// What is wrong with it and what to do, if it is parked or rejected.
    pub exception: Option<String>,
}

/// A journal and what the ledger has of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TracedJournal {
    /// The name that it has in the ledger.
    pub journal: String,
    /// The order or refund that it is for.
    pub entity: String,
    /// `original`, `adjustment`, `reversal` or `refund`.
    pub kind: String,
    /// `submitted`, `imported`, `posted` or `rejected`.
    pub state: String,
    /// The ledger, by its key.
    pub ledger: String,
    /// Our batch that it went in last.
    pub batch: String,
    /// Which attempt at the batch, from 1.
    pub attempt: u32,
    /// The summary that it is part of in the ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The ledger's period.
    pub period: String,
    /// The day on which it counts.
    pub accounting_date: String,
    /// The currency, by its ISO code.
    pub currency: String,
    /// What was meant, decimal.
    pub total: String,
    /// As read back from the ledger, decimal; none before it is posted.
    pub debits: Option<String>,
    /// As read back from the ledger, decimal; none before it is posted.
    pub credits: Option<String>,
    /// The batch in the ledger that has it.
    pub batch_id: Option<i64>,
    /// What the ledger calls that batch.
    pub batch_name: Option<String>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TracedEvent {
    /// Its place in the log.
    pub offset: u64,
    /// When it happened.
    pub time: Timestamp,
    /// The type of the event, such as `order.mapped`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id of the event.
    pub id: EventId,
    /// The event that it follows from.
    pub causation: Option<EventId>,
    /// The order, refund, batch or ledger that it is about.
    pub subject: String,
    /// What it says, in one line.
    pub summary: String,
}

const EVENT: &str = "SELECT offset, time, type, id, causation, subject, summary FROM events";
const ENTITY: &str = "
    SELECT e.key, e.day, e.currency, e.state, e.store_value, e.figure, x.code, x.cause, x.remedy
    FROM entities e LEFT JOIN exceptions x ON x.offset = e.exception
    WHERE e.key = ?1";
const JOURNAL: &str = "
    SELECT j.key, j.entity, j.kind, j.state, j.ledger, j.batch, j.attempt, j.period,
           j.accounting_date, j.currency, j.total, p.debits, p.credits, p.batch_id, p.batch_name,
           s.summary
    FROM journals j LEFT JOIN postings p ON p.ledger = j.ledger AND p.journal = j.key
    LEFT JOIN submissions s ON s.ledger = j.ledger AND s.journal = j.key
        AND s.batch = j.batch AND s.attempt = j.attempt";
const SUMMARY: &str = "
    SELECT ?1, count(*), currency, sum(total) FROM journals
    WHERE (ledger, key) IN (SELECT ledger, journal FROM submissions WHERE summary = ?1)
    GROUP BY currency";

/// Traces an order, refund, journal, batch or event.
pub fn trace(views: &Views, query: &TraceQuery) -> Result<Trace, ViewsError> {
    // One read transaction, so that the parts belong to the same offset.
    let tx = views.connection.unchecked_transaction()?;
    let mut story = Story::default();
    match query {
        TraceQuery::Number(order) => {
            let orders = "SELECT store || '/' || order_id FROM entities WHERE order_id = ?1";
            let number = i64::try_from(order.0).unwrap_or(-1);
            story.orders.extend(texts(&tx, orders, number)?);
        }
        TraceQuery::Entity(entity) => {
            story.orders.insert(entity.parent().to_string());
        }
        TraceQuery::Event(id) => story.follow_event(&tx, *id)?,
        TraceQuery::Name(name) => story.follow_name(&tx, name)?,
    }
    story.tell(&tx, query, views.offset()?)
}

/// What a trace is about: whole orders, a summary, or a batch.
#[derive(Default)]
struct Story {
    orders: BTreeSet<String>,
    summary: Option<String>,
    batch: Option<String>,
}

impl Story {
    fn follow_event(&mut self, tx: &Transaction, id: EventId) -> Result<(), ViewsError> {
        let bytes = id.0.as_bytes();
        let correlation = "SELECT correlation FROM events WHERE id = ?1";
        for correlation in texts(tx, correlation, bytes)? {
            self.follow_name(tx, &correlation)?;
        }
        Ok(())
    }

    fn follow_name(&mut self, tx: &Transaction, name: &str) -> Result<(), ViewsError> {
        if let Ok(entity) = name.parse::<EntityKey>() {
            self.orders.insert(entity.parent().to_string());
            return Ok(());
        }
        for key in texts(tx, "SELECT entity FROM journals WHERE key = ?1", name)? {
            if let Ok(entity) = key.parse::<EntityKey>() {
                self.orders.insert(entity.parent().to_string());
            }
        }
        let summary = "SELECT DISTINCT summary FROM submissions WHERE summary = ?1";
        self.summary = texts(tx, summary, name)?.pop();
        // The batch by our key, or by its name or id in the ledger.
        let batch = "
            SELECT batch FROM batches WHERE batch = ?1
            UNION SELECT batch FROM batches WHERE batch_name = ?1";
        self.batch = texts(tx, batch, name)?.pop();
        Ok(())
    }

    fn tell(&self, tx: &Transaction, query: &TraceQuery, offset: u64) -> Result<Trace, ViewsError> {
        let mut trace = Trace {
            subject: query.to_string(),
            offset,
            summary: None,
            entities: Vec::new(),
            journals: Vec::new(),
            events: Vec::new(),
        };
        for order in &self.orders {
            trace.tell_order(tx, order)?;
        }
        if let Some(summary) = &self.summary {
            trace.tell_summary(tx, summary)?;
        }
        if let Some(batch) = &self.batch {
            trace.tell_batch(tx, batch)?;
        }
        trace.events.sort_by_key(|event| event.offset);
        trace.events.dedup_by_key(|event| event.offset);
        Ok(trace)
    }
}

impl Trace {
    /// Nothing is known of what was asked for.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.entities.is_empty()
    }

    /// The order, its refunds, and the batches that their journals went in.
    fn tell_order(&mut self, tx: &Transaction, order: &str) -> Result<(), ViewsError> {
        let (from, to) = beneath(order);
        let keys = "SELECT key FROM entities WHERE key = ?1 OR (key > ?2 AND key < ?3) ORDER BY order_id, refund_id";
        let keys: Vec<String> = tx
            .prepare_cached(keys)?
            .query_map(params![order, from, to], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut batches = BTreeSet::new();
        for key in &keys {
            self.entities
                .extend(rows(tx, ENTITY, [key], traced_entity)?);
            let sql = format!("{JOURNAL} WHERE j.entity = ?1 ORDER BY j.submitted");
            let journals = rows(tx, &sql, [key], traced_journal)?;
            for journal in &journals {
                let sent =
                    "SELECT DISTINCT batch FROM submissions WHERE ledger = ?1 AND journal = ?2";
                let key = params![journal.ledger, journal.journal];
                batches.extend(rows(tx, sent, key, |row| Ok(row.get::<_, String>(0)?))?);
            }
            self.journals.extend(journals);
            let sql =
                format!("{EVENT} WHERE offset IN (SELECT offset FROM decisions WHERE entity = ?1)");
            self.events.extend(rows(tx, &sql, [key], traced_event)?);
        }
        let sql =
            format!("{EVENT} WHERE correlation = ?1 OR (correlation > ?2 AND correlation < ?3)");
        self.events
            .extend(rows(tx, &sql, params![order, from, to], traced_event)?);
        for batch in batches {
            self.tell_steps(tx, &batch)?;
        }
        Ok(())
    }

    /// The batch's steps, and the journals in it with what they are for.
    fn tell_batch(&mut self, tx: &Transaction, batch: &str) -> Result<(), ViewsError> {
        self.tell_steps(tx, batch)?;
        self.tell_sent(tx, "batch", batch)
    }

    /// The summary, the steps of its batches, and the journals in it.
    fn tell_summary(&mut self, tx: &Transaction, summary: &str) -> Result<(), ViewsError> {
        self.summary = rows(tx, SUMMARY, [summary], traced_summary)?.pop();
        let batches = "SELECT DISTINCT batch FROM submissions WHERE summary = ?1";
        for batch in texts(tx, batches, summary)? {
            self.tell_steps(tx, &batch)?;
        }
        self.tell_sent(tx, "summary", summary)
    }

    /// The journals that were sent in a batch or summary, and what they are for.
    fn tell_sent(&mut self, tx: &Transaction, column: &str, name: &str) -> Result<(), ViewsError> {
        let sql = format!(
            "{JOURNAL} WHERE (j.ledger, j.key) IN (
                 SELECT ledger, journal FROM submissions WHERE {column} = ?1) ORDER BY j.key"
        );
        let journals = rows(tx, &sql, [name], traced_journal)?;
        let keys: BTreeSet<_> = journals.iter().map(|journal| &journal.entity).collect();
        for key in keys {
            self.entities
                .extend(rows(tx, ENTITY, [key], traced_entity)?);
        }
        self.journals.extend(journals);
        Ok(())
    }

    fn tell_steps(&mut self, tx: &Transaction, batch: &str) -> Result<(), ViewsError> {
        let sql =
            format!("{EVENT} WHERE offset IN (SELECT offset FROM batch_steps WHERE batch = ?1)");
        self.events.extend(rows(tx, &sql, [batch], traced_event)?);
        Ok(())
    }
}

/// The keys beneath an order's lie between these two: `us/1001/` and, since `0`
/// comes after `/`, `us/10010`.
fn beneath(order: &str) -> (String, String) {
    (format!("{order}/"), format!("{order}0"))
}

fn texts(
    tx: &Transaction,
    sql: &str,
    parameter: impl rusqlite::ToSql,
) -> Result<Vec<String>, ViewsError> {
    let mut query = tx.prepare_cached(sql)?;
    let texts = query.query_map([parameter], |row| row.get(0))?;
    Ok(texts.collect::<Result<_, _>>()?)
}

fn rows<T>(
    tx: &Transaction,
    sql: &str,
    parameters: impl rusqlite::Params,
    read: fn(&SqlRow) -> Result<T, ViewsError>,
) -> Result<Vec<T>, ViewsError> {
    let mut query = tx.prepare_cached(sql)?;
    let rows = query.query_and_then(parameters, read)?;
    rows.collect()
}

fn traced_entity(row: &SqlRow) -> Result<TracedEntity, ViewsError> {
    let currency: String = row.get(2)?;
    let code: Option<String> = row.get(6)?;
    let exception = match code {
        None => None,
        Some(code) => {
            let (cause, remedy): (String, String) = (row.get(7)?, row.get(8)?);
            Some(format!("[{code}] {cause}. {remedy}"))
        }
    };
    Ok(TracedEntity {
        entity: row.get(0)?,
        day: row.get(1)?,
        state: row.get(3)?,
        store_value: decimal(row.get(4)?, &currency),
        accounted: decimal(row.get(5)?, &currency),
        currency,
        exception,
    })
}

fn traced_journal(row: &SqlRow) -> Result<TracedJournal, ViewsError> {
    let currency: String = row.get(9)?;
    let figure = |minor: Option<i64>| minor.map(|minor| decimal(minor, &currency));
    Ok(TracedJournal {
        journal: row.get(0)?,
        entity: row.get(1)?,
        kind: row.get(2)?,
        state: row.get(3)?,
        ledger: row.get(4)?,
        batch: row.get(5)?,
        attempt: row.get(6)?,
        period: row.get(7)?,
        accounting_date: row.get(8)?,
        total: decimal(row.get(10)?, &currency),
        debits: figure(row.get(11)?),
        credits: figure(row.get(12)?),
        batch_id: row.get(13)?,
        batch_name: row.get(14)?,
        summary: row.get(15)?,
        currency,
    })
}

fn traced_summary(row: &SqlRow) -> Result<TracedSummary, ViewsError> {
    let currency: String = row.get(2)?;
    Ok(TracedSummary {
        journal: row.get(0)?,
        journals: row.get(1)?,
        total: decimal(row.get(3)?, &currency),
        currency,
    })
}

fn traced_event(row: &SqlRow) -> Result<TracedEvent, ViewsError> {
    let causation: Option<Vec<u8>> = row.get(4)?;
    Ok(TracedEvent {
        offset: row.get::<_, i64>(0)?.unsigned_abs(),
        time: time_of(row.get(1)?)?,
        kind: row.get(2)?,
        id: blob_id(&row.get::<_, Vec<u8>>(3)?)?,
        causation: causation.map(|bytes| blob_id(&bytes)).transpose()?,
        subject: row.get(5)?,
        summary: row.get(6)?,
    })
}

fn decimal(minor: i64, currency: &str) -> String {
    amount(minor, schemas::Currency::from_code(currency).ok())
}
