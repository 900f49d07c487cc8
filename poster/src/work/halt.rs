//! Why the work on a ledger ends, and what else an action may be cut short by.

use schemas::{BatchKey, LedgerKey};

use crate::{
    books::{Attempt, BooksError},
    error::PosterError,
    readback::Alarm,
};

/// Why the work on a ledger ends.
#[derive(Debug)]
pub(super) enum Halt {
    Shutdown,
    Books(BooksError),
    Failed(PosterError),
}

pub(super) type Turn<T> = Result<T, Halt>;

impl Halt {
    /// The end of the work on a ledger: an error, unless it was asked to end.
    pub(super) fn of(self, ledger: LedgerKey) -> Result<(), PosterError> {
        match self {
            Halt::Shutdown => Ok(()),
            Halt::Books(source) => Err(PosterError::Books { ledger, source }),
            Halt::Failed(error) => Err(error),
        }
    }
}

impl From<BooksError> for Halt {
    fn from(source: BooksError) -> Halt {
        Halt::Books(source)
    }
}

/// What cuts an action short.
#[derive(Debug)]
pub(super) enum Interruption {
    /// A call to Fusion failed: it is made again later.
    Call(fusion::Error),
    /// The ledger holds what it must not.
    Alarm {
        batch: BatchKey,
        attempt: u32,
        alarm: Alarm,
    },
    Halt(Halt),
}

impl Interruption {
    /// An alarm about what the ledger holds of an attempt.
    pub(super) fn alarm(attempt: &Attempt, alarm: Alarm) -> Interruption {
        Interruption::Alarm {
            batch: attempt.batch.clone(),
            attempt: attempt.attempt,
            alarm,
        }
    }
}

impl From<fusion::Error> for Interruption {
    fn from(error: fusion::Error) -> Interruption {
        Interruption::Call(error)
    }
}

impl From<Halt> for Interruption {
    fn from(halt: Halt) -> Interruption {
        Interruption::Halt(halt)
    }
}

impl From<BooksError> for Interruption {
    fn from(source: BooksError) -> Interruption {
        Interruption::Halt(Halt::Books(source))
    }
}
