//! What to do next in an attempt to import a batch. Pure: from the last recorded
//! step and what is known beyond it, never from a clock or a connection.
//!
//! ```text
//! intended ─ upload ─▶ uploaded ─▶ load_requested ─ load ─▶ load_started ─ watch ─▶ loaded
//!                                        │ unknown: look in the scheduler; never seen: abandoned
//! loaded ─▶ import_requested ─ import ─▶ import_started ─ watch ─▶ read back ─▶ imported
//!                 ▲    │ unknown: look in the scheduler and the ledger            │
//!                 └────┴── never seen, or failed without a culprit: once more, same group
//! ```
//!
//! Two facts carry all of it. A group that was loaded with an unknown outcome is
//! given up, and since its import was never called, nothing of it can reach the
//! ledger. And importing one group twice does nothing the second time, because
//! what was imported is gone from the interface.

mod progress;

use schemas::Step;

pub(crate) use progress::{Import, Job, Outcome, Progress, Settled, Sight, Submission};

use crate::{culprits::Culprit, readback::Found, refusal};

/// How often a group that failed without a culprit is imported again before its
/// journals are tried in halves.
const MAX_IMPORTS: u32 = 2;

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    Call(Call),
    Record(Step),
    /// Say that the batch is in the ledger.
    Imported(Found),
    /// Record that the attempt is given up, for this reason.
    Abandon(String),
    /// Reject these, then abandon the attempt; the rest is due again.
    Reject(Vec<Culprit>),
    /// Abandon the attempt for this reason, and try the first half by itself.
    Halve(String),
}

/// A call to Fusion, with what is to be known when its answer is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Upload,
    Load,
    FindLoad,
    WatchLoad(u64),
    /// In this round.
    Import(u32),
    FindImport(u32),
    WatchImport(Import),
    ReadReport(Import),
    ReadEmptyReport(Import),
    ReadBack(After),
}

/// What a look into the ledger follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum After {
    /// The import's request of this round was not found.
    Search(u32),
    /// The import ended well.
    Success(Import),
    /// It failed, and this report names nobody.
    Failure(Import, String),
}

/// How much an attempt is about, and how often its import was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub journals: usize,
    /// Imports that were seen to be started; a round of unknown outcome is none.
    pub imports: u32,
}

impl Call {
    /// What is known when a submission has failed, maybe after it was done; none if
    /// the call was no submission.
    pub(crate) fn failed(&self, may_be_done: bool) -> Option<Progress> {
        match self {
            Call::Load => Some(Progress::LoadRequested(Submission::failed(may_be_done))),
            Call::Import(round) => {
                let import = Submission::failed(may_be_done);
                Some(Progress::ImportRequested(*round, import))
            }
            _ => None,
        }
    }
}

impl After {
    /// What is known when the ledger was searched.
    pub(crate) fn saw(self, sight: Sight) -> Progress {
        match self {
            After::Search(round) => Progress::ImportRequested(round, Submission::Unseen(sight)),
            After::Success(import) => Progress::ImportStarted(import, Outcome::Succeeded(sight)),
            After::Failure(import, report) => {
                Progress::ImportStarted(import, Outcome::Unexplained(report, sight))
            }
        }
    }
}

/// The next action of an attempt.
pub(crate) fn next(progress: &Progress, tally: Tally) -> Action {
    match progress {
        Progress::Intended(None) => Action::Call(Call::Upload),
        Progress::Intended(Some(document)) => Action::Record(Step::Uploaded {
            document: document.clone(),
        }),
        Progress::Uploaded => Action::Record(Step::LoadRequested),
        Progress::LoadRequested(load) => after_load_requested(load),
        Progress::LoadStarted(request, Job::Unfinished) => Action::Call(Call::WatchLoad(*request)),
        Progress::LoadStarted(_, Job::Succeeded) => Action::Record(Step::Loaded),
        Progress::LoadStarted(_, Job::Failed(what)) => {
            Action::Abandon(format!("the load failed: {what}"))
        }
        Progress::Loaded => Action::Record(Step::ImportRequested { round: 1 }),
        Progress::ImportRequested(round, import) => after_import_requested(*round, import),
        Progress::ImportStarted(import, outcome) => after_import(*import, outcome, tally),
    }
}

fn after_load_requested(load: &Submission<Settled>) -> Action {
    match *load {
        Submission::Announced | Submission::NotDone => Action::Call(Call::Load),
        Submission::Answered(request) | Submission::Found(request) => {
            Action::Record(Step::LoadStarted { request })
        }
        Submission::Unknown | Submission::Unseen(Settled(false)) => Action::Call(Call::FindLoad),
        Submission::Unseen(Settled(true)) => Action::Abandon(
            "the outcome of the load stayed unknown and no request of it was seen; its group is never imported"
                .to_owned(),
        ),
    }
}

fn after_import_requested(round: u32, import: &Submission<Sight>) -> Action {
    match import {
        Submission::Announced | Submission::NotDone => Action::Call(Call::Import(round)),
        Submission::Answered(request) | Submission::Found(request) => {
            let request = *request;
            Action::Record(Step::ImportStarted { round, request })
        }
        Submission::Unknown => Action::Call(Call::FindImport(round)),
        Submission::Unseen(Sight::Unread) => Action::Call(Call::ReadBack(After::Search(round))),
        Submission::Unseen(Sight::There(found)) => Action::Imported(found.clone()),
        Submission::Unseen(Sight::Absent(Settled(false))) => Action::Call(Call::FindImport(round)),
        // Not seen for so long: once more for the same group, which is safe.
        Submission::Unseen(Sight::Absent(Settled(true))) => again(round),
    }
}

fn after_import(import: Import, outcome: &Outcome, tally: Tally) -> Action {
    let read_back = |after| Action::Call(Call::ReadBack(after));
    match outcome {
        Outcome::Unfinished => Action::Call(Call::WatchImport(import)),
        Outcome::Succeeded(Sight::There(found)) | Outcome::Unexplained(_, Sight::There(found)) => {
            Action::Imported(found.clone())
        }
        Outcome::Succeeded(Sight::Unread | Sight::Absent(Settled(false))) => {
            read_back(After::Success(import))
        }
        Outcome::Succeeded(Sight::Absent(Settled(true))) => {
            Action::Call(Call::ReadEmptyReport(import))
        }
        // In the first round no other import can have taken the rows: they never
        // came. Later, an earlier round has taken them, and the ledger will show it.
        Outcome::NoRows if import.round == 1 => Action::Abandon(
            "the import found no rows of its group although the load ended well".to_owned(),
        ),
        Outcome::NoRows => read_back(After::Success(import)),
        Outcome::Failed => Action::Call(Call::ReadReport(import)),
        Outcome::Blamed(culprits) => Action::Reject(culprits.clone()),
        Outcome::Unexplained(_, Sight::Absent(_)) if tally.imports < MAX_IMPORTS => {
            again(import.round)
        }
        Outcome::Unexplained(report, Sight::Absent(Settled(true))) => {
            refused(report, tally.journals)
        }
        Outcome::Unexplained(report, Sight::Unread | Sight::Absent(Settled(false))) => {
            read_back(After::Failure(import, report.clone()))
        }
    }
}

/// Refused round after round, and not in the ledger.
fn refused(report: &str, journals: usize) -> Action {
    if journals > 1 {
        return Action::Halve(format!(
            "the import failed and names no journal; trying half of them: {report}"
        ));
    }
    Action::Reject(vec![Culprit {
        place: 0,
        reason: refusal::unknown(report),
    }])
}

fn again(round: u32) -> Action {
    Action::Record(Step::ImportRequested { round: round + 1 })
}

#[cfg(test)]
mod tests;
