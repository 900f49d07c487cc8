//! What the suite runs on: either carrier, with a way to crash it.

use std::{fs, path::Path, time::Duration};

use eventlog::{EventLog, LogOptions};
use schemas::{EncodedEvent, EventId};
use stream::{
    Consumer, Delivered, JetStreamOptions, Misplaced, Reader, Start, Stream, StreamError,
};
use tempfile::TempDir;
use tests::nats::NatsServer;

pub const WAIT: Duration = Duration::from_secs(10);
pub const MOMENT: Duration = Duration::from_millis(200);

pub enum Bed {
    JetStream {
        server: Box<NatsServer>,
        options: Box<JetStreamOptions>,
    },
    Embedded {
        dir: TempDir,
    },
}

impl Bed {
    pub fn jetstream() -> Bed {
        let server = Box::new(NatsServer::start().unwrap());
        let options = Box::new(JetStreamOptions {
            urls: vec![server.url.clone()],
            monitor_url: Some(server.monitor_url.clone()),
            ..JetStreamOptions::default()
        });
        Bed::JetStream { server, options }
    }

    pub fn embedded() -> Bed {
        Bed::Embedded {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// The stream as a process that starts now would open it.
    pub async fn open(&self) -> Stream {
        match self {
            Bed::JetStream { options, .. } => Stream::connect(options).await.unwrap(),
            Bed::Embedded { dir } => {
                Stream::embedded(EventLog::open(dir.path(), LogOptions::default()).unwrap())
            }
        }
    }

    /// Another process on the same stream; the embedded carrier has only one.
    pub async fn open_beside(&self, stream: &Stream) -> Stream {
        match self {
            Bed::JetStream { .. } => self.open().await,
            Bed::Embedded { .. } => stream.clone(),
        }
    }

    /// Everything goes down (nats-server without warning) and comes up again.
    pub async fn restart(&mut self, stream: Stream) -> Stream {
        drop(stream);
        if let Bed::JetStream { server, .. } = self {
            server.restart().unwrap();
        }
        self.open().await
    }
}

impl Bed {
    /// Everything goes down, its store becomes what `change` makes of it, and it
    /// comes up again.
    async fn change(&mut self, stream: Stream, change: impl FnOnce(&Path)) -> Stream {
        drop(stream);
        match self {
            Bed::JetStream { server, .. } => {
                server.kill();
                change(&server.store());
                server.restart().unwrap();
            }
            Bed::Embedded { dir } => {
                // The log lets go of its folder a moment after it is dropped.
                drop(EventLog::open(dir.path(), LogOptions::default()).unwrap());
                std::thread::sleep(MOMENT);
                change(dir.path());
            }
        }
        self.open().await
    }

    /// Also hands out a copy of the store.
    pub async fn back_up(&mut self, stream: Stream) -> (Stream, TempDir) {
        let copy = tempfile::tempdir().unwrap();
        let stream = self
            .change(stream, |store| copy_folder(store, copy.path()))
            .await;
        (stream, copy)
    }

    /// Puts a copy in the place of the store.
    pub async fn put_back(&mut self, stream: Stream, copy: &TempDir) -> Stream {
        self.change(stream, |store| {
            fs::remove_dir_all(store).unwrap();
            copy_folder(copy.path(), store);
        })
        .await
    }

    /// The store is lost, and whoever comes first makes an empty one.
    pub async fn lose(&mut self, stream: Stream) -> Stream {
        self.change(stream, |store| {
            fs::remove_dir_all(store).unwrap();
            fs::create_dir(store).unwrap();
        })
        .await
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// What is wrong with going on at `start`.
pub async fn misplaced(stream: &Stream, start: Start) -> Misplaced {
    let mut reader = stream.reader(start, &[]).await.unwrap();
    let what = not_delivered(reader.next_batch(10, WAIT).await);
    // Asking again makes it no better.
    assert_eq!(not_delivered(reader.next_batch(10, WAIT).await), what);
    what
}

/// Why nothing was delivered.
pub fn not_delivered(outcome: Result<Vec<Delivered>, StreamError>) -> Misplaced {
    match outcome {
        Err(StreamError::Misplaced { what, remedy }) => {
            assert!(remedy.contains("newest copy"), "{remedy}");
            what
        }
        other => panic!("{other:?}"),
    }
}

/// An event that is told apart by its name.
pub fn event(subject: &str, name: &str) -> EncodedEvent {
    EncodedEvent {
        id: EventId::derive(&[subject, name]),
        subject: subject.to_owned(),
        bytes: format!(r#"{{"name":"{name}"}}"#).into_bytes(),
    }
}

pub fn events(subject: &str, numbers: std::ops::Range<usize>) -> Vec<EncodedEvent> {
    numbers
        .map(|number| event(subject, &number.to_string()))
        .collect()
}

/// Reads until there are `count` events.
pub async fn read(reader: &mut Reader, count: usize) -> Vec<Delivered> {
    let mut found = Vec::new();
    while found.len() < count {
        let batch = reader.next_batch(count - found.len(), WAIT).await.unwrap();
        assert!(!batch.is_empty(), "{} of {count} events came", found.len());
        found.extend(batch);
    }
    found
}

/// Consumes until there are `count` events, without acknowledging.
pub async fn consume(consumer: &mut Consumer, count: usize) -> Vec<Delivered> {
    let mut found = Vec::new();
    while found.len() < count {
        let batch = consumer
            .next_batch(count - found.len(), WAIT)
            .await
            .unwrap();
        assert!(!batch.is_empty(), "{} of {count} events came", found.len());
        found.extend(batch);
    }
    found
}

pub fn sequences(delivered: &[Delivered]) -> Vec<u64> {
    delivered.iter().map(|one| one.sequence.0).collect()
}
