//! Opening the stream that the log of a data folder carries.

use eventlog::{EventLog, LogOptions};
use schemas::{EncodedEvent, EventId};
use stream::{Misplaced, Start, Stream, StreamError};

#[test]
fn a_log_begins_only_where_one_may_begin() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        Stream::open_existing(folder.path(), Start::Beginning)
            .unwrap()
            .is_none()
    );
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    drop(Stream::open_embedded(folder.path(), Start::Beginning).unwrap());
    assert!(
        Stream::open_existing(folder.path(), Start::Beginning)
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_log_that_another_has_is_known_to_be_open_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let owner = Stream::open_embedded(folder.path(), Start::Beginning).unwrap();
    let error = Stream::open_existing(folder.path(), Start::Beginning)
        .err()
        .unwrap();
    assert!(error.is_open_elsewhere(), "{error}");
    drop(owner);
    std::fs::remove_dir_all(eventlog::folder(folder.path())).unwrap();
    std::fs::write(eventlog::folder(folder.path()), "no folder").unwrap();
    let error = Stream::open_embedded(folder.path(), Start::Beginning)
        .err()
        .unwrap();
    assert!(!error.is_open_elsewhere(), "{error}");
}

/// A log of which more was seen than it holds is not appended to.
#[tokio::test]
async fn a_log_that_was_lost_or_set_back_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let log = |name: &str| {
        let folder = eventlog::folder(&folder.path().join(name));
        EventLog::open(folder, LogOptions::default()).unwrap()
    };
    let (own, other) = (log("own"), log("other"));
    for name in ["a", "b"] {
        own.append(event(name)).await.unwrap();
        other.append(event(name)).await.unwrap();
    }
    let seen = Stream::embedded(own.clone()).reached().unwrap();
    drop((own, other));
    let refused = |name: &str| match Stream::open_embedded(&folder.path().join(name), seen) {
        Err(StreamError::Misplaced { what, remedy }) => {
            assert!(remedy.contains("log rebuild"), "{remedy}");
            what
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("{name} was opened"),
    };
    assert!(matches!(refused("other"), Misplaced::OtherStream { .. }));
    assert!(matches!(refused("none"), Misplaced::EndsBefore { .. }));
    assert!(!folder.path().join("none").exists(), "a log was begun");
    Stream::open_embedded(&folder.path().join("own"), seen).unwrap();
}

fn event(name: &str) -> EncodedEvent {
    EncodedEvent {
        id: EventId::derive(&[name]),
        subject: "order.received.us.1".to_owned(),
        bytes: b"{}".to_vec(),
    }
}
