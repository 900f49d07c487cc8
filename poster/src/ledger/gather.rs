//! Gathering what is due into the next batch.

use jiff::Timestamp;
use schemas::{EntityKey, Event, v1::Posting};

use super::{Ledger, Turn, checks::Sorted};
use crate::{
    batch,
    books::BooksError,
    events, metrics,
    periods::{Place, Placement},
    refusal::{Reason, code},
    target::Draft,
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
        if self.clock.now() < self.gather.wake() || !self.is_ready()? {
            return Ok(());
        }
        let round = self.clock.now();
        let Some(mut sorted) = self.place_in_known_periods(round).await? else {
            return Ok(());
        };
        self.check(&mut sorted, round).await;
        let (due, _) = self
            .books
            .due_count(usize::MAX)
            .map_err(|e| self.books_failed(e))?;
        metrics::due(&self.key, due);
        let rejected = sorted.refused.into_iter();
        let rejected: Vec<Event> = rejected
            .map(|(posting, reason)| self.unsendable(&posting, reason))
            .collect();
        let rejected = self.as_new_rejections(rejected)?;
        self.publish_all(&rejected).await?;
        self.hurry = false;
        let postings = one_batch(sorted.sendable, self.options.batch_size);
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
        if !self.waiting.is_empty() && self.clock.now() >= self.recheck {
            return Ok(true);
        }
        let (count, since) = self.due(self.options.batch_size)?;
        let old = since.is_some_and(|since| self.clock.age(since) >= self.options.batch_age);
        Ok(count > 0 && (self.hurry || old || count >= self.options.batch_size))
    }

    /// How many are due beside those that wait, as many as `limit` at most, and since
    /// when the first of them.
    pub(super) fn due(&self, limit: usize) -> Turn<(usize, Option<Timestamp>)> {
        let due = match self.waiting.is_empty() {
            true => self.books.due_count(limit),
            false => {
                let waits = |key: &EntityKey| self.waiting.contains_key(key);
                self.books.due_beside(waits, limit)
            }
        };
        due.map_err(|e| self.books_failed(e))
    }

    /// What is due, placed in the calendar; none when the periods cannot be read
    /// now. That no period is open is believed only of periods read in this round.
    async fn place_in_known_periods(&mut self, round: Timestamp) -> Turn<Option<Sorted>> {
        loop {
            let (ledger, age) = (self.config.id.unwrap_or_default(), self.options.period_age);
            let refreshed = self
                .periods
                .refresh(&self.fusion, ledger, age, &self.clock)
                .await;
            if let Err(error) = refreshed {
                self.report_trouble(&error);
                self.gather.back_off(self.clock.now());
                return Ok(None);
            }
            let sorted = self.place()?;
            let is_placeless =
                |(_, reason): &(Posting, Reason)| reason.code == code::NO_OPEN_PERIOD;
            if !sorted.refused.iter().any(is_placeless) || self.periods.are_newer_than(round) {
                return Ok(Some(sorted));
            }
            self.periods.forget();
        }
    }

    fn place(&self) -> Turn<Sorted> {
        let mut sorted = Sorted::default();
        for draft in self.drafts().map_err(|e| self.books_failed(e))? {
            let date = draft.date;
            match self.periods.place(&self.config, date) {
                Place::Here(placement) => {
                    let posting = batch::posting(&self.config, draft, placement);
                    match batch::check(&self.config, &posting) {
                        Ok(()) => sorted.sendable.push(posting),
                        Err(error) => sorted.refused.push((posting, Reason::unwritable(&error))),
                    }
                }
                Place::Held(period) => {
                    let reason = Reason::period_closed(&period);
                    sorted.waiting.insert(draft.entity, reason);
                }
                Place::Nowhere(period) => {
                    let reason = Reason::no_open_period(&period);
                    let nowhere = Placement { date, period };
                    let posting = batch::posting(&self.config, draft, nowhere);
                    sorted.refused.push((posting, reason));
                }
            }
        }
        Ok(sorted)
    }

    /// The drafts that wait longest.
    fn drafts(&self) -> Result<Vec<Draft>, BooksError> {
        let mut drafts = Vec::new();
        // Beyond those that wait, so that they hold nothing else.
        let limit = self.options.batch_size * LOOK_AHEAD + self.waiting.len();
        for key in self.books.due(limit)? {
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
        events::rejected(&self.key, None, posting, reason, self.clock.now())
    }
}

/// As many as a batch holds, of the period of the first.
fn one_batch(mut postings: Vec<Posting>, size: usize) -> Vec<Posting> {
    if let Some(period) = postings.first().map(|it| it.period.clone()) {
        postings.retain(|it| it.period == period);
    }
    postings.truncate(size);
    postings
}
