//! The whole path under load, each figure beside its limit, measured in the same
//! run: webhook answers, orders a second from the store to the ledger on both
//! carriers, and replays.
//!
//!     cargo bench -p tests                 # everything
//!     cargo bench -p tests -- webhooks     # one part: webhooks, orders or replay
//!
//! `ORDERS` and `SECONDS` set the size. Nothing here is a test: no figure fails it.
#![allow(
    clippy::float_arithmetic,
    reason = "rates and ratios for people to read"
)]

mod orders;
mod replay;
mod webhooks;

use std::{env, time::Duration};

use anyhow::{Context, Result};
use tests::nats::{PASSWORD, USER};

#[tokio::main]
async fn main() -> Result<()> {
    let wanted: Vec<String> = env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == part);
    let orders = size("ORDERS", 10_000)?;
    // Built before anything is measured, if they have to be.
    tests::programs::program("counterfoil")?;
    if wants("webhooks") {
        webhooks::measure(Duration::from_secs(size("SECONDS", 10)?.into())).await?;
    }
    if wants("orders") || wants("replay") {
        let world = orders::measure(orders).await?;
        if wants("replay") {
            replay::measure(&world).await?;
        }
        world.finish();
    }
    Ok(())
}

fn size(name: &str, default: u32) -> Result<u32> {
    match env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name}={text}")),
        Err(_) => Ok(default),
    }
}

/// One line of a table of rates.
fn row(what: &str, measured: f64, limit: f64) {
    println!(
        "{what:<52} {measured:>10.0} {limit:>10.0} {:>6.2}",
        measured / limit
    );
}

fn heading(what: &str) {
    println!(
        "\n{what:<52} {:>10} {:>10} {:>6}",
        "measured", "limit", "ratio"
    );
}

fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// A client of the broker that does nothing but what it is told.
async fn connect(url: &str) -> Result<async_nats::Client> {
    let options = async_nats::ConnectOptions::with_user_and_password(USER.into(), PASSWORD.into());
    Ok(options.connect(url).await?)
}
