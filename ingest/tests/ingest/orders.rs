//! What should happen: an order or refund in a store becomes an event.

use sandbox::{generator::Wishes, store::refunding::RefundKind, webhooks::SettingsChange};
use schemas::{BroughtBy, ConsignmentKind, EventType, LineKind, Payload, WebhookEntity};

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_comes_by_webhook_with_its_categories() {
    let world = World::with_webhooks().await;
    let ids = world.create("us", 5, Wishes::default()).await;
    let last = format!("us/{}", ids[4]);
    world
        .until("five orders are received", || world.orders().len() == 5)
        .await;

    let order = &world.orders()[&last];
    assert_eq!(order.brought_by, BroughtBy::Webhook);
    let truth = world
        .stores()
        .store("us")
        .unwrap()
        .read()
        .order(ids[4] as u32)
        .unwrap();
    assert_eq!(
        order
            .order
            .total
            .inc_tax
            .to_string()
            .parse::<schemas::Amount>()
            .unwrap(),
        truth.total.inc.plain().parse().unwrap()
    );
    assert_eq!(order.order.lines.len(), truth.lines.len());
    assert_eq!(
        (order.order.currency.code(), order.order.tax_inclusive),
        ("USD", false)
    );
    for line in &order.order.lines {
        if line.kind != LineKind::GiftCertificate && line.product != 0 {
            assert!(
                !line.categories.is_empty() && !line.brand.is_empty(),
                "{line:?}"
            );
        }
    }

    let events = world.events();
    let received = events
        .iter()
        .find(|e| e.payload.event_type() == EventType::OrderReceived && e.subject == last)
        .unwrap();
    let cause = events
        .iter()
        .find(|e| Some(e.id) == received.causation)
        .expect("its webhook is in the log");
    assert!(matches!(&cause.payload, Payload::WebhookReceived(webhook)
        if webhook.entity == WebhookEntity::Order { order: schemas::OrderId(ids[4]) }));
    assert_eq!(
        (
            received.correlation.as_str(),
            received.partition_key.as_str()
        ),
        (last.as_str(), last.as_str())
    );
    assert_eq!(received.time, order.order.modified);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_comes_with_the_snapshot_of_its_order() {
    let world = World::with_webhooks().await;
    let order = world
        .create(
            "eu",
            1,
            Wishes {
                status_id: Some(10),
                ..Wishes::default()
            },
        )
        .await[0];
    let subject = format!("eu/{order}");
    world
        .until("the order is received", || {
            world.orders().contains_key(&subject)
        })
        .await;
    let refund = world
        .stores()
        .refund("eu", Some(order as u32), Some(RefundKind::Full))
        .unwrap();
    world
        .until("the refund is received", || {
            world.events_of(EventType::RefundReceived).len() == 1
        })
        .await;

    let event = world.events_of(EventType::RefundReceived).remove(0);
    let Payload::RefundReceived(received) = &event.payload else {
        unreachable!()
    };
    let truth = world.stores().store("eu").unwrap().read().refunds()[&refund].clone();
    assert_eq!(received.refund.total, truth.total.plain().parse().unwrap());
    assert_eq!(received.order.order.0, order);
    assert_eq!(event.subject, format!("eu/{order}/refund/{refund}"));
    assert_eq!(event.partition_key, subject);
    assert_eq!(event.time, received.refund.created);
    assert_eq!(
        world.orders()[&subject].order.status,
        4,
        "the refunded order came as well"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_order_told_twice_is_one_event() {
    let world = World::with_webhooks().await;
    world.stores().webhooks.set(&SettingsChange {
        duplicate_rate: Some(1.0),
        ..SettingsChange::default()
    });
    world.create("us", 10, Wishes::default()).await;
    world
        .until("ten orders are received", || world.orders().len() == 10)
        .await;
    world
        .until("all is delivered", || {
            world.stores().webhooks.pending() == 0
        })
        .await;
    assert!(world.stores().webhooks.counts().duplicates >= 10);
    // One more, to know that all before it was handled.
    let last = world.create("us", 1, Wishes::default()).await[0];
    world
        .until("the last is received", || {
            world.orders().contains_key(&format!("us/{last}"))
        })
        .await;
    let ids: std::collections::BTreeSet<_> = world.events().iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), world.events().len(), "no event is there twice");
    assert_eq!(world.events_of(EventType::OrderReceived).len(), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_webhooks_take_few_calls() {
    let world = World::with_webhooks().await;
    let before = world.calls("/v2/orders");
    world.stores().webhooks.set(&SettingsChange {
        paused: Some(true),
        ..SettingsChange::default()
    });
    world.create("us", 200, Wishes::default()).await;
    world.stores().webhooks.set(&SettingsChange {
        paused: Some(false),
        ..SettingsChange::default()
    });
    world
        .until("all orders are received", || world.orders().len() == 200)
        .await;
    let calls = world.calls("/v2/orders") - before;
    assert!(calls < 20, "{calls} calls for 200 orders");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_fifty_lines_are_all_there() {
    let world = World::with_webhooks().await;
    let wishes = |pickup| Wishes {
        lines: Some(320),
        pickup: Some(pickup),
        ..Wishes::default()
    };
    let shipped = world.create("us", 1, wishes(false)).await[0];
    let collected = world.create("us", 1, wishes(true)).await[0];
    world
        .until("both are received", || world.orders().len() == 2)
        .await;
    for (id, kind) in [
        (shipped, ConsignmentKind::Shipping),
        (collected, ConsignmentKind::Pickup),
    ] {
        let order = &world.orders()[&format!("us/{id}")].order;
        let lines: std::collections::BTreeSet<_> =
            order.lines.iter().map(|line| line.line).collect();
        assert_eq!(lines.len(), 320);
        assert!(
            order
                .consignments
                .iter()
                .any(|consignment| consignment.kind == kind)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_person_reaches_the_log() {
    let world = World::with_webhooks().await;
    world.create("us", 40, Wishes::default()).await;
    world
        .create(
            "eu",
            40,
            Wishes {
                status_id: Some(10),
                ..Wishes::default()
            },
        )
        .await;
    for kind in [RefundKind::Full, RefundKind::Line, RefundKind::Amount] {
        world.stores().refund("eu", None, Some(kind)).unwrap();
    }
    world
        .until("all is received", || {
            world.orders().len() == 80 && world.events_of(EventType::RefundReceived).len() == 3
        })
        .await;

    let records = world.log.read(eventlog::Offset(1), usize::MAX).unwrap();
    let log: String = records
        .iter()
        .map(|record| String::from_utf8_lossy(&record.event.bytes))
        .collect();
    let mut checked = 0;
    for store in ["us", "eu"] {
        for order in world
            .stores()
            .store(store)
            .unwrap()
            .read()
            .orders()
            .values()
        {
            let customer = &order.customer;
            for personal in [
                &customer.email,
                &customer.ip,
                &customer.message,
                &customer.phone,
                &customer.last_name,
                &order.destination.street,
            ] {
                if personal.is_empty() {
                    continue;
                }
                checked += 1;
                // As a whole value or part of one.
                assert!(
                    !log.contains(personal.as_str()),
                    "`{personal}` of order {store}/{} is in the log",
                    order.id
                );
            }
        }
    }
    assert!(
        checked > 300,
        "the stand-in did serve personal data: {checked}"
    );
}
