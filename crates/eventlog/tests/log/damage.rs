//! Damage is found, located and never a panic.

use std::{fs, path::Path};

use eventlog::{EventLog, LogError, LogOptions};

use crate::{event, events, open};

const RECORDS: u64 = 3000;

async fn filled(dir: &Path) {
    let log = open(dir);
    log.append_all(events(0..RECORDS as usize)).await.unwrap();
    drop(log);
    settle(dir);
}

/// Waits until the log has written its last and let go of the folder.
fn settle(dir: &Path) {
    drop(raw(dir));
}

/// What opening and verifying say together.
fn examine(dir: &Path) -> Result<eventlog::VerifyReport, LogError> {
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
async fn a_flipped_bit_is_found() {
    let original = tempfile::tempdir().unwrap();
    filled(original.path()).await;
    let whole = examine(original.path()).unwrap();
    settle(original.path());
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
            // Where sled stops reading, it also loses what it wrote later.
            Err(LogError::Damaged { offset, what }) => {
                assert!(
                    (1..=RECORDS).contains(&offset),
                    "{offset} for {number}: {what}"
                );
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
    settle(original.path());
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

/// What someone changes in the log, behind its back.
type Change = fn(&sled::Db, u64);

#[tokio::test]
async fn what_is_changed_behind_its_back_is_located() {
    let original = tempfile::tempdir().unwrap();
    filled(original.path()).await;
    let changes: [(&str, Change); 6] = [
        ("a flipped bit", |db, offset| {
            let mut record = db.get(record_key(offset)).unwrap().unwrap().to_vec();
            *record.last_mut().unwrap() ^= 1;
            db.insert(record_key(offset), record).unwrap();
        }),
        ("a removed record", |db, offset| {
            db.remove(record_key(offset)).unwrap();
        }),
        ("a record in the place of another", |db, offset| {
            let other = db.get(record_key(offset + 1)).unwrap().unwrap();
            db.insert(record_key(offset), other).unwrap();
        }),
        ("a record that is cut off", |db, offset| {
            let record = db.get(record_key(offset)).unwrap().unwrap();
            db.insert(record_key(offset), &record[..record.len() - 1])
                .unwrap();
        }),
        ("an id that leads elsewhere", |db, offset| {
            db.insert(id_key(offset), &7u64.to_be_bytes()).unwrap();
        }),
        ("an id that is missing", |db, offset| {
            db.remove(id_key(offset)).unwrap();
        }),
    ];
    for (what, change) in changes {
        for offset in [1, 1234, RECORDS - 1] {
            let dir = tempfile::tempdir().unwrap();
            copy(original.path(), dir.path());
            change(&raw(dir.path()), offset);
            match examine(dir.path()) {
                Err(LogError::Damaged { offset: found, .. }) => assert_eq!(found, offset, "{what}"),
                other => panic!("{what} at {offset}: {other:?}"),
            }
        }
    }
}

/// Whoever can write records, CRC and all, still breaks the chain.
#[tokio::test]
async fn a_forged_record_breaks_the_chain() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    let forger = tempfile::tempdir().unwrap();
    let log = open(forger.path());
    let mut forged = events(0..RECORDS as usize);
    forged[9].bytes = br#"{"name":"forged"}"#.to_vec();
    log.append_all(forged).await.unwrap();
    drop(log);
    let record = raw(forger.path()).get(record_key(10)).unwrap().unwrap();
    raw(dir.path()).insert(record_key(10), record).unwrap();
    match examine(dir.path()) {
        Err(LogError::Damaged { offset: 11, what }) => assert!(what.contains("chain"), "{what}"),
        other => panic!("{other:?}"),
    }
    // And whoever writes the whole log anew contradicts the witness.
    let dir = tempfile::tempdir().unwrap();
    copy(forger.path(), dir.path());
    let true_log = tempfile::tempdir().unwrap();
    filled(true_log.path()).await;
    fs::copy(true_log.path().join("tip"), dir.path().join("tip")).unwrap();
    match examine(dir.path()) {
        Err(LogError::Damaged {
            offset: RECORDS,
            what,
        }) => assert!(what.contains("noted"), "{what}"),
        other => panic!("{other:?}"),
    }
}

/// The tree itself, once the log has let go of it.
fn raw(dir: &Path) -> sled::Db {
    for _ in 0..200 {
        match sled::open(dir) {
            Ok(db) => return db,
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(10)),
        }
    }
    panic!("the tree stays locked")
}

fn record_key(offset: u64) -> Vec<u8> {
    [b"r".as_slice(), &offset.to_be_bytes(), &[0, 0]].concat()
}

/// The events of these tests are named by their place, from 0.
fn id_key(offset: u64) -> Vec<u8> {
    let id = event(&(offset - 1).to_string()).id;
    [b"i".as_slice(), id.0.as_bytes()].concat()
}
