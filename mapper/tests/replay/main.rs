//! Replays of a real log.

#[path = "../mapping/common.rs"]
#[allow(dead_code, reason = "shared with the tests of the mapping")]
mod common;

mod support;
mod verify;
mod what_if;
