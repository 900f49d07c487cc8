//! States that come back, within one second of the store's clock.

use sandbox::{
    bigcommerce::faults::Wrong,
    generator::Wishes,
    store::{order::Malformation, refunding::RefundKind},
};
use schemas::{EventType, Payload};

use crate::support::{Delivery, Setup, World};

/// The statuses of an order, as they were told.
fn statuses(world: &World, subject: &str) -> Vec<u32> {
    let events = world.events_of(EventType::OrderReceived).into_iter();
    events
        .filter(|event| event.subject == subject)
        .map(|event| match event.payload {
            Payload::OrderReceived(it) => it.order.status,
            other => unreachable!("{other:?}"),
        })
        .collect()
}

/// Whether a refund was declined, as it was told.
fn declined(world: &World, subject: &str) -> Vec<bool> {
    let events = world.events_of(EventType::RefundReceived).into_iter();
    events
        .filter(|event| event.subject == subject)
        .map(|event| match event.payload {
            Payload::RefundReceived(it) => it.refund.is_declined(),
            other => unreachable!("{other:?}"),
        })
        .collect()
}

async fn paid_order(world: &World) -> (u32, String) {
    let wishes = Wishes {
        status_id: Some(11),
        lines: Some(2),
        ..Wishes::default()
    };
    let id = world.create("us", 1, wishes).await[0];
    let subject = format!("us/{id}");
    let is_there = || statuses(world, &subject) == [11];
    world.until("it is received", is_there).await;
    (id as u32, subject)
}

fn stop_the_clock(world: &World) {
    world.stores().faults().stopped_at = Some(jiff::Timestamp::now());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_paid_cancelled_and_paid_again_is_told_three_times() {
    let setup = |hooks| Setup {
        ingest: "poll_every = \"100ms\"",
        hooks,
        ..Setup::default()
    };
    let mut world = World::start(setup(true)).await;
    stop_the_clock(&world);
    let (id, subject) = paid_order(&world).await;
    for (status, so_far) in [(5, vec![11, 5]), (11, vec![11, 5, 11])] {
        world.stores().set_status("us", id, status).unwrap();
        let is_told = || statuses(&world, &subject) == so_far;
        world.until("the change is told", is_told).await;
    }
    // What knows nothing of it, as after a loss, finds the same predecessor.
    world.stop_ingest().await;
    for file in ["chains.db", "chains.db-wal", "watermarks.db"] {
        let _ = std::fs::remove_file(world.folder().join("ingest").join(file));
    }
    world.restart(setup(false)).await;
    let polls = world.calls("refunds");
    assert_eq!(world.deliver(Delivery::of_order(id.into())).await.0, 200);
    let is_polled = || world.calls("refunds") > polls + 6;
    world.until("it is polled again", is_polled).await;
    assert_eq!(statuses(&world, &subject), [11, 5, 11]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_made_declined_and_made_after_all_is_told_three_times() {
    let world = World::with_polling().await;
    stop_the_clock(&world);
    let (order, of_order) = paid_order(&world).await;
    let kind = Some(RefundKind::Line);
    let refund = world.stores().refund("us", Some(order), kind).unwrap();
    let subject = format!("{of_order}/refund/{refund}");
    let so_far = |expected: &'static [bool]| {
        let (world, subject) = (&world, &subject);
        async move {
            let is_told = || {
                let mut told = declined(world, subject);
                // It is told again with another state of its order.
                told.dedup();
                told == expected
            };
            world.until("the refund is told", is_told).await;
        }
    };
    so_far(&[false]).await;
    world.stores().decline("us", refund).unwrap();
    so_far(&[false, true]).await;
    world.stores().accept("us", refund).unwrap();
    so_far(&[false, true, false]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_answer_takes_back_what_a_bad_one_has_parked() {
    let world = World::with_webhooks().await;
    let (id, subject) = paid_order(&world).await;
    stop_the_clock(&world);
    let bad = Some(Malformation::TotalNotANumber);
    world.stores().malform("us", id, bad).unwrap();
    let is_parked = || world.parked().contains_key(&subject);
    world.until("it is parked", is_parked).await;
    let so_far = statuses(&world, &subject).len();
    world.stores().malform("us", id, None).unwrap();
    let is_back = || statuses(&world, &subject).len() == so_far + 1;
    world.until("it is received again", is_back).await;
    let events = world.events();
    let last = events.iter().rfind(|event| {
        event.subject == subject && event.payload.event_type() != EventType::WebhookReceived
    });
    let kind = last.unwrap().payload.event_type();
    assert_eq!(kind, EventType::OrderReceived);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_bad_answer_parks_nothing() {
    let world = World::with_webhooks().await;
    let (id, subject) = paid_order(&world).await;
    for (turn, wrong) in [Wrong::Garbage, Wrong::Empty, Wrong::Missing]
        .into_iter()
        .enumerate()
    {
        world.stores().faults().order_answers = [wrong].into();
        let status = [10, 2, 11][turn];
        world.stores().set_status("us", id, status).unwrap();
        let is_told = || statuses(&world, &subject).last() == Some(&u32::from(status));
        world.until("the change is told", is_told).await;
        assert!(world.stores().faults().order_answers.is_empty());
    }
    assert!(world.parked().is_empty(), "{:?}", world.parked());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_not_there_for_long_is_parked_and_comes_back() {
    let world = World::with_webhooks().await;
    let (id, subject) = paid_order(&world).await;
    world.stores().faults().order_answers = [Wrong::Missing; 4].into();
    assert_eq!(world.deliver(Delivery::of_order(id.into())).await.0, 200);
    let is_parked = || world.parked().contains_key(&subject);
    world.until("it is parked", is_parked).await;
    assert_eq!(world.parked()[&subject].code, "not_found");
    // Nothing of it has changed, but that it is there.
    let delivery = Delivery::of_order(id.into());
    let body = String::from_utf8(delivery.body).unwrap() + " ";
    let profile = sandbox::store::profile::US;
    let again = Delivery::signed(&profile, profile.client_secret, 0, body.into_bytes());
    assert_eq!(world.deliver(again).await.0, 200);
    let is_back = || statuses(&world, &subject) == [11, 11];
    world.until("it is received again", is_back).await;
}
