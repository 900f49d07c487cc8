//! Opening the stream that the log of a data folder carries.

use stream::Stream;

#[test]
fn a_log_begins_only_where_one_may_begin() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Stream::open_existing(folder.path()).unwrap().is_none());
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    drop(Stream::open_embedded(folder.path()).unwrap());
    assert!(Stream::open_existing(folder.path()).unwrap().is_some());
}

#[test]
fn a_log_that_another_has_is_known_to_be_open_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let owner = Stream::open_embedded(folder.path()).unwrap();
    let error = Stream::open_existing(folder.path()).err().unwrap();
    assert!(error.is_open_elsewhere(), "{error}");
    drop(owner);
    std::fs::remove_dir_all(eventlog::folder(folder.path())).unwrap();
    std::fs::write(eventlog::folder(folder.path()), "no folder").unwrap();
    let error = Stream::open_embedded(folder.path()).err().unwrap();
    assert!(!error.is_open_elsewhere(), "{error}");
}
