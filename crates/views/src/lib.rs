//! The views: what the stores sold, what the ledgers hold, and what lies
//! between, in one SQLite file.
//!
//! One [`Writer`] fills it from the events of the log, whoever reads them for
//! it. The [`report`]s are made from it, in any process and while it is written.
//! The views can be deleted and made from the log again at any time, and come
//! out equal.
#![cfg_attr(
    not(test),
    warn(
        missing_docs,
        unreachable_pub,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::float_arithmetic,
        clippy::get_unwrap,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

mod apply;
mod batch;
mod column;
mod decide;
mod error;
mod file;
mod reader;
pub mod report;
mod summary;
mod writer;

pub use batch::Entry;
pub use error::ViewsError;
pub use file::folder;
pub use reader::Views;
pub use subledger::State;
pub use writer::{Position, Writer};
