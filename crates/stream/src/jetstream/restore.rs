//! The stream filled from the log, which holds every event too.
//!
//! It becomes the stream that the log has followed: under its id, with the same events in
//! the same order, and ending at the same sequence. The broker may have held copies that
//! the log dropped, so it begins as much later.
//!
//! While it is filled, the stream takes events on other subjects and turns them into
//! their own. So nobody writes between them, and who looks sees that it is not whole.

use async_nats::{
    header::NATS_MESSAGE_ID,
    jetstream::{
        consumer::{AckPolicy, DeliverPolicy, pull},
        stream::{Config, Info, SubjectTransform},
    },
};
use eventlog::{EventLog, LogError, Offset, Position, Sequence, Start, StreamId};
use futures::StreamExt;
use schemas::{EncodedEvent, EventId};

use super::{
    JetStreamOptions, batch, consumer,
    failure::{refused, unavailable},
    identity::{self, KEY, RESTORE},
    link::{self, Link, POSITION_PREFIX},
};
use crate::StreamError;

/// Events in one batch, and messages asked for at once.
const CHUNK: usize = 500;

/// What a restore came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The id of the stream.
    pub stream: StreamId,
    /// Where it ends now.
    pub last: Sequence,
    /// How many events were written to it; 0 if it was whole.
    pub written: u64,
    /// Consumers that had come further than the log, by their subjects: what was between
    /// is lost.
    pub ahead: Vec<String>,
}

/// The stream was not filled from the log.
#[expect(missing_docs, reason = "each message says what it is about")]
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("the log is empty: there is nothing to fill the stream with")]
    Empty,
    #[error(
        "the log holds {events} events, and has followed its stream to {followed} only: what it held before is from another stream, and both cannot be put into one"
    )]
    Mixed { events: u64, followed: Sequence },
    #[error(
        "the stream there is {found}, and the log has followed {expected}: it holds events of its own. If they are not wanted, delete it (nats stream rm) and run this again"
    )]
    OtherStream { expected: StreamId, found: StreamId },
    #[error(
        "the stream holds another event at {sequence} than the log has for it ({expected}): it is not the beginning of the log. If it is not wanted, delete it (nats stream rm) and run this again"
    )]
    OtherEvent {
        sequence: Sequence,
        expected: EventId,
    },
    #[error("somebody else writes to the stream: {expected} was to follow, and became {found}")]
    Disturbed { expected: Sequence, found: Sequence },
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Fills the stream on the broker from the log, or goes on where an earlier try ended.
/// `progress` is told how many of how many events are there.
///
/// An error if the stream holds anything but the beginning of the log, and nothing is
/// changed then.
pub async fn restore(
    options: &JetStreamOptions,
    log: &EventLog,
    mut progress: impl FnMut(u64, u64),
) -> Result<Restored, RestoreError> {
    let goal = Goal::of(log)?;
    let filling = Filling {
        link: Link::look(options).await?,
        options,
        log,
        goal,
    };
    let present = filling.begin().await?;
    if present < goal.events {
        filling.fill(present, &mut progress).await?;
    }
    filling.finish().await?;
    Ok(Restored {
        stream: goal.stream,
        last: goal.sequence(Offset(goal.events)),
        written: goal.events.saturating_sub(present),
        ahead: filling.align_positions().await?,
    })
}

/// What the stream is to be.
#[derive(Debug, Clone, Copy)]
struct Goal {
    stream: StreamId,
    /// The sequence of the log's first event.
    first: Sequence,
    events: u64,
}

impl Goal {
    fn of(log: &EventLog) -> Result<Goal, RestoreError> {
        let events = log.last_offset().0;
        let (stream, end) = match log.followed()? {
            Start::After(position) => (position.stream, position.sequence),
            Start::AfterSequence(sequence) => (log.stream_id(), sequence),
            // The log was the stream itself.
            Start::Beginning => (log.stream_id(), Sequence(events)),
        };
        if events == 0 {
            return Err(RestoreError::Empty);
        }
        let first = end.0.checked_sub(events).map(|before| Sequence(before + 1));
        let first = first.ok_or(RestoreError::Mixed {
            events,
            followed: end,
        })?;
        Ok(Goal {
            stream,
            first,
            events,
        })
    }

    fn sequence(&self, offset: Offset) -> Sequence {
        Sequence(self.first.0 + offset.0 - 1)
    }

    /// How many of the log's events a stream has that ends here.
    fn count(&self, last: Sequence) -> u64 {
        (last.0 + 1).saturating_sub(self.first.0)
    }
}

struct Filling<'a> {
    link: Link,
    options: &'a JetStreamOptions,
    log: &'a EventLog,
    goal: Goal,
}

impl Filling<'_> {
    /// Makes the stream ready to be filled, unless it is whole; returns how many of the
    /// log's events it holds.
    async fn begin(&self) -> Result<u64, RestoreError> {
        let Some(info) = self.find().await? else {
            self.create().await?;
            return Ok(0);
        };
        if info.state.messages == 0 && !self.is_ours(&info) {
            // Somebody who knew of none has begun it.
            let deleted = self.link.context.delete_stream(&self.options.stream_name);
            deleted
                .await
                .map_err(|error| refused("delete the empty stream", error))?;
            self.create().await?;
            return Ok(0);
        }
        let present = self.compare(&info).await?;
        if present < self.goal.events && !identity::is_restoring(&info) {
            self.change(taking_restored(info.config)).await?;
        }
        Ok(present)
    }

    async fn find(&self) -> Result<Option<Info>, StreamError> {
        identity::find(&self.link.context, &self.options.stream_name).await
    }

    /// Whether an earlier try has begun it.
    fn is_ours(&self, info: &Info) -> bool {
        identity::is_restoring(info)
            && identity::of(info) == self.goal.stream
            && info.state.last_sequence + 1 == self.goal.first.0
    }

    async fn create(&self) -> Result<(), StreamError> {
        let mut config = taking_restored(link::events_config(self.options));
        config
            .metadata
            .insert(KEY.to_owned(), self.goal.stream.to_string());
        config.first_sequence = (self.goal.first > Sequence(1)).then_some(self.goal.first.0);
        self.change(config).await
    }

    async fn change(&self, config: Config) -> Result<(), StreamError> {
        identity::ensure(&self.link.context, &config)
            .await
            .map(drop)
    }

    /// Holds the stream against the log, event by event; returns how many they share.
    async fn compare(&self, info: &Info) -> Result<u64, RestoreError> {
        let found = identity::of(info);
        if found != self.goal.stream {
            return Err(RestoreError::OtherStream {
                expected: self.goal.stream,
                found,
            });
        }
        let present = self.goal.count(Sequence(info.state.last_sequence));
        let shared = present.min(self.goal.events);
        let consumer = self.link.events.create_consumer(pull::Config {
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::None,
            headers_only: true,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        });
        let consumer = consumer.await.map_err(unavailable)?;
        let mut done = Offset(0);
        while done.0 < shared {
            let messages = consumer.fetch().max_messages(CHUNK).messages().await;
            let mut messages = messages.map_err(unavailable)?;
            let before = done;
            while done.0 < shared
                && let Some(message) = messages.next().await
            {
                let message = message.map_err(unavailable)?;
                done = done.next();
                self.compare_event(done, &message)?;
            }
            if done == before {
                return Err(unavailable("the stream ends before it should").into());
            }
        }
        Ok(shared)
    }

    fn compare_event(
        &self,
        offset: Offset,
        message: &async_nats::jetstream::Message,
    ) -> Result<(), RestoreError> {
        let sequence = self.goal.sequence(offset);
        let at = message.info().map_err(unavailable)?.stream_sequence;
        let id = message.headers.as_ref();
        let id = id.and_then(|headers| headers.get(NATS_MESSAGE_ID));
        let id = id.and_then(|id| id.as_str().parse().ok());
        let expected = self.log.get(offset)?.map(|record| record.event.id);
        match expected {
            Some(expected) if id != Some(expected) || at != sequence.0 => {
                Err(RestoreError::OtherEvent { sequence, expected })
            }
            _ => Ok(()),
        }
    }

    async fn fill(
        &self,
        present: u64,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<(), RestoreError> {
        let mut done = Offset(present);
        while done.0 < self.goal.events {
            let records = self.log.read(done.next(), CHUNK)?;
            let events: Vec<EncodedEvent> = records
                .into_iter()
                .map(|record| EncodedEvent {
                    subject: format!("{RESTORE}{}", record.event.subject),
                    ..record.event
                })
                .collect();
            let expected = self.goal.sequence(done.next());
            let found = batch::publish(&self.link, &events).await;
            let found = found.map_err(StreamError::from)?;
            if found != expected {
                return Err(RestoreError::Disturbed { expected, found });
            }
            done = Offset(done.0 + events.len() as u64);
            progress(done.0, self.goal.events);
        }
        Ok(())
    }

    /// Lets the services write to it again.
    async fn finish(&self) -> Result<(), RestoreError> {
        match self.find().await? {
            Some(info) if identity::is_restoring(&info) => {
                let config = Config {
                    first_sequence: info.config.first_sequence,
                    metadata: info.config.metadata,
                    ..link::events_config(self.options)
                };
                Ok(self.change(without_own_keys(config)).await?)
            }
            _ => Ok(()),
        }
    }

    /// Where a copy was dropped, an event has another place than it had: positions follow
    /// their event. Returns those whose event the log does not hold.
    async fn align_positions(&self) -> Result<Vec<String>, RestoreError> {
        let name = link::positions_name(&self.options.stream_name);
        if identity::find(&self.link.context, &name).await?.is_none() {
            return Ok(Vec::new());
        }
        let mut ahead = Vec::new();
        for subject in self.position_subjects().await? {
            let Some(message) = consumer::last_message(&self.link.positions, &subject).await?
            else {
                continue;
            };
            let Some(Start::After(position)) = consumer::parse(&message.payload) else {
                continue;
            };
            if position.stream != self.goal.stream {
                continue;
            }
            match self.log.find(position.event)? {
                None => ahead.push(subject),
                Some(offset) if self.goal.sequence(offset) != position.sequence => {
                    let sequence = self.goal.sequence(offset);
                    self.move_position(
                        subject,
                        Position {
                            sequence,
                            ..position
                        },
                    )
                    .await?;
                }
                Some(_) => {}
            }
        }
        Ok(ahead)
    }

    async fn position_subjects(&self) -> Result<Vec<String>, StreamError> {
        let filter = format!("{POSITION_PREFIX}.{}.*", self.options.stream_name);
        let info = self.link.positions.info_with_subjects(filter).await;
        let mut info = info.map_err(unavailable)?;
        let mut subjects = Vec::new();
        while let Some(subject) = info.next().await {
            subjects.push(subject.map_err(unavailable)?.0);
        }
        Ok(subjects)
    }

    async fn move_position(&self, subject: String, to: Position) -> Result<(), StreamError> {
        let text = serde_json::to_vec(&to).map_err(|error| refused("keep a position", error))?;
        let published = self.link.publish(subject, Default::default(), text).await;
        Ok(published.map(drop)?)
    }
}

/// The configuration of a stream that is being filled.
fn taking_restored(config: Config) -> Config {
    without_own_keys(Config {
        subjects: vec![format!("{RESTORE}>")],
        subject_transform: Some(SubjectTransform {
            source: format!("{RESTORE}>"),
            destination: ">".to_owned(),
        }),
        ..config
    })
}

/// The server writes its own keys anew.
fn without_own_keys(mut config: Config) -> Config {
    config
        .metadata
        .retain(|key, _| !key.starts_with(identity::SERVERS_OWN));
    config
}
