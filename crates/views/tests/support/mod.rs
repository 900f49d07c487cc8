//! Views of events that were made up.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::Path;

use schemas::Event;
use views::{Entry, Views, Writer};

/// Applies the events to the views in `folder`, after those that are in there, and
/// returns the last offset.
pub fn project(folder: &Path, events: &[Event]) -> u64 {
    let mut writer = Writer::open(folder).unwrap();
    let last = writer.position().unwrap().offset;
    let events = fixtures::logged(last, events).into_iter();
    let entries: Vec<Entry> = events
        .map(|(offset, event)| Entry::read(offset, &event))
        .collect();
    writer.apply(&entries).unwrap();
    writer.position().unwrap().offset
}

pub fn views(folder: &Path) -> Views {
    Views::open(folder).unwrap()
}

/// What the views in `folder` say, row by row.
pub fn dump(folder: &Path) -> String {
    fixtures::dump(&folder.join("views.db"))
}
