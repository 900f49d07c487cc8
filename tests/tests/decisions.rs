//! What a person decides, from the command line, over a real broker: the services
//! obey, and a poster that was away obeys when it is back.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::Value;
use tests::{
    books::Changes,
    service::Service,
    world::{Plan, World},
};

const PATIENCE: Duration = Duration::from_secs(120);

/// Carries out `counterfoil journals`.
async fn decide(world: &World, arguments: &[&str]) -> Result<()> {
    let output = world
        .counterfoil(&[&["journals"], arguments].concat())
        .await?;
    let said = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned();
    ensure!(output.status.success(), "{arguments:?}: {said}");
    Ok(())
}

/// How many orders and refunds of the ledger are in this state.
async fn count(world: &World, ledger: &str, state: &str) -> Result<usize> {
    let arguments = ["journals", "list", "--ledger", ledger, "--format", "json"];
    let output = world.counterfoil(&arguments).await?;
    let items: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    let is_counted = |it: &&Value| it["status"] == state && it["value"].is_string();
    Ok(items.iter().filter(is_counted).count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_ledger_waits_and_the_other_goes_on() -> Result<()> {
    let mut world = World::start(Plan::default()).await?;
    world.kill(Service::Poster);
    decide(&world, &["hold", "--ledger", "us", "--reason", "year end"]).await?;
    world.restart(Service::Poster)?;
    world.ready(Service::Poster).await?;
    world.orders("us", 5).await?;
    world.orders("eu", 5).await?;
    let began = Instant::now();
    while count(&world, "us", "held").await? == 0 || count(&world, "eu", "due").await? > 0 {
        ensure!(began.elapsed() < PATIENCE, "nothing is held");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let ledgers = world.ledgers().await?;
    let us = ledgers.ledgers.iter().find(|it| it.name.starts_with("US"));
    ensure!(
        us.is_none_or(|it| it.batches.is_empty()),
        "the held ledger got a batch"
    );
    decide(&world, &["release", "--ledger", "us", "--reason", "over"]).await?;
    world.assert_books(Changes::None, PATIENCE).await?;
    assert_eq!(count(&world, "us", "held").await?, 0);
    world.finish();
    Ok(())
}
