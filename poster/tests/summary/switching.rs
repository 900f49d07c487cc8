//! From one way to the other, and back.

use std::{collections::BTreeMap, time::Duration};

use schemas::{Posted, Recognition};

use crate::{proof::*, support::*};

/// Orders that are edited, refunded and cancelled while the route begins to be
/// summed up, and then ceases to.
#[tokio::test]
async fn switching_over_and_back_moves_no_money_and_loses_none() {
    use Recognition::{NotRecognised, Recognised};
    let world = World::with(Default::default(), AT_ONCE).await;
    let poster = world.start();
    let order = |order, version, minor| target(order_key(order), version, Recognised, minor);

    // Before: one by one, of four days ago.
    let before = (1..=6).map(|it| under(order(it, 1, 1000), 4, 4, None));
    world.publish(before).await;
    world.posted(6).await;

    // From two days ago on, days are summed up.
    let rule = since(2);
    world
        .publish([
            under(order(1, 2, 1500), 4, 1, rule.clone()),
            under(order(2, 2, 1600), 4, 3, rule.clone()),
            under(order(3, 2, 1000), 4, 1, rule.clone()),
            under(refund(4, 400), 1, 1, rule.clone()),
            under(
                target(order_key(5), 2, NotRecognised, 0),
                4,
                1,
                rule.clone(),
            ),
            under(order(7, 1, 700), 2, 2, rule.clone()),
            under(order(8, 1, 800), 3, 3, rule.clone()),
        ])
        .await;
    world.posted(12).await;
    let by_itself = |it: &Posted| it.summary.is_none();
    let mut single: Vec<String> = postings(&world)
        .iter()
        .filter(|it| by_itself(it))
        .map(|it| it.key.to_string())
        .collect();
    single.sort();
    let expected = [
        "us-1-1", "us-2-1", "us-2-2", "us-3-1", "us-4-1", "us-5-1", "us-6-1", "us-8-1",
    ];
    assert_eq!(single, expected);

    // And back: mapped again, the same money has no journal.
    world
        .publish([
            under(order(1, 3, 1500), 4, 1, None),
            under(order(7, 2, 750), 2, 1, None),
            under(target(refund_key(4, 7), 2, Recognised, 400), 1, 1, None),
        ])
        .await;
    world.posted(13).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    poster.stop().await.unwrap();

    assert_eq!(postings(&world).len(), 13);
    assert_proven(&world).await;
    let expected = [
        (1, 1500),
        (2, 1600),
        (3, 1000),
        (4, 600),
        (6, 1000),
        (7, 750),
        (8, 800),
    ];
    assert_eq!(revenue_by_order(&world), BTreeMap::from(expected));
    assert_revenue(&world, expected.iter().map(|(_, cents)| cents).sum()).await;
}
