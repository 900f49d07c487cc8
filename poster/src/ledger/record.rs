//! Writing to the stream, and reading what was written back into the books.

use std::time::Duration;

use schemas::{Event, EventType, JournalSubmitted, Step, Subjects};
use stream::StreamError;

use super::{EVENTS, Halt, Ledger, STREAM_PAUSE, Turn};
use crate::{PosterError, attempt::Knowledge, books::Attempt, events, metrics};

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

impl Ledger {
    /// Reads until the last step that any poster recorded is in the books, so that
    /// nothing is done on old knowledge.
    pub(super) async fn catch_up(&mut self) -> Turn<()> {
        let offset = self.last_submitted_offset().await?;
        self.catch_up_to(offset).await
    }

    /// Reads what comes within `wait`, and applies it.
    pub(super) async fn read_events(&mut self, wait: Duration) -> Turn<()> {
        let patience = self.clock.patience(wait);
        match self.reader.next_batch(EVENTS, patience).await {
            Ok(events) => {
                if events.is_empty() {
                    self.clock.waited(wait).await;
                }
                if std::mem::take(&mut self.stream_is_away) {
                    self.well();
                }
                let now = self.clock.now();
                self.books
                    .apply(&events, now)
                    .map_err(|e| self.books_failed(e))
            }
            Err(error) => self.stream_failed(error).await,
        }
    }

    /// The same as [`Ledger::read_events`], interrupted by a shutdown.
    pub(super) async fn read_until_stopped(&mut self, wait: Duration) -> Turn<()> {
        let shutdown = self.shutdown.clone();
        tokio::select! {
            biased;
            () = shutdown.cancelled() => Ok(()),
            read = self.read_events(wait) => read,
        }
    }

    /// Records a step of an attempt and goes on from it. With an attempt that is
    /// given up goes what it may have left in Fusion's interface table.
    /// See [`Ledger::record`] for `fence` and the result.
    pub(super) async fn record_step(
        &mut self,
        attempt: &Attempt,
        mut step: Step,
        fence: u64,
    ) -> Turn<bool> {
        if let Step::Abandoned { reason, left } = &mut step {
            *left = self.left_rows(attempt)?;
            let rows = left.as_ref().map_or(0, |left| left.rows);
            tracing::warn!(
                ledger = %self.key, batch = %attempt.batch, attempt = attempt.attempt,
                group = attempt.group, reason, rows, "an attempt is given up; so many rows may be left under its group"
            );
            metrics::attempt(&self.key, "abandoned");
            // What fails to load would fail again at once: it waits like any other.
            self.hurry = !matches!(attempt.step, Step::LoadStarted { .. });
        }
        let submitted = JournalSubmitted {
            ledger: self.key.clone(),
            batch: attempt.batch.clone(),
            attempt: attempt.attempt,
            group: attempt.group,
            step,
        };
        self.record(submitted, fence).await
    }

    /// Records a step, if the last one on the ledger's subject still is the one at
    /// `fence`: that which the books knew when the step was decided. What they have
    /// read since does not count, or a step could be recorded that was decided without
    /// knowing of another poster's.
    ///
    /// True if it was recorded by this call, and is the last still.
    pub(super) async fn record(&mut self, submitted: JournalSubmitted, fence: u64) -> Turn<bool> {
        let (batch, number) = (submitted.batch.clone(), submitted.attempt);
        let event = events::submitted(submitted, self.clock.now());
        let recorded = self.publish_fenced(&event, fence).await?;
        let open = self.books.open_attempt();
        let open = open.map_err(|e| self.books_failed(e))?;
        self.pursuit = None;
        let known = knowledge(recorded, self.books.last_submitted() == Some(event.id));
        let is_ours = known == Knowledge::Fresh;
        if let Some(attempt) = open.filter(|it| it.batch == batch && it.attempt == number) {
            self.pursue(&attempt, known);
        }
        Ok(is_ours)
    }

    async fn publish_fenced(&mut self, event: &Event, fence: u64) -> Turn<Recorded> {
        let encoded = event.encode();
        let mut tries = 0;
        loop {
            tries += 1;
            match self.stream.publish_expecting(encoded.clone(), fence).await {
                Ok(receipt) => {
                    self.catch_up_to(receipt.offset).await?;
                    self.has_recorded = true;
                    return Ok(match receipt.duplicate || tries > 1 {
                        true => Recorded::Before,
                        false => Recorded::Now,
                    });
                }
                Err(StreamError::Conflict { .. }) => {
                    let offset = self.last_submitted_offset().await?;
                    self.catch_up_to(offset).await?;
                    if self.books.last_submitted() == Some(event.id) {
                        return Ok(Recorded::Before);
                    }
                    // Until we have written ourselves, it can be the last word of a
                    // run before us; after that, nobody else has a right to write.
                    if !std::mem::replace(&mut self.has_recorded, true) {
                        tracing::info!(ledger = %self.key, offset, "a former run's last step came in late");
                        return Ok(Recorded::Overtaken);
                    }
                    let ledger = self.key.clone();
                    return Err(Halt::Failed(PosterError::Rival { ledger, offset }));
                }
                Err(error) => self.stream_failed(error).await?,
            }
        }
    }

    /// Publishes facts, which need no fence: their ids see to it that each is
    /// there once. They are in the books when this returns.
    pub(super) async fn publish_all(&mut self, events: &[Event]) -> Turn<()> {
        if events.is_empty() {
            return Ok(());
        }
        loop {
            let encoded = events.iter().map(Event::encode).collect();
            match self.stream.publish_all(encoded).await {
                Ok(receipts) => {
                    let last = receipts.iter().map(|receipt| receipt.offset).max();
                    return self.catch_up_to(last.unwrap_or_default()).await;
                }
                Err(error) => self.stream_failed(error).await?,
            }
        }
    }

    async fn catch_up_to(&mut self, offset: u64) -> Turn<()> {
        while self.books.position() < offset {
            self.stop_if_asked()?;
            self.read_events(super::MAX_WAIT).await?;
        }
        Ok(())
    }

    async fn last_submitted_offset(&mut self) -> Turn<u64> {
        let subject = Subjects::of(EventType::JournalSubmitted, &self.key);
        loop {
            match self.stream.last_offset_on(subject.pattern()).await {
                Ok(offset) => return Ok(offset),
                Err(error) => self.stream_failed(error).await?,
            }
        }
    }

    /// A stream that is away is waited for; anything else ends the work.
    async fn stream_failed(&mut self, error: StreamError) -> Turn<()> {
        self.stop_if_asked()?;
        let StreamError::Unavailable(reason) = error else {
            let ledger = self.key.clone();
            let source = error;
            return Err(Halt::Failed(PosterError::Stream { ledger, source }));
        };
        tracing::warn!(ledger = %self.key, reason, "the stream is away; trying again");
        self.health.failing(format!("the stream is away: {reason}"));
        self.stream_is_away = true;
        self.clock.sleep(STREAM_PAUSE).await;
        Ok(())
    }
}

/// What is known of the step that the attempt is at. Only who recorded the intent of
/// a call may make it without looking: whoever finds it recorded, be it by a rival
/// that was quicker by one step, cannot know whether the call was made.
fn knowledge(recorded: Recorded, is_last: bool) -> Knowledge {
    match recorded {
        Recorded::Now if is_last => Knowledge::Fresh,
        Recorded::Now | Recorded::Before | Recorded::Overtaken => Knowledge::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two posters: ours records that the file is uploaded, and finds that the other
    /// has recorded the load by then. That call is the other's to make.
    #[test]
    fn a_step_that_somebody_recorded_after_ours_is_not_ours_to_make() {
        assert_eq!(knowledge(Recorded::Now, true), Knowledge::Fresh);
        assert_eq!(knowledge(Recorded::Now, false), Knowledge::Nothing);
        assert_eq!(knowledge(Recorded::Before, true), Knowledge::Nothing);
        assert_eq!(knowledge(Recorded::Overtaken, true), Knowledge::Nothing);
    }
}
