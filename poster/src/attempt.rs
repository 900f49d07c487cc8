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

use crate::{
    readback::Found,
    refusal::{Culprit, Reason},
};

/// How often a group that failed without a culprit is imported again before its
/// journals are tried in halves.
const MAX_IMPORTS: u32 = 2;

/// What is known beyond the recorded step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Knowledge {
    /// Only the record: after a restart, or when a step needs no more.
    Nothing,
    /// This process has just recorded the step, so its call was not made yet.
    Fresh,
    Uploaded(String),
    /// The call was answered with a request.
    Submitted(u64),
    /// The call was certainly not done.
    NotDone,
    /// The call may have been done.
    Unknown,
    /// The scheduler was searched for the call's request. `settled`: long enough
    /// after the last call that a request would be shown.
    Scheduler {
        request: Option<u64>,
        settled: bool,
    },
    Job(Verdict),
    /// The import failed, and this is what its report says.
    Failed {
        culprits: Vec<Culprit>,
        report: String,
    },
    /// The import ended well but its log says that it found no rows.
    NoRows,
    /// The ledger was searched for the batch.
    Ledger {
        found: Option<Found>,
        settled: bool,
        after: After,
    },
}

/// How a job and its children came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Unfinished,
    Succeeded,
    /// At least one of them ended otherwise than well; these, in words.
    Failed(String),
}

/// What a look into the ledger follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// The import's request was not found.
    Search,
    /// The import ended well.
    Success,
    /// It failed, and the report names nobody.
    Failure { report: String },
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Upload,
    Record(Step),
    CallLoad,
    FindLoad,
    CallImport,
    FindImport,
    Watch {
        request: u64,
    },
    ReadReport {
        request: u64,
    },
    ReadEmptyReport {
        request: u64,
    },
    ReadBack(After),
    Imported(Found),
    /// Reject these, then abandon the attempt; the rest is due again.
    Reject(Vec<Culprit>),
    /// Abandon the attempt, and try the first half by itself.
    Halve {
        reason: String,
    },
}

/// How much an attempt is about, and how often its import was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub journals: usize,
    /// Imports that were seen to be started; a round of unknown outcome is none.
    pub imports: u32,
}

/// The next action of an attempt.
pub fn next(step: &Step, known: &Knowledge, tally: Tally) -> Action {
    use Knowledge as K;
    match (step, known) {
        (Step::Intended { .. }, K::Uploaded(document)) => Action::Record(Step::Uploaded {
            document: document.clone(),
        }),
        (Step::Intended { .. }, _) => Action::Upload,

        (Step::Uploaded { .. }, _) => Action::Record(Step::LoadRequested),

        (Step::LoadRequested, K::Fresh | K::NotDone) => Action::CallLoad,
        (
            Step::LoadRequested,
            K::Submitted(request)
            | K::Scheduler {
                request: Some(request),
                ..
            },
        ) => Action::Record(Step::LoadStarted { request: *request }),
        (Step::LoadRequested, K::Scheduler { settled: true, .. }) => abandon(
            "the outcome of the load stayed unknown and no request of it was seen; its group is never imported",
        ),
        (Step::LoadRequested, _) => Action::FindLoad,

        (Step::LoadStarted { .. }, K::Job(Verdict::Succeeded)) => Action::Record(Step::Loaded),
        (Step::LoadStarted { .. }, K::Job(Verdict::Failed(what))) => {
            abandon(&format!("the load failed: {what}"))
        }
        (Step::LoadStarted { request }, _) => Action::Watch { request: *request },

        (Step::Loaded, _) => Action::Record(Step::ImportRequested { round: 1 }),

        (Step::ImportRequested { .. }, K::Fresh | K::NotDone) => Action::CallImport,
        (
            Step::ImportRequested { round },
            K::Submitted(request)
            | K::Scheduler {
                request: Some(request),
                ..
            },
        ) => Action::Record(Step::ImportStarted {
            round: *round,
            request: *request,
        }),
        (Step::ImportRequested { .. }, K::Scheduler { request: None, .. }) => {
            Action::ReadBack(After::Search)
        }
        (
            Step::ImportRequested { .. } | Step::ImportStarted { .. },
            K::Ledger {
                found: Some(found), ..
            },
        ) => Action::Imported(found.clone()),
        // Not seen for so long: once more for the same group, which is safe.
        (Step::ImportRequested { round }, K::Ledger { settled: true, .. }) => again(*round),
        (Step::ImportRequested { .. }, _) => Action::FindImport,

        (Step::ImportStarted { request, .. }, K::Job(Verdict::Failed(_))) => {
            Action::ReadReport { request: *request }
        }
        (Step::ImportStarted { .. }, K::Job(Verdict::Succeeded)) => {
            Action::ReadBack(After::Success)
        }
        (Step::ImportStarted { .. }, K::Failed { culprits, .. }) if !culprits.is_empty() => {
            Action::Reject(culprits.clone())
        }
        (Step::ImportStarted { .. }, K::Failed { report, .. }) => {
            Action::ReadBack(After::Failure {
                report: report.clone(),
            })
        }
        (
            Step::ImportStarted { round, request },
            K::Ledger {
                found: None,
                settled,
                after,
            },
        ) => not_in_ledger(*round, *request, *settled, after, tally),
        // In the first round no other import can have taken the rows: they never
        // came. Later, an earlier round has taken them, and the ledger will show it.
        (Step::ImportStarted { round: 1, .. }, K::NoRows) => {
            abandon("the import found no rows of its group although the load ended well")
        }
        (Step::ImportStarted { .. }, K::NoRows) => Action::ReadBack(After::Success),
        (Step::ImportStarted { request, .. }, _) => Action::Watch { request: *request },

        // An abandoned attempt is not pursued; whoever asks is told to record what is.
        (Step::Abandoned { .. }, _) => Action::Record(step.clone()),
    }
}

fn not_in_ledger(round: u32, request: u64, settled: bool, after: &After, tally: Tally) -> Action {
    match after {
        After::Success if settled => Action::ReadEmptyReport { request },
        After::Failure { .. } if tally.imports < MAX_IMPORTS => again(round),
        After::Failure { report } if settled => refused(report, tally.journals),
        other => Action::ReadBack(other.clone()),
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
    Action::Record(Step::Abandoned {
        reason: reason.to_owned(),
        left: None,
    })
}

#[cfg(test)]
pub(crate) mod testing {
    use schemas::{
        Currency, EntityKey, EventId, Journal, JournalLine, OrderId, Posting, PostingKind, Role,
        Side,
    };

    /// The posting `us-<order>-1` of so many cents.
    pub fn posting(order: u64, minor: i64) -> Posting {
        let usd = Currency::from_code("USD").unwrap();
        let line = |account: &str, side| JournalLine {
            account: account.parse().unwrap(),
            side,
            amount: usd.minor(minor),
            role: Role::Revenue,
            rule: "r".into(),
            memo: "m".into(),
        };
        let entity = EntityKey::order("us".parse().unwrap(), OrderId(order));
        let lines = vec![line("101.1", Side::Debit), line("101.2", Side::Credit)];
        Posting {
            key: entity.journal_key(1),
            target: EventId::derive(&[&entity.to_string()]),
            entity,
            kind: PostingKind::Original,
            accounting_date: "2026-11-05".parse().unwrap(),
            period: "Nov-26".into(),
            category: "Web Orders".into(),
            description: String::new(),
            original: None,
            conversion: None,
            summary: None,
            journal: Journal::new(usd, lines).unwrap(),
        }
    }

    /// The same, in a summary of its day.
    pub fn part(order: u64, minor: i64) -> Posting {
        let posting = posting(order, minor);
        Posting {
            summary: Some(crate::summary::of_day(posting.accounting_date)),
            ..posting
        }
    }
}

#[cfg(test)]
mod tests;
