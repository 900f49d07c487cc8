//! Reads the stream from a position on, in order and without gaps.
//!
//! The reader keeps its own position, and asks an ephemeral consumer for what
//! follows. Whenever it cannot be sure that everything it asked for has arrived
//! (the connection was made anew, a request was given up half-way, a delivery is
//! missing), it drops that consumer and begins another one at its position. So
//! nothing is ever delivered out of order.
//!
//! Each time it begins at a position, it looks whether the stream there is the one
//! that it has followed: the same id, not shorter, and with the same event there.
//! A number alone would go on in any stream.

use std::time::Duration;

use async_nats::{
    header::NATS_MESSAGE_ID,
    jetstream::{
        self,
        consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull},
        stream::ConsumerErrorKind,
    },
};
use eventlog::{Delivered, Sequence, Start, StreamId};
use futures::StreamExt;
use schemas::EncodedEvent;
use tokio::time::{Instant, sleep, timeout};

use super::{
    failure::{is_passing, refused, unavailable},
    link::Link,
    place,
};
use crate::{StreamError, filter::Filter, numbers::BATCH_BYTES};

/// The server forgets a consumer that was not asked for so long.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(300);
/// How much longer than asked an answer may take before it counts as lost.
const GRACE: Duration = Duration::from_secs(2);
const RETRY_PAUSE: Duration = Duration::from_millis(50);

pub(crate) struct JetStreamReader {
    link: Link,
    filter: Filter,
    /// The last event that was delivered, or where reading began.
    seen: Start,
    source: Option<Source>,
}

/// An ephemeral consumer on the server.
struct Source {
    consumer: PullConsumer,
    /// The stream that it reads.
    stream: StreamId,
    /// The connection on which it was made.
    generation: u64,
    /// How many messages it has delivered.
    delivered: u64,
    /// A request was begun and not seen to its end.
    asking: bool,
    /// What one request answers at most, in bytes: a largest message at least.
    most_bytes: usize,
}

/// What the answers to a request came to.
struct Pulled {
    messages: Vec<jetstream::Message>,
    /// The server said that this is all.
    complete: bool,
}

impl JetStreamReader {
    pub(crate) fn new(link: Link, seen: Start, filter: Filter) -> JetStreamReader {
        JetStreamReader {
            link,
            filter,
            seen,
            source: None,
        }
    }

    /// Begins again elsewhere.
    pub(crate) fn seek(&mut self, seen: Start) {
        self.seen = seen;
        self.source = None;
    }

    /// Where it goes on.
    pub(crate) fn seen(&self) -> Start {
        self.seen
    }

    /// Looks whether the stream is the one that was read so far, and that this process
    /// knows; returns its id. A start that is a number becomes the position of the event
    /// there.
    pub(crate) async fn check(&mut self) -> Result<StreamId, StreamError> {
        let place = place::check(&self.link, self.seen).await?;
        place::verify(&self.link).await?;
        self.seen = place.start;
        Ok(place.stream)
    }

    pub(crate) async fn next_batch(
        &mut self,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Delivered>, StreamError> {
        let deadline = Instant::now() + wait;
        loop {
            let problem = match self.attempt(max, deadline).await {
                Ok(Some(batch)) => return Ok(batch),
                Ok(None) => StreamError::Unavailable("the connection was interrupted".to_owned()),
                Err(error @ StreamError::Unavailable(_)) => error,
                Err(error) => return Err(error),
            };
            self.source = None;
            if Instant::now() + RETRY_PAUSE >= deadline {
                return Err(problem);
            }
            sleep(RETRY_PAUSE).await;
        }
    }

    /// Nothing, if it is not certain that nothing was lost on the way.
    async fn attempt(
        &mut self,
        max: usize,
        deadline: Instant,
    ) -> Result<Option<Vec<Delivered>>, StreamError> {
        self.link.connected(deadline).await?;
        let generation = self.link.generation();
        let usable = |source: &Source| source.generation == generation && !source.asking;
        if !self.source.as_ref().is_some_and(usable) {
            let stream = self.check().await?;
            let consumer = self.create().await?;
            self.source = Some(Source {
                consumer,
                stream,
                generation,
                delivered: 0,
                asking: false,
                most_bytes: BATCH_BYTES.max(2 * self.link.client.server_info().max_payload),
            });
        }
        let Some(source) = &mut self.source else {
            return Ok(None);
        };
        source.asking = true;
        let mut pulled = source.pull(max, Duration::ZERO).await?;
        if pulled.complete && pulled.messages.is_empty() && max > 0 {
            let wait = deadline.saturating_duration_since(Instant::now());
            if wait >= Duration::from_millis(1) {
                pulled = source.pull(1, wait).await?;
            }
            if pulled.complete && !pulled.messages.is_empty() && max > 1 {
                let more = source.pull(max - 1, Duration::ZERO).await?;
                pulled.messages.extend(more.messages);
                pulled.complete = more.complete;
            }
        }
        let whole = pulled.complete && self.link.generation() == generation;
        let Some(batch) = source.accept(pulled.messages) else {
            return Ok(None);
        };
        source.asking = !whole;
        match batch.last() {
            Some(last) => {
                self.link.guard.read(last.position());
                self.seen = Start::After(last.position());
            }
            None if !whole => return Ok(None),
            None => {}
        }
        Ok(Some(batch))
    }

    async fn create(&self) -> Result<PullConsumer, StreamError> {
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: self.seen.sequence().next().0,
            },
            ack_policy: AckPolicy::None,
            filter_subjects: self.filter.patterns().to_vec(),
            inactive_threshold: FORGOTTEN_AFTER,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let created = self.link.events.create_consumer(config).await;
        created.map_err(|error| match error.kind() {
            ConsumerErrorKind::JetStream(error) if !is_passing(&error) => refused("read", error),
            _ => unavailable(error),
        })
    }
}

impl Source {
    /// At most `max` messages: those that are there, or, with a `wait`, those that come.
    async fn pull(&self, max: usize, wait: Duration) -> Result<Pulled, StreamError> {
        let mut pulled = Pulled {
            messages: Vec::new(),
            complete: false,
        };
        let answers = if wait.is_zero() {
            self.consumer
                .fetch()
                .max_messages(max)
                .max_bytes(self.most_bytes)
                .messages()
                .await
        } else {
            self.consumer
                .batch()
                .max_messages(max)
                .max_bytes(self.most_bytes)
                .expires(wait)
                .messages()
                .await
        };
        let mut answers = answers.map_err(unavailable)?;
        let collect = async {
            while pulled.messages.len() < max {
                match answers.next().await {
                    Some(Ok(message)) => pulled.messages.push(message),
                    Some(Err(error)) => return Err(unavailable(error)),
                    None => break,
                }
            }
            Ok(())
        };
        match timeout(wait + GRACE, collect).await {
            Ok(Ok(())) => pulled.complete = true,
            Ok(Err(error)) if pulled.messages.is_empty() => return Err(error),
            Ok(Err(_)) | Err(_) => {}
        }
        Ok(pulled)
    }

    /// The events in the messages, if none is missing between them.
    fn accept(&mut self, messages: Vec<jetstream::Message>) -> Option<Vec<Delivered>> {
        let mut batch = Vec::with_capacity(messages.len());
        for message in messages {
            let info = message.info().ok()?;
            if info.consumer_sequence != self.delivered + 1 {
                return None;
            }
            self.delivered = info.consumer_sequence;
            let sequence = Sequence(info.stream_sequence);
            match event(&message) {
                Some(event) => batch.push(Delivered {
                    stream: self.stream,
                    sequence,
                    event,
                }),
                // Someone else wrote to our subjects. It is not ours to handle,
                // and must not stop what is.
                None => tracing::error!(
                    %sequence,
                    subject = %message.subject,
                    "a message of the stream has no event id and is passed over"
                ),
            }
        }
        Some(batch)
    }
}

fn event(message: &jetstream::Message) -> Option<EncodedEvent> {
    let id = message.headers.as_ref()?.get(NATS_MESSAGE_ID)?;
    Some(EncodedEvent {
        id: id.as_str().parse().ok()?,
        subject: message.subject.to_string(),
        bytes: message.payload.to_vec(),
    })
}
