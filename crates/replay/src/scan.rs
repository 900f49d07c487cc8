//! Reading a part of the log on several threads, in its order.

use std::{num::NonZero, sync::mpsc, thread};

use eventlog::{EventLog, LogError, LogRecord, Offset};

use crate::{Range, ReplayError};

/// Records that a thread reads and works on at a time.
const CHUNK: usize = 500;
/// Chunks that a thread may be ahead of the one that takes them.
const AHEAD: usize = 4;

/// Calls `work` on each record, on several threads, and `take` on what came of
/// each chunk of records, on this one and in the order of the log.
///
/// Each thread has every n-th chunk and a queue of its own, so that a slow one
/// holds back the others instead of leaving them to pile up results.
pub(crate) fn scan<T: Send>(
    log: &EventLog,
    range: Range,
    work: impl Fn(LogRecord) -> Result<Option<T>, LogError> + Sync,
    mut take: impl FnMut(u64, Vec<T>) -> Result<(), ReplayError>,
) -> Result<(), ReplayError> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let work = &work;
    thread::scope(|scope| {
        let queues: Vec<_> = (0..threads)
            .map(|first| {
                let (sender, queue) = mpsc::sync_channel(AHEAD);
                scope.spawn(move || {
                    for chunk in chunks(range).skip(first).step_by(threads) {
                        // Nobody takes it any more once another chunk has failed.
                        if sender.send(worked(log, chunk, work)).is_err() {
                            return;
                        }
                    }
                });
                queue
            })
            .collect();
        for (chunk, queue) in chunks(range).zip(queues.iter().cycle()) {
            // A thread that is gone has panicked: the scope passes that on.
            let Ok(results) = queue.recv() else { break };
            take(chunk.to, results?)?;
        }
        Ok(())
    })
}

fn chunks(range: Range) -> impl Iterator<Item = Range> {
    let starts = (range.from..=range.to).step_by(CHUNK);
    starts.map(move |from| Range {
        from,
        to: range.to.min(from + (CHUNK as u64 - 1)),
    })
}

fn worked<T>(
    log: &EventLog,
    chunk: Range,
    work: impl Fn(LogRecord) -> Result<Option<T>, LogError>,
) -> Result<Vec<T>, LogError> {
    let records = log.read(Offset(chunk.from), CHUNK)?.into_iter();
    let results = records
        .take_while(|record| record.offset.0 <= chunk.to)
        .map(work);
    results.filter_map(Result::transpose).collect()
}
