//! Reports for finance and auditors, made from the views alone, so that they
//! can be made while the log is held by whoever writes it.
//!
//! Each is data first, the same for every door: what it says, and as CSV, as JSON
//! or as hledger's text. How it looks to a person is the door's.

mod exceptions;
pub mod hledger;
mod journals;
mod outstanding;
mod reconciliation;
mod text;
mod trace;

pub use exceptions::{Exception, Exceptions, exceptions};
pub use journals::{Journals, SentJournal, journals, sides};
pub use outstanding::{Item, Outstanding, Status, UnknownStatus, Wanted, holds, outstanding};
pub use reconciliation::{
    Difference, Filter, Gap, Kind, Reconciliation, Row, Tally, reconciliation,
};
pub use text::{TextError, amount};
pub use trace::{
    Trace, TraceQuery, TraceQueryError, TracedEntity, TracedEvent, TracedJournal, TracedSummary,
    trace,
};
