//! What comes though no webhook does.

use sandbox::{generator::Wishes, store::refunding::RefundKind, webhooks::SettingsChange};
use schemas::{BroughtBy, EventType, Payload};

use crate::support::{Setup, World};

#[tokio::test(flavor = "multi_thread")]
async fn what_no_webhook_told_of_is_polled() {
    let world = World::start(Setup {
        ingest: "poll_every = \"100ms\"",
        hooks: true,
        ..Setup::default()
    })
    .await;
    world.stores().webhooks.set(&SettingsChange {
        drop_rate: Some(1.0),
        ..SettingsChange::default()
    });
    let ids = world
        .create(
            "us",
            12,
            Wishes {
                status_id: Some(10),
                ..Wishes::default()
            },
        )
        .await;
    world
        .until("the orders are received", || world.orders().len() == 12)
        .await;
    assert_eq!(
        world.orders()[&format!("us/{}", ids[0])].brought_by,
        BroughtBy::Poll
    );
    world
        .stores()
        .refund("us", Some(ids[0] as u32), Some(RefundKind::Line))
        .unwrap();
    world
        .until("the refund is received", || {
            world.events_of(EventType::RefundReceived).len() == 1
        })
        .await;
    assert!(world.events_of(EventType::WebhookReceived).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_page_of_one_moment_is_polled() {
    let world = World::with_polling().await;
    world.create("eu", 700, Wishes::default()).await;
    world
        .until("all orders are received", || world.orders().len() == 700)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_goes_on_where_it_was_and_writes_nothing_twice() {
    let setup = || Setup {
        ingest: "poll_every = \"100ms\"",
        ..Setup::default()
    };
    let mut world = World::start(setup()).await;
    world.create("us", 20, Wishes::default()).await;
    world
        .until("the orders are received", || world.orders().len() == 20)
        .await;
    world.stop_ingest().await;
    let while_away = world.create("us", 5, Wishes::default()).await;
    let written = world.events().len();
    world.restart(setup()).await;
    world
        .until("what happened meanwhile is received", || {
            world.orders().len() == 25
        })
        .await;
    assert_eq!(world.events().len(), written + while_away.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn our_hooks_are_registered_and_woken() {
    let setup = || Setup {
        ingest: "poll_every = \"1h\"\npublic_url = \"http://127.0.0.1:9\"",
        ..Setup::default()
    };
    let mut world = World::start(setup()).await;
    let active = |world: &World| {
        let hooks = world.stores().webhooks.hooks();
        let ours = |hook: &&sandbox::webhooks::Hook| {
            hook.destination == "http://127.0.0.1:9/webhooks/us" && hook.is_active
        };
        hooks.iter().filter(ours).count()
    };
    world
        .until("the hooks are there", || active(&world) == 5)
        .await;
    let first = world.stores().webhooks.hooks()[0].id;
    world
        .stores()
        .webhooks
        .change(first, |hook| hook.is_active = false);
    world.restart(setup()).await;
    world
        .until("all hooks are active", || {
            world
                .stores()
                .webhooks
                .hooks()
                .iter()
                .all(|hook| hook.is_active)
        })
        .await;
    assert_eq!(active(&world), 5, "none is there twice");
    assert_eq!(world.stores().webhooks.hooks().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_webhook_and_the_poll_of_one_state_are_one_event() {
    let world = World::start(Setup {
        ingest: "poll_every = \"50ms\"",
        hooks: true,
        ..Setup::default()
    })
    .await;
    world
        .create(
            "eu",
            25,
            Wishes {
                status_id: Some(10),
                ..Wishes::default()
            },
        )
        .await;
    world
        .until("the orders are received", || world.orders().len() == 25)
        .await;
    let polls = world.calls("refunds");
    world
        .until("it is polled some more", || {
            world.calls("refunds") > polls + 6
        })
        .await;
    let mut states = std::collections::BTreeSet::new();
    for event in world.events_of(EventType::OrderReceived) {
        let Payload::OrderReceived(order) = event.payload else {
            unreachable!()
        };
        assert!(
            states.insert(order.order.digest()),
            "{} is there twice",
            event.subject
        );
    }
}
