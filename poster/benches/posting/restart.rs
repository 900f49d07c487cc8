//! A start with many orders in the books.

use std::time::Instant;

use jiff::Timestamp;
use poster::{batch, books::Books};
use schemas::{
    Event, EventId, ImportedJournal, JournalImported, LedgerKey, Payload, Posted, Posting,
};
use service::config::LedgerConfig;
use stream::{Delivered, Sequence, StreamId};

use crate::support::sale;

const PER_BATCH: u64 = 200;
const ROUNDS: usize = 5;

/// Fills books with orders that are mapped, sent and posted, and opens them again.
pub fn measure() {
    let orders: u64 = std::env::var("ORDERS").map_or(100_000, |it| it.parse().expect("a number"));
    let folder = tempfile::tempdir().unwrap();
    let ledger: LedgerKey = "us".parse().unwrap();
    let config: LedgerConfig = serde_json::from_value(serde_json::json!({
        "name": "US Primary Ledger", "id": 1, "data_access_set": 2, "currency": "USD"
    }))
    .unwrap();
    let mut books = Books::open(folder.path(), &ledger).unwrap();
    let began = Instant::now();
    let mut offset = 0;
    for first in (1..=orders).step_by(usize::try_from(PER_BATCH).unwrap()) {
        let events = story(&ledger, &config, first..(first + PER_BATCH).min(orders + 1));
        let delivered: Vec<Delivered> = events
            .iter()
            .map(|event| {
                offset += 1;
                Delivered {
                    stream: StreamId::derive(&["bench"]),
                    sequence: Sequence(offset),
                    event: event.encode(),
                }
            })
            .collect();
        books.apply(&delivered, Timestamp::now()).unwrap();
    }
    let filling = began.elapsed();
    drop(books);
    // Forget the peak of the filling.
    std::fs::write("/proc/self/clear_refs", "5").ok();
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            let books = Books::open(folder.path(), &ledger).unwrap();
            assert_eq!(books.position().sequence(), Sequence(offset));
            assert!(books.open_attempt().unwrap().is_none());
            assert!(books.awaiting_posting().unwrap().is_empty());
            assert_eq!(books.due_count(usize::MAX).unwrap().0, 0);
            began.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "books with {orders} orders ({offset} events, applied at {:.0}/s): opened and asked what is to do in {:.1} ms, {} MB at most",
        offset as f64 / filling.as_secs_f64(),
        times[ROUNDS / 2].as_secs_f64() * 1000.0,
        peak_megabytes()
    );
}

/// What becomes of a batch of orders.
fn story(ledger: &LedgerKey, config: &LedgerConfig, orders: std::ops::Range<u64>) -> Vec<Event> {
    let mapped: Vec<Event> = orders.map(|order| sale(order, 100)).collect();
    let postings: Vec<Posting> = mapped
        .iter()
        .map(|event| match &event.payload {
            Payload::OrderMapped(mapped) => batch::preview(config, event.id, mapped),
            _ => unreachable!("a sale is a mapped order"),
        })
        .collect();
    let intent = batch::intent(ledger, 1, postings.clone());
    let (key, group) = (intent.batch.clone(), intent.group);
    let imported = JournalImported {
        ledger: ledger.clone(),
        batch: key.clone(),
        attempt: 1,
        group,
        batch_id: group,
        batch_name: batch::name(&key, 1),
        journals: postings.iter().map(read_back).collect(),
    };
    let facts = postings.iter().map(|posting| {
        let read = read_back(posting);
        Posted {
            ledger: ledger.clone(),
            entity: posting.entity.clone(),
            key: posting.key.clone(),
            kind: posting.kind,
            target: posting.target,
            original: None,
            batch: key.clone(),
            batch_id: group,
            batch_name: batch::name(&key, 1),
            period: posting.period.clone(),
            accounting_date: posting.accounting_date,
            currency: posting.journal.currency(),
            debits: read.debits,
            credits: read.credits,
            posted: None,
            summary: None,
        }
    });
    let mut story = mapped.clone();
    story.push(event(intent.event_id(), Payload::JournalSubmitted(intent)));
    story.push(event(
        imported.event_id(),
        Payload::JournalImported(imported),
    ));
    story.extend(facts.map(|fact| event(fact.event_id(), Payload::JournalPosted(fact))));
    story
}

fn read_back(posting: &Posting) -> ImportedJournal {
    let total = posting.journal.total().amount();
    ImportedJournal {
        key: posting.key.clone(),
        debits: total,
        credits: total,
    }
}

fn event(id: EventId, payload: Payload) -> Event {
    Event {
        id,
        source: "counterfoil/poster".into(),
        time: Timestamp::UNIX_EPOCH,
        subject: "us".into(),
        causation: None,
        correlation: "us".into(),
        partition_key: "us".into(),
        payload,
    }
}

/// The most memory this process held since it was last asked to forget.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|it| it.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}
