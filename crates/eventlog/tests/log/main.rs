//! The log on disk: what it promises, and what it says when the disk does not.

mod damage;
mod durability;
mod model;
mod transfer;

use eventlog::{Delivered, EventLog, LogError, LogOptions};
use schemas::{EncodedEvent, EventId};

fn event(name: &str) -> EncodedEvent {
    EncodedEvent {
        id: EventId::derive(&[name]),
        subject: "order.received.us".to_owned(),
        bytes: format!(r#"{{"name":"{name}"}}"#).into_bytes(),
    }
}

fn events(numbers: std::ops::Range<usize>) -> Vec<EncodedEvent> {
    numbers.map(|number| event(&number.to_string())).collect()
}

fn open(dir: &std::path::Path) -> EventLog {
    EventLog::open(dir, LogOptions::default()).unwrap()
}

#[tokio::test]
async fn records_are_found_by_offset_and_by_id() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    assert_eq!(log.get(0).unwrap(), None);
    assert_eq!(log.get(1).unwrap(), None);
    log.append_all(events(0..5)).await.unwrap();
    let third = log.get(3).unwrap().unwrap();
    assert_eq!((third.offset, &third.event), (3, &event("2")));
    assert_eq!(log.find(event("2").id).unwrap(), Some(3));
    assert_eq!(log.find(event("none").id).unwrap(), None);
    assert_eq!(log.read(4, 10).unwrap().len(), 2);
    assert_eq!(log.read(6, 10).unwrap().len(), 0);
    assert_eq!(log.read(0, 2).unwrap()[1].offset, 2);
    assert_eq!(log.get(2).unwrap().unwrap().hash, third.previous);
}

#[tokio::test]
async fn events_of_any_size_read_back_and_too_large_ones_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let sizes = [0, 1, 4000, 4036, 4037, 4038, 4096, 8192, 300_000];
    let sized = |size: usize| EncodedEvent {
        bytes: vec![b'1'; size],
        ..event(&size.to_string())
    };
    log.append_all(sizes.map(sized).to_vec()).await.unwrap();
    drop(log);
    let log = open(dir.path());
    for (record, size) in log.read(1, 100).unwrap().iter().zip(sizes) {
        assert_eq!(record.event, sized(size));
    }
    assert_eq!(log.verify(|_, _| {}).unwrap().records, sizes.len() as u64);
    // Large pages would go to files that sled does not sync.
    assert_eq!(
        std::fs::read_dir(dir.path().join("blobs")).unwrap().count(),
        0
    );

    let refused = log.append(sized((8 << 20) + 1)).await;
    assert!(
        matches!(refused, Err(LogError::TooLarge { .. })),
        "{refused:?}"
    );
    let refused = log
        .append(EncodedEvent {
            subject: "x".repeat(300),
            ..event("a")
        })
        .await;
    assert!(
        matches!(refused, Err(LogError::Subject { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_second_owner_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let second = EventLog::open(dir.path(), LogOptions::default()).map(drop);
    assert!(matches!(second, Err(LogError::Locked { .. })), "{second:?}");
    log.append(event("a")).await.unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = EventLog::open(&file, LogOptions::default())
        .map(drop)
        .unwrap_err();
    assert!(matches!(error, LogError::Folder { .. }), "{error:?}");
    assert!(error.to_string().contains("file"), "{error}");
}

#[tokio::test]
async fn the_stream_is_followed_without_copies() {
    let dir = tempfile::tempdir().unwrap();
    let delivered = |offset, name: &str| Delivered {
        offset,
        event: event(name),
    };
    let log = open(dir.path());
    assert_eq!(log.stream_position().unwrap(), 0);
    let first = vec![delivered(3, "a"), delivered(5, "b"), delivered(6, "a")];
    let receipts = log.append_from_stream(first).await.unwrap();
    let places: Vec<_> = receipts
        .iter()
        .map(|one| (one.offset, one.duplicate))
        .collect();
    assert_eq!(places, [(1, false), (2, false), (1, true)]);
    assert_eq!(log.stream_position().unwrap(), 6);

    // A batch of copies only moves the position; an older batch does not take it back.
    log.append_from_stream(vec![delivered(9, "b")])
        .await
        .unwrap();
    log.append_from_stream(vec![delivered(5, "b")])
        .await
        .unwrap();
    assert_eq!((log.stream_position().unwrap(), log.last_offset()), (9, 2));
    drop(log);
    let log = open(dir.path());
    assert_eq!((log.stream_position().unwrap(), log.last_offset()), (9, 2));
}

#[tokio::test]
async fn an_expected_end_is_checked_within_a_group_too() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let attempts = (0..20).map(|number| {
        let log = log.clone();
        async move { log.append_expecting(event(&number.to_string()), 0).await }
    });
    let outcomes = futures::future::join_all(attempts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(log.last_offset(), 1);
    assert_eq!(log.last_offset_on("order.received.us").unwrap(), 1);
}
