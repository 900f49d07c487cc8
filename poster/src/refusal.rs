//! Why a journal is refused that the checks have passed.

use fusion::checks::Reason;

use crate::batch::BatchError;

/// Codes of our own, for what is refused without a code of Fusion's. They stand in
/// events, reports and metrics, and never change.
mod code {
    /// The row format of the interface cannot hold the journal.
    pub(super) const UNWRITABLE: &str = "UNWRITABLE";
    /// Fusion refused the journal without naming a row.
    pub(super) const UNKNOWN_REFUSAL: &str = "UNKNOWN_REFUSAL";
}

/// The journal cannot be written as Fusion would need it.
pub(crate) fn unwritable(error: &BatchError) -> Reason {
    Reason::new(code::UNWRITABLE, error.to_string())
}

/// Refused alone, again and again, without a word.
pub(crate) fn unknown(report: &str) -> Reason {
    let cause =
        format!("Fusion refused the journal by itself and its report names no row: {report}");
    Reason::new(code::UNKNOWN_REFUSAL, cause)
}
