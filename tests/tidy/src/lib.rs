//! The rules of the house, read off the tree: which crate may use which, what a
//! file begins with, and whether the documents still say what the code does.
//!
//! The library reads (workspace, code map, sources, documents); the test `house`
//! has the rules. [`known`] lists what does not keep them yet.

pub mod codes;
pub mod documents;
pub mod events;
pub mod findings;
pub mod known;
pub mod map;
pub mod modules;
pub mod source;
pub mod workspace;
