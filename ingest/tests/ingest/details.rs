//! What is asked for beyond the orders themselves.

use std::collections::BTreeMap;

use sandbox::{generator::Wishes, store::refunding::RefundKind};
use schemas::{Amount, EventType, Payload, RefundId, RefundReceived};

use crate::support::{Setup, World};

async fn paid(world: &World) -> u64 {
    let wishes = Wishes {
        status_id: Some(10),
        ..Wishes::default()
    };
    let order = world.create("us", 1, wishes).await[0];
    let subject = format!("us/{order}");
    let there = || world.orders().contains_key(&subject);
    world.until("the order is received", there).await;
    order
}

/// Each refund as it was told last, in the order of their ids.
fn refunds(world: &World) -> Vec<RefundReceived> {
    let events = world.events_of(EventType::RefundReceived).into_iter();
    let by_id: BTreeMap<RefundId, RefundReceived> = events
        .map(|event| match event.payload {
            Payload::RefundReceived(refund) => (refund.refund.refund, refund),
            other => unreachable!("{other:?}"),
        })
        .collect();
    by_id.into_values().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_comes_with_those_before_it_and_the_order_with_their_sum() {
    for setup in ["poll_every = \"1h\"", "poll_every = \"100ms\""] {
        let world = World::start(Setup {
            ingest: setup,
            hooks: setup.contains("1h"),
            ..Setup::default()
        })
        .await;
        let order = paid(&world).await;
        for (count, kind) in [(1, RefundKind::Shipping), (2, RefundKind::Full)] {
            world
                .stores()
                .refund("us", Some(order as u32), Some(kind))
                .unwrap();
            world
                .until("the refund is received", || refunds(&world).len() == count)
                .await;
        }
        let refunds = refunds(&world);
        assert_eq!(refunds[0].earlier, []);
        assert_eq!(refunds[1].earlier, [refunds[0].refund.clone()]);

        let sum = refunds[0]
            .refund
            .total
            .checked_add(refunds[1].refund.total)
            .unwrap();
        let subject = format!("us/{order}");
        world
            .until("the order is received with the sum", || {
                world.orders()[&subject].order.refunded == Some(sum)
            })
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_of_refunded_without_a_refund_comes_with_nothing_refunded() {
    let world = World::with_webhooks().await;
    let order = paid(&world).await;
    let subject = format!("us/{order}");
    assert_eq!(world.orders()[&subject].order.refunded, None);
    world.stores().set_status("us", order as u32, 4).unwrap();
    world
        .until("the status is received", || {
            world.orders()[&subject].order.refunded == Some(Amount::ZERO)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tax_by_rate_and_customer_groups_are_asked_for_only_if_configured() {
    let world = World::with_webhooks().await;
    world.create("us", 10, Wishes::default()).await;
    world
        .until("ten orders are received", || world.orders().len() == 10)
        .await;
    assert_eq!((world.calls("/taxes"), world.calls("/customers")), (0, 0));
    let bare = world.orders();
    assert!(bare.values().all(|it| it.order.taxes.is_empty()));
    assert!(bare.values().all(|it| it.order.customer_group.is_none()));

    let world = World::start(Setup {
        ingest: "poll_every = \"1h\"",
        store: "tax_rates = true\ncustomer_groups = true",
        hooks: true,
    })
    .await;
    let ids = world.create("us", 40, Wishes::default()).await;
    world
        .until("all orders are received", || world.orders().len() == 40)
        .await;
    let (mut with_group, mut without) = (0, 0);
    for id in ids {
        let truth = world.stores().store("us").unwrap().read();
        let customer = truth.order(id as u32).unwrap().customer.id;
        drop(truth);
        let order = world.orders()[&format!("us/{id}")].order.clone();
        let expected = (customer % 5 != 0).then_some(u64::from(customer % 5));
        assert_eq!(order.customer_group, expected, "customer {customer}");
        match expected {
            Some(_) => with_group += 1,
            None => without += 1,
        }
        let tax = order.taxes.iter().try_fold(Amount::ZERO, |sum, tax| {
            assert!(!tax.name.is_empty());
            sum.checked_add(tax.amount)
        });
        assert_eq!(tax.unwrap().is_zero(), order.total.tax.is_zero());
        let lines: Vec<u64> = order.lines.iter().map(|line| line.line).collect();
        let of_lines = order.taxes.iter().filter_map(|tax| tax.line);
        assert!(of_lines.into_iter().all(|line| lines.contains(&line)));
    }
    assert!(with_group > 0 && without > 0, "{with_group} and {without}");
    let text = format!("{:?}", world.events());
    assert!(!text.contains("shopper.example") && !text.contains("evening"));
}
