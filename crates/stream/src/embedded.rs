//! The stream inside one process: the log itself, no broker.
//!
//! The log is the stream: its id is the stream's, and the offset of a record is the
//! sequence of its event.

use std::time::Duration;

use eventlog::{
    Appended, Delivered, EventLog, LogError, LogRecord, Offset, Position, Start, StreamId,
};
use tokio::time::{Instant, timeout_at};

use crate::{
    Misplaced, Receipt, StreamError,
    filter::Filter,
    numbers::{BATCH_BYTES, offset, sequence},
};

/// Records read at a time while looking for matching ones.
const SCAN: usize = 1000;
/// After so many records that do not match, the position moves on by itself,
/// so that a consumer of rare events need not pass the others again.
const SKIPPED: u64 = 10_000;
/// What puts a log right that is not the one that was read.
const REMEDY: &str = "Stop the process and put the newest copy of the log's folder back, or build it from the newest export (`counterfoil log rebuild --export FILE`): nothing is read until the log is the one that was";

impl From<Appended> for Receipt {
    fn from(appended: Appended) -> Receipt {
        Receipt {
            sequence: sequence(appended.offset),
            duplicate: appended.duplicate,
        }
    }
}

/// Reads on from a position; waits at the tail.
pub(crate) struct EmbeddedReader {
    log: EventLog,
    filter: Filter,
    /// Where it begins, until that is found to be in this log.
    unchecked: Option<Start>,
    next: Offset,
}

impl EmbeddedReader {
    pub(crate) fn new(log: EventLog, start: Start, filter: Filter) -> EmbeddedReader {
        EmbeddedReader {
            log,
            filter,
            unchecked: Some(start),
            next: offset(start.sequence()).next(),
        }
    }

    /// Once is enough: nobody else writes to a log that is open.
    fn check(&mut self) -> Result<(), StreamError> {
        if let Some(start) = self.unchecked {
            check(&self.log, start)?;
            self.unchecked = None;
        }
        Ok(())
    }

    pub(crate) async fn next_batch(
        &mut self,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Delivered>, StreamError> {
        self.check()?;
        let deadline = Instant::now() + wait;
        let mut tail = self.log.subscribe();
        loop {
            let batch = self.scan(max).await?;
            if !batch.is_empty() || max == 0 {
                return Ok(batch);
            }
            let next = self.next;
            match timeout_at(deadline, tail.wait_for(|&last| last >= next)).await {
                Ok(Ok(_)) => {}
                Ok(Err(_)) => return Err(LogError::Closed.into()),
                Err(_) => return Ok(Vec::new()),
            }
        }
    }

    /// What matches from here to the tail, until there are `max`, or as much as is held.
    async fn scan(&mut self, max: usize) -> Result<Vec<Delivered>, LogError> {
        let mut found: Vec<Delivered> = Vec::new();
        let mut bytes = 0;
        let stream = self.log.stream_id();
        while found.len() < max && bytes < BATCH_BYTES && self.next <= self.log.last_offset() {
            let (log, from) = (self.log.clone(), self.next);
            let (count, room) = (SCAN.min(max - found.len()), BATCH_BYTES - bytes);
            let read = move || log.read_up_to(room, from, count);
            let records = tokio::task::spawn_blocking(read).await;
            let records = records.map_err(|error| LogError::Read(error.to_string()))??;
            if let Some(last) = records.last() {
                self.next = last.offset.next();
            }
            let matching = records
                .into_iter()
                .filter(|record| self.filter.matches(&record.event.subject));
            for record in matching {
                bytes += record.event.bytes.len();
                found.push(deliver(stream, record));
            }
        }
        Ok(found)
    }
}

fn deliver(stream: StreamId, record: LogRecord) -> Delivered {
    Delivered {
        stream,
        sequence: sequence(record.offset),
        event: record.event,
    }
}

pub(crate) fn misplaced(what: Misplaced) -> StreamError {
    StreamError::Misplaced {
        what,
        remedy: REMEDY.to_owned(),
    }
}

/// The position of the last event.
pub(crate) fn end(log: &EventLog) -> Result<Start, LogError> {
    let last = log.get(log.last_offset())?;
    Ok(last.map_or(Start::Beginning, |record| {
        Start::After(deliver(log.stream_id(), record).position())
    }))
}

/// Whether the log is the one in which `start` was reached.
pub(crate) fn check(log: &EventLog, start: Start) -> Result<(), StreamError> {
    let last = sequence(log.last_offset());
    if let Start::After(expected) = start {
        Misplaced::check_stream(expected, log.stream_id()).map_err(misplaced)?;
    }
    Misplaced::check_end(start.sequence(), last).map_err(misplaced)?;
    if let Start::After(expected) = start {
        let record = log.get(offset(expected.sequence))?;
        let found = record.map(|record| record.event.id);
        Misplaced::check_event(expected, found).map_err(misplaced)?;
    }
    Ok(())
}

/// A reader whose position is kept in the log.
pub(crate) struct EmbeddedConsumer {
    name: String,
    reader: EmbeddedReader,
    acknowledged: Offset,
    delivered: Offset,
}

impl EmbeddedConsumer {
    /// The position is in the log that it is a position in, so a number is enough;
    /// but it must not be beyond the end.
    pub(crate) fn new(
        log: EventLog,
        name: &str,
        filter: Filter,
    ) -> Result<EmbeddedConsumer, LogError> {
        let acknowledged = log.position(name)?;
        let start = Start::AfterSequence(sequence(acknowledged));
        Ok(EmbeddedConsumer {
            name: name.to_owned(),
            reader: EmbeddedReader::new(log, start, filter),
            acknowledged,
            delivered: acknowledged,
        })
    }

    pub(crate) async fn next_batch(
        &mut self,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Delivered>, StreamError> {
        let batch = self.reader.next_batch(max, wait).await?;
        match batch.last() {
            Some(last) => self.delivered = offset(last.sequence),
            None => self.pass_over().await?,
        }
        Ok(batch)
    }

    async fn pass_over(&mut self) -> Result<(), LogError> {
        let passed = Offset(self.reader.next.0 - 1);
        if self.delivered <= self.acknowledged && passed.0 >= self.acknowledged.0 + SKIPPED {
            self.advance(passed).await?;
        }
        Ok(())
    }

    pub(crate) async fn ack(&mut self, position: Position) -> Result<(), StreamError> {
        Ok(self.advance(offset(position.sequence)).await?)
    }

    async fn advance(&mut self, to: Offset) -> Result<(), LogError> {
        if to > self.acknowledged {
            self.reader.log.acknowledge(&self.name, to).await?;
            self.acknowledged = to;
        }
        Ok(())
    }

    pub(crate) fn rewind(&mut self) {
        self.reader.next = self.acknowledged.next();
        self.delivered = self.acknowledged;
    }
}
