//! When the ledger holds what it must not: it is said in an event, and the work
//! stands still until a person has acknowledged it, over restarts too.

use schemas::{BatchKey, LedgerAlarmed, codes};

use super::{
    halt::{Halt, Turn},
    recorder::Recorder,
};
use crate::{error::PosterError, events, metrics, readback::Alarm};

/// Makes an alarm about a batch known and durable.
pub(super) async fn raise(
    recorder: &mut Recorder,
    batch: BatchKey,
    attempt: u32,
    alarm: Alarm,
) -> Turn<()> {
    let ledger = recorder.ledger().clone();
    let code = code(&alarm);
    let cause = format!("batch {batch}: {alarm}");
    tracing::error!(%ledger, %batch, attempt, code, cause, "the ledger holds what it must not: its work stands still");
    recorder.status().fails(cause.clone());
    let alarmed = LedgerAlarmed {
        batch,
        attempt,
        code: code.to_owned(),
        cause,
        remedy: format!(
            "{}. Then: counterfoil journals acknowledge --ledger {ledger} --reason …",
            codes::remedy(code)
        ),
        after: recorder.books().last_acknowledged()?,
        ledger,
    };
    let event = events::alarmed(alarmed.clone(), recorder.clock().now());
    match recorder.publish(&[event]).await {
        // Shut down in this moment: the end is an error all the same.
        Err(Halt::Shutdown) => Err(standing(alarmed)),
        outcome => outcome,
    }
}

/// Returns when no alarm stands; true if one has stood. Until then events are read,
/// and nothing is sent; a shutdown ends it with the alarm as error.
pub(super) async fn wait_for_acknowledgement(recorder: &mut Recorder) -> Turn<bool> {
    let mut has_stood = false;
    loop {
        let alarm = recorder.books().alarm()?;
        metrics::ALARM.set_flag([recorder.ledger().as_str()], alarm.is_some());
        let Some((id, alarm)) = alarm else {
            if has_stood {
                tracing::info!(ledger = %recorder.ledger(), "the alarm is acknowledged: the work goes on");
                recorder.status().works();
            }
            return Ok(has_stood);
        };
        if recorder.is_asked_to_stop() {
            return Err(standing(alarm));
        }
        if !std::mem::replace(&mut has_stood, true) {
            tracing::error!(ledger = %recorder.ledger(), alarm = %id, cause = alarm.cause, remedy = alarm.remedy, "the ledger stands still under an alarm");
        }
        recorder.read_until(None).await?;
        recorder.status().fails(alarm.cause);
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
        Alarm::Count { .. } | Alarm::Journal { .. } | Alarm::Totals { .. } => "BATCH_DIFFERS",
    }
}
