//! Summaries that Fusion refuses.

use jiff::ToSpan as _;
use schemas::Recognition;
use serde_json::json;

use crate::{proof::*, support::*};

#[tokio::test]
async fn a_bad_account_in_a_summary_is_the_fault_of_its_order_alone() {
    // What Fusion itself refuses: an account that it may not create.
    let ledger = us_by_name(r#"unknown_accounts = "send""#);
    let world = World::configured(Default::default(), &ledger, AT_ONCE).await;
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

#[tokio::test]
async fn a_day_whose_period_is_closed_waits_for_it_and_holds_nothing_else() {
    let ledger = us_by_name(r#"closed_period = "hold""#);
    let world = World::configured(Default::default(), &ledger, AT_ONCE).await;
    // Further back than yesterday can be in another month.
    let day = today().first_of_month().saturating_sub(1.month());
    let days = i64::from(today().since(day).unwrap().get_days()) + 1;
    let period = days_ago(days).strftime("%b-%y").to_string();
    let set = |status: &'static str| json!({"period": period, "status": status});
    world.admin("periods", &set("C")).await;
    let last_month = |it| under(it, days, days, since(days));
    let waiting = [sale(1, 100), sale(2, 200)].map(last_month);
    let single_waiting = under(sale(3, 300), days, days, None);
    let going = [yesterdays(sale(4, 400)), sale(5, 500)];
    world
        .publish(waiting.into_iter().chain([single_waiting]).chain(going))
        .await;
    let poster = world.start();
    world.posted(2).await;
    let asked = world.calls("lov").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let calls = world.calls("lov").await - asked;
    assert!(calls < 50, "asked {calls} times while nothing changed");
    world.admin("periods", &set("O")).await;
    world.posted(5).await;
    poster.stop().await.unwrap();
    assert_eq!(rejections(&world.events()), []);
    assert_proven(&world).await;
}
