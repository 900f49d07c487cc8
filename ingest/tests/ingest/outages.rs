//! The store is away, throttles, or breaks off: nothing is lost, and it goes on
//! by itself.

use sandbox::{bigcommerce::faults::Faults, generator::Wishes};
use schemas::EventType;

use crate::support::World;

async fn survives(faults: Faults) {
    let world = World::with_webhooks().await;
    *world.stores().faults() = faults;
    let ids = world.create("us", 3, Wishes::default()).await;
    // The webhooks are taken at once, whatever the API does.
    world
        .until("the webhooks are kept", || {
            world.events_of(EventType::WebhookReceived).len() >= 3
        })
        .await;
    world
        .until("the orders are received", || {
            world.orders().len() == ids.len()
        })
        .await;
    assert!(world.parked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_is_down_for_a_while() {
    let world = World::with_webhooks().await;
    world.stores().faults().down = true;
    let failed = world.calls("/orders");
    world.create("us", 3, Wishes::default()).await;
    world
        .until("it was tried more than once", || {
            world.calls("/orders") > failed + 3
        })
        .await;
    assert!(world.orders().is_empty());
    world.stores().faults().down = false;
    world
        .until("the orders are received", || world.orders().len() == 3)
        .await;
    assert!(world.parked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_throttles_and_says_for_how_long() {
    survives(Faults {
        throttle: 2,
        throttle_with_headers: true,
        ..Faults::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_is_overloaded_and_says_nothing() {
    survives(Faults {
        throttle: 4,
        throttle_with_headers: false,
        ..Faults::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_fails_and_breaks_off() {
    survives(Faults {
        error_500_next: 2,
        truncate_next: 2,
        ..Faults::default()
    })
    .await;
}
