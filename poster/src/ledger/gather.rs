//! Gathering what is due into the next batch.

use jiff::Timestamp;
use schemas::{EntityKey, Event, Posting};
use subledger::Draft;

use super::{Ledger, Turn, checks::Sorted, room::Room};
use crate::{
    batch,
    books::BooksError,
    events, metrics,
    periods::{Place, Placement},
    refusal::{Reason, code},
};

/// How a batch's postings become journals of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Each is one.
    Single,
    /// Those of a day share one.
    Summary,
}

impl Mode {
    pub const ALL: [Mode; 2] = [Mode::Single, Mode::Summary];

    fn of(posting: &Posting) -> Mode {
        match posting.summary {
            None => Mode::Single,
            Some(_) => Mode::Summary,
        }
    }

    fn other(self) -> Mode {
        match self {
            Mode::Single => Mode::Summary,
            Mode::Summary => Mode::Single,
        }
    }
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
        if self.clock.now() < self.gather.wake() {
            return Ok(());
        }
        let fence = self.books.fence();
        let Some(mode) = self.ready()? else {
            return Ok(());
        };
        let round = self.clock.now();
        let Some(mut sorted) = self.place_in_known_periods(round).await? else {
            return Ok(());
        };
        self.check(&mut sorted, round).await;
        let due = self.all_due()?;
        metrics::due(&self.key, due);
        let rejected = sorted.refused.into_iter();
        let rejected: Vec<Event> = rejected
            .map(|(posting, reason)| self.unsendable(&posting, reason))
            .collect();
        let rejected = self.as_new_rejections(rejected)?;
        self.publish_all(&rejected).await?;
        self.hurry = false;
        let postings = self.one_batch(sorted.sendable, mode);
        if postings.is_empty() {
            return Ok(());
        }
        let tried = self.books.attempts_of(&batch::key(&self.key, &postings));
        let tried = tried.map_err(|e| self.books_failed(e))?;
        tracing::info!(ledger = %self.key, journals = postings.len(), due, "a batch is closed");
        self.record(batch::intent(&self.key, tried + 1, postings), fence)
            .await?;
        Ok(())
    }

    /// What a batch is to be closed of; where both could be, what waits longest.
    fn ready(&self) -> Turn<Option<Mode>> {
        let open = self.books.open_attempt();
        if open.map_err(|e| self.books_failed(e))?.is_some() {
            return Ok(None);
        }
        let is_recheck = !self.waiting.is_empty() && self.clock.now() >= self.recheck;
        let mut ready = Vec::new();
        for mode in Mode::ALL {
            let size = self.size(mode);
            let (count, since) = self.due(mode, size)?;
            let old = since.is_some_and(|since| self.clock.age(since) >= self.options.batch_age);
            if count > 0 && (self.hurry || old || count >= size) {
                ready.push((since, mode));
            }
        }
        let oldest = ready.into_iter().min_by_key(|(since, _)| *since);
        Ok(oldest
            .map(|(_, mode)| mode)
            .or(is_recheck.then_some(Mode::Single)))
    }

    /// How many postings close a batch.
    fn size(&self, mode: Mode) -> usize {
        match mode {
            Mode::Single => self.options.batch_size,
            Mode::Summary => self.options.summary_size,
        }
    }

    /// How many postings a batch has at most: an import takes Fusion about as long for
    /// many as for few, so a backlog goes in larger ones.
    fn most(&self, mode: Mode) -> usize {
        match mode {
            Mode::Single => self.options.backlog_size.max(self.options.batch_size),
            Mode::Summary => self.options.summary_size,
        }
    }

    /// Days that ended before this moment are summed up by now.
    fn days_over(&self) -> Timestamp {
        let now = self.clock.now();
        now.checked_sub(self.options.summary_after)
            .unwrap_or(Timestamp::MIN)
    }

    /// How many are due beside those that wait, as many as `limit` at most, and since
    /// when the first of them.
    pub(super) fn due(&self, mode: Mode, limit: usize) -> Turn<(usize, Option<Timestamp>)> {
        let waits = |key: &EntityKey| self.waiting.contains_key(key);
        let due = match mode {
            Mode::Single if self.waiting.is_empty() => self.books.due_count(limit),
            Mode::Single => self.books.due_beside(waits, limit),
            Mode::Summary => self
                .books
                .summaries_due_beside(self.days_over(), waits, limit),
        };
        due.map_err(|e| self.books_failed(e))
    }

    /// How many could go, those that wait included.
    fn all_due(&self) -> Turn<usize> {
        let nothing = |_: &EntityKey| false;
        let single = self.books.due_count(usize::MAX);
        let summed_up = self
            .books
            .summaries_due_beside(self.days_over(), nothing, usize::MAX);
        let (single, _) = single.map_err(|e| self.books_failed(e))?;
        let (summed_up, _) = summed_up.map_err(|e| self.books_failed(e))?;
        Ok(single + summed_up)
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
        let limit = |mode| self.most(mode) * LOOK_AHEAD + self.waiting.len();
        let mut due = self.books.due(limit(Mode::Single))?;
        let summed_up = limit(Mode::Summary);
        due.extend(self.books.summaries_due(self.days_over(), summed_up)?);
        for key in due {
            drafts.extend(self.books.draft(&key)?);
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

    /// As many as a batch holds, of the period of the first: of one mode, or of the
    /// other if there are none.
    fn one_batch(&self, postings: Vec<Posting>, mode: Mode) -> Vec<Posting> {
        let is_of = |mode: Mode| postings.iter().filter(move |it| Mode::of(it) == mode);
        let mode = match is_of(mode).next() {
            Some(_) => mode,
            None => mode.other(),
        };
        let period = is_of(mode).next().map(|it| it.period.clone());
        let mut room = Room::new(self.most(mode), self.stream.max_event());
        let goes = |it: &Posting| {
            Mode::of(it) == mode && Some(&it.period) == period.as_ref() && room.take(it)
        };
        postings.into_iter().filter(goes).collect()
    }
}
