//! Why something cannot be decided, and what is to be said instead.

use std::fmt;

use schemas::LedgerKey;
use views::ViewsError;

/// It cannot be decided as it was asked for. Nothing is written.
#[derive(Debug, thiserror::Error)]
pub enum DecisionError {
    /// No ledger has this key.
    #[error("ledger `{0}` is not configured: take a key of [ledgers]")]
    UnknownLedger(LedgerKey),
    /// What is kept with the decision is missing.
    #[error("{0} is empty: it is kept with the decision, so say it")]
    Empty(Field),
    /// What is kept with the decision is no line, or too long a one.
    #[error("{field} must be one line of at most {most} characters")]
    NotALine {
        /// Which of the two.
        field: Field,
        /// The most characters it may have.
        most: usize,
    },
    /// It concerns journals of several ledgers, and a decision is about one.
    #[error("this is of more than one ledger: give one")]
    SeveralLedgers,
    /// The same is held in several ledgers, and a release is of one hold.
    #[error("it is held in more than one ledger: give one")]
    HeldInSeveralLedgers,
    /// The order is not mapped yet, and there are several ledgers it may go to.
    #[error("the ledger of this order is not known yet: give it")]
    LedgerNotKnown,
    /// There is nothing that it would change.
    #[error("{0}")]
    Nothing(Nothing),
    /// What it concerns cannot be found out.
    #[error(transparent)]
    Views(#[from] ViewsError),
    /// The views name a ledger by what is no key.
    #[error("the views name the ledger `{0}`, which is no key: rebuild them from the log")]
    Ledger(String),
}

impl DecisionError {
    /// The part of the request that has to be given or given otherwise.
    pub fn field(&self) -> Option<Field> {
        match self {
            DecisionError::Empty(field) | DecisionError::NotALine { field, .. } => Some(*field),
            DecisionError::UnknownLedger(_)
            | DecisionError::SeveralLedgers
            | DecisionError::HeldInSeveralLedgers
            | DecisionError::LedgerNotKnown => Some(Field::Ledger),
            DecisionError::Nothing(_) | DecisionError::Views(_) | DecisionError::Ledger(_) => None,
        }
    }
}

/// A part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Who decides.
    By,
    /// Why.
    Reason,
    /// Of which ledger.
    Ledger,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Field::By => "the name of who decides",
            Field::Reason => "the reason",
            Field::Ledger => "the ledger",
        })
    }
}

/// What is not there, so that there is nothing to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nothing {
    /// For a retry.
    Rejected,
    /// For a release.
    Held,
    /// For clearing a group.
    LeftRows,
    /// For an acknowledgement.
    Alarm,
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Nothing::Rejected => "nothing that stands rejected is meant by this",
            Nothing::Held => "there is no hold on this",
            Nothing::LeftRows => "no rows are known to be left under this group",
            Nothing::Alarm => "there is no alarm",
        })
    }
}
