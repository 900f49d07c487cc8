//! How fast events become durable, beside what the disk and the broker can do:
//! each figure stands next to its limit, measured in the same run, in turns.
//!
//!     cargo bench -p stream              # everything
//!     cargo bench -p stream -- log       # only the log, or: jetstream
#![allow(
    clippy::float_arithmetic,
    reason = "rates and ratios for people to read"
)]

use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use async_nats::{HeaderMap, jetstream};
use eventlog::{EventLog, LogOptions};
use futures::{StreamExt, stream::FuturesUnordered};
use schemas::{EncodedEvent, EventId};
use stream::{JetStreamOptions, Stream};
use tests::nats::NatsServer;

/// Bytes of an event; a snapshot of a small order.
const EVENT: usize = 600;
const ROUNDS: usize = 5;
/// Group sizes, with how many events one round appends.
const GROUPS: [(usize, usize); 3] = [(1, 2_000), (100, 50_000), (1_000, 100_000)];

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == part);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!(
        "{:<44} {:>11} {:>11} {:>7}",
        "median of 5 rounds, events/s", "measured", "limit", "ratio"
    );
    if wants("log") {
        for (group, count) in GROUPS {
            runtime.block_on(log_appends(group, count));
        }
        runtime.block_on(log_reads());
    }
    if wants("jetstream") {
        runtime.block_on(publishes());
    }
}

/// Appends in groups; the limit is a plain file, CRC and fdatasync at the same size.
async fn log_appends(group: usize, count: usize) {
    let dir = tempfile::tempdir().expect("a folder");
    let options = LogOptions {
        max_group: group,
        ..LogOptions::default()
    };
    let log = EventLog::open(dir.path(), options).expect("a log");
    let mut file = File::create(dir.path().join("plain")).expect("a file");
    let (mut measured, mut limit) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let batch = events(round * count..(round + 1) * count);
        limit.push(rate(count, plain_file(&mut file, &batch, group)));
        let start = Instant::now();
        log.append_all(batch).await.expect("appends");
        measured.push(rate(count, start.elapsed()));
    }
    print(
        &format!("log appends, group of {group}"),
        measured,
        Some(limit),
    );
}

fn plain_file(file: &mut File, events: &[EncodedEvent], group: usize) -> Duration {
    let start = Instant::now();
    let mut bytes = Vec::new();
    for group in events.chunks(group) {
        bytes.clear();
        for event in group {
            bytes.extend_from_slice(&crc32c::crc32c(&event.bytes).to_be_bytes());
            bytes.extend_from_slice(&event.bytes);
        }
        file.write_all(&bytes).expect("writes");
        file.sync_data().expect("syncs");
    }
    start.elapsed()
}

/// Reads everything back, and verifies it.
async fn log_reads() {
    const COUNT: usize = 100_000;
    let dir = tempfile::tempdir().expect("a folder");
    let log = open_log(dir.path());
    log.append_all(events(0..COUNT)).await.expect("appends");
    let (mut reads, mut verifies) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut next = 1;
        while let Some(last) = log.read(next, 1_000).expect("reads").last() {
            next = last.offset + 1;
        }
        reads.push(rate(COUNT, start.elapsed()));
        let start = Instant::now();
        log.verify(|_, _| {}).expect("no damage");
        verifies.push(rate(COUNT, start.elapsed()));
    }
    print("log reads", reads, None);
    print("log verify", verifies, None);
}

async fn publishes() {
    let server = NatsServer::start().expect("nats-server");
    let options = JetStreamOptions {
        urls: vec![server.url.clone()],
        monitor_url: Some(server.monitor_url.clone()),
        ..JetStreamOptions::default()
    };
    let stream = Stream::connect(&options).await.expect("a stream");
    let client = async_nats::connect(&server.url).await.expect("a client");
    let raw = jetstream::new(client);
    raw.create_stream(jetstream::stream::Config {
        name: "RAW".to_owned(),
        subjects: vec!["raw".to_owned()],
        ..Default::default()
    })
    .await
    .expect("a raw stream");

    for (label, in_flight, count) in [("1 at a time", 1, 1_000), ("256 at a time", 256, 20_000)] {
        let (mut measured, mut limit) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let numbers = round * count..(round + 1) * count;
            limit.push(raw_publishes(&raw, events(numbers.clone()), in_flight).await);
            let start = Instant::now();
            let mut waiting = FuturesUnordered::new();
            for event in tagged(in_flight, numbers) {
                if waiting.len() == in_flight {
                    let receipt: Option<Result<_, _>> = waiting.next().await;
                    receipt.expect("one is waiting").expect("a receipt");
                }
                waiting.push(stream.publish(event));
            }
            while let Some(receipt) = waiting.next().await {
                receipt.expect("a receipt");
            }
            measured.push(rate(count, start.elapsed()));
        }
        print(
            &format!("JetStream publish, {label}"),
            measured,
            Some(limit),
        );
    }

    let mut measured = Vec::new();
    for round in 0..ROUNDS {
        const COUNT: usize = 20_000;
        let batch: Vec<_> = tagged(0, round * COUNT..(round + 1) * COUNT).collect();
        let start = Instant::now();
        stream.publish_all(batch).await.expect("receipts");
        measured.push(rate(COUNT, start.elapsed()));
    }
    print("JetStream publish_all", measured, None);

    let last = stream.last_offset().await.expect("an offset");
    let mut measured = Vec::new();
    for _ in 0..ROUNDS {
        let mut reader = stream.reader(1, &[]).await.expect("a reader");
        let start = Instant::now();
        let mut reached = 0;
        while reached < last {
            let batch = reader.next_batch(1_000, Duration::from_secs(10)).await;
            reached = batch
                .expect("a batch")
                .last()
                .map_or(reached, |one| one.offset);
        }
        measured.push(rate(last as usize, start.elapsed()));
    }
    print("JetStream replay", measured, None);

    let mut measured = Vec::new();
    for _ in 0..ROUNDS {
        let dir = tempfile::tempdir().expect("a folder");
        let mut reader = stream.reader(1, &[]).await.expect("a reader");
        let start = Instant::now();
        stream::rebuild_from_stream(&mut reader, last, dir.path(), LogOptions::default())
            .await
            .expect("a log");
        measured.push(rate(last as usize, start.elapsed()));
    }
    print("JetStream into a new log, verified", measured, None);
}

/// What the client alone does with the same server: acknowledged publishes.
async fn raw_publishes(
    raw: &jetstream::Context,
    events: Vec<EncodedEvent>,
    in_flight: usize,
) -> f64 {
    let count = events.len();
    let start = Instant::now();
    let mut waiting = FuturesUnordered::new();
    for event in events {
        if waiting.len() == in_flight {
            let ack: Option<Result<_, _>> = waiting.next().await;
            ack.expect("one is waiting").expect("an acknowledgement");
        }
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", event.id.to_string());
        let ack = raw
            .publish_with_headers("raw", headers, event.bytes.into())
            .await;
        waiting.push(ack.expect("sent").into_future());
    }
    while let Some(ack) = waiting.next().await {
        ack.expect("an acknowledgement");
    }
    rate(count, start.elapsed())
}

fn open_log(dir: &Path) -> EventLog {
    EventLog::open(dir, LogOptions::default()).expect("a log")
}

fn events(numbers: std::ops::Range<usize>) -> Vec<EncodedEvent> {
    tagged(usize::MAX, numbers).collect()
}

/// Events whose ids differ by tag and number.
fn tagged(tag: usize, numbers: std::ops::Range<usize>) -> impl Iterator<Item = EncodedEvent> {
    numbers.map(move |number| EncodedEvent {
        id: EventId::derive(&[&tag.to_string(), &number.to_string()]),
        subject: "order.received.us".to_owned(),
        bytes: vec![b'x'; EVENT],
    })
}

fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

fn print(what: &str, measured: Vec<f64>, limit: Option<Vec<f64>>) {
    let measured = median(measured);
    match limit.map(median) {
        Some(limit) => println!(
            "{what:<44} {measured:>11.0} {limit:>11.0} {:>7.2}",
            measured / limit
        ),
        None => println!("{what:<44} {measured:>11.0}"),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
