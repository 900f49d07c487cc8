//! What goes wrong between us and Fusion, each by name: after it, the ledger holds
//! every journal once and nothing else.

mod support;

use std::time::Duration;

use sandbox::fusion::{AutoPost, FusionConfig};
use schemas::Event;
use serde_json::{Value, json};
use support::*;

const ORDERS: u64 = 12;

/// Posts the orders with a fault switched on, and checks the ledger.
async fn survives(fault: Value) -> World {
    let world = World::new().await;
    world.fault(fault).await;
    world.publish(sales(ORDERS)).await;
    let poster = world.start();
    world.posted(ORDERS as usize).await;
    poster.stop().await.unwrap();
    assert_sales(&world, ORDERS).await;
    world
}

async fn no_rows_are_left(world: &World) {
    let interface = world.look("interface").await;
    assert_eq!(interface["groups"], json!([]));
}

#[tokio::test]
async fn the_answer_of_the_import_call_is_lost_after_the_work_was_done() {
    let world = survives(once("import", "lose_answer")).await;
    assert_eq!(world.calls("import").await, 1, "found, not sent again");
    no_rows_are_left(&world).await;
}

#[tokio::test]
async fn the_answer_of_the_load_call_is_lost_after_the_work_was_done() {
    let world = survives(once("load", "lose_answer")).await;
    assert_eq!(world.calls("load").await, 1, "found, not sent again");
    no_rows_are_left(&world).await;
}

#[tokio::test]
async fn the_load_call_is_lost_before_it_was_done() {
    let world = survives(once("load", "down")).await;
    assert!(steps(&world.events()).contains(&"abandoned"));
    no_rows_are_left(&world).await;
}

#[tokio::test]
async fn the_import_call_is_lost_before_it_was_done() {
    let world = survives(once("import", "down")).await;
    assert!(
        !steps(&world.events()).contains(&"abandoned"),
        "the same group goes again"
    );
    no_rows_are_left(&world).await;
}

#[tokio::test]
async fn the_answer_of_the_upload_is_lost() {
    survives(once("upload", "lose_answer")).await;
}

#[tokio::test]
async fn the_submission_is_answered_with_request_minus_one() {
    let minus_one =
        |operation| json!({"operation": operation, "times": 2, "reqst_id_minus_one": true});
    each(["load", "import"].map(|it| survives(minus_one(it)))).await;
}

#[tokio::test]
async fn the_import_child_ends_in_warning_under_a_parent_that_succeeded() {
    let world = survives(json!({"times": 1, "import_child_warning": true})).await;
    assert_eq!(world.calls("import").await, 2);
}

#[tokio::test]
async fn the_import_refuses_without_a_word_until_the_batch_is_halved() {
    let world = survives(json!({"times": 4, "import_child_warning": true})).await;
    let halves = steps(&world.events())
        .iter()
        .filter(|it| **it == "intended")
        .count();
    assert!(halves >= 3, "{halves}");
}

#[tokio::test]
async fn the_token_expires_in_mid_batch() {
    let calls = ["upload", "load", "import", "status", "journalBatches"];
    each(calls.map(|call| survives(once(call, "expire_token")))).await;
}

#[tokio::test]
async fn fusion_asks_for_fewer_calls() {
    let throttled = |call| json!({"operation": call, "times": 2, "throttle": true});
    let calls = ["load", "import", "status", "journalBatches"];
    each(calls.map(|call| survives(throttled(call)))).await;
}

#[tokio::test]
async fn a_gateway_answers_for_a_call_that_may_have_been_done() {
    let refused = |call| json!({"operation": call, "times": 1, "refuse": 502});
    each(["upload", "load", "import"].map(|call| survives(refused(call)))).await;
}

#[tokio::test]
async fn fusion_is_down_for_a_while() {
    let world = World::new().await;
    world.fault(json!({"operation": "any", "down": true})).await;
    world.publish(sales(ORDERS)).await;
    let poster = world.start();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(world.journals().await.is_empty());
    world.clear_faults().await;
    world.posted(ORDERS as usize).await;
    poster.stop().await.unwrap();
    assert_sales(&world, ORDERS).await;
}

#[tokio::test]
async fn the_ledger_is_blind_for_longer_than_the_settling_time() {
    let lag = Duration::from_millis(1500);
    let pod = FusionConfig {
        read_back_lag: lag,
        ..FusionConfig::default()
    };
    let world = World::with(pod, "").await;
    world.fault(once("import", "lose_answer")).await;
    world.publish(sales(ORDERS)).await;
    let poster = world.start();
    world.posted(ORDERS as usize).await;
    poster.stop().await.unwrap();
    assert_sales(&world, ORDERS).await;
}

#[tokio::test]
async fn a_bad_account_is_rejected_and_its_neighbours_go() {
    // What Fusion itself refuses: an account that it may not create.
    let ledger = us_by_name(r#"unknown_accounts = "send""#);
    let world = World::configured(FusionConfig::default(), &ledger, "").await;
    let bad = mapped(Target {
        key: order_key(99),
        version: 1,
        recognition: schemas::Recognition::Recognised,
        journal: journal(CLEARING, NOWHERE, 700),
    });
    let events: Vec<Event> = sales(ORDERS).into_iter().chain([bad]).collect();
    world.publish(events).await;
    let poster = world.start();
    world.posted(ORDERS as usize).await;
    poster.stop().await.unwrap();
    assert_sales(&world, ORDERS).await;
    let events = world.events();
    assert_eq!(
        rejections(&events),
        [("us-99-1".to_owned(), "EF04".to_owned())]
    );
}

#[tokio::test]
async fn a_corrected_target_is_tried_after_a_rejection() {
    let world = World::new().await;
    let target = |version, account| {
        mapped(Target {
            key: order_key(1),
            version,
            recognition: schemas::Recognition::Recognised,
            journal: journal(CLEARING, account, 700),
        })
    };
    let poster = world.start();
    world.publish([target(1, NOWHERE)]).await;
    world
        .wait_for("rejection", |events| !rejections(events).is_empty())
        .await;
    world.publish([target(2, REVENUE)]).await;
    world.posted(1).await;
    poster.stop().await.unwrap();
    world.assert_ledger(&[("us-1-1", 700)]).await;
}

#[tokio::test]
async fn a_batch_that_fusion_posts_late_is_noticed() {
    let pod = FusionConfig {
        autopost: AutoPost::Off,
        ..FusionConfig::default()
    };
    let world = World::with(pod, "").await;
    world.publish([sale(1, 100)]).await;
    let poster = world.start();
    let imported = |event: &Event| matches!(event.payload, schemas::Payload::JournalImported(_));
    world
        .wait_for("import", |events| events.iter().any(imported))
        .await;
    // Others do not wait for it.
    world.publish([sale(2, 200)]).await;
    world
        .wait_for("second import", |events| {
            events.iter().filter(|it| imported(it)).count() == 2
        })
        .await;
    assert!(!world.events().iter().any(is_posted));
    world.admin("post", &json!({})).await;
    world.posted(2).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 2).await;
}
