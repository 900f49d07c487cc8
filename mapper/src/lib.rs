//! Writes, for each order and refund that is received, what the ledger should
//! hold: reads the stream, maps by the rules, and writes to the stream. The
//! mapping itself is in the crate `mapping`, and is pure.
#![forbid(unsafe_code)]

mod metrics;
mod rules_file;
mod service;

pub use rules_file::{RulesFileError, load_rules};
pub use service::{MapperError, SERVICE, run};
