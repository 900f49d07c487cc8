//! How far an attempt to import a batch is, as far as is known.

use schemas::Step;

use crate::{culprits::Culprit, readback::Found};

/// The last recorded step of an attempt, with what is known beyond the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// With the file's document, once it is uploaded.
    Intended(Option<String>),
    Uploaded,
    LoadRequested(Submission<Settled>),
    /// With the load's request.
    LoadStarted(u64, Job),
    Loaded,
    /// In this round.
    ImportRequested(u32, Submission<Sight>),
    ImportStarted(Import, Outcome),
}

/// What is known of a submission whose intent is recorded. `U`: what else is known
/// where the scheduler shows no request of it.
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
    Unexplained(String, Sight),
}

impl Progress {
    /// At a step that was recorded, by this process just now or by whomever; none for
    /// an attempt that is abandoned. Only who recorded the intent of a submission
    /// knows that it was not made yet.
    pub(crate) fn at(step: &Step, is_ours: bool) -> Option<Progress> {
        Some(match *step {
            Step::Intended { .. } => Progress::Intended(None),
            Step::Uploaded { .. } => Progress::Uploaded,
            Step::LoadRequested => Progress::LoadRequested(Submission::recorded(is_ours)),
            Step::LoadStarted { request } => Progress::LoadStarted(request, Job::Unfinished),
            Step::Loaded => Progress::Loaded,
            Step::ImportRequested { round } => {
                Progress::ImportRequested(round, Submission::recorded(is_ours))
            }
            Step::ImportStarted { round, request } => {
                Progress::ImportStarted(Import { round, request }, Outcome::Unfinished)
            }
            Step::Abandoned { .. } => return None,
        })
    }

    /// Whether a submission is announced, or an answer not recorded yet. To stop here
    /// would leave an unknown outcome, and the next start would have to wait.
    pub(crate) fn is_in_hand(&self) -> bool {
        use Submission::{Announced, Answered};
        matches!(
            self,
            Progress::Intended(Some(_))
                | Progress::LoadRequested(Announced | Answered(_))
                | Progress::ImportRequested(_, Announced | Answered(_))
        )
    }

    /// Whether a job is watched that is not at its end.
    pub(crate) fn is_running(&self) -> bool {
        matches!(
            self,
            Progress::LoadStarted(_, Job::Unfinished)
                | Progress::ImportStarted(_, Outcome::Unfinished)
        )
    }

    /// Whether a look has shown that nothing is there yet.
    pub(crate) fn is_unseen(&self) -> bool {
        use Sight::{Absent, Unread};
        matches!(
            self,
            Progress::LoadRequested(Submission::Unseen(_))
                | Progress::ImportRequested(_, Submission::Unseen(Unread | Absent(_)))
                | Progress::ImportStarted(
                    _,
                    Outcome::Succeeded(Absent(_)) | Outcome::Unexplained(_, Absent(_))
                )
        )
    }

    /// Whether rows of the attempt may be in Fusion's interface table: all of its file
    /// once a load was begun, unless the import has said that there are none. A load
    /// that was never seen has put none there.
    pub(crate) fn may_leave_rows(&self) -> bool {
        match self {
            Progress::Intended(_) | Progress::Uploaded | Progress::LoadRequested(_) => false,
            Progress::LoadStarted(..) | Progress::Loaded | Progress::ImportRequested(..) => true,
            Progress::ImportStarted(_, outcome) => *outcome != Outcome::NoRows,
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

    /// The call has failed, maybe after it was done.
    pub(crate) fn failed(may_be_done: bool) -> Submission<U> {
        match may_be_done {
            true => Submission::Unknown,
            false => Submission::NotDone,
        }
    }
}
