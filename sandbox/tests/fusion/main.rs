//! The Fusion stand-in over real HTTP: each documented quirk, by name.

mod books;
mod faults;
mod habits;
mod jobs;
mod pod;
mod refusals;
mod sign_in;
