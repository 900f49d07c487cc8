//! What the suite runs on: either carrier, with a way to crash it.

use std::time::Duration;

use eventlog::{EventLog, LogOptions};
use schemas::{EncodedEvent, EventId};
use stream::{Consumer, Delivered, JetStreamOptions, Reader, Stream};
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

pub fn offsets(delivered: &[Delivered]) -> Vec<u64> {
    delivered.iter().map(|one| one.offset).collect()
}
