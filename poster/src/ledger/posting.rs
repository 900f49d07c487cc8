//! What follows an import: facts about its journals, whether good or bad.

use fusion::Error;
use schemas::{Event, Posting, Step};
use service::config::AutoPost;

use super::{Ledger, Turn, pace::Pace};
use crate::{batch, books::Attempt, events, metrics, readback::Found, refusal::Culprit};

impl Ledger {
    /// The batch is in the ledger: says so, and that it is posted if it is.
    pub(super) async fn imported(&mut self, attempt: &Attempt, found: &Found) -> Turn<()> {
        let now = self.clock.now();
        tracing::info!(
            ledger = %self.key, batch = found.batch_name, journals = found.journals.len(),
            posted = found.is_posted, "a batch is imported"
        );
        let mut facts = vec![events::imported(&self.key, attempt, found, now)];
        let posted = match found.is_posted {
            true => self.posted_events(attempt, found)?,
            false => Vec::new(),
        };
        let count = posted.len();
        facts.extend(posted);
        self.publish_all(&facts).await?;
        self.pursuit = None;
        metrics::attempt(&self.key, "imported");
        if found.is_posted {
            metrics::posted(&self.key, count);
        } else {
            self.submit_autopost().await;
            let mut pace = Pace::new(&self.options, now);
            pace.start_after(now, self.options.poll_every);
            self.unposted.insert(attempt.batch.clone(), pace);
        }
        Ok(())
    }

    /// Sees whether imported batches are posted by now. Under approval in Fusion
    /// that can take days; nothing waits for it but their own orders.
    pub(super) async fn watch_posting(&mut self) -> Turn<()> {
        let waiting = self.books.awaiting_posting();
        let waiting = waiting.map_err(|e| self.books_failed(e))?;
        self.unposted
            .retain(|key, _| waiting.iter().any(|attempt| attempt.batch == *key));
        self.measure_unposted(&waiting);
        for attempt in waiting {
            self.stop_if_asked()?;
            // By what was read since the list was made, another poster was quicker.
            let left = self.books.postings_left(&attempt.batch);
            if left.map_err(|e| self.books_failed(e))?.is_empty() {
                continue;
            }
            let now = self.clock.now();
            let pace = self
                .unposted
                .entry(attempt.batch.clone())
                .or_insert_with(|| Pace::new(&self.options, now));
            if now < pace.wake() {
                continue;
            }
            pace.back_off(now);
            match self.find_posted(&attempt).await? {
                Ok(Some(found)) => {
                    let facts = self.posted_events(&attempt, &found)?;
                    self.publish_all(&facts).await?;
                    self.unposted.remove(&attempt.batch);
                    self.well();
                    metrics::posted(&self.key, facts.len());
                    tracing::info!(ledger = %self.key, batch = found.batch_name, "a batch is posted");
                }
                Ok(None) => {
                    self.well();
                    self.report_if_delayed(&attempt).await?;
                }
                Err(error) => self.report_trouble(&error),
            }
        }
        Ok(())
    }

    /// The batch, if it is posted by now; its journals are read only then.
    async fn find_posted(&mut self, attempt: &Attempt) -> Turn<Result<Option<Found>, Error>> {
        match self.find_batch(attempt).await? {
            Ok(Some(batch)) if batch.is_posted() => self.compare(attempt, &batch).await,
            Ok(_) => Ok(Ok(None)),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Asks for AutoPost where that is ours to do. Whether it was done shows in the
    /// read-back; posting twice does nothing the second time.
    async fn submit_autopost(&mut self) {
        if let AutoPost::CriteriaSet(set) = self.options.autopost
            && let Err(error) = self.fusion.submit_autopost(set).await
        {
            self.report_trouble(&error);
        }
    }

    fn posted_events(&self, attempt: &Attempt, found: &Found) -> Turn<Vec<Event>> {
        let now = self.clock.now();
        // Only some of them where others were published before a crash.
        let left = self.books.postings_left(&attempt.batch);
        let left = left.map_err(|e| self.books_failed(e))?;
        let fact = |posting: &Posting| {
            let name = posting.journal_in_ledger();
            let read_back = found.journals.iter().find(|it| it.key == *name)?;
            Some(events::posted(
                &self.key, attempt, found, posting, read_back, now,
            ))
        };
        Ok(left.iter().filter_map(fact).collect())
    }

    /// Rejects the culprits; the rest of the group is due again at once.
    pub(super) async fn reject(
        &mut self,
        attempt: &Attempt,
        culprits: Vec<Culprit>,
        fence: stream::Sequence,
    ) -> Turn<()> {
        let now = self.clock.now();
        let postings = self.sent(attempt)?;
        let mut facts = Vec::new();
        for culprit in culprits {
            let Some(posting) = postings.get(culprit.place) else {
                continue;
            };
            let code = &culprit.reason.code;
            if code.starts_with("EP") {
                self.periods.forget();
            }
            self.reference.doubt(&self.config, posting, now);
            tracing::warn!(
                ledger = %self.key, entity = %posting.entity, code, cause = culprit.reason.cause,
                "a journal is rejected"
            );
            metrics::rejected(&self.key, code);
            facts.push(events::rejected(
                &self.key,
                Some(attempt),
                posting,
                culprit.reason,
                now,
            ));
        }
        let facts = self.as_new_rejections(facts)?;
        self.publish_all(&facts).await?;
        let reason = format!(
            "the import refused {} of {} journals; its rows stay under group {} until they are removed in Fusion",
            facts.len(),
            postings.len(),
            attempt.group
        );
        self.record_step(attempt, abandoned(reason), fence).await?;
        Ok(())
    }

    /// Abandons the attempt and tries the first half by itself: the culprit is in
    /// one of the halves, and the other goes through.
    pub(super) async fn halve(
        &mut self,
        attempt: &Attempt,
        reason: String,
        fence: stream::Sequence,
    ) -> Turn<()> {
        let left = self.books.postings_left(&attempt.batch);
        let mut half = left.map_err(|e| self.books_failed(e))?;
        half.truncate(half.len().div_ceil(2));
        if !self.record_step(attempt, abandoned(reason), fence).await? {
            return Ok(());
        }
        let fence = self.books.fence();
        // What was held back meanwhile stays behind.
        let half = self.still_due(half)?;
        if half.is_empty() {
            return Ok(());
        }
        let tried = self.books.attempts_of(&batch::key(&self.key, &half));
        let tried = tried.map_err(|e| self.books_failed(e))?;
        self.record(batch::intent(&self.key, tried + 1, half), fence)
            .await?;
        Ok(())
    }
}

/// What was left behind is added where it is recorded.
fn abandoned(reason: String) -> Step {
    Step::Abandoned { reason, left: None }
}
