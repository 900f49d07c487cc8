//! The main job with everything real: four processes, a nats-server, and HTTP on
//! both ends.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sandbox::{bigcommerce::Load, generator::Wishes, store::refunding::RefundKind};
use serde_json::{Value, json};
use tests::{
    books::Changes,
    service::Service,
    world::{Plan, World},
};

const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn every_order_and_refund_reaches_the_ledger_once_and_is_proven() -> Result<()> {
    let mut world = World::start(Plan::default()).await?;
    world
        .tell_store("webhooks", json!({"duplicate_rate": 0.3, "drop_rate": 0.1}))
        .await?;
    sell(&world).await?;
    let forged = world
        .tell_store("webhooks", json!({"forge": "signature", "store": "eu"}))
        .await?;
    assert_eq!(forged["forged"]["status"], 401, "{forged}");

    world.assert_books(Changes::None, PATIENCE).await?;
    let sent = world.store_admin("webhooks").await?;
    assert!(sent["counts"]["dropped"].as_u64() > Some(0), "{sent:#}");
    assert!(sent["counts"]["duplicates"].as_u64() > Some(0), "{sent:#}");
    assert_eq!(
        world.store_admin("bigcommerce/violations").await?,
        json!([])
    );

    reconciles(&world).await?;
    traces(&world).await?;
    for service in Service::ALL {
        world.stop(service)?;
    }
    let verified = world.counterfoil(&["log", "verify"]).await?;
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success(), "{said}");
    world.finish();
    Ok(())
}

/// 500 orders over both stores, one of them in a category without a rule, and 50
/// refunds; some orders move on to their next status meanwhile.
async fn sell(world: &World) -> Result<()> {
    world.orders("us", 250).await?;
    world.orders("eu", 249).await?;
    for turn in 0..50 {
        world.refund(if turn % 2 == 0 { "us" } else { "eu" })?;
    }
    let stores = world.bigcommerce.world();
    stores.advance("us", 40)?;
    let unmapped = Load {
        count: 1,
        wishes: Wishes {
            unmapped_category: true,
            status_id: Some(11),
            ..Wishes::default()
        },
        ..Load::default()
    };
    stores.create_orders("eu", &unmapped).await?;
    Ok(())
}

/// The report for finance agrees: every order is accounted for, nothing is open,
/// and the only parked one is the one without a rule.
async fn reconciles(world: &World) -> Result<()> {
    let report = world
        .counterfoil(&["report", "reconciliation", "--format", "json"])
        .await?;
    let text = String::from_utf8(report.stdout)?;
    ensure!(report.status.success(), "{text}");
    let report: Value = serde_json::from_str(&text)?;
    assert_eq!(report["agrees"], true, "{text}");
    let totals = report["totals"].as_array().context("no totals")?;
    let sum = |kind: &str, column: &str| -> Option<i64> {
        let of_kind = totals.iter().filter(|row| row["kind"] == kind);
        of_kind.map(|row| row[column].as_i64()).sum()
    };
    assert_eq!(sum("orders", "received_count"), Some(500), "{text}");
    assert_eq!(sum("refunds", "received_count"), Some(50), "{text}");
    assert_eq!(sum("orders", "parked_count"), Some(1), "{text}");
    for kind in ["orders", "refunds"] {
        assert_eq!(sum(kind, "open_count"), Some(0), "{text}");
        assert_eq!(sum(kind, "rejected_count"), Some(0), "{text}");
        assert_eq!(sum(kind, "difference_count"), Some(0), "{text}");
        assert_eq!(sum(kind, "differing"), Some(0), "{text}");
    }
    assert_eq!(sum("refunds", "posted_count"), Some(50), "{text}");
    Ok(())
}

/// The life of an order leads to its batch and its journal in Fusion.
async fn traces(world: &World) -> Result<()> {
    let ledgers = world.ledgers().await?;
    let us = &ledgers.ledgers[0];
    let batch = us.batches.first().context("no batch")?;
    let journal = batch.journals.first().context("no journal")?;
    let order = journal.name.split('-').nth(1).context("no order")?;
    let trace = world
        .counterfoil(&["trace", "order", order, "--store", "us", "--format", "json"])
        .await?;
    let text = String::from_utf8(trace.stdout)?;
    assert!(
        text.contains(&batch.name),
        "{} is not in {text}",
        batch.name
    );
    assert!(
        text.contains(&journal.name),
        "{} is not in {text}",
        journal.name
    );
    for step in ["order.received", "order.mapped", "journal.posted"] {
        assert!(text.contains(step), "no {step} in {text}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_after_it_was_posted_is_adjusted_or_taken_back() -> Result<()> {
    let mut world = World::start(Plan::default()).await?;
    for store in ["us", "eu"] {
        let paid = Load {
            count: 10,
            wishes: Wishes {
                status_id: Some(11),
                store_credit: Some(false),
                ..Wishes::default()
            },
            ..Load::default()
        };
        world
            .bigcommerce
            .world()
            .create_orders(store, &paid)
            .await?;
    }
    world.assert_books(Changes::None, PATIENCE).await?;

    let stores = world.bigcommerce.world();
    for store in ["us", "eu"] {
        for edited in [1001, 1002, 1003] {
            stores.edit(store, edited, Some(7))?;
        }
        // Edited twice, cancelled, cancelled after an edit, and refunded after one.
        stores.edit(store, 1003, Some(2))?;
        stores.cancel(store, 1004)?;
        stores.cancel(store, 1002)?;
        stores.refund(store, Some(1001), Some(RefundKind::Full))?;
    }
    let problems = world.differences(Changes::Adjusted).await?;
    assert!(!problems.is_empty(), "the changes make no difference");
    world.assert_books(Changes::Adjusted, PATIENCE).await?;
    world.finish();
    Ok(())
}
