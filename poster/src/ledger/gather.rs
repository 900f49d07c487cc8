//! Gathering what is due into the next batch.

use schemas::{Event, v1::Posting};
use tokio::time::Instant;

use super::{Ledger, Turn};
use crate::{
    batch, books::BooksError, events, metrics, periods::Placement, refusal::Reason, target::Draft,
};

/// How many more than a batch holds are looked at: journals of one period only go
/// together, so some of those that wait longest may have to wait for the next.
const LOOK_AHEAD: usize = 2;

impl Ledger {
    /// Closes a batch when it is full or old enough, and records the intent to
    /// import it. One import at a time: Fusion runs them one by one anyway, and
    /// journals that come meanwhile make the next batch fuller.
    pub(super) async fn gather_batch(&mut self) -> Turn<()> {
        self.stop_if_asked()?;
        if Instant::now() < self.gather.wake() || !self.is_ready()? {
            return Ok(());
        }
        let refreshed = self
            .periods
            .refresh(&self.fusion, self.config.id, self.options.period_age)
            .await;
        if let Err(error) = refreshed {
            self.report_trouble(&error);
            self.gather.back_off();
            return Ok(());
        }
        self.gather.reset();
        self.health.ok();
        let (due, _) = self
            .books
            .due_count(usize::MAX)
            .map_err(|e| self.books_failed(e))?;
        metrics::due(&self.key, due);
        let (postings, rejected) = self.select()?;
        let rejected = self.as_new_rejections(rejected)?;
        self.publish_all(&rejected).await?;
        self.hurry = false;
        if postings.is_empty() {
            return Ok(());
        }
        let tried = self.books.attempts_of(&batch::key(&self.key, &postings));
        let tried = tried.map_err(|e| self.books_failed(e))?;
        tracing::info!(ledger = %self.key, journals = postings.len(), due, "a batch is closed");
        self.record(batch::intent(&self.key, tried + 1, postings))
            .await
    }

    fn is_ready(&self) -> Turn<bool> {
        let open = self.books.open_attempt();
        if open.map_err(|e| self.books_failed(e))?.is_some() {
            return Ok(false);
        }
        let due = self.books.due_count(self.options.batch_size);
        let (count, since) = due.map_err(|e| self.books_failed(e))?;
        let old = since.is_some_and(|since| self.age(since) >= self.options.batch_age);
        Ok(count > 0 && (self.hurry || old || count >= self.options.batch_size))
    }

    /// The journals of the next batch, and the rejections of those that can never
    /// be sent as they are.
    fn select(&self) -> Turn<(Vec<Posting>, Vec<Event>)> {
        let mut postings: Vec<Posting> = Vec::new();
        let mut rejected = Vec::new();
        for draft in self.drafts().map_err(|e| self.books_failed(e))? {
            let posting = match self.periods.place(&self.config, draft.date) {
                Ok(placement) => batch::posting(&self.config, draft, placement),
                Err(period) => {
                    let date = draft.date;
                    let nowhere = Placement {
                        date,
                        period: period.clone(),
                    };
                    let posting = batch::posting(&self.config, draft, nowhere);
                    rejected.push(self.unsendable(&posting, Reason::no_open_period(&period)));
                    continue;
                }
            };
            if let Err(error) = batch::check(&self.config, &posting) {
                rejected.push(self.unsendable(&posting, Reason::unwritable(&error)));
                continue;
            }
            let same_period = postings
                .first()
                .is_none_or(|it| it.period == posting.period);
            if same_period && postings.len() < self.options.batch_size {
                postings.push(posting);
            }
        }
        Ok((postings, rejected))
    }

    /// The drafts that wait longest.
    fn drafts(&self) -> Result<Vec<Draft>, BooksError> {
        let mut drafts = Vec::new();
        for key in self.books.due(self.options.batch_size * LOOK_AHEAD)? {
            let due = self.books.family(&key)?.due();
            let due = due.map_err(|source| BooksError::Due {
                entity: key.to_string(),
                source,
            })?;
            drafts.extend(due.into_iter().find(|draft| draft.entity == key));
        }
        Ok(drafts)
    }

    fn unsendable(&self, posting: &Posting, reason: Reason) -> Event {
        tracing::warn!(
            ledger = %self.key, entity = %posting.entity, code = reason.code, cause = reason.cause,
            "a journal is rejected before it is sent"
        );
        metrics::rejected(&self.key, &reason.code);
        events::rejected(&self.key, None, posting, reason, (self.clock)())
    }
}
