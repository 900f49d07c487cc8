//! What comes back within one second of the store's clock, through real processes: the
//! ledger follows each time.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sandbox::{
    bigcommerce::{Load, faults::Wrong},
    generator::Wishes,
    store::refunding::RefundKind,
};
use serde_json::Value;
use tests::{
    books::Changes,
    service::Service,
    world::{Plan, World},
};
use tokio::time::sleep;

const PATIENCE: Duration = Duration::from_secs(60);

/// A world whose stores' clock stands still, with one paid order that is booked.
async fn paid_order() -> Result<(World, u32)> {
    let mut world = World::start(Plan::default()).await?;
    let stores = world.bigcommerce.world();
    stores.faults().stopped_at = Some(jiff::Timestamp::now());
    let load = Load {
        count: 1,
        wishes: Wishes {
            status_id: Some(11),
            lines: Some(2),
            ..Wishes::default()
        },
        ..Load::default()
    };
    let order = stores.create_orders("us", &load).await?[0];
    world.assert_books(Changes::Adjusted, PATIENCE).await?;
    Ok((world, order))
}

/// Waits until so many journals of an order or refund are in the ledger.
async fn journals(world: &World, name: &str, count: usize) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        let ledgers = world.ledgers().await?;
        let batches = ledgers.ledgers.iter().flat_map(|it| &it.batches);
        let journals = batches.flat_map(|batch| &batch.journals);
        let of_it = journals.filter(|it| it.name.starts_with(name)).count();
        if of_it == count {
            return Ok(());
        }
        ensure!(
            Instant::now() < until,
            "{of_it} journals {name}, not {count}"
        );
        sleep(Duration::from_millis(100)).await;
    }
}

/// The report for finance agrees, and the mapper's verdicts follow from their causes.
async fn is_proven(mut world: World) -> Result<()> {
    let report = world
        .counterfoil(&["report", "reconciliation", "--format", "json"])
        .await?;
    let text = String::from_utf8(report.stdout)?;
    let report: Value = serde_json::from_str(&text)?;
    assert_eq!(report["agrees"], true, "{text}");
    for row in report["totals"].as_array().into_iter().flatten() {
        assert_eq!(row["parked_count"], 0, "{text}");
    }
    for service in Service::ALL {
        world.stop(service)?;
    }
    for command in [&["replay", "--verify"][..], &["log", "verify"][..]] {
        let done = world.counterfoil(command).await?;
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{command:?}: {said}");
    }
    world.finish();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_paid_cancelled_and_paid_again() -> Result<()> {
    let (world, order) = paid_order().await?;
    // The original, its reversal, and what is booked anew.
    for (status, count) in [(5, 2), (11, 3)] {
        let stores = world.bigcommerce.world();
        stores.set_status("us", order, status)?;
        journals(&world, &format!("us-{order}-"), count).await?;
    }
    is_proven(world).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_made_declined_and_made_after_all() -> Result<()> {
    let (world, order) = paid_order().await?;
    let stores = world.bigcommerce.world();
    let refund = stores.refund("us", Some(order), Some(RefundKind::Line))?;
    let name = format!("us-{order}-r{refund}-");
    journals(&world, &name, 1).await?;
    stores.decline("us", refund)?;
    journals(&world, &name, 2).await?;
    stores.accept("us", refund)?;
    journals(&world, &name, 3).await?;
    is_proven(world).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_read_well_again_after_bad_answers_have_parked_it() -> Result<()> {
    let (mut world, order) = paid_order().await?;
    let number = order.to_string();
    let until = Instant::now() + PATIENCE;
    loop {
        let arguments = [
            "trace", "order", &number, "--store", "us", "--format", "json",
        ];
        let trace = world.counterfoil(&arguments).await?;
        let text = String::from_utf8(trace.stdout)?;
        let (parked, read) = (text.rfind("order.parked"), text.rfind("order.received"));
        if parked.is_some() && read > parked {
            break;
        }
        let stores = world.bigcommerce.world();
        if parked.is_none() && stores.faults().order_answers.is_empty() {
            // The webhook tells of nothing new, and what it makes us read is garbage;
            // more than once only if the poller read it well in just that moment.
            stores.faults().order_answers = [Wrong::Garbage; 4].into();
            stores.set_status("us", order, 11)?;
        }
        ensure!(
            Instant::now() < until,
            "it is not parked and read again: {text}"
        );
        sleep(Duration::from_millis(500)).await;
    }
    world.assert_books(Changes::Adjusted, PATIENCE).await?;
    journals(&world, &format!("us-{order}-"), 1).await?;
    is_proven(world).await
}
