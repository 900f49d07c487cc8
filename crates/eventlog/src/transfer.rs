//! The log as a text file, and the log from a text file.

use std::{
    io::{self, BufRead, Write},
    path::Path,
    sync::Arc,
};

use schemas::{Digest, EncodedEvent, EventId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{EventLog, LogError, LogOptions, LogRecord, VerifyReport};

const CHUNK: usize = 1000;

/// One line of an export.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    offset: u64,
    /// SHA-256 of the record, as [`LogRecord::hash`].
    hash: Digest,
    subject: String,
    id: EventId,
    #[serde(borrow)]
    event: &'a RawValue,
}

impl EventLog {
    /// Writes the log as JSON lines, one to an event, each with its hash.
    /// Returns how many there are.
    pub fn export(&self, mut writer: impl Write) -> Result<u64, LogError> {
        let failed = |error| LogError::Export(Arc::new(error));
        let last = self.last_offset();
        let mut done = 0;
        while done < last {
            for record in self.store.records(done + 1, last, CHUNK)? {
                done = record.offset;
                let line = to_line(&record).ok_or(LogError::NotJson { offset: done })?;
                serde_json::to_writer(&mut writer, &line).map_err(|error| failed(error.into()))?;
                writer.write_all(b"\n").map_err(failed)?;
            }
        }
        writer.flush().map_err(failed)?;
        Ok(done)
    }

    /// Builds a new log from an export, and proves that it is the same: each
    /// record must come out with the hash it had.
    pub async fn rebuild_from_export(
        export: impl BufRead,
        dir: impl AsRef<Path>,
        options: LogOptions,
    ) -> Result<VerifyReport, LogError> {
        let log = EventLog::open_empty(dir.as_ref(), options)?;
        let mut hashes = Vec::new();
        let mut events = Vec::new();
        let mut taken = 0;
        for text in export.lines() {
            let number = taken + hashes.len() as u64 + 1;
            let (hash, event) = from_line(text, number)?;
            hashes.push(hash);
            events.push(event);
            if events.len() == CHUNK {
                taken = log
                    .take(
                        taken,
                        std::mem::take(&mut events),
                        std::mem::take(&mut hashes),
                    )
                    .await?;
            }
        }
        log.take(taken, events, hashes).await?;
        log.verify(|_, _| {})
    }

    /// Opens a new log, and refuses a folder in which there is one already.
    pub fn open_empty(dir: &Path, options: LogOptions) -> Result<EventLog, LogError> {
        let log = EventLog::open(dir, options)?;
        if log.last_offset() == 0 {
            return Ok(log);
        }
        Err(LogError::Folder {
            dir: dir.to_owned(),
            source: Arc::new(io::Error::other(
                "a log is rebuilt into an empty folder, and here is one already",
            )),
        })
    }

    /// Appends a chunk of an export that follows the first `taken` lines.
    async fn take(
        &self,
        taken: u64,
        events: Vec<EncodedEvent>,
        hashes: Vec<Digest>,
    ) -> Result<u64, LogError> {
        self.append_all(events).await?;
        let mut records = self.read(taken + 1, hashes.len())?.into_iter();
        for (number, hash) in (taken + 1..).zip(&hashes) {
            let found = records.next();
            if found.is_none_or(|record| record.hash != *hash) {
                return Err(LogError::Import {
                    line: number,
                    what: "its hash does not follow from it and the lines before".to_owned(),
                });
            }
        }
        Ok(taken + hashes.len() as u64)
    }
}

fn to_line(record: &LogRecord) -> Option<Line<'_>> {
    Some(Line {
        offset: record.offset,
        hash: record.hash.clone(),
        subject: record.event.subject.clone(),
        id: record.event.id,
        event: serde_json::from_slice(&record.event.bytes).ok()?,
    })
}

fn from_line(text: io::Result<String>, number: u64) -> Result<(Digest, EncodedEvent), LogError> {
    let refused = |what| LogError::Import { line: number, what };
    let text = text.map_err(|error| refused(error.to_string()))?;
    let line: Line = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
    if line.offset != number {
        return Err(refused(format!("it has offset {}", line.offset)));
    }
    let event = EncodedEvent {
        id: line.id,
        subject: line.subject,
        bytes: line.event.get().as_bytes().to_vec(),
    };
    Ok((line.hash, event))
}
