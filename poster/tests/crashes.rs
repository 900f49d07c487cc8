//! The poster is killed after each step, before and after the call that follows
//! it, and goes on from its record.

mod support;

use std::time::Duration;

use sandbox::fusion::FusionConfig;
use serde_json::json;
use support::*;

const ORDERS: u64 = 5;

/// Kills the poster as soon as a step is recorded, and starts it again.
async fn killed_at(step: &'static str, lose_books: bool) {
    let pod = FusionConfig {
        read_back_lag: Duration::from_millis(300),
        ..FusionConfig::default()
    };
    let world = World::with(pod, "").await;
    world.publish(sales(ORDERS)).await;
    let poster = world.start();
    world
        .wait_for(step, |events| steps(events).contains(&step))
        .await;
    poster.kill().await;
    if lose_books {
        world.lose_books();
    }
    let poster = world.start();
    world.posted(ORDERS as usize).await;
    poster.stop().await.unwrap();
    assert_sales(&world, ORDERS).await;
}

const STEPS: [&str; 7] = [
    "intended",
    "uploaded",
    "load_requested",
    "load_started",
    "loaded",
    "import_requested",
    "import_started",
];

#[tokio::test]
async fn killed_after_each_step() {
    each(STEPS.map(|step| killed_at(step, false))).await;
}

#[tokio::test]
async fn killed_after_each_step_with_the_books_lost() {
    each(STEPS.map(|step| killed_at(step, true))).await;
}

/// Kills the poster while a call is under way: Fusion has got it and takes its time.
async fn killed_during(operation: &'static str) {
    let world = World::new().await;
    world
        .fault(json!({"operation": operation, "times": 1, "delay_ms": 200}))
        .await;
    world.publish(sales(ORDERS)).await;
    let poster = world.start();
    let step = format!("{operation}_requested");
    world
        .wait_for(&step, |events| steps(events).contains(&step.as_str()))
        .await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    poster.kill().await;
    let poster = world.start();
    world.posted(ORDERS as usize).await;
    poster.stop().await.unwrap();
    assert_sales(&world, ORDERS).await;
}

#[tokio::test]
async fn killed_during_a_call() {
    each(["load", "import"].map(killed_during)).await;
}

#[tokio::test]
async fn killed_again_and_again() {
    let world = World::new().await;
    for order in 1..=20 {
        world
            .publish([sale(order, i64::try_from(order).unwrap() * 100)])
            .await;
        let poster = world.start();
        tokio::time::sleep(Duration::from_millis(order * 17 % 90)).await;
        poster.kill().await;
    }
    let poster = world.start();
    world.posted(20).await;
    poster.stop().await.unwrap();
    assert_sales(&world, 20).await;
}

#[tokio::test]
async fn of_two_posters_only_one_goes_on() {
    let world = World::new().await;
    let second_home = tempfile::TempDir::new().unwrap();
    let first = world.start();
    let second = world.start_in(second_home.path());
    let mut orders = 0;
    while !first.has_ended() && !second.has_ended() {
        orders += 1;
        assert!(orders <= 200, "both go on side by side");
        world
            .publish([sale(orders, i64::try_from(orders).unwrap() * 100)])
            .await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (loser, winner) = match first.has_ended() {
        true => (first, second),
        false => (second, first),
    };
    let error = loser.ended().await.unwrap_err();
    assert!(
        matches!(error, poster::PosterError::Rival { .. }),
        "{error}"
    );
    world.posted(orders as usize).await;
    winner.stop().await.unwrap();
    assert_sales(&world, orders).await;
}
