//! A reader whose position is kept on the server, under a name.
//!
//! The position is a message of its own, and not the acknowledgement of a
//! durable consumer: cumulative acknowledgements there would also cover what
//! the server had handed to a process that died with it, and a confirmed one
//! can be lost when the server is killed. This one is as durable as any event.

use std::time::Duration;

use async_nats::{
    HeaderMap,
    jetstream::{self, ErrorCode, stream::LastRawMessageErrorKind},
};

use eventlog::{Delivered, Position, Sequence, Start};

use super::{
    failure::{refused, unavailable},
    link::{Link, POSITION_PREFIX},
    reader::JetStreamReader,
};
use crate::{StreamError, filter::Filter};

pub(crate) struct JetStreamConsumer {
    link: Link,
    /// Where the position is kept.
    subject: String,
    filter: Filter,
    /// None until the position could be read.
    place: Option<Place>,
}

struct Place {
    reader: JetStreamReader,
    acknowledged: Start,
}

impl JetStreamConsumer {
    /// Asks nothing of the server yet: one that is away just now delays the
    /// first batch, and does not keep its consumers from starting.
    pub(crate) fn new(link: Link, name: &str, filter: Filter) -> JetStreamConsumer {
        JetStreamConsumer {
            subject: format!("{POSITION_PREFIX}.{}.{name}", link.stream_name),
            link,
            filter,
            place: None,
        }
    }

    pub(crate) async fn next_batch(
        &mut self,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Delivered>, StreamError> {
        let outcome = self.read(max, wait).await;
        if let Err(StreamError::Misplaced { .. }) = outcome {
            // Whoever puts it right may do so by removing the position.
            self.place = None;
        }
        outcome
    }

    async fn read(&mut self, max: usize, wait: Duration) -> Result<Vec<Delivered>, StreamError> {
        if let Start::AfterSequence(_) = self.place().await?.acknowledged {
            self.take_over().await?;
        }
        self.place().await?.reader.next_batch(max, wait).await
    }

    /// Writes a position that is a number as what it is now.
    async fn take_over(&mut self) -> Result<(), StreamError> {
        let place = self.place().await?;
        place.reader.check().await?;
        let seen = place.reader.seen();
        if let Start::After(position) = seen {
            self.write(&position).await?;
        }
        self.place().await?.acknowledged = seen;
        Ok(())
    }

    pub(crate) async fn ack(&mut self, position: Position) -> Result<(), StreamError> {
        if position.sequence > self.place().await?.acknowledged.sequence() {
            self.write(&position).await?;
            self.place().await?.acknowledged = Start::After(position);
        }
        Ok(())
    }

    async fn write(&self, position: &Position) -> Result<(), StreamError> {
        let text =
            serde_json::to_vec(position).map_err(|error| refused("keep a position", error))?;
        self.link
            .publish(self.subject.clone(), HeaderMap::new(), text)
            .await?;
        Ok(())
    }

    pub(crate) fn rewind(&mut self) {
        if let Some(place) = &mut self.place {
            place.reader.seek(place.acknowledged);
        }
    }

    async fn place(&mut self) -> Result<&mut Place, StreamError> {
        if self.place.is_none() {
            let acknowledged = position(&self.link, &self.subject).await?;
            let filter = self.filter.clone();
            self.place = Some(Place {
                reader: JetStreamReader::new(self.link.clone(), acknowledged, filter),
                acknowledged,
            });
        }
        let missing = || StreamError::Unavailable("there is no position".to_owned());
        self.place.as_mut().ok_or_else(missing)
    }
}

async fn position(link: &Link, subject: &str) -> Result<Start, StreamError> {
    let Some(message) = last_message(&link.positions, subject).await? else {
        return Ok(Start::Beginning);
    };
    parse(&message.payload)
        .ok_or_else(|| refused("read a position", format!("{subject} holds none")))
}

/// A position, or the number of before.
pub(super) fn parse(text: &[u8]) -> Option<Start> {
    if let Ok(position) = serde_json::from_slice(text) {
        return Some(Start::After(position));
    }
    let number = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(match number {
        0 => Start::Beginning,
        number => Start::AfterSequence(Sequence(number)),
    })
}

/// The last message on exactly this subject, as the leader of the stream has it.
pub(super) async fn last_message(
    stream: &jetstream::stream::Stream<()>,
    subject: &str,
) -> Result<Option<jetstream::message::StreamMessage>, StreamError> {
    match stream.get_last_raw_message_by_subject(subject).await {
        Ok(message) => Ok(Some(message)),
        Err(error) => match error.kind() {
            LastRawMessageErrorKind::NoMessageFound => Ok(None),
            LastRawMessageErrorKind::JetStream(error)
                if error.error_code() == ErrorCode::NO_MESSAGE_FOUND =>
            {
                Ok(None)
            }
            LastRawMessageErrorKind::InvalidSubject => Err(refused("read a subject", error)),
            _ => Err(unavailable(error)),
        },
    }
}
