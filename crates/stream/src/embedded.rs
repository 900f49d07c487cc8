//! The stream inside one process: the log itself, no broker.

use std::time::Duration;

use eventlog::{EventLog, LogError, LogRecord};
use tokio::time::{Instant, timeout_at};

use crate::{Delivered, filter::Filter};

/// Records read at a time while looking for matching ones.
const SCAN: usize = 1000;
/// After so many records that do not match, the position moves on by itself,
/// so that a consumer of rare events need not pass the others again.
const SKIPPED: u64 = 10_000;

/// Reads on from an offset; waits at the tail.
pub(crate) struct EmbeddedReader {
    log: EventLog,
    filter: Filter,
    next: u64,
}

impl EmbeddedReader {
    pub fn new(log: EventLog, from: u64, filter: Filter) -> EmbeddedReader {
        EmbeddedReader {
            log,
            filter,
            next: from.max(1),
        }
    }

    pub async fn next_batch(
        &mut self,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Delivered>, LogError> {
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
                Ok(Err(_)) => return Err(LogError::Closed),
                Err(_) => return Ok(Vec::new()),
            }
        }
    }

    /// What matches from here to the tail, until there are `max`.
    async fn scan(&mut self, max: usize) -> Result<Vec<Delivered>, LogError> {
        let mut found = Vec::new();
        while found.len() < max && self.next <= self.log.last_offset() {
            let (log, from) = (self.log.clone(), self.next);
            let count = SCAN.min(max - found.len());
            let records = tokio::task::spawn_blocking(move || log.read(from, count)).await;
            let records = records.map_err(|error| LogError::Read(error.to_string()))??;
            self.next += records.len() as u64;
            let matching = records
                .into_iter()
                .filter(|record| self.filter.matches(&record.event.subject));
            found.extend(matching.map(deliver));
        }
        Ok(found)
    }
}

fn deliver(record: LogRecord) -> Delivered {
    Delivered {
        offset: record.offset,
        event: record.event,
    }
}

/// A reader whose position is kept in the log.
pub(crate) struct EmbeddedConsumer {
    name: String,
    reader: EmbeddedReader,
    acknowledged: u64,
    delivered: u64,
}

impl EmbeddedConsumer {
    pub fn new(log: EventLog, name: &str, filter: Filter) -> Result<EmbeddedConsumer, LogError> {
        let acknowledged = log.position(name)?;
        Ok(EmbeddedConsumer {
            name: name.to_owned(),
            reader: EmbeddedReader::new(log, acknowledged + 1, filter),
            acknowledged,
            delivered: acknowledged,
        })
    }

    pub async fn next_batch(
        &mut self,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Delivered>, LogError> {
        let batch = self.reader.next_batch(max, wait).await?;
        match batch.last() {
            Some(last) => self.delivered = last.offset,
            None => self.pass_over().await?,
        }
        Ok(batch)
    }

    async fn pass_over(&mut self) -> Result<(), LogError> {
        let passed = self.reader.next - 1;
        if self.delivered <= self.acknowledged && passed >= self.acknowledged + SKIPPED {
            self.ack(passed).await?;
        }
        Ok(())
    }

    pub async fn ack(&mut self, offset: u64) -> Result<(), LogError> {
        if offset > self.acknowledged {
            self.reader.log.acknowledge(&self.name, offset).await?;
            self.acknowledged = offset;
        }
        Ok(())
    }

    pub fn rewind(&mut self) {
        self.reader.next = self.acknowledged + 1;
        self.delivered = self.acknowledged;
    }
}
