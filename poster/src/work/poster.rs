//! The rounds of work on a ledger, once it was looked up.

use std::{convert::Infallible, sync::Arc};

use jiff::Timestamp;

use super::{
    alarm,
    gate::Gate,
    gatherer::Gatherer,
    halt::{Interruption, Turn},
    importer::{Importer, Progressed},
    ledger::Ledger,
    recorder::Recorder,
    review::Review,
    watch::Watch,
};

/// Posts to one ledger.
pub(super) struct Poster {
    recorder: Recorder,
    importer: Importer,
    gate: Gate,
    gatherer: Gatherer,
    watch: Watch,
    review: Review,
}

impl Poster {
    pub(super) fn of(ledger: Ledger, recorder: Recorder) -> Poster {
        let ledger = Arc::new(ledger);
        Poster {
            recorder,
            importer: Importer::of(&ledger),
            gate: Gate::of(&ledger),
            gatherer: Gatherer::of(&ledger),
            watch: Watch::of(&ledger),
            review: Review::of(&ledger),
        }
    }

    /// Round after round, until something ends it.
    pub(super) async fn work(mut self) -> Turn<Infallible> {
        loop {
            match self.round().await {
                Ok(()) => {}
                Err(Interruption::Call(error)) => self.recorder.status().call_failed(&error),
                Err(Interruption::Alarm {
                    batch,
                    attempt,
                    alarm,
                }) => alarm::raise(&mut self.recorder, batch, attempt, alarm).await?,
                Err(Interruption::Halt(halt)) => return Err(halt),
            }
            if alarm::wait_for_acknowledgement(&mut self.recorder).await? {
                self.importer.forget();
            }
            self.recorder.stop_if_asked()?;
            let due = self.next_due()?;
            self.recorder.read_until(due).await?;
            self.recorder.stop_if_asked()?;
        }
    }

    async fn round(&mut self) -> Result<(), Interruption> {
        while self.import().await? {}
        let recorder = &mut self.recorder;
        self.watch.look(recorder).await?;
        self.review.repeat(recorder, &mut self.gate).await?;
        let closed = self.gatherer.close(recorder, &mut self.gate).await?;
        if let Some((intent, fence)) = closed {
            self.importer.record(recorder, intent, fence).await?;
        }
        Ok(())
    }

    /// One action of the importer, and what follows from it for the others. True when
    /// another may follow at once.
    async fn import(&mut self) -> Result<bool, Interruption> {
        match self.importer.advance(&mut self.recorder).await? {
            Progressed::Nothing => return Ok(false),
            Progressed::OneAction => {}
            Progressed::Imported { batch, at } => self.watch.begin(batch, at),
            Progressed::GivenUp {
                rejected,
                goes_again_at_once,
            } => {
                for (posting, code) in &rejected {
                    self.gate.doubt(posting, code);
                }
                self.gatherer.set_at_once(goes_again_at_once);
            }
        }
        Ok(true)
    }

    /// When there is something to do even if no event comes.
    fn next_due(&self) -> Turn<Option<Timestamp>> {
        let gather = self.gatherer.next_due(self.recorder.books(), &self.gate)?;
        // While a batch is imported no other is gathered.
        let next = self.importer.next_due().or(gather);
        Ok(self.watch.next_due().into_iter().chain(next).min())
    }
}
