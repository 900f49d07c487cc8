//! Orders a second from the store's API to journals that are posted in Fusion.
//!
//! The orders are there before the services start, as after a long outage: the
//! poller brings them in, so that nothing but the services sets the pace. The
//! limit is what the store itself delivers to a client that does nothing with it.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sandbox::{bigcommerce::Load, generator::Wishes};
use serde_json::Value;
use tests::{
    service::{Process, Service},
    settings::Tuning,
    world::{Plan, World},
};
use tokio::time::sleep;

use crate::{heading, per_second, row};

const PATIENCE: Duration = Duration::from_secs(600);
/// The most that one of the store's pages holds.
const PAGE: u32 = 250;

/// Prints the rate on both carriers, and returns the world on JetStream with the
/// projector stopped.
pub async fn measure(orders: u32) -> Result<World> {
    heading("orders/s, from the store to posted in the ledger");
    let embedded = world(orders, true).await?;
    let limit = limit(&embedded, orders).await?;
    let began = Instant::now();
    let process = Process::start_all_in_one(&embedded.config(), embedded.folder())?;
    posted(&embedded, orders).await?;
    let rate = per_second(orders as usize, began.elapsed());
    row("embedded stream, one process", rate, limit);
    let kilobytes = process.peak_memory_kb().context("no memory figure")?;
    drop(process);
    embedded.finish();
    println!("  held {} MB at most", kilobytes / 1024);

    let mut jetstream = world(orders, false).await?;
    let began = Instant::now();
    for service in Service::ALL {
        jetstream.restart(service)?;
    }
    posted(&jetstream, orders).await?;
    let rate = per_second(orders as usize, began.elapsed());
    row("JetStream, four processes", rate, limit);
    let mut kilobytes = 0;
    for service in Service::ALL {
        kilobytes += jetstream
            .service(service)?
            .peak_memory_kb()
            .context("no memory figure")?;
    }
    println!("  held {} MB at most, all four", kilobytes / 1024);
    followed(&jetstream, orders).await?;
    for service in Service::ALL {
        jetstream.stop(service)?;
    }
    Ok(jetstream)
}

/// A world with that many paid orders in one store, of which no webhook told.
async fn world(orders: u32, embedded: bool) -> Result<World> {
    let world = World::without_services(Plan {
        embedded,
        tuning: Tuning {
            batch_size: 500,
            // As in production: more often, it would read all of them again and again.
            poll_every_ms: 60_000,
            log: "warn".to_owned(),
            ..Tuning::default()
        },
        ..Plan::default()
    })
    .await?;
    let load = Load {
        count: orders,
        quiet: true,
        wishes: Wishes {
            status_id: Some(11),
            ..Wishes::default()
        },
        ..Load::default()
    };
    world.bigcommerce.world().create_orders("us", &load).await?;
    Ok(world)
}

/// Reads all orders as ingest does, and drops them.
async fn limit(world: &World, orders: u32) -> Result<f64> {
    let began = Instant::now();
    for page in 1..=orders.div_ceil(PAGE) {
        let url = format!("{}/stores/sbxus0001/v2/orders", world.bigcommerce.url());
        let request = world
            .http
            .get(url)
            .query(&[("page", page), ("limit", PAGE)])
            .query(&[
                ("include", "consignments,consignments.line_items,fees"),
                ("consignment_structure", "object"),
            ])
            .header("X-Auth-Token", "sbx-token-us")
            .header("Accept", "application/json");
        request.send().await?.error_for_status()?.bytes().await?;
    }
    Ok(per_second(orders as usize, began.elapsed()))
}

/// Waits until so many journals are posted.
async fn posted(world: &World, orders: u32) -> Result<()> {
    let url = format!(
        "{}/admin/fusion/ledger?lines=false",
        world.fusion.base_url()
    );
    let until = Instant::now() + PATIENCE;
    loop {
        let ledgers: Value = world.http.get(&url).send().await?.json().await?;
        let ledgers = ledgers["ledgers"].as_array().context("no ledgers")?;
        let batches = ledgers
            .iter()
            .flat_map(|it| it["batches"].as_array())
            .flatten();
        let posted = batches.filter(|batch| batch["status"] == "P");
        let journals: usize = posted
            .filter_map(|batch| Some(batch["journals"].as_array()?.len()))
            .sum();
        if journals >= orders as usize {
            return Ok(());
        }
        if Instant::now() > until {
            bail!("only {journals} of {orders} orders are posted");
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until the projector has seen all of it.
async fn followed(world: &World, orders: u32) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let told = world
            .counterfoil(&["report", "reconciliation", "--format", "json"])
            .await?;
        let report: Value = serde_json::from_slice(&told.stdout)?;
        let totals = report["totals"].as_array().context("no totals")?;
        let posted: i64 = totals
            .iter()
            .filter_map(|row| row["posted_count"].as_i64())
            .sum();
        if posted == i64::from(orders) {
            return Ok(());
        }
        sleep(Duration::from_millis(200)).await;
    }
    bail!("the projector does not show {orders} orders as posted")
}
