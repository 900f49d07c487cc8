//! Writing to the stream, and reading what was written into the books. Nobody else
//! changes either.

use std::time::Duration;

use jiff::Timestamp;
use schemas::{Event, EventType, JournalSubmitted, LedgerKey, Subjects};
use service::{CancellationToken, Clock};
use stream::{Reader, Sequence, Stream, StreamError};

use super::{
    halt::{Halt, Turn},
    status::Status,
};
use crate::{
    books::{self, Books},
    error::PosterError,
    events,
};

/// The longest wait for events.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// As many events as are applied in one transaction.
const EVENTS: usize = 512;
/// The pause before another look at a stream that is not the one the books follow.
const MISPLACED_PAUSE: Duration = Duration::from_secs(5);
/// The pause after the stream was away.
const STREAM_PAUSE: Duration = Duration::from_millis(500);

pub(super) struct Recorder {
    ledger: LedgerKey,
    stream: Stream,
    reader: Reader,
    books: Books,
    clock: Clock,
    shutdown: CancellationToken,
    status: Status,
    stream_is_away: bool,
    /// This run has written a step, so none of a former run can come any more.
    has_recorded: bool,
}

/// Where the ledger's `journal.submitted` ended, as the books knew it at some time. What is decided then is recorded only if that still is the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fence(Sequence);

/// How a step came to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recorded {
    /// By this call, just now. Another poster may have recorded a step after it.
    Now,
    /// It was there: our own event whose receipt was lost, or another poster's.
    Before,
    /// Something else was: what a former run of ours had on its way when it died.
    Overtaken,
}

impl Recorder {
    /// Begins to read where the books end.
    pub(super) async fn open(
        ledger: &LedgerKey,
        books: Books,
        stream: Stream,
        clock: Clock,
        shutdown: CancellationToken,
    ) -> Result<Recorder, StreamError> {
        let subjects = books::subjects(ledger);
        let patterns: Vec<&str> = subjects.iter().map(Subjects::pattern).collect();
        Ok(Recorder {
            ledger: ledger.clone(),
            reader: stream.reader(books.position(), &patterns).await?,
            stream,
            books,
            clock,
            shutdown,
            status: Status::of(ledger),
            stream_is_away: false,
            has_recorded: false,
        })
    }

    pub(super) fn ledger(&self) -> &LedgerKey {
        &self.ledger
    }

    pub(super) fn books(&self) -> &Books {
        &self.books
    }

    pub(super) fn fence(&self) -> Fence {
        Fence(self.books.fence())
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn status(&self) -> &Status {
        &self.status
    }

    /// The largest event that the stream takes, in bytes.
    pub(super) fn max_event(&self) -> usize {
        self.stream.max_event()
    }

    pub(super) fn is_asked_to_stop(&self) -> bool {
        self.shutdown.is_cancelled()
    }

    pub(super) fn stop_if_asked(&self) -> Turn<()> {
        match self.is_asked_to_stop() {
            true => Err(Halt::Shutdown),
            false => Ok(()),
        }
    }

    /// Reads until the last step that any poster recorded is in the books, so that
    /// nothing is done on old knowledge.
    pub(super) async fn catch_up(&mut self) -> Turn<()> {
        self.check_stream().await?;
        let last = self.last_submitted().await?;
        self.catch_up_to(last).await
    }

    /// Makes sure that the stream is the one that the books follow, and holds what
    /// they have seen. Until it does, nothing is done.
    async fn check_stream(&mut self) -> Turn<()> {
        let reached = self.books.reached()?;
        loop {
            match self.stream.check(reached).await {
                Ok(()) => return Ok(()),
                Err(error) => self.wait_for_stream(error).await?,
            }
        }
    }

    /// Reads into the books what comes until something else is due or for a while, or
    /// until a shutdown.
    pub(super) async fn read_until(&mut self, due: Option<Timestamp>) -> Turn<()> {
        let wait = due.map_or(MAX_WAIT, |due| {
            let left = Duration::try_from(due.duration_since(self.clock.now()));
            left.unwrap_or_default().min(MAX_WAIT)
        });
        let shutdown = self.shutdown.clone();
        tokio::select! {
            biased;
            () = shutdown.cancelled() => Ok(()),
            read = self.read_events(wait) => read,
        }
    }

    /// Records a step, if the last one on the ledger's subject still is the one at
    /// `fence`: that which the books knew when the step was decided. What they have
    /// read since does not count, or a step could be recorded that was decided without
    /// knowing of another poster's.
    ///
    /// True if it was recorded by this call, and is the last still. Only then its call
    /// may be made without looking: whoever finds a step recorded, be it by a rival
    /// that was quicker by one step, cannot know whether the call was made.
    pub(super) async fn record(&mut self, step: JournalSubmitted, fence: Fence) -> Turn<bool> {
        let event = events::submitted(step, self.clock.now());
        let recorded = self.publish_fenced(&event, fence).await?;
        Ok(is_ours(
            recorded,
            self.books.last_submitted() == Some(event.id),
        ))
    }

    /// Publishes facts, which need no fence: their ids see to it that each is
    /// there once. They are in the books when this returns.
    pub(super) async fn publish(&mut self, facts: &[Event]) -> Turn<()> {
        if facts.is_empty() {
            return Ok(());
        }
        loop {
            let encoded = facts.iter().map(Event::encode).collect();
            match self.stream.publish_all(encoded).await {
                Ok(receipts) => {
                    let last = receipts.iter().map(|receipt| receipt.sequence).max();
                    return self.catch_up_to(last.unwrap_or_default()).await;
                }
                Err(error) => self.wait_for_stream(error).await?,
            }
        }
    }

    async fn publish_fenced(&mut self, event: &Event, fence: Fence) -> Turn<Recorded> {
        let encoded = event.encode();
        let mut tries = 0;
        loop {
            tries += 1;
            match self
                .stream
                .publish_expecting(encoded.clone(), fence.0)
                .await
            {
                Ok(receipt) => {
                    self.catch_up_to(receipt.sequence).await?;
                    self.has_recorded = true;
                    return Ok(match receipt.duplicate || tries > 1 {
                        true => Recorded::Before,
                        false => Recorded::Now,
                    });
                }
                Err(StreamError::Conflict { .. }) => {
                    // In another stream, the subject ends elsewhere too.
                    self.check_stream().await?;
                    let sequence = self.last_submitted().await?;
                    self.catch_up_to(sequence).await?;
                    if self.books.last_submitted() == Some(event.id) {
                        return Ok(Recorded::Before);
                    }
                    // Until we have written ourselves, it can be the last word of a
                    // run before us; after that, nobody else has a right to write.
                    if !std::mem::replace(&mut self.has_recorded, true) {
                        tracing::info!(ledger = %self.ledger, %sequence, "a former run's last step came in late");
                        return Ok(Recorded::Overtaken);
                    }
                    let ledger = self.ledger.clone();
                    return Err(Halt::Failed(PosterError::Rival { ledger, sequence }));
                }
                Err(error) => self.wait_for_stream(error).await?,
            }
        }
    }

    async fn catch_up_to(&mut self, sequence: Sequence) -> Turn<()> {
        while self.books.position().sequence() < sequence {
            self.stop_if_asked()?;
            self.read_events(MAX_WAIT).await?;
        }
        Ok(())
    }

    async fn read_events(&mut self, wait: Duration) -> Turn<()> {
        let patience = self.clock.patience(wait);
        match self.reader.next_batch(EVENTS, patience).await {
            Ok(events) => {
                if events.is_empty() {
                    self.clock.waited(wait).await;
                }
                if std::mem::take(&mut self.stream_is_away) {
                    self.status.works();
                }
                Ok(self.books.apply(&events, self.clock.now())?)
            }
            Err(error @ StreamError::Misplaced { .. }) => {
                self.wait_for_stream(error).await?;
                self.check_stream().await
            }
            Err(error) => self.wait_for_stream(error).await,
        }
    }

    async fn last_submitted(&mut self) -> Turn<Sequence> {
        let subject = Subjects::of(EventType::JournalSubmitted, &self.ledger);
        loop {
            match self.stream.last_sequence_on(subject.pattern()).await {
                Ok(sequence) => return Ok(sequence),
                Err(error) => self.wait_for_stream(error).await?,
            }
        }
    }

    /// A stream that is away, or is not the one that the books follow, is waited for;
    /// anything else ends the work.
    async fn wait_for_stream(&mut self, error: StreamError) -> Turn<()> {
        self.stop_if_asked()?;
        let reason = match error {
            StreamError::Unavailable(reason) => reason,
            error @ StreamError::Misplaced { .. } => return self.wait_for_own_stream(&error).await,
            source => {
                let ledger = self.ledger.clone();
                return Err(Halt::Failed(PosterError::Stream { ledger, source }));
            }
        };
        tracing::warn!(ledger = %self.ledger, reason, "the stream is away; trying again");
        self.status.fails(format!("the stream is away: {reason}"));
        self.stream_is_away = true;
        self.clock.sleep(STREAM_PAUSE).await;
        Ok(())
    }

    /// What was posted may be missing in this stream, so nothing is sent by it; and the
    /// books are not made anew from it, or that would be posted again.
    async fn wait_for_own_stream(&mut self, error: &StreamError) -> Turn<()> {
        let because =
            format!("{error}. Leave the ledger's books as they are: they know what is posted");
        tracing::error!(ledger = %self.ledger, because, "the books do not follow this stream: nothing is sent");
        self.status.fails(because);
        self.stream_is_away = true;
        let shutdown = self.shutdown.clone();
        tokio::select! {
            () = shutdown.cancelled() => Err(Halt::Shutdown),
            () = self.clock.sleep(MISPLACED_PAUSE) => Ok(()),
        }
    }
}

fn is_ours(recorded: Recorded, is_last: bool) -> bool {
    match recorded {
        Recorded::Now => is_last,
        Recorded::Before | Recorded::Overtaken => false,
    }
}

#[cfg(test)]
mod tests;
