//! The log on disk: what it promises, and what it says when the disk does not.

mod damage;
mod durability;
mod model;
mod transfer;

use eventlog::{
    Delivered, EventLog, LogError, LogOptions, Offset, Position, Sequence, Start, StreamId,
};
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

/// The stream that a log follows.
fn stream() -> StreamId {
    StreamId::derive(&["tests"])
}

fn open(dir: &std::path::Path) -> EventLog {
    EventLog::open(dir, LogOptions::default()).unwrap()
}

#[tokio::test]
async fn records_are_found_by_offset_and_by_id() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    assert_eq!(log.get(Offset(0)).unwrap(), None);
    assert_eq!(log.get(Offset(1)).unwrap(), None);
    log.append_all(events(0..5)).await.unwrap();
    let third = log.get(Offset(3)).unwrap().unwrap();
    assert_eq!((third.offset, &third.event), (Offset(3), &event("2")));
    assert_eq!(log.find(event("2").id).unwrap(), Some(Offset(3)));
    assert_eq!(log.find(event("none").id).unwrap(), None);
    assert_eq!(log.read(Offset(4), 10).unwrap().len(), 2);
    assert_eq!(log.read(Offset(6), 10).unwrap().len(), 0);
    assert_eq!(log.read(Offset(0), 2).unwrap()[1].offset, Offset(2));
    assert_eq!(log.get(Offset(2)).unwrap().unwrap().hash, third.previous);
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
    for (record, size) in log.read(Offset(1), 100).unwrap().iter().zip(sizes) {
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
    let delivered = |sequence, name: &str| Delivered {
        stream: stream(),
        sequence: Sequence(sequence),
        event: event(name),
    };
    let log = open(dir.path());
    assert_eq!(log.followed().unwrap(), Start::Beginning);
    let first = vec![delivered(3, "a"), delivered(5, "b"), delivered(6, "a")];
    let receipts = log.append_from_stream(first).await.unwrap();
    let places: Vec<_> = receipts
        .iter()
        .map(|one| (one.offset.0, one.duplicate))
        .collect();
    assert_eq!(places, [(1, false), (2, false), (1, true)]);
    let after = |sequence, name: &str| {
        Start::After(Position {
            stream: stream(),
            sequence: Sequence(sequence),
            event: event(name).id,
        })
    };
    assert_eq!(log.followed().unwrap(), after(6, "a"));

    // A batch of copies only moves the position; an older batch does not take it back.
    log.append_from_stream(vec![delivered(9, "b")])
        .await
        .unwrap();
    log.append_from_stream(vec![delivered(5, "b")])
        .await
        .unwrap();
    let reached = (after(9, "b"), Offset(2));
    assert_eq!((log.followed().unwrap(), log.last_offset()), reached);
    drop(log);
    let log = open(dir.path());
    assert_eq!((log.followed().unwrap(), log.last_offset()), reached);
}

/// Two streams number their events each for itself.
#[tokio::test]
async fn a_log_follows_one_stream_only() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let delivered = |stream, sequence, name: &str| Delivered {
        stream,
        sequence: Sequence(sequence),
        event: event(name),
    };
    log.append_from_stream(vec![delivered(stream(), 3, "a")])
        .await
        .unwrap();
    let other = StreamId::derive(&["another"]);
    let refused = log.append_from_stream(vec![delivered(other, 4, "b")]).await;
    assert!(
        matches!(refused, Err(LogError::OtherStream { given, .. }) if given == other),
        "{refused:?}"
    );
    assert_eq!(log.last_offset(), Offset(1));
    assert_eq!(log.followed().unwrap().sequence(), Sequence(3));
}

#[tokio::test]
async fn a_log_keeps_its_id_and_no_other_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    log.append(event("a")).await.unwrap();
    let id = log.stream_id();
    drop(log);
    assert_eq!(open(dir.path()).stream_id(), id);

    let other = tempfile::tempdir().unwrap();
    let log = open(other.path());
    log.append(event("a")).await.unwrap();
    assert_ne!(
        log.stream_id(),
        id,
        "the same first event is not the same log"
    );
}

/// Logs of before had neither an id nor more than a number of the stream.
#[tokio::test]
async fn a_log_of_before_goes_on() {
    let copies: Vec<_> = (0..2).map(|_| tempfile::tempdir().unwrap()).collect();
    let mut ids = Vec::new();
    for dir in &copies {
        let log = open(dir.path());
        log.append_all(events(0..3)).await.unwrap();
        drop(log);
        let tree = damage::raw(dir.path());
        tree.remove("u").unwrap();
        tree.insert("p", &7_u64.to_be_bytes()).unwrap();
        drop(tree);

        let log = open(dir.path());
        assert_eq!(log.followed().unwrap(), Start::AfterSequence(Sequence(7)));
        let next = Delivered {
            stream: stream(),
            sequence: Sequence(8),
            event: event("next"),
        };
        log.append_from_stream(vec![next.clone()]).await.unwrap();
        assert_eq!(log.followed().unwrap(), Start::After(next.position()));
        ids.push(log.stream_id());
    }
    assert_eq!(ids[0], ids[1], "copies of a log are one stream");
}

#[tokio::test]
async fn an_expected_end_is_checked_within_a_group_too() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let attempts = (0..20).map(|number| {
        let log = log.clone();
        async move {
            log.append_expecting(event(&number.to_string()), Offset(0))
                .await
        }
    });
    let outcomes = futures::future::join_all(attempts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(log.last_offset(), Offset(1));
    assert_eq!(log.last_offset_on("order.received.us").unwrap(), Offset(1));
}
