//! A run of events that is written to the views in one transaction.

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rusqlite::{OptionalExtension, Transaction, named_params, params};
use schemas::{Currency, EncodedEvent, EntityKey, Event, EventId, MoneyError, Payload, causes};

use super::{
    ViewsError,
    entity::Facts,
    net::Net,
    summary::{one_line, summary},
};

const INDEX_EVENT: &str = "
    INSERT INTO events (offset, id, type, time, subject, correlation, causation, summary)
    VALUES (:offset, :id, :type, :time, :subject, :correlation, :causation, :summary)
    ON CONFLICT DO NOTHING";

const SAVE_ENTITY: &str = "
    INSERT INTO entities (
        key, store, order_id, refund_id, currency, day, state, in_store,
        store_value, mapped_value, figure, differs, exception, ledger, since, facts
    ) VALUES (
        :key, :store, :order_id, :refund_id, :currency, :day, :state, :in_store,
        :store_value, :mapped_value, :figure, :differs, :exception, :ledger, :since, :facts
    ) ON CONFLICT (key) DO UPDATE SET
        currency = excluded.currency, day = excluded.day, state = excluded.state,
        in_store = excluded.in_store, store_value = excluded.store_value,
        mapped_value = excluded.mapped_value, figure = excluded.figure,
        differs = excluded.differs, exception = excluded.exception, ledger = excluded.ledger,
        since = excluded.since, facts = excluded.facts";

/// An event as it was read, or why it could not be.
pub struct Entry {
    pub offset: u64,
    id: EventId,
    subject: String,
    event: Result<Event, String>,
    summary: String,
    /// What the event's journals come to, in their order. It is worked out
    /// here because entries are read ahead in a thread of their own, while the
    /// one that writes is the bottleneck.
    nets: Vec<Net>,
}

impl Entry {
    /// Reads an event. Bytes that are none become an entry that says so.
    pub fn read(offset: u64, encoded: &EncodedEvent) -> Entry {
        let event = encoded.decode().map_err(|error| causes(&error).to_string());
        let summary = match &event {
            Ok(event) => summary(event),
            Err(reason) => one_line(&format!("unreadable: {reason}")),
        };
        Entry {
            offset,
            id: encoded.id,
            subject: encoded.subject.clone(),
            nets: event.as_ref().map_or_else(|_| Vec::new(), nets),
            event,
            summary,
        }
    }

    pub fn id(&self) -> EventId {
        self.id
    }
}

/// What keeps an event out of the views.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error(transparent)]
    Views(#[from] ViewsError),
    /// The event itself: it becomes an exception, and the next one is taken.
    #[error("a figure of the event is not money of its currency")]
    Money(#[from] MoneyError),
    #[error("the number {0} is larger than the views can hold")]
    Number(u64),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Refusal {
        Refusal::Views(error.into())
    }
}

/// A run of events that is written in one transaction. Orders and refunds are
/// read and written once per batch, however many of its events are about them.
pub(crate) struct Batch<'tx> {
    pub(super) tx: &'tx Transaction<'tx>,
    entities: HashMap<EntityKey, Facts>,
    last: Option<(u64, EventId)>,
}

impl<'tx> Batch<'tx> {
    pub fn new(tx: &'tx Transaction<'tx>) -> Batch<'tx> {
        Batch {
            tx,
            entities: HashMap::new(),
            last: None,
        }
    }

    /// Applies one event. One that was applied before changes nothing.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), ViewsError> {
        self.last = Some((entry.offset, entry.id()));
        if !self.index(entry)? {
            return Ok(());
        }
        let reason = match &entry.event {
            Err(reason) => reason.clone(),
            Ok(event) => match self.project(entry.offset, event, &entry.nets) {
                Ok(()) => return Ok(()),
                Err(Refusal::Views(error)) => return Err(error),
                Err(refusal) => causes(&refusal).to_string(),
            },
        };
        let time = entry
            .event
            .as_ref()
            .map_or(Timestamp::UNIX_EPOCH, |event| event.time);
        self.exception(Exception {
            offset: entry.offset,
            kind: "unreadable",
            entity: None,
            journal: None,
            about: None,
            code: "unreadable_event",
            cause: &reason,
            remedy: "find the program that wrote it in the event's source; run a version that reads it, then rebuild the views",
            since: time,
        })
    }

    /// Writes the orders and refunds that were touched and the offset reached.
    pub fn finish(self) -> Result<(), ViewsError> {
        self.save()?;
        if let Some((offset, id)) = self.last {
            self.tx
                .prepare_cached("UPDATE progress SET offset = ?1, event = ?2")?
                .execute(params![offset as i64, id.0.as_bytes()])?;
        }
        Ok(())
    }

    /// Writes the orders and refunds that were touched so far, so that they can be
    /// searched.
    pub(super) fn save(&self) -> Result<(), ViewsError> {
        let mut save = self.tx.prepare_cached(SAVE_ENTITY)?;
        for (key, facts) in &self.entities {
            let standing = facts.standing();
            save.execute(named_params! {
                ":key": key.to_string(),
                ":store": key.store.as_str(),
                ":order_id": key.order.0 as i64,
                ":refund_id": key.refund.map(|refund| refund.0 as i64),
                ":currency": facts.currency.map_or("", Currency::code),
                ":day": standing.day.to_string(),
                ":state": standing.state.as_str(),
                ":in_store": standing.in_store,
                ":store_value": standing.store_value,
                ":mapped_value": standing.mapped_value,
                ":figure": standing.figure,
                ":differs": standing.differs,
                ":exception": standing.exception.map(|offset| offset as i64),
                ":ledger": facts.ledger.as_ref().map(|ledger| ledger.as_str()),
                ":since": standing.since.map(|offset| offset as i64),
                ":facts": serde_json::to_string(facts).map_err(ViewsError::Facts)?,
            })?;
        }
        Ok(())
    }

    /// Writes the event's line; false if the event is there already.
    fn index(&mut self, entry: &Entry) -> Result<bool, ViewsError> {
        let event = entry.event.as_ref().ok();
        let causation = event.and_then(|event| event.causation);
        let rows = self.tx.prepare_cached(INDEX_EVENT)?.execute(named_params! {
            ":offset": entry.offset as i64,
            ":id": entry.id.0.as_bytes(),
            ":type": event.map_or(entry.subject.as_str(), |event| event.payload.event_type().as_str()),
            ":time": event.map_or(0, |event| event.time.as_microsecond()),
            ":subject": event.map_or(entry.subject.as_str(), |event| &event.subject),
            ":correlation": event.map_or("", |event| event.correlation.as_str()),
            ":causation": causation.as_ref().map(|id| id.0.as_bytes()),
            ":summary": entry.summary,
        })?;
        Ok(rows > 0)
    }

    /// What is known of an order or refund, as of the events before this one.
    pub(super) fn facts(&mut self, key: &EntityKey, event: &Event) -> Result<&mut Facts, Refusal> {
        number(key.order.0)?;
        key.refund.map(|refund| number(refund.0)).transpose()?;
        if !self.entities.contains_key(key) {
            let stored: Option<String> = self
                .tx
                .prepare_cached("SELECT facts FROM entities WHERE key = ?1")?
                .query_row([key.to_string()], |row| row.get(0))
                .optional()?;
            let facts = match stored {
                Some(text) => serde_json::from_str(&text).map_err(ViewsError::Facts)?,
                None => Facts::heard_on(utc_date(event.time)),
            };
            self.entities.insert(key.clone(), facts);
        }
        Ok(self.entities.get_mut(key).expect("it was put in just now"))
    }

    pub(super) fn exception(&self, exception: Exception) -> Result<(), ViewsError> {
        self.tx
            .prepare_cached(
                "INSERT OR IGNORE INTO exceptions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL)",
            )?
            .execute(params![
                exception.offset as i64,
                exception.kind,
                exception.entity.map(EntityKey::to_string),
                exception.journal,
                exception.about,
                exception.code,
                exception.cause,
                exception.remedy,
                exception.since.as_microsecond(),
            ])?;
        Ok(())
    }
}

pub(super) struct Exception<'a> {
    pub offset: u64,
    pub kind: &'a str,
    pub entity: Option<&'a EntityKey>,
    pub journal: Option<&'a str>,
    /// A batch, a group or a ledger, where it is about no order.
    pub about: Option<&'a str>,
    pub code: &'a str,
    pub cause: &'a str,
    pub remedy: &'a str,
    pub since: Timestamp,
}

fn nets(event: &Event) -> Vec<Net> {
    match &event.payload {
        Payload::OrderMapped(mapped) | Payload::RefundMapped(mapped) => {
            vec![Net::of(&mapped.journal)]
        }
        Payload::JournalSubmitted(schemas::JournalSubmitted {
            step: schemas::Step::Intended { postings },
            ..
        }) => {
            let journals = postings.iter().map(|posting| &posting.journal);
            journals.map(Net::of).collect()
        }
        _ => Vec::new(),
    }
}

/// A number as SQLite holds it.
pub(super) fn number(number: u64) -> Result<i64, Refusal> {
    i64::try_from(number).map_err(|_| Refusal::Number(number))
}

pub(super) fn utc_date(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
