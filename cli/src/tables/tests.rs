//! The tables, as they were when they were last looked at.

use fixtures::{
    US, amount, at,
    books::{BatchInHand, original},
    decisions::NOON,
    summaries::{ORDERS, summed_day},
};
use insta::assert_snapshot;
use schemas::Event;
use tempfile::TempDir;
use views::{
    Entry, Views, Writer,
    report::{self, Filter, Wanted},
};

/// The views of these events, in a folder that goes with them.
struct Filled {
    views: Views,
    _folder: TempDir,
}

fn views(events: &[Event]) -> Filled {
    let folder = TempDir::new().unwrap();
    let mut writer = Writer::open(folder.path()).unwrap();
    let events = fixtures::logged(0, events).into_iter();
    let entries: Vec<Entry> = events
        .map(|(offset, event)| Entry::read(offset, &event))
        .collect();
    writer.apply(&entries).unwrap();
    Filled {
        views: Views::open(folder.path()).unwrap(),
        _folder: folder,
    }
}

fn reconciliation(events: &[Event]) -> String {
    let filled = views(events);
    super::reconciliation(&report::reconciliation(&filled.views, &Filter::default()).unwrap())
}

fn trace(events: &[Event], what: &str) -> String {
    let filled = views(events);
    super::trace(&report::trace(&filled.views, &what.parse().unwrap()).unwrap())
}

#[test]
fn all_that_is_accounted_for() {
    assert_snapshot!(
        "reconciliation_table",
        reconciliation(&fixtures::two_days())
    );
}

#[test]
fn a_cent_that_is_missing() {
    let received = US.received(1, "50.00", 11, "2026-11-05T10:00:00Z");
    let target = US.recognised(&received, "50.00");
    let journal = original(&target);
    let batch = BatchInHand::new(US, "gggg", "2026-11-05T11:00:00Z", vec![journal.clone()]);
    let mut events = vec![received, target];
    events.extend(batch.submitted());
    // 50.00 and a discount of 2.50: debits of 52.50 were meant.
    events.push(batch.posted_as(&journal, amount("52.49"), 9001));
    assert_snapshot!("difference_table", reconciliation(&events));
}

#[test]
fn exceptions() {
    let filled = views(&fixtures::two_days());
    let list = report::exceptions(&filled.views).unwrap();
    assert_snapshot!("exceptions_table", super::exceptions(&list));
    let none = report::exceptions(&views(&[]).views).unwrap();
    assert_eq!(super::exceptions(&none), "There are no exceptions.\n");
}

#[test]
fn journals() {
    let filled = views(&fixtures::two_days());
    let journals = report::journals(&filled.views, &Filter::default()).unwrap();
    assert_snapshot!("journals_table", super::journals(&journals));
}

#[test]
fn what_is_outstanding_with_its_age() {
    let filled = views(&fixtures::waiting());
    let list = report::outstanding(&filled.views, &Wanted::default()).unwrap();
    assert_snapshot!("outstanding_table", super::outstanding(&list, at(NOON)));
}

#[test]
fn the_life_of_an_order() {
    let events = fixtures::two_days();
    assert_snapshot!("trace_table", trace(&events, "us/1002"));
    assert_snapshot!("trace_of_a_refused_order", trace(&events, "1004"));
}

#[test]
fn the_summary_of_a_day() {
    let (mut events, batch) = summed_day();
    events.extend(batch.whole());
    assert_snapshot!("summary_table", trace(&events, ORDERS));
}
