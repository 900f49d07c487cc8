//! How far a journal has come on its way into a ledger.

use std::fmt;

/// Of a journal that was sent, and of an attempt to import a batch of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The intent to import it is written.
    Submitted,
    /// It was found in the ledger, and is not posted there.
    Imported,
    /// It was read back as posted.
    Posted,
    /// It was refused.
    Rejected,
    /// Its attempt is over, and it is not in the ledger.
    Abandoned,
}

impl Progress {
    /// The name as books, views and reports have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Progress::Submitted => "submitted",
            Progress::Imported => "imported",
            Progress::Posted => "posted",
            Progress::Rejected => "rejected",
            Progress::Abandoned => "abandoned",
        }
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
