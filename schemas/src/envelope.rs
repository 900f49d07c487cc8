//! The envelope of every event: CloudEvents 1.0 in JSON.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{About, DecodeError, EntityKey, EventId, EventType, Payload, Writer, schema_names};

const SPECVERSION: &str = "1.0";
const CONTENT_TYPE: &str = "application/json";

/// Something that happened, as the services write and read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What makes it the same fact: copies have the same.
    pub id: EventId,
    /// Who wrote it: `counterfoil/ingest`, `counterfoil/mapper`, …
    pub source: String,
    /// When it happened. Derived events carry the time of their cause, so that
    /// a replay writes the same bytes.
    pub time: Timestamp,
    /// What it is about: an order (`us/1001`), a refund, or a batch.
    pub subject: String,
    /// The event that this one follows from.
    pub causation: Option<EventId>,
    /// The whole story it belongs to: the order that started it, `us/1001`.
    pub correlation: String,
    /// Events with one partition key are handled in the order they were written.
    pub partition_key: String,
    /// What it says.
    pub payload: Payload,
}

/// An event in the bytes that the stream and the log keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedEvent {
    /// The event's id, which is the `Nats-Msg-Id` too.
    pub id: EventId,
    /// The stream's subject, `order.received.us`.
    pub subject: String,
    /// The envelope as JSON.
    pub bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    specversion: &'a str,
    id: EventId,
    source: std::borrow::Cow<'a, str>,
    #[serde(rename = "type")]
    kind: &'a str,
    time: Timestamp,
    subject: std::borrow::Cow<'a, str>,
    dataschema: std::borrow::Cow<'a, str>,
    datacontenttype: &'a str,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causationid: Option<EventId>,
    correlationid: std::borrow::Cow<'a, str>,
    partitionkey: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    data: std::borrow::Cow<'a, RawValue>,
}

impl Event {
    /// The event that says this. Its id, what it is about, its story, its partition
    /// and, where the payload names it, its cause follow from what it says.
    pub fn of(writer: Writer, time: Timestamp, says: impl Into<Payload>) -> Event {
        let payload = says.into();
        let about = payload.about();
        let causation = payload.cause();
        Event {
            id: payload.id(causation),
            source: writer.as_str().to_owned(),
            time,
            subject: about.subject(),
            causation,
            correlation: about.correlation(),
            partition_key: about.partition_key(),
            payload,
        }
    }

    /// The event that says this because of `cause`: of the same story and time, so
    /// that a replay writes the same bytes.
    pub fn following(cause: &Event, writer: Writer, says: impl Into<Payload>) -> Event {
        let payload = says.into();
        Event {
            id: payload.id(Some(cause.id)),
            source: writer.as_str().to_owned(),
            time: cause.time,
            subject: cause.subject.clone(),
            causation: Some(cause.id),
            correlation: cause.correlation.clone(),
            partition_key: cause.partition_key.clone(),
            payload,
        }
    }

    /// The same event, caused by `cause`, at its own time.
    pub fn caused_by(mut self, cause: EventId) -> Event {
        self.id = self.payload.id(Some(cause));
        self.causation = Some(cause);
        self
    }

    /// The same event, as part of the story of this order or refund: for what its
    /// writer knows to concern one alone, where the payload does not say so.
    pub fn about(mut self, entity: &EntityKey) -> Event {
        let about = About::Entity(entity.clone());
        self.subject = about.subject();
        self.correlation = about.correlation();
        self.partition_key = about.partition_key();
        self
    }

    /// The bytes of the event: compact JSON, members in a fixed order.
    pub fn encode(&self) -> EncodedEvent {
        let kind = self.payload.event_type();
        let wire = Wire {
            specversion: SPECVERSION,
            id: self.id,
            source: self.source.as_str().into(),
            kind: kind.as_str(),
            time: self.time,
            subject: self.subject.as_str().into(),
            dataschema: kind.dataschema().into(),
            datacontenttype: CONTENT_TYPE,
            causationid: self.causation,
            correlationid: self.correlation.as_str().into(),
            partitionkey: self.partition_key.as_str().into(),
            data: std::borrow::Cow::Owned(self.payload.to_json()),
        };
        EncodedEvent {
            id: self.id,
            subject: self.payload.subject(),
            bytes: serde_json::to_vec(&wire).expect("the envelope has only string keys"),
        }
    }

    /// Reads an event of any version this crate knows.
    pub fn decode(bytes: &[u8]) -> Result<Event, DecodeError> {
        let wire: Wire = serde_json::from_slice(bytes).map_err(DecodeError::Envelope)?;
        let kind: EventType = wire.kind.parse()?;
        Ok(Event {
            id: wire.id,
            source: wire.source.into_owned(),
            time: wire.time,
            subject: wire.subject.into_owned(),
            causation: wire.causationid,
            correlation: wire.correlationid.into_owned(),
            partition_key: wire.partitionkey.into_owned(),
            payload: Payload::read(kind, &wire.dataschema, &wire.data)?,
        })
    }
}

impl EncodedEvent {
    /// Reads the event, of any version this crate knows.
    pub fn decode(&self) -> Result<Event, DecodeError> {
        Event::decode(&self.bytes)
    }

    /// The version that the event is written in.
    pub fn version(&self) -> Result<u32, DecodeError> {
        let wire: Wire = serde_json::from_slice(&self.bytes).map_err(DecodeError::Envelope)?;
        let kind: EventType = wire.kind.parse()?;
        schema_names::number(kind, &wire.dataschema)
    }

    /// The type of the event, by its subject; none if this crate does not know it.
    pub fn event_type(&self) -> Option<EventType> {
        EventType::on(&self.subject)
    }
}
