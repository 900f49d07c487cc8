//! Following the stream in batches, until shut down.
//!
//! A follower reads a batch, hands it to its owner, and goes on when that is done with
//! it. While the stream is away, or is not the one in which its position was reached, it
//! says so, waits, and takes up where it was. When asked to stop it begins no further
//! batch, and finishes the one in hand.

use std::time::Duration;

use schemas::causes;
use stream::{Consumer, Delivered, Position, Reader, Start, Stream, StreamError};
use tokio_util::sync::CancellationToken;

use crate::health::Component;

/// The pause before the stream is tried again.
pub const PAUSE: Duration = Duration::from_secs(1);

/// How the stream is followed.
#[derive(Clone, Copy)]
pub struct Follower<'a> {
    /// What is followed.
    pub stream: &'a Stream,
    /// Shows whether it can be.
    pub health: &'a Component,
    /// Ends it.
    pub shutdown: &'a CancellationToken,
    /// How much is handed over at once.
    pub pace: Pace,
}

/// How much of the stream is handed over at once.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The most events of a batch.
    pub most: usize,
    /// How long the first event of a batch is waited for, before all is looked at anew.
    pub wait: Duration,
    /// For how long what comes after the first is waited for, where what comes within a
    /// moment is better handled together.
    pub moment: Option<Duration>,
}

/// Why a batch was not done. It comes again, now or after the next start.
#[derive(Debug)]
pub enum Undone<E> {
    /// The stream failed. The batch is tried again after a pause.
    Stream(StreamError),
    /// The shutdown did not leave the time.
    Stopped,
    /// It cannot go on.
    Failed(E),
}

impl<E> From<StreamError> for Undone<E> {
    fn from(error: StreamError) -> Undone<E> {
        Undone::Stream(error)
    }
}

/// Says that the stream is away, in the log and by the component that needs it.
pub fn stream_is_away(health: &Component, error: &StreamError) {
    if let StreamError::Misplaced { .. } = error {
        tracing::error!(component = health.name(), %error, "the stream is not the one that was followed: nothing is done");
        return health.failing(error.to_string());
    }
    let error = causes(error);
    tracing::warn!(component = health.name(), %error, "the stream is away; trying again");
    health.failing(format!("the stream is away: {error}"));
}

impl Follower<'_> {
    /// Consumes the subjects of `filters` under a name. What `handle` has done is
    /// acknowledged, and does not come again. Whatever fails of the stream is tried
    /// again.
    ///
    /// An error if there can be no consumer of this name, or one of `handle`.
    pub async fn consume<F, E>(
        self,
        name: &str,
        filters: &[&str],
        handle: impl FnMut(Vec<Delivered>) -> F,
    ) -> Result<(), E>
    where
        F: Future<Output = Result<(), Undone<E>>>,
        E: From<StreamError>,
    {
        let consumer = self.stream.consumer(name, filters).await?;
        self.follow(consumer, handle).await
    }

    /// Reads all of the stream from after `position`, which `handle` moves on with what
    /// it does. While the stream is away it is tried again, from the position anew; and
    /// while it is not the one in which the position was reached, until that is put
    /// right. Any other error of the stream ends it, like one of `handle`.
    pub async fn read<F, E>(
        self,
        position: impl Fn() -> Result<Start, StreamError> + Send + Sync,
        handle: impl FnMut(Vec<Delivered>) -> F,
    ) -> Result<(), E>
    where
        F: Future<Output = Result<(), Undone<E>>>,
        E: From<StreamError>,
    {
        let reader = PositionedReader {
            stream: self.stream,
            position,
            reader: None,
        };
        self.follow(reader, handle).await
    }

    async fn follow<S, F, E>(
        &self,
        mut source: S,
        mut handle: impl FnMut(Vec<Delivered>) -> F,
    ) -> Result<(), E>
    where
        S: Source,
        F: Future<Output = Result<(), Undone<E>>>,
        E: From<StreamError>,
    {
        while let Some(read) = self.or_stopped(self.gather(&mut source)).await {
            let done = match read {
                Ok(batch) => match batch.last().map(Delivered::position) {
                    None => Ok(()),
                    Some(last) => match handle(batch).await {
                        Ok(()) => self.acknowledge(&mut source, last).await,
                        undone => undone,
                    },
                },
                Err(error) => Err(Undone::Stream(error)),
            };
            match done {
                Ok(()) => self.health.ok(),
                Err(Undone::Stream(error)) if S::is_passing(&error) => {
                    source.rewind();
                    self.wait_out(&error).await;
                }
                Err(Undone::Stream(error)) => return Err(error.into()),
                Err(Undone::Stopped) => break,
                Err(Undone::Failed(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// A batch, and what comes within the moment after it.
    async fn gather(&self, source: &mut impl Source) -> Result<Vec<Delivered>, StreamError> {
        let Pace { most, wait, moment } = self.pace;
        let mut batch = source.next_batch(most, wait).await?;
        let Some(moment) = moment.filter(|_| !batch.is_empty() && batch.len() < most) else {
            return Ok(batch);
        };
        tokio::time::sleep(moment).await;
        // What cannot be had now comes with the next batch. An error must not cost us
        // those in hand: the source is past them and would not hand them out again.
        let room = most - batch.len();
        match source.next_batch(room, Duration::from_millis(1)).await {
            Ok(more) => batch.extend(more),
            Err(error) => {
                tracing::debug!(error = %causes(&error), "no more of this moment can be read");
            }
        }
        Ok(batch)
    }

    /// Acknowledges what is done; with patience, so that it is not done again because
    /// the stream is away just now.
    async fn acknowledge<E>(
        &self,
        source: &mut impl Source,
        last: Position,
    ) -> Result<(), Undone<E>> {
        while let Err(error) = source.acknowledge(last).await {
            if self.shutdown.is_cancelled() {
                return Err(Undone::Stopped);
            }
            self.wait_out(&error).await;
        }
        Ok(())
    }

    async fn wait_out(&self, error: &StreamError) {
        stream_is_away(self.health, error);
        self.or_stopped(tokio::time::sleep(PAUSE)).await;
    }

    /// What the work comes to; none if it was to stop before.
    async fn or_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.shutdown.cancelled() => None,
            done = work => Some(done),
        }
    }
}

/// What batches come from.
trait Source {
    fn next_batch(
        &mut self,
        most: usize,
        wait: Duration,
    ) -> impl Future<Output = Result<Vec<Delivered>, StreamError>> + Send;

    /// All up to this position is done.
    fn acknowledge(
        &mut self,
        last: Position,
    ) -> impl Future<Output = Result<(), StreamError>> + Send;

    /// What is not done comes again.
    fn rewind(&mut self);

    /// Whether an error may pass by itself.
    fn is_passing(error: &StreamError) -> bool;
}

impl Source for Consumer {
    fn next_batch(
        &mut self,
        most: usize,
        wait: Duration,
    ) -> impl Future<Output = Result<Vec<Delivered>, StreamError>> + Send {
        Consumer::next_batch(self, most, wait)
    }

    fn acknowledge(
        &mut self,
        last: Position,
    ) -> impl Future<Output = Result<(), StreamError>> + Send {
        self.ack(last)
    }

    fn rewind(&mut self) {
        Consumer::rewind(self);
    }

    fn is_passing(_: &StreamError) -> bool {
        true
    }
}

/// A reader that begins where its owner has come to.
struct PositionedReader<'a, P> {
    stream: &'a Stream,
    position: P,
    /// None: it is yet to begin.
    reader: Option<Reader>,
}

impl<P: Fn() -> Result<Start, StreamError> + Send + Sync> Source for PositionedReader<'_, P> {
    async fn next_batch(
        &mut self,
        most: usize,
        wait: Duration,
    ) -> Result<Vec<Delivered>, StreamError> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => none.insert(self.stream.reader((self.position)()?, &[]).await?),
        };
        reader.next_batch(most, wait).await
    }

    async fn acknowledge(&mut self, _: Position) -> Result<(), StreamError> {
        Ok(())
    }

    fn rewind(&mut self) {
        self.reader = None;
    }

    fn is_passing(error: &StreamError) -> bool {
        matches!(
            error,
            StreamError::Unavailable(_) | StreamError::Misplaced { .. }
        )
    }
}
