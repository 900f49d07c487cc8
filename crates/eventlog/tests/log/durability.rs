//! An append is answered after the sync, and many share one.

use std::{
    fs::File,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::Duration,
};

use eventlog::{EventLog, FileSyncer, LogError, LogOptions, Syncer};

use crate::{event, events, open};

/// Counts the syncs, and can be told to fail.
#[derive(Default)]
struct Counter {
    syncs: AtomicU64,
    broken: Mutex<bool>,
}

impl Syncer for Counter {
    fn sync(&self, file: &File) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::SeqCst);
        if *self.broken.lock().unwrap() {
            return Err(io::Error::other("the disk is broken"));
        }
        FileSyncer.sync(file)
    }
}

/// Waits in each sync until the test lets it go.
struct Gate {
    entered: mpsc::Sender<()>,
    released: Mutex<mpsc::Receiver<()>>,
}

impl Syncer for Gate {
    fn sync(&self, file: &File) -> io::Result<()> {
        self.entered.send(()).unwrap();
        self.released.lock().unwrap().recv().unwrap();
        FileSyncer.sync(file)
    }
}

#[tokio::test]
async fn each_append_alone_is_one_sync_and_a_group_shares_one() {
    let dir = tempfile::tempdir().unwrap();
    let counter = Arc::new(Counter::default());
    let log = EventLog::open_with(dir.path(), LogOptions::default(), counter.clone()).unwrap();
    let syncs = || counter.syncs.load(Ordering::SeqCst);
    assert_eq!(syncs(), 0);
    for number in 0..5 {
        log.append(event(&number.to_string())).await.unwrap();
        assert_eq!(syncs(), number + 1);
    }
    log.append_all(events(5..505)).await.unwrap();
    assert_eq!(syncs(), 6, "500 events in one group");
    log.append(event("3")).await.unwrap();
    assert_eq!(syncs(), 6, "a copy needs no sync");
    log.append_all(events(505..3005)).await.unwrap();
    assert_eq!(syncs(), 9, "2,500 events in groups of at most 1,000");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_answered_or_read_before_the_sync() {
    let dir = tempfile::tempdir().unwrap();
    let (entered, entries) = mpsc::channel();
    let (release, released) = mpsc::channel();
    let gate = Gate {
        entered,
        released: Mutex::new(released),
    };
    let log = EventLog::open_with(dir.path(), LogOptions::default(), Arc::new(gate)).unwrap();

    let spawn = |name: &'static str| {
        let log = log.clone();
        tokio::spawn(async move { log.append(event(name)).await.unwrap() })
    };
    let first = spawn("first");
    entries.recv().unwrap();
    // These two, and a copy of the first, arrive while the first is on its way to the disk.
    let others = [spawn("second"), spawn("third"), spawn("first")];
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!first.is_finished() && !others.iter().any(|one| one.is_finished()));
    assert_eq!(log.last_offset(), 0);
    assert_eq!(log.read(1, 10).unwrap(), []);
    assert_eq!(log.find(event("first").id).unwrap(), None);

    release.send(()).unwrap();
    assert_eq!(first.await.unwrap().offset, 1);
    entries.recv().unwrap();
    assert!(!others[0].is_finished() && !others[1].is_finished());
    assert_eq!(log.last_offset(), 1);
    release.send(()).unwrap();
    for other in others {
        other.await.unwrap();
    }
    assert_eq!(log.last_offset(), 3);
    assert!(entries.try_recv().is_err(), "the three shared one sync");
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_accepted_until_it_is_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let counter = Arc::new(Counter::default());
    let log = EventLog::open_with(dir.path(), LogOptions::default(), counter.clone()).unwrap();
    log.append(event("a")).await.unwrap();
    *counter.broken.lock().unwrap() = true;
    let refused = log.append(event("b")).await;
    assert!(
        matches!(&refused, Err(LogError::Commit(why)) if why.contains("disk")),
        "{refused:?}"
    );
    *counter.broken.lock().unwrap() = false;
    let refused = log.append(event("c")).await;
    assert!(matches!(refused, Err(LogError::Commit(_))), "{refused:?}");
    assert_eq!(log.last_offset(), 1);
    drop(log);

    // `b` may be there or not, as after a crash; what follows is whole.
    let log = open(dir.path());
    let retried = log.append(event("b")).await.unwrap();
    assert_eq!(retried.offset, 2);
    log.append(event("c")).await.unwrap();
    assert_eq!(log.verify(|_, _| {}).unwrap().records, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tail_is_announced() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let mut tail = log.subscribe();
    let waiting = tokio::spawn(async move { *tail.wait_for(|&last| last >= 3).await.unwrap() });
    log.append_all(events(0..3)).await.unwrap();
    assert_eq!(waiting.await.unwrap(), 3);
}
