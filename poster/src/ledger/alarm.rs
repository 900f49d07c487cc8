//! When the ledger holds what it must not: it is said in an event, and the work
//! stands still until a person has acknowledged it, over restarts too.

use schemas::{BatchKey, LedgerAlarmed, codes};

use super::{Halt, Ledger, MAX_WAIT, Turn};
use crate::{PosterError, events, metrics, readback::Alarm};

impl Ledger {
    /// Makes an alarm known and durable.
    pub(super) async fn raise(&mut self, batch: BatchKey, attempt: u32, alarm: Alarm) -> Turn<()> {
        let after = self.books.last_acknowledged();
        let after = after.map_err(|e| self.books_failed(e))?;
        let code = code(&alarm);
        let cause = format!("batch {batch}: {alarm}");
        tracing::error!(ledger = %self.key, %batch, attempt, code, cause, "the ledger holds what it must not: its work stands still");
        self.health.failing(cause.clone());
        let alarmed = LedgerAlarmed {
            ledger: self.key.clone(),
            batch,
            attempt,
            code: code.to_owned(),
            cause,
            remedy: format!(
                "{}. Then: counterfoil journals acknowledge --ledger {} --reason …",
                codes::remedy(code),
                self.key
            ),
            after,
        };
        let event = events::alarmed(alarmed.clone(), self.clock.now());
        match self.publish_all(&[event]).await {
            // Shut down in this moment: the end is an error all the same.
            Err(Halt::Shutdown) => Err(standing(alarmed)),
            outcome => outcome,
        }
    }

    /// Returns when no alarm stands. Until then events are read, and nothing is
    /// sent; a shutdown ends it with the alarm as error.
    pub(super) async fn stand_still(&mut self) -> Turn<()> {
        let mut stood = false;
        loop {
            let alarm = self.books.alarm().map_err(|e| self.books_failed(e))?;
            metrics::alarm(&self.key, alarm.is_some());
            let Some((id, alarm)) = alarm else {
                if stood {
                    tracing::info!(ledger = %self.key, "the alarm is acknowledged: the work goes on");
                    self.pursuit = None;
                    self.health.ok();
                }
                return Ok(());
            };
            if self.shutdown.is_cancelled() {
                return Err(standing(alarm));
            }
            if !std::mem::replace(&mut stood, true) {
                tracing::error!(ledger = %self.key, alarm = %id, cause = alarm.cause, remedy = alarm.remedy, "the ledger stands still under an alarm");
            }
            self.read_until_stopped(MAX_WAIT).await?;
            self.health.failing(alarm.cause);
        }
    }
}

/// The end of the work under an alarm.
fn standing(alarm: LedgerAlarmed) -> Halt {
    Halt::Failed(PosterError::Alarmed {
        ledger: alarm.ledger,
        cause: alarm.cause,
        remedy: alarm.remedy,
    })
}

/// The code of an alarm, which has a page.
fn code(alarm: &Alarm) -> &'static str {
    match alarm {
        Alarm::Twice { .. } => "BATCH_TWICE",
        Alarm::Resurrected { .. } => "BATCH_RESURRECTED",
        _ => "BATCH_DIFFERS",
    }
}
