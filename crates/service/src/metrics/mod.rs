//! What a process counts and measures, for whoever watches it.
//!
//! A crate's metrics are statics in one table, made by [`metrics!`](crate::metrics!):
//! each with its name, its unit, its labels and what it means. Whoever records one
//! gives a value for each label, in their order; the compiler counts them.

mod build;
mod kinds;
mod table;

pub use build::METRICS;
pub(crate) use build::record_build;
pub use kinds::{Counter, Gauge, Histogram};
pub use table::{Description, Kind, Table, Unit, describe, page};
