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

use schemas::Step;

use crate::{culprits::Culprit, readback::Found, refusal::Reason};

/// How often a group that failed without a culprit is imported again before its
/// journals are tried in halves.
const MAX_IMPORTS: u32 = 2;

/// Where an attempt is: its last recorded step, with what is known beyond the record.
/// An abandoned attempt is nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The file's document, once it is uploaded.
    Intended(Option<String>),
    Uploaded,
    LoadRequested(Submission<Settled>),
    LoadStarted {
        request: u64,
        job: Job,
    },
    Loaded,
    ImportRequested {
        round: u32,
        import: Submission<Sight>,
    },
    ImportStarted {
        import: Import,
        outcome: Outcome,
    },
}

/// What is known of a submission whose intent is recorded. `U`: what is known beside
/// it where the scheduler shows no request of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Submission<U> {
    /// This process has just recorded the intent: it was not submitted yet.
    Announced,
    /// It was certainly not done.
    NotDone,
    /// It may have been done.
    Unknown,
    /// It was answered with this request.
    Answered(u64),
    /// The scheduler shows this request of it.
    Found(u64),
    /// The scheduler shows no request of it.
    Unseen(U),
}

/// Whether it is so long since the last call that its effect would be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settled(pub bool);

/// What the ledger shows of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It was not searched yet.
    Unread,
    Absent(Settled),
    There(Found),
}

/// How a job and its children came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Job {
    Unfinished,
    Succeeded,
    /// At least one of them ended otherwise than well; these, in words.
    Failed(String),
}

/// A started import of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Import {
    pub round: u32,
    pub request: u64,
}

/// How an import came out, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Unfinished,
    /// It ended well.
    Succeeded(Sight),
    /// It ended well, but its log says that it found no rows.
    NoRows,
    /// It failed, and its report was not read yet.
    Failed,
    /// It failed, and its report names these.
    Blamed(Vec<Culprit>),
    /// It failed, and its report names nobody.
    Unexplained {
        report: String,
        sight: Sight,
    },
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    Call(Call),
    Record(Step),
    /// Record that the attempt is given up.
    Abandon {
        reason: String,
    },
    /// Say that the batch is in the ledger.
    Imported(Found),
    /// Reject these, then abandon the attempt; the rest is due again.
    Reject(Vec<Culprit>),
    /// Abandon the attempt, and try the first half by itself.
    Halve {
        reason: String,
    },
}

/// A call to Fusion, with what is to be known when its answer is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Upload,
    Load,
    FindLoad,
    WatchLoad { request: u64 },
    Import { round: u32 },
    FindImport { round: u32 },
    WatchImport(Import),
    ReadReport(Import),
    ReadEmptyReport(Import),
    ReadBack(After),
}

/// What a look into the ledger follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum After {
    /// The import's request was not found.
    Search { round: u32 },
    /// The import ended well.
    Success(Import),
    /// It failed, and the report names nobody.
    Failure { import: Import, report: String },
}

/// How much an attempt is about, and how often its import was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub journals: usize,
    /// Imports that were seen to be started; a round of unknown outcome is none.
    pub imports: u32,
}

impl Progress {
    /// At a step that was recorded, by this process just now or by whomever; none for
    /// an attempt that is abandoned. Only who recorded the intent of a submission
    /// knows that it was not made yet.
    pub fn at(step: &Step, is_ours: bool) -> Option<Progress> {
        Some(match step {
            Step::Intended { .. } => Progress::Intended(None),
            Step::Uploaded { .. } => Progress::Uploaded,
            Step::LoadRequested => Progress::LoadRequested(Submission::recorded(is_ours)),
            Step::LoadStarted { request } => Progress::LoadStarted {
                request: *request,
                job: Job::Unfinished,
            },
            Step::Loaded => Progress::Loaded,
            Step::ImportRequested { round } => Progress::ImportRequested {
                round: *round,
                import: Submission::recorded(is_ours),
            },
            Step::ImportStarted { round, request } => Progress::ImportStarted {
                import: Import {
                    round: *round,
                    request: *request,
                },
                outcome: Outcome::Unfinished,
            },
            Step::Abandoned { .. } => return None,
        })
    }

    /// Whether a submission is announced, or an answer not recorded yet. To stop here
    /// would leave an unknown outcome, and the next start would have to wait.
    pub fn is_in_hand(&self) -> bool {
        match self {
            Progress::Intended(document) => document.is_some(),
            Progress::LoadRequested(load) => load.is_in_hand(),
            Progress::ImportRequested { import, .. } => import.is_in_hand(),
            Progress::Uploaded
            | Progress::LoadStarted { .. }
            | Progress::Loaded
            | Progress::ImportStarted { .. } => false,
        }
    }

    /// Whether a job is watched that is not at its end.
    pub fn is_running(&self) -> bool {
        match self {
            Progress::LoadStarted { job, .. } => *job == Job::Unfinished,
            Progress::ImportStarted { outcome, .. } => *outcome == Outcome::Unfinished,
            Progress::Intended(_)
            | Progress::Uploaded
            | Progress::LoadRequested(_)
            | Progress::Loaded
            | Progress::ImportRequested { .. } => false,
        }
    }

    /// Whether the last look has shown nothing that was not known before.
    pub fn is_unchanged(&self) -> bool {
        match self {
            Progress::LoadRequested(load) => matches!(load, Submission::Unseen(_)),
            Progress::ImportRequested { import, .. } => {
                matches!(import, Submission::Unseen(Sight::Unread | Sight::Absent(_)))
            }
            Progress::LoadStarted { .. } => self.is_running(),
            Progress::ImportStarted { outcome, .. } => matches!(
                outcome,
                Outcome::Unfinished
                    | Outcome::Succeeded(Sight::Absent(_))
                    | Outcome::Unexplained {
                        sight: Sight::Absent(_),
                        ..
                    }
            ),
            Progress::Intended(_) | Progress::Uploaded | Progress::Loaded => false,
        }
    }

    /// Whether rows of the attempt may be in Fusion's interface table: all of its file
    /// once a load was begun, unless the import has said that there are none. A load
    /// that was never seen has put none there.
    pub fn may_leave_rows(&self) -> bool {
        match self {
            Progress::Intended(_) | Progress::Uploaded | Progress::LoadRequested(_) => false,
            Progress::LoadStarted { .. } | Progress::Loaded | Progress::ImportRequested { .. } => {
                true
            }
            Progress::ImportStarted { outcome, .. } => *outcome != Outcome::NoRows,
        }
    }
}

impl<U> Submission<U> {
    fn recorded(is_ours: bool) -> Submission<U> {
        match is_ours {
            true => Submission::Announced,
            false => Submission::Unknown,
        }
    }

    fn failed(may_be_done: bool) -> Submission<U> {
        match may_be_done {
            true => Submission::Unknown,
            false => Submission::NotDone,
        }
    }

    fn is_in_hand(&self) -> bool {
        match self {
            Submission::Announced | Submission::Answered(_) => true,
            Submission::NotDone
            | Submission::Unknown
            | Submission::Found(_)
            | Submission::Unseen(_) => false,
        }
    }
}

impl Call {
    /// What is known when the call has failed, maybe after it was done; none if no
    /// more than before.
    pub fn failed(&self, may_be_done: bool) -> Option<Progress> {
        match self {
            Call::Load => Some(Progress::LoadRequested(Submission::failed(may_be_done))),
            Call::Import { round } => Some(Progress::ImportRequested {
                round: *round,
                import: Submission::failed(may_be_done),
            }),
            Call::Upload
            | Call::FindLoad
            | Call::WatchLoad { .. }
            | Call::FindImport { .. }
            | Call::WatchImport(_)
            | Call::ReadReport(_)
            | Call::ReadEmptyReport(_)
            | Call::ReadBack(_) => None,
        }
    }
}

impl After {
    /// What is known when the ledger was searched.
    pub fn saw(self, sight: Sight) -> Progress {
        match self {
            After::Search { round } => Progress::ImportRequested {
                round,
                import: Submission::Unseen(sight),
            },
            After::Success(import) => Progress::ImportStarted {
                import,
                outcome: Outcome::Succeeded(sight),
            },
            After::Failure { import, report } => Progress::ImportStarted {
                import,
                outcome: Outcome::Unexplained { report, sight },
            },
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
        Progress::LoadStarted { request, job } => match job {
            Job::Unfinished => Action::Call(Call::WatchLoad { request: *request }),
            Job::Succeeded => Action::Record(Step::Loaded),
            Job::Failed(what) => abandon(&format!("the load failed: {what}")),
        },
        Progress::Loaded => Action::Record(Step::ImportRequested { round: 1 }),
        Progress::ImportRequested { round, import } => after_import_requested(*round, import),
        Progress::ImportStarted { import, outcome } => after_import(*import, outcome, tally),
    }
}

fn after_load_requested(load: &Submission<Settled>) -> Action {
    match load {
        Submission::Announced | Submission::NotDone => Action::Call(Call::Load),
        Submission::Answered(request) | Submission::Found(request) => {
            Action::Record(Step::LoadStarted { request: *request })
        }
        Submission::Unknown | Submission::Unseen(Settled(false)) => Action::Call(Call::FindLoad),
        Submission::Unseen(Settled(true)) => abandon(
            "the outcome of the load stayed unknown and no request of it was seen; its group is never imported",
        ),
    }
}

fn after_import_requested(round: u32, import: &Submission<Sight>) -> Action {
    match import {
        Submission::Announced | Submission::NotDone => Action::Call(Call::Import { round }),
        Submission::Answered(request) | Submission::Found(request) => {
            Action::Record(Step::ImportStarted {
                round,
                request: *request,
            })
        }
        Submission::Unknown => Action::Call(Call::FindImport { round }),
        Submission::Unseen(Sight::Unread) => Action::Call(Call::ReadBack(After::Search { round })),
        Submission::Unseen(Sight::There(found)) => Action::Imported(found.clone()),
        Submission::Unseen(Sight::Absent(Settled(false))) => {
            Action::Call(Call::FindImport { round })
        }
        // Not seen for so long: once more for the same group, which is safe.
        Submission::Unseen(Sight::Absent(Settled(true))) => again(round),
    }
}

fn after_import(import: Import, outcome: &Outcome, tally: Tally) -> Action {
    match outcome {
        Outcome::Unfinished => Action::Call(Call::WatchImport(import)),
        Outcome::Succeeded(Sight::There(found))
        | Outcome::Unexplained {
            sight: Sight::There(found),
            ..
        } => Action::Imported(found.clone()),
        Outcome::Succeeded(Sight::Unread | Sight::Absent(Settled(false))) => {
            Action::Call(Call::ReadBack(After::Success(import)))
        }
        Outcome::Succeeded(Sight::Absent(Settled(true))) => {
            Action::Call(Call::ReadEmptyReport(import))
        }
        // In the first round no other import can have taken the rows: they never
        // came. Later, an earlier round has taken them, and the ledger will show it.
        Outcome::NoRows if import.round == 1 => {
            abandon("the import found no rows of its group although the load ended well")
        }
        Outcome::NoRows => Action::Call(Call::ReadBack(After::Success(import))),
        Outcome::Failed => Action::Call(Call::ReadReport(import)),
        Outcome::Blamed(culprits) => Action::Reject(culprits.clone()),
        Outcome::Unexplained {
            sight: Sight::Absent(_),
            ..
        } if tally.imports < MAX_IMPORTS => again(import.round),
        Outcome::Unexplained {
            sight: Sight::Absent(Settled(true)),
            report,
        } => refused(report, tally.journals),
        Outcome::Unexplained {
            sight: Sight::Unread | Sight::Absent(Settled(false)),
            report,
        } => Action::Call(Call::ReadBack(After::Failure {
            import,
            report: report.clone(),
        })),
    }
}

/// Refused round after round, and not in the ledger.
fn refused(report: &str, journals: usize) -> Action {
    match journals {
        0 | 1 => Action::Reject(vec![Culprit {
            place: 0,
            reason: Reason::unknown(report),
        }]),
        _ => Action::Halve {
            reason: format!(
                "the import failed and names no journal; trying half of them: {report}"
            ),
        },
    }
}

fn again(round: u32) -> Action {
    Action::Record(Step::ImportRequested { round: round + 1 })
}

fn abandon(reason: &str) -> Action {
    Action::Abandon {
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests;
