//! The log on sled: every call that can fail, or panic, passes through here.

use std::{
    fs::File,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use schemas::EventId;

use uuid::Uuid;

use crate::{
    LogError, LogOptions, Offset, Position, Sequence, Start, StreamId, keys,
    record::{self, LogRecord},
};

/// Values are cut into pieces of this size. sled writes larger pages to files
/// of their own, which it never syncs: 16 entries to a page times this size
/// stays below its limit of 128 KiB.
const PIECE: usize = 4096;
/// Bytes of a position in a stream.
const FOLLOWED: usize = 8 + 16 + 16;
/// A process that has just ended, or a handle that was just dropped, may hold
/// the lock a moment longer.
pub(crate) const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// Until it is tried again.
pub(crate) const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// The one tree of the log.
#[derive(Clone)]
pub(crate) struct Store {
    db: sled::Db,
}

impl Store {
    pub(crate) fn open(dir: &Path, options: &LogOptions) -> Result<Store, LogError> {
        let config = sled::Config::new()
            .path(dir)
            .cache_capacity(options.cache_bytes)
            .mode(sled::Mode::HighThroughput)
            .use_compression(false)
            .flush_every_ms(None);
        let until = Instant::now() + LOCK_PATIENCE;
        let unreadable = |what| LogError::Unreadable {
            dir: dir.to_owned(),
            what,
        };
        loop {
            match catch(|| config.open()).map_err(unreadable)? {
                Ok(db) => return Ok(Store { db }),
                Err(sled::Error::Io(error)) if error.to_string().contains("acquire lock") => {
                    if Instant::now() > until {
                        let dir = dir.to_owned();
                        return Err(LogError::Locked { dir });
                    }
                    std::thread::sleep(LOCK_PAUSE);
                }
                Err(sled::Error::Io(source)) if source.kind() != io::ErrorKind::UnexpectedEof => {
                    return Err(LogError::Folder {
                        dir: dir.to_owned(),
                        source: Arc::new(source),
                    });
                }
                Err(error) => return Err(unreadable(error.to_string())),
            }
        }
    }

    /// The file that has to be synced for a commit to be durable.
    pub(crate) fn data_file(dir: &Path) -> io::Result<File> {
        File::open(data_path(dir))
    }

    /// The records from `from` to `to`, at most `max`. Each is whole, and each
    /// follows the one before it; otherwise the damage is located.
    pub(crate) fn records(
        &self,
        from: Offset,
        to: Offset,
        max: usize,
    ) -> Result<Vec<LogRecord>, LogError> {
        self.records_up_to(usize::MAX, from, to, max)
    }

    /// The same, ending with the record by which their events have so many bytes.
    pub(crate) fn records_up_to(
        &self,
        bytes: usize,
        from: Offset,
        to: Offset,
        max: usize,
    ) -> Result<Vec<LogRecord>, LogError> {
        let mut records = Vec::new();
        let mut room = bytes;
        let (mut expected, to) = (from.0.max(1), to.0);
        while expected <= to && records.len() < max && room > 0 {
            let chunk = (to - expected + 1).min((max - records.len()) as u64);
            let before = records.len();
            let outcome = catch(|| self.scan(expected, chunk, &mut room, &mut records));
            expected += (records.len() - before) as u64;
            match outcome {
                Ok(Ok(())) => {}
                Ok(Err(what)) | Err(what) => {
                    return Err(LogError::Damaged {
                        offset: Offset(expected),
                        what,
                    });
                }
            }
        }
        Ok(records)
    }

    fn scan(
        &self,
        from: u64,
        count: u64,
        room: &mut usize,
        records: &mut Vec<LogRecord>,
    ) -> Result<(), String> {
        let mut pieces = self
            .db
            .range(keys::piece(Offset(from), 0)..keys::piece(Offset(from + count), 0));
        for offset in (from..from + count).map(Offset) {
            let (key, first) = match pieces.next() {
                Some(piece) => piece.map_err(|error| error.to_string())?,
                None => return Err("the record is missing".to_owned()),
            };
            if keys::parse_piece(&key) != Some((offset, 0)) {
                return Err("the record is missing".to_owned());
            }
            let mut whole = first.to_vec();
            for number in 1..piece_count(&first) {
                let (key, piece) = match pieces.next() {
                    Some(piece) => piece.map_err(|error| error.to_string())?,
                    None => return Err("the end of the record is missing".to_owned()),
                };
                if keys::parse_piece(&key) != Some((offset, number)) {
                    return Err("a piece of the record is missing".to_owned());
                }
                whole.extend_from_slice(&piece);
            }
            let record = record::decode(offset, &whole)?;
            *room = room.saturating_sub(record.event.bytes.len());
            records.push(record);
            if *room == 0 {
                break;
            }
        }
        Ok(())
    }

    /// The offset of the last record in the tree, 0 if there is none.
    pub(crate) fn last_offset(&self) -> Result<Offset, LogError> {
        let last = catch(|| self.db.get_lt(keys::piece(Offset(u64::MAX), u16::MAX)));
        let found = last.map_err(LogError::Read)?.map_err(read_error)?;
        Ok(found
            .and_then(|(key, _)| keys::parse_piece(&key))
            .map_or(Offset(0), |(offset, _)| offset))
    }

    pub(crate) fn find(&self, id: EventId) -> Result<Option<Offset>, LogError> {
        self.offset(&keys::id(id))
    }

    pub(crate) fn last_on(&self, subject: &str) -> Result<Offset, LogError> {
        Ok(self.offset(&keys::subject(subject))?.unwrap_or_default())
    }

    pub(crate) fn position(&self, consumer: &str) -> Result<Offset, LogError> {
        let position = self.offset(&keys::position(consumer))?;
        Ok(position.unwrap_or_default())
    }

    /// How far the log has followed a stream.
    pub(crate) fn followed(&self) -> Result<Start, LogError> {
        let Some(value) = self.value(keys::FOLLOWED)? else {
            return Ok(Start::Beginning);
        };
        decode_followed(&value).ok_or_else(|| odd_length("the position in the stream", &value))
    }

    /// The id of the log as a stream, if it has one.
    pub(crate) fn stream_id(&self) -> Result<Option<StreamId>, LogError> {
        let Some(value) = self.value(keys::STREAM_ID)? else {
            return Ok(None);
        };
        match Uuid::from_slice(&value) {
            Ok(id) => Ok(Some(StreamId(id))),
            Err(_) => Err(odd_length("the id of the log", &value)),
        }
    }

    /// How many ids are in the index.
    pub(crate) fn count_ids(&self) -> Result<u64, LogError> {
        let count = catch(|| {
            let mut count = 0;
            for entry in self.db.scan_prefix(keys::ID_PREFIX) {
                entry?;
                count += 1;
            }
            Ok::<u64, sled::Error>(count)
        });
        count.map_err(LogError::Read)?.map_err(read_error)
    }

    /// The offset under this key.
    fn offset(&self, key: &[u8]) -> Result<Option<Offset>, LogError> {
        let Some(value) = self.value(key)? else {
            return Ok(None);
        };
        match value.as_ref().try_into() {
            Ok(bytes) => Ok(Some(Offset(u64::from_be_bytes(bytes)))),
            Err(_) => Err(odd_length("an index entry", &value)),
        }
    }

    fn value(&self, key: &[u8]) -> Result<Option<sled::IVec>, LogError> {
        let value = catch(|| self.db.get(key)).map_err(LogError::Read)?;
        value.map_err(read_error)
    }

    /// Writes the batch to the file, all or nothing. Not durable until the file is synced.
    pub(crate) fn write(&self, batch: sled::Batch) -> Result<(), String> {
        catch(|| self.db.apply_batch(batch).and_then(|()| self.db.flush()))?
            .map(drop)
            .map_err(|error| error.to_string())
    }
}

/// Puts the pieces of a record into the batch.
#[expect(
    clippy::cast_possible_truncation,
    reason = "MAX_EVENT keeps the number of pieces far below the limit of u16"
)]
pub(crate) fn insert_record(batch: &mut sled::Batch, offset: Offset, record: &[u8]) {
    for (number, piece) in record.chunks(PIECE).enumerate() {
        batch.insert(&keys::piece(offset, number as u16), piece);
    }
}

pub(crate) fn insert_offset(batch: &mut sled::Batch, key: &[u8], offset: Offset) {
    batch.insert(key, &offset.0.to_be_bytes());
}

pub(crate) fn insert_stream_id(batch: &mut sled::Batch, id: StreamId) {
    batch.insert(keys::STREAM_ID, id.0.as_bytes());
}

pub(crate) fn insert_followed(batch: &mut sled::Batch, position: Position) {
    let mut value = Vec::with_capacity(FOLLOWED);
    value.extend_from_slice(&position.sequence.0.to_be_bytes());
    value.extend_from_slice(position.stream.0.as_bytes());
    value.extend_from_slice(position.event.0.as_bytes());
    batch.insert(keys::FOLLOWED, value);
}

/// Nothing, if it is neither a position nor the number of before.
fn decode_followed(value: &[u8]) -> Option<Start> {
    let (sequence, rest) = value.split_first_chunk::<8>()?;
    let sequence = Sequence(u64::from_be_bytes(*sequence));
    if rest.is_empty() {
        return Some(Start::AfterSequence(sequence));
    }
    let (stream, event) = rest.split_at_checked(16)?;
    Some(Start::After(Position {
        stream: StreamId(Uuid::from_slice(stream).ok()?),
        sequence,
        event: EventId(Uuid::from_slice(event).ok()?),
    }))
}

fn data_path(dir: &Path) -> PathBuf {
    dir.join("db")
}

/// How many pieces a record has, by the length in its first.
fn piece_count(first: &[u8]) -> u16 {
    let length = first.get(5..9).and_then(|bytes| bytes.try_into().ok());
    let length = length.map_or(0, u32::from_be_bytes) as usize;
    u16::try_from(length.div_ceil(PIECE)).unwrap_or(u16::MAX)
}

fn odd_length(what: &str, value: &[u8]) -> LogError {
    LogError::Read(format!("{what} has {} bytes", value.len()))
}

fn read_error(error: sled::Error) -> LogError {
    LogError::Read(error.to_string())
}

/// sled panics on some kinds of damage where it should return an error.
fn catch<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        format!(
            "the storage engine gave up: {}",
            text.unwrap_or("no reason")
        )
    })
}
