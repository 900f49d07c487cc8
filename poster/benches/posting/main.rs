//! What posting costs and how long it takes: `cargo bench -p poster`.
//!
//! In simulated time, with the settings of production and jobs of 20 s: from a
//! mapped order to its posted journal, and calls to Fusion for a batch. In real
//! time: a start with many orders in the books (`ORDERS=1000000` for another size).
#![allow(
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    reason = "a benchmark reads the clock, is told its size, and prints rates for people"
)]

mod restart;
#[path = "../../tests/support/mod.rs"]
mod support;
#[allow(dead_code, reason = "shared with the campaign")]
#[path = "../../tests/campaign/world.rs"]
mod world;

use std::{collections::BTreeMap, pin::pin, time::Duration};

use futures::future::{Either, select};
use jiff::Timestamp;
use sandbox::fusion::FusionConfig;
use schemas::Payload;
use support::sale;
use world::World;

/// One is mapped each second, for half an hour.
const ORDERS: u64 = 1800;
/// Of the stand-in's jobs. A load has a parent and two children and comes to two and
/// a half of them, which is 20 s; an import to one and a half.
const JOB: Duration = Duration::from_secs(8);
const FULL: u64 = 200;

fn main() {
    service::tls::init();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        calls().await;
        latency().await;
    });
    restart::measure();
}

async fn world() -> World {
    let pod = FusionConfig {
        job_duration: JOB,
        ..FusionConfig::default()
    };
    World::in_steps_of(Duration::from_millis(500), pod, String::new()).await
}

/// Calls for one batch of 200 journals, all look-ups of a start included, and for
/// the next.
async fn calls() {
    let world = world().await;
    let batches = async {
        let mut before = 0;
        for (first, what) in [(0, "the first after a start"), (FULL, "the next")] {
            // At once, or time would go on between them and the batch close by its age.
            let orders = (first + 1..=first + FULL).map(|order| sale(order, 100).encode());
            world.stream.publish_all(orders.collect()).await.unwrap();
            while posted(&world).len() as u64 != first + FULL {
                world
                    .time
                    .reached(world.time.now() + Duration::from_secs(1))
                    .await;
            }
            let total = world.look("calls").await["total"].as_u64().unwrap();
            println!(
                "calls to Fusion for a batch of {FULL} journals, {what}: {}",
                total - before
            );
            before = total;
        }
    };
    match select(pin!(world.posters(false)), pin!(batches)).await {
        Either::Left((ends, _)) => panic!("the poster ended by itself: {ends:?}"),
        Either::Right(((), _)) => {}
    }
}

/// From the moment an order is mapped to the moment its journal is known to be posted.
async fn latency() {
    let world = world().await;
    let mut mapped = BTreeMap::new();
    let arrivals = async {
        let began = world.time.now();
        for order in 1..=ORDERS {
            world.time.reached(began + Duration::from_secs(order)).await;
            world
                .stream
                .publish(sale(order, 100).encode())
                .await
                .unwrap();
            mapped.insert(order, world.time.now());
        }
        while posted(&world).len() as u64 != ORDERS {
            world
                .time
                .reached(world.time.now() + Duration::from_secs(1))
                .await;
        }
    };
    match select(pin!(world.posters(false)), pin!(arrivals)).await {
        Either::Left((ends, _)) => panic!("the poster ended by itself: {ends:?}"),
        Either::Right(((), _)) => {}
    }
    let mut took: Vec<Duration> = posted(&world)
        .into_iter()
        .map(|(order, at)| Duration::try_from(at.duration_since(mapped[&order])).unwrap())
        .collect();
    took.sort();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64();
    println!(
        "mapped to posted, simulated, batches of at most 60 s, jobs of 20 s: p50 {:.1} s, p95 {:.1} s, p99 {:.1} s",
        at(50),
        at(95),
        at(99)
    );
}

/// When each order's journal was said to be posted.
fn posted(world: &World) -> Vec<(u64, Timestamp)> {
    let events = world.events();
    let fact = |event: &schemas::Event| match &event.payload {
        Payload::JournalPosted(posted) => Some((posted.entity.order.0, event.time)),
        _ => None,
    };
    events.iter().filter_map(fact).collect()
}
