//! The stream, whichever carries it.

use std::{path::Path, sync::Arc, time::Duration};

use eventlog::{EventLog, Position, Sequence, Start};
use schemas::EncodedEvent;

use crate::{
    Delivered, Misplaced, Receipt, StreamError,
    embedded::{self, EmbeddedConsumer, EmbeddedReader},
    filter::Filter,
    jetstream::{JetStream, JetStreamConsumer, JetStreamOptions, JetStreamReader},
    numbers,
};

/// Publishes and consumes events. Clones share one connection.
#[derive(Clone)]
pub struct Stream(Carrier);

#[derive(Clone)]
enum Carrier {
    JetStream(Arc<JetStream>),
    Embedded(EventLog),
}

/// Consumes under a name: what is acknowledged stays done across restarts.
/// Only one process at a time may consume under a name.
pub struct Consumer(ConsumerCarrier);

enum ConsumerCarrier {
    JetStream(Box<JetStreamConsumer>),
    Embedded(Box<EmbeddedConsumer>),
}

/// Reads from a position on, and follows the tail. The caller keeps the position.
pub struct Reader(ReaderCarrier);

enum ReaderCarrier {
    JetStream(Box<JetStreamReader>),
    Embedded(Box<EmbeddedReader>),
}

impl Stream {
    /// Connects to the broker, creates the stream there or checks it, and checks
    /// that the server is one on which an acknowledged event is safe.
    pub async fn connect(options: &JetStreamOptions) -> Result<Stream, StreamError> {
        Stream::connect_at(options, Start::Beginning).await
    }

    /// The same for a process that has seen the stream before, up to `known`. From then on
    /// nothing is written to a stream that does not hold what was seen, nor read from it;
    /// and one that is gone is not begun anew.
    pub async fn connect_at(
        options: &JetStreamOptions,
        known: Start,
    ) -> Result<Stream, StreamError> {
        let stream = JetStream::connect(options, known).await?;
        Ok(Stream(Carrier::JetStream(Arc::new(stream))))
    }

    /// Checks that the broker is there and one on which an acknowledged event is safe,
    /// and changes nothing.
    pub async fn inspect(options: &JetStreamOptions) -> Result<(), StreamError> {
        JetStream::inspect(options).await
    }

    /// Opens the stream that the log of a data folder carries inside this process, of
    /// which was seen what is `known`. Where nothing is and there is no log, one begins.
    pub fn open_embedded(data_dir: &Path, known: Start) -> Result<Stream, StreamError> {
        if known != Start::Beginning && !eventlog::folder(data_dir).is_dir() {
            return Err(embedded::misplaced(Misplaced::ends_before(
                known.sequence(),
            )));
        }
        let log = EventLog::open_in(data_dir)?;
        embedded::check(&log, known)?;
        Ok(Stream::embedded(log))
    }

    /// The same, but where there is no log, none begins, and there is no stream.
    pub fn open_existing(data_dir: &Path, known: Start) -> Result<Option<Stream>, StreamError> {
        match known != Start::Beginning || eventlog::folder(data_dir).is_dir() {
            true => Stream::open_embedded(data_dir, known).map(Some),
            false => Ok(None),
        }
    }

    /// The stream inside this process, carried by the log.
    pub fn embedded(log: EventLog) -> Stream {
        Stream(Carrier::Embedded(log))
    }

    /// The largest event that can be published, in bytes: all of them go into the log,
    /// and through the server where there is one (its `max_payload`).
    pub fn max_event(&self) -> usize {
        match &self.0 {
            Carrier::JetStream(stream) => stream.max_event().min(EventLog::MAX_EVENT),
            Carrier::Embedded(_) => EventLog::MAX_EVENT,
        }
    }

    /// Publishes one event; returns when it is durable. Events published at the
    /// same time share the cost of becoming durable.
    pub async fn publish(&self, event: EncodedEvent) -> Result<Receipt, StreamError> {
        match &self.0 {
            Carrier::JetStream(stream) => stream.publish(event).await,
            Carrier::Embedded(log) => Ok(log.append(event).await?.into()),
        }
    }

    /// Publishes events in this order. On an error some of the first may have
    /// been stored: publish all of them again, the ids see to the rest.
    pub async fn publish_all(
        &self,
        events: Vec<EncodedEvent>,
    ) -> Result<Vec<Receipt>, StreamError> {
        match &self.0 {
            Carrier::JetStream(stream) => stream.publish_all(events).await,
            Carrier::Embedded(log) => {
                let appended = log.append_all(events).await?;
                Ok(appended.into_iter().map(Receipt::from).collect())
            }
        }
    }

    /// Publishes the event if its subject ends at sequence `last` (0: has none
    /// yet), [`StreamError::Conflict`] otherwise. If the id is known, the
    /// receipt is that of the original.
    pub async fn publish_expecting(
        &self,
        event: EncodedEvent,
        last: Sequence,
    ) -> Result<Receipt, StreamError> {
        match &self.0 {
            Carrier::JetStream(stream) => stream.publish_expecting(event, last).await,
            Carrier::Embedded(log) => {
                let last = numbers::offset(last);
                Ok(log.append_expecting(event, last).await?.into())
            }
        }
    }

    /// The last sequence on exactly this subject, 0 if there is none.
    pub async fn last_sequence_on(&self, subject: &str) -> Result<Sequence, StreamError> {
        match &self.0 {
            Carrier::JetStream(stream) => stream.last_sequence_on(subject).await,
            Carrier::Embedded(log) => Ok(numbers::sequence(log.last_offset_on(subject)?)),
        }
    }

    /// The last sequence of all, 0 if there is none.
    pub async fn last_sequence(&self) -> Result<Sequence, StreamError> {
        match &self.0 {
            Carrier::JetStream(stream) => stream.last_sequence().await,
            Carrier::Embedded(log) => Ok(numbers::sequence(log.last_offset())),
        }
    }

    /// Consumes the subjects that match one of the filters (none: all of them),
    /// from after the last event acknowledged under this name. If the stream is not
    /// the one in which that was, or was set back, the first batch says so.
    pub async fn consumer(&self, name: &str, filters: &[&str]) -> Result<Consumer, StreamError> {
        check_name(name)?;
        let filter = Filter::new(filters);
        Ok(Consumer(match &self.0 {
            Carrier::JetStream(stream) => {
                ConsumerCarrier::JetStream(Box::new(stream.consumer(name, filter)))
            }
            Carrier::Embedded(log) => ConsumerCarrier::Embedded(Box::new(EmbeddedConsumer::new(
                log.clone(),
                name,
                filter,
            )?)),
        }))
    }

    /// Reads the subjects that match one of the filters (none: all of them),
    /// from `start` on. If the stream is not the one in which that position was
    /// reached, or was set back, the first batch says so, and any after the broker
    /// was away.
    pub async fn reader(&self, start: Start, filters: &[&str]) -> Result<Reader, StreamError> {
        let filter = Filter::new(filters);
        Ok(Reader(match &self.0 {
            Carrier::JetStream(stream) => {
                ReaderCarrier::JetStream(Box::new(stream.reader(start, filter)))
            }
            Carrier::Embedded(log) => {
                ReaderCarrier::Embedded(Box::new(EmbeddedReader::new(log.clone(), start, filter)))
            }
        }))
    }

    /// Looks whether this is the stream in which `start` was reached, and holds it
    /// still. A reader does so by itself; this is for whoever acts before it reads.
    pub async fn check(&self, start: Start) -> Result<(), StreamError> {
        match &self.0 {
            Carrier::JetStream(stream) => stream.check(start).await,
            Carrier::Embedded(log) => embedded::check(log, start),
        }
    }

    /// The last event that this process has seen of the stream, read or written.
    pub fn reached(&self) -> Result<Start, StreamError> {
        match &self.0 {
            Carrier::JetStream(stream) => Ok(stream.reached()),
            Carrier::Embedded(log) => Ok(embedded::end(log)?),
        }
    }

    /// The log, if it is what carries the stream.
    pub fn log(&self) -> Option<&EventLog> {
        match &self.0 {
            Carrier::JetStream(_) => None,
            Carrier::Embedded(log) => Some(log),
        }
    }
}

impl Consumer {
    /// The next events, at most `max`; none if nothing came within `wait`.
    pub async fn next_batch(
        &mut self,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Delivered>, StreamError> {
        match &mut self.0 {
            ConsumerCarrier::JetStream(consumer) => consumer.next_batch(max, wait).await,
            ConsumerCarrier::Embedded(consumer) => consumer.next_batch(max, wait).await,
        }
    }

    /// Everything up to the event at this position is done and need not come again.
    pub async fn ack(&mut self, position: Position) -> Result<(), StreamError> {
        match &mut self.0 {
            ConsumerCarrier::JetStream(consumer) => consumer.ack(position).await,
            ConsumerCarrier::Embedded(consumer) => consumer.ack(position).await,
        }
    }

    /// Goes back to the last acknowledgement: everything after it comes again,
    /// as it would after a restart.
    pub fn rewind(&mut self) {
        match &mut self.0 {
            ConsumerCarrier::JetStream(consumer) => consumer.rewind(),
            ConsumerCarrier::Embedded(consumer) => consumer.rewind(),
        }
    }
}

impl Reader {
    /// The next events, at most `max`; none if nothing came within `wait`.
    pub async fn next_batch(
        &mut self,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Delivered>, StreamError> {
        match &mut self.0 {
            ReaderCarrier::JetStream(reader) => reader.next_batch(max, wait).await,
            ReaderCarrier::Embedded(reader) => reader.next_batch(max, wait).await,
        }
    }
}

/// A name is a token of a subject.
fn check_name(name: &str) -> Result<(), StreamError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(fits) {
        return Ok(());
    }
    Err(StreamError::Refused {
        operation: "consume",
        reason: format!("`{name}` is not a name: use letters, digits, `-` and `_`"),
    })
}
