//! The log made anew from the stream, which holds every event too.

use std::{path::Path, time::Duration};

use eventlog::{EventLog, LogError, LogOptions, Sequence, VerifyReport};

use crate::Reader;

const CHUNK: usize = 1000;
/// How long the stream may be silent before a rebuild is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Builds a new log, in an empty folder, from a reader that begins with the
/// first event, up to the sequence `until`. A log that once followed the same
/// stream comes out with the same hashes.
pub async fn rebuild_from_stream(
    reader: &mut Reader,
    until: Sequence,
    dir: impl AsRef<Path>,
    options: LogOptions,
) -> Result<VerifyReport, LogError> {
    let log = EventLog::open_empty(dir.as_ref(), options)?;
    let mut reached = Sequence(0);
    while reached < until {
        let batch = reader.next_batch(CHUNK, PATIENCE).await;
        let batch = batch.map_err(|error| LogError::Source(error.to_string()))?;
        let Some(last) = batch.last() else {
            return Err(LogError::Source(format!(
                "nothing comes after {reached}, although it should end at {until}"
            )));
        };
        reached = last.sequence;
        log.append_from_stream(batch).await?;
    }
    log.verify(|_, _| {})
}
