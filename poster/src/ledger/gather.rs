//! Gathering what is due into the next batch.

use jiff::Timestamp;
use schemas::{EntityKey, Event, v1::Posting};
use tokio::time::Instant;

use super::{Ledger, Turn, room::Room};
use crate::{
    batch, books::BooksError, events, metrics, periods::Placement, refusal::Reason, target::Draft,
};

/// How a batch's postings become journals of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Each is one.
    Single,
    /// Those of a day share one.
    Summary,
}

/// How many more than a batch holds are looked at: journals of one period only go
/// together, so some of those that wait longest may have to wait for the next.
const LOOK_AHEAD: usize = 2;

impl Ledger {
    /// Closes a batch when it is full or old enough, and records the intent to
    /// import it. One import at a time: Fusion runs them one by one anyway, and
    /// journals that come meanwhile make the next batch fuller.
    pub(super) async fn gather_batch(&mut self) -> Turn<()> {
        self.stop_if_asked()?;
        if Instant::now() < self.gather.wake() {
            return Ok(());
        }
        let Some(mode) = self.ready()? else {
            return Ok(());
        };
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
        let (singles, _) = self.due_count(Mode::Single, usize::MAX)?;
        let (summed_up, _) = self.due_count(Mode::Summary, usize::MAX)?;
        let due = singles + summed_up;
        metrics::due(&self.key, due);
        let (postings, rejected) = self.select(mode)?;
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

    /// What a batch can be closed of; where there is both, what waits longest.
    fn ready(&self) -> Turn<Option<Mode>> {
        let open = self.books.open_attempt();
        if open.map_err(|e| self.books_failed(e))?.is_some() {
            return Ok(None);
        }
        let mut ready = Vec::new();
        for mode in [Mode::Single, Mode::Summary] {
            let size = self.size(mode);
            let (count, since) = self.due_count(mode, size)?;
            let old = since.is_some_and(|since| self.age(since) >= self.options.batch_age);
            if count > 0 && (self.hurry || old || count >= size) {
                ready.push((since, mode));
            }
        }
        let oldest = ready.into_iter().min_by_key(|(since, _)| *since);
        Ok(oldest.map(|(_, mode)| mode))
    }

    /// How many postings a batch has at most.
    fn size(&self, mode: Mode) -> usize {
        match mode {
            Mode::Single => self.options.batch_size,
            Mode::Summary => self.options.summary_size,
        }
    }

    /// Days that ended before this moment are summed up by now.
    fn days_over(&self) -> Timestamp {
        let now = (self.clock)();
        now.checked_sub(self.options.summary_after)
            .unwrap_or(Timestamp::MIN)
    }

    fn due_count(&self, mode: Mode, limit: usize) -> Turn<(usize, Option<Timestamp>)> {
        let due = match mode {
            Mode::Single => self.books.due_count(limit),
            Mode::Summary => self.books.summaries_due_count(self.days_over(), limit),
        };
        due.map_err(|e| self.books_failed(e))
    }

    fn due(&self, mode: Mode, limit: usize) -> Result<Vec<EntityKey>, BooksError> {
        match mode {
            Mode::Single => self.books.due(limit),
            Mode::Summary => self.books.summaries_due(self.days_over(), limit),
        }
    }

    /// The journals of the next batch, and the rejections of those that can never
    /// be sent as they are.
    fn select(&self, mode: Mode) -> Turn<(Vec<Posting>, Vec<Event>)> {
        let mut room = Room::new(self.size(mode), self.stream.max_event());
        let mut postings: Vec<Posting> = Vec::new();
        let mut rejected = Vec::new();
        for draft in self.drafts(mode).map_err(|e| self.books_failed(e))? {
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
            if same_period && room.take(&posting) {
                postings.push(posting);
            }
        }
        Ok((postings, rejected))
    }

    /// The drafts that wait longest.
    fn drafts(&self, mode: Mode) -> Result<Vec<Draft>, BooksError> {
        let mut drafts = Vec::new();
        for key in self.due(mode, self.size(mode) * LOOK_AHEAD)? {
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
