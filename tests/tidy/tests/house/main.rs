//! The rules of the house. Each has the name that its exceptions are listed under
//! in `src/known.rs`.

mod circles;
mod codes;
mod documents;
mod files;
mod floors;
mod manifests;
mod names;
mod tables;
