//! Gathering what is due into the next batch.

use std::sync::Arc;

use jiff::Timestamp;
use schemas::{EntityKey, JournalSubmitted, Posting};
use service::config::PosterConfig;
use subledger::Draft;

use super::{
    backoff::{Backoff, later},
    capacity::Capacity,
    facts,
    gate::{Gate, Sorted},
    halt::Turn,
    ledger::Ledger,
    recorder::{Fence, Recorder},
};
use crate::{
    books::{Books, BooksError},
    metrics,
};

/// How a batch's postings become journals of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Each is one.
    Single,
    /// Those of a day share one.
    Summary,
}

impl Mode {
    const ALL: [Mode; 2] = [Mode::Single, Mode::Summary];

    fn of(posting: &Posting) -> Mode {
        match posting.summary {
            None => Mode::Single,
            Some(_) => Mode::Summary,
        }
    }

    /// How many postings close a batch.
    fn size(self, options: &PosterConfig) -> usize {
        match self {
            Mode::Single => options.batch_size,
            Mode::Summary => options.summary_size,
        }
    }

    /// How many postings a batch has at most: an import takes Fusion about as long for
    /// many as for few, so a backlog goes in larger ones.
    fn most(self, options: &PosterConfig) -> usize {
        match self {
            Mode::Single => options.backlog_size.max(options.batch_size),
            Mode::Summary => options.summary_size,
        }
    }
}

/// How many more than a batch holds are looked at: journals of one period only go
/// together, so some of those that wait longest may have to wait for the next.
const LOOK_AHEAD: usize = 2;

/// Closes batches, one after another.
pub(super) struct Gatherer {
    ledger: Arc<Ledger>,
    /// When the next batch may be tried after a failure to gather one.
    backoff: Backoff,
    /// Something was released from a batch: it goes again without waiting.
    at_once: bool,
}

impl Gatherer {
    pub(super) fn of(ledger: &Arc<Ledger>) -> Gatherer {
        Gatherer {
            ledger: Arc::clone(ledger),
            backoff: Backoff::new(&ledger.options, ledger.clock.now()),
            at_once: false,
        }
    }

    /// Whether what is due goes without waiting for more.
    pub(super) fn set_at_once(&mut self, at_once: bool) {
        self.at_once = at_once;
    }

    /// When there may be a batch to close; none if nothing is due.
    pub(super) fn next_due(
        &self,
        books: &Books,
        gate: &Gate,
    ) -> Result<Option<Timestamp>, BooksError> {
        let mut next = gate.next_look();
        let mut oldest: Option<Timestamp> = None;
        for mode in Mode::ALL {
            if let (_, Some(since)) = self.due(books, gate, mode, 1)? {
                oldest = Some(oldest.map_or(since, |oldest| oldest.min(since)));
                let closes = match self.at_once {
                    true => since,
                    false => later(since, self.ledger.options.batch_age),
                };
                next = Some(next.map_or(closes, |next| next.min(closes)));
            }
        }
        let age = oldest.map(|since| self.ledger.clock.age(since));
        metrics::DUE_AGE.set_duration([self.ledger.key.as_str()], age.unwrap_or_default());
        Ok(next.map(|next| next.max(self.backoff.due())))
    }

    /// Closes a batch when it is full or old enough, and gives the intent to import it,
    /// as of the time when that was decided. One import at a time: Fusion runs them one
    /// by one anyway, and journals that come meanwhile make the next batch fuller.
    pub(super) async fn close(
        &mut self,
        recorder: &mut Recorder,
        gate: &mut Gate,
    ) -> Turn<Option<(JournalSubmitted, Fence)>> {
        recorder.stop_if_asked()?;
        let round = self.ledger.clock.now();
        if !self.backoff.is_due(round) {
            return Ok(None);
        }
        let fence = recorder.fence();
        let Some(mode) = self.ready(recorder.books(), gate)? else {
            return Ok(None);
        };
        let Some(mut sorted) = self.place(recorder, gate, round).await? else {
            return Ok(None);
        };
        self.check(gate, &mut sorted, round).await;
        let (ledger, books) = (&self.ledger, recorder.books());
        let due = self.all_due(books)?;
        metrics::DUE.set_count([ledger.key.as_str()], due);
        let mut rejected = Vec::new();
        for (posting, reason) in sorted.refused {
            rejected.push(facts::rejected(ledger, books, None, &posting, reason)?);
        }
        recorder.publish(&rejected).await?;
        self.at_once = false;
        let postings = self.one_batch(sorted.sendable, mode, recorder.max_event());
        if postings.is_empty() {
            return Ok(None);
        }
        tracing::info!(ledger = %self.ledger.key, journals = postings.len(), due, "a batch is closed");
        let intent = facts::intent(&self.ledger, recorder.books(), postings)?;
        Ok(Some((intent, fence)))
    }

    /// What a batch is to be closed of; where both could be, what waits longest.
    fn ready(&self, books: &Books, gate: &Gate) -> Result<Option<Mode>, BooksError> {
        if books.open_attempt()?.is_some() {
            return Ok(None);
        }
        let (clock, options) = (&self.ledger.clock, &self.ledger.options);
        let mut ready = Vec::new();
        for mode in Mode::ALL {
            let size = mode.size(options);
            let (count, since) = self.due(books, gate, mode, size)?;
            let old = since.is_some_and(|since| clock.age(since) >= options.batch_age);
            if count > 0 && (self.at_once || old || count >= size) {
                ready.push((since, mode));
            }
        }
        let oldest = ready.into_iter().min_by_key(|(since, _)| *since);
        let is_look = gate.next_look().is_some_and(|at| clock.now() >= at);
        Ok(oldest
            .map(|(_, mode)| mode)
            .or(is_look.then_some(Mode::Single)))
    }

    /// What is due, placed in the calendar; none when the periods cannot be read
    /// now. That no period is open is believed only of periods read in this round.
    async fn place(
        &mut self,
        recorder: &mut Recorder,
        gate: &mut Gate,
        round: Timestamp,
    ) -> Turn<Option<Sorted>> {
        loop {
            if let Err(error) = gate.refresh_periods().await {
                self.ledger.status.call_failed(&error);
                self.backoff.back_off(self.ledger.clock.now());
                return Ok(None);
            }
            let drafts = self.drafts(recorder.books(), gate)?;
            if let Some(sorted) = gate.place_all(drafts, round) {
                return Ok(Some(sorted));
            }
        }
    }

    /// Has the gate check what is placed; what waits there is looked at again.
    async fn check(&mut self, gate: &mut Gate, sorted: &mut Sorted, round: Timestamp) {
        let checked = gate.check(sorted, round).await;
        let (ledger, now) = (&self.ledger, self.ledger.clock.now());
        match checked {
            Ok(()) => {
                self.backoff.reset(now);
                gate.look_again_at(later(now, ledger.options.period_age));
                ledger.status.works();
            }
            Err(error) => {
                self.backoff.back_off(now);
                gate.look_again_at(self.backoff.due());
                ledger.status.call_failed(&error);
            }
        }
    }

    /// Days that ended before this moment are summed up by now.
    fn days_over(&self) -> Timestamp {
        let now = self.ledger.clock.now();
        now.checked_sub(self.ledger.options.summary_after)
            .unwrap_or(Timestamp::MIN)
    }

    /// How many are due beside those that wait, as many as `limit` at most, and since
    /// when the first of them.
    fn due(
        &self,
        books: &Books,
        gate: &Gate,
        mode: Mode,
        limit: usize,
    ) -> Result<(usize, Option<Timestamp>), BooksError> {
        let waits = |entity: &EntityKey| gate.holds(entity);
        match mode {
            Mode::Single if gate.held() == 0 => books.due_count(limit),
            Mode::Single => books.due_beside(waits, limit),
            Mode::Summary => books.summaries_due_beside(self.days_over(), waits, limit),
        }
    }

    /// How many could go, those that wait included.
    fn all_due(&self, books: &Books) -> Result<usize, BooksError> {
        let nothing = |_: &EntityKey| false;
        let (single, _) = books.due_count(usize::MAX)?;
        let (summed_up, _) = books.summaries_due_beside(self.days_over(), nothing, usize::MAX)?;
        Ok(single + summed_up)
    }

    /// The drafts that wait longest.
    fn drafts(&self, books: &Books, gate: &Gate) -> Result<Vec<Draft>, BooksError> {
        let mut drafts = Vec::new();
        // Beyond those that wait, so that they hold nothing else.
        let limit = |mode: Mode| mode.most(&self.ledger.options) * LOOK_AHEAD + gate.held();
        let mut due = books.due(limit(Mode::Single))?;
        due.extend(books.summaries_due(self.days_over(), limit(Mode::Summary))?);
        for entity in due {
            drafts.extend(books.draft(&entity)?);
        }
        Ok(drafts)
    }

    /// As many as a batch holds, of the period of the first: of one mode, or of the
    /// other if there are none.
    fn one_batch(&self, postings: Vec<Posting>, mode: Mode, max_event: usize) -> Vec<Posting> {
        let is_of = |it: &&Posting| Mode::of(it) == mode;
        let Some(first) = postings.iter().find(is_of).or(postings.first()) else {
            return Vec::new();
        };
        let (mode, period) = (Mode::of(first), first.period.clone());
        let mut capacity = Capacity::new(mode.most(&self.ledger.options), max_event);
        let goes = |it: &Posting| Mode::of(it) == mode && it.period == period && capacity.take(it);
        postings.into_iter().filter(goes).collect()
    }
}
