//! The stream between processes: NATS JetStream.

mod batch;
mod check;
mod consumer;
mod failure;
mod guard;
mod identity;
mod link;

mod options;
mod place;
mod publications;
mod publisher;
mod reader;
mod remedy;
mod restore;

use async_nats::{
    header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID},
    jetstream::ErrorCode,
};
use eventlog::{Sequence, Start};
use schemas::{EncodedEvent, EventId};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

pub(crate) use consumer::JetStreamConsumer;
pub use options::{Credentials, JetStreamOptions};
pub(crate) use reader::JetStreamReader;
pub use restore::{RestoreError, Restored, restore};

use crate::{Receipt, StreamError, filter::Filter};
use batch::{MAX_BATCH, message_id};
use failure::{silent, unavailable};
use guard::Guard;
use link::{Link, PublishError};
use publisher::{Job, Publisher};

/// How many jobs wait for the publisher before the callers have to.
const QUEUE: usize = 4096;

/// The stream on a NATS server.
pub(crate) struct JetStream {
    link: Link,
    jobs: mpsc::Sender<Job>,
}

impl JetStream {
    pub(crate) async fn connect(
        options: &JetStreamOptions,
        known: Start,
    ) -> Result<JetStream, StreamError> {
        let link = Link::connect(options, Guard::new(known)).await?;
        place::verify(&link).await?;
        let (jobs, inbox) = mpsc::channel(QUEUE);
        tokio::spawn(Publisher::new(link.clone()).run(inbox));
        Ok(JetStream { link, jobs })
    }

    pub(crate) async fn inspect(options: &JetStreamOptions) -> Result<(), StreamError> {
        Link::inspect(options).await.map(drop)
    }

    pub(crate) async fn publish(&self, event: EncodedEvent) -> Result<Receipt, StreamError> {
        let receipts = self.job(vec![event]).await?;
        receipts.first().copied().ok_or_else(stopped)
    }

    pub(crate) async fn publish_all(
        &self,
        events: Vec<EncodedEvent>,
    ) -> Result<Vec<Receipt>, StreamError> {
        let mut receipts = Vec::with_capacity(events.len());
        let mut events = events.into_iter().peekable();
        while events.peek().is_some() {
            let batch = events.by_ref().take(MAX_BATCH).collect();
            receipts.extend(self.job(batch).await?);
        }
        Ok(receipts)
    }

    async fn job(&self, events: Vec<EncodedEvent>) -> Result<Vec<Receipt>, StreamError> {
        let (reply, answer) = oneshot::channel();
        let asking = async {
            let sent = self.jobs.send(Job { events, reply }).await;
            sent.map_err(|_| stopped())?;
            answer.await.map_err(|_| stopped())?
        };
        match timeout(self.link.timeout, asking).await {
            Ok(answer) => answer,
            Err(_) => Err(silent(self.link.timeout)),
        }
    }

    pub(crate) async fn publish_expecting(
        &self,
        event: EncodedEvent,
        last: Sequence,
    ) -> Result<Receipt, StreamError> {
        let EncodedEvent { id, subject, bytes } = event;
        let mut headers = message_id(id);
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, last.to_string());
        place::verify(&self.link).await?;
        match self.link.publish(subject.clone(), headers, bytes).await {
            Ok(ack) => {
                let sequence = Sequence(ack.sequence);
                if !ack.duplicate {
                    self.link.guard.stored(sequence, id);
                    place::verify(&self.link).await?;
                }
                Ok(Receipt {
                    sequence,
                    duplicate: ack.duplicate,
                })
            }
            Err(PublishError::Server(error))
                if error.error_code() == ErrorCode::STREAM_WRONG_LAST_SEQUENCE
                    || error.error_code() == ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT =>
            {
                match self.original(id, &subject).await? {
                    Some(receipt) => Ok(receipt),
                    None => Err(StreamError::Conflict {
                        subject,
                        expected: last,
                    }),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The receipt of this event, if it is the last one on its subject: beyond
    /// the duplicate window the server takes its copy for a conflict.
    async fn original(&self, id: EventId, subject: &str) -> Result<Option<Receipt>, StreamError> {
        let last = consumer::last_message(&self.link.events, subject).await?;
        Ok(last
            .filter(|message| {
                let found = message.headers.get(NATS_MESSAGE_ID);
                found.is_some_and(|found| found.as_str() == id.to_string())
            })
            .map(|message| Receipt {
                sequence: Sequence(message.sequence),
                duplicate: true,
            }))
    }

    /// The headers of a message count, too; what is published is well within that.
    pub(crate) fn max_event(&self) -> usize {
        self.link.client.server_info().max_payload
    }

    pub(crate) async fn last_sequence_on(&self, subject: &str) -> Result<Sequence, StreamError> {
        let last = consumer::last_message(&self.link.events, subject).await?;
        Ok(Sequence(last.map_or(0, |message| message.sequence)))
    }

    pub(crate) async fn last_sequence(&self) -> Result<Sequence, StreamError> {
        let info = self.link.events.get_info().await.map_err(unavailable)?;
        Ok(Sequence(info.state.last_sequence))
    }

    pub(crate) async fn check(&self, start: Start) -> Result<(), StreamError> {
        place::check(&self.link, start).await?;
        place::verify(&self.link).await
    }

    pub(crate) fn reached(&self) -> Start {
        self.link.guard.reached()
    }

    pub(crate) fn consumer(&self, name: &str, filter: Filter) -> JetStreamConsumer {
        JetStreamConsumer::new(self.link.clone(), name, filter)
    }

    pub(crate) fn reader(&self, start: Start, filter: Filter) -> JetStreamReader {
        JetStreamReader::new(self.link.clone(), start, filter)
    }
}

fn stopped() -> StreamError {
    StreamError::Unavailable("the publisher has stopped".to_owned())
}
