//! A run of events that is written to the views in one transaction.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Transaction, named_params, params};
use schemas::{Currency, EncodedEvent, EntityKey, Event, EventId, LedgerKey, MoneyError, causes};
use subledger::{Booked, Fact, Family, Lifecycle, Member, facts, utc_date};

use super::{
    ViewsError,
    column::entity_of,
    summary::{one_line, summary},
};

const INDEX_EVENT: &str = "
    INSERT INTO events (offset, id, type, time, subject, correlation, causation, summary)
    VALUES (:offset, :id, :type, :time, :subject, :correlation, :causation, :summary)
    ON CONFLICT DO NOTHING";

const SAVE_ENTITY: &str = "
    INSERT INTO entities (
        key, store, order_id, refund_id, currency, day, state, in_store,
        store_value, mapped_value, figure, differs, exception, ledger, since, lifecycle
    ) VALUES (
        :key, :store, :order_id, :refund_id, :currency, :day, :state, :in_store,
        :store_value, :mapped_value, :figure, :differs, :exception, :ledger, :since, :lifecycle
    ) ON CONFLICT (key) DO UPDATE SET
        currency = excluded.currency, day = excluded.day, state = excluded.state,
        in_store = excluded.in_store, store_value = excluded.store_value,
        mapped_value = excluded.mapped_value, figure = excluded.figure,
        differs = excluded.differs, exception = excluded.exception, ledger = excluded.ledger,
        since = excluded.since, lifecycle = excluded.lifecycle";

/// An event as it was read, or why it could not be.
pub struct Entry {
    /// The offset in the log.
    pub offset: u64,
    id: EventId,
    subject: String,
    event: Result<Event, String>,
    summary: String,
    /// What the event says of orders and refunds. It is worked out here because
    /// entries are read ahead in a thread of their own, while the one that writes is
    /// the bottleneck.
    facts: Result<Vec<(EntityKey, Fact)>, String>,
    /// What the journals that the event sends come to, as the views have it.
    pub(super) nets: Vec<String>,
}

impl Entry {
    /// Reads an event. Bytes that are none become an entry that says so.
    pub fn read(offset: u64, encoded: &EncodedEvent) -> Entry {
        let event = encoded.decode().map_err(|error| causes(&error).to_string());
        let summary = match &event {
            Ok(event) => summary(event),
            Err(reason) => one_line(&format!("unreadable: {reason}")),
        };
        let facts = event
            .as_ref()
            .map_or_else(|_| Ok(Vec::new()), |event| facts(offset, event))
            .map_err(|error| causes(&error).to_string());
        Entry {
            offset,
            id: encoded.id,
            subject: encoded.subject.clone(),
            nets: nets(facts.as_deref().unwrap_or_default()),
            facts,
            event,
            summary,
        }
    }

    /// What the event says of orders and refunds.
    pub(super) fn facts(&self) -> &[(EntityKey, Fact)] {
        self.facts.as_deref().unwrap_or_default()
    }

    /// The event, with all that it says of orders and refunds; otherwise why it
    /// cannot be read.
    pub(super) fn content(&self) -> Result<&Event, &str> {
        let event = self.event.as_ref().map_err(String::as_str)?;
        self.facts.as_ref().map_err(String::as_str)?;
        Ok(event)
    }

    /// When it happened, if the event tells.
    pub(super) fn time(&self) -> Timestamp {
        let event = self.event.as_ref();
        event.map_or(Timestamp::UNIX_EPOCH, |event| event.time)
    }

    /// The id of the event.
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
    /// By their orders.
    families: HashMap<EntityKey, Family>,
    last: Option<(u64, EventId)>,
}

impl<'tx> Batch<'tx> {
    pub(crate) fn new(tx: &'tx Transaction<'tx>) -> Batch<'tx> {
        Batch {
            tx,
            families: HashMap::new(),
            last: None,
        }
    }

    /// Writes the orders and refunds that were touched and the offset reached.
    pub(crate) fn finish(self) -> Result<(), ViewsError> {
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
        for family in self.families.values() {
            for Member { key, lifecycle } in family.members() {
                let Some(standing) = family.standing(key) else {
                    continue;
                };
                save.execute(named_params! {
                    ":key": key.to_string(),
                    ":store": key.store.as_str(),
                    ":order_id": key.order.0 as i64,
                    ":refund_id": key.refund.map(|refund| refund.0 as i64),
                    ":currency": lifecycle.source.currency.map_or("", Currency::code),
                    ":day": standing.day.to_string(),
                    ":state": standing.state.as_str(),
                    ":in_store": standing.in_store,
                    ":store_value": standing.store_value,
                    ":mapped_value": standing.mapped_value,
                    ":figure": standing.figure,
                    ":differs": standing.differs,
                    ":exception": standing.exception.map(|offset| offset as i64),
                    ":ledger": standing.ledger.as_ref().map(LedgerKey::as_str),
                    ":since": standing.since.map(|offset| offset as i64),
                    ":lifecycle": serde_json::to_string(lifecycle).map_err(ViewsError::Facts)?,
                })?;
            }
        }
        Ok(())
    }

    /// Writes the event's line; false if the event is there already.
    pub(super) fn index(&mut self, entry: &Entry) -> Result<bool, ViewsError> {
        self.last = Some((entry.offset, entry.id()));
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

    /// Takes what the event says of the orders and refunds that it names. The last of
    /// what came of it.
    pub(super) fn fold(&mut self, entry: &Entry, event: &Event) -> Result<Booked, Refusal> {
        let mut booked = Booked::Nothing;
        for (key, fact) in entry.facts() {
            booked = self.tell(key, fact.clone(), event)?;
        }
        Ok(booked)
    }

    /// Takes one thing that the event says of an order or refund.
    pub(super) fn tell(
        &mut self,
        key: &EntityKey,
        fact: Fact,
        event: &Event,
    ) -> Result<Booked, Refusal> {
        number(key.order.0)?;
        key.refund.map(|refund| number(refund.0)).transpose()?;
        let order = key.parent();
        if !self.families.contains_key(&order) {
            let family = self.load(&order)?;
            self.families.insert(order.clone(), family);
        }
        let is_hold = matches!(fact, Fact::Held(..));
        let family = self.families.entry(order).or_default();
        if let Some(member) = family.member_mut(key) {
            return Ok(member.lifecycle.fold(fact));
        }
        // A hold on what nothing is known of is among the holds alone, until it is.
        if is_hold {
            return Ok(Booked::Nothing);
        }
        let mut lifecycle = Lifecycle::heard_on(utc_date(event.time));
        for ledger in held_in(self.tx, key)? {
            lifecycle.fold(Fact::Held(ledger, true));
        }
        let booked = lifecycle.fold(fact);
        let key = key.clone();
        family.insert(Member { key, lifecycle });
        Ok(booked)
    }

    /// What is known of an order and its refunds, as of the events before these.
    fn load(&self, order: &EntityKey) -> Result<Family, ViewsError> {
        let order = order.to_string();
        // `0` follows `/`: the order itself, and what its key is continued by a slash.
        let mut query = self.tx.prepare_cached(
            "SELECT key, lifecycle FROM entities WHERE key >= ?1 AND key < ?1 || '0'",
        )?;
        let mut rows = query.query([order])?;
        let mut family = Family::default();
        while let Some(row) = rows.next()? {
            let lifecycle = row.get_ref(1)?.as_bytes().unwrap_or_default();
            family.insert(Member {
                key: entity_of(&row.get::<_, String>(0)?)?,
                lifecycle: serde_json::from_slice(lifecycle).map_err(ViewsError::Facts)?,
            });
        }
        Ok(family)
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

fn nets(facts: &[(EntityKey, Fact)]) -> Vec<String> {
    let net = |fact: &Fact| match fact {
        // Sums by account have no failing serializer.
        Fact::Sent(_, sent) => serde_json::to_string(&sent.balance).ok(),
        _ => None,
    };
    facts.iter().filter_map(|(_, fact)| net(fact)).collect()
}

/// The ledgers in which exactly this is held.
fn held_in(tx: &Transaction, key: &EntityKey) -> Result<Vec<LedgerKey>, ViewsError> {
    let mut query = tx.prepare_cached("SELECT ledger FROM holds WHERE entity = ?1")?;
    let ledgers = query.query_and_then([key.to_string()], |row| {
        let key: String = row.get(0)?;
        key.parse().map_err(|_| ViewsError::Value {
            column: "ledger",
            found: key,
        })
    })?;
    ledgers.collect()
}

/// A number as SQLite holds it.
pub(super) fn number(number: u64) -> Result<i64, Refusal> {
    i64::try_from(number).map_err(|_| Refusal::Number(number))
}
