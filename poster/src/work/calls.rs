//! Calls to Fusion about an attempt. They know nothing of stream and books.

use fusion::{Batch, Error, Header, ImportArguments, ScheduledRequest};

use super::{halt::Interruption, ledger::Ledger, status::words};
use crate::{
    attempt::{Import, Job},
    batch,
    books::Attempt,
    readback,
};

/// How much of a report is kept when it names nobody.
const REPORT_LINES: usize = 6;

/// The document that an attempt's file becomes. Whether it was done before does not
/// matter: another upload is another document.
pub(super) async fn upload(
    ledger: &Ledger,
    attempt: &Attempt,
    file: &[u8],
) -> Result<String, Error> {
    let name = format!("{}.zip", batch::name(&attempt.batch, attempt.attempt));
    ledger.fusion.upload(&name, file).await
}

/// The request of a load that is submitted.
pub(super) async fn submit_load(ledger: &Ledger, attempt: &Attempt) -> Result<u64, Error> {
    ledger.fusion.submit_load(document(attempt)).await
}

/// The newest load of the attempt's document.
pub(super) async fn find_load(ledger: &Ledger, attempt: &Attempt) -> Result<Option<u64>, Error> {
    let loads = ledger.fusion.find_loads(document(attempt)).await?;
    Ok(loads.last().map(|load| load.request))
}

/// The request of an import that is submitted.
pub(super) async fn submit_import(ledger: &Ledger, attempt: &Attempt) -> Result<u64, Error> {
    let arguments = ImportArguments {
        data_access_set: ledger.setup.access_set,
        source: &ledger.config.source,
        ledger: ledger.setup.ledger,
        group: attempt.group,
    };
    ledger.fusion.submit_import(arguments).await
}

/// The newest import of the attempt's group, if it is not of an earlier round: those
/// are known and done.
pub(super) async fn find_import(ledger: &Ledger, attempt: &Attempt) -> Result<Option<u64>, Error> {
    let imports = ledger.fusion.find_imports(attempt.group).await?;
    let newest = imports.last().map(|import| import.request);
    Ok(newest.filter(|request| Some(*request) > attempt.last_import))
}

/// How a job and its children came out.
pub(super) async fn job(ledger: &Ledger, request: u64) -> Result<Job, Error> {
    let tree = ledger.fusion.job_tree(request).await?;
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

/// How an import came out; of a later round, only once every import of the group is
/// at rest: one that still waits could book what is given up here.
pub(super) async fn import_job(
    ledger: &Ledger,
    attempt: &Attempt,
    import: Import,
) -> Result<Job, Error> {
    let outcome = job(ledger, import.request).await?;
    if outcome == Job::Unfinished || import.round == 1 {
        return Ok(outcome);
    }
    let is_other = |it: &ScheduledRequest| it.request != import.request;
    let imports = ledger.fusion.find_imports(attempt.group).await?;
    for other in imports.into_iter().filter(is_other) {
        if !ledger.fusion.job_tree(other.request).await?.is_final() {
            return Ok(Job::Unfinished);
        }
    }
    Ok(outcome)
}

/// What the log of a failed import says.
pub(super) struct Report {
    pub lines: Vec<fusion::ErrorLine>,
    pub end: String,
}

/// A log that cannot be read for good is one that names nobody.
pub(super) async fn report(ledger: &Ledger, import: Import) -> Result<Report, Error> {
    match ledger.fusion.execution_log(import.request).await {
        Ok(log) => Ok(Report {
            lines: log.error_lines(),
            end: log.tail(REPORT_LINES),
        }),
        Err(error) if error.is_transient() || error.is_unauthorized() => Err(error),
        Err(error) => Ok(Report {
            lines: Vec::new(),
            end: format!("its log cannot be read: {}", words(&error)),
        }),
    }
}

/// Whether an import that ended well has found no rows of its group.
pub(super) async fn found_no_rows(ledger: &Ledger, import: Import) -> Result<bool, Error> {
    let log = ledger.fusion.execution_log(import.request).await?;
    Ok(log.selected_no_group())
}

/// The attempt's batch in the ledger. What must not be there is an alarm.
pub(super) async fn batch(
    ledger: &Ledger,
    attempt: &Attempt,
) -> Result<Option<Batch>, Interruption> {
    let prefix = batch::prefix(&attempt.batch);
    let batches = ledger.fusion.batches_by_prefix(&prefix).await?;
    let picked = readback::pick(&attempt.batch, attempt.attempt, &batches);
    let picked = picked.map_err(|alarm| Interruption::alarm(attempt, alarm))?;
    Ok(picked.cloned())
}

/// A batch's journals as they are in the ledger.
pub(super) async fn headers(ledger: &Ledger, batch: &Batch) -> Result<Vec<Header>, Error> {
    ledger.fusion.headers(batch.id).await
}

/// Only an uploaded attempt comes to a load; an empty id finds nothing and loads nothing.
fn document(attempt: &Attempt) -> &str {
    attempt.document.as_deref().unwrap_or_default()
}
