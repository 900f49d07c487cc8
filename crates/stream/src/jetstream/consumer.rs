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

use super::{
    link::{Link, POSITION_PREFIX, refused, unavailable},
    reader::JetStreamReader,
};
use crate::{Delivered, StreamError, filter::Filter};

pub struct JetStreamConsumer {
    link: Link,
    /// Where the position is kept.
    subject: String,
    filter: Filter,
    /// None until the position could be read.
    place: Option<Place>,
}

struct Place {
    reader: JetStreamReader,
    acknowledged: u64,
}

impl JetStreamConsumer {
    /// Asks nothing of the server yet: one that is away just now delays the
    /// first batch, and does not keep its consumers from starting.
    pub fn new(link: Link, stream_name: &str, name: &str, filter: Filter) -> JetStreamConsumer {
        JetStreamConsumer {
            link,
            subject: format!("{POSITION_PREFIX}.{stream_name}.{name}"),
            filter,
            place: None,
        }
    }

    pub async fn next_batch(
        &mut self,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Delivered>, StreamError> {
        self.place().await?.reader.next_batch(max, wait).await
    }

    pub async fn ack(&mut self, offset: u64) -> Result<(), StreamError> {
        if offset > self.place().await?.acknowledged {
            let position = offset.to_string().into_bytes();
            self.link
                .publish(self.subject.clone(), HeaderMap::new(), position)
                .await?;
            self.place().await?.acknowledged = offset;
        }
        Ok(())
    }

    pub fn rewind(&mut self) {
        if let Some(place) = &mut self.place {
            place.reader.seek(place.acknowledged + 1);
        }
    }

    async fn place(&mut self) -> Result<&mut Place, StreamError> {
        if self.place.is_none() {
            let acknowledged = position(&self.link, &self.subject).await?;
            let filter = self.filter.clone();
            self.place = Some(Place {
                reader: JetStreamReader::new(self.link.clone(), acknowledged + 1, filter),
                acknowledged,
            });
        }
        let missing = || StreamError::Unavailable("there is no position".to_owned());
        self.place.as_mut().ok_or_else(missing)
    }
}

async fn position(link: &Link, subject: &str) -> Result<u64, StreamError> {
    match last_message(&link.positions, subject).await? {
        None => Ok(0),
        Some(message) => std::str::from_utf8(&message.payload)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| refused("read a position", format!("{subject} holds no number"))),
    }
}

/// The last message on exactly this subject, as the leader of the stream has it.
pub async fn last_message(
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
