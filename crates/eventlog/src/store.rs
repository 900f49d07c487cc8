//! sled behind the log: every call that can fail, or panic, passes through here.

use std::{
    fs::File,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use schemas::EventId;

use crate::{
    LogError, LogOptions, keys,
    record::{self, LogRecord},
};

/// Values are cut into pieces of this size. sled writes larger pages to files
/// of their own, which it never syncs: 16 entries to a page times this size
/// stays below its limit of 128 KiB.
const PIECE: usize = 4096;
/// A process that has just ended, or a handle that was just dropped, may hold
/// the lock a moment longer.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

/// The one tree of the log.
#[derive(Clone)]
pub struct Store {
    db: sled::Db,
}

impl Store {
    pub fn open(dir: &Path, options: &LogOptions) -> Result<Store, LogError> {
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
                    std::thread::sleep(Duration::from_millis(20));
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
    pub fn data_file(dir: &Path) -> io::Result<File> {
        File::open(data_path(dir))
    }

    /// The records from `from` to `to`, at most `max`. Each is whole, and each
    /// follows the one before it; otherwise the damage is located.
    pub fn records(&self, from: u64, to: u64, max: usize) -> Result<Vec<LogRecord>, LogError> {
        let mut records = Vec::new();
        let mut expected = from.max(1);
        while expected <= to && records.len() < max {
            let chunk = (to - expected + 1).min((max - records.len()) as u64);
            let before = records.len();
            let outcome = catch(|| self.scan(expected, chunk, &mut records));
            expected += (records.len() - before) as u64;
            match outcome {
                Ok(Ok(())) => {}
                Ok(Err(what)) | Err(what) => {
                    return Err(LogError::Damaged {
                        offset: expected,
                        what,
                    });
                }
            }
        }
        Ok(records)
    }

    fn scan(&self, from: u64, count: u64, records: &mut Vec<LogRecord>) -> Result<(), String> {
        let mut pieces = self
            .db
            .range(keys::piece(from, 0)..keys::piece(from + count, 0));
        for offset in from..from + count {
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
            records.push(record::decode(offset, &whole)?);
        }
        Ok(())
    }

    /// The offset of the last record in the tree, 0 if there is none.
    pub fn last_offset(&self) -> Result<u64, LogError> {
        let last = catch(|| self.db.get_lt(keys::piece(u64::MAX, u16::MAX)));
        let found = last.map_err(LogError::Read)?.map_err(read_error)?;
        Ok(found
            .and_then(|(key, _)| keys::parse_piece(&key))
            .map_or(0, |(offset, _)| offset))
    }

    pub fn find(&self, id: EventId) -> Result<Option<u64>, LogError> {
        self.number(&keys::id(id))
    }

    pub fn last_on(&self, subject: &str) -> Result<u64, LogError> {
        Ok(self.number(&keys::subject(subject))?.unwrap_or(0))
    }

    pub fn stream_position(&self) -> Result<u64, LogError> {
        Ok(self.number(keys::STREAM_POSITION)?.unwrap_or(0))
    }

    pub fn position(&self, consumer: &str) -> Result<u64, LogError> {
        Ok(self.number(&keys::position(consumer))?.unwrap_or(0))
    }

    /// How many ids are in the index.
    pub fn count_ids(&self) -> Result<u64, LogError> {
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

    /// The number under this key.
    pub fn number(&self, key: &[u8]) -> Result<Option<u64>, LogError> {
        let value = catch(|| self.db.get(key)).map_err(LogError::Read)?;
        let Some(value) = value.map_err(read_error)? else {
            return Ok(None);
        };
        let bytes = value.as_ref().try_into().map_err(|_| {
            LogError::Read(format!("an index entry has {} bytes, not 8", value.len()))
        })?;
        Ok(Some(u64::from_be_bytes(bytes)))
    }

    /// Writes the batch to the file, all or nothing. Not durable until the file is synced.
    pub fn write(&self, batch: sled::Batch) -> Result<(), String> {
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
pub fn insert_record(batch: &mut sled::Batch, offset: u64, record: &[u8]) {
    for (number, piece) in record.chunks(PIECE).enumerate() {
        batch.insert(&keys::piece(offset, number as u16), piece);
    }
}

pub fn insert_number(batch: &mut sled::Batch, key: &[u8], number: u64) {
    batch.insert(key, &number.to_be_bytes());
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
