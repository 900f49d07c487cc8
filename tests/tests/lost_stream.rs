//! The stream is lost or set back behind the services: they say so, write nothing, and
//! go on by themselves when it is put right.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde_json::Value;
use tests::{
    books::Changes,
    service::{Process, Service},
    world::{Plan, World},
};
use tokio::time::sleep;

const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_lost_its_volume_is_filled_from_the_log() -> Result<()> {
    let mut world = World::start(Plan::default()).await?;
    world.orders("us", 20).await?;
    world.orders("eu", 10).await?;
    world.refund("us")?;
    world.assert_books(Changes::None, PATIENCE).await?;

    world.nats.kill();
    fs::remove_dir_all(world.nats.store())?;
    world.nats.restart()?;
    for service in Service::ALL {
        not_ready(&world, service).await?;
    }
    // A service that starts now begins no other stream, and takes no webhook.
    for service in [Service::Ingest, Service::Mapper, Service::Poster] {
        world.restart(service)?;
    }
    for service in Service::ALL {
        not_ready(&world, service).await?;
    }
    world.orders("us", 5).await?;
    sleep(Duration::from_secs(1)).await;

    let running = world.counterfoil(&["stream", "restore"]).await?;
    assert!(!running.status.success(), "the projector has the log");
    world.stop(Service::Projector)?;
    let restored = world.counterfoil(&["stream", "restore"]).await?;
    let said =
        String::from_utf8_lossy(&[&restored.stdout[..], &restored.stderr].concat()).into_owned();
    ensure!(restored.status.success(), "{said}");
    assert!(said.contains("events restored"), "{said}");
    world.restart(Service::Projector)?;
    for service in Service::ALL {
        world.ready(service).await?;
    }
    world.orders("eu", 5).await?;
    world.assert_books(Changes::None, PATIENCE).await?;
    world.finish();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_log_is_not_gone_on_with() -> Result<()> {
    let plan = Plan {
        embedded: true,
        ..Plan::default()
    };
    let mut world = World::without_services(plan).await?;
    let log = world.folder().join("data/log");
    let [older, newest] = ["older", "newest"].map(|name| world.folder().join(name));
    for orders in [10, 5] {
        let mut process = world.start_all_in_one().await?;
        world.orders("us", orders).await?;
        world.assert_books(Changes::None, PATIENCE).await?;
        ensure!(process.stop()?.success(), "{}", process.output());
        if orders == 10 {
            copy_folder(&log, &older)?;
        }
    }
    fs::rename(&log, &newest)?;
    fs::rename(&older, &log)?;

    let mut process = Process::start_all_in_one(&world.config(), world.folder())?;
    let said = refused_by_run(&world).await?;
    assert!(said.contains("older copy"), "{said}");
    assert!(said.contains("newest copy"), "{said}");
    world.orders("us", 5).await?;
    sleep(Duration::from_secs(2)).await;

    // Put right while it runs.
    fs::rename(&log, &older)?;
    fs::rename(&newest, &log)?;
    let until = Instant::now() + PATIENCE;
    while !matches!(world.health_of_run().await, Ok((true, _))) {
        ensure!(process.ended()?.is_none(), "{}", process.output());
        ensure!(Instant::now() < until, "{}", process.output());
        sleep(Duration::from_millis(50)).await;
    }
    world.assert_books(Changes::None, PATIENCE).await?;
    ensure!(process.stop()?.success(), "{}", process.output());
    world.finish();
    Ok(())
}

/// Waits until the service says that the stream is not the one that it knows.
async fn not_ready(world: &World, service: Service) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Ok((false, said)) = world.health(service).await
            && said.to_string().contains("stream restore")
        {
            return Ok(());
        }
        ensure!(
            Instant::now() < until,
            "{service}: {:?}\n{}",
            world.health(service).await,
            world.output(service)
        );
        sleep(Duration::from_millis(50)).await;
    }
}

async fn refused_by_run(world: &World) -> Result<String> {
    let until = Instant::now() + PATIENCE;
    loop {
        let health: Option<(bool, Value)> = world.health_of_run().await.ok();
        match health {
            Some((false, said)) if said.to_string().contains("failing") => {
                return Ok(said.to_string());
            }
            other => ensure!(Instant::now() < until, "{other:?}"),
        }
        sleep(Duration::from_millis(50)).await;
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &target)?,
            false => fs::copy(entry.path(), &target).map(drop)?,
        }
    }
    Ok(())
}
