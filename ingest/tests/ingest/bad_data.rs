//! Answers of the store that cannot be read, or are not there.

use sandbox::{generator::Wishes, store::order::Malformation};
use schemas::{EventType, Stage};

use crate::support::{Delivery, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_order_is_parked_and_hurts_no_other() {
    let world = World::with_polling().await;
    let ids = world.create("us", 30, Wishes::default()).await;
    let bad = [
        (ids[3], Malformation::TotalNotANumber, "total_inc_tax"),
        (
            ids[7],
            Malformation::MissingCurrency,
            "default_currency_code",
        ),
        (ids[8], Malformation::BadDate, "date_created"),
        (ids[9], Malformation::BadQuantity, "quantity"),
    ];
    for (id, how, _) in bad {
        world.stores().malform("us", id as u32, Some(how)).unwrap();
    }
    world
        .until("four orders are parked", || world.parked().len() == 4)
        .await;
    for (id, _, field) in bad {
        let parked = &world.parked()[&format!("us/{id}")];
        assert_eq!(
            (parked.code.as_str(), parked.stage),
            ("malformed", Stage::Ingest)
        );
        assert!(
            parked.reason.contains(&format!("order {id}")) && parked.reason.contains(field),
            "{}",
            parked.reason
        );
        assert!(!parked.remedy.is_empty() && parked.body.is_some());
    }
    world
        .until("the others are received", || world.orders().len() >= 26)
        .await;
    let after = world.create("us", 1, Wishes::default()).await[0];
    world
        .until("the next one is received", || {
            world.orders().contains_key(&format!("us/{after}"))
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_order_is_parked_by_its_webhook_too_and_comes_in_when_it_is_healed() {
    let world = World::with_webhooks().await;
    let id = world.create("eu", 1, Wishes::default()).await[0];
    let subject = format!("eu/{id}");
    world
        .until("it is received", || world.orders().contains_key(&subject))
        .await;
    world
        .stores()
        .malform("eu", id as u32, Some(Malformation::TotalNotANumber))
        .unwrap();
    world
        .until("it is parked", || world.parked().contains_key(&subject))
        .await;
    world.stores().malform("eu", id as u32, None).unwrap();
    world.stores().set_status("eu", id as u32, 10).unwrap();
    world
        .until("it is received again", || {
            world.orders()[&subject].order.status == 10
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_not_there_is_parked() {
    let world = World::with_webhooks().await;
    let body = String::from_utf8(Delivery::of_order(424_242).body).unwrap();
    assert_eq!(world.deliver(Delivery::of_order(424_242)).await.0, 200);
    world
        .until("it is parked", || world.parked().contains_key("us/424242"))
        .await;
    assert_eq!(world.parked()["us/424242"].code, "not_found");

    let id = world.create("us", 1, Wishes::default()).await[0];
    let refund = body
        .replace(
            "424242},",
            &format!("{id},\"refund\":{{\"refund_id\":77}}}},"),
        )
        .replace("order/updated", "order/refund/created");
    let profile = sandbox::store::profile::US;
    let delivery = Delivery::signed(&profile, profile.client_secret, 0, refund.into_bytes());
    assert_eq!(world.deliver(delivery).await.0, 200);
    let subject = format!("us/{id}/refund/77");
    world
        .until("its refund is parked", || {
            world.parked().contains_key(&subject)
        })
        .await;
    assert!(world.events_of(EventType::RefundReceived).is_empty());
}
