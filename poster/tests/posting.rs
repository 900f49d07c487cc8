//! What is due reaches the ledger once: against the Fusion stand-in over HTTP.

mod support;

use schemas::Recognition;
use support::*;

#[tokio::test]
async fn four_hundred_orders_are_posted_once_each_in_few_calls() {
    let options = "batch_size = 200\nbacklog_size = 200";
    let world = World::with(Default::default(), options).await;
    let (orders, batches) = (400, 2);
    world.publish(sales(orders)).await;
    let poster = world.start();
    world.posted(400).await;
    poster.stop().await.unwrap();
    assert_sales(&world, orders).await;
    for call in ["upload", "load", "import"] {
        assert_eq!(world.calls(call).await, batches, "{call}");
    }
    // All that the start looks up included.
    let total = world.look("calls").await["total"].as_u64().unwrap();
    assert!(total <= 12 * batches, "{}", world.look("calls").await);
}

#[tokio::test]
async fn targets_written_in_an_older_version_are_posted_as_those_of_today() {
    let world = World::new().await;
    let targets = sales(3);
    let old = targets.iter().filter_map(schemas::v0::as_written).collect();
    world.publish_encoded(old).await;
    let poster = world.start();
    world.posted(3).await;
    // The same targets, told once more by a program of today, are the same facts.
    world.publish(targets).await;
    world.publish(sales(4)).await;
    world.posted(4).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 4).await;
}

#[tokio::test]
async fn a_backlog_goes_in_larger_batches() {
    let options = "batch_size = 2\nbacklog_size = 5";
    let world = World::with(Default::default(), options).await;
    world.publish(sales(12)).await;
    let poster = world.start();
    world.posted(12).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 12).await;
    let ledger = world.look("ledger").await;
    let batches = ledger["ledgers"][0]["batches"].as_array().unwrap();
    let sizes = batches
        .iter()
        .map(|it| it["journals"].as_array().unwrap().len());
    assert_eq!(sizes.collect::<Vec<_>>(), [5, 5, 2]);
}

#[tokio::test]
async fn a_stopped_poster_posts_nothing_again() {
    let world = World::new().await;
    world.publish(sales(3)).await;
    let poster = world.start();
    world.posted(3).await;
    poster.stop().await.unwrap();
    let poster = world.start();
    world.publish(sales(4)).await;
    world.posted(4).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 4).await;
}

#[tokio::test]
async fn lost_books_are_rebuilt_from_the_stream() {
    let world = World::new().await;
    world.publish(sales(3)).await;
    let poster = world.start();
    world.posted(3).await;
    poster.stop().await.unwrap();
    world.lose_books();
    let poster = world.start();
    world.publish(sales(4)).await;
    world.posted(4).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 4).await;
}

fn change(version: i64, recognition: Recognition, minor: i64) -> schemas::Event {
    mapped(Target {
        key: order_key(1),
        version,
        recognition,
        journal: journal(CLEARING, REVENUE, minor),
    })
}

#[tokio::test]
async fn a_changed_order_is_adjusted_by_the_difference() {
    let world = World::new().await;
    let poster = world.start();
    world.publish([sale(1, 5000)]).await;
    world.posted(1).await;
    world
        .publish([change(2, Recognition::Recognised, 4200)])
        .await;
    world.posted(2).await;
    // An older state that comes late changes nothing.
    world
        .publish([change(0, Recognition::Recognised, 9900), sale(2, 100)])
        .await;
    world.posted(3).await;
    poster.stop().await.unwrap();
    world
        .assert_ledger(&[("us-1-1", 5000), ("us-1-2", 800), ("us-2-1", 100)])
        .await;
}

#[tokio::test]
async fn a_cancelled_order_is_reversed() {
    let world = World::new().await;
    let poster = world.start();
    world.publish([sale(1, 5000)]).await;
    world.posted(1).await;
    world
        .publish([change(2, Recognition::NotRecognised, 0)])
        .await;
    world.posted(2).await;
    poster.stop().await.unwrap();
    world
        .assert_ledger(&[("us-1-1", 5000), ("us-1-2", 5000)])
        .await;
    assert!(world.balances().await.is_empty());
}

fn refund(minor: i64) -> schemas::Event {
    mapped(Target {
        key: refund_key(1, 7),
        version: 1,
        recognition: Recognition::Recognised,
        journal: journal(REVENUE, CLEARING, minor),
    })
}

#[tokio::test]
async fn a_refund_that_comes_first_is_posted_after_its_order() {
    let world = World::new().await;
    let poster = world.start();
    world.publish([refund(2000), sale(2, 100)]).await;
    world.posted(1).await;
    world.assert_ledger(&[("us-2-1", 100)]).await;
    world.publish([sale(1, 5000)]).await;
    world.posted(3).await;
    poster.stop().await.unwrap();
    world
        .assert_ledger(&[("us-1-1", 5000), ("us-1-r7-1", 2000), ("us-2-1", 100)])
        .await;
    let order: Vec<String> = world
        .events()
        .iter()
        .filter(|event| is_posted(event))
        .map(|event| event.subject.clone())
        .collect();
    assert_eq!(order, ["us/2", "us/1", "us/1/refund/7"]);
}

#[tokio::test]
async fn an_order_cancelled_after_a_refund_nets_to_zero() {
    let world = World::new().await;
    let poster = world.start();
    world.publish([sale(1, 5000), refund(2000)]).await;
    world.posted(2).await;
    world
        .publish([change(2, Recognition::NotRecognised, 0)])
        .await;
    world.posted(3).await;
    poster.stop().await.unwrap();
    world
        .assert_ledger(&[("us-1-1", 5000), ("us-1-2", 3000), ("us-1-r7-1", 2000)])
        .await;
    assert!(world.balances().await.is_empty());
}

#[tokio::test]
async fn a_closed_period_moves_the_journal_and_keeps_its_date_in_words() {
    let world = World::new().await;
    let period = today().strftime("%b-%y").to_string();
    world
        .admin(
            "periods",
            &serde_json::json!({"period": period, "status": "C"}),
        )
        .await;
    let poster = world.start();
    world.publish([sale(1, 100)]).await;
    world.posted(1).await;
    poster.stop().await.unwrap();
    let ledger = world.look("ledger").await;
    let journal = &ledger["ledgers"][0]["batches"][0]["journals"][0];
    assert_ne!(journal["period"].as_str().unwrap(), period);
    let words = journal["description"].as_str().unwrap();
    assert!(words.contains(&today().to_string()), "{words}");
}
