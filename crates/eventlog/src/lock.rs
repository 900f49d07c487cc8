//! A log that nobody has open, held so that nobody opens it.

use std::{
    fs::{File, TryLockError},
    path::Path,
    sync::Arc,
    time::Instant,
};

use crate::{
    LogError, LogOptions, Offset,
    store::{LOCK_PATIENCE, LOCK_PAUSE, Store},
    tip::TipFile,
};

/// Keeps a log from being opened for as long as it is there; the log may be damaged.
#[derive(Debug)]
pub struct ClosedLog {
    _lock: File,
    last: Offset,
}

impl ClosedLog {
    /// Holds the log in this folder, nothing if there is none.
    ///
    /// An error if a process has it open.
    pub fn hold(dir: &Path) -> Result<Option<ClosedLog>, LogError> {
        let folder = |source| LogError::Folder {
            dir: dir.to_owned(),
            source: Arc::new(source),
        };
        if !dir.is_dir() {
            return Ok(None);
        }
        let witnessed = TipFile::open(dir).map_err(folder)?.1;
        let last = match witnessed {
            Some(tip) => tip.offset,
            None => match Store::open(dir, &LogOptions::default()) {
                Ok(store) => store.last_offset().unwrap_or_default(),
                Err(error @ LogError::Locked { .. }) => return Err(error),
                // It is damaged beyond telling.
                Err(_) => Offset(0),
            },
        };
        let lock = match Store::data_file(dir) {
            Ok(file) => file,
            // What the engine locks is gone, and the folder stands for it.
            Err(_) => File::open(dir).map_err(folder)?,
        };
        let until = Instant::now() + LOCK_PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Some(ClosedLog { _lock: lock, last })),
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    std::thread::sleep(LOCK_PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    let dir = dir.to_owned();
                    return Err(LogError::Locked { dir });
                }
                Err(TryLockError::Error(error)) => return Err(folder(error)),
            }
        }
    }

    /// The last event that was durable, as far as can be told: 0 if nothing can.
    pub fn last_offset(&self) -> Offset {
        self.last
    }
}
