//! Imported batches that nobody posts: how many, how long, and when it is too long.

use std::time::Duration;

use fusion::Batch;
use schemas::JournalDelayed;

use super::{Ledger, Turn, left::count};
use crate::{books::Attempt, events, metrics};

impl Ledger {
    pub(super) fn measure_unposted(&self, waiting: &[Attempt]) {
        let oldest = waiting.iter().filter_map(|it| it.imported_at).min();
        let age = oldest.map_or(Duration::ZERO, |since| self.clock.age(since));
        metrics::unposted(&self.key, waiting.len(), age);
    }

    /// Says once that a batch waits longer than the configuration allows.
    pub(super) async fn report_if_delayed(&mut self, attempt: &Attempt) -> Turn<()> {
        let Some(imported) = attempt.imported_at else {
            return Ok(());
        };
        if attempt.is_delayed || self.clock.age(imported) < self.options.unposted_after {
            return Ok(());
        }
        let batch = match self.find_batch(attempt).await? {
            Ok(Some(batch)) => batch,
            // It is there, but not shown just now: the next look says more.
            Ok(None) => return Ok(()),
            Err(error) => {
                self.report_trouble(&error);
                return Ok(());
            }
        };
        let left = self.books.postings_left(&attempt.batch);
        let left = left.map_err(|e| self.books_failed(e))?;
        let state = state(&batch);
        tracing::warn!(
            ledger = %self.key, batch = batch.name, journals = left.len(), %imported, state,
            "an imported batch waits long to be posted"
        );
        let delayed = JournalDelayed {
            ledger: self.key.clone(),
            batch: attempt.batch.clone(),
            attempt: attempt.attempt,
            batch_id: batch.id,
            batch_name: batch.name,
            journals: count(left.len()),
            imported,
            state,
        };
        let event = events::delayed(delayed, self.clock.now());
        self.publish_all(&[event]).await
    }
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
