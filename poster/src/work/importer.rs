//! The import of a batch: decide, call, observe, record.
//!
//! [`attempt::next`] decides by the last recorded step and what is known beyond it.
//! What it decides is a call to Fusion, whose answer is then known, or a step, which
//! is recorded before the next call.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use schemas::{BatchKey, JournalSubmitted, LeftRows, Posting, Step};
use service::config::AutoPost;

use super::{
    facts,
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
    error::PosterError,
    events, metrics,
    readback::{Alarm, Found},
};

/// Pursues the open attempt. There is at most one.
pub(super) struct Importer {
    ledger: Arc<Ledger>,
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
    pub(super) fn of(ledger: &Arc<Ledger>) -> Importer {
        Importer {
            ledger: Arc::clone(ledger),
            pursuit: None,
            job_time: Duration::ZERO,
        }
    }

    /// Takes one action of the open attempt.
    pub(super) async fn advance(
        &mut self,
        recorder: &mut Recorder,
    ) -> Result<Progressed, Interruption> {
        let pursuit = self.pursuit.as_ref();
        if !pursuit.is_some_and(|it| it.progress().is_in_hand()) {
            recorder.stop_if_asked()?;
        }
        let fence = recorder.fence();
        let Some(attempt) = recorder.books().open_attempt()? else {
            self.pursuit = None;
            return Ok(Progressed::Nothing);
        };
        if !self.pursuit.as_ref().is_some_and(|it| it.is_of(&attempt)) {
            self.pursuit = Pursuit::of(&self.ledger, attempt.clone(), false, self.job_time);
        }
        let now = self.ledger.clock.now();
        let Some(pursuit) = self.pursuit.as_ref().filter(|it| now >= it.due()) else {
            return Ok(Progressed::Nothing);
        };
        let tally = Tally {
            journals: recorder.books().posting_count(&attempt.batch)?,
            imports: attempt.imports,
        };
        let action = attempt::next(pursuit.progress(), tally);
        tracing::debug!(
            ledger = %self.ledger.key, batch = %attempt.batch, attempt = attempt.attempt,
            step = attempt.step.name(), ?action, "next"
        );
        match action {
            Action::Call(call) => self.call(recorder, &attempt, &call).await,
            Action::Record(step) => {
                let step = self.submitted(&attempt, step);
                self.record(recorder, step, fence).await?;
                Ok(Progressed::OneAction)
            }
            Action::Imported(found) => self.imported(recorder, &attempt, &found).await,
            Action::Abandon(reason) => {
                self.give_up(recorder, &attempt, reason, fence).await?;
                Ok(given_up(&attempt, Vec::new()))
            }
            Action::Reject(culprits) => self.reject(recorder, &attempt, culprits, fence).await,
            Action::Halve(reason) => self.halve(recorder, &attempt, reason, fence).await,
        }
    }

    /// Records a step and goes on from it: of the attempt, or the intent to import a
    /// batch that is closed. See [`Recorder::record`] for the result.
    pub(super) async fn record(
        &mut self,
        recorder: &mut Recorder,
        step: JournalSubmitted,
        fence: Fence,
    ) -> Turn<bool> {
        let (batch, number) = (step.batch.clone(), step.attempt);
        let is_ours = recorder.record(step, fence).await?;
        let open = recorder.books().open_attempt()?;
        self.pursuit = open
            .filter(|it| it.batch == batch && it.attempt == number)
            .and_then(|it| Pursuit::of(&self.ledger, it, is_ours, self.job_time));
        Ok(is_ours)
    }

    /// Knows of the open attempt no more than what is recorded.
    pub(super) fn forget(&mut self) {
        self.pursuit = None;
    }

    /// When the next action of the open attempt is due; none if none is pursued.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.pursuit.as_ref().map(Pursuit::due)
    }

    /// Makes a call, and takes in what it shows.
    async fn call(
        &mut self,
        recorder: &mut Recorder,
        attempt: &Attempt,
        call: &Call,
    ) -> Result<Progressed, Interruption> {
        let Some(mut pursuit) = self.pursuit.take() else {
            return Ok(Progressed::Nothing);
        };
        let settled = pursuit.settled(&self.ledger);
        if let Call::Load | Call::Import(_) = call {
            pursuit.settle_from(self.ledger.clock.now());
        }
        let was_running = pursuit.progress().is_running();
        let observed = self.observe(recorder, attempt, call, settled).await;
        let now = self.ledger.clock.now();
        match observed {
            Ok(progress) => {
                self.ledger.status.works();
                pursuit.learn(progress, settled, now);
                if pursuit.progress().is_running() {
                    pursuit.report_if_late(&self.ledger, "a job takes longer than the deadline");
                } else if was_running {
                    self.job_time = self.ledger.clock.age(pursuit.began());
                    pursuit.settle_from(now);
                }
            }
            Err(Interruption::Call(error)) => {
                self.ledger.status.call_failed(&error);
                pursuit.fail(call, &error, now);
            }
            Err(other) => return Err(other),
        }
        if let Call::ReadEmptyReport(_) = call {
            pursuit.back_off(now);
            let late = "an imported batch is still not seen in the ledger";
            pursuit.report_if_late(&self.ledger, late);
        }
        self.pursuit = Some(pursuit);
        Ok(Progressed::OneAction)
    }

    /// Where the attempt is after a call. Of the recorder, only the books are read.
    async fn observe(
        &self,
        recorder: &mut Recorder,
        attempt: &Attempt,
        call: &Call,
        settled: Settled,
    ) -> Result<Progress, Interruption> {
        let (ledger, fusion) = (&self.ledger, &self.ledger.fusion);
        // Only an uploaded attempt comes to a load; an empty id finds and loads nothing.
        let document = attempt.document.as_deref().unwrap_or_default();
        Ok(match call {
            Call::Upload => {
                let file = self.file(recorder, attempt).await?;
                let name = format!("{}.zip", batch::name(&attempt.batch, attempt.attempt));
                // Whether it was done before does not matter: another upload is another
                // document.
                Progress::Intended(Some(fusion.upload(&name, &file).await?))
            }
            Call::Load => {
                let request = fusion.submit_load(document).await?;
                Progress::LoadRequested(Submission::Answered(request))
            }
            Call::FindLoad => {
                let after = recorder.books().import_before(attempt)?;
                let loads = fusion.find_loads(document, after).await?;
                Progress::LoadRequested(match loads.last() {
                    Some(load) => Submission::Found(load.request),
                    None => Submission::Unseen(settled),
                })
            }
            Call::WatchLoad(request) => {
                Progress::LoadStarted(*request, ledger.job(*request).await?)
            }
            Call::Import(round) => {
                let request = ledger.submit_import(attempt).await?;
                Progress::ImportRequested(*round, Submission::Answered(request))
            }
            Call::FindImport(round) => {
                let after = recorder.books().import_before(attempt)?;
                let found = match ledger.find_import(attempt, after).await? {
                    Some(request) => Submission::Found(request),
                    None => Submission::Unseen(Sight::Unread),
                };
                Progress::ImportRequested(*round, found)
            }
            Call::WatchImport(import) => {
                let after = recorder.books().import_before(attempt)?;
                let outcome = match ledger.import_job(attempt, *import, after).await? {
                    Job::Unfinished => Outcome::Unfinished,
                    Job::Succeeded => Outcome::Succeeded(Sight::Unread),
                    Job::Failed(_) => Outcome::Failed,
                };
                Progress::ImportStarted(*import, outcome)
            }
            Call::ReadReport(import) => {
                let (lines, end) = ledger.report(*import).await?;
                let culprits = culprits(&lines, &recorder.books().postings(&attempt.batch)?);
                let outcome = match culprits.is_empty() {
                    true => Outcome::Unexplained(end, Sight::Unread),
                    false => Outcome::Blamed(culprits),
                };
                Progress::ImportStarted(*import, outcome)
            }
            Call::ReadEmptyReport(import) => {
                let log = fusion.execution_log(import.request).await?;
                let outcome = match log.selected_no_group() {
                    true => Outcome::NoRows,
                    false => Outcome::Succeeded(Sight::Unread),
                };
                Progress::ImportStarted(*import, outcome)
            }
            Call::ReadBack(after) => {
                let found = self.read_back(recorder, attempt).await?;
                let sight = found.map_or(Sight::Absent(settled), Sight::There);
                after.clone().saw(sight)
            }
        })
    }

    /// The attempt's file. Earlier attempts never had their import called, or failed for
    /// good. If one of them is in the ledger all the same, this one must not go.
    async fn file(
        &self,
        recorder: &mut Recorder,
        attempt: &Attempt,
    ) -> Result<Vec<u8>, Interruption> {
        let (batch, number) = (&attempt.batch, attempt.attempt);
        if number > 1
            && let Some(found) = self.read_back(recorder, attempt).await?
        {
            let alarm = Alarm::Resurrected {
                attempt: number,
                name: found.batch_name,
            };
            return Err(Interruption::alarm(attempt, alarm));
        }
        let sent = recorder.books().postings(batch)?;
        let created = attempt.intended_at.to_zoned(TimeZone::UTC).date();
        let file = batch::file(&self.ledger.config, batch, number, created, &sent);
        let failed = |source| PosterError::File {
            ledger: self.ledger.key.clone(),
            batch: batch.clone(),
            source,
        };
        Ok(file.map_err(|source| Halt::Failed(failed(source)))?)
    }

    /// Looks for the attempt's batch in the ledger and compares it with what was sent.
    async fn read_back(
        &self,
        recorder: &mut Recorder,
        attempt: &Attempt,
    ) -> Result<Option<Found>, Interruption> {
        let Some(batch) = self.ledger.batch(attempt).await? else {
            return Ok(None);
        };
        let found = facts::compared(&self.ledger, recorder, attempt, &batch);
        found.await.map(Some)
    }

    /// The batch is in the ledger: says so, and that it is posted if it is.
    async fn imported(
        &mut self,
        recorder: &mut Recorder,
        attempt: &Attempt,
        found: &Found,
    ) -> Result<Progressed, Interruption> {
        let (ledger, at) = (&self.ledger, self.ledger.clock.now());
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
        metrics::ATTEMPTS.add([ledger.key.as_str(), "imported"], 1);
        if found.is_posted {
            metrics::POSTED.add([ledger.key.as_str()], said.len() - 1);
            return Ok(Progressed::OneAction);
        }
        // Whether it was done shows in the read-back; posting twice does nothing the
        // second time.
        if let AutoPost::CriteriaSet(set) = ledger.options.autopost
            && let Err(error) = ledger.fusion.submit_autopost(set).await
        {
            ledger.status.call_failed(&error);
        }
        let batch = attempt.batch.clone();
        Ok(Progressed::Imported { batch, at })
    }

    /// Rejects the culprits; the rest of the group is due again at once.
    async fn reject(
        &mut self,
        recorder: &mut Recorder,
        attempt: &Attempt,
        culprits: Vec<Culprit>,
        fence: Fence,
    ) -> Result<Progressed, Interruption> {
        let (ledger, books) = (&self.ledger, recorder.books());
        let sent = books.postings(&attempt.batch)?;
        let (mut said, mut rejected) = (Vec::new(), Vec::new());
        for Culprit { place, reason } in culprits {
            if let Some(posting) = sent.get(place) {
                rejected.push((posting.clone(), reason.code.clone()));
                let fact = facts::rejected(ledger, books, Some(attempt), posting, reason);
                said.push(fact?);
            }
        }
        recorder.publish(&said).await?;
        let reason = format!(
            "the import refused {} of {} journals; its rows stay under group {} until they are removed in Fusion",
            said.len(),
            sent.len(),
            attempt.group
        );
        self.give_up(recorder, attempt, reason, fence).await?;
        Ok(given_up(attempt, rejected))
    }

    /// Abandons the attempt and tries the first half by itself: the culprit is in
    /// one of the halves, and the other goes through.
    async fn halve(
        &mut self,
        recorder: &mut Recorder,
        attempt: &Attempt,
        reason: String,
        fence: Fence,
    ) -> Result<Progressed, Interruption> {
        let mut half = recorder.books().postings_left(&attempt.batch)?;
        half.truncate(half.len().div_ceil(2));
        if self.give_up(recorder, attempt, reason, fence).await? {
            let (fence, books) = (recorder.fence(), recorder.books());
            let mut due = Vec::new();
            for posting in half {
                // What was held back meanwhile stays behind.
                if books.is_due(&posting.entity)? {
                    due.push(posting);
                }
            }
            if !due.is_empty() {
                let intent = facts::intent(&self.ledger, books, due)?;
                self.record(recorder, intent, fence).await?;
            }
        }
        Ok(given_up(attempt, Vec::new()))
    }

    /// Records that the attempt is given up, with what it may have left in Fusion's
    /// interface table. See [`Recorder::record`] for the result.
    async fn give_up(
        &mut self,
        recorder: &mut Recorder,
        attempt: &Attempt,
        reason: String,
        fence: Fence,
    ) -> Turn<bool> {
        let pursuit = self.pursuit.as_ref();
        let left = match pursuit.is_some_and(|it| it.progress().may_leave_rows()) {
            true => Some(self.rows(&recorder.books().postings(&attempt.batch)?)),
            false => None,
        };
        tracing::warn!(
            ledger = %self.ledger.key, batch = %attempt.batch, attempt = attempt.attempt,
            group = attempt.group, reason, rows = left.as_ref().map_or(0, |left| left.rows),
            "an attempt is given up; so many rows may be left under its group"
        );
        metrics::ATTEMPTS.add([self.ledger.key.as_str(), "abandoned"], 1);
        let step = self.submitted(attempt, Step::Abandoned { reason, left });
        self.record(recorder, step, fence).await
    }

    fn submitted(&self, attempt: &Attempt, step: Step) -> JournalSubmitted {
        JournalSubmitted {
            ledger: self.ledger.key.clone(),
            batch: attempt.batch.clone(),
            attempt: attempt.attempt,
            group: attempt.group,
            step,
        }
    }

    /// All rows of the journals that were sent.
    fn rows(&self, sent: &[Posting]) -> LeftRows {
        let rows = sent.iter().map(|posting| posting.journal.lines().len());
        LeftRows {
            source: self.ledger.config.source.clone(),
            journals: facts::count(sent.len()),
            rows: facts::count(rows.sum()),
        }
    }
}

/// What fails to load would fail again at once: it waits like any other.
fn given_up(attempt: &Attempt, rejected: Vec<(Posting, String)>) -> Progressed {
    Progressed::GivenUp {
        rejected,
        goes_again_at_once: !matches!(attempt.step, Step::LoadStarted { .. }),
    }
}
