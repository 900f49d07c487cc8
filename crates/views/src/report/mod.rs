//! Reports for finance and auditors, made from the views alone, so that they
//! can be made while the projector runs and holds the log.

mod exceptions;
pub mod hledger;
mod journals;
mod outstanding;
mod outstanding_render;
mod reconciliation;
mod render;
mod trace;
mod trace_render;

pub use exceptions::{Exception, Exceptions, exceptions};
pub use journals::{Journals, SentJournal, journals};
pub use outstanding::{Item, Outstanding, Status, UnknownStatus, Wanted, holds, outstanding};
pub use reconciliation::{
    Difference, Filter, Gap, Kind, Reconciliation, Row, Tally, reconciliation,
};
pub use render::{Format, RenderError, UnknownFormat};
pub use trace::{
    Trace, TraceQuery, TraceQueryError, TracedEntity, TracedEvent, TracedJournal, trace,
};
