//! Imported batches until they are posted. Under approval in Fusion that can take
//! days; nothing waits for it but their own orders.

use std::{collections::HashMap, sync::Arc, time::Duration};

use fusion::Batch;
use jiff::Timestamp;
use schemas::{BatchKey, JournalDelayed};

use super::{backoff::Backoff, facts, halt::Interruption, ledger::Ledger, recorder::Recorder};
use crate::{books::Attempt, events, metrics};

/// When each imported batch is looked at again.
pub(super) struct Watch {
    ledger: Arc<Ledger>,
    looks: HashMap<BatchKey, Backoff>,
}

impl Watch {
    pub(super) fn of(ledger: &Arc<Ledger>) -> Watch {
        Watch {
            ledger: Arc::clone(ledger),
            looks: HashMap::new(),
        }
    }

    /// A batch was imported just now, and is not posted.
    pub(super) fn begin(&mut self, batch: BatchKey, now: Timestamp) {
        let options = &self.ledger.options;
        let backoff = Backoff::starting_in(options, now, options.poll_every);
        self.looks.insert(batch, backoff);
    }

    /// When the next batch is looked at; none if none is watched.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.looks.values().map(Backoff::due).min()
    }

    /// Looks at the batches whose time has come, and says which are posted, and which
    /// wait too long for it.
    pub(super) async fn look(&mut self, recorder: &mut Recorder) -> Result<(), Interruption> {
        let ledger = &self.ledger;
        let imported = recorder.books().awaiting_posting()?;
        self.looks
            .retain(|key, _| imported.iter().any(|attempt| attempt.batch == *key));
        let oldest = imported.iter().filter_map(|it| it.imported_at).min();
        let age = oldest.map_or(Duration::ZERO, |since| ledger.clock.age(since));
        metrics::UNPOSTED.set_count([ledger.key.as_str()], imported.len());
        metrics::UNPOSTED_AGE.set_duration([ledger.key.as_str()], age);
        for attempt in imported {
            recorder.stop_if_asked()?;
            // By what was read since the list was made, another poster was quicker.
            if recorder.books().postings_left(&attempt.batch)?.is_empty() {
                continue;
            }
            let now = ledger.clock.now();
            let backoff = self
                .looks
                .entry(attempt.batch.clone())
                .or_insert_with(|| Backoff::new(&ledger.options, now));
            if !backoff.is_due(now) {
                continue;
            }
            backoff.back_off(now);
            match look_at(ledger, recorder, &attempt).await {
                Ok(true) => drop(self.looks.remove(&attempt.batch)),
                Ok(false) => {}
                Err(Interruption::Call(error)) => ledger.status.call_failed(&error),
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }
}

/// Whether the batch is posted, which then is said. Its journals are read only then.
async fn look_at(
    ledger: &Ledger,
    recorder: &mut Recorder,
    attempt: &Attempt,
) -> Result<bool, Interruption> {
    let batch = ledger.batch(attempt).await?;
    let Some(batch) = batch.filter(Batch::is_posted) else {
        ledger.status.works();
        report_if_delayed(ledger, recorder, attempt).await?;
        return Ok(false);
    };
    let found = facts::compared(ledger, recorder, attempt, &batch).await?;
    let posted = facts::posted(ledger, recorder.books(), attempt, &found)?;
    recorder.publish(&posted).await?;
    ledger.status.works();
    metrics::POSTED.add([ledger.key.as_str()], posted.len());
    tracing::info!(ledger = %ledger.key, batch = found.batch_name, "a batch is posted");
    Ok(true)
}

/// Says once that a batch waits longer than the configuration allows.
async fn report_if_delayed(
    ledger: &Ledger,
    recorder: &mut Recorder,
    attempt: &Attempt,
) -> Result<(), Interruption> {
    let Some(imported) = attempt.imported_at else {
        return Ok(());
    };
    if attempt.is_delayed || ledger.clock.age(imported) < ledger.options.unposted_after {
        return Ok(());
    }
    // It is there, but may not be shown just now: then the next look says more.
    let Some(batch) = ledger.batch(attempt).await? else {
        return Ok(());
    };
    let left = recorder.books().postings_left(&attempt.batch)?.len();
    let state = state(&batch);
    tracing::warn!(
        ledger = %ledger.key, batch = batch.name, journals = left, %imported, state,
        "an imported batch waits long to be posted"
    );
    let delayed = JournalDelayed {
        ledger: ledger.key.clone(),
        batch: attempt.batch.clone(),
        attempt: attempt.attempt,
        batch_id: batch.id,
        batch_name: batch.name,
        journals: facts::count(left),
        imported,
        state,
    };
    let event = events::delayed(delayed, ledger.clock.now());
    Ok(recorder.publish(&[event]).await?)
}

/// What Fusion says of a batch that is not posted, in its own words.
fn state(batch: &Batch) -> String {
    let mut state = format!("status {}", batch.status);
    for (what, says) in [("approval", &batch.approval), ("error", &batch.error)] {
        if !says.is_empty() {
            state.push_str(&format!(", {what}: {says}"));
        }
    }
    state
}
