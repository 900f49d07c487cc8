//! The log from the stream: of the two copies of every event, either makes the other.

use std::{path::Path, time::Duration};

use eventlog::{EventLog, LogError, LogOptions, VerifyReport};

use crate::Reader;

const CHUNK: usize = 1000;
/// How long the stream may be silent before a rebuild is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Builds a new log, in an empty folder, from a reader that begins at offset 1,
/// up to the offset `until` of the stream. A log that once followed the same
/// stream comes out with the same hashes.
pub async fn rebuild_from_stream(
    reader: &mut Reader,
    until: u64,
    dir: impl AsRef<Path>,
    options: LogOptions,
) -> Result<VerifyReport, LogError> {
    let log = EventLog::open_empty(dir.as_ref(), options)?;
    let mut reached = 0;
    while reached < until {
        let batch = reader.next_batch(CHUNK, PATIENCE).await;
        let batch = batch.map_err(|error| LogError::Source(error.to_string()))?;
        let Some(last) = batch.last() else {
            return Err(LogError::Source(format!(
                "nothing comes after {reached}, although it should end at {until}"
            )));
        };
        reached = last.offset;
        log.append_from_stream(batch).await?;
    }
    log.verify(|_, _| {})
}
