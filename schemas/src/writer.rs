//! Who writes events.

use std::fmt;

/// A program that writes events: the envelope's `source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Writer {
    /// What the stores say.
    Ingest,
    /// What the ledgers should hold.
    Mapper,
    /// What was sent to the ledgers, and what they hold.
    Poster,
    /// What a person decides, with `counterfoil journals`.
    Operator,
}

impl Writer {
    /// As the envelope's `source` has it: `counterfoil/ingest`.
    pub fn as_str(self) -> &'static str {
        match self {
            Writer::Ingest => "counterfoil/ingest",
            Writer::Mapper => "counterfoil/mapper",
            Writer::Poster => "counterfoil/poster",
            Writer::Operator => "counterfoil/cli",
        }
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
