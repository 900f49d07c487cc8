//! Damage is found, located and never a panic.

use std::{fs, path::Path};

use stream::{EventLog, LogError, LogOptions};

use crate::{events, open};

const RECORDS: u64 = 3000;

async fn filled(dir: &Path) {
    let log = open(dir);
    log.append_all(events(0..RECORDS as usize)).await.unwrap();
}

/// What opening and verifying say together.
fn examine(dir: &Path) -> Result<stream::VerifyReport, LogError> {
    EventLog::open(dir, LogOptions::default())?.verify(|_, _| {})
}

fn flip(dir: &Path, position: usize) {
    let path = dir.join("db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[position] ^= 0x10;
    fs::write(&path, bytes).unwrap();
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// A flipped bit in the bytes of an event must be noticed, wherever it is.
#[tokio::test]
async fn a_flipped_bit_is_located() {
    let original = tempfile::tempdir().unwrap();
    filled(original.path()).await;
    let whole = examine(original.path()).unwrap();
    let bytes = fs::read(original.path().join("db")).unwrap();
    for number in [1, 700, 1500, 2999] {
        let text = format!(r#"{{"name":"{number}"}}"#);
        let places: Vec<usize> = bytes
            .windows(text.len())
            .enumerate()
            .filter(|(_, window)| *window == text.as_bytes())
            .map(|(place, _)| place)
            .collect();
        assert!(!places.is_empty());
        // sled keeps older copies of a page: only the newest counts, so flip all.
        let dir = tempfile::tempdir().unwrap();
        copy(original.path(), dir.path());
        for place in places {
            flip(dir.path(), place + 10);
        }
        match examine(dir.path()) {
            Err(LogError::Damaged { offset, what }) => {
                assert!(offset <= number + 1, "{offset} for {number}: {what}");
            }
            Err(LogError::Unreadable { what, .. }) => assert!(!what.is_empty()),
            other => panic!("{number}: {other:?}"),
        }
    }
    assert_eq!(examine(original.path()).unwrap(), whole);
}

/// Any bit anywhere: the log is either found damaged, or holds exactly what it held.
#[tokio::test]
async fn no_flipped_bit_passes_as_another_log() {
    let original = tempfile::tempdir().unwrap();
    filled(original.path()).await;
    let whole = examine(original.path()).unwrap();
    let length = fs::metadata(original.path().join("db")).unwrap().len() as usize;
    let mut found = 0;
    for step in 0..24 {
        let dir = tempfile::tempdir().unwrap();
        copy(original.path(), dir.path());
        flip(dir.path(), length / 24 * step + step * 7);
        match examine(dir.path()) {
            Ok(report) => assert_eq!(report, whole),
            Err(_) => found += 1,
        }
    }
    assert!(found > 0, "no flipped bit was found at all");
}

#[tokio::test]
async fn an_end_that_is_cut_off_is_found() {
    let original = tempfile::tempdir().unwrap();
    filled(original.path()).await;
    let length = fs::metadata(original.path().join("db")).unwrap().len();
    for part in [4, 2] {
        let dir = tempfile::tempdir().unwrap();
        copy(original.path(), dir.path());
        let file = fs::File::options()
            .write(true)
            .open(dir.path().join("db"))
            .unwrap();
        file.set_len(length / part).unwrap();
        assert!(examine(dir.path()).is_err(), "cut to 1/{part}");
    }
    // Without the file there is no record, but the witness knows better.
    let dir = tempfile::tempdir().unwrap();
    fs::copy(original.path().join("tip"), dir.path().join("tip")).unwrap();
    match examine(dir.path()) {
        Err(LogError::Damaged { offset: 1, what }) => assert!(what.contains("3000"), "{what}"),
        other => panic!("{other:?}"),
    }
}
