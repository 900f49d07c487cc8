//! Replays of a real log.

#[path = "../../../mapping/tests/mapping/common.rs"]
#[allow(dead_code, reason = "shared with the tests of the mapping")]
mod common;

#[allow(dead_code, reason = "shared with the benchmark")]
mod support;
mod verify;
mod what_if;
