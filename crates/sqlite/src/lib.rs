//! What Counterfoil keeps in SQLite, opened and numbered in one way.
//!
//! Each file has one owner, who opens it by [`open`] with its [`Layout`] and the
//! [`Settings`] that fit it; others read it by [`open_read_only`] while the owner
//! writes. [`mod@column`] turns numbers, times, ids and keys into columns and back.
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

pub mod column;
mod file;
mod layout;

pub use column::{Bits, Blob, Json, Micros, Text};
pub use file::{
    Check, OpenError, Settings, Synchronous, check, check_file, open, open_read_only,
    open_temporary, remove,
};
pub use layout::{Layout, OtherVersion};
