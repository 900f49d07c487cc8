//! Events a second from the stream into a new log, and from the log into new
//! views: the events are those of the orders measured before. How the views
//! compare with bare SQLite is the projector's own benchmark.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use async_nats::jetstream::{self, consumer::pull::OrderedConfig};
use futures::StreamExt;
use tests::world::World;

use crate::{connect, heading, per_second, row};

/// Prints both rates beside that of a client which only reads the stream.
pub async fn measure(world: &World) -> Result<()> {
    let (events, reading) = read(world).await?;
    let limit = per_second(events, reading);
    heading(&format!("replay of {events} events, events/s"));
    let rebuilding = run(world, &["log", "rebuild"]).await?;
    row(
        "stream into a new log, and verified",
        per_second(events, rebuilding),
        limit,
    );
    let replaying = run(world, &["replay"]).await?;
    row("log into new views", per_second(events, replaying), limit);
    Ok(())
}

async fn run(world: &World, arguments: &[&str]) -> Result<Duration> {
    let began = Instant::now();
    let output = world.counterfoil(arguments).await?;
    let took = began.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{arguments:?}: {said}");
    Ok(took)
}

/// Reads the stream from its first event to its last.
async fn read(world: &World) -> Result<(usize, Duration)> {
    let context = jetstream::new(connect(&world.nats.url).await?);
    let mut stream = context.get_stream("COUNTERFOIL").await?;
    let last = stream.info().await?.state.messages;
    let began = Instant::now();
    let consumer = stream.create_consumer(OrderedConfig::default()).await?;
    let mut messages = consumer.messages().await?;
    for _ in 0..last {
        messages
            .next()
            .await
            .context("the stream ends too early")??;
    }
    Ok((usize::try_from(last)?, began.elapsed()))
}
