//! The import of a batch: decide, call, observe, record.
//!
//! [`attempt::next`] decides by the last recorded step and what is known beyond it.
//! What it decides is a call to Fusion, whose answer is then known, or a step, which
//! is recorded before the next call.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use schemas::{BatchKey, JournalSubmitted, LeftRows, Posting, Step};
use service::config::AutoPost;

use super::{
    calls, facts,
    halt::{Halt, Interruption, Turn},
    ledger::Ledger,
    pursuit::Pursuit,
    recorder::{Fence, Recorder},
};
use crate::{
    attempt::{self, Action, Call, Job, Outcome, Progress, Settled, Sight, Submission, Tally},
    batch,
    books::Attempt,
    culprits::{Culprit, culprits},
    events, metrics,
    readback::{Alarm, Found},
};

/// Pursues the open attempt. There is at most one.
#[derive(Default)]
pub(super) struct Importer {
    pursuit: Option<Pursuit>,
    /// How long the last job took: the first look at one is not much before that.
    job_time: Duration,
}

/// What an action came to, as far as others have to know.
pub(super) enum Progressed {
    /// There is nothing to do now.
    Nothing,
    /// Another action may follow at once.
    OneAction,
    /// The batch is in the ledger, and was not posted then.
    Imported { batch: BatchKey, at: Timestamp },
    /// The attempt is given up. These are rejected, each for a code; the rest is due
    /// again, and may go without waiting for others.
    GivenUp {
        rejected: Vec<(Posting, String)>,
        goes_again_at_once: bool,
    },
}

impl Importer {
    /// Takes one action of the open attempt.
    pub async fn advance(
        &mut self,
        ledger: &Ledger,
        recorder: &mut Recorder,
    ) -> Result<Progressed, Interruption> {
        if !self.is_in_hand() {
            recorder.stop_if_asked()?;
        }
        let fence = recorder.fence();
        let Some(attempt) = recorder.books().open_attempt()? else {
            self.pursuit = None;
            return Ok(Progressed::Nothing);
        };
        if !self.pursuit.as_ref().is_some_and(|it| it.is_of(&attempt)) {
            self.pursuit = Pursuit::of(ledger, &attempt, false, self.job_time);
        }
        let Some(pursuit) = &mut self.pursuit else {
            return Ok(Progressed::Nothing);
        };
        if ledger.clock.now() < pursuit.due() {
            return Ok(Progressed::Nothing);
        }
        let tally = Tally {
            journals: recorder.books().posting_count(&attempt.batch)?,
            imports: attempt.imports,
        };
        let action = attempt::next(pursuit.progress(), tally);
        tracing::debug!(
            ledger = %ledger.key, batch = %attempt.batch, attempt = attempt.attempt,
            step = attempt.step.name(), ?action, "next"
        );
        match action {
            Action::Call(call) => {
                if let Some(time) = make(ledger, recorder, &attempt, pursuit, &call).await? {
                    self.job_time = time;
                }
                Ok(Progressed::OneAction)
            }
            Action::Record(step) => {
                let step = submitted(ledger, &attempt, step);
                self.record(ledger, recorder, step, fence).await?;
                Ok(Progressed::OneAction)
            }
            Action::Imported(found) => self.imported(ledger, recorder, &attempt, &found).await,
            Action::Abandon { reason } => {
                self.give_up(ledger, recorder, &attempt, reason, fence)
                    .await?;
                Ok(given_up(&attempt, Vec::new()))
            }
            Action::Reject(culprits) => {
                self.reject(ledger, recorder, &attempt, culprits, fence)
                    .await
            }
            Action::Halve { reason } => self.halve(ledger, recorder, &attempt, reason, fence).await,
        }
    }

    /// Records the intent to import a batch that is closed, and goes on from it.
    pub async fn begin(
        &mut self,
        ledger: &Ledger,
        recorder: &mut Recorder,
        intent: JournalSubmitted,
        fence: Fence,
    ) -> Turn<()> {
        self.record(ledger, recorder, intent, fence).await?;
        Ok(())
    }

    /// Knows of the open attempt no more than what is recorded.
    pub fn forget(&mut self) {
        self.pursuit = None;
    }

    /// When the next action of the open attempt is due; none if none is pursued.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.pursuit.as_ref().map(Pursuit::due)
    }

    fn is_in_hand(&self) -> bool {
        let pursuit = self.pursuit.as_ref();
        pursuit.is_some_and(|it| it.progress().is_in_hand())
    }

    /// Records a step and goes on from it. See [`Recorder::record`] for the result.
    async fn record(
        &mut self,
        ledger: &Ledger,
        recorder: &mut Recorder,
        step: JournalSubmitted,
        fence: Fence,
    ) -> Turn<bool> {
        let (batch, number) = (step.batch.clone(), step.attempt);
        let is_ours = recorder.record(step, fence).await?;
        let open = recorder.books().open_attempt()?;
        self.pursuit = open
            .filter(|it| it.batch == batch && it.attempt == number)
            .and_then(|it| Pursuit::of(ledger, &it, is_ours, self.job_time));
        Ok(is_ours)
    }

    /// The batch is in the ledger: says so, and that it is posted if it is.
    async fn imported(
        &mut self,
        ledger: &Ledger,
        recorder: &mut Recorder,
        attempt: &Attempt,
        found: &Found,
    ) -> Result<Progressed, Interruption> {
        let at = ledger.clock.now();
        tracing::info!(
            ledger = %ledger.key, batch = found.batch_name, journals = found.journals.len(),
            posted = found.is_posted, "a batch is imported"
        );
        let mut said = vec![events::imported(&ledger.key, attempt, found, at)];
        if found.is_posted {
            said.extend(facts::posted(ledger, recorder.books(), attempt, found)?);
        }
        recorder.publish(&said).await?;
        self.pursuit = None;
        metrics::attempt(&ledger.key, "imported");
        if found.is_posted {
            metrics::posted(&ledger.key, said.len() - 1);
            return Ok(Progressed::OneAction);
        }
        // Whether it was done shows in the read-back; posting twice does nothing the
        // second time.
        if let AutoPost::CriteriaSet(set) = ledger.options.autopost
            && let Err(error) = ledger.fusion.submit_autopost(set).await
        {
            ledger.status.call_failed(&error);
        }
        Ok(Progressed::Imported {
            batch: attempt.batch.clone(),
            at,
        })
    }

    /// Rejects the culprits; the rest of the group is due again at once.
    async fn reject(
        &mut self,
        ledger: &Ledger,
        recorder: &mut Recorder,
        attempt: &Attempt,
        culprits: Vec<Culprit>,
        fence: Fence,
    ) -> Result<Progressed, Interruption> {
        let sent = recorder.books().postings(&attempt.batch)?;
        let (mut said, mut rejected) = (Vec::new(), Vec::new());
        for Culprit { place, reason } in culprits {
            if let Some(posting) = sent.get(place) {
                rejected.push((posting.clone(), reason.code.clone()));
                let books = recorder.books();
                said.push(facts::rejected(
                    ledger,
                    books,
                    Some(attempt),
                    posting,
                    reason,
                )?);
            }
        }
        recorder.publish(&said).await?;
        let reason = format!(
            "the import refused {} of {} journals; its rows stay under group {} until they are removed in Fusion",
            said.len(),
            sent.len(),
            attempt.group
        );
        self.give_up(ledger, recorder, attempt, reason, fence)
            .await?;
        Ok(given_up(attempt, rejected))
    }

    /// Abandons the attempt and tries the first half by itself: the culprit is in
    /// one of the halves, and the other goes through.
    async fn halve(
        &mut self,
        ledger: &Ledger,
        recorder: &mut Recorder,
        attempt: &Attempt,
        reason: String,
        fence: Fence,
    ) -> Result<Progressed, Interruption> {
        let mut half = recorder.books().postings_left(&attempt.batch)?;
        half.truncate(half.len().div_ceil(2));
        if self
            .give_up(ledger, recorder, attempt, reason, fence)
            .await?
        {
            let (fence, books) = (recorder.fence(), recorder.books());
            let mut due = Vec::new();
            for posting in half {
                // What was held back meanwhile stays behind.
                if books.is_due(&posting.entity)? {
                    due.push(posting);
                }
            }
            if !due.is_empty() {
                let tried = books.attempts_of(&batch::key(&ledger.key, &due))?;
                let intent = batch::intent(&ledger.key, tried + 1, due);
                self.record(ledger, recorder, intent, fence).await?;
            }
        }
        Ok(given_up(attempt, Vec::new()))
    }

    /// Records that the attempt is given up, with what it may have left in Fusion's
    /// interface table. See [`Recorder::record`] for the result.
    async fn give_up(
        &mut self,
        ledger: &Ledger,
        recorder: &mut Recorder,
        attempt: &Attempt,
        reason: String,
        fence: Fence,
    ) -> Turn<bool> {
        let pursuit = self.pursuit.as_ref();
        let left = match pursuit.is_some_and(|it| it.progress().may_leave_rows()) {
            true => Some(rows(ledger, &recorder.books().postings(&attempt.batch)?)),
            false => None,
        };
        tracing::warn!(
            ledger = %ledger.key, batch = %attempt.batch, attempt = attempt.attempt,
            group = attempt.group, reason, rows = left.as_ref().map_or(0, |left| left.rows),
            "an attempt is given up; so many rows may be left under its group"
        );
        metrics::attempt(&ledger.key, "abandoned");
        let step = submitted(ledger, attempt, Step::Abandoned { reason, left });
        self.record(ledger, recorder, step, fence).await
    }
}

/// Makes a call, and takes in what it shows. How long a job took that it shows to be
/// at its end.
async fn make(
    ledger: &Ledger,
    recorder: &mut Recorder,
    attempt: &Attempt,
    pursuit: &mut Pursuit,
    call: &Call,
) -> Result<Option<Duration>, Interruption> {
    let settled = pursuit.settled(ledger);
    if let Call::Load | Call::Import { .. } = call {
        pursuit.settle_from(ledger.clock.now());
    }
    let was_running = pursuit.progress().is_running();
    let observed = observe(ledger, recorder, attempt, call, settled).await;
    let now = ledger.clock.now();
    let works = observed.is_ok();
    match observed {
        Ok(progress) => {
            ledger.status.works();
            pursuit.learn(progress, settled, now);
        }
        Err(Interruption::Call(error)) => {
            ledger.status.call_failed(&error);
            pursuit.fail(call, &error, now);
        }
        Err(other) => return Err(other),
    }
    let is_running = pursuit.progress().is_running();
    if let Call::ReadEmptyReport(_) = call {
        pursuit.back_off(now);
        let late = "an imported batch is still not seen in the ledger";
        pursuit.report_if_late(ledger, attempt, late);
    } else if works && is_running {
        pursuit.report_if_late(ledger, attempt, "a job takes longer than the deadline");
    }
    if was_running && !is_running {
        pursuit.settle_from(now);
        return Ok(Some(ledger.clock.age(pursuit.began())));
    }
    Ok(None)
}

/// Where the attempt is after a call. Of the recorder, only the books are read.
async fn observe(
    ledger: &Ledger,
    recorder: &mut Recorder,
    attempt: &Attempt,
    call: &Call,
    settled: Settled,
) -> Result<Progress, Interruption> {
    Ok(match call {
        Call::Upload => {
            let file = file(ledger, recorder, attempt).await?;
            Progress::Intended(Some(calls::upload(ledger, attempt, &file).await?))
        }
        Call::Load => {
            let request = calls::submit_load(ledger, attempt).await?;
            Progress::LoadRequested(Submission::Answered(request))
        }
        Call::FindLoad => {
            let found = calls::find_load(ledger, attempt).await?;
            Progress::LoadRequested(found.map_or(Submission::Unseen(settled), Submission::Found))
        }
        Call::WatchLoad { request } => Progress::LoadStarted {
            request: *request,
            job: calls::job(ledger, *request).await?,
        },
        Call::Import { round } => Progress::ImportRequested {
            round: *round,
            import: Submission::Answered(calls::submit_import(ledger, attempt).await?),
        },
        Call::FindImport { round } => {
            let found = calls::find_import(ledger, attempt).await?;
            Progress::ImportRequested {
                round: *round,
                import: found.map_or(Submission::Unseen(Sight::Unread), Submission::Found),
            }
        }
        Call::WatchImport(import) => Progress::ImportStarted {
            import: *import,
            outcome: match calls::import_job(ledger, attempt, *import).await? {
                Job::Unfinished => Outcome::Unfinished,
                Job::Succeeded => Outcome::Succeeded(Sight::Unread),
                Job::Failed(_) => Outcome::Failed,
            },
        },
        Call::ReadReport(import) => {
            let report = calls::report(ledger, *import).await?;
            let sent = recorder.books().postings(&attempt.batch)?;
            let culprits = culprits(&report.lines, &sent);
            Progress::ImportStarted {
                import: *import,
                outcome: match culprits.is_empty() {
                    true => Outcome::Unexplained {
                        report: report.end,
                        sight: Sight::Unread,
                    },
                    false => Outcome::Blamed(culprits),
                },
            }
        }
        Call::ReadEmptyReport(import) => Progress::ImportStarted {
            import: *import,
            outcome: match calls::found_no_rows(ledger, *import).await? {
                true => Outcome::NoRows,
                false => Outcome::Succeeded(Sight::Unread),
            },
        },
        Call::ReadBack(after) => {
            let found = read_back(ledger, recorder, attempt).await?;
            after
                .clone()
                .saw(found.map_or(Sight::Absent(settled), Sight::There))
        }
    })
}

/// The attempt's file. Earlier attempts never had their import called, or failed for
/// good. If one of them is in the ledger all the same, this one must not go.
async fn file(
    ledger: &Ledger,
    recorder: &mut Recorder,
    attempt: &Attempt,
) -> Result<Vec<u8>, Interruption> {
    if attempt.attempt > 1
        && let Some(found) = read_back(ledger, recorder, attempt).await?
    {
        let alarm = Alarm::Resurrected {
            attempt: attempt.attempt,
            name: found.batch_name,
        };
        return Err(Interruption::alarm(attempt, alarm));
    }
    let sent = recorder.books().postings(&attempt.batch)?;
    let created = attempt.intended_at.to_zoned(TimeZone::UTC).date();
    let (batch, number) = (&attempt.batch, attempt.attempt);
    let file = batch::file(&ledger.config, batch, number, created, &sent);
    let file = file.map_err(|source| Halt::File {
        batch: batch.clone(),
        source,
    });
    Ok(file?)
}

/// Looks for the attempt's batch in the ledger and compares it with what was sent.
async fn read_back(
    ledger: &Ledger,
    recorder: &mut Recorder,
    attempt: &Attempt,
) -> Result<Option<Found>, Interruption> {
    match calls::batch(ledger, attempt).await? {
        Some(batch) => facts::compared(ledger, recorder, attempt, &batch)
            .await
            .map(Some),
        None => Ok(None),
    }
}

fn submitted(ledger: &Ledger, attempt: &Attempt, step: Step) -> JournalSubmitted {
    JournalSubmitted {
        ledger: ledger.key.clone(),
        batch: attempt.batch.clone(),
        attempt: attempt.attempt,
        group: attempt.group,
        step,
    }
}

/// What fails to load would fail again at once: it waits like any other.
fn given_up(attempt: &Attempt, rejected: Vec<(Posting, String)>) -> Progressed {
    Progressed::GivenUp {
        rejected,
        goes_again_at_once: !matches!(attempt.step, Step::LoadStarted { .. }),
    }
}

/// All rows of the journals that were sent.
fn rows(ledger: &Ledger, sent: &[Posting]) -> LeftRows {
    let rows = sent.iter().map(|posting| posting.journal.lines().len());
    LeftRows {
        source: ledger.config.source.clone(),
        journals: facts::count(sent.len()),
        rows: facts::count(rows.sum()),
    }
}
