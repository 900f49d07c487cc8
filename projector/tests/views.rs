//! The views come out equal, however they were made.

mod support;

use std::fs;

use fixtures::{US, two_days};
use rusqlite::Connection;
use schemas::{EncodedEvent, EventId};
use stream::Stream;
use support::{Running, dump, encode, open_log, project, views};
use tempfile::TempDir;
use views::report::{self, Filter};

#[tokio::test]
async fn rebuilt_views_equal_the_live_ones() {
    let data = TempDir::new().unwrap();
    let log = project(data.path(), &two_days()).await;
    let live = dump(data.path());
    assert!(live.contains("us-1002-r7-1"), "{live}");
    let folder = data.path().join("projector");
    let mut told = Vec::new();
    let last = projector::rebuild(&folder, &log, |offset, last| told.push((offset, last))).unwrap();
    assert_eq!(last, log.last_offset());
    assert_eq!(told.last(), Some(&(last, last)));
    assert_eq!(dump(data.path()), live);
}

#[tokio::test]
async fn views_do_not_depend_on_where_batches_end() {
    let whole = TempDir::new().unwrap();
    project(whole.path(), &two_days()).await;
    let parts = TempDir::new().unwrap();
    for part in two_days().chunks(7) {
        // Each part is another run of the projector.
        drop(project(parts.path(), part).await);
    }
    assert_eq!(dump(parts.path()), dump(whole.path()));
}

#[tokio::test]
async fn a_crash_between_the_log_and_the_views_loses_nothing() {
    let whole = TempDir::new().unwrap();
    project(whole.path(), &two_days()).await;
    let crashed = TempDir::new().unwrap();
    let events = two_days();
    let (before, after) = events.split_at(20);
    drop(project(crashed.path(), before).await);
    // In the log, and then the process dies before the views have it.
    let log = open_log(crashed.path());
    log.append_all(encode(after)).await.unwrap();
    assert!(views(crashed.path()).offset().unwrap() < log.last_offset());
    let last = log.last_offset();
    Running::start(crashed.path(), Stream::embedded(log))
        .until(crashed.path(), last)
        .await;
    assert_eq!(dump(crashed.path()), dump(whole.path()));
}

#[tokio::test]
async fn views_of_another_version_are_rebuilt() {
    let data = TempDir::new().unwrap();
    drop(project(data.path(), &two_days()).await);
    let live = dump(data.path());
    let file = data.path().join("projector/views.db");
    Connection::open(&file)
        .unwrap()
        .execute_batch("DELETE FROM entities; CREATE TABLE old (x); PRAGMA user_version = 999")
        .unwrap();
    let error = views::Views::open(&data.path().join("projector"))
        .err()
        .unwrap();
    assert!(error.to_string().contains("version 999"), "{error}");
    drop(project(data.path(), &[]).await);
    assert_eq!(dump(data.path()), live);
}

#[tokio::test]
async fn damaged_and_foreign_views_are_rebuilt() {
    let data = TempDir::new().unwrap();
    drop(project(data.path(), &two_days()).await);
    let live = dump(data.path());
    let file = data.path().join("projector/views.db");
    fs::write(&file, vec![b'x'; 10_000]).unwrap();
    drop(project(data.path(), &[]).await);
    assert_eq!(dump(data.path()), live);

    let other = TempDir::new().unwrap();
    drop(
        project(
            other.path(),
            &[US.received(5, "1.00", 11, "2026-11-01T00:00:00Z")],
        )
        .await,
    );
    fs::copy(other.path().join("projector/views.db"), &file).unwrap();
    drop(project(data.path(), &[]).await);
    assert_eq!(dump(data.path()), live);
}

#[tokio::test]
async fn what_cannot_be_read_is_an_exception_and_stops_nothing() {
    let data = TempDir::new().unwrap();
    let log = open_log(data.path());
    let mut events = encode(&two_days());
    events.insert(
        3,
        EncodedEvent {
            id: EventId::derive(&["strange"]),
            subject: "order.received.us".to_owned(),
            bytes: br#"{"specversion":"1.0","id":"nothing else"}"#.to_vec(),
        },
    );
    let stream = Stream::embedded(log.clone());
    stream.publish_all(events).await.unwrap();
    let last = log.last_offset();
    Running::start(data.path(), stream)
        .until(data.path(), last)
        .await;
    let report = report::reconciliation(&views(data.path()), &Filter::default()).unwrap();
    assert!(report.agrees());
    let exceptions = report::exceptions(&views(data.path())).unwrap().0;
    let unreadable: Vec<_> = exceptions
        .iter()
        .filter(|one| one.kind == "unreadable")
        .collect();
    assert_eq!(unreadable.len(), 1);
    assert_eq!(
        (unreadable[0].offset, unreadable[0].entity.as_ref()),
        (4, None)
    );
    assert!(unreadable[0].cause.contains("envelope"), "{unreadable:?}");
}

#[tokio::test]
async fn reports_can_be_made_while_the_projector_works() {
    let data = TempDir::new().unwrap();
    let log = open_log(data.path());
    let stream = Stream::embedded(log.clone());
    let running = Running::start(data.path(), stream.clone());
    let mut offsets = Vec::new();
    for part in two_days().chunks(5) {
        stream.publish_all(encode(part)).await.unwrap();
        if let Ok(views) = views::Views::open(&data.path().join("projector")) {
            let report = report::reconciliation(&views, &Filter::default()).unwrap();
            assert!(report.agrees(), "{report:?}");
            offsets.push(report.offset);
        }
    }
    assert!(offsets.is_sorted());
    let last = log.last_offset();
    running.until(data.path(), last).await;
}
