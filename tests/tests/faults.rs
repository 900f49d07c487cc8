//! One fault at a time, each by its name. After each the ledger holds exactly
//! what the stores sold.

#![expect(clippy::disallowed_methods, reason = "a test knows who answers it")]

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::{
    books::{Changes, journal_count},
    service::Service,
    world::{Plan, World},
};
use tokio::time::sleep;

const PATIENCE: Duration = Duration::from_secs(60);

/// Sells a little while the given faults are on in Fusion, and waits until the
/// books are right all the same.
async fn with_fusion_faults(faults: Value) -> Result<World> {
    let mut world = World::start(Plan::default()).await?;
    world.tell_fusion("faults", faults).await?;
    sell(&world).await?;
    world.assert_books(Changes::None, PATIENCE).await?;
    struck(&world).await?;
    Ok(world)
}

/// The faults were of a limited number, and all of them have struck.
async fn struck(world: &World) -> Result<()> {
    let url = format!("{}/admin/fusion/faults", world.fusion.base_url());
    let left: Value = world.http.get(url).send().await?.json().await?;
    ensure!(left == json!([]), "these faults never struck: {left}");
    Ok(())
}

async fn sell(world: &World) -> Result<()> {
    world.orders("us", 8).await?;
    world.orders("eu", 8).await?;
    world.refund("us")?;
    world.refund("eu")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_of_the_import_call_is_lost_after_the_work_was_done() -> Result<()> {
    let faults = json!({"operation": "import", "lose_answer": true, "times": 2});
    with_fusion_faults(faults).await?.finish();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_of_the_load_call_is_lost_after_the_work_was_done() -> Result<()> {
    let faults = json!({"operation": "load", "lose_answer": true, "times": 2});
    with_fusion_faults(faults).await?.finish();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_answers_reqst_id_minus_one() -> Result<()> {
    let faults = json!([
        {"operation": "load", "reqst_id_minus_one": true, "times": 1},
        {"operation": "import", "reqst_id_minus_one": true, "times": 1},
    ]);
    with_fusion_faults(faults).await?.finish();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_child_ends_in_warning_under_a_succeeded_parent() -> Result<()> {
    let faults = json!({"import_child_warning": true, "times": 1});
    with_fusion_faults(faults).await?.finish();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_expires_in_the_middle_of_a_batch() -> Result<()> {
    let faults = json!([
        {"operation": "load", "expire_token": true, "times": 1},
        {"operation": "import", "expire_token": true, "times": 1},
        {"operation": "journalBatches", "expire_token": true, "times": 1},
    ]);
    with_fusion_faults(faults).await?.finish();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_answer_429() -> Result<()> {
    let mut world = World::start(Plan::default()).await?;
    let throttle = json!({"throttle": 6, "throttle_with_headers": false});
    world.tell_store("bigcommerce/faults", throttle).await?;
    let each = ["upload", "load", "import", "scheduler", "journalBatches"];
    let faults: Vec<Value> = each
        .iter()
        .map(|operation| json!({"operation": operation, "throttle": true, "times": 1}))
        .chain([json!({"operation": "upload", "throttle": true, "retry_after": 1, "times": 1, "after": 1})])
        .collect();
    world.tell_fusion("faults", json!(faults)).await?;
    sell(&world).await?;
    world.assert_books(Changes::None, PATIENCE).await?;
    let asked = world.store_admin("bigcommerce/requests").await?;
    let throttled = count(&asked, 429)?;
    assert_eq!(throttled, 6, "requests that BigCommerce answered with 429");
    world.finish();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_quota_of_bigcommerce_is_waited_for() -> Result<()> {
    let mut world = World::start(Plan::default()).await?;
    let quota = json!({"requests": 30, "window_ms": 1500});
    world.tell_store("bigcommerce/quota", quota).await?;
    sell(&world).await?;
    world.assert_books(Changes::None, PATIENCE).await?;
    let asked = world.store_admin("bigcommerce/requests").await?;
    assert_eq!(count(&asked, 429)?, 0, "the headers say how much is left");
    world.finish();
    Ok(())
}

fn count(requests: &Value, status: u16) -> Result<usize> {
    let requests = requests.as_array().context("no list of requests")?;
    Ok(requests.iter().filter(|it| it["status"] == status).count())
}

#[tokio::test(flavor = "multi_thread")]
async fn bigcommerce_is_down_for_a_while() -> Result<()> {
    let mut world = World::start(Plan::default()).await?;
    world
        .tell_store("bigcommerce/faults", json!({"down": true}))
        .await?;
    sell(&world).await?;
    // The webhooks are taken all the same, and nothing can be fetched.
    until(&world, "all webhooks to be delivered", |sent| {
        sent["pending"] == 0 && sent["counts"]["delivered"].as_u64() > Some(0)
    })
    .await?;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(journal_count(&world.ledgers().await?), 0);
    world.tell_store("bigcommerce/faults", json!({})).await?;
    world.assert_books(Changes::None, PATIENCE).await?;
    world.finish();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_server_is_down_for_a_while() -> Result<()> {
    let mut world = World::start(Plan::default()).await?;
    world.nats.kill();
    sell(&world).await?;
    until(&world, "a webhook that is answered 503", |sent| {
        let attempts = sent["attempts"].as_array();
        attempts.is_some_and(|all| all.iter().any(|it| it["status"] == 503))
    })
    .await?;
    let sent = world.store_admin("webhooks").await?;
    assert_eq!(
        sent["counts"]["delivered"], 0,
        "answered 200 without being durable"
    );
    world.nats.restart()?;
    world.assert_books(Changes::None, PATIENCE).await?;
    // BigCommerce has retried, and nothing was given up.
    until(&world, "all webhooks to be delivered", |sent| {
        sent["pending"] == 0
    })
    .await?;
    let sent = world.store_admin("webhooks").await?;
    assert_eq!(sent["counts"]["deactivated"], 0);
    assert_eq!(
        sent["counts"]["delivered"], sent["counts"]["due"],
        "{}",
        sent["counts"]
    );
    world.finish();
    Ok(())
}

/// Waits for something that the record of webhooks tells.
async fn until(world: &World, what: &str, told: impl Fn(&Value) -> bool) -> Result<()> {
    for _ in 0..600 {
        if told(&world.store_admin("webhooks").await?) {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!(
        "waited for {what} in vain: {:#}",
        world.store_admin("webhooks").await?
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_the_log_is_found_located_and_repaired_from_the_stream() -> Result<()> {
    let mut world = World::start(Plan::default()).await?;
    // Enough for several segments of the file: of the newest, the storage engine
    // reads all before it opens, and gives up there without saying where.
    world.orders("us", 150).await?;
    world.orders("eu", 150).await?;
    world.assert_books(Changes::None, PATIENCE).await?;
    world.stop(Service::Projector)?;
    let before = world.counterfoil(&["log", "read"]).await?;
    ensure!(
        before.status.success(),
        "{}",
        String::from_utf8_lossy(&before.stderr)
    );
    let events = String::from_utf8(before.stdout)?;
    let target: Value = serde_json::from_str(events.lines().nth(20).context("too few events")?)?;
    let offset = target["offset"].as_u64().context("no offset")?;
    let id = target["event"]["id"].as_str().context("no id")?;
    flip_a_bit_of(&world, id)?;

    let verified = world.counterfoil(&["log", "verify"]).await?;
    let said =
        String::from_utf8_lossy(&verified.stderr) + String::from_utf8_lossy(&verified.stdout);
    assert!(
        !verified.status.success(),
        "the damage was not found: {said}"
    );
    // The engine reads pages of up to 16 records, whole or not at all.
    let named = said.split_once("at offset ").map(|(_, rest)| rest);
    let named = named.and_then(|rest| rest.split(':').next()?.parse::<u64>().ok());
    let page = offset.saturating_sub(16)..=offset;
    assert!(
        named.is_some_and(|named| page.contains(&named)),
        "the damage at offset {offset} is not located: {said}"
    );

    let rebuilt = world.counterfoil(&["log", "rebuild"]).await?;
    assert!(
        rebuilt.status.success(),
        "{}",
        String::from_utf8_lossy(&rebuilt.stderr)
    );
    let verified = world.counterfoil(&["log", "verify"]).await?;
    assert!(
        verified.status.success(),
        "{}",
        String::from_utf8_lossy(&verified.stderr)
    );
    let after = world.counterfoil(&["log", "read"]).await?;
    assert_eq!(
        String::from_utf8(after.stdout)?,
        events,
        "the log came out different"
    );

    world.restart(Service::Projector)?;
    world.ready(Service::Projector).await?;
    world.orders("us", 3).await?;
    world.assert_books(Changes::None, PATIENCE).await?;
    world.finish();
    Ok(())
}

/// Flips one bit of an event in the log's file, where the event's id stands.
fn flip_a_bit_of(world: &World, id: &str) -> Result<()> {
    let path = world.folder().join("data/log/db");
    let mut bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let needle = format!("\"id\":\"{id}\"");
    let places: Vec<usize> = bytes
        .windows(needle.len())
        .enumerate()
        .filter(|(_, window)| *window == needle.as_bytes())
        .map(|(place, _)| place)
        .collect();
    ensure!(
        !places.is_empty(),
        "event {id} does not stand in the log's file as it is"
    );
    // The engine may keep older copies of a page; which one it reads is its affair.
    for place in places {
        bytes[place + needle.len() + 20] ^= 1;
    }
    Ok(std::fs::write(&path, bytes)?)
}
