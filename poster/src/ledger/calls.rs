//! Calls to Fusion for the open attempt, and what is known after them.

use fusion::{Batch, Error, ImportArguments, JobTree};
use jiff::tz::TimeZone;
use schemas::{Posting, Step};

use super::{Halt, Ledger, Turn};
use crate::{
    PosterError,
    attempt::{Action, After, Knowledge, Verdict},
    batch,
    books::Attempt,
    metrics,
    readback::{self, Alarm, Found},
    refusal,
};

/// How much of a report is kept when it names nobody.
const REPORT_LINES: usize = 6;

impl Ledger {
    /// Makes the call that an action stands for.
    pub(super) async fn call(&mut self, attempt: &Attempt, action: Action) -> Turn<()> {
        match action {
            Action::Upload => self.upload(attempt).await,
            Action::CallLoad => {
                self.quiet();
                let document = document(attempt);
                let outcome = self.fusion.submit_load(document).await;
                self.submitted(outcome);
                Ok(())
            }
            Action::CallImport => {
                let Some(setup) = self.setup else {
                    // No action is taken before the ledger was looked up.
                    return Ok(());
                };
                self.quiet();
                let arguments = ImportArguments {
                    data_access_set: setup.access_set,
                    source: &self.config.source,
                    ledger: setup.ledger,
                    group: attempt.group,
                };
                let outcome = self.fusion.submit_import(arguments).await;
                self.submitted(outcome);
                Ok(())
            }
            Action::FindLoad => {
                let settled = self.is_settled();
                let found = self.fusion.find_loads(document(attempt)).await;
                let found = found.map(|requests| requests.last().map(|it| it.request));
                self.searched(found, settled);
                Ok(())
            }
            Action::FindImport => {
                let settled = self.is_settled();
                let found = self.fusion.find_imports(attempt.group).await;
                // Those of earlier rounds are known and done.
                let known = attempt.last_import.unwrap_or_default();
                let newest =
                    |it: &fusion::ScheduledRequest| Some(it.request).filter(|it| *it > known);
                let found = found.map(|requests| requests.last().and_then(newest));
                self.searched(found, settled);
                Ok(())
            }
            Action::Watch { request } => self.watch(attempt, request).await,
            Action::ReadReport { request } => self.read_report(attempt, request).await,
            Action::ReadEmptyReport { request } => self.read_empty_report(attempt, request).await,
            Action::ReadBack(after) => self.look_into_ledger(attempt, after).await,
            // The others are not calls and are done where the action is chosen.
            Action::Record(_) | Action::Imported(_) | Action::Reject(_) | Action::Halve { .. } => {
                Ok(())
            }
        }
    }

    async fn upload(&mut self, attempt: &Attempt) -> Turn<()> {
        if attempt.attempt > 1 {
            // Earlier attempts never had their import called, or failed for good.
            // If one of them is in the ledger all the same, this one must not go.
            match self.find(attempt).await? {
                Ok(None) => {}
                Ok(Some(found)) => {
                    let (attempt_number, name) = (attempt.attempt, found.batch_name);
                    let alarm = Alarm::Resurrected {
                        attempt: attempt_number,
                        name,
                    };
                    return Err(self.alarm(attempt, alarm));
                }
                Err(error) => {
                    self.trouble(&error);
                    return Ok(());
                }
            }
        }
        let postings = self.sent(attempt)?;
        let created = attempt.intended_at.to_zoned(TimeZone::UTC).date();
        let file = batch::file(
            &self.config,
            &attempt.batch,
            attempt.attempt,
            created,
            &postings,
        );
        let file = file.map_err(|source| {
            Halt::Failed(PosterError::File {
                ledger: self.key.clone(),
                batch: attempt.batch.clone(),
                source,
            })
        })?;
        let name = format!("{}.zip", batch::name(&attempt.batch, attempt.attempt));
        match self.fusion.upload(&name, &file).await {
            Ok(document) => self.know(Knowledge::Uploaded(document)),
            // Whether it was done does not matter: another upload is another document.
            Err(error) => self.trouble(&error),
        }
        Ok(())
    }

    /// What a submission's answer says.
    fn submitted(&mut self, outcome: Result<u64, Error>) {
        match outcome {
            Ok(request) => self.know(Knowledge::Submitted(request)),
            Err(error) if error.is_unknown_outcome() => {
                self.quiet();
                self.trouble(&error);
                self.learn(Knowledge::Unknown);
            }
            Err(error) => {
                self.trouble(&error);
                self.learn(Knowledge::NotDone);
            }
        }
    }

    fn searched(&mut self, outcome: Result<Option<u64>, Error>, settled: bool) {
        match outcome {
            Ok(request) => {
                self.know(Knowledge::Scheduler { request, settled });
                if request.is_none() && !settled {
                    self.wait();
                }
            }
            Err(error) => self.trouble(&error),
        }
    }

    async fn watch(&mut self, attempt: &Attempt, request: u64) -> Turn<()> {
        let verdict = match self.verdict(attempt, request).await {
            Ok(verdict) => verdict,
            Err(error) => {
                self.trouble(&error);
                return Ok(());
            }
        };
        if verdict == Verdict::Unfinished {
            self.know(Knowledge::Job(verdict));
            self.wait();
            self.report_if_overdue(attempt, "a job takes longer than the deadline");
            return Ok(());
        }
        if let Some(pursuit) = &self.pursuit {
            self.job_time = self.clock.age(pursuit.began);
        }
        self.quiet();
        self.know(Knowledge::Job(verdict));
        Ok(())
    }

    /// How the job came out; for a later round, only once every import of the
    /// group is at rest: one that still waits could book what is given up here.
    async fn verdict(&mut self, attempt: &Attempt, request: u64) -> Result<Verdict, Error> {
        let tree = self.fusion.job_tree(request).await?;
        if !tree.is_final() {
            return Ok(Verdict::Unfinished);
        }
        if let Step::ImportStarted { round, .. } = attempt.step
            && round > 1
        {
            for other in self.fusion.find_imports(attempt.group).await? {
                if other.request != request
                    && !self.fusion.job_tree(other.request).await?.is_final()
                {
                    return Ok(Verdict::Unfinished);
                }
            }
        }
        Ok(verdict(&tree))
    }

    async fn read_report(&mut self, attempt: &Attempt, request: u64) -> Turn<()> {
        let known = match self.fusion.execution_log(request).await {
            Ok(log) => {
                let postings = self.sent(attempt)?;
                Knowledge::Failed {
                    culprits: refusal::culprits(&log.error_lines(), &postings),
                    report: log.tail(REPORT_LINES),
                }
            }
            Err(error) if error.is_transient() || error.is_unauthorized() => {
                self.trouble(&error);
                return Ok(());
            }
            Err(error) => Knowledge::Failed {
                culprits: Vec::new(),
                report: format!("its log cannot be read: {}", words(&error)),
            },
        };
        self.know(known);
        Ok(())
    }

    async fn read_empty_report(&mut self, attempt: &Attempt, request: u64) -> Turn<()> {
        match self.fusion.execution_log(request).await {
            Ok(log) if log.selected_no_group() => self.know(Knowledge::NoRows),
            Ok(_) => self.know(Knowledge::Job(Verdict::Succeeded)),
            Err(error) => self.trouble(&error),
        }
        self.wait();
        self.report_if_overdue(attempt, "an imported batch is still not seen in the ledger");
        Ok(())
    }

    async fn look_into_ledger(&mut self, attempt: &Attempt, after: After) -> Turn<()> {
        let settled = self.is_settled();
        match self.find(attempt).await? {
            Ok(found) => {
                let waits = found.is_none() && !settled;
                self.know(Knowledge::Ledger {
                    found,
                    settled,
                    after,
                });
                if waits {
                    self.wait();
                }
            }
            Err(error) => self.trouble(&error),
        }
        Ok(())
    }

    /// Looks for the attempt's batch in the ledger and compares it with what was
    /// sent. What must not be there is an alarm, which ends the work.
    pub(super) async fn find(&mut self, attempt: &Attempt) -> Turn<Result<Option<Found>, Error>> {
        match self.find_batch(attempt).await? {
            Ok(Some(batch)) => self.compare(attempt, &batch).await,
            Ok(None) => Ok(Ok(None)),
            Err(error) => Ok(Err(error)),
        }
    }

    /// The attempt's batch, not yet compared.
    pub(super) async fn find_batch(
        &mut self,
        attempt: &Attempt,
    ) -> Turn<Result<Option<Batch>, Error>> {
        let prefix = batch::prefix(&attempt.batch);
        let batches = match self.fusion.batches_by_prefix(&prefix).await {
            Ok(batches) => batches,
            Err(error) => return Ok(Err(error)),
        };
        let picked = readback::pick(&attempt.batch, attempt.attempt, &batches);
        let picked = picked.map_err(|alarm| self.alarm(attempt, alarm))?;
        Ok(Ok(picked.cloned()))
    }

    /// The batch with its journals, if they are what was sent.
    pub(super) async fn compare(
        &mut self,
        attempt: &Attempt,
        batch: &Batch,
    ) -> Turn<Result<Option<Found>, Error>> {
        let headers = match self.fusion.headers(batch.id).await {
            Ok(headers) => headers,
            Err(error) => return Ok(Err(error)),
        };
        let sent = self.sent(attempt)?;
        readback::compare(batch, &headers, &sent)
            .map(|found| Ok(Some(found)))
            .map_err(|alarm| self.alarm(attempt, alarm))
    }

    /// All journals of the attempt's file.
    pub(super) fn sent(&self, attempt: &Attempt) -> Turn<Vec<Posting>> {
        let postings = self.books.postings(&attempt.batch);
        postings.map_err(|e| self.books_failed(e))
    }

    fn alarm(&self, attempt: &Attempt, source: Alarm) -> Halt {
        Halt::Failed(PosterError::Alarm {
            ledger: self.key.clone(),
            batch: attempt.batch.clone(),
            attempt: attempt.attempt,
            source,
        })
    }

    /// A call worked: this is known now, and the next action may follow.
    fn know(&mut self, known: Knowledge) {
        self.well();
        let now = self.clock.now();
        if let Some(pursuit) = &mut self.pursuit {
            pursuit.known = known;
            if now >= pursuit.pace.wake() {
                // Patience is for what does not change.
                if !matches!(
                    pursuit.known,
                    Knowledge::Job(Verdict::Unfinished)
                        | Knowledge::Scheduler { request: None, .. }
                        | Knowledge::Ledger { found: None, .. }
                ) {
                    pursuit.pace.reset(now);
                }
            }
        }
    }

    fn learn(&mut self, known: Knowledge) {
        if let Some(pursuit) = &mut self.pursuit {
            pursuit.known = known;
        }
    }

    fn wait(&mut self) {
        let now = self.clock.now();
        if let Some(pursuit) = &mut self.pursuit {
            pursuit.pace.back_off(now);
        }
    }

    /// From now on nothing is called that could still show up.
    fn quiet(&mut self) {
        let now = self.clock.now();
        if let Some(pursuit) = &mut self.pursuit {
            pursuit.quiet_from = now;
        }
    }

    fn is_settled(&self) -> bool {
        self.pursuit
            .as_ref()
            .is_some_and(|it| self.clock.age(it.quiet_from) >= self.options.settling_time)
    }

    /// A call failed: it is logged, shown in the health, and made again later.
    pub(super) fn trouble(&mut self, error: &Error) {
        self.report_trouble(error);
        self.wait();
    }

    pub(super) fn report_trouble(&self, error: &Error) {
        let operation = error.operation.as_str();
        metrics::failed_call(&self.key, operation);
        let source = error as &dyn std::error::Error;
        match error.is_transient() {
            true => {
                tracing::warn!(ledger = %self.key, operation, error = source, "a call to Fusion failed");
            }
            false => {
                tracing::error!(ledger = %self.key, operation, error = source, "a call to Fusion was refused or has no known outcome");
            }
        }
        self.health.failing(words(error));
    }

    /// Shows that a step takes too long, and says it once. Nothing is given up for it.
    fn report_if_overdue(&mut self, attempt: &Attempt, what: &'static str) {
        if self.clock.age(attempt.step_at) < self.options.job_deadline {
            return;
        }
        let (batch, step) = (&attempt.batch, attempt.step.name());
        self.health.failing(format!("batch {batch}: {what}"));
        if let Some(pursuit) = &mut self.pursuit
            && !std::mem::replace(&mut pursuit.overdue, true)
        {
            tracing::error!(ledger = %self.key, %batch, step, "{what}");
        }
    }
}

/// Only an uploaded attempt comes to a load; an empty id finds nothing and loads nothing.
fn document(attempt: &Attempt) -> &str {
    attempt.document.as_deref().unwrap_or_default()
}

fn verdict(tree: &JobTree) -> Verdict {
    let failed: Vec<String> = tree
        .failures()
        .map(|job| format!("{} {} ended in {}", job.name, job.request, job.state))
        .collect();
    match failed.is_empty() {
        true => Verdict::Succeeded,
        false => Verdict::Failed(failed.join(", ")),
    }
}

/// An error with its causes in one line.
fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
