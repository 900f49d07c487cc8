//! The poster is killed after each step, and goes on from its record.

use std::time::Duration;

use sandbox::fusion::FusionConfig;

use crate::{proof::*, support::*};

/// Kills the poster as soon as a step is recorded, and starts it again.
async fn killed_at(step: &'static str, lose_books: bool) {
    let pod = FusionConfig {
        read_back_lag: Duration::from_millis(300),
        ..FusionConfig::default()
    };
    let world = World::with(pod, AT_ONCE).await;
    let events = sales(5).into_iter().chain([refund(1, 50)]);
    world.publish(events.map(yesterdays)).await;
    let poster = world.start();
    world
        .wait_for(step, |events| steps(events).contains(&step))
        .await;
    poster.kill().await;
    if lose_books {
        world.lose_books();
    }
    let poster = world.start();
    world.posted(6).await;
    poster.stop().await.unwrap();
    assert_proven(&world).await;
    assert_revenue(&world, 1500 - 50).await;
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
