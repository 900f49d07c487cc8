//! The ledger that is posted to, and the calls to Fusion about an attempt. They know
//! nothing of stream and books.

use std::sync::Arc;

use fusion::{Batch, Error, ErrorLine, Fusion, ImportArguments, checks::setup::Setup};
use schemas::{LedgerKey, causes};
use service::{
    Clock,
    config::{LedgerConfig, PosterConfig},
};

use super::{halt::Interruption, status::Status};
use crate::{
    attempt::{Import, Job},
    batch,
    books::Attempt,
    readback,
};

/// How much of a report is kept when it names nobody.
const REPORT_LINES: usize = 6;

/// A ledger as it is configured and as it was looked up on its pod. Whatever is sent
/// to Fusion needs one, so nothing is sent before. It does not change.
pub(super) struct Ledger {
    pub key: LedgerKey,
    /// With the id that was looked up.
    pub config: LedgerConfig,
    pub options: PosterConfig,
    pub setup: Setup,
    pub fusion: Arc<Fusion>,
    pub clock: Clock,
    pub status: Status,
}

impl Ledger {
    /// The request of an import of the attempt's group that is submitted.
    pub(super) async fn submit_import(&self, attempt: &Attempt) -> Result<u64, Error> {
        let arguments = ImportArguments {
            data_access_set: self.setup.access_set,
            source: &self.config.source,
            ledger: self.setup.ledger,
            group: attempt.group,
        };
        self.fusion.submit_import(arguments).await
    }

    /// The newest import of the attempt's group, if it is not of an earlier round:
    /// those are known and done. `after`: a request of before the attempt.
    pub(super) async fn find_import(
        &self,
        attempt: &Attempt,
        after: Option<u64>,
    ) -> Result<Option<u64>, Error> {
        let imports = self.fusion.find_imports(attempt.group, after).await?;
        let newest = imports.last().map(|import| import.request);
        Ok(newest.filter(|request| Some(*request) > attempt.last_import))
    }

    /// How a job and its children came out.
    pub(super) async fn job(&self, request: u64) -> Result<Job, Error> {
        let tree = self.fusion.job_tree(request).await?;
        if !tree.is_final() {
            return Ok(Job::Unfinished);
        }
        let failed: Vec<String> = tree
            .failures()
            .map(|job| format!("{} {} ended in {}", job.name, job.request, job.state))
            .collect();
        Ok(match failed.is_empty() {
            true => Job::Succeeded,
            false => Job::Failed(failed.join(", ")),
        })
    }

    /// How an import came out; of a later round, only once every import of the group
    /// is at rest: one that still waits could book what is given up here.
    /// `after`: a request of before the attempt.
    pub(super) async fn import_job(
        &self,
        attempt: &Attempt,
        import: Import,
        after: Option<u64>,
    ) -> Result<Job, Error> {
        let outcome = self.job(import.request).await?;
        if outcome != Job::Unfinished && import.round > 1 {
            for other in self.fusion.find_imports(attempt.group, after).await? {
                if other.request != import.request
                    && !self.fusion.job_tree(other.request).await?.is_final()
                {
                    return Ok(Job::Unfinished);
                }
            }
        }
        Ok(outcome)
    }

    /// The error lines of a failed import's log, and its end. A log that cannot be read
    /// for good is one that names nobody.
    pub(super) async fn report(&self, import: Import) -> Result<(Vec<ErrorLine>, String), Error> {
        match self.fusion.execution_log(import.request).await {
            Ok(log) => Ok((log.error_lines(), log.tail(REPORT_LINES))),
            Err(error) if error.is_transient() || error.is_unauthorized() => Err(error),
            Err(error) => {
                let end = format!("its log cannot be read: {}", causes(&error));
                Ok((Vec::new(), end))
            }
        }
    }

    /// The attempt's batch in the ledger. What must not be there is an alarm.
    pub(super) async fn batch(&self, attempt: &Attempt) -> Result<Option<Batch>, Interruption> {
        let prefix = batch::prefix(&attempt.batch);
        let batches = self.fusion.batches_by_prefix(&prefix).await?;
        let picked = readback::pick(&attempt.batch, attempt.attempt, &batches);
        let picked = picked.map_err(|alarm| Interruption::alarm(attempt, alarm))?;
        Ok(picked.cloned())
    }
}
