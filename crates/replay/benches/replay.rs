//! How fast a log is mapped again: what-if in orders a second, and verifying in
//! events a second. `cargo bench -p replay`; `ORDERS=1000000` for another size.
//!
//! The limit is measured in the same run: reading the log on one thread, without
//! decoding or mapping.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "a benchmark reads the clock, is told its size, and prints rates for people"
)]

#[path = "../../mapping/tests/mapping/common.rs"]
#[allow(dead_code, reason = "shared with the tests of the mapping")]
mod common;
#[path = "../tests/replay/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the replays")]
mod support;

use std::{hint::black_box, time::Instant};

use eventlog::Offset;
use replay::{Range, verify, what_if};
use support::{Log, order, other_rules, received, rules, with_verdict};

const ROUNDS: usize = 3;
const PER_APPEND: u64 = 1_000;

#[tokio::main]
async fn main() {
    let orders: u64 = std::env::var("ORDERS").map_or(100_000, |it| it.parse().expect("a number"));
    let log = fill(orders).await.reopened();
    // Forget the peak of the filling.
    std::fs::write("/proc/self/clear_refs", "5").ok();
    let range = Range::of(&log.log, 1, None);
    println!(
        "{orders} orders, {} events, median of {ROUNDS} rounds",
        range.len()
    );

    let reading = median(|| {
        let mut next = Offset(1);
        while let Some(last) = black_box(log.log.read(next, 1_000).expect("reads")).last() {
            next = last.offset.next();
        }
    });
    let new = other_rules(r#"product = "110""#, r#"product = "150""#);
    let comparing = median(|| {
        let compared = what_if(&log.log, range, &new, |_| {}).expect("compares");
        let difference = compared.difference(20).expect("compares");
        assert_eq!(difference.changed, orders);
    });
    let sets = [(rules().digest().clone(), rules())].into();
    let verifying = median(|| {
        let verification = verify(&log.log, range, &sets, |_| {}).expect("verifies");
        assert_eq!((verification.same, verification.deviating), (orders, 0));
    });

    let row = |what: &str, seconds: f64, count: u64, unit: &str| {
        println!(
            "{what:<32} {seconds:>8.2} s {:>10.0} {unit}/s",
            count as f64 / seconds
        );
    };
    row("reading only, one thread", reading, range.len(), "events");
    row("what-if", comparing, orders, "orders");
    row("verify", verifying, orders, "verdicts");
    if let Some(peak) = peak_memory() {
        println!("{:<32} {peak:>8} MiB", "peak memory of all three");
    }
}

/// Orders as they are received and mapped, in the order of a busy service.
async fn fill(orders: u64) -> Log {
    let log = Log::new();
    let rules = rules();
    for first in (1..=orders).step_by(PER_APPEND as usize) {
        let numbers = first..(first + PER_APPEND).min(orders + 1);
        let pairs = numbers.map(|number| {
            let mut order = order(number, 11, "2026-11-02T10:00:00Z");
            // Two lines, of different products.
            let mut second = order.lines[0].clone();
            (second.line, second.sku) = (2, "SKU-2".to_owned());
            let half = common::taxed("50", "54", "4");
            for line in [&mut order.lines[0], &mut second] {
                (line.total, line.discounted_inc_tax) = (half, Some(half.inc_tax));
            }
            order.lines.push(second);
            with_verdict(received(&order), &rules)
        });
        let events: Vec<_> = pairs.flatten().collect();
        log.append(&events).await;
    }
    log
}

/// Seconds that a round takes.
fn median(mut work: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed().as_secs_f64()
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

/// The most memory that this process held since its log was filled, where the
/// system says it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}
