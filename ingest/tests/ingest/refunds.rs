//! Refunds that change, or whose orders do.

use std::time::Duration;

use sandbox::{
    generator::Wishes,
    store::{profile::EU, refunding::RefundKind},
    webhooks::SettingsChange,
};
use schemas::{EventType, Payload, RefundReceived};

use crate::support::{Delivery, Setup, World};

fn refunds(world: &World, subject: &str) -> Vec<RefundReceived> {
    let events = world.events_of(EventType::RefundReceived).into_iter();
    events
        .filter(|event| event.subject == subject)
        .map(|event| match event.payload {
            Payload::RefundReceived(refund) => refund,
            other => unreachable!("{other:?}"),
        })
        .collect()
}

async fn paid_order(world: &World) -> u32 {
    let wishes = Wishes {
        status_id: Some(11),
        lines: Some(2),
        ..Wishes::default()
    };
    world.create("eu", 1, wishes).await[0] as u32
}

async fn refunded(world: &World, order: u32) -> String {
    let kind = Some(RefundKind::Line);
    let refund = world.stores().refund("eu", Some(order), kind).unwrap();
    let subject = format!("eu/{order}/refund/{refund}");
    world
        .until("the refund is received", || {
            !refunds(world, &subject).is_empty()
        })
        .await;
    subject
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_told_again_when_its_order_is_shipped() {
    let setup = || Setup {
        ingest: "poll_every = \"1h\"",
        hooks: true,
        ..Setup::default()
    };
    let mut world = World::start(setup()).await;
    let order = paid_order(&world).await;
    let subject = refunded(&world, order).await;
    let first = refunds(&world, &subject).remove(0);
    let pieces: u64 = first
        .order
        .lines
        .iter()
        .map(|it| it.quantity_refunded)
        .sum();
    assert!(pieces > 0, "the order knows what came back of it");

    // What is known is known after a restart.
    world.stop_ingest().await;
    world.stores().webhooks.set(&SettingsChange {
        paused: Some(true),
        ..SettingsChange::default()
    });
    // The status says nothing of the refund any more.
    world.stores().set_status("eu", order, 2).unwrap();
    world
        .restart(Setup {
            hooks: false,
            ..setup()
        })
        .await;
    let (status, _) = world.deliver(Delivery::of(&EU, order.into())).await;
    assert_eq!(status, 200);
    world
        .until("the refund is told again", || {
            refunds(&world, &subject)
                .iter()
                .any(|it| it.order.status == 2)
        })
        .await;
    let again = refunds(&world, &subject).pop().unwrap();
    assert_eq!(again.refund, first.refund, "only its order has changed");
    assert_ne!(again.event_id(), first.event_id());
    assert!(world.parked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_declined_later_is_told_though_nothing_else_changes() {
    let world = World::start(Setup {
        ingest: "poll_every = \"100ms\"\npoll_overlap = \"0s\"",
        ..Setup::default()
    })
    .await;
    let order = paid_order(&world).await;
    let subject = refunded(&world, order).await;
    // A later one moves the watermark past it: the list of new ones has it no more.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let later = paid_order(&world).await;
    refunded(&world, later).await;

    let refund = refunds(&world, &subject)[0].refund.refund.0 as u32;
    world.stores().decline("eu", refund).unwrap();
    world
        .until("it is told that it was declined", || {
            refunds(&world, &subject)
                .iter()
                .any(|it| it.refund.is_declined())
        })
        .await;
    let told = refunds(&world, &subject).pop().unwrap();
    let pieces: u64 = told.order.lines.iter().map(|it| it.quantity_refunded).sum();
    assert_eq!(pieces, 0, "nothing came back");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_final_is_not_asked_for_again() {
    let world = World::start(Setup {
        ingest: "poll_every = \"50ms\"\npoll_overlap = \"0s\"\nrefund_watch = \"0s\"",
        ..Setup::default()
    })
    .await;
    let order = paid_order(&world).await;
    let subject = refunded(&world, order).await;
    // A poll that was under way may read its order once more.
    let polls = world.calls("refunds");
    world
        .until("it is polled", || world.calls("refunds") > polls + 6)
        .await;
    let before = world.calls("/v2/orders/");
    let polls = world.calls("refunds");
    world
        .until("it is polled some more", || {
            world.calls("refunds") > polls + 10
        })
        .await;
    assert_eq!(
        world.calls("/v2/orders/"),
        before,
        "no order is read for it"
    );
    assert_eq!(refunds(&world, &subject).len(), 1);
}
