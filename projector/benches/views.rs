//! Events a second from the log into the views, and how long reports take over
//! them. `cargo bench -p projector`; `ORDERS=1000000` for another size.
//!
//! Two limits are measured in the same run: reading and decoding the events
//! without writing anything, and SQLite writing one bare row per event in
//! transactions of the same size.

#[path = "../tests/support/mod.rs"]
mod support;

use std::{hint::black_box, path::Path, time::Instant};

use eventlog::EventLog;
use fixtures::{
    US,
    books::{BatchInHand, original},
};
use rusqlite::{Connection, params};
use schemas::Event;
use support::{encode, open_log, views};
use tempfile::TempDir;
use views::report::{self, Filter, TraceQuery};

const PER_BATCH: u64 = 200;
const PER_TRANSACTION: u64 = 2000;

#[tokio::main]
async fn main() {
    let orders = std::env::var("ORDERS").map_or(50_000, |orders| orders.parse().unwrap());
    let data = TempDir::new().unwrap();
    let log = fill(data.path(), orders).await;
    let events = log.last_offset();
    println!("{orders} orders, {events} events");

    let decoding = rate(events, || decode(&log));
    let bare = rate(events, || bare_rows(data.path(), events));
    let folder = data.path().join("projector");
    let rebuilding = rate(events, || {
        projector::rebuild(&folder, &log, |_, _| {}).unwrap();
    });
    println!("read and decode only   {decoding:>10.0} events/s");
    println!("one bare row an event  {bare:>10.0} events/s");
    println!("into the views         {rebuilding:>10.0} events/s");
    println!("ratio to bare rows     {:>10.2}", rebuilding / bare);

    let views = views(data.path());
    let reconciling = milliseconds(|| {
        black_box(report::reconciliation(&views, &Filter::default()).unwrap());
    });
    let query: TraceQuery = "us/1234".parse().unwrap();
    let tracing = milliseconds(|| {
        assert!(!report::trace(&views, &query).unwrap().is_empty());
    });
    println!("reconciliation         {reconciling:>10.1} ms");
    println!("trace of an order      {tracing:>10.1} ms");
}

/// A log of orders that are received, mapped and posted in batches.
async fn fill(data: &Path, orders: u64) -> EventLog {
    let log = open_log(data);
    for first in (1..=orders).step_by(PER_BATCH as usize) {
        let mut events = Vec::new();
        let mut postings = Vec::new();
        for order in first..(first + PER_BATCH).min(orders + 1) {
            let time = format!("2026-11-{:02}T10:00:00Z", 1 + order % 28);
            let received = US.received(order, "120.00", 11, &time);
            let target = US.recognised(&received, "120.00");
            postings.push(original(&target));
            events.extend([US.webhook(order, &time), received, target]);
        }
        let batch = BatchInHand::new(
            US,
            &format!("{first:08x}"),
            "2026-11-29T10:00:00Z",
            postings,
        );
        events.extend(batch.whole());
        log.append_all(encode(&events)).await.unwrap();
    }
    log
}

fn decode(log: &EventLog) {
    let mut next = 1;
    loop {
        let records = log.read(next, PER_TRANSACTION as usize).unwrap();
        let Some(last) = records.last() else { return };
        next = last.offset + 1;
        for record in &records {
            black_box::<Event>(record.event.decode().unwrap());
        }
    }
}

fn bare_rows(data: &Path, events: u64) {
    let mut connection = Connection::open(data.join("bare.db")).unwrap();
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .unwrap();
    connection
        .pragma_update(None, "synchronous", "NORMAL")
        .unwrap();
    connection
        .execute_batch("CREATE TABLE bare (offset INTEGER PRIMARY KEY, text TEXT)")
        .unwrap();
    let text = "x".repeat(200);
    for first in (1..=events).step_by(PER_TRANSACTION as usize) {
        let tx = connection.transaction().unwrap();
        for offset in first..(first + PER_TRANSACTION).min(events + 1) {
            tx.prepare_cached("INSERT INTO bare VALUES (?1, ?2)")
                .unwrap()
                .execute(params![offset as i64, text])
                .unwrap();
        }
        tx.commit().unwrap();
    }
}

fn rate(events: u64, work: impl FnMut()) -> f64 {
    events as f64 / (milliseconds(work) / 1000.0)
}

fn milliseconds(mut work: impl FnMut()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1000.0
}
