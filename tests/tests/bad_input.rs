//! What must not come in, or cannot be read: each gets an error that names the
//! cause, nothing is lost, and nothing else stops.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use std::{fs, time::Duration};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::{
    books::Changes,
    service::Service,
    world::{Plan, World, example_rules},
};
use tokio::time::sleep;

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_that_must_not_come_in_are_refused_by_their_cause() -> Result<()> {
    let mut world = World::start(Plan::default()).await?;
    let refusals = [
        ("signature", 401, "signature"),
        ("header_missing", 401, "header"),
        ("stranger", 401, "header"),
        ("stale", 401, "timestamp"),
        ("tampered", 401, "signature"),
        ("not_json", 400, "JSON"),
        ("oversized", 413, "bytes"),
    ];
    for (kind, status, cause) in refusals {
        let sent = world
            .tell_store("webhooks", json!({"forge": kind, "store": "us"}))
            .await?;
        assert_eq!(sent["forged"]["status"], status, "{kind}: {sent}");
        // A cause is logged once a second, so maybe by the refusal before.
        let logged = world.output(Service::Ingest);
        assert!(
            logged.contains(cause),
            "{kind} is not logged with its cause: {logged}"
        );
        assert!(
            !logged.contains("sbx-client-secret"),
            "a secret is logged: {logged}"
        );
    }
    world.orders("us", 5).await?;
    world.assert_books(Changes::None, PATIENCE).await?;
    world.finish();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_webhook_is_told_why() -> Result<()> {
    let world = World::start(Plan::default()).await?;
    let unsigned = world
        .http
        .post(world.webhook_url("us"))
        .body("{}")
        .send()
        .await?;
    assert_eq!(unsigned.status(), 401);
    let told: Value = unsigned.json().await?;
    let text = told.to_string();
    assert!(text.contains("X-Counterfoil-Key"), "{text}");
    let nowhere = world
        .http
        .post(world.webhook_url("mars"))
        .body("{}")
        .send()
        .await?;
    assert_eq!(nowhere.status(), 404);
    let told: Value = nowhere.json().await?;
    assert_eq!(told["error"], "unknown_store", "{told}");
    world.finish();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_order_is_parked_by_its_field_and_the_others_go_on() -> Result<()> {
    let mut world = World::start(Plan::default()).await?;
    let kinds = [
        "total_not_a_number",
        "missing_currency",
        "bad_date",
        "bad_quantity",
    ];
    let mut orders = Vec::new();
    for kind in kinds {
        let made = world
            .tell_store("stores/us/malform", json!({"kind": kind}))
            .await?;
        orders.push(made["order_id"].as_u64().context("no order")?);
    }
    world.orders("us", 6).await?;
    world.assert_books(Changes::None, PATIENCE).await?;

    let causes = ["total_inc_tax", "currency", "date_created", "quantity"];
    for (order, field) in orders.iter().zip(causes) {
        let text = traced(&world, *order, "order.parked").await?;
        assert!(
            text.contains(field),
            "order {order}: {field} is not named in {text}"
        );
    }
    // Once the store has put them right, they are booked like any other.
    for order in orders {
        let healed = json!({"order_id": order, "heal": true});
        world.tell_store("stores/us/malform", healed).await?;
    }
    world.assert_books(Changes::None, PATIENCE).await?;
    world.finish();
    Ok(())
}

/// The trace of an order, once it tells of a kind of event.
async fn traced(world: &World, order: u64, kind: &str) -> Result<String> {
    let order = order.to_string();
    let mut text = String::new();
    for _ in 0..50 {
        let trace = world
            .counterfoil(&["trace", "order", &order, "--store", "us"])
            .await?;
        text = String::from_utf8(trace.stdout)?;
        if text.contains(kind) {
            return Ok(text);
        }
        sleep(Duration::from_millis(200)).await;
    }
    anyhow::bail!("no {kind} in the trace of order {order}: {text}")
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_with_an_error_are_refused_by_line_and_the_rest_goes_on() -> Result<()> {
    let good = example_rules()?;
    let wrong = "segments = { acount = \"41000\" }";
    let broken = good.replacen(
        "segments = { account = \"41000\", cost_center = \"100\" }",
        wrong,
        1,
    );
    let line = broken.lines().position(|text| text == wrong);
    let line = 1 + line.context("the example rules have no such line any more")?;
    let mut world = World::without_services(Plan {
        rules: Some(broken),
        ..Plan::default()
    })
    .await?;

    for service in Service::ALL {
        world.restart(service)?;
    }
    let ended = world.service(Service::Mapper)?.wait(PATIENCE)?;
    assert!(!ended.success(), "{ended}");
    let said = world.output(Service::Mapper);
    assert!(
        said.contains(&format!("rules.toml:{line}:")),
        "line {line} is not named: {said}"
    );
    assert!(said.contains("acount"), "{said}");
    assert!(!said.contains("panicked"), "{said}");

    for service in [Service::Ingest, Service::Poster, Service::Projector] {
        world.ready(service).await?;
    }
    world.orders("us", 5).await?;
    traced(&world, 1001, "order.received").await?;

    fs::write(world.folder().join("rules.toml"), good)?;
    world.restart(Service::Mapper)?;
    world.assert_books(Changes::None, PATIENCE).await?;
    world.finish();
    Ok(())
}
