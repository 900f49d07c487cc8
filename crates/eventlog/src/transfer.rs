//! The log as a text file, and the log from a text file.

use std::{
    io::{self, BufRead, Write},
    path::Path,
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use schemas::{Digest, EncodedEvent, EventId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    EventLog, LogError, LogOptions, LogRecord, Offset, StreamId, VerifyReport, log::id_of,
    sync::FileSyncer,
};

const CHUNK: usize = 1000;

/// One line of an export.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    offset: Offset,
    /// SHA-256 of the record, as [`LogRecord::hash`].
    hash: Digest,
    subject: String,
    id: EventId,
    /// The event as it was published, if that is JSON and fits into the line.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    event: Option<&'a RawValue>,
    /// Its bytes, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    /// The id of the log as a stream; in the first line alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stream: Option<StreamId>,
}

impl EventLog {
    /// Writes the log as JSON lines, one to an event, each with its hash.
    /// Returns how many there are.
    pub fn export(&self, mut writer: impl Write) -> Result<u64, LogError> {
        let failed = |error| LogError::Export(Arc::new(error));
        let last = self.last_offset();
        let mut done = Offset(0);
        while done < last {
            for record in self.store.records(done.next(), last, CHUNK)? {
                let first = done == Offset(0);
                done = record.offset;
                let mut line = to_line(&record);
                line.stream = first.then_some(self.stream_id());
                serde_json::to_writer(&mut writer, &line).map_err(|error| failed(error.into()))?;
                writer.write_all(b"\n").map_err(failed)?;
            }
        }
        writer.flush().map_err(failed)?;
        Ok(done.0)
    }

    /// Builds a new log from an export, and proves that it is the same: each
    /// record must come out with the hash it had.
    pub async fn rebuild_from_export(
        export: impl BufRead,
        dir: impl AsRef<Path>,
        options: LogOptions,
    ) -> Result<VerifyReport, LogError> {
        let mut lines = (1..)
            .zip(export.lines())
            .map(|(number, text)| from_line(text, number));
        let Some(first) = lines.next().transpose()? else {
            return EventLog::open_empty(dir.as_ref(), options)?.verify(|_, _| {});
        };
        let log = EventLog::open_new(dir.as_ref(), options, first.stream)?;
        let mut hashes = Vec::new();
        let mut events = Vec::new();
        let mut taken = 0;
        for line in std::iter::once(Ok(first)).chain(lines) {
            let line = line?;
            hashes.push(line.hash);
            events.push(line.event);
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
        EventLog::open_new(dir, options, StreamId::random())
    }

    fn open_new(dir: &Path, options: LogOptions, id: StreamId) -> Result<EventLog, LogError> {
        let log = EventLog::open_as(dir, options, Arc::new(FileSyncer), id)?;
        if log.last_offset() == Offset(0) {
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
        let mut records = self.read(Offset(taken + 1), hashes.len())?.into_iter();
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

fn to_line(record: &LogRecord) -> Line<'_> {
    let event = json(&record.event.bytes);
    Line {
        offset: record.offset,
        hash: record.hash.clone(),
        subject: record.event.subject.clone(),
        id: record.event.id,
        event,
        base64: event.is_none().then(|| BASE64.encode(&record.event.bytes)),
        stream: None,
    }
}

/// The bytes as a value within a line, if each of them comes back so.
fn json(bytes: &[u8]) -> Option<&RawValue> {
    let value: &RawValue = serde_json::from_slice(bytes).ok()?;
    let is_whole = value.get().len() == bytes.len() && !bytes.contains(&b'\n');
    is_whole.then_some(value)
}

/// What a line of an export brings.
struct Taken {
    hash: Digest,
    event: EncodedEvent,
    /// The id of the log, as the line says or, of an older export, as it follows
    /// from the first record.
    stream: StreamId,
}

fn from_line(text: io::Result<String>, number: u64) -> Result<Taken, LogError> {
    let refused = |what| LogError::Import { line: number, what };
    let text = text.map_err(|error| refused(error.to_string()))?;
    let line: Line = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
    if line.offset != Offset(number) {
        return Err(refused(format!("it has offset {}", line.offset)));
    }
    let bytes = match (line.event, line.base64) {
        (Some(event), None) => event.get().as_bytes().to_vec(),
        (None, Some(text)) => BASE64
            .decode(text)
            .map_err(|error| refused(error.to_string()))?,
        _ => return Err(refused("it has to have either event or base64".to_owned())),
    };
    Ok(Taken {
        stream: line.stream.unwrap_or_else(|| id_of(&line.hash)),
        hash: line.hash,
        event: EncodedEvent {
            id: line.id,
            subject: line.subject,
            bytes,
        },
    })
}
