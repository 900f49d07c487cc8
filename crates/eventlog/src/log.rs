//! The log, as its owner and its readers hold it.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use schemas::{Digest, EncodedEvent, EventId};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    Appended, Delivered, LogError, LogOptions, LogRecord, Offset, Position, Start, StreamId,
    committer::{Committer, Request},
    record::{MAX_EVENT, MAX_SUBJECT},
    store::Store,
    sync::{FileSyncer, Syncer},
    tip::TipFile,
    verify::{self, VerifyReport},
};

/// Where the log is in a data folder.
pub fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("log")
}

/// The log. Clones share it; it is closed when the last one is dropped.
#[derive(Clone)]
pub struct EventLog {
    pub(crate) store: Store,
    requests: mpsc::Sender<Request>,
    durable: watch::Receiver<Offset>,
    stream: StreamId,
    max_group: usize,
    /// What this process has acknowledged, by consumer: it may not be on disk yet,
    /// and whoever takes up a consumer here must not be behind it.
    acknowledged: Arc<Mutex<HashMap<String, Offset>>>,
}

impl EventLog {
    /// The largest event that it takes, in bytes.
    pub const MAX_EVENT: usize = MAX_EVENT;

    /// Opens the log of a data folder, or begins one there, with the settings that all
    /// processes use.
    pub fn open_in(data_dir: &Path) -> Result<EventLog, LogError> {
        EventLog::open(folder(data_dir), LogOptions::default())
    }

    /// Opens the log in this folder, or begins one there.
    pub fn open(dir: impl AsRef<Path>, options: LogOptions) -> Result<EventLog, LogError> {
        EventLog::open_with(dir, options, Arc::new(FileSyncer))
    }

    /// Checks every record: CRC, contiguity, chain, index of ids. The error is
    /// the first damage, with its offset. `progress` is told how many of how
    /// many records are done. Takes its time, and the thread it is called on.
    pub fn verify(&self, progress: impl FnMut(u64, u64)) -> Result<VerifyReport, LogError> {
        verify::check_all(&self.store, self.last_offset(), progress)
    }

    /// [`EventLog::open`] with another way to make commits durable, for tests.
    pub fn open_with(
        dir: impl AsRef<Path>,
        options: LogOptions,
        syncer: Arc<dyn Syncer>,
    ) -> Result<EventLog, LogError> {
        EventLog::open_as(dir.as_ref(), options, syncer, StreamId::random())
    }

    /// Opens the log; one that begins now is known as the stream `id`.
    pub(crate) fn open_as(
        dir: &Path,
        options: LogOptions,
        syncer: Arc<dyn Syncer>,
        id: StreamId,
    ) -> Result<EventLog, LogError> {
        let folder = |source| LogError::Folder {
            dir: dir.to_owned(),
            source: Arc::new(source),
        };
        std::fs::create_dir_all(dir).map_err(folder)?;
        let store = Store::open(dir, &options)?;
        let file = Store::data_file(dir).map_err(folder)?;
        let (tip_file, witness) = TipFile::open(dir).map_err(folder)?;
        let tip = verify::check_end(&store, witness, options.check_last)
            .map_err(|found| verify::locate(&store, found))
            .map_err(|error| match error {
                LogError::Read(what) => LogError::Unreadable {
                    dir: dir.to_owned(),
                    what,
                },
                other => other,
            })?;
        let stream = match tip.offset {
            Offset(0) => id,
            _ => known_id(&store)?,
        };

        let (durable, durable_reader) = watch::channel(tip.offset);
        let (requests, inbox) = mpsc::channel(options.max_group.max(1));
        let committer = Committer {
            store: store.clone(),
            file,
            syncer,
            stream,
            tip,
            tip_file,
            durable,
            max_group: options.max_group.max(1),
            linger: options.linger,
        };
        std::thread::Builder::new()
            .name("log-committer".to_owned())
            .spawn(move || committer.run(inbox))
            .map_err(folder)?;
        Ok(EventLog {
            store,
            requests,
            durable: durable_reader,
            stream,
            max_group: options.max_group.max(1),
            acknowledged: Arc::default(),
        })
    }

    /// Appends one event, unless its id is there already.
    pub async fn append(&self, event: EncodedEvent) -> Result<Appended, LogError> {
        self.append_one(event, None).await
    }

    /// Appends the event if its subject ends at offset `last` (0: has none yet).
    pub async fn append_expecting(
        &self,
        event: EncodedEvent,
        last: Offset,
    ) -> Result<Appended, LogError> {
        self.append_one(event, Some(last)).await
    }

    /// The id of the log as a stream. It stays through an export and back.
    pub fn stream_id(&self) -> StreamId {
        self.stream
    }

    /// Appends events in this order.
    pub async fn append_all(&self, events: Vec<EncodedEvent>) -> Result<Vec<Appended>, LogError> {
        let mut receipts = Vec::with_capacity(events.len());
        let mut events = events.into_iter().peekable();
        while events.peek().is_some() {
            let group = events.by_ref().take(self.max_group).collect();
            receipts.extend(self.request(group, None, None).await?);
        }
        Ok(receipts)
    }

    /// Appends what was read from the stream: an event whose id is in the log
    /// is passed over, however long ago it came. The position of the last event
    /// becomes [`EventLog::followed`] in the same atomic batch.
    pub async fn append_from_stream(
        &self,
        delivered: Vec<Delivered>,
    ) -> Result<Vec<Appended>, LogError> {
        let mut receipts = Vec::with_capacity(delivered.len());
        let mut delivered = delivered.into_iter().peekable();
        while delivered.peek().is_some() {
            let group: Vec<_> = delivered.by_ref().take(self.max_group).collect();
            let position = group.last().map(Delivered::position);
            let events = group.into_iter().map(|one| one.event).collect();
            receipts.extend(self.request(events, None, position).await?);
        }
        Ok(receipts)
    }

    /// Where the log goes on to follow the stream.
    pub fn followed(&self) -> Result<Start, LogError> {
        self.store.followed()
    }

    /// The offset of the event with this id.
    pub fn find(&self, id: EventId) -> Result<Option<Offset>, LogError> {
        let found = self.store.find(id)?;
        Ok(found.filter(|&offset| offset <= self.last_offset()))
    }

    /// The record at this offset.
    pub fn get(&self, offset: Offset) -> Result<Option<LogRecord>, LogError> {
        if offset == Offset(0) {
            return Ok(None);
        }
        Ok(self.read(offset, 1)?.pop())
    }

    /// At most `max` records from the offset `from` on. Blocks on the disk if
    /// they are not in the cache.
    pub fn read(&self, from: Offset, max: usize) -> Result<Vec<LogRecord>, LogError> {
        self.store.records(from, self.last_offset(), max)
    }

    /// As [`Self::read`], ending with the record by which their events have so many
    /// bytes: a reader can be short of memory.
    pub fn read_up_to(
        &self,
        bytes: usize,
        from: Offset,
        max: usize,
    ) -> Result<Vec<LogRecord>, LogError> {
        let last = self.last_offset();
        self.store.records_up_to(bytes, from, last, max)
    }

    /// The offset of the last durable event, 0 if there is none.
    pub fn last_offset(&self) -> Offset {
        *self.durable.borrow()
    }

    /// The last offset on exactly this subject, 0 if there is none.
    pub fn last_offset_on(&self, subject: &str) -> Result<Offset, LogError> {
        self.store.last_on(subject)
    }

    /// Follows the tail: the last offset as it grows.
    pub fn subscribe(&self) -> watch::Receiver<Offset> {
        self.durable.clone()
    }

    /// How far the consumer of this name has come: the offset up to which it has
    /// acknowledged, 0 if it never did.
    pub fn position(&self, consumer: &str) -> Result<Offset, LogError> {
        let kept = self.store.position(consumer)?;
        let acknowledged = self.acknowledged().get(consumer).copied();
        Ok(kept.max(acknowledged.unwrap_or_default()))
    }

    /// Notes that the consumer of this name has done everything up to `offset`.
    /// Not waited for: what a crash loses of it comes again.
    pub async fn acknowledge(&self, consumer: &str, offset: Offset) -> Result<(), LogError> {
        let request = Request::Acknowledge {
            consumer: consumer.to_owned(),
            offset,
        };
        let sent = self.requests.send(request).await;
        sent.map_err(|_| LogError::Closed)?;
        let mut acknowledged = self.acknowledged();
        let position = acknowledged.entry(consumer.to_owned()).or_default();
        *position = offset.max(*position);
        Ok(())
    }

    /// A thread that panicked held it for an insertion at most: it is whole.
    fn acknowledged(&self) -> MutexGuard<'_, HashMap<String, Offset>> {
        self.acknowledged
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn append_one(
        &self,
        event: EncodedEvent,
        expecting: Option<Offset>,
    ) -> Result<Appended, LogError> {
        let receipts = self.request(vec![event], expecting, None).await?;
        receipts.first().copied().ok_or(LogError::Closed)
    }

    async fn request(
        &self,
        events: Vec<EncodedEvent>,
        expecting: Option<Offset>,
        followed: Option<Position>,
    ) -> Result<Vec<Appended>, LogError> {
        events.iter().try_for_each(check_size)?;
        let (reply, answer) = oneshot::channel();
        let request = Request::Append {
            events,
            expecting,
            followed,
            reply,
        };
        self.requests
            .send(request)
            .await
            .map_err(|_| LogError::Closed)?;
        answer.await.map_err(|_| LogError::Closed)?
    }
}

/// The id of a log that has records.
fn known_id(store: &Store) -> Result<StreamId, LogError> {
    if let Some(id) = store.stream_id()? {
        return Ok(id);
    }
    let first = store.records(Offset(1), Offset(1), 1)?;
    Ok(first
        .first()
        .map_or_else(StreamId::random, |first| id_of(&first.hash)))
}

/// The id of a log of before logs had one: it follows from the first record, so
/// that copies of the log are known as the same.
pub(crate) fn id_of(first: &Digest) -> StreamId {
    StreamId::derive(&["event log", &first.to_string()])
}

fn check_size(event: &EncodedEvent) -> Result<(), LogError> {
    if event.bytes.len() > MAX_EVENT {
        return Err(LogError::TooLarge {
            id: event.id,
            bytes: event.bytes.len(),
            limit: MAX_EVENT,
        });
    }
    if event.subject.len() > MAX_SUBJECT {
        return Err(LogError::Subject {
            id: event.id,
            bytes: event.subject.len(),
            limit: MAX_SUBJECT,
        });
    }
    Ok(())
}
