//! The work on one ledger: read events, pursue the open attempt, see whether what
//! was imported is posted, and gather what is due into the next batch.

mod alarm;
mod calls;
mod checks;
mod delay;
mod gather;
mod left;
mod pace;
mod posting;
mod recheck;
mod record;
mod room;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use fusion::Fusion;
use jiff::Timestamp;
use schemas::{BatchKey, EntityKey, LedgerKey, Step, Subjects};
use service::{
    CancellationToken, Clock,
    config::{Config, LedgerConfig, PosterConfig},
    health::{self, Component},
};
use stream::{Reader, Stream};

use self::gather::Mode;
use self::pace::{Pace, later};
use crate::{
    PosterError,
    attempt::{self, Action, Knowledge, Tally},
    books::{self, Attempt, Books, BooksError},
    checks::Reference,
    periods::Periods,
    refusal::Reason,
    setup::Setup,
};

/// As many events as are applied in one transaction.
const EVENTS: usize = 512;
/// The longest wait for events.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// The pause after the stream was away.
const STREAM_PAUSE: Duration = Duration::from_millis(500);

/// Why work on the ledger ends.
pub(crate) enum Halt {
    Shutdown,
    Failed(PosterError),
}

type Turn<T> = Result<T, Halt>;

pub(crate) struct Ledger {
    key: LedgerKey,
    config: LedgerConfig,
    options: PosterConfig,
    fusion: Arc<Fusion>,
    stream: Stream,
    reader: Reader,
    books: Books,
    clock: Clock,
    shutdown: CancellationToken,
    health: Component,
    stream_is_away: bool,
    /// This run has written a step, so none of a former run can come any more.
    has_recorded: bool,
    /// The ledger as it was looked up; nothing is sent before.
    setup: Option<Setup>,
    periods: Periods,
    reference: Reference,
    /// What is due and waits for something in Fusion, and why.
    waiting: BTreeMap<EntityKey, Reason>,
    /// When what waits is looked at again.
    recheck: Timestamp,
    pursuit: Option<Pursuit>,
    /// When each imported batch is looked at again.
    unposted: HashMap<BatchKey, Pace>,
    /// How long jobs took of late: the first look at one is not before that.
    job_time: Duration,
    /// When the next batch may be tried after a failure to gather one.
    gather: Pace,
    /// Something was released from a batch: it goes again without waiting.
    hurry: bool,
    /// When it is looked next whether causes of rejections are gone.
    recheck_rejected_at: Timestamp,
}

/// What this process knows of the open attempt beyond its recorded step.
struct Pursuit {
    batch: BatchKey,
    attempt: u32,
    step: Step,
    known: Knowledge,
    /// Since when nothing was called that could still show up.
    quiet_from: Timestamp,
    pace: Pace,
    began: Timestamp,
    overdue: bool,
}

impl Pursuit {
    fn is_of(&self, attempt: &Attempt) -> bool {
        self.batch == attempt.batch && self.attempt == attempt.attempt && self.step == attempt.step
    }
}

impl Ledger {
    /// Opens the ledger's books and begins to read where they end.
    pub async fn open(
        key: &LedgerKey,
        config: &Config,
        fusion: Arc<Fusion>,
        stream: Stream,
        shutdown: CancellationToken,
        clock: Clock,
    ) -> Result<Ledger, PosterError> {
        let books = Books::open(&config.data_dir.join("poster"), key).map_err(|source| {
            PosterError::Books {
                ledger: key.clone(),
                source,
            }
        })?;
        let subjects = books::subjects(key);
        let patterns: Vec<&str> = subjects.iter().map(Subjects::pattern).collect();
        let reader = stream
            .reader(books.position() + 1, &patterns)
            .await
            .map_err(|source| PosterError::Stream {
                ledger: key.clone(),
                source,
            })?;
        let options = config.poster.clone();
        Ok(Ledger {
            health: health::component(format!("poster/{key}")),
            stream_is_away: false,
            has_recorded: false,
            gather: Pace::new(&options, clock.now()),
            reference: Reference::new(&clock),
            recheck: clock.now(),
            recheck_rejected_at: clock.now(),
            key: key.clone(),
            config: config.ledgers[key].clone(),
            options,
            fusion,
            stream,
            reader,
            books,
            clock,
            shutdown,
            setup: None,
            periods: Periods::default(),
            waiting: BTreeMap::new(),
            pursuit: None,
            unposted: HashMap::new(),
            job_time: Duration::ZERO,
            hurry: false,
        })
    }

    /// Works until shut down, or until something that no event can put right. Under
    /// an alarm it stands still; shut down then, it ends with that as its error.
    pub async fn run(mut self) -> Result<(), PosterError> {
        match self.work().await {
            Ok(()) | Err(Halt::Shutdown) => Ok(()),
            Err(Halt::Failed(error)) => {
                self.health.failing(error.to_string());
                Err(error)
            }
        }
    }

    async fn work(&mut self) -> Turn<()> {
        self.catch_up().await?;
        self.well();
        tracing::info!(ledger = %self.key, position = self.books.position(), "the books are up to date");
        loop {
            // Before anything else, also after a restart.
            self.stand_still().await?;
            self.stop_if_asked()?;
            match self.turn().await {
                Err(Halt::Failed(PosterError::Alarm {
                    batch,
                    attempt,
                    source,
                    ..
                })) => self.raise(batch, attempt, source).await?,
                outcome => outcome?,
            }
        }
    }

    async fn turn(&mut self) -> Turn<()> {
        let wait = self.next_wake()?;
        self.read_until_stopped(wait).await?;
        self.stop_if_asked()?;
        if !self.is_set_up().await? {
            return Ok(());
        }
        while self.advance().await? {}
        self.watch_posting().await?;
        self.recheck_rejected().await?;
        self.gather_batch().await
    }

    /// How long nothing needs to be done unless an event comes.
    fn next_wake(&self) -> Turn<Duration> {
        let now = self.clock.now();
        let mut wait = MAX_WAIT;
        let mut until = |at: Timestamp| {
            let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
            wait = wait.min(left);
        };
        for pace in self.unposted.values() {
            until(pace.wake());
        }
        if self.setup.is_none() {
            until(self.gather.wake());
        } else if let Some(pursuit) = &self.pursuit {
            until(pursuit.pace.wake());
        } else {
            let age = match self.hurry {
                true => Duration::ZERO,
                false => self.options.batch_age,
            };
            for mode in Mode::ALL {
                if let (_, Some(since)) = self.due(mode, 1)? {
                    let left = age.saturating_sub(self.clock.age(since));
                    until(later(now, left).max(self.gather.wake()));
                }
            }
            if !self.waiting.is_empty() {
                until(self.recheck.max(self.gather.wake()));
            }
        }
        Ok(wait)
    }

    /// One action of the open attempt. True when another may follow at once.
    async fn advance(&mut self) -> Turn<bool> {
        if !self.has_work_in_hand() {
            self.stop_if_asked()?;
        }
        let fence = self.books.fence();
        let open = self.books.open_attempt();
        let Some(attempt) = open.map_err(|e| self.books_failed(e))? else {
            self.pursuit = None;
            return Ok(false);
        };
        if !self.pursuit.as_ref().is_some_and(|it| it.is_of(&attempt)) {
            self.pursue(&attempt, Knowledge::Nothing);
        }
        let Some(pursuit) = &self.pursuit else {
            return Ok(false);
        };
        if self.clock.now() < pursuit.pace.wake() {
            return Ok(false);
        }
        let journals = self.books.posting_count(&attempt.batch);
        let journals = journals.map_err(|e| self.books_failed(e))?;
        let tally = Tally {
            journals,
            imports: attempt.imports,
        };
        let action = attempt::next(&attempt.step, &pursuit.known, tally);
        tracing::debug!(
            ledger = %self.key, batch = %attempt.batch, attempt = attempt.attempt,
            step = attempt.step.name(), ?action, "next"
        );
        match action {
            Action::Record(step) => {
                self.record_step(&attempt, step, fence).await?;
            }
            Action::Imported(found) => self.imported(&attempt, &found).await?,
            Action::Reject(culprits) => self.reject(&attempt, culprits, fence).await?,
            Action::Halve { reason } => self.halve(&attempt, reason, fence).await?,
            call => self.call(&attempt, call).await?,
        }
        Ok(true)
    }

    /// Begins to pursue a step. A step found on restart has been quiet since it
    /// was recorded, unless its call is still to be made.
    fn pursue(&mut self, attempt: &Attempt, known: Knowledge) {
        let now = self.clock.now();
        let mut pace = Pace::new(&self.options, now);
        if let Step::LoadStarted { .. } | Step::ImportStarted { .. } = attempt.step {
            // Looking while the job can hardly be done costs calls.
            pace.start_after(now, (self.job_time * 9 / 10).max(self.options.poll_every));
        }
        self.pursuit = Some(Pursuit {
            batch: attempt.batch.clone(),
            attempt: attempt.attempt,
            step: attempt.step.clone(),
            known,
            quiet_from: attempt.step_at,
            pace,
            began: now,
            overdue: false,
        });
    }

    /// A call that is announced, or an answer that is not recorded yet. Stopping
    /// here would leave an unknown outcome, and the next start would have to wait.
    fn has_work_in_hand(&self) -> bool {
        self.pursuit.as_ref().is_some_and(|it| match it.known {
            Knowledge::Uploaded(_) | Knowledge::Submitted(_) => true,
            Knowledge::Fresh => {
                matches!(it.step, Step::LoadRequested | Step::ImportRequested { .. })
            }
            _ => false,
        })
    }

    fn stop_if_asked(&self) -> Turn<()> {
        match self.shutdown.is_cancelled() {
            true => Err(Halt::Shutdown),
            false => Ok(()),
        }
    }

    fn books_failed(&self, source: BooksError) -> Halt {
        let ledger = self.key.clone();
        Halt::Failed(PosterError::Books { ledger, source })
    }
}
