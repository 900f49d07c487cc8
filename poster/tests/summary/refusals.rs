//! Summaries that Fusion refuses.

use schemas::v1::Recognition;
use serde_json::json;

use crate::{proof::*, support::*};

#[tokio::test]
async fn a_bad_account_in_a_summary_is_the_fault_of_its_order_alone() {
    let world = World::with(Default::default(), AT_ONCE).await;
    let bad = mapped(Target {
        key: order_key(3),
        version: 1,
        recognition: Recognition::Recognised,
        journal: journal(CLEARING, NOWHERE, 700),
    });
    let events = [sale(1, 100), sale(2, 200), bad, sale(4, 400)];
    world.publish(events.map(yesterdays)).await;
    let poster = world.start();
    world.posted(3).await;
    poster.stop().await.unwrap();
    let refused = [("us-3-1".to_owned(), "EF04".to_owned())];
    assert_eq!(rejections(&world.events()), refused);
    assert_proven(&world).await;
    assert_revenue(&world, 700).await;
}

#[tokio::test]
async fn a_summary_refused_without_a_word_is_halved() {
    let world = World::with(Default::default(), AT_ONCE).await;
    world
        .fault(json!({"times": 4, "import_child_warning": true}))
        .await;
    world.publish(sales(8).into_iter().map(yesterdays)).await;
    let poster = world.start();
    world.posted(8).await;
    poster.stop().await.unwrap();
    assert_eq!(rejections(&world.events()), []);
    assert_proven(&world).await;
    assert!(world.journals().await.len() >= 2);
}
